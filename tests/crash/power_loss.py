#!/usr/bin/env python3
"""Power losses of the real server, judged like the kills of kill_loop.py.

    power_loss.py --cycles 200 --seed 7
    power_loss.py --forget frame --cycles 50     # no frame is synced: must go red

A shim in front of libc (power_loss/) notes what the server writes and syncs; after each SIGKILL the
data directory is replaced by what a disk could hold if the power had gone at that moment
(disk_model.py), and the server starts on that. Publishers go on all the time, retention and erasing
as well, and are checked as in the kill loop. Small parts, exit code and seed as there.
"""

import argparse
import os
import random
import select
import shutil
import sys
import tempfile
import time

from disk_model import Disk, ModelError
from kill_loop import ROUND_CYCLES, KillLoop
from readback import Api, ReadbackError
from server import SMALL_PARTS, Server, ServerError, find_binary, serve_command, wait_until

KINDS = ("power", "power", "answered", "recovery", "failed_sync", "term")
FORGET = ("frame", "directory", "file")  # syncs that the shim can leave out, see journal.h


def find_shim(binary):
    """Built beside the binary, by the target power_loss."""
    path = os.path.join(os.path.dirname(os.path.abspath(binary)), "tests", "libpower_loss.so")
    if not os.path.exists(path):
        raise ServerError(f"no {path}: build the target power_loss")
    return path


class ShimmedServer(Server):
    """A Server whose changes under `root` are noted, and that dies between two of them."""

    def __init__(self, command, log_path, shim, root, forget=""):
        self.journal = os.path.join(os.path.dirname(str(log_path)), "journal")
        self._fifo = os.path.join(os.path.dirname(str(log_path)), "commands")
        self._commands = -1
        super().__init__(command, log_path, environment={
            "LD_PRELOAD": shim, "POWER_LOSS_ROOT": str(root), "POWER_LOSS_FORGET": forget,
            "POWER_LOSS_JOURNAL": self.journal, "POWER_LOSS_COMMANDS": self._fifo})

    def start(self, command="go"):
        self._hang_up()
        os.mkfifo(self._fifo)
        self._commands = os.open(self._fifo, os.O_RDWR | os.O_CLOEXEC)  # waits for nobody
        self.command_shim(command)
        super().start()

    def command_shim(self, command):
        os.write(self._commands, command.encode() + b"\n")

    def kill(self, records=0):
        """SIGKILL once it has noted so many more changes, or after a while in which it has not."""
        if not self.running() and self._process.returncode != -9:
            super().kill()  # says what it ended with
        self.command_shim(f"kill {records}")
        if not self.died_within(1.0):
            self.command_shim("kill 0")
            self._process.wait(self.deadline)
        self._close()

    def died_within(self, seconds):
        end = time.monotonic() + seconds
        while self.running() and time.monotonic() < end:
            select.select([], [], [], 0.001)
        return not self.running()

    def stop(self):
        super().stop()
        self._hang_up()

    def _hang_up(self):
        if self._commands >= 0:
            os.close(self._commands)
            os.unlink(self._fifo)
            self._commands = -1


class PowerLossLoop(KillLoop):
    """`command(data, port)` makes the server's command line."""

    def __init__(self, command, directory, seed, shim, forget="", log=print):
        root = os.path.join(str(directory), "disk")
        os.mkdir(root)

        def make_server(words, log_path):
            return ShimmedServer(words, log_path, shim, root, forget)

        super().__init__(command, directory, seed, after_ready_ms=150, log=log,
                         make_server=make_server, batch_max=40, data=os.path.join(root, "data"))
        self._disk = Disk(root, random.Random(f"disk/{seed}"))
        self.losses = {}  # how -> times
        self.unsynced = 0  # changes that were not durable when the power went
        self.failed_syncs = 0

    def run(self, cycles, kinds=KINDS, minutes=None):
        return super().run(cycles, kinds, minutes)

    def _cycle(self, kind):
        self._live()
        self._note_rewritten()
        if kind == "failed_sync":
            self._fail_a_sync()
        if kind == "term":
            if self._server.terminate() != 0:
                raise ServerError("SIGTERM did not end it with 0")
        else:
            self._server.kill(self._moment())
        if kind == "answered" or (kind == "failed_sync" and self._random.random() < 0.5):
            self._start(self.report.ready_ms)  # what it found in the page cache is answered again
            self._live()
            self._server.kill(self._moment())
        self._lose_power()
        if kind == "recovery":
            for _ in range(self._random.randint(1, 3)):
                self._server.start(f"kill {self._random.randint(1, 40)}")
                if not self._server.died_within(0.5):
                    self._server.kill()
                if self._random.random() < 0.7:
                    self._lose_power()
        self._start(self.report.ready_ms)

    def _live(self):
        select.select([], [], [], self._random.uniform(0, self._after_ready))

    def _moment(self):
        return self._random.choice((0, self._random.randint(1, 60)))

    def _lose_power(self):
        self.report.note_files(self._data)
        self._disk.replay(self._server.journal)
        self._disk.check_complete()
        self.unsynced += self._disk.unsynced()
        how = self._disk.lose_power().split()[0]
        self.losses[how] = self.losses.get(how, 0) + 1

    def _fail_a_sync(self):
        self._server.command_shim(f"fail {self._random.randint(1, 20)}")

        def read_only():
            api = Api(self._server.host, self._server.port, timeout=10)
            try:
                return api.get_json("/health", status=None)["status"] == "read_only"
            finally:
                api.close()

        wait_until(lambda: self._fading.has_ended() or read_only(), "a failed sync makes the store read_only")
        self.failed_syncs += 1

    def summary(self):
        return (f"power lost {sum(self.losses.values())} times {self.losses}, with {self.unsynced} "
                f"changes not durable, of {self._disk.syncs} syncs; {self.failed_syncs} failed on purpose")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", help="default: $ONCELOG_BINARY, or the newest build/*/oncelog")
    parser.add_argument("--cycles", type=int, default=ROUND_CYCLES)
    parser.add_argument("--minutes", type=float, help="instead of --cycles: so long, in whole rounds")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kinds", default=",".join(KINDS), help="drawn from (default: %(default)s)")
    parser.add_argument("--forget", default="", choices=("",) + FORGET,
                        help="which syncs do nothing; the loop must go red")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 31)
    binary = args.binary or find_binary()
    directory = tempfile.mkdtemp(prefix="oncelog-power-")
    print(f"seed {seed}, {binary}, {directory}", flush=True)
    loop = PowerLossLoop(lambda data, port: serve_command(binary, data, port, *SMALL_PARTS), directory,
                         seed, find_shim(binary), args.forget, log=lambda text: print(text, flush=True))
    try:
        report = loop.run(args.cycles, tuple(args.kinds.split(",")), args.minutes)
    except (ServerError, ReadbackError, ModelError) as error:
        print(loop.report, loop.summary(), f"FAIL: {error}\nkept: {directory}", sep="\n")
        return 1
    print(report, loop.summary(), sep="\n")
    if report.violations:
        print(f"kept: {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
