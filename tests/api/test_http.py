"""What HTTP itself asks for: methods, heads, sizes, and requests that are not what they seem."""

import contextlib
import json
import socket
import struct

import pytest


def exchange(server, request, seconds=30):
    """Sends bytes on a connection of its own and reads until the server closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            connection.sendall(request)
        received = b""
        with contextlib.suppress(ConnectionError):
            while more := connection.recv(65536):
                received += more
        return received


def status_of(received):
    return int(received.split(b" ", 2)[1])


def head(method, path, *fields, host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1"] + ([f"Host: {host}"] if host is not None else [])
    return ("\r\n".join(lines + list(fields)) + "\r\n\r\n").encode()


@pytest.mark.parametrize("path", ["/nothing", "/publish/", "/Events", "/stats/x", "/metrics/x"])
def test_404_lists_the_paths(server, path):
    answer = server.client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"
    assert "/publish" in answer.json()["detail"]


@pytest.mark.parametrize("method, path, allow", [
    ("GET", "/publish", "POST, OPTIONS"), ("HEAD", "/publish", "POST, OPTIONS"),
    ("PUT", "/publish", "POST, OPTIONS"), ("POST", "/events", "GET, HEAD, OPTIONS"),
    ("PATCH", "/events/a/b", "GET, HEAD, DELETE, OPTIONS"), ("PATCH", "/stats", "GET, HEAD, OPTIONS"),
    ("BREW", "/health", "GET, HEAD, OPTIONS")])
def test_405_lists_the_methods(server, method, path, allow):
    answer = server.client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/", "/publish", "/events", "/events/a/b", "/topics", "/stats"])
def test_options(server, path):
    answer = server.client.options(path)
    assert answer.status_code == 204
    assert "OPTIONS" in answer.headers["allow"]
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/", "/events", "/topics", "/stats", "/health", "/livez",
                                  "/nothing"])
def test_head_is_get_without_a_body(server, path):
    answer = server.client.head(path)
    assert answer.status_code == server.client.get(path).status_code
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0



def test_every_answer_has_a_date_and_a_request_id(server):
    seen = set()
    for path in ("/stats", "/nothing", "/publish"):
        answer = server.client.get(path)
        assert answer.headers["date"].endswith(" GMT")
        seen.add(answer.headers["x-request-id"])
        if answer.status_code >= 400:
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert len(seen) == 3
    answer = server.client.get("/nothing", headers={"X-Request-Id": "my-id-7"})
    assert answer.headers["x-request-id"] == "my-id-7"
    assert answer.json()["request_id"] == "my-id-7"


def test_no_cors(server):
    answer = server.client.get("/stats", headers={"Origin": "http://example.org"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "localhost.example.org",
                                  "10.0.0.1"])
def test_a_foreign_host_is_misdirected(server, host):
    answer = server.client.get("/stats", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["error"] == "misdirected"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2:8080", "[::1]", "LOCALHOST",
                                  "localhost:8080"])
def test_hosts_of_ones_own(server, host):
    assert server.client.get("/stats", headers={"Host": host}).status_code == 200


def test_an_allowed_host(start):
    running = start("--allowed-host", "events.example.org")
    assert running.client.get("/stats", headers={"Host": "events.example.org"}).status_code == 200
    assert running.client.get("/stats", headers={"Host": "example.org"}).status_code == 421


def test_pipelined_requests_are_answered_in_order(server, make, topic):
    requests = b""
    for i in range(10):
        body = json.dumps(make(str(i)))
        requests += head("POST", "/publish", f"Content-Length: {len(body)}") + body.encode()
        requests += head("GET", f"/events/{topic}/{i}")
    requests += head("GET", "/livez", "Connection: close")
    received = exchange(server, requests)
    assert received.count(b"HTTP/1.1 200 OK") == 21
    for i in range(10):
        assert f'"sequence":{i + 1}'.encode() in received
    places = [received.index(f'"event_id":"{i}","status":"accepted"'.encode()) for i in range(10)]
    assert places == sorted(places)


@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_leaves_before_the_answer(server, make, topic, reset):
    body = json.dumps([make(str(i)) for i in range(50)]).encode()
    request = head("POST", "/publish", f"Content-Length: {len(body)}") + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        if reset:  # close without a goodbye
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(request)
    # It may or may not have been stored, but whole, and a retry is told the truth.
    counts = [server.client.post("/publish", content=request[-len(body):]).json() for _ in range(2)]
    assert (counts[0]["accepted"], counts[0]["duplicates"]) in {(50, 0), (0, 50)}
    assert counts[1]["duplicates"] == 50
    page = server.client.get("/events", params={"topic": topic}).json()
    assert [event["sequence"] for event in page["events"]] == list(range(1, 51))


def test_expect_100_continue(server, make):
    body = json.dumps(make("a")).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head("POST", "/publish", f"Content-Length: {len(body)}",
                                "Expect: 100-continue", "Connection: close"))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(body)
        received = b""
        while more := connection.recv(65536):
            received += more
    assert status_of(received) == 200


def test_a_body_that_says_it_is_too_large(server):
    received = exchange(server, head("POST", "/publish", f"Content-Length: {33 << 20}"))
    assert status_of(received) == 413
    assert b'"error":"body_too_large"' in received


def test_a_chunked_body_that_grows_too_large(server):
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    received = exchange(server, head("POST", "/publish", "Transfer-Encoding: chunked") + chunk * 33)
    assert status_of(received) == 413


def test_a_head_and_a_target_that_are_too_large(server):
    received = exchange(server, head("GET", "/stats", "X: " + "y" * (65 << 10)))
    assert status_of(received) == 431
    assert b'"error":"header_too_large"' in received
    received = exchange(server, head("GET", "/stats?" + "y" * (65 << 10)))
    assert status_of(received) == 414


SMUGGLING = {
    "both lengths": head("POST", "/publish", "Content-Length: 5", "Transfer-Encoding: chunked")
                    + b"0\r\n\r\n",
    "two lengths": head("POST", "/publish", "Content-Length: 5", "Content-Length: 6") + b"xxxxxx",
    "a list of lengths": head("POST", "/publish", "Content-Length: 5, 5") + b"xxxxx",
    "a signed length": head("POST", "/publish", "Content-Length: +5") + b"xxxxx",
    "a hidden coding": head("POST", "/publish", "Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunked twice": head("POST", "/publish", "Transfer-Encoding: chunked, chunked")
                     + b"0\r\n\r\n",
    "coding not last": head("POST", "/publish", "Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n",
    "a space before the colon": head("POST", "/publish", "Content-Length : 5") + b"xxxxx",
    "a folded line": head("GET", "/stats", "X: a\r\n b"),
    "no host": head("GET", "/stats", host=None),
    "two hosts": head("GET", "/stats", "Host: localhost"),
    "a bare line feed": b"GET /stats HTTP/1.1\nHost: localhost\n\n",
    "a bad chunk": head("POST", "/publish", "Transfer-Encoding: chunked") + b"zz\r\n\r\n",
    "a NUL": head("GET", "/stats", "X: a\0b"),
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_request_smuggling_shapes_are_refused_and_closed(server, name):
    received = exchange(server, SMUGGLING[name] + head("GET", "/livez"))
    assert status_of(received) == 400, received
    assert received.count(b"HTTP/1.1 ") == 1, "the connection is closed behind it"
    assert b"application/problem+json" in received


@pytest.mark.parametrize("target, error", [
    ("/events?topic=%zz", "bad_parameter"), ("/events?topic=%", "bad_parameter"),
    ("/events?topic=%4", "bad_parameter"), ("/events/a/%zz", "bad_path"), ("/%", "bad_path")])
def test_percent_encoding_that_is_none(server, target, error):
    """On a socket of its own: a client library would mend it."""
    received = exchange(server, head("GET", target, "Connection: close"))
    assert status_of(received) == 400
    assert f'"error":"{error}"'.encode() in received


def test_a_get_with_a_body_is_read_over(server):
    received = exchange(server, head("GET", "/livez", "Content-Length: 3") + b"abc"
                        + head("GET", "/livez", "Connection: close"))
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_head_of_a_stream_does_not_claim_to_be_empty(server, make):
    server.publish([make(str(i)) for i in range(1_500)])
    answer = server.client.head("/events", headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    assert server.get("/livez") == {"status": "ok"}, "the connection can still be used"


@pytest.mark.parametrize("begin", [b"zz\r\n", b"-1\r", b"\r\n", b"x", b"5!"], ids=repr)
def test_a_bad_chunk_size_is_refused_before_more_of_it_comes(server, begin):
    received = exchange(server, head("POST", "/publish", "Transfer-Encoding: chunked") + begin)
    assert status_of(received) == 400, received


REFUSED_BY_THE_SERVER = {
    "host": (head("GET", "/stats", "X-Request-Id: id-1", host="evil.example:80"),
             421, ["evil.example", "--allowed-host evil.example"]),
    "body": (head("POST", "/publish", "X-Request-Id: id-1", f"Content-Length: {33 << 20}"),
             413, [str(32 << 20)]),
    "head": (head("GET", "/stats", "X-Request-Id: id-1", "X: " + "y" * (65 << 10)),
             431, [str(64 << 10)]),
    "fields": (head("GET", "/stats", "X-Request-Id: id-1", *["X: y"] * 300), 431, ["256"]),
    "target": (head("GET", "/stats?" + "y" * (17 << 10)), 414, [str(16 << 10)]),
}


@pytest.mark.parametrize("name", REFUSED_BY_THE_SERVER)
def test_what_the_server_itself_refuses_says_which_request_and_what_limit(server, name):
    request, status, wanted = REFUSED_BY_THE_SERVER[name]
    fields, body = exchange(server, request).split(b"\r\n\r\n", 1)
    problem = json.loads(body)
    assert problem["status"] == status
    assert f"x-request-id: {problem['request_id']}".encode() in fields.lower()
    if name in ("host", "body"):  # the head was read
        assert problem["request_id"] == "id-1"
    for text in wanted:
        assert text in problem["detail"], problem


@pytest.mark.parametrize("path", ["/events/a/b/c", "/events/a", "/topics/a/b", "/events/a/b/c/d"])
def test_a_slash_in_a_name_is_hinted_at(server, path):
    detail = server.get(path, status=404)["detail"]
    assert "%2F" in detail
    assert "%2F" not in server.get("/stats/a", status=404)["detail"]
