"""GET /topics, /stats, /health, /livez, /readyz and the summary."""

import re

import pytest


def test_topics(server, make, topic):
    for i, events in enumerate([3, 1, 2]):
        server.publish([make(str(j), topic=f"{topic}/{i}") for j in range(events)])
    server.publish([make("0", topic=f"{topic}/0"), make("1", topic=f"{topic}/0", source="x")])
    page = server.get("/topics", prefix=topic + "/")
    assert [one["topic"] for one in page["topics"]] == [f"{topic}/{i}" for i in range(3)]
    assert page["count"] == 3 and page["next"] is None and page["has_more"] is False
    first = page["topics"][0]
    assert first["events"] == 3 and first["last_sequence"] == 3
    assert first["duplicates"] == 1 and first["conflicts"] == 1, "as in the answers of /publish"
    assert first["duplicate_dropped"] == 2, "as in /stats"
    assert first["bytes"] > 0
    assert first["first_received_at"] <= first["last_received_at"]
    assert server.get(f"/topics/{topic}%2F0") == first


def test_topics_are_paged(server, make, topic):
    server.publish([make("a", topic=f"{topic}/{i:02}") for i in range(10)])
    names, after = [], {}
    while True:
        page = server.get("/topics", prefix=topic, limit=3, **after)
        names += [one["topic"] for one in page["topics"]]
        if not page["has_more"]:
            assert page["next"] is None
            break
        after = {"after": page["next"]}
    assert names == [f"{topic}/{i:02}" for i in range(10)]


def test_no_such_topic(server, topic):
    answer = server.client.get(f"/topics/{topic}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "unknown_topic"
    assert server.get("/topics", prefix=topic) == {"topics": [], "count": 0, "next": None,
                                                   "has_more": False}


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "topic=a", "prefix=%ff", "after=",
                                   "after=a%00b"])
def test_bad_parameters_of_topics(server, query):
    assert server.client.get(f"/topics?{query}").status_code == 400


def test_stats_of_an_empty_store(fresh):
    stats = fresh.get("/stats")
    for name in ("received", "unique_processed", "duplicate_dropped", "conflicts", "invalid",
                 "total_topics", "total_events", "queue_length"):
        assert stats[name] == 0, name
    assert stats["topics"] == [] and stats["events_per_topic"] == {}
    assert stats["uptime_seconds"] >= 0
    assert re.match(r"^\d+\.\d\ds$", stats["uptime"])
    assert {"bytes_on_disk", "index_entries", "frames", "sync_p50_us"} <= set(stats["store"])


def test_stats_count_every_verdict(fresh, make):
    fresh.publish([make(str(i), topic="big") for i in range(5)])
    fresh.publish([make("0", topic="small"), make("0", topic="small")])
    fresh.publish(make("0", topic="big", source="x"), status=409)
    fresh.publish([make("x", payload=None), make("y", payload=None)], status=400)
    fresh.client.post("/publish?on_invalid=skip", json=[make("5", topic="big"), {}])
    stats = fresh.get("/stats")
    assert stats["unique_processed"] == stats["total_events"] == 7
    assert stats["duplicate_dropped"] == 2
    assert stats["conflicts"] == 1
    assert stats["received"] == 9
    assert stats["invalid"] == 3
    assert stats["total_topics"] == 2
    assert stats["topics"] == ["big", "small"]
    assert stats["events_per_topic"] == {"big": 6, "small": 1}
    assert stats["queue_length"] == 0
    assert stats["store"]["index_entries"] == 7
    assert stats["store"]["frames"] >= 1
    assert stats["store"]["bytes_on_disk"] > 0


def test_stats_list_the_thousand_largest_topics(fresh, make):
    fresh.publish([make("a", topic=f"t{i}") for i in range(1001)] + [make("b", topic="t1000")])
    stats = fresh.get("/stats")
    assert stats["total_topics"] == 1001
    assert len(stats["topics"]) == len(stats["events_per_topic"]) == 1000
    assert stats["topics"][0] == "t1000"
    assert stats["total_events"] == 1002
    page = fresh.get("/topics", limit=1000)
    assert page["count"] == 1000 and page["has_more"] is True
    assert fresh.get("/topics", limit=1000, after=page["next"])["count"] == 1


def test_health(server):
    health = server.get("/health")
    assert health["status"] == "ok"
    assert {"version", "uptime_seconds", "store_id", "epoch"} <= set(health)
    for path in ("/livez", "/readyz", "/readyz?for=read", "/readyz?for=publish"):
        assert server.client.get(path).status_code == 200
    assert server.client.get("/readyz?for=x").json()["error"] == "bad_parameter"


def test_summary(server):
    summary = server.get("/")
    assert summary["name"] == "oncelog" and summary["status"] == "ok"
    for path in summary["links"].values():
        assert server.client.options(path).status_code == 204
