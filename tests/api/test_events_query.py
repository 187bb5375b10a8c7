"""GET /events and GET /events/{topic}/{event_id}."""

import re
from urllib.parse import quote

import pytest

RFC3339_MS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def ids(page):
    return [one["event_id"] for one in page["events"]]


def pages(server, **params):
    """All pages, one after the other."""
    all_pages = []
    while True:
        page = server.get("/events", **params)
        assert page["count"] == len(page["events"])
        all_pages.append(page)
        if not page["has_more"]:
            return all_pages
        params["after"] = page["next"]


def error_of(server, query, status=400):
    answer = server.client.get(f"/events?{query}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["error"]


def test_events_come_back_as_sent_with_sequence_and_received_at(server, make, topic):
    sent = make("a", extra=[1, {"b": None}])
    server.publish(sent)
    page = server.get("/events", topic=topic)
    assert page["count"] == 1 and page["total"] == 1 and page["has_more"] is False
    event = page["events"][0]
    assert RFC3339_MS.match(event.pop("received_at"))
    assert event.pop("sequence") == 1
    assert event == sent


def test_an_unknown_topic_is_an_empty_list(server, topic):
    page = server.get("/events", topic=topic)
    assert page["events"] == [] and page["count"] == 0 and page["total"] == 0
    assert page["has_more"] is False and isinstance(page["next"], str)


def test_a_poller_goes_on_from_an_empty_page(server, make, topic):
    cursor = server.get("/events", topic=topic)["next"]
    for round_number in range(5):
        server.publish([make(f"{round_number}-{i}") for i in range(3)])
        page = server.get("/events", topic=topic, after=cursor)
        assert ids(page) == [f"{round_number}-{i}" for i in range(3)]
        again = server.get("/events", topic=topic, after=page["next"])
        assert again["events"] == []
        cursor = again["next"]


def test_a_poller_over_all_topics_on_an_empty_store(fresh, make):
    cursor = fresh.get("/events")["next"]
    fresh.publish([make("a"), make("b", topic="other"), make("c")])
    page = fresh.get("/events", after=cursor)
    assert ids(page) == ["a", "b", "c"]
    assert page["total"] == 3
    fresh.publish(make("d"))
    assert ids(fresh.get("/events", after=page["next"])) == ["d"]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_of_a_topic(server, make, topic, order, limit):
    server.publish([make(str(i)) for i in range(25)])
    found = pages(server, topic=topic, order=order, limit=limit)
    sequences = [one["sequence"] for page in found for one in page["events"]]
    assert sequences == sorted(range(1, 26), reverse=order == "desc")
    assert all(page["count"] == limit for page in found[:-1])
    assert {page["total"] for page in found} == {25}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_without_a_topic_in_the_order_of_durability(fresh, make, order):
    sent = []
    for i in range(30):
        batch = [make(f"{i}-{j}", topic=f"topic-{(i * 7 + j) % 4}") for j in range(3)]
        fresh.publish(batch)
        sent += [one["event_id"] for one in batch]
    if order == "desc":
        sent.reverse()
    found = pages(fresh, order=order, limit=7)
    assert [one for page in found for one in ids(page)] == sent
    assert {page["total"] for page in found} == {90}


def test_limit(server, make, topic):
    server.publish([make(str(i)) for i in range(1001)])
    page = server.get("/events", topic=topic)
    assert page["count"] == 1000 and page["has_more"] is True
    assert server.get("/events", topic=topic, limit=10_000)["count"] == 1001
    assert server.get("/events", topic=topic, limit=1)["count"] == 1
    for bad in ("0", "10001", "-1", "1.0", "x", "", "1e3", "%201"):
        assert error_of(server, f"limit={bad}") == "bad_parameter"


def test_a_source_may_hold_any_character(server, make, topic):
    source = "line 1\nline 2\x00"
    server.publish([make("a", source=source), make("b")])
    assert [one["source"] for one in server.get("/events", topic=topic, source=source)["events"]] == [source]


def test_source(server, make, topic):
    server.publish([make(str(i), source=f"s{i % 3}") for i in range(9)])
    page = server.get("/events", topic=topic, source="s1")
    assert ids(page) == ["1", "4", "7"]
    assert page["total"] is None
    assert server.get("/events", topic=topic, source="none")["events"] == []
    found = pages(server, topic=topic, source="s1", limit=1)
    assert [one for page in found for one in ids(page)] == ["1", "4", "7"]


def test_from_and_to_are_half_open(server, make, topic):
    stamps = ["2025-10-22T10:00:00Z", "2025-10-22T12:00:00.000000001+02:00", "2025-10-22 10:00:01"]
    server.publish([make(str(i), timestamp=stamp) for i, stamp in enumerate(stamps)])

    def between(**times):
        return ids(server.get("/events", topic=topic, **times))

    assert between(**{"from": stamps[0]}) == ["0", "1", "2"]
    assert between(**{"from": "2025-10-22T10:00:00.000000001Z"}) == ["1", "2"]
    assert between(to="2025-10-22T10:00:00.000000001Z") == ["0"]
    assert between(**{"from": stamps[0]}, to=stamps[2]) == ["0", "1"]
    assert between(**{"from": stamps[2]}, to=stamps[2]) == []
    assert between(to=stamps[0]) == []


def test_an_unencoded_plus_in_a_time(server, make, topic):
    server.publish(make("a", timestamp="2025-10-22T10:00:00Z"))
    for offset in ("+02:00", "%2B02:00", " 02:00".replace(" ", "%20")):
        answer = server.client.get(f"/events?topic={topic}&from=2025-10-22T12:00:00{offset}")
        assert answer.status_code == 200 and ids(answer.json()) == ["a"]
        answer = server.client.get(f"/events?topic={topic}&from=2025-10-22T12:00:01{offset}")
        assert ids(answer.json()) == []


def test_received_from_and_to(server, make, topic):
    server.publish(make("a"))
    first = server.get(f"/events/{topic}/a")["received_at"]

    def between(**times):
        return ids(server.get("/events", topic=topic, **times))

    assert between(received_from=first) == ["a"]
    assert between(received_to=first) == []
    just_behind = first[:-1] + "001Z"
    assert between(received_from=just_behind) == []
    assert between(received_to=just_behind) == ["a"]


@pytest.mark.parametrize("name", ["from", "to", "received_from", "received_to"])
@pytest.mark.parametrize("value", ["", "yesterday", "2025-10-22", "2025-02-30T00:00:00Z", "0"])
def test_bad_times(server, name, value):
    assert error_of(server, f"{name}={value}") == "bad_parameter"


def test_from_behind_to(server):
    assert error_of(server, "from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z") == "bad_parameter"


def test_event_id_with_a_topic(server, make, topic):
    server.publish([make("a", source="s1"), make("b")])
    page = server.get("/events", topic=topic, event_id="a")
    assert ids(page) == ["a"] and page["total"] == 1
    assert server.get("/events", topic=topic, event_id="none")["events"] == []
    assert server.get("/events", topic=topic, event_id="a", source="s1")["count"] == 1
    assert server.get("/events", topic=topic, event_id="a", source="s2")["count"] == 0
    assert server.get("/events", topic=topic, event_id="a", to="2025-01-01T00:00:00Z")["count"] == 0
    assert server.get("/events", topic=topic, event_id="a", after=page["next"])["count"] == 0


def test_event_id_without_a_topic(server, make, topic):
    shared = "shared-" + topic
    server.publish([make(shared, topic=f"{topic}-{i}", source=f"s{i}") for i in range(3)])
    page = server.get("/events", event_id=shared)
    assert sorted(one["topic"] for one in page["events"]) == [f"{topic}-{i}" for i in range(3)]
    assert page["total"] == 3
    assert [one["topic"] for one in server.get("/events", event_id=shared, source="s1")["events"]
            ] == [f"{topic}-1"]
    found = pages(server, event_id=shared, limit=1)
    assert len(found) == 3
    assert len({one["topic"] for page in found for one in page["events"]}) == 3


@pytest.mark.parametrize("query", ["topics=a", "Topic=a", "offset=0", "=", "%ff=1", "topic[]=a"])
def test_unknown_parameters(server, query):
    assert error_of(server, query) == "unknown_parameter"


@pytest.mark.parametrize("query", [
    "topic=", "event_id=", "source=", "topic=%00", "topic=%ff", "order=up", "order=",
    "topic=a&topic=a", "topic=" + "x" * 256, "event_id=" + "x" * 256])
def test_bad_values(server, query):
    assert error_of(server, query) == "bad_parameter"


def test_cursors_are_bound_to_their_filters(server, make, topic):
    server.publish([make("a"), make("b")])
    cursor = server.get("/events", topic=topic, limit=1)["next"]
    assert ids(server.get("/events", topic=topic, after=cursor, limit=10)) == ["b"]
    for query in ("", f"topic={topic}x&", f"topic={topic}&order=desc&", f"topic={topic}&source=s&",
                  f"topic={topic}&from=2020-01-01T00:00:00Z&", f"topic={topic}&event_id=a&"):
        assert error_of(server, f"{query}after={cursor}") == "cursor_mismatch"


@pytest.mark.parametrize("cursor", ["", "0", "1", "abc", "A" * 40, "x" * 10_000, "%00", "-1"])
def test_what_is_no_cursor(server, cursor):
    assert error_of(server, f"after={cursor}") == "bad_cursor"


def test_a_changed_cursor_is_found_out(server, topic):
    cursor = server.get("/events", topic=topic)["next"]
    for at in range(len(cursor)):
        changed = cursor[:at] + ("B" if cursor[at] == "A" else "A") + cursor[at + 1:]
        assert error_of(server, f"topic={topic}&after={changed}") == "bad_cursor"


def test_a_cursor_of_another_store_is_stale(start, make, topic):
    one, other = start(), start()
    for running in (one, other):
        running.publish(make("a"))
    cursor = one.get("/events", topic=topic)["next"]
    assert error_of(other, f"topic={topic}&after={cursor}", 410) == "stale_cursor"


def test_a_page_of_large_events_ends_early(fresh, make, topic):
    mib = 1 << 20
    for batch in range(2):
        fresh.publish([make(f"{batch}-{i}", payload={"x": "y" * (2 * mib - 1000)})
                       for i in range(10)])
    found = pages(fresh, topic=topic)
    assert len(found) == 2
    assert [one["sequence"] for page in found for one in page["events"]] == list(range(1, 21))
    found = pages(fresh)
    assert len(found) == 2
    assert sum(page["count"] for page in found) == 20


@pytest.mark.parametrize("event_id", ["plain", "a b", "a/b", "a%b", "a+b", "a?b=c&d", "é", "日本", "..",
                                      "x" * 255])
def test_one_event_by_its_path(server, make, topic, event_id):
    odd_topic = topic + "/ä +"
    server.publish(make(event_id, topic=odd_topic))
    path = f"/events/{quote(odd_topic, safe='')}/{quote(event_id, safe='')}"
    if event_id == "..":
        path = path.replace("/..", "/%2E%2E")  # clients fold a bare one away
    answer = server.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["event_id"] == event_id and answer.json()["sequence"] >= 1
    assert answer.text.endswith("}\n")


def test_no_such_event(server, make, topic):
    server.publish(make("a"))
    for path in (f"/events/{topic}/b", f"/events/{topic}x/a", f"/events/{topic}/" + "x" * 256,
                 f"/events/{topic}/", f"/events/{topic}", "/events//a", f"/events/{topic}/a/b",
                 f"/events/{topic}/%00"):
        answer = server.client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"] == "not_found"
    assert server.client.get(f"/events/{topic}/%ff").json()["error"] == "bad_path"
    assert server.client.get(f"/events/{topic}/a?x=1").json()["error"] == "unknown_parameter"


def test_reading_ones_own_writes(server, make, topic):
    for i in range(200):
        server.publish(make(str(i)))
        assert server.get("/events", topic=topic, order="desc", limit=1)["events"][0][
            "event_id"] == str(i)
        assert server.get(f"/events/{topic}/{i}")["sequence"] == i + 1
