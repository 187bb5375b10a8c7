"""The event table of spec.md: each rule at its bound and one past it."""

import json

import pytest

MIB = 1 << 20


def nested(levels):
    """An object of so many levels, itself included."""
    value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def refused(server, body, field, reason, status=400):
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    answer = server.client.post("/publish", content=content)
    assert answer.status_code == status, answer.text
    first = answer.json()["errors"][0]
    assert (first["field"], first["reason"]) == (field, reason), answer.text
    return first


@pytest.mark.parametrize("member", ["topic", "event_id", "timestamp", "source", "payload"])
def test_a_missing_member(server, make, member):
    first = refused(server, make(**{"event_id": "a", member: None}), member, "missing")
    assert first["index"] == 0
    assert first.get("event_id") == (None if member == "event_id" else "a")


@pytest.mark.parametrize("member", ["topic", "event_id", "timestamp", "source"])
@pytest.mark.parametrize("value", [7, True, [], {}, 1.5])
def test_a_member_of_the_wrong_type(server, make, member, value):
    refused(server, make(**{member: value}), member, "wrong_type")


@pytest.mark.parametrize("value", [7, "text", [], True])
def test_a_payload_is_an_object(server, make, value):
    refused(server, make(payload=value), "payload", "wrong_type")


def test_null_is_no_value(server, make):
    body = json.dumps(make()).replace('"sensor_A"', "null")
    refused(server, body, "source", "wrong_type")


@pytest.mark.parametrize("member", ["topic", "event_id", "source"])
def test_255_bytes_of_utf8(server, make, topic, member):
    for filler in ("x", "é"):
        size = len(filler.encode())
        longest = topic + filler * ((255 - len(topic)) // size)
        longest += "y" * (255 - len(longest.encode()))
        server.publish(make(**{"event_id": "long " + filler, member: longest}))
        refused(server, make(**{member: longest + "y"}), member, "too_long")
    refused(server, make(**{member: ""}), member, "empty")


@pytest.mark.parametrize("member", ["topic", "event_id"])
@pytest.mark.parametrize("character", ["\x00", "\x01", "\n", "\x1f", "\x7f"])
def test_no_control_characters(server, make, topic, member, character):
    refused(server, make(**{member: topic + character}), member, "control_character")


@pytest.mark.parametrize("timestamp", [
    "2025-10-22T10:00:00Z", "2025-10-22 10:00:00Z", "2025-10-22T10:00:00", "2025-10-22 10:00:00",
    "2025-10-22T10:00:00+02:00", "2025-10-22T10:00:00-23:59", "2025-10-22T10:00:00.123456789Z",
    "2025-10-22T10:00:00.1", "2024-02-29T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z"])
def test_timestamps_are_kept_as_sent(server, make, topic, timestamp):
    server.publish(make("a", timestamp=timestamp))
    assert server.get(f"/events/{topic}/a")["timestamp"] == timestamp


@pytest.mark.parametrize("timestamp", [
    "", "yesterday", "2025-10-22", "2025-10-22T10:00", "2025-02-29T00:00:00Z",
    "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-04-31T00:00:00Z",
    "2025-10-22T24:00:00Z", "2025-10-22T10:60:00Z", "2025-10-22T10:00:00+24:00",
    "2025-10-22T10:00:00+0200", "2025-10-22T10:00:00.Z", "2025-10-22T10:00:00.1234567890Z",
    "2025-10-22T10:00:00Z ", " 2025-10-22T10:00:00Z", "25-10-22T10:00:00Z", "1761127200"])
def test_what_is_no_timestamp(server, make, timestamp):
    refused(server, make(timestamp=timestamp), "timestamp", "not_rfc3339")


def test_depth(server, make):
    server.publish(make("a", payload=nested(64)))
    answer = server.client.post("/publish", json=make("b", payload=nested(65)))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["reason"] == "too_deep"


def test_two_mebibytes(server, make, topic):
    def sized(event_id, size):
        empty = len(json.dumps(make(event_id, payload={"x": ""})))
        return json.dumps(make(event_id, payload={"x": "y" * (size - empty)}))

    largest = sized("a", 2 * MIB)
    assert len(largest) == 2 * MIB
    assert server.client.post("/publish", content=largest).status_code == 200
    assert len(server.get(f"/events/{topic}/a")["payload"]["x"]) > 2 * MIB - 1000
    answer = server.client.post("/publish", content=sized("b", 2 * MIB + 1))
    assert answer.status_code == 413
    assert answer.json()["error"] == "event_too_large"
    answer = server.client.post("/publish?on_invalid=skip",
                                content="[" + sized("b", 2 * MIB + 1) + "," +
                                json.dumps(make("c")) + "]")
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 1
    assert answer.json()["results"][0]["reason"] == "too_large"


@pytest.mark.parametrize("payload, reason", [
    ('{"a":1,"a":2}', "duplicate_member"), ('{"a":1,"\\u0061":1}', "duplicate_member"),
    ('{"x":[{"b":{},"b":{}}]}', "duplicate_member"),
    ('{"a":NaN}', "not_a_number"), ('{"a":Infinity}', "not_a_number"),
    ('{"a":18446744073709551616}', "number_out_of_range"),
    ('{"a":-9223372036854775809}', "number_out_of_range"), ('{"a":1e400}', "number_out_of_range"),
    ('{"a":"\\ud800"}', "invalid_utf8")])
def test_payloads_that_are_refused(server, make, payload, reason):
    body = json.dumps(make(payload={"HERE": 0})).replace('{"HERE": 0}', payload)
    answer = server.client.post("/publish", content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "invalid_event", answer.text
    assert answer.json()["errors"][0]["reason"] == reason
    assert answer.json()["errors"][0]["field"].startswith("payload")


def test_bytes_that_are_no_utf8(server, make):
    body = json.dumps(make(payload={"x": "HERE"})).encode().replace(b"HERE", b"\xff")
    refused(server, body, "payload.x", "invalid_utf8")


def test_a_member_twice(server, make):
    body = json.dumps(make())[:-1] + ',"topic":"other"}'
    refused(server, body, "topic", "duplicate_member")


@pytest.mark.parametrize("payload", [
    {"a": 2**64 - 1}, {"a": -2**63}, {"a": 1.7976931348623157e308}, {"a": 5e-324},
    {"": ""}, {"a": [None, True, False, "", [], {}]}, {"text": "\u0000 \U0001F389 é \u2028"}])
def test_payloads_that_are_kept(server, make, topic, payload):
    server.publish(make("a", payload=payload))
    assert server.get(f"/events/{topic}/a")["payload"] == payload


@pytest.mark.parametrize("event_id", ["é", "日本語", "🎉", "a b", "a/b", "a?b#c&d=e%", "..", '"', "\\",
                                      "'; DROP TABLE events;--", "<script>"])
def test_ids_in_any_script(server, make, topic, event_id):
    answer = server.publish(make(event_id))
    assert answer["results"][0]["event_id"] == event_id
    found = server.get("/events", topic=topic, event_id=event_id)
    assert [one["event_id"] for one in found["events"]] == [event_id]
    assert server.publish(make(event_id))["duplicates"] == 1
