#!/usr/bin/env python3
"""A server under steady load for a long time, restarted now and then: nothing leaks, nothing is
refused, and at the end the oracle finds everything as it was answered.

    soak.py --minutes 60 --binary build/release/oncelog

Publishers send batches with duplicates and conflicts, readers query in every way, at a rate that
leaves the machine half idle. The server lives several lives, ended by SIGKILL and SIGTERM in turn;
during each, memory and open files are sampled: after a warm-up they stay as they are, but for what
the store's own size explains. In the middle of each life a backup is taken and verified; the last
one is restored and judged by the oracle as well. One topic is kept short all the while, by retention
and by erasing (fading.py). Exit code: 0 when all is well.
"""

import argparse
import glob
import multiprocessing
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

if __name__ == "__main__":
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "crash"))

import backups
import checker
import oracle
import publisher
import readback
from fading import TOPIC, Fading
from process import Held, files_in
from server import Server, find_binary, free_port, serve_command

LIVES_MIN, LIFE_SECONDS = 3, 300
PUBLISHERS = 6
BATCH_MAX = 20  # what the oracle holds in memory for an hour has to fit
REQUESTS_MAX = 150_000  # in all
READERS = 2
# A small table, so that it is flushed and merged many times; after a warm-up memory is what it is.
# What is gone leaves the disk soon, so that segments are rewritten all the time.
FLAGS = ("--index-table-entries", "65536", "--log-file-bytes", "64MiB", "--erase-within", "20s")
# What a life's memory may grow by from its second quarter to its last: the allocator's breathing,
# and what the store's size explains (filters, fences, places of events in the last log files).
GROWTH_BYTES_MAX, GROWTH_BYTES_PER_EVENT = 24 << 20, 100
FILES_PER_NAME = 2  # a log file that was written is open for reading as well
# What a server says while it goes and comes, which is no overload.
RESTARTING = ("the server is stopping", "the server is starting")


@dataclass
class Sample:
    at: float
    held: Held
    events: int
    files: int  # in the data directory


@dataclass
class Life:
    samples: list = field(default_factory=list)

    def quarter(self, number):
        begin, end = self.samples[0].at, self.samples[-1].at
        low, high = (begin + (end - begin) * part / 4 for part in (number, number + 1))
        return [s for s in self.samples if low <= s.at <= high]

    def findings(self, name):
        """What leaks."""
        early, late = self.quarter(1), self.quarter(3)
        found = []
        if not early or not late:
            return [f"{name}: too few samples to say anything"]
        grown = _memory(late) - _memory(early)
        events = late[-1].events - early[0].events
        if grown > GROWTH_BYTES_MAX + GROWTH_BYTES_PER_EVENT * events:
            found.append(f"{name}: memory grew by {grown / 2**20:.1f} MiB with {events} events")
        last = late[-1]
        if _least(late, "others") > _least(early, "others") + 2:
            found.append(f"{name}: {_least(late, 'others')} sockets and pipes are open, "
                         f"{_least(early, 'others')} were")
        if _least(late, "deleted") > 2:
            found.append(f"{name}: {_least(late, 'deleted')} deleted files are held open")
        if _least(late, "files_of_data") > FILES_PER_NAME * last.files:
            found.append(f"{name}: {last.held.files_of_data} files are open, but there are only "
                         f"{last.files}")
        return found

    def __str__(self):
        early, late = self.quarter(1), self.quarter(3)
        return (f"{self.samples[-1].at - self.samples[0].at:.0f} s: memory {_memory(early) >> 20} -> "
                f"{_memory(late) >> 20} MiB, open files {_least(early, 'files_of_data')} -> "
                f"{_least(late, 'files_of_data')} (of {late[-1].files}), sockets "
                f"{_least(early, 'others')} -> {_least(late, 'others')}, "
                f"{early[0].events} -> {late[-1].events} events")


def _memory(samples):
    return int(statistics.median(s.held.resident_bytes for s in samples))


def _least(samples, figure):
    return min(getattr(s.held, figure) for s in samples)


class Reader(threading.Thread):
    """Queries of every kind; anything but the documented answer is a finding."""

    def __init__(self, soak, number):
        super().__init__(daemon=True)
        self._soak, self._random = soak, random.Random(f"reader/{soak.seed}/{number}")
        self.queries, self.findings = 0, []

    def run(self):
        api = None
        while not self._soak.stopping.is_set():
            try:
                api = api or readback.Api("127.0.0.1", self._soak.port)
                self._ask(api)
                self.queries += 1
            except (OSError, readback.http.client.HTTPException):
                api = None  # it is being restarted
            except readback.ReadbackError as error:
                self.findings.append(f"reader: {error}")
                api = None
            self._soak.stopping.wait(0.02)

    def _ask(self, api):
        kind = self._random.randrange(6)
        topics = list(api.get_json("/stats")["events_per_topic"]) or ["none"]
        topic = self._random.choice(topics)
        if kind == 0:
            api.get_json("/events", {"topic": topic, "limit": 200})
        elif kind == 1:
            api.get_json("/events", {"limit": 300, "order": "desc"})
        elif kind in (2, 3):  # whatever can be asked for without parameters
            paths = api.get_json("/openapi.json")["paths"]
            api.get(self._random.choice([p for p in paths if "get" in paths[p] and "{" not in p]))
        elif kind == 4:
            api.event(topic, "not there", status=404)
        elif topic != TOPIC:  # where what was just listed may be gone
            for event in list(api.pages({"topic": topic, "order": "desc"}, limit=20, most=20))[:1]:
                api.event(topic, event.event_id)


class Soak:
    def __init__(self, binary, directory, seed, log=print):
        self.directory, self.seed, self._log = str(directory), seed, log
        self._binary, self._backup = binary, None
        self._data = os.path.join(self.directory, "data")
        self.port = free_port(seed)
        self._server = Server(serve_command(binary, self._data, self.port, *FLAGS),
                              os.path.join(self.directory, "server.log"))
        self.stopping = threading.Event()
        self.lives, self.findings = [], []
        self.requests = self.queries = self.stored = self.backups = self.faded = 0

    def run(self, minutes):
        seconds = minutes * 60
        lives = max(LIVES_MIN, round(seconds / LIFE_SECONDS))
        readers = [Reader(self, number) for number in range(READERS)]
        fading = Fading(self.port, self.seed)
        try:
            self._start()
            stop, publishers = self._start_publishers(seconds)
            fader = fading.start(self.stopping)
            for reader in readers:
                reader.start()
            for number in range(lives):
                self._live(seconds / lives)
                self._log(f"life {number + 1} of {lives}: {self.lives[-1]}")
                self.findings += self.lives[-1].findings(f"life {number + 1}")
                self._end(kill=number % 2 == 0)
                self._start()
            self.stopping.set()
            stop.set()
            for worker in [publishers, fader, *readers]:
                worker.join(120)
            self.findings += fading.judge(leaves_disk=True)
            self._audit(readers)
            self.faded = fading.acked
        finally:
            self.stopping.set()
            self._server.stop()
        return self

    def _start(self):
        self._server.start()
        self._server.wait_ready()

    def _end(self, kill):
        if kill:
            self._server.kill()
        elif (code := self._server.terminate()) != 0:
            self.findings.append(f"SIGTERM ended it with {code}")

    def _start_publishers(self, seconds):
        stop = multiprocessing.get_context("fork").Event()
        pause = PUBLISHERS * max(0.02, seconds / REQUESTS_MAX)
        settings = publisher.Settings("127.0.0.1", self.port, self.seed, self.directory, stop,
                                      batch_max=BATCH_MAX, sync=False, pause=pause)
        return stop, publisher.start(settings, list(range(PUBLISHERS)))

    def _live(self, seconds):
        life = Life()
        api = readback.Api("127.0.0.1", self.port)
        end = time.monotonic() + seconds
        backing_up = threading.Timer(seconds / 2, self._take_backup, [len(self.lives)])
        backing_up.start()
        while (now := time.monotonic()) < end:
            events = api.get_json("/stats")["unique_processed"]
            life.samples.append(
                Sample(now, Held.of(self._server.pid, self._data), events, files_in(self._data)))
            self.stopping.wait(min(1.0, seconds / 40))
        api.close()
        backing_up.join()
        self.lives.append(life)

    def _take_backup(self, number):
        """Beside the load; the one before goes."""
        directory = os.path.join(self.directory, f"backup{number}")
        try:
            taken = backups.take(self._binary, self._data, directory)
        except (AssertionError, OSError) as error:
            self.findings.append(f"backup {number}: {error}")
            return
        done = backups.run(self._binary, "verify", "--data", directory)
        if done.returncode != 0:
            self.findings.append(f"backup {number}: {done.stdout}{done.stderr}")
        if self._backup is not None:
            shutil.rmtree(self._backup.directory)
        self._backup = taken
        self.backups += 1

    def _audit(self, readers):
        for path in glob.glob(os.path.join(self.directory, "*.failed")):
            with open(path, encoding="utf-8") as file:
                self.findings.append("a publisher failed: " + file.read())
        paths = sorted(glob.glob(os.path.join(self.directory, "*.oracle")))
        submissions = [s for path in paths for s in oracle.read_log(path)]
        stored = readback.read_all("127.0.0.1", self.port, TOPIC)
        observed = set()
        for path in glob.glob(os.path.join(self.directory, "*.observed")):
            observed.update(one for one in publisher.read_observed(path) if one[0] != TOPIC)
        self.findings += [f"{v.rule}: {v.text}"
                          for v in checker.check(submissions, stored, observed)]
        if self._backup is not None:
            restored = os.path.join(self.directory, "restored")
            self.findings += [f"the last backup: {found}"
                              for found in backups.judge(self._backup, submissions, restored, TOPIC)]
        refused = [s for s in submissions if s.answer is not None and s.answer.status >= 500]
        self.findings += [f"{s.name()} was refused without overload: {s.answer.body}"
                          for s in refused if s.answer.body.get("detail") not in RESTARTING]
        for reader in readers:
            self.findings += reader.findings
        self.requests, self.stored = len(submissions), len(stored.scan)
        self.queries = sum(reader.queries for reader in readers)

    def __str__(self):
        return (f"{len(self.lives)} lives, {self.backups} backups, {self.requests} requests to publish, "
                f"{self.queries} queries, {self.stored} events stored, {self.faded} that fade, {len(self.findings)} findings")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", help="default: $ONCELOG_BINARY, or the newest build/*/oncelog")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    args = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="oncelog-soak-")
    print(f"seed {args.seed}, {directory}", flush=True)
    soak = Soak(args.binary or find_binary(), directory, args.seed,
                log=lambda text: print(text, flush=True)).run(args.minutes)
    print(soak)
    for finding in soak.findings[:20]:
        print("FINDING", finding)
    print("FAIL, kept: " + directory if soak.findings else "PASS")
    if not soak.findings:
        shutil.rmtree(directory)
    return 1 if soak.findings else 0


if __name__ == "__main__":
    sys.exit(main())
