"""GET /events as NDJSON."""

import json
import signal
import threading

import httpx
import pytest

NDJSON = {"Accept": "application/x-ndjson"}


def stream(server, **params):
    answer = server.client.get("/events", params=params, headers=NDJSON)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.content == b"" or answer.content.endswith(b"\n")
    return [json.loads(line) for line in answer.content.split(b"\n")[:-1]]


@pytest.fixture(scope="module")
def full(server):
    """25,000 events over five topics, of this module's own names."""
    name = f"stream-{id(server)}"
    for at in range(0, 25_000, 5_000):
        server.publish([{"topic": f"{name}-{i % 5}", "event_id": str(i),
                         "timestamp": "2025-10-22T10:00:00Z", "source": f"s{i % 2}",
                         "payload": {"i": i}} for i in range(at, at + 5_000)])
    return name


def test_the_same_events_as_pages_have(server, make, topic):
    server.publish([make(str(i)) for i in range(10)])
    assert stream(server, topic=topic) == server.get("/events", topic=topic)["events"]
    assert stream(server, topic=topic, order="desc") == server.get(
        "/events", topic=topic, order="desc")["events"]


def test_no_default_limit(server, full):
    events = stream(server, topic=full + "-0")
    assert [one["sequence"] for one in events] == list(range(1, 5001))
    events = stream(server, topic=full + "-0", order="desc")
    assert [one["sequence"] for one in events] == list(range(5000, 0, -1))
    assert len(stream(server, topic=full + "-0", source="s1")) == 2500


def test_all_topics(server, full):
    events = [one for one in stream(server) if one["topic"].startswith(full)]
    assert [one["payload"]["i"] for one in events] == list(range(25_000))


def test_a_limit_is_kept(server, full):
    for limit in (1, 999, 1000, 1001, 2500, 5000):
        assert len(stream(server, topic=full + "-1", limit=limit)) == limit


def test_from_a_cursor(server, full):
    cursor = server.get("/events", topic=full + "-2", limit=4990)["next"]
    assert [one["sequence"] for one in stream(server, topic=full + "-2", after=cursor)
            ] == list(range(4991, 5001))


def test_nothing_to_stream(server, topic):
    assert stream(server, topic=topic) == []


def test_by_id(server, full):
    assert [one["payload"]["i"] for one in stream(server, topic=full + "-3", event_id="3")] == [3]


def test_errors_are_problems(server):
    answer = server.client.get("/events?limit=0", headers=NDJSON)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_it_ends_though_publishers_go_on(server, full, make):
    stop = threading.Event()

    def publish():
        number = 0
        while not stop.is_set():
            server.publish([make(f"{number}-{i}", topic=full + "-4") for i in range(100)])
            number += 1

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        for _ in range(3):
            events = stream(server, topic=full + "-4")
            assert [one["sequence"] for one in events] == list(range(1, len(events) + 1))
            assert len(events) >= 5000
    finally:
        stop.set()
        publisher.join()


def test_a_client_that_goes_away(server, full):
    for _ in range(20):
        with server.client.stream("GET", "/events", headers=NDJSON) as answer:
            next(answer.iter_lines())
    assert len(stream(server, topic=full + "-0")) == 5000


def test_large_events(fresh, make, topic):
    mib = 1 << 20
    fresh.publish([make(str(i), payload={"x": "y" * mib}) for i in range(20)])
    for params in ({"topic": topic}, {}, {"order": "desc"}):
        assert len(stream(fresh, **params)) == 20


def test_a_stop_in_the_middle_of_a_stream(start):
    running = start("--shutdown-grace", "1s")
    for at in range(0, 40_000, 10_000):
        running.publish([{"topic": "t", "event_id": str(i), "timestamp": "2025-10-22T10:00:00Z",
                          "source": "s", "payload": {"x": "y" * 1000}}
                         for i in range(at, at + 10_000)])
    with running.client.stream("GET", "/events", headers=NDJSON) as answer:
        next(answer.iter_lines())
        assert running.signal(signal.SIGTERM) == 0


def anonymous_bytes(running):
    """What the process holds in memory of its own, besides mapped files."""
    with open(f"/proc/{running.process.pid}/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["RssAnon"].split()[0]) * 1024


def test_a_slow_reader_costs_little_memory(fresh, make, topic):
    """96 MiB are to be sent to a client that reads the first bytes and then waits."""
    mib = 1 << 20
    for batch in range(24):
        fresh.publish([make(f"{batch}-{i}", payload={"x": "y" * mib}) for i in range(4)])
    before = anonymous_bytes(fresh)
    with fresh.client.stream("GET", "/events", params={"topic": topic}, headers=NDJSON) as answer:
        pieces = answer.iter_raw()
        received = 0
        while received < 8 * mib:
            received += len(next(pieces))
        assert anonymous_bytes(fresh) - before < 32 * mib
        received += sum(len(piece) for piece in pieces)
    assert received > 96 * mib


def test_damage_breaks_it_off_and_the_log_names_the_place(fresh, make):
    """The client has its 200 by then: it sees a body without an end, the operator what and where."""
    fresh.publish([make(f"damaged-{i}", payload={"i": "x" * 400}) for i in range(8_000)])
    logs = [path for path in (fresh.data / "p0000" / "log").glob("*.log")
            if b"damaged-7000" in path.read_bytes()]
    assert len(logs) == 1
    at = logs[0].read_bytes().index(b"damaged-7000")
    with open(logs[0], "r+b") as file:
        file.seek(at + 8)
        file.write(b"9")
    identity = None
    with pytest.raises(httpx.RemoteProtocolError):
        with fresh.client.stream("GET", "/events", headers=NDJSON) as answer:
            assert answer.status_code == 200
            identity = answer.headers["x-request-id"]
            for _ in answer.iter_bytes():
                pass
    line = next(line for line in fresh.log_text().splitlines() if "broke off" in line)
    for part in ("method=GET", 'path="/events"', f"request_id={identity}", str(logs[0]), "offset "):
        assert part in line, line
    refused = fresh.client.get("/events", params={"event_id": "damaged-7000"})
    assert refused.status_code == 500
    line = next(line for line in fresh.log_text().splitlines() if "status=500" in line)
    assert str(logs[0]) in line and line.endswith(": " + refused.json()["detail"]), line
