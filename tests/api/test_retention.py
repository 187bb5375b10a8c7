"""PUT /topics/{topic} and DELETE /events/{topic}/{event_id}: settings, erasing, and what stays."""

import pathlib
import time
from datetime import datetime, timedelta, timezone

import pytest
from exposition import Scrape

DAY = 86_400


def settings(server, topic, body, status=200):
    answer = server.client.put(f"/topics/{topic}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def erase(server, topic, event_id, status=200):
    answer = server.client.delete(f"/events/{topic}/{event_id}")
    assert answer.status_code == status, answer.text
    return answer.json()


def publish(server, events):
    return server.client.post("/publish", json=events).json()


def ids(server, **query):
    return [event["event_id"] for event in server.get("/events", **query)["events"]]


@pytest.mark.parametrize("body, age, size", [
    ({"retention_age": "30d"}, 30 * DAY, None),
    ({"retention_age": 90, "retention_bytes": None}, 90, None),
    ({"retention_bytes": "10GiB"}, None, 10 << 30),
    ({"retention_age": "36h", "retention_bytes": 1}, 36 * 3600, 1),
    ({}, None, None),
])
def test_settings_are_kept_and_shown(server, topic, body, age, size):
    expected = {"retention_age": age, "retention_bytes": size}
    for status in (201, 200, 200):
        answer = settings(server, topic, body, status)
        assert expected.items() <= answer.items()
    shown = server.get(f"/topics/{topic}")
    assert shown == answer
    assert shown["events"] == shown["last_sequence"] == 0
    assert shown["first_received_at"] is None and shown["last_received_at"] is None


def test_what_a_body_leaves_out_is_not_set(server, topic):
    settings(server, topic, {"retention_age": "1h", "retention_bytes": "1MB"}, 201)
    answer = settings(server, topic, {"retention_bytes": "1MB"})
    assert (answer["retention_age"], answer["retention_bytes"]) == (None, 1_000_000)
    answer = settings(server, topic, {"retention_bytes": None})
    assert answer["retention_bytes"] is None


@pytest.mark.parametrize("body", [
    {"retention_age": 0}, {"retention_age": -1}, {"retention_age": 1.5}, {"retention_age": "1y"},
    {"retention_age": "0d"}, {"retention_age": 366 * 100 * DAY + 1}, {"retention_age": [1]},
    {"retention_age": True}, {"retention_age": ""}, {"retention_bytes": 0},
    {"retention_bytes": "-1"}, {"retention_bytes": (1 << 50) + 1}, {"retention_bytes": 2 ** 64 - 1},
    {"retention_bytes": "1 parsec"}, {"retention": "30d"}, {"Retention_age": 1}, [], "30d", 7,
])
def test_settings_out_of_range_change_nothing(server, topic, body):
    settings(server, topic, {"retention_age": "1h"}, 201)
    answer = settings(server, topic, body, 400)
    assert answer["error"] == "bad_settings"
    for name in body if isinstance(body, dict) else ():
        assert name in answer["detail"]
    assert server.get(f"/topics/{topic}")["retention_age"] == 3600


def test_a_setting_given_twice_is_refused(server, topic):
    answer = server.client.put(f"/topics/{topic}",
                               content=b'{"retention_age":1,"retention_age":2}')
    assert answer.status_code == 400 and answer.json()["error"] == "bad_settings"
    assert server.client.get(f"/topics/{topic}").status_code == 404


@pytest.mark.parametrize("content", [b"", b"{", b"{}{}", b'{"retention_age":1,}', b"\xff"])
def test_a_body_that_is_not_json_is_refused(server, topic, content):
    answer = server.client.put(f"/topics/{topic}", content=content)
    assert answer.status_code == 400 and answer.json()["error"] == "malformed_json"
    assert "at byte " in answer.json()["detail"]


def test_a_number_out_of_range_is_named(server, topic):
    answer = server.client.put(f"/topics/{topic}", content=b'{"retention_bytes":18446744073709551616}')
    assert answer.status_code == 400 and answer.json()["error"] == "bad_settings"
    assert "retention_bytes" in answer.json()["detail"]


def test_a_body_of_another_type_is_told_what_to_add(server, topic):
    answer = server.client.put(f"/topics/{topic}", content=b"{}",
                               headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"] and "ndjson" not in answer.json()["detail"]


def test_pages_by_id_go_on_behind_an_event_that_is_erased_meanwhile(fresh, topic, make):
    topics = [f"{topic}-{n}" for n in range(4)]
    fresh.publish([make("a", topic=name) for name in topics])
    page = fresh.get("/events", event_id="a", limit=2)
    assert [one["topic"] for one in page["events"]] == topics[:2]
    erase(fresh, topics[0], "a")
    page = fresh.get("/events", event_id="a", limit=2, after=page["next"])
    assert [one["topic"] for one in page["events"]] == topics[2:]
    assert page["has_more"] is False and page["total"] is None, "only a first page may know it"


def test_an_erased_event_is_gone_at_once(fresh, topic, make):
    publish(fresh, [make("a"), make("b"), make("c")])
    receipt = erase(fresh, topic, "b")
    assert {"status": "erased", "topic": topic, "event_id": "b", "sequence": 2}.items() \
        <= receipt.items()
    assert fresh.client.get(f"/events/{topic}/b").status_code == 410
    assert fresh.client.get(f"/events/{topic}/b").json()["error"] == "gone"
    for query in ({}, {"topic": topic}, {"source": "sensor_A"}):
        assert ids(fresh, **query) == ["a", "c"]
        assert ids(fresh, order="desc", **query) == ["c", "a"]
    assert ids(fresh, event_id="b") == ids(fresh, topic=topic, event_id="b") == []
    page = fresh.get("/events", topic=topic, limit=1)
    assert page["total"] == 2 and page["has_more"]
    page = fresh.get("/events", topic=topic, limit=1, after=page["next"])
    assert [one["event_id"] for one in page["events"]] == ["c"] and not page["has_more"]
    assert fresh.get("/events")["total"] == 2
    stream = fresh.client.get("/events", headers={"Accept": "application/x-ndjson"})
    assert len(stream.text.splitlines()) == 2
    assert erase(fresh, topic, "b")["status"] == "already_gone"
    assert erase(fresh, topic, "b")["sequence"] == 2


def test_what_was_never_stored_cannot_be_erased(server, topic, make):
    assert erase(server, topic, "a", 404)["error"] == "not_found"
    publish(server, make("a"))
    erase(server, topic, "b", 404)
    erase(server, topic, "x" * 256, 404)


def test_counts_stay_true(fresh, topic, make):
    publish(fresh, [make("a"), make("b"), make("b")])
    before = fresh.get(f"/topics/{topic}")
    erase(fresh, topic, "a")
    result = publish(fresh, [make("a"), make("a", payload={"other": 1})])["results"]
    assert [(one["status"], one["sequence"]) for one in result] == [("duplicate", 1),
                                                                    ("conflict", 1)]
    stats = fresh.get("/stats")
    assert stats["received"] == stats["unique_processed"] + stats["duplicate_dropped"] == 5
    assert stats["unique_processed"] == 2 and stats["duplicate_dropped"] == 3
    assert stats["total_events"] == 1 and stats["events_gone"] == 1
    assert stats["events_per_topic"] == {topic: 1}
    after = fresh.get(f"/topics/{topic}")
    assert after["events"] == 1 and after["last_sequence"] == 2
    assert after["bytes"] == before["bytes"] / 2
    scrape = Scrape(fresh.client.get("/metrics").text)
    assert scrape("oncelog_events_gone") == scrape("oncelog_events") == 1
    assert ("oncelog_retention_suspended", frozenset()) in scrape.samples
    assert scrape("oncelog_retention_suspended") == 0


def test_all_of_it_survives_a_kill(fresh, topic, make):
    publish(fresh, [make("a"), make("b")])
    settings(fresh, topic, {"retention_bytes": "1GB"})
    erase(fresh, topic, "a")
    fresh.kill()
    fresh.start()
    assert fresh.client.get(f"/events/{topic}/a").status_code == 410
    assert fresh.get(f"/topics/{topic}")["retention_bytes"] == 10 ** 9
    assert publish(fresh, make("a"))["duplicates"] == 1
    assert ids(fresh) == ["b"]


def test_a_page_elsewhere_changes_nothing(server, topic, make):
    publish(server, make("a"))
    foreign = {"Origin": "https://elsewhere.example"}
    for answer in (server.client.delete(f"/events/{topic}/a", headers=foreign),
                   server.client.put(f"/topics/{topic}", json={"retention_age": 1},
                                     headers=foreign)):
        assert answer.status_code == 403 and answer.json()["error"] == "foreign_origin"
    assert server.client.get(f"/events/{topic}/a").status_code == 200


def test_methods_are_told(server, topic):
    for path, allow in ((f"/topics/{topic}", "GET, HEAD, PUT, OPTIONS"),
                        (f"/events/{topic}/a", "GET, HEAD, DELETE, OPTIONS")):
        assert server.client.options(path).headers["allow"] == allow
        answer = server.client.post(path, json={})
        assert answer.status_code == 405 and answer.headers["allow"] == allow


def test_without_sealing_no_time_is_promised(start, topic, make):
    server = start("--seal-bytes-per-second", "0")
    publish(server, make("a"))
    assert erase(server, topic, "a")["bytes_gone_by"] is None


def test_the_receipt_says_when_the_bytes_are_gone(start, topic, make):
    server = start("--seal-bytes-per-second", "256MiB", "--erase-within", "2s")
    publish(server, [make("a", payload={"who": "somebody"}), make("b")])
    before = datetime.now(timezone.utc)
    receipt = erase(server, topic, "a")
    by = datetime.fromisoformat(receipt["bytes_gone_by"].replace("Z", "+00:00"))
    assert before < by < datetime.now(timezone.utc) + timedelta(seconds=3)

    def holding():
        files = [path for path in pathlib.Path(server.data).rglob("*") if path.is_file()]
        return [path for path in files if b"somebody" in read_if_there(path)]

    deadline = time.monotonic() + 60
    while holding() or server.get("/stats")["store"]["gone_events_on_disk"]:
        assert time.monotonic() < deadline, holding()
        time.sleep(0.05)
    assert server.get("/stats")["store"]["segments"] == 1
    assert server.client.get(f"/events/{topic}/a").status_code == 410
    assert ids(server, topic=topic) == ["b"]
    assert publish(server, make("a", payload={"who": "somebody"}))["duplicates"] == 1
    assert publish(server, [make("a", payload={"who": "else"})])["conflicts"] == 1
    assert not holding()
    scrape = Scrape(server.client.get("/metrics").text)
    assert scrape("oncelog_gone_events_on_disk") == 0


def read_if_there(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:  # files come and go
        return b""
