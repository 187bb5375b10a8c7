"""One oncelog server process under test.

    server = Server([binary, "serve", "--data", data, "--listen", "127.0.0.1:0"], log_path)
    server.start(); server.wait_ready()
    server.kill(); server.start(); ...

Errors: ServerError with the end of its log when it does not start, end or answer in time.
"""

import http.client
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

_URL = re.compile(rb"http://(\[[^\]]+\]|[^:/\s]+):(\d+)")

# What is written in a second is flushed, merged, sealed and rewritten many times.
SMALL_PARTS = ("--test-parts", "64")


class ServerError(Exception):
    pass


def find_binary():
    """$ONCELOG_BINARY, else the newest build/*/oncelog of this tree."""
    if named := os.environ.get("ONCELOG_BINARY"):
        return named
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
    found = []
    for folder, _, files in os.walk(os.path.join(root, "build")):
        if "oncelog" in files and os.access(os.path.join(folder, "oncelog"), os.X_OK):
            found.append(os.path.join(folder, "oncelog"))
    if not found:
        raise ServerError("no oncelog binary: build it, or name it in ONCELOG_BINARY")
    return max(found, key=os.path.getmtime)


def free_port(seed=0):
    """A port outside the range from which the system hands out its own: after a kill no stranger
    gets it, so that a publisher never talks to another server than ours."""
    # Tests that run beside this one draw from another part: between two lives nobody listens there.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4
    for step in range(2000):
        port = 20_000 + 2500 * worker + (os.getpid() * 7 + seed + step * 13) % 2500
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise ServerError("no free port between 20000 and 30000")


def wait_until(condition, what, seconds=30):
    """Until condition() is true; yields its value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise ServerError(f"not within {seconds} s: {what}")
        select.select([], [], [], 0.002)
    return value


def serve_command(binary, data, port=0, *more):
    return [binary, "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", *more]


class Server:
    def __init__(self, command, log_path, deadline=60, environment=None):
        self.command, self.log_path, self.deadline = command, str(log_path), deadline
        ours = ("ONCELOG_BINARY", "ONCELOG_SEED")  # not settings of oncelog
        self._environment = {k: v for k, v in os.environ.items() if k not in ours}
        self._environment.update(environment or {})
        self._process = None
        self._spawned = 0.0
        self.host, self.port = "127.0.0.1", 0

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        """Spawns it; does not wait. It inherits Python's ignored SIGXFSZ, so that a file size limit
        makes its writes fail instead of ending it."""
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                self.command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
                env=self._environment, restore_signals=False)
        self._spawned = time.monotonic()

    def wait_ready(self):
        """Until it answers /readyz. Returns the seconds since start()."""
        end = self._spawned + self.deadline
        self._read_url(end)
        while time.monotonic() < end:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return time.monotonic() - self._spawned
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            if not self.running():
                break
            select.select([], [], [], 0.001)
        raise ServerError(f"not ready: {self._end_of_log()}")

    def _read_url(self, end):
        """The URL stands in the first line of stdout; what follows is left in the pipe."""
        line = b""
        while not line.endswith(b"\n"):
            rest = max(0.0, end - time.monotonic())
            if not select.select([self._process.stdout], [], [], rest)[0]:
                raise ServerError(f"no first line within {self.deadline} s: {self._end_of_log()}")
            piece = os.read(self._process.stdout.fileno(), 1)
            if not piece:
                self._process.wait(self.deadline)
                raise ServerError(f"ended with {self._process.returncode} before it was ready: "
                                  f"{line!r} {self._end_of_log()}")
            line += piece
        match = _URL.search(line)
        if not match:
            raise ServerError(f"the first line names no URL: {line!r}")
        self.host, self.port = match[1].decode().strip("[]"), int(match[2])

    def running(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        """SIGKILL. An error if it had ended by itself before."""
        if self._process.poll() is not None:
            raise ServerError(f"ended by itself with {self._process.returncode}: {self._end_of_log()}")
        self._process.kill()
        self._process.wait(self.deadline)
        self._close()

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait_exit()

    def wait_exit(self):
        try:
            self._process.communicate(timeout=self.deadline)
        except subprocess.TimeoutExpired:
            raise ServerError(f"did not end within {self.deadline} s: {self._end_of_log()}") from None
        return self._process.returncode

    def forbid_writes(self, forbidden=True):
        """From now on every write to a file fails (EFBIG), or no longer."""
        limit = 0 if forbidden else resource.RLIM_INFINITY
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def run_to_exit(self):
        """For a start that must be refused: (exit code, what it said)."""
        done = subprocess.run(self.command, capture_output=True, timeout=self.deadline, text=True,
                              env=self._environment, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def stop(self):
        """For clean-up: whatever its state."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait(self.deadline)
            self._close()

    def _close(self):
        self._process.stdout.close()

    def _end_of_log(self):
        with open(self.log_path, "rb") as log:
            return log.read()[-2000:].decode(errors="replace")
