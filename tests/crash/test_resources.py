"""A server that runs out of file descriptors or memory: it refuses what it cannot take, says why,
loses nothing that was acked, and goes on by itself when there is enough again."""

import contextlib
import gzip
import http.client
import json
import os
import re
import resource
import signal
import socket

import pytest

import readback
from server import Server, ServerError, serve_command, wait_until

EVENT = {"topic": "crash.limits", "timestamp": "2025-10-22T10:00:00Z", "source": "test"}
MIB = 1 << 20


class LimitedServer:
    def __init__(self, binary, directory):
        self.data = os.path.join(directory, "data")
        command = serve_command(binary, self.data, 0, "--index-table-entries", "65536")
        self.server = Server(command, os.path.join(directory, "log"))
        self._next = 0
        self.events = 10_000  # of a batch: a few fill the first log file and the index table
        self.acked = []  # batches
        self.start()

    def start(self):
        self.server.start()
        self.server.wait_ready()
        self.api = readback.Api(self.server.host, self.server.port)

    def publish(self):
        """One batch of new events: (status, body)."""
        batch = [EVENT | {"event_id": str(self._next + n), "payload": {"fill": "x" * 300}}
                 for n in range(self.events)]
        self._next += self.events
        status, body = self.api.post("/publish", batch, {"Prefer": "return=minimal"})
        if status == 200:
            assert body["accepted"] == self.events, body
            self.acked.append(batch)
        return status, body

    def publishes(self):
        """Whether it takes a batch, on a new connection."""
        try:
            self.api = readback.Api(self.server.host, self.server.port)
            return self.publish()[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def log(self):
        with open(self.server.log_path, encoding="utf-8") as log:
            return log.read()

    def limit(self, kind, value):
        resource.prlimit(self.server.pid, kind, (value, resource.getrlimit(kind)[1]))

    def lift(self, kind):
        self.limit(kind, resource.getrlimit(kind)[1])

    def expect_all_acked(self):
        """After the worst end of it: a kill, and a start."""
        if self.server.running():
            self.server.kill()
        self.start()
        stored = {e.event_id for e in self.api.pages({})}
        for batch in self.acked:
            assert {e["event_id"] for e in batch} <= stored, "acked and lost"
        status, body = self.api.post("/publish", self.acked[-1])
        assert status == 200 and body["duplicates"] == body["received"], (status, str(body)[:300])


@pytest.fixture
def limited(binary, tmp_path):
    one = LimitedServer(binary, str(tmp_path))
    yield one
    one.server.stop()


def test_out_of_file_descriptors(limited):
    assert limited.publish()[0] == 200
    open_now = len(os.listdir(f"/proc/{limited.server.pid}/fd"))
    limited.limit(resource.RLIMIT_NOFILE, open_now)
    waiting = socket.create_connection((limited.server.host, limited.server.port))
    waiting.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answers = [limited.publish() for _ in range(30)]
    refused = [(status, body) for status, body in answers if status != 200]
    assert refused, "no batch needed a file: too little to prove anything"
    for status, body in refused:
        assert status == 503 and body["error"] == "busy" and body["stored"] == "no", body
    assert limited.api.get_json("/health", status=None)["status"] == "ok"
    with open(limited.server.log_path, encoding="utf-8") as log:
        assert "Too many open files" in log.read(), "the log names the reason"

    limited.lift(resource.RLIMIT_NOFILE)
    wait_until(lambda: limited.publish()[0] == 200, "it goes on by itself")
    waiting.settimeout(30)
    assert waiting.recv(12) == b"HTTP/1.1 200", "who waited for a descriptor is answered"
    waiting.close()
    limited.expect_all_acked()


LARGE = b" " * (20 * MIB)  # beyond what small_memory.cc leaves
# 160 blocks of 128 KiB that repeat a space, behind a frame header that says a window of 1 MiB.
ZSTD = b"\x28\xb5\x2f\xfd\x00\x50" + b"".join(
    ((128 << 10) << 3 | 1 << 1 | (n == 159)).to_bytes(3, "little") + b" " for n in range(160))


@pytest.mark.parametrize("body, headers", [
    (LARGE, {}),
    ([LARGE[at:at + MIB] for at in range(0, len(LARGE), MIB)], {"Transfer-Encoding": "chunked"}),
    (gzip.compress(LARGE), {"Content-Encoding": "gzip"}),
    (ZSTD, {"Content-Encoding": "zstd"}),
], ids=["sized", "chunked", "gzip", "zstd"])
def test_no_memory_for_a_large_body(binary, tmp_path, body, headers):
    """Not a byte more than it: the request is refused, and the server lives on."""
    preload = os.path.join(os.path.dirname(os.path.abspath(binary)), "tests", "libsmall_memory.so")
    server = Server(serve_command(binary, tmp_path / "data"), tmp_path / "log",
                    environment={"LD_PRELOAD": preload})
    try:
        server.start()
        server.wait_ready()
        small = EVENT | {"event_id": "a", "payload": {}}
        assert readback.Api(server.host, server.port).post("/publish", small)[0] == 200
        connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        connection.request("POST", "/publish", body, {"Content-Type": "application/json"} | headers,
                           encode_chunked="Transfer-Encoding" in headers)
        answer = connection.getresponse()
        problem = json.loads(answer.read())
        assert (answer.status, problem["error"], problem["stored"]) == (503, "busy", "no"), problem
        assert "memory" in problem["detail"] and int(answer.headers["Retry-After"]) > 0
        assert (answer.headers["Connection"] == "close") == ("Content-Encoding" not in headers)
        assert readback.Api(server.host, server.port).post("/publish", small)[1]["duplicates"] == 1
    finally:
        server.stop()


@pytest.mark.parametrize("events, spare_bytes, batches", [
    # What is short are mostly the engine's own tables: it ends.
    (10_000, 8 * MIB, 20), (1_000, 0, 150), (1_000, 4 * MIB, 150)])
def test_out_of_memory(limited, events, spare_bytes, batches):
    """A process without memory may end, and says so; what it acked stays, and it never answers what
    is not so."""
    limited.events = events
    assert limited.publish()[0] == 200
    with open(f"/proc/{limited.server.pid}/statm", encoding="ascii") as figures:
        size = int(figures.read().split()[0]) * resource.getpagesize()
    limited.limit(resource.RLIMIT_AS, size + spare_bytes)
    try:
        for _ in range(batches):
            status, body = limited.publish()
            assert status in (200, 503), (status, str(body)[:300])
    except (OSError, http.client.HTTPException, ServerError):
        pass  # it ends, or has cut off a request
    with contextlib.suppress(ProcessLookupError):
        limited.lift(resource.RLIMIT_AS)
    wait_until(lambda: not limited.server.running() or limited.publishes(), "it goes on, or ends")
    if not limited.server.running():
        assert limited.server.wait_exit() == -signal.SIGABRT
        # The last line, but for what another thread may have been saying.
        assert re.search(r"^oncelog: out of memory in thread \S+: the process ends\. ", limited.log(),
                         re.MULTILINE), limited.log()[-2000:]
    limited.expect_all_acked()
