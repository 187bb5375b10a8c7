#!/usr/bin/env python3
"""The kill -9 loop: publishers, a killer, and a checker that believes neither the server nor luck.

    kill_loop.py --cycles 200 --seed 7                       # the newest build, a temporary directory
    kill_loop.py --binary build/release/oncelog --data /big/disk/x --cycles 1000

Cycles come in rounds. In a round the publishers send while the server is killed at random moments
(SIGKILL under load, SIGKILL during recovery, now and then SIGTERM); at its end they stop and all
that is stored is checked twice: as the running server shows it, and after one more kill and start.
One more publisher keeps a topic short by retention and erasing (fading.py). The server's index
tables, log files and segments are so small that each life makes some of every kind (--parts).
Exit code: 0 when every promise held, 1 when not (the data directory and logs are kept).
The seed replays the same choices of publishers and killer, not the same timings.
"""

import argparse
import glob
import multiprocessing
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

import checker
import fading
import oracle
import publisher
import readback
from server import SMALL_PARTS, Server, ServerError, find_binary, free_port, serve_command

ROUND_CYCLES = 25
FADING_PAUSE = 0.005  # seconds
ERASED_MIN, ERASING_SECONDS_MAX = 5, 60  # events in a round, however slow the machine is
QUIET_ONE_IN = 5  # cycles, without the load, so that sealing comes to rewrite what holds erased events
PROCESSES, THREADS = 2, 4  # publishers: their product


@dataclass
class Report:
    seed: int
    cycles: int = 0
    ready_ms: list = field(default_factory=list)  # after a SIGKILL
    clean_ready_ms: list = field(default_factory=list)  # after a SIGTERM
    submissions: int = 0
    unanswered: int = 0
    stored: int = 0
    faded: int = 0  # events of the topic that is kept short
    erased: int = 0  # of these
    files: dict = field(default_factory=dict)  # kind -> names seen after kills
    rewritten: int = 0  # segments, in lives that were asked
    violations: list = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self):
        lines = [
            f"seed {self.seed}: {self.cycles} kills, {self.submissions} requests "
            f"({self.unanswered} with unknown outcome), {self.stored} events stored, "
            f"{self.seconds:.1f} s",
            f"{self.faded} events more, of which {self.erased} were erased and the oldest went; "
            f"seen after kills: {self.made('.run')} index runs, {self.made('.ckpt')} checkpoints, "
            f"{self.made('.log')} log files, {self.made('.seg')} segments ({self.rewritten} rewritten)",
        ]
        for name, times in (("SIGKILL", self.ready_ms), ("SIGTERM", self.clean_ready_ms)):
            if times:
                lines.append(f"ready after {name}: median {statistics.median(times):.0f} ms, "
                             f"max {max(times):.0f} ms ({len(times)} starts)")
        lines += [f"VIOLATION {v.rule}: {v.text}" for v in self.violations[:20]]
        lines.append(f"{'FAIL' if self.violations else 'PASS'}: "
                     f"{len(self.violations)} violations")
        return "\n".join(lines)

    def made(self, kind):
        return len(self.files.get(kind, ()))

    def note_files(self, data):
        for _, _, names in os.walk(data):
            for name in names:
                self.files.setdefault(os.path.splitext(name)[1], set()).add(name)


class KillLoop:
    """`command(data, port)` makes the server's command line. Threads: one."""

    def __init__(self, command, directory, seed, after_ready_ms=400, log=print, make_server=Server,
                 batch_max=500, data=None):
        self._directory, self._seed, self._log = str(directory), seed, log
        self._after_ready, self._batch_max = after_ready_ms / 1000, batch_max
        self._data = data or os.path.join(self._directory, "data")
        port = free_port(seed)
        self._server = make_server(command(self._data, port),
                                   os.path.join(self._directory, "server.log"))
        self._port = port
        self._fading = fading.Fading(port, seed, FADING_PAUSE, allowed=(503,))
        self._random = random.Random(f"killer/{seed}")
        self._first_publisher = 0
        self._typical_ready = 0.05
        self.report = Report(seed)

    def run(self, cycles, kinds=("kill", "kill", "kill", "recovery", "term"), minutes=None):
        """`minutes`: ends with the first round after them, whatever `cycles` says."""
        begin = time.monotonic()

        def goes_on():
            if minutes is not None:
                return time.monotonic() < begin + minutes * 60
            return self.report.cycles < cycles

        try:
            self._start(self.report.ready_ms)
            while goes_on() and not self.report.violations:
                rest = cycles - self.report.cycles if minutes is None else ROUND_CYCLES
                self._round(min(ROUND_CYCLES, rest), kinds)
        finally:
            self._server.stop()
            self.report.seconds = time.monotonic() - begin
        return self.report

    def _start(self, times):
        self._server.start()
        seconds = self._server.wait_ready()
        self._typical_ready = 0.7 * self._typical_ready + 0.3 * seconds
        times.append(seconds * 1000)

    def _round(self, cycles, kinds):
        stop = multiprocessing.get_context("fork").Event()
        settings = publisher.Settings(
            "127.0.0.1", self._port, self._seed, self._directory, stop, self._batch_max)
        processes = []
        for _ in range(PROCESSES):
            ids = range(self._first_publisher, self._first_publisher + THREADS)
            processes.append(publisher.start(settings, list(ids)))
            self._first_publisher += THREADS
        stop_fading = threading.Event()
        fader = self._fading.start(stop_fading)
        quiet = cycles // QUIET_ONE_IN
        try:
            self._cycles(cycles - quiet, kinds)
            _pause(self._random.uniform(0.05, 0.2))
            stop.set()
            self._cycles(quiet, kinds)
            self._wait_for_erasing(self.report.erased + ERASED_MIN)
            self.report.note_files(self._data)
        finally:
            stop.set()
            stop_fading.set()
            fader.join(120)
            for process in processes:
                process.join(120)
                if process.is_alive():
                    process.kill()
                    raise ServerError("a publisher did not end: requests are left without answers")
        for path in glob.glob(os.path.join(self._directory, "*.failed")):
            with open(path, encoding="utf-8") as file:
                raise ServerError("a publisher failed:\n" + file.read())
        self._check("running")
        self._server.kill()
        self._start(self.report.ready_ms)
        self._check("restarted", leaves_disk=True)

    def _wait_for_erasing(self, erased):
        """But not for ever: that a server takes nothing is for the checker to judge."""
        end = time.monotonic() + ERASING_SECONDS_MAX
        while len(self._fading.erased) < erased and time.monotonic() < end:
            if self._fading.has_ended():
                return
            _pause(0.01)

    def _cycles(self, count, kinds):
        for _ in range(count):
            self._cycle(self._random.choice(kinds))
            self.report.cycles += 1

    def _cycle(self, kind):
        _pause(self._random.uniform(0, self._after_ready))
        self._note_rewritten()
        times = self.report.ready_ms
        if kind == "term":
            code = self._server.terminate()
            if code != 0:
                raise ServerError(f"SIGTERM ended it with {code}")
            times = self.report.clean_ready_ms
        else:
            self._server.kill()
        if kind == "recovery":
            for _ in range(self._random.randint(1, 3)):
                self._server.start()
                _pause(self._random.uniform(0, 1.2 * self._typical_ready))
                self._server.kill()
        self.report.note_files(self._data)
        self._start(times)

    def _note_rewritten(self):
        api = readback.Api(self._server.host, self._server.port)
        try:
            self.report.rewritten += api.get_json("/stats")["store"]["segments_rewritten"]
        except OSError:
            pass  # it has ended: who ends it next says how
        finally:
            api.close()

    def _check(self, when, leaves_disk=False):
        submissions = self.submissions()
        found = [checker.Violation("gone", text) for text in self._fading.judge(leaves_disk)]
        stored = readback.read_all(self._server.host, self._server.port, fading.TOPIC)
        observed = set()
        for path in glob.glob(os.path.join(self._directory, "*.observed")):
            observed.update(o for o in publisher.read_observed(path) if o[0] != fading.TOPIC)
        found += checker.check(submissions, stored, observed)
        self.report.violations += found
        self.report.submissions = len(submissions)
        self.report.unanswered = sum(checker.unknown(s) for s in submissions)
        self.report.stored = len(stored.scan)
        self.report.faded, self.report.erased = self._fading.acked, len(self._fading.erased)
        self._log(f"after {self.report.cycles} kills ({when}): {len(submissions)} requests, "
                  f"{len(stored.scan)} events stored, {len(observed)} seen by readers, "
                  f"{len(found)} violations")

    def submissions(self):
        paths = sorted(glob.glob(os.path.join(self._directory, "*.oracle")))
        return [s for path in paths for s in oracle.read_log(path)]


def _pause(seconds):
    """The random moment of a kill; nothing is waited for."""
    threading.Event().wait(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", help="default: $ONCELOG_BINARY, or the newest build/*/oncelog")
    parser.add_argument("--data", help="directory for the store and all logs; must not exist")
    parser.add_argument("--cycles", type=int, default=ROUND_CYCLES)
    parser.add_argument("--minutes", type=float, help="instead of --cycles: so long, in whole rounds")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kinds", default="kill,kill,kill,recovery,term",
                        help="drawn from: kill, recovery, term (default: %(default)s)")
    parser.add_argument("--parts", default=SMALL_PARTS[1],
                        help="how small the server's parts are, as its setting test-parts; 0: as they "
                             "are for users (default: %(default)s)")
    parser.add_argument("--after-ready-ms", type=int, default=400,
                        help="a kill comes so long after ready at most (default: %(default)s)")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))  # still stops its server
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 31)
    binary = args.binary or find_binary()
    if args.data:
        os.makedirs(args.data)
    directory = args.data or tempfile.mkdtemp(prefix="oncelog-crash-")
    print(f"seed {seed}, {binary}, {directory}", flush=True)
    loop = KillLoop(lambda data, port: serve_command(binary, data, port, SMALL_PARTS[0], args.parts),
                    directory, seed,
                    args.after_ready_ms, log=lambda text: print(text, flush=True))
    try:
        report = loop.run(args.cycles, tuple(args.kinds.split(",")), args.minutes)
    except (ServerError, readback.ReadbackError) as error:
        print(loop.report, f"\nFAIL: {error}\nkept: {directory}", sep="\n")
        return 1
    print(report)
    if report.violations:
        print(f"kept: {directory}")
        return 1
    if not args.data:
        shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
