"""Cursors mean the same before and after sealing, and what waits to be sealed is bounded."""

import json
import time

import pytest

EVENTS = 70_000  # more than the smallest index table holds, so that its flush moves the cover
SMALL = ("--log-file-bytes", "64MiB", "--index-table-entries", "65536")
NDJSON = {"Accept": "application/x-ndjson"}
SEALED_SECONDS_MAX = 600

QUERIES = [{}, {"order": "desc"}, {"topic": "t1"}, {"topic": "t1", "order": "desc"},
           {"source": "s3"}, {"topic": "t2", "source": "s1"},
           {"from": "2025-10-22T10:00:10Z", "to": "2025-10-22T10:00:12Z"},
           {"topic": "t3", "from": "2025-10-22T10:00:30Z", "order": "desc"}]


def event(number):
    return {"topic": f"t{number % 7 % 5}", "event_id": f"e{number}",
            "timestamp": f"2025-10-22T10:00:{number % 60:02}Z", "source": f"s{number % 4}",
            "payload": {"n": number, "text": f"{number:010}" * 110}}


def stream(server, params):
    answer = server.client.get("/events", params=params, headers=NDJSON)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.content.splitlines()]


def where_readers_stand(server):
    """For each query cursors near its beginning, in its middle and at its end; what follows each."""
    stand = []
    for query in QUERIES:
        for begin in (3, 10_000, None):
            params = query if begin is None else query | {"limit": begin}
            cursor = server.get("/events", **params)["next"]
            stand.append((query, cursor, read_on(server, query, cursor)))
    return stand


def read_on(server, query, cursor):
    page = server.get("/events", **query, after=cursor, limit=300)
    behind = server.get("/events", **query, after=page["next"], limit=300)
    followed = stream(server, query | {"after": cursor, "limit": 2_000})
    assert followed[:600] == (page["events"] + behind["events"])[:600]
    return page, behind, followed


@pytest.fixture(name="unsealed")
def fixture_unsealed(start):
    running = start(*SMALL, "--seal-bytes-per-second", "0")
    for first in range(0, EVENTS, 10_000):
        running.publish([event(n) for n in range(first, first + 10_000)],
                        headers={"Prefer": "return=minimal"})
    return running


def test_cursors_go_on_over_sealing(unsealed):
    stand = where_readers_stand(unsealed)
    assert unsealed.get("/stats")["store"]["segments"] == 0
    unsealed.stop()
    unsealed.flags = SMALL
    unsealed.start()
    deadline = time.monotonic() + SEALED_SECONDS_MAX
    while unsealed.get("/stats")["store"]["segments"] == 0:
        assert time.monotonic() < deadline, unsealed.log_text()
        time.sleep(0.05)
    assert unsealed.get("/stats")["store"]["segment_events"] > EVENTS // 3
    for query, cursor, followed in stand:
        assert read_on(unsealed, query, cursor) == followed, query
    assert unsealed.get("/stats")["total_events"] == EVENTS
    again = unsealed.publish([event(5), event(EVENTS)])
    assert (again["duplicates"], again["accepted"]) == (1, 1)
