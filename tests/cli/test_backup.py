"""`oncelog backup` and `oncelog restore`: what they do and say, and their exit codes."""

import json
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile

import pytest
from conftest import BINARY, environment, event, oncelog

EVENTS = 2_000


def lines(numbers):
    return "".join(json.dumps(event(n)) + "\n" for n in numbers)


@pytest.fixture
def filled(server):
    assert oncelog("publish", url=server.url, text=lines(range(EVENTS))).returncode == 0
    return server


@pytest.fixture
def backup(filled, tmp_path):
    done = oncelog("backup", tmp_path / "backup", "--data", filled.data)
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "backup"


def content(folder):
    return {path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def stats(server):
    return json.loads(oncelog("stats", "--json", url=server.url).stdout)


def test_a_running_server_is_backed_up_and_restored(filled, start, tmp_path):
    page = json.loads(oncelog("events", "--json", "--limit", "5", url=filled.url).stdout)
    done = oncelog("backup", tmp_path / "b", "--data", filled.data, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["events"] == EVENTS and report["epoch"] == 1
    assert oncelog("publish", url=filled.url, text=lines([EVENTS])).returncode == 0

    (tmp_path / "r").mkdir()
    done = oncelog("restore", tmp_path / "b", "--data", tmp_path / "r" / "data", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["events"] == EVENTS
    assert oncelog("verify", "--data", tmp_path / "r" / "data").returncode == 0
    shutil.rmtree(tmp_path / "b")

    restored = start("other")
    restored.terminate()
    shutil.rmtree(restored.data)
    (tmp_path / "r" / "data").rename(restored.data)
    restored.begin()
    assert stats(restored)["store"]["epoch"] > 1
    again = json.loads(oncelog("publish", "--json", url=restored.url,
                               text=lines(range(EVENTS + 1))).stdout)
    assert (again["duplicates"], again["accepted"]) == (EVENTS, 1)
    old = oncelog("events", "--json", "--after", page["next"], url=restored.url)
    assert old.returncode == 1 and "stale_cursor" in old.stderr
    assert stats(restored)["total_events"] == EVENTS + 1


def test_what_was_erased_is_not_given_back(start, tmp_path):
    """Its bytes may still be in the log, and so in the backup; nobody reads them there."""
    server = start("unsealed", ONCELOG_SEAL_BYTES_PER_SECOND="0")
    text = lines(range(3))
    assert oncelog("publish", url=server.url, text=text).returncode == 0
    assert oncelog("erase", "t", "e1", url=server.url).returncode == 0
    assert oncelog("backup", tmp_path / "b", "--data", server.data).returncode == 0
    server.terminate()
    shutil.rmtree(server.data)
    assert oncelog("restore", tmp_path / "b", "--data", server.data).returncode == 0

    def ids(done):
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["event_id"] for line in done.stdout.splitlines()]

    assert ids(oncelog("export", "--data", server.data, "-")) == ["e0", "e2"]
    server.begin()
    assert ids(oncelog("events", "--all", url=server.url)) == ["e0", "e2"]
    assert ids(oncelog("events", "--topic", "t", url=server.url)) == ["e0", "e2"]
    gone = oncelog("erase", "t", "e1", url=server.url)
    assert gone.returncode == 0 and "had gone before" in gone.stdout
    again = json.loads(oncelog("publish", "--json", url=server.url, text=text).stdout)
    assert again["duplicates"] == 3, "its id stays known"


def test_links_and_copies(filled, tmp_path):
    filled.kill()  # the next life writes to another log file: this one can be linked
    filled.begin()
    for more in ([], ["--copy"]):
        target = tmp_path / ("copied" if more else "linked")
        done = oncelog("backup", target, "--data", filled.data, "--json", *more)
        assert done.returncode == 0, done.stderr
        shared = [path for path in target.rglob("*") if path.is_file() and path.stat().st_nlink > 1]
        assert len(shared) == json.loads(done.stdout)["linked_files"]
        assert bool(shared) == (not more), "what is never written again is linked, unless told not to"
    assert "1 " in oncelog("verify", "--data", tmp_path / "copied").stdout


def test_a_backup_is_verified_and_never_changed(backup, tmp_path):
    before = content(backup)
    done = oncelog("verify", "--data", backup)
    assert done.returncode == 0, done.stdout
    assert "a backup of 20" in done.stdout
    for command in (["serve", "--listen", "127.0.0.1:0"], ["rebuild"], ["export", "-"],
                    ["backup", tmp_path / "c"]):
        done = oncelog(*command, "--data", backup)
        assert done.returncode == (2 if command[0] == "serve" else 1), command
        assert "is a backup" in done.stderr and "oncelog restore" in done.stderr
    assert content(backup) == before
    log = next(backup.glob("p0000/log/*.log"))
    with open(log, "r+b") as file:
        file.seek(100)
        file.write(b"\xff\xff")
    done = oncelog("verify", "--data", backup, "--json")
    assert done.returncode == 1
    assert str(log) in [one["file"] for one in json.loads(done.stdout)["damage"]]
    done = oncelog("restore", backup, "--data", tmp_path / "r")
    assert done.returncode == 1 and f"{log} at offset 0" in done.stderr
    assert content(tmp_path / "r").keys() <= {(tmp_path / "r" / "LOCK").relative_to(tmp_path / "r")}


def test_what_is_there_stays(backup, filled, tmp_path):
    before = content(backup)
    done = oncelog("backup", backup, "--data", filled.data)
    assert done.returncode == 1 and "holds a backup already" in done.stderr
    done = oncelog("restore", backup, "--data", filled.data)
    assert done.returncode == 1 and "is not empty" in done.stderr
    assert content(backup) == before
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "UNFINISHED").touch()
    for words in (["backup", tmp_path / "half", "--data", filled.data],
                  ["restore", backup, "--data", tmp_path / "half"],
                  ["restore", tmp_path / "half", "--data", tmp_path / "r"],
                  ["serve", "--data", tmp_path / "half", "--listen", "127.0.0.1:0"]):
        done = oncelog(*words)
        assert done.returncode == (2 if words[0] == "serve" else 1), words
        assert "UNFINISHED" in done.stderr, words
    assert stats(filled)["total_events"] == EVENTS


def test_wrong_usage(backup, filled, tmp_path):
    (tmp_path / "link").symlink_to(filled.data)
    for words in (["backup", filled.data / "b", "--data", filled.data],
                  ["backup", tmp_path / "link" / "b", "--data", filled.data],
                  ["restore", backup, "--data", backup / "r"],
                  ["restore", backup, "--data", tmp_path],
                  ["backup"], ["restore"], ["backup", "a", "b"]):
        assert oncelog(*words).returncode == 2, words
    assert not (filled.data / "b").exists()
    for words, why in ((["backup", tmp_path / "x", "--data", tmp_path / "none"], "no oncelog store"),
                       (["restore", tmp_path / "none", "--data", tmp_path / "x"], "BACKUP")):
        done = oncelog(*words)
        assert done.returncode == 1 and why in done.stderr
    assert not (tmp_path / "x").exists()


def test_who_may_read_it(filled, tmp_path):
    done = subprocess.run([BINARY, "backup", str(tmp_path / "b"), "--data", str(filled.data)],
                          env=environment(), umask=0o077, check=False)
    assert done.returncode == 0
    assert oncelog("restore", tmp_path / "b", "--data", tmp_path / "r").returncode == 0
    for folder in ("b", "r"):
        assert (tmp_path / folder / "STORE").stat().st_mode & 0o007 == 0, "the secret"
    assert (tmp_path / "b" / "STORE").stat().st_mode & 0o077 == 0


@pytest.fixture
def as_nobody(filled):
    """A command as a user who owns nothing. Root may write everywhere, so it becomes another one; a
    folder that all may reach, with what they may read."""
    filled.terminate()
    with tempfile.TemporaryDirectory() as name:  # those of pytest are closed to others
        folder = pathlib.Path(name)
        shutil.copy(BINARY, folder / "oncelog")
        shutil.copytree(filled.data, folder / "data")
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}

        def run(*words):
            return subprocess.run([folder / "oncelog", *map(str, words)], capture_output=True, text=True,
                                  cwd=folder, env=environment(), check=False, **other)

        try:
            run("version")
        except (OSError, subprocess.SubprocessError) as why:
            pytest.skip(f"cannot run as another user: {why}")
        yield folder, run


def test_a_directory_that_is_not_ours(as_nobody):
    folder, run = as_nobody
    assert oncelog("backup", folder / "b", "--data", folder / "data").returncode == 0
    for path in (folder / "b").rglob("*"):
        path.chmod(0o755)
    (folder / "b").chmod(0o755)
    (folder / "closed").mkdir()
    (folder / "part" / "p0000" / "log").mkdir(parents=True)
    for closed in (folder / "closed", folder / "part" / "p0000" / "log"):
        closed.chmod(0o555)
    for ours in (folder / "part", folder / "part" / "p0000"):
        ours.chmod(0o777)
    for target in ("closed", "closed/new", "closed/new/er", "part"):
        for words in (["backup", target, "--data", "data"], ["restore", "b", "--data", target]):
            done = run(*words)
            assert (done.returncode, done.stdout) == (1, ""), words
            assert done.stderr.count("\n") == 1 and "Permission denied" in done.stderr, words
            assert ("may write to" in done.stderr) == (target != "part"), done.stderr
            left = [path for path in (folder / target.split("/")[0]).rglob("*") if path.is_file()]
            assert [path.name for path in left] in ([], ["LOCK"]), words
    assert list((folder / "closed").iterdir()) == []


def test_progress_on_a_terminal_only(filled, tmp_path):
    ours, theirs = pty.openpty()
    done = subprocess.run([BINARY, "backup", str(tmp_path / "b"), "--data", str(filled.data)],
                          stderr=theirs, stdout=subprocess.PIPE, env=environment(), check=False)
    os.close(theirs)
    assert done.returncode == 0
    assert b"%" in os.read(ours, 10_000)
    os.close(ours)
