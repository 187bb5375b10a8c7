"""The plain use of an event aggregator, as a course project would test it: publish, publish again,
read, count. Names and shapes here are what such clients rely on."""

import pytest

EVENT = {"topic": "sensor.temp", "event_id": "evt_001", "timestamp": "2025-10-22T10:00:00Z",
         "source": "sensor_A", "payload": {"temperature": 29.5}}


def test_deduplication(fresh):
    first = fresh.publish(EVENT)
    second = fresh.publish(EVENT)
    assert first["added_to_queue"] == 1
    assert second["added_to_queue"] == 0
    stats = fresh.get("/stats")
    assert stats["received"] == 2
    assert stats["unique_processed"] == 1
    assert stats["duplicate_dropped"] == 1


def test_a_batch_as_a_list(fresh):
    answer = fresh.publish([EVENT, EVENT | {"event_id": "evt_002"}, EVENT])
    assert answer["status"] == "ok"
    assert answer["received"] == 3
    assert answer["added_to_queue"] == 2


@pytest.mark.parametrize("missing", sorted(EVENT))
def test_a_missing_member_is_400_with_an_error(fresh, missing):
    answer = fresh.client.post("/publish", json={name: value for name, value in EVENT.items()
                                                 if name != missing})
    assert answer.status_code == 400
    assert "error" in answer.json()
    assert missing in answer.json()["detail"]


@pytest.mark.parametrize("timestamp", ["2025-10-22T10:00:00", "2025-10-22T10:00:00.123456",
                                       "2025-10-22 10:00:00", "2025-10-22T10:00:00+07:00"])
def test_timestamps_of_many_publishers(fresh, timestamp):
    assert fresh.publish(EVENT | {"timestamp": timestamp})["added_to_queue"] == 1


def test_events_of_a_topic(fresh):
    fresh.publish([EVENT, EVENT | {"event_id": "evt_002", "topic": "sensor.humidity"}])
    page = fresh.get("/events", topic="sensor.temp")
    assert page["count"] == 1
    assert page["events"][0]["event_id"] == "evt_001"
    assert fresh.get("/events")["count"] == 2
    assert fresh.get("/events", topic="none")["events"] == []


def test_stats_have_topics_and_uptime(fresh):
    fresh.publish([EVENT, EVENT | {"event_id": "evt_002", "topic": "sensor.humidity"}])
    stats = fresh.get("/stats")
    assert sorted(stats["topics"]) == ["sensor.humidity", "sensor.temp"]
    assert stats["total_topics"] == 2
    assert stats["events_per_topic"] == {"sensor.temp": 1, "sensor.humidity": 1}
    assert stats["uptime"].endswith("s")
    assert stats["queue_length"] == 0


def test_duplicates_are_dropped_after_a_restart(fresh):
    fresh.publish(EVENT)
    fresh.stop()
    fresh.start()
    assert fresh.publish(EVENT)["added_to_queue"] == 0
    stats = fresh.get("/stats")
    assert (stats["received"], stats["unique_processed"], stats["duplicate_dropped"]) == (2, 1, 1)


def test_five_thousand_events_a_fifth_of_them_twice(fresh):
    unique = [EVENT | {"event_id": f"evt_{i}"} for i in range(4000)]
    events = unique + unique[:1000]
    added = 0
    for at in range(0, len(events), 100):
        added += fresh.publish(events[at:at + 100])["added_to_queue"]
    assert added == 4000
    stats = fresh.get("/stats")
    assert stats["received"] == 5000
    assert stats["unique_processed"] == 4000
    assert stats["duplicate_dropped"] == 1000


def test_an_answer_means_it_is_readable(fresh):
    for i in range(50):
        fresh.publish(EVENT | {"event_id": str(i)})
        assert fresh.get("/events", topic="sensor.temp", limit=10_000)["count"] == i + 1
