"""The tarball: the same bytes each time, and a program that runs wherever it is unpacked."""

import hashlib
import json
import os
import re
import signal
import subprocess
import tarfile

import pytest
from conftest import make_tarball, plain_environment

C_LIBRARY = re.compile(r"^(linux-vdso|ld-linux|lib(c|m)\.so)")


def test_the_same_commit_gives_the_same_bytes(tarball):
    before = hashlib.sha256(tarball.read_bytes()).hexdigest()
    assert hashlib.sha256(make_tarball().read_bytes()).hexdigest() == before


def test_nothing_of_the_machine_that_made_it_is_in_it(tarball):
    with tarfile.open(tarball) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    assert names == sorted(names, key=lambda name: name.split("/"))
    assert {name.split("/")[0] for name in names} == {tarball.name.removesuffix(".tar.gz")}
    assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {
        (0, 0, "", "")}
    assert len({member.mtime for member in members}) == 1
    assert {member.mode & 0o7022 for member in members if not member.issym()} == {0}


def test_it_holds_what_an_installation_needs(unpacked):
    for name in ["bin/oncelog", "lib/systemd/system/oncelog.service", "share/doc/oncelog/README.md",
                 "share/doc/oncelog/LICENSE", "share/doc/oncelog/CHANGELOG.md",
                 "share/doc/oncelog/docs/operations.md"]:
        assert (unpacked / name).is_file(), name


def test_each_library_comes_with_its_licence(unpacked):
    libraries = [file for file in (unpacked / "lib/oncelog").iterdir() if not file.is_symlink()]
    licences = list((unpacked / "share/doc/oncelog/licenses").iterdir())
    assert len(libraries) >= len(licences) > 0
    assert all(file.stat().st_size > 100 for file in licences)


@pytest.mark.parametrize(("command", "files"), [
    ("completion", ["share/bash-completion/completions/oncelog",
                    "share/zsh/site-functions/_oncelog",
                    "share/fish/vendor_completions.d/oncelog.fish"]),
    ("man", ["share/man/man1/oncelog.1"])])
def test_what_the_program_writes_about_itself_is_there(unpacked, oncelog, command, files):
    if oncelog(command, "--help").returncode != 0:
        pytest.skip(f"there is no oncelog {command}")
    for name in files:
        assert "oncelog" in (unpacked / name).read_text(encoding="utf-8"), name


def test_it_needs_only_the_c_library_of_the_machine(unpacked):
    done = subprocess.run([unpacked / "bin/oncelog"], check=True, capture_output=True, text=True,
                          env=plain_environment(LD_TRACE_LOADED_OBJECTS="1"))
    own = str(unpacked.resolve())
    for name, path in re.findall(r"^\s*(\S+)(?: => (.+?))? \(0x", done.stdout, re.MULTILINE):
        if not C_LIBRARY.match(os.path.basename(name)):
            assert os.path.realpath(path).startswith(own), f"{name} is {path}"


def test_it_runs_where_it_was_unpacked(unpacked, oncelog, tmp_path):
    server = subprocess.Popen(
        [unpacked / "bin/oncelog", "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path,
        env=plain_environment())
    try:
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        event = {"topic": "t", "event_id": "1", "timestamp": "2025-10-22T10:00:00Z", "source": "s",
                 "payload": {}}
        (tmp_path / "events.ndjson").write_text(json.dumps(event) + "\n", encoding="utf-8")
        for _ in range(2):
            done = oncelog("publish", str(tmp_path / "events.ndjson"), ONCELOG_URL=url)
            assert done.returncode == 0, done.stderr
        stats = json.loads(oncelog("stats", "--json", ONCELOG_URL=url).stdout)
        assert (stats["unique_processed"], stats["duplicate_dropped"]) == (1, 1)
        assert oncelog("health", "--for", "publish", ONCELOG_URL=url).returncode == 0
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        assert oncelog("health", ONCELOG_URL=url).returncode == 1
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
