"""`oncelog torture`: PASS on oncelog itself, FAIL, with the data kept, on servers that break in a
crash or do not notice damage."""

import json
import os
import subprocess
import sys

import pytest

from test_simulate import environment

HERE = os.path.dirname(os.path.abspath(__file__))


def torture(binary, directory, *words, seed=5):
    """(exit code, report)"""
    done = subprocess.run(
        [binary, "torture", directory, "--minutes", "0", "--seed", str(seed), "--json",
         *map(str, words)],
        env=environment(), capture_output=True, text=True, timeout=600, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def program(tmp_path):
    """program(mode, setup) -> a script that takes the place of oncelog and runs the fake server."""

    def write(mode, setup=""):
        path = tmp_path / "fake"
        path.write_text(f"""#!{sys.executable}
import os, runpy, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
sys.path.insert(0, {HERE!r})
words = sys.argv[1:sys.argv.index("--log-level")]
data = words[words.index("--data") + 1]
{setup}
sys.argv = ["fake_server.py", *words, "--mode", {mode!r}, "--pause-ms", "2"]
runpy.run_path(os.path.join({HERE!r}, "fake_server.py"), run_name="__main__")
""")
        path.chmod(0o755)
        return path

    return write


def test_it_passes_and_leaves_nothing_behind(binary, tmp_path):
    code, report = torture(binary, tmp_path, "--events", 3000)
    assert (code, report["result"], report["failures"]) == (0, "PASS", [])
    assert report["rounds"] == 1 and report["submissions"] == 3000 and report["events"] > 2000
    assert report["kills"] + report["no_descriptors"] >= 12 and report["failed_writes"] > 0
    assert report["failed_calls"] > 0
    assert report["erased"] > 0 and report["runs"] > 0 and report["segments"] > 0
    assert report["refused"] > 0 and report["damaged"] >= 24
    assert report["damaged"] == report["refused"] + report["named"] + report["harmless"]
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_breaks_in_a_crash_fails(binary, tmp_path, program):
    code, report = torture(binary, tmp_path, "--events", 1500, "--program", program("lose_acked"))
    assert (code, report["result"]) == (1, "FAIL") and report["damaged"] == 0
    assert any(f.startswith("missing") for f in report["failures"])
    assert (tmp_path / "oncelog-torture" / "store").exists()


@pytest.mark.parametrize("mode", ["erase_early", "erase_undone", "erase_forgets"])
def test_a_server_that_undoes_erasing_fails(binary, tmp_path, program, mode):
    code, report = torture(binary, tmp_path, "--events", 1000, "--program", program(mode))
    assert (code, report["result"], report["damaged"]) == (1, "FAIL", 0)
    assert report["failures"][0].startswith("erasing: "), report


# Each line by itself is right, so it starts with those that it can read, as if that were all.
SKIPS_DAMAGED_LINES = """
import json
def whole(line):
    try:
        return line.endswith(b"\\n") and json.loads(line) is not None
    except ValueError:
        return False
disk = os.path.join(data, "disk.ndjson")
if os.path.exists(disk):
    with open(disk, "rb") as file:
        lines = [line for line in file if whole(line)]
    with open(disk + ".new", "wb") as file:
        file.writelines(lines)
    os.replace(disk + ".new", disk)
"""


def test_a_server_that_does_not_notice_damage_fails(binary, tmp_path, program):
    # A bit is flipped first, then the file is cut, which is seen for certain. One flip in seven is
    # refused or harmless, and which bit a seed names depends on how long the file has become.
    for seed in range(5, 15):
        directory = tmp_path / str(seed)
        directory.mkdir()
        code, report = torture(binary, directory, "--events", 1000, "--program",
                               program("", SKIPS_DAMAGED_LINES), seed=seed)
        assert (code, report["result"]) == (1, "FAIL")
        assert report["damaged"] == report["refused"] + report["named"] + report["harmless"] + 1
        assert report["failures"][0].startswith("disk.ndjson, "), report
        assert (directory / "oncelog-torture" / "damaged" / "disk.ndjson").exists()
        if report["failures"][0].startswith("disk.ndjson, bit "):
            return
    pytest.fail("no flipped bit was missed by a server that looks at none")


@pytest.mark.parametrize("words, said", [
    (["missing"], "no such directory"),
    (["."], "is not empty"),
    ([".", "--seed", "x"], "--seed"),
    ([".", "--minutes", "-1"], "--minutes"),
    ([], "DIR is required"),
])
def test_it_says_why_it_does_not_begin(binary, tmp_path, words, said):
    (tmp_path / "oncelog-torture").mkdir()
    (tmp_path / "oncelog-torture" / "left").touch()
    done = subprocess.run([binary, "torture", *words], env=environment(), cwd=tmp_path,
                          capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr
    assert (tmp_path / "oncelog-torture" / "left").exists()
