"""Starts the real program for a test: its own data directory, a port the system chose."""

import contextlib
import os
import pathlib
import re
import select
import signal
import subprocess
import time

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 60  # for anything that is waited for


def binary():
    path = pathlib.Path(os.environ.get("ONCELOG_BINARY", ROOT / "build" / "release" / "oncelog"))
    return path if path.is_absolute() else ROOT / path


def wait_until(condition, what):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


class OncelogServer:
    """One data directory, over which the program can be started, stopped and killed again."""

    def __init__(self, folder, *flags):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.flags = flags
        self.process = None
        self.client = None
        self.port = 0
        self.start_message = ""

    def start(self):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("ONCELOG_")}
        self.log = open(self.folder / "stderr.txt", "ab")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [binary(), "serve", "--data", self.data, "--listen", "127.0.0.1:0", *self.flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, cwd=self.folder,
            env=environment)
        self.start_message = self._first_line()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.start_message)
        assert found, f"the first line names no URL: {self.start_message!r}"
        self.port = int(found[1])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60,
                                   trust_env=False)
        return self

    def _first_line(self):
        """The first line of stdout, waited for with a deadline."""
        deadline = time.monotonic() + SECONDS_MAX
        line = b""
        pipe = self.process.stdout.fileno()
        while b"\n" not in line:
            left = deadline - time.monotonic()
            assert left > 0, f"no start message in {SECONDS_MAX} s: {self.log_text()}"
            if not select.select([pipe], [], [], left)[0]:
                continue
            more = os.read(pipe, 65536)
            assert more, f"it ended with {self.process.wait()}: {self.log_text()}"
            line += more
        return line.decode().splitlines()[0]

    def log_text(self):
        return (self.folder / "stderr.txt").read_text(encoding="utf-8", errors="replace")[-4000:]

    def signal(self, number):
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        code = self.process.wait(timeout=SECONDS_MAX)
        self._close()
        return code

    def stop(self):
        """A clean stop: SIGTERM, which must end with 0."""
        code = self.signal(signal.SIGTERM)
        assert code == 0, f"exit code {code}: {self.log_text()}"

    def kill(self):
        self.signal(signal.SIGKILL)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def dispose(self):
        """At the end of a test, whatever it left."""
        if self.running():
            self.process.kill()
            self.process.wait()
        self._close()

    def _close(self):
        with contextlib.suppress(OSError):
            self.process.stdout.close()
        self.log.close()
        if self.client is not None:
            self.client.close()

    # What most tests do.

    def publish(self, body, status=200, **options):
        answer = self.client.post("/publish", json=body, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def all_events(self, **params):
        """Every event that a query finds, page after page."""
        events = []
        while True:
            page = self.get("/events", limit=10_000, **params)
            events += page["events"]
            if not page["has_more"]:
                return events
            params["after"] = page["next"]

    def get(self, path, status=200, **params):
        answer = self.client.get(path, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()
