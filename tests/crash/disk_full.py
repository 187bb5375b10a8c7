#!/usr/bin/env python3
"""A store whose disk runs full, and gets room again. Needs root: it mounts a small tmpfs, in a mount
namespace of its own, so that nothing is left behind:

    unshare -m disk_full.py --binary build/release/oncelog --directory DIR

Publishers send all the time and log to another disk; a ballast file takes all the room. Then: 507
`disk_full` with stored "no", reads go on, nothing of a refused batch is stored; without the ballast
ingest resumes by itself; after kill -9 and restart all promises hold. Then starts on a full disk.
Exit code: 0 right, 1 wrong, 77 could not mount.
"""

import argparse
import errno
import glob
import os
import subprocess
import sys
import threading

import checker
import oracle
import publisher
import readback
from server import Server, ServerError, free_port, serve_command, wait_until

CANNOT_MOUNT = 77
DISK_MEGABYTES = 96


class Ballast:
    def __init__(self, path):
        self._path = path

    def fill(self):
        """Takes all the room there is, down to the last page."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        offset, step = 0, 1 << 20
        while step >= 4096:
            try:
                os.posix_fallocate(descriptor, offset, step)
                offset += step
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                step //= 2
        os.close(descriptor)

    def drop(self):
        os.unlink(self._path)


class Scenario:
    def __init__(self, binary, directory, seed):
        self._directory = directory
        disk = os.path.join(directory, "disk")
        self._ballast = Ballast(os.path.join(disk, "ballast"))
        port = free_port(seed)
        command = serve_command(binary, os.path.join(disk, "data"), port)
        self.server = Server(command, os.path.join(directory, "server.log"))
        self._settings = publisher.Settings("127.0.0.1", port, seed, directory, threading.Event())
        self._publishers = self._probes = 0

    def run(self):
        try:
            self._runs_full_and_recovers()
            self._starts_on_a_full_disk()
        finally:
            self._settings.stop.set()
            self.server.stop()

    def _start(self):
        self.server.start()
        self.server.wait_ready()
        self.api = readback.Api(self.server.host, self.server.port)

    def _publish_in_background(self):
        self._settings.stop = threading.Event()
        threads = []
        for _ in range(3):
            one = publisher.Publisher(self._settings, self._publishers)
            self._publishers += 1
            threads.append(threading.Thread(target=one.run))
            threads[-1].start()
        return threads

    def _stop_publishing(self, threads):
        self._settings.stop.set()
        for thread in threads:
            thread.join()

    def _post_one(self, event_id):
        event = {"topic": "crash.full", "event_id": event_id, "timestamp": "2025-10-22T10:00:00Z",
                 "source": "crash", "payload": {"fill": "x" * 1000}}
        log = oracle.OracleLog(os.path.join(self._directory, f"one-{event_id}.oracle"))
        value = [event, event | {"event_id": event_id + "-second"}]
        attempt = log.send("1", {}, str(value).replace("'", '"').encode())
        status, body = self.api.post("/publish", value)
        log.answer(attempt, status, body)
        log.close()
        return status, body

    def _runs_full_and_recovers(self):
        self._start()
        threads = self._publish_in_background()
        wait_until(lambda: self._total() > 2_000, "some events before the disk is full")
        self._ballast.fill()
        wait_until(lambda: self._health() == "disk_full", "/health says disk_full", 120)
        self._stop_publishing(threads)
        wait_until(lambda: not self._accepted(), "small requests are refused, too")
        self._expect_refusals()
        self._check("full")
        self._ballast.drop()
        wait_until(self._accepted, "ingest resumes without a restart")
        wait_until(lambda: self._health() == "ok", "/health says ok again")
        threads = self._publish_in_background()
        before = self._total()
        wait_until(lambda: self._total() > before + 2_000, "events after that")
        self._stop_publishing(threads)
        self._check("resumed")
        self.server.kill()
        self._start()
        self._check("restarted")

    def _expect_refusals(self):
        status, body = self._post_one("while-full")
        expect(status == 507, f"{status} {body}")
        expect(body["error"] == "disk_full" and body["stored"] == "no", body)
        expect(self.api.status("/events/crash.full/while-full") == 404, "refused, but stored")
        expect(self._health() == "disk_full", "/health after a refusal")
        expect(self.api.status("/readyz") == 200, "a full disk can be read")
        expect(self.api.status("/readyz?for=publish") == 503, "a full disk cannot store")
        expect(len(list(self.api.pages({}, most=1000))) >= 1000, "reads go on")

    def _accepted(self):
        """Publishes a small request; True if it was accepted, False if there is no room."""
        self._probes += 1
        status, body = self._post_one(f"probe-{self._probes}")
        expect(status in (200, 507), f"{status} {body}")
        return status == 200

    def _starts_on_a_full_disk(self):
        for stop in ("clean", "kill"):
            if stop == "clean":
                expect(self.server.terminate() == 0, "SIGTERM")
            else:
                self.server.kill()
            self._ballast.fill()
            try:
                self._start()
                expect(self.api.status("/events") == 200, "reads on a full disk")
                status, body = self._post_one(f"{stop}-full")
                expect(status in (200, 507), f"{status} {body}")
                print(f"started on a full disk ({stop}): publish {status}")
                self._check(f"on a full disk ({stop})")
                self.server.kill()
            except ServerError:
                code = self.server.wait_exit()
                with open(self.server.log_path, encoding="utf-8") as log:
                    said = log.read()[-2000:]
                expect(code == 1, f"exit code {code}: {said}")
                expect("space" in said or "full" in said, f"does not name the reason: {said}")
                print(f"start on a full disk refused ({stop}): {said.splitlines()[-1]}")
            self._ballast.drop()
            self._start()
            self._check(f"with room again ({stop})")

    def _health(self):
        return self.api.get_json("/health", status=None)["status"]

    def _total(self):
        return self.api.get_json("/stats")["total_events"]

    def _check(self, when):
        paths = sorted(glob.glob(os.path.join(self._directory, "*.oracle")))
        submissions = [s for path in paths for s in oracle.read_log(path)]
        stored = readback.read_all(self.server.host, self.server.port)
        found = checker.check(submissions, stored)
        print(f"{when}: {len(submissions)} requests, {len(stored.scan)} stored, "
              f"{len(found)} violations", flush=True)
        expect(not found, "\n".join(f"{v.rule}: {v.text}" for v in found[:10]))


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


def mount_disk(directory):
    disk = os.path.join(directory, "disk")
    os.makedirs(disk, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", disk]
    return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not mount_disk(args.directory):
        print("cannot mount a tmpfs: needs root and CAP_SYS_ADMIN")
        return CANNOT_MOUNT
    Scenario(args.binary, args.directory, args.seed).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
