"""POST /publish: verdicts and the shape of the answer."""

import json

import pytest


def counts(answer):
    return {name: answer[name] for name in ("received", "accepted", "duplicates", "conflicts",
                                            "invalid")}


def test_one_event(server, make):
    answer = server.client.post("/publish", json=make("evt_001"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.text.endswith("\n")
    assert answer.json() == {
        "status": "ok", "received": 1, "accepted": 1, "duplicates": 0, "conflicts": 0,
        "invalid": 0, "added_to_queue": 1,
        "results": [{"event_id": "evt_001", "status": "accepted", "sequence": 1}]}


def test_an_array_and_an_object_with_events(server, make):
    answer = server.publish([make("a"), make("b"), make("a")])
    assert counts(answer) == {"received": 3, "accepted": 2, "duplicates": 1, "conflicts": 0,
                              "invalid": 0}
    assert answer["status"] == "ok"
    assert answer["added_to_queue"] == 2
    assert answer["results"] == [{"event_id": "a", "status": "accepted", "sequence": 1},
                                 {"event_id": "b", "status": "accepted", "sequence": 2},
                                 {"event_id": "a", "status": "duplicate", "sequence": 1}]
    answer = server.publish({"events": [make("b"), make("c")]})
    assert [one["status"] for one in answer["results"]] == ["duplicate", "accepted"]
    assert [one["sequence"] for one in answer["results"]] == [2, 3]


def test_a_duplicate_has_the_originals_sequence(server, make):
    server.publish([make(str(i)) for i in range(5)])
    answer = server.publish(make("3"))
    assert answer["results"] == [{"event_id": "3", "status": "duplicate", "sequence": 4}]
    assert answer["added_to_queue"] == 0
    assert answer["status"] == "ok"


def test_the_same_id_in_another_topic_is_another_event(server, make, topic):
    assert server.publish(make("a"))["accepted"] == 1
    assert server.publish(make("a", topic=topic + "x"))["accepted"] == 1


def test_a_bare_object_that_conflicts_is_409(server, make):
    server.publish(make("a"))
    problem = server.publish(make("a", payload={"temperature": 30}), status=409)
    assert problem["error"] == "conflict"
    assert problem["status"] == 409
    assert problem["results"] == [{"event_id": "a", "status": "conflict", "sequence": 1}]


@pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: {"events": [one]}])
def test_in_a_batch_a_conflict_is_200_partial(server, make, wrap):
    server.publish(make("a"))
    answer = server.publish(wrap(make("a", source="other")))
    assert answer["status"] == "partial"
    assert counts(answer) == {"received": 1, "accepted": 0, "duplicates": 0, "conflicts": 1,
                              "invalid": 0}
    assert answer["results"][0] == {"event_id": "a", "status": "conflict", "sequence": 1}


def test_the_first_one_stays(server, make, topic):
    server.publish(make("a", payload={"n": 1}))
    server.publish(make("a", payload={"n": 2}), status=409)
    stored = server.get(f"/events/{topic}/a")
    assert stored["payload"] == {"n": 1}


def test_within_one_batch_the_first_wins(server, make, topic):
    answer = server.publish([make("a", payload={"n": 1}), make("a", payload={"n": 2}),
                             make("a", payload={"n": 1.0})])
    assert [one["status"] for one in answer["results"]] == ["accepted", "conflict", "duplicate"]
    assert answer["status"] == "partial"
    assert server.get(f"/events/{topic}/a")["payload"] == {"n": 1}


@pytest.mark.parametrize("change", [
    {"timestamp": "2031-01-01T00:00:00+02:00"},  # publishers re-stamp their retries
    {"payload": {"b": 1e2, "a": "é/"}},          # order of members, spelling of numbers
])
def test_what_does_not_count_as_content(server, make, change):
    server.publish(make("a", payload={"a": "é/", "b": 100}))
    assert server.publish(make("a", **change | {"payload": change.get(
        "payload", {"a": "é/", "b": 100})}))["duplicates"] == 1


def test_escapes_and_white_space_do_not_count(server, topic):
    head = f'"topic":"{topic}","event_id":"a","timestamp":"2025-10-22T10:00:00Z","source":"s"'
    first = "{" + head + ',"payload":{"text":"é/\\"","n":[1,2]}}'
    other = '{ "payload" : { "n" : [ 1 , 2 ] , "text" : "\\u00e9\\/\\u0022" } , ' + head + "}"
    assert server.client.post("/publish", content=first).json()["accepted"] == 1
    assert server.client.post("/publish", content=other).json()["duplicates"] == 1


@pytest.mark.parametrize("change", [{"source": "sensor_B"}, {"payload": {"temperature": 29}},
                                    {"payload": {}}, {"extra": None}, {"extra": 1}])
def test_what_counts_as_content(server, make, change):
    server.publish(make("a", extra=0))
    server.publish(make("a", **({"extra": 0} | change)), status=409)


def test_what_another_oncelog_gave_out_can_be_published(server, make, topic):
    server.publish(make("a"))
    given_out = server.get(f"/events/{topic}/a")
    assert {"sequence", "received_at"} <= set(given_out)
    assert server.publish(given_out)["duplicates"] == 1
    moved = given_out | {"topic": topic + "-moved", "sequence": 77}
    assert server.publish(moved)["results"][0]["sequence"] == 1


def test_event_ids_are_echoed_as_sent(server, topic):
    body = (f'[{{"topic":"{topic}","event_id":"\\u00e9\\u0041","timestamp":"2025-10-22T10:00:00Z",'
            '"source":"s","payload":{}}]')
    answer = server.client.post("/publish", content=body)
    assert r'"event_id":"\u00e9\u0041"' in answer.text
    assert answer.json()["results"][0]["event_id"] == "éA"


def test_by_default_one_invalid_event_refuses_the_batch(server, make, topic):
    problem = server.publish([make("a"), make("b", source=None), make("c"), make("d", payload=7)],
                             status=400)
    assert problem["error"] == "invalid_event"
    assert [(one["index"], one["event_id"], one["field"], one["reason"])
            for one in problem["errors"]] == [(1, "b", "source", "missing"),
                                              (3, "d", "payload", "wrong_type")]
    assert "event 1" in problem["detail"] and "source" in problem["detail"]
    assert server.get("/events", topic=topic)["events"] == []
    assert server.client.post("/publish?on_invalid=reject",
                              json=[make("a"), {}]).status_code == 400


def test_skip_stores_the_valid_ones(server, make, topic):
    answer = server.client.post("/publish?on_invalid=skip",
                                json=[make("a"), make(""), 7, make("b")])
    assert answer.status_code == 200
    answer = answer.json()
    assert answer["status"] == "partial"
    assert counts(answer) == {"received": 4, "accepted": 2, "duplicates": 0, "conflicts": 0,
                              "invalid": 2}
    assert [one["status"] for one in answer["results"]] == ["accepted", "invalid", "invalid",
                                                            "accepted"]
    assert [one.get("index") for one in answer["results"]] == [None, 1, 2, None]
    assert answer["results"][1]["reason"] == "empty"
    assert answer["results"][2]["reason"] == "not_an_object"
    assert [one["event_id"] for one in server.get("/events", topic=topic)["events"]] == ["a", "b"]


def test_skip_with_nothing_valid(server, make, topic):
    answer = server.client.post("/publish?on_invalid=skip", json=make("a", payload=None)).json()
    assert answer["status"] == "partial"
    assert answer["accepted"] == 0 and answer["invalid"] == 1
    assert server.get("/events", topic=topic)["count"] == 0


def test_every_invalid_event_is_listed(server, make):
    problem = server.publish([make(str(i), topic=None) for i in range(10_000)], status=400)
    assert [one["index"] for one in problem["errors"]] == list(range(10_000))


def test_prefer_minimal(server, make):
    events = [make(str(i)) for i in range(300)]
    first = server.client.post("/publish", json=events, headers={"Prefer": "return=minimal"})
    assert first.headers["preference-applied"] == "return=minimal"
    assert first.json()["results"] == []
    assert first.json()["accepted"] == 300
    assert "preference-applied" not in server.client.post("/publish", json=events).headers

    changed = [make(str(i), source="other") for i in range(101)]
    answer = server.client.post("/publish?on_invalid=skip", json=[*events, changed[0], {}, *changed[1:]],
                                headers={"Prefer": "respond-async, return=minimal"}).json()
    assert answer["duplicates"] == 300 and answer["conflicts"] == 101 and answer["invalid"] == 1
    assert len(answer["results"]) == 100
    assert [one["index"] for one in answer["results"]] == list(range(300, 400))
    assert [one["status"] for one in answer["results"][:3]] == ["conflict", "invalid", "conflict"]
    assert answer["results_omitted"] == 2


def test_sequences_are_dense_over_many_requests(server, make, topic):
    for start in range(0, 100, 10):
        server.publish([make(str(i)) for i in range(start, start + 15)])  # half of them again
    events = server.get("/events", topic=topic)["events"]
    assert [one["sequence"] for one in events] == list(range(1, 106))


@pytest.mark.parametrize("query", ["on_invalid=", "on_invalid=Skip", "on_invalid=skip&on_invalid=skip",
                                   "dry_run=1", "on_invalid=%zz"])
def test_bad_parameters(server, make, query):
    answer = server.client.post(f"/publish?{query}", json=make())
    assert answer.status_code == 400
    assert answer.json()["error"] in ("bad_parameter", "unknown_parameter")


def test_problems_are_rfc_9457(server):
    answer = server.client.post("/publish", content="{")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["error"] == "malformed_json"
    assert problem["status"] == 400
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "detail"} <= set(problem)
    assert "stored" not in problem


@pytest.mark.parametrize("body, error", [
    ("", "empty_batch"), ("[]", "empty_batch"), ('{"events":[]}', "empty_batch"),
    ("  \n ", "empty_batch"),
    ("{", "malformed_json"), ("[{}", "malformed_json"), ("{}}", "malformed_json"),
    ("hello", "malformed_json"), ("{'a':1}", "malformed_json"),
    ("7", "not_an_event"), ('"text"', "not_an_event"), ("null", "not_an_event"),
    ('{"events":7}', "not_an_event"),
    ("{}", "invalid_event"), ("[7]", "invalid_event"), ("[[]]", "invalid_event"),
    ("[" * 100_000, "malformed_json"),
])
def test_bodies_that_are_no_events(server, body, error):
    answer = server.client.post("/publish", content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == error


def test_numbers_come_back_byte_for_byte(server, topic):
    payload = ('{"a":1.10,"b":1E+2,"c":-0,"d":18446744073709551615,"e":-9223372036854775808,'
               '"f":0.1000000000000000055511151231257827}')
    body = (f'{{"topic":"{topic}","event_id":"n","timestamp":"2025-10-22T10:00:00Z",'
            f'"source":"s","payload":{payload}}}')
    assert server.client.post("/publish", content=body).status_code == 200
    assert payload in server.client.get(f"/events/{topic}/n").text


def test_unknown_members_are_kept(server, make, topic):
    server.publish(make("a", trace={"id": [1, None, True]}, version="1"))
    stored = server.get(f"/events/{topic}/a")
    assert stored["trace"] == {"id": [1, None, True]} and stored["version"] == "1"
    assert json.dumps(stored)
