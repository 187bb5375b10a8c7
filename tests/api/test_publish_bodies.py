"""POST /publish: media types, codings, NDJSON, and the limits of a body."""

import gzip
import json
import subprocess

import pytest

MIB = 1 << 20
BODY_MAX = 32 * MIB


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


CODINGS = [("gzip", gzip.compress), ("zstd", zstd)]


def post(server, content, content_type=None, coding=None, query=""):
    headers = {}
    if content_type is not None:
        headers["Content-Type"] = content_type
    if coding is not None:
        headers["Content-Encoding"] = coding
    return server.client.post("/publish" + query, content=content, headers=headers)


@pytest.mark.parametrize("content_type", [
    None, "application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8",
    "application/cloudevents+json"])
def test_json(server, make, content_type):
    answer = post(server, json.dumps(make("a")), content_type)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/ndjson",
                                          "application/jsonl; charset=utf-8"])
@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\n"])
def test_ndjson(server, make, content_type, separator):
    lines = separator.join(json.dumps(make(str(i))) for i in range(3))
    for end in ("", separator):
        answer = post(server, lines + end, content_type)
        assert answer.status_code == 200, answer.text
        assert answer.json()["received"] == 3


def test_an_ndjson_line_that_is_not_json_is_an_invalid_event(server, make):
    lines = "\n".join([json.dumps(make("a")), "{oops", "", json.dumps(make("b")), "7"])
    answer = post(server, lines, "application/x-ndjson")
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["error"] == "invalid_event"
    assert [one["reason"] for one in problem["errors"]] == ["malformed_json", "not_an_object"]
    answer = post(server, lines, "application/x-ndjson", query="?on_invalid=skip").json()
    assert answer["accepted"] == 2 and answer["invalid"] == 2
    assert [one["status"] for one in answer["results"]] == ["accepted", "invalid", "accepted",
                                                            "invalid"]


def test_a_one_line_ndjson_conflict_is_not_409(server, make):
    server.publish(make("a"))
    answer = post(server, json.dumps(make("a", source="x")) + "\n", "application/x-ndjson")
    assert answer.status_code == 200
    assert answer.json()["status"] == "partial"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain",
                                          "multipart/form-data; boundary=x", "application/xml",
                                          "application/json; charset=latin1"])
def test_other_media_types_are_415_and_say_which_header_to_add(server, make, content_type):
    answer = post(server, json.dumps(make("a")), content_type)
    assert answer.status_code == 415
    assert answer.json()["error"] == "unsupported_media_type"
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize("coding, compress", CODINGS)
def test_codings(server, make, coding, compress):
    events = [make(str(i)) for i in range(1000)]
    answer = post(server, compress(json.dumps(events).encode()), "application/json", coding)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 1000
    two = compress(json.dumps(make("0")).encode() + b"\n") + compress(json.dumps(make("1")).encode())
    answer = post(server, two, "application/x-ndjson", coding)
    assert answer.json()["duplicates"] == 2


@pytest.mark.parametrize("coding, compress", CODINGS)
@pytest.mark.parametrize("damage", [lambda whole: whole[:-1], lambda whole: whole[:10],
                                    lambda whole: whole + b"x", lambda whole: b"",
                                    lambda whole: b'{"topic":"plain text"}',
                                    lambda whole: whole[:20] + b"\x00\xff\x00" + whole[23:]])
def test_corrupt_codings(server, make, coding, compress, damage):
    whole = compress(json.dumps([make(str(i)) for i in range(50)]).encode())
    answer = post(server, damage(whole), "application/json", coding)
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_encoding"


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, zstd", "gzip, gzip", "compress"])
def test_other_codings_are_415(server, make, coding):
    answer = post(server, json.dumps(make("a")), "application/json", coding)
    assert answer.status_code == 415
    assert answer.json()["error"] == "unsupported_encoding"
    assert answer.headers["accept-encoding"] == "gzip, zstd"


def test_identity_is_no_coding(server, make):
    assert post(server, json.dumps(make("a")), None, "identity").status_code == 200


@pytest.mark.parametrize("coding, compress", CODINGS)
def test_bombs(server, coding, compress):
    for size in (BODY_MAX + 1, 1024 * MIB):
        if coding == "gzip":
            bomb = gzip.compress(b" " * (32 * MIB), 1) * (size // (32 * MIB) + 1)
        else:
            bomb = compress(b" " * (32 * MIB)) * (size // (32 * MIB) + 1)
        answer = post(server, bomb, "application/json", coding)
        assert answer.status_code == 413
        assert answer.json()["error"] == "body_too_large"


def padded(make, size):
    event = json.dumps(make("padded")).encode()
    return event + b" " * (size - len(event))


@pytest.mark.parametrize("coding, compress", [(None, bytes), *CODINGS])
def test_a_body_of_32_mebibytes_and_one_byte_more(server, make, coding, compress):
    answer = post(server, compress(padded(make, BODY_MAX)), "application/json", coding)
    assert answer.status_code == 200, answer.text
    answer = post(server, compress(padded(make, BODY_MAX + 1)), "application/json", coding)
    assert answer.status_code == 413
    assert answer.json()["error"] == "body_too_large"


def test_chunked_bodies(server, make):
    body = json.dumps([make(str(i)) for i in range(100)]).encode()
    pieces = (body[at:at + 100] for at in range(0, len(body), 100))
    assert post(server, pieces, "application/json").json()["accepted"] == 100


def test_ten_thousand_events_and_one_more(server, make, topic):
    events = [make(str(i)) for i in range(10_000)]
    answer = server.client.post("/publish", json=events)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 10_000
    for content, kind in ((json.dumps(events + [make("more")]), "application/json"),
                          ("\n".join(map(json.dumps, events + [make("more")])),
                           "application/x-ndjson")):
        answer = post(server, content, kind)
        assert answer.status_code == 413
        assert answer.json()["error"] == "too_many_events"
    assert server.get("/events", topic=topic, limit=1)["total"] == 10_000


def test_a_batch_of_many_large_events(server, make):
    events = [make(str(i), payload={"x": "y" * (2 * MIB - 1000)}) for i in range(15)]
    assert server.publish(events)["accepted"] == 15
    assert server.publish(events)["duplicates"] == 15
