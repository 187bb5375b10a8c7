"""What survives a stop, and what survives kill -9."""

import re
import signal
import threading

import httpx
import pytest


def counted(running):
    stats = running.get("/stats")
    return {name: stats[name] for name in ("received", "unique_processed", "duplicate_dropped",
                                           "conflicts", "total_topics", "total_events",
                                           "events_per_topic")}


def fill(running, make):
    running.publish([make(str(i), topic=f"t{i % 3}") for i in range(1000)])
    running.publish([make(str(i), topic=f"t{i % 3}") for i in range(500)])
    running.publish([make(str(i), topic=f"t{i % 3}", source="x") for i in range(100)])


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_events_counts_and_identities_survive(fresh, make, end):
    fill(fresh, make)
    before = counted(fresh)
    assert before["received"] == 1600 and before["conflicts"] == 100
    events = fresh.get("/events", limit=10_000)["events"]
    cursor = fresh.get("/events", topic="t1", limit=100)["next"]
    behind = fresh.get("/events", topic="t1", after=cursor)["events"]
    topics = fresh.get("/topics")["topics"]
    for _ in range(3):
        getattr(fresh, end)()
        fresh.start()
        assert counted(fresh) == before
        assert fresh.get("/events", limit=10_000)["events"] == events
        assert fresh.get("/topics")["topics"] == topics
        assert fresh.get("/events", topic="t1", after=cursor)["events"] == behind
        assert fresh.get("/stats")["invalid"] == 0
    answer = fresh.publish([make(str(i), topic=f"t{i % 3}") for i in range(1001)])
    assert answer["duplicates"] == 1000 and answer["accepted"] == 1
    assert answer["results"][999] == {"event_id": "999", "status": "duplicate", "sequence": 334}
    assert answer["results"][1000] == {"event_id": "1000", "status": "accepted", "sequence": 334}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_ends_with_0(start, number):
    running = start()
    assert running.signal(number) == 0


def test_the_start_message_names_what_it_found(fresh, make):
    assert re.search(r"http://127\.0\.0\.1:\d+", fresh.start_message)
    fresh.publish(make("a"))
    fresh.stop()
    fresh.start()
    assert re.search(r"http://127\.0\.0\.1:\d+", fresh.start_message)


def test_kill_while_publishers_are_at_work(fresh, make):
    """Whatever was answered is there, once, whatever was not is stored whole or not at all."""
    acked = []
    errors = []

    def publish(name):
        client = httpx.Client(base_url=f"http://127.0.0.1:{fresh.port}", timeout=60,
                              trust_env=False)
        with client:
            for number in range(100_000):
                batch = [make(f"{number}-{i}", topic=f"w{name}") for i in range(7)]
                try:
                    answer = client.post("/publish", json=batch)
                except httpx.HTTPError:
                    return
                if answer.status_code != 200:
                    errors.append(answer.text)
                    return
                acked.append((name, number))
                if len(acked) >= 400:
                    enough.set()

    enough = threading.Event()
    publishers = [threading.Thread(target=publish, args=(name,)) for name in range(4)]
    for publisher in publishers:
        publisher.start()
    assert enough.wait(60)
    fresh.kill()
    for publisher in publishers:
        publisher.join()
    assert not errors
    fresh.start()

    for name in range(4):
        stored = fresh.all_events(topic=f"w{name}")
        assert [one["sequence"] for one in stored] == list(range(1, len(stored) + 1))
        numbers = [number for worker, number in acked if worker == name]
        expected = [f"{number}-{i}" for number in range(len(numbers)) for i in range(7)]
        ids = [one["event_id"] for one in stored]
        assert ids[:len(expected)] == expected
        unanswered = ids[len(expected):]
        assert unanswered in ([], [f"{len(numbers)}-{i}" for i in range(7)])


def test_a_retry_after_kill_ends_accepted_or_duplicate(fresh, make):
    fresh.publish(make("a"))
    fresh.kill()
    fresh.start()
    assert fresh.publish(make("a"))["results"] == [
        {"event_id": "a", "status": "duplicate", "sequence": 1}]
    assert fresh.publish(make("b"))["results"][0]["sequence"] == 2


def test_requests_under_way_are_answered_at_a_stop(fresh, make):
    answers = []

    def publish(name):
        client = httpx.Client(base_url=f"http://127.0.0.1:{fresh.port}", timeout=60,
                              trust_env=False)
        with client:
            for number in range(100_000):
                try:
                    answer = client.post("/publish", json=make(f"{name}-{number}"))
                except httpx.HTTPError:
                    return
                answers.append((f"{name}-{number}", answer.status_code))
                if len(answers) >= 200:
                    enough.set()

    enough = threading.Event()
    publishers = [threading.Thread(target=publish, args=(name,)) for name in range(4)]
    for publisher in publishers:
        publisher.start()
    assert enough.wait(60)
    fresh.stop()
    for publisher in publishers:
        publisher.join()
    assert {status for _, status in answers} <= {200, 503}
    fresh.start()
    stored = {one["event_id"] for one in fresh.all_events()}
    assert {event_id for event_id, status in answers if status == 200} <= stored
