"""What somebody who runs the server sees: its log, its start, its end, and what it runs out of."""

import gzip
import re
import resource
import signal
import socket
import subprocess
import threading

import pytest
from exposition import Scrape
from oncelog_server import SECONDS_MAX, OncelogServer, binary, wait_until
from test_http import exchange, head, status_of

def whole_log(server):
    return (server.folder / "stderr.txt").read_text(encoding="utf-8")


def metric(server, name, **labels):
    return Scrape(server.client.get("/metrics").text)(name, **labels)


def test_an_answer_with_5xx_is_logged_with_its_request_id(start):
    running = start("--body-memory-bytes", "64MiB")
    size = 30 << 20
    with socket.create_connection(("127.0.0.1", running.port)) as one, \
            socket.create_connection(("127.0.0.1", running.port)) as other:
        for connection in (one, other):
            connection.sendall(head("POST", "/publish", f"Content-Length: {size}"))
            connection.sendall(b" " * (size - 1))
        wait_until(lambda: metric(running, "oncelog_http_body_memory_bytes") >= 2 * size,
                   "both bodies are held")
        received = exchange(running, head("POST", "/publish?on_invalid=skip", "X-Request-Id: mine-1",
                                          f"Content-Length: {size}") + b" " * size)
    assert status_of(received) == 503
    lines = [line for line in whole_log(running).splitlines() if "mine-1" in line]
    assert len(lines) == 1, whole_log(running)
    assert re.search(r'warn.* status=503 error=overloaded method=POST path="/publish" '
                     r'request_id=mine-1 ', lines[0]), lines
    assert metric(running, "oncelog_publish_refused_total", error="overloaded") == 1
    wait_until(lambda: metric(running, "oncelog_http_body_memory_bytes") == 0,
               "the memory of bodies whose clients left is given back")


def test_other_answers_are_logged_only_at_debug(start, make):
    for level, count in (("info", 0), ("debug", 1)):
        running = start("--log-level", level)
        running.client.post("/publish", json=make("a"), headers={"X-Request-Id": "mine-2"})
        running.stop()
        lines = [line for line in whole_log(running).splitlines() if "mine-2" in line]
        assert len(lines) == count, (level, whole_log(running))
    assert 'status=200 error=- method=POST path="/publish"' in lines[0]


def test_refusals_of_publishes_by_the_http_server_are_counted(fresh):
    exchange(fresh, head("POST", "/publish", f"Content-Length: {33 << 20}"))
    exchange(fresh, head("POST", "/publish", "Transfer-Encoding: chunked") + b"zz\r\n\r\n")
    exchange(fresh, head("GET", "/stats", "Transfer-Encoding: chunked") + b"zz\r\n\r\n")
    assert metric(fresh, "oncelog_publish_refused_total", error="body_too_large") == 1
    assert metric(fresh, "oncelog_publish_refused_total", error="bad_request") == 1


@pytest.mark.parametrize("body, status", [
    (b" " * (3 << 20) + b"[", 400), (gzip.compress(b" " * (40 << 20)), 413),
    (b"\x1f\x8b no gzip", 400)], ids=["json", "bomb", "gzip"])
def test_the_memory_of_refused_large_bodies_is_given_back(fresh, body, status):
    fields = {"Content-Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    for _ in range(3):
        assert fresh.client.post("/publish", content=body, headers=fields).status_code == status
    assert metric(fresh, "oncelog_http_body_memory_bytes") == 0


def test_a_stop_lets_go_of_bodies_that_wait_to_be_decoded(start):
    running = start("--shutdown-grace", "60s")
    body = gzip.compress(b" " * (31 << 20), compresslevel=1)  # some tens of milliseconds each
    answers = []

    def publish():
        answer = exchange(running, head(
            "POST", "/publish", f"Content-Length: {len(body)}", "Content-Encoding: gzip",
            "Connection: close") + body, seconds=2 * SECONDS_MAX)
        answers.append(status_of(answer) if answer else None)

    clients = [threading.Thread(target=publish) for _ in range(200)]
    for client in clients:
        client.start()
    wait_until(lambda: metric(running, "oncelog_http_connections_total") > 200 and
               metric(running, "oncelog_http_body_memory_bytes") >= 40 * len(body),
               "all are there, and many are waiting")
    running.stop()
    for client in clients:
        client.join()
    # A body that was still on its way when the server stopped may find its connection gone.
    assert len(answers) == 200 and set(answers) - {None} == {400, 503}
    assert answers.count(503) > 20 and answers.count(None) < 100, "most are answered, and soon"
    assert "the server is stopping" in whole_log(running), "why, for the operator too"


def test_two_signals_at_once_are_one(fresh, make):
    """As a shell, a supervisor and a terminal may each send theirs: the drain goes on."""
    body = b"[" + b" " * 1000 + b"]"
    with socket.create_connection(("127.0.0.1", fresh.port), timeout=SECONDS_MAX) as connection:
        connection.sendall(head("POST", "/publish", f"Content-Length: {len(body)}") + body[:500])
        wait_until(lambda: metric(fresh, "oncelog_http_connections_open") >= 2, "it is connected")
        fresh.process.send_signal(signal.SIGTERM)
        fresh.process.send_signal(signal.SIGINT)
        fresh.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopping on" in whole_log(fresh), "it stops")
        connection.sendall(body[500:])
        assert status_of(connection.recv(65536)) == 400
    assert fresh.wait() == 0


def test_running_out_of_descriptors_is_said_and_counted(tmp_path):
    running = OncelogServer(tmp_path).start()
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (64, 64))
    try:
        assert running.client.get("/livez").status_code == 200  # a connection of its own from now on
        crowd = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(100)]
        wait_until(lambda: "cannot take new connections" in whole_log(running), "it is said")
        assert "Too many open files" in whole_log(running)
        for connection in crowd[20:]:
            connection.close()
        livez = head("GET", "/livez", "Connection: close")
        wait_until(lambda: (got := exchange(running, livez)) and status_of(got) == 200,
                   "new ones are taken again")
        assert metric(running, "oncelog_http_accept_failures_total") >= 1
        assert whole_log(running).count("cannot take new connections") == 1, "at most once a minute"
        for connection in crowd[:20]:
            connection.close()
        running.stop()
    finally:
        running.dispose()


def test_a_busy_port_leaves_no_data_directory_behind(fresh, tmp_path):
    done = subprocess.run([binary(), "serve", "--data", tmp_path / "new", "--listen",
                           f"127.0.0.1:{fresh.port}"], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 1 and "another program is using the port" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["STORE", "STORE.bak"])
def test_a_mended_identity_is_told(fresh, make, name):
    fresh.publish(make("a"))
    fresh.stop()
    (fresh.data / name).write_bytes(b"garbage")
    fresh.start()
    lines = [line for line in whole_log(fresh).splitlines() if "made anew" in line]
    assert len(lines) == 1 and "warn" in lines[0] and f"data/{name}" in lines[0], whole_log(fresh)
    assert fresh.publish(make("a"))["duplicates"] == 1
