"""The shim and the disk model by themselves: small programs whose disk is known."""

import os
import random
import subprocess
import sys

import pytest

from disk_model import Disk, ModelError
from power_loss import find_shim

LIVES = 60  # power losses of one program


def begin(root):
    """What is there before each program: one old file."""
    for name in os.listdir(root):
        os.unlink(os.path.join(root, name))
    with open(os.path.join(root, "old"), "wb") as old:
        old.write(b"o" * 2000)


@pytest.fixture
def live(tmp_path, binary):
    """live(program, command) -> its disk, after it ended; the program runs in the root."""
    root, journal, fifo = tmp_path / "root", tmp_path / "journal", tmp_path / "commands"

    def run(program, command="go", seed=0):
        for path in (journal, fifo):
            path.unlink(missing_ok=True)
        root.mkdir(exist_ok=True)
        begin(root)
        os.mkfifo(fifo)
        commands = os.open(fifo, os.O_RDWR)
        os.write(commands, command.encode() + b"\n")
        disk = Disk(root, random.Random(seed))
        subprocess.run(
            [sys.executable, "-c", "import os\n" + program], cwd=root, timeout=60, check=False,
            env={"LD_PRELOAD": find_shim(binary), "POWER_LOSS_ROOT": str(root),
                 "POWER_LOSS_JOURNAL": str(journal), "POWER_LOSS_COMMANDS": str(fifo)})
        os.close(commands)
        disk.replay(journal)
        return disk

    return run


def outcomes(live, program, command="go"):
    """What the root holds after power losses: the distinct {name: bytes}."""
    found = set()
    disk = live(program, command)
    disk.check_complete()
    journal = os.path.join(os.path.dirname(disk.root), "journal")
    for seed in range(LIVES):
        begin(disk.root)
        again = Disk(disk.root, random.Random(seed))
        again.replay(journal)
        again.lose_power()
        files = {}
        for name in os.listdir(disk.root):
            with open(os.path.join(disk.root, name), "rb") as file:
                files[name] = file.read()
        found.add(tuple(sorted(files.items())))
    return [dict(one) for one in found]


CREATE = "fd = os.open('f', os.O_RDWR | os.O_CREAT)\nhere = os.open('.', os.O_RDONLY)\n"


def test_what_is_synced_stays(live):
    program = CREATE + "os.pwrite(fd, b'a' * 3000, 0); os.fdatasync(fd); os.fsync(here)"
    assert outcomes(live, program) == [{"old": b"o" * 2000, "f": b"a" * 3000}]


def test_a_file_without_a_sync_is_torn(live):
    found = outcomes(live, CREATE + "os.fsync(here); os.pwrite(fd, b'a' * 3000, 0)")
    contents = {one["f"] for one in found}
    assert {b"", b"a" * 3000} < contents and len(contents) > 4
    assert any(0 < c.count(b"a") < len(c) for c in contents), "no hole"
    assert all(c[at:at + 512] in (b"a" * len(c[at:at + 512]), bytes(len(c[at:at + 512])))
               for c in contents for at in range(0, len(c), 512)), "half a sector"


def test_a_name_without_a_sync_of_its_directory_may_be_gone(live):
    found = outcomes(live, CREATE + "os.pwrite(fd, b'a', 0); os.fdatasync(fd)")
    assert {one.get("f") for one in found} == {None, b"a"}


def test_a_rename_is_whole_or_not_at_all(live):
    program = CREATE + "os.pwrite(fd, b'new', 0); os.fsync(fd); os.fsync(here); os.rename('f', 'old')"
    found = outcomes(live, program)
    assert len(found) == 2
    assert {"old": b"new"} in found and {"old": b"o" * 2000, "f": b"new"} in found
    assert outcomes(live, program + "; os.fsync(here)") == [{"old": b"new"}]


def test_a_removed_file_may_come_back(live):
    found = outcomes(live, "os.unlink('old')")
    assert sorted(map(len, found)) == [0, 1]


def test_what_a_failed_sync_should_have_covered_stays_uncertain(live):
    program = """
fd = os.open('x.log', os.O_RDWR | os.O_CREAT); os.fsync(os.open('.', os.O_RDONLY))
os.pwrite(fd, b'a', 0)
try:
    os.fdatasync(fd)
    raise SystemExit('it did not fail')
except OSError:
    os.fdatasync(fd)
"""
    found = {one["x.log"] for one in outcomes(live, program, "fail 1")}
    assert found == {b"", b"\0", b"a"}  # nothing, only the size, all


def test_a_kill_comes_behind_the_change_it_was_asked_for(live):
    program = CREATE + "[os.pwrite(fd, b'%04d' % i, 4 * i) for i in range(100)]"
    disk = live(program, "kill 11")  # the name, and ten writes
    disk.check_complete()
    with open(os.path.join(disk.root, "f"), "rb") as file:
        assert file.read() == b"".join(b"%04d" % i for i in range(10))


def test_a_change_that_goes_unseen_is_no_verdict(live):
    disk = live(CREATE + "import mmap; os.ftruncate(fd, 100); mmap.mmap(fd, 100)[3] = 7")
    with pytest.raises(ModelError, match="did not see"):
        disk.check_complete()
