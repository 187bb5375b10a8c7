"""`oncelog verify` and `oncelog rebuild`: what they say, and their exit codes."""

import json
import os
import pty
import resource
import subprocess

import pytest
from conftest import BINARY, environment, event, oncelog, wait_until

EVENTS = 70_000  # more than the smallest index table holds, so that there are a run and a checkpoint


@pytest.fixture
def store(start):
    """A stopped server's directory with an index run and a checkpoint."""
    server = start("s", ONCELOG_INDEX_TABLE_ENTRIES="65536")
    text = "".join(json.dumps(event(n)) + "\n" for n in range(EVENTS))
    assert oncelog("publish", url=server.url, text=text).returncode == 0
    again = oncelog("publish", url=server.url, text=json.dumps(event(7)))
    assert again.returncode == 0
    wait_until(lambda: json.loads(oncelog("stats", "--json", url=server.url).stdout)
               ["store"]["index_runs"] > 0, "an index run is written")
    assert server.terminate() == 0
    return server


def files(server, pattern):
    found = sorted((server.data / "p0000").glob(pattern))
    assert found, pattern
    return found


def verify(server, *more):
    return oncelog("verify", "--data", server.data, *more)


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def test_a_stopped_store_is_clean(store):
    done = verify(store)
    assert (done.returncode, done.stderr) == (0, "")
    assert "70,000  in 1 topic" in done.stdout
    assert "all is as it was written" in done.stdout
    report = json.loads(verify(store, "--json").stdout)
    assert report["clean"] and report["clean_stop"]
    assert report["events"] == EVENTS
    assert report["duplicates"] == 1
    assert report["index_entries"] + report["events_behind_index"] == EVENTS
    assert report["index_entries"] > 0
    assert report["damage"] == [] and report["damage_count"] == 0


def test_a_shells_limit_of_open_files_is_not_that_of_a_store(store):
    """A thousand segments, or a few files and a limit that is lower still."""
    def limited(most):
        few = (6, most)
        return subprocess.run([BINARY, "verify", "--data", store.data], capture_output=True, text=True,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, few),
                              env=environment(), check=False)

    short = limited(6)
    assert short.returncode != 0 and "Too many open files" in short.stdout + short.stderr, short
    done = limited(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_killed_server_leaves_no_damage(store):
    store.begin()
    assert oncelog("publish", url=store.url, text=json.dumps(event(EVENTS))).returncode == 0
    store.kill()
    done = verify(store)
    assert done.returncode == 0, done.stdout
    assert "not stopped cleanly" in done.stdout


def test_a_running_server_is_left_alone(server):
    for command in ("verify", "rebuild"):
        done = oncelog(command, "--data", server.data)
        assert done.returncode == (2 if command == "verify" else 1)
        assert f"locked by process {server.pid}" in done.stderr
    assert oncelog("stats", url=server.url).returncode == 0


def test_a_newer_format_is_no_damage(server):
    assert server.terminate() == 0
    manifest = server.data / "p0000" / "MANIFEST"
    written = bytearray(manifest.read_bytes())
    written[8:12] = (99).to_bytes(4, "little")
    manifest.write_bytes(written)
    for command, code in (("verify", 2), ("serve", 1)):
        done = oncelog(command, "--data", server.data)
        assert (done.returncode, done.stderr.count("\n")) == (code, 1), done
        assert "newer oncelog" in done.stderr and "DAMAGED" not in done.stdout
        if command == "serve":  # what to do is said once
            assert done.stderr.count("start ") == 1, done.stderr


def test_rebuild_says_where_the_events_are(server):
    """None is in the index yet: that is not to read like a loss."""
    text = "".join(json.dumps(event(n)) + "\n" for n in range(5))
    assert oncelog("publish", url=server.url, text=text).returncode == 0
    assert server.terminate() == 0
    done = oncelog("rebuild", "--data", server.data)
    assert done.returncode == 0 and "reads 5 events" in done.stdout, done
    assert "0 events" not in done.stdout
    report = json.loads(oncelog("rebuild", "--data", server.data, "--json").stdout)
    assert (report["events"], report["events_behind_index"]) == (0, 5)


def test_where_no_store_is(tmp_path):
    for command, code in (("verify", 2), ("rebuild", 1)):
        done = oncelog(command, "--data", tmp_path / "none")
        assert done.returncode == code
        assert "there is no oncelog store here" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_damage_of_the_log_is_named_with_topic_and_sequences(store):
    log = files(store, "log/*.log")[0]
    at = log.read_bytes().find(b'"event_id": "e1000"')
    assert at > 0
    flip(log, at + 15)
    done = verify(store)
    assert done.returncode == 1
    assert f"damage: {log}, offset " in done.stdout
    assert "topic t, sequence 1001:" in done.stdout
    report = json.loads(verify(store, "--json").stdout)
    assert not report["clean"]
    named = [d for d in report["damage"] if d["topic"] == "t" and d["first_sequence"] == 1001]
    assert named and named[0]["last_sequence"] == 1001
    done = oncelog("rebuild", "--data", store.data)
    assert done.returncode == 1
    assert str(log) in done.stderr and "nothing was changed" in done.stderr


@pytest.mark.parametrize("kind", ["state/*.ckpt", "idx/*.run"])
def test_what_is_derived_is_made_again(store, kind):
    path = files(store, kind)[0]
    flip(path, path.stat().st_size - 1 if kind.startswith("idx") else 50)
    done = verify(store)
    assert done.returncode == 1
    assert f"damage: {path}" in done.stdout
    refused = subprocess.run([BINARY, "serve", "--data", store.data, "--listen", "127.0.0.1:0"],
                             capture_output=True, text=True, check=False, timeout=60,
                             env=environment())
    assert refused.returncode == 1
    assert f"`oncelog rebuild --data {store.data}`" in refused.stderr
    done = oncelog("rebuild", "--data", store.data)
    assert done.returncode == 0, done.stderr
    assert "rebuilt" in done.stdout
    assert verify(store).returncode == 0
    store.begin()
    again = oncelog("publish", url=store.url, text=json.dumps(event(3)))
    assert "duplicates  1" in again.stdout
    stats = json.loads(oncelog("stats", "--json", url=store.url).stdout)
    assert stats["unique_processed"] == EVENTS
    assert stats["duplicate_dropped"] == 2


def test_a_bar_is_for_terminals(store):
    ours, theirs = pty.openpty()
    with subprocess.Popen([BINARY, "verify", "--data", store.data], stdout=subprocess.DEVNULL,
                          stderr=theirs, env=environment(TERM="xterm")) as process:
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 4096):
                said += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0
    assert b"]   0 %" in said
    assert said.endswith(b"\r\x1b[K")


def large(number):
    return event(number, payload={"number": number, "text": f"{number:010}" * 110})


@pytest.fixture
def sealed(start):
    """A stopped server's directory in which the first log files have become a segment."""
    server = start("s", ONCELOG_INDEX_TABLE_ENTRIES="65536", ONCELOG_LOG_FILE_BYTES="64MiB")
    text = "".join(json.dumps(large(n)) + "\n" for n in range(EVENTS))
    assert oncelog("publish", url=server.url, text=text).returncode == 0

    def segments():
        return json.loads(oncelog("stats", "--json", url=server.url).stdout)["store"]["segments"]

    wait_until(lambda: segments() > 0, "a segment", 120)
    assert server.terminate() == 0
    return server


def test_a_store_with_segments_is_clean_and_rebuilt(sealed):
    report = json.loads(verify(sealed, "--json").stdout)
    assert report["clean"], report["damage"]
    assert report["segments"] == 1 and report["events"] == EVENTS
    for path in files(sealed, "state/*.ckpt") + files(sealed, "idx/*.run"):
        path.unlink()
    assert verify(sealed).returncode == 1
    done = oncelog("rebuild", "--data", sealed.data)
    assert done.returncode == 0, done.stderr
    assert f"index and checkpoint of {report['index_entries']:,} events" in done.stdout
    assert json.loads(verify(sealed, "--json").stdout)["clean"]
    sealed.begin()
    again = oncelog("publish", url=sealed.url, text=json.dumps(large(3)))
    assert "duplicates  1" in again.stdout


def test_damage_of_a_segment_is_named_with_topic_and_sequences(sealed):
    segment = files(sealed, "seg/*.seg")[0]
    flip(segment, 4096 * 3)
    done = verify(sealed)
    assert done.returncode == 1
    assert f"damage: {segment}, offset " in done.stdout
    assert "topic t, sequences " in done.stdout
    report = json.loads(verify(sealed, "--json").stdout)
    named = report["damage"][0]
    assert named["topic"] == "t" and named["first_sequence"] < named["last_sequence"]
    assert len(report["damage"]) == 1
    done = oncelog("rebuild", "--data", sealed.data)
    assert done.returncode == 1
    assert str(segment) in done.stderr and "nothing was changed" in done.stderr
