"""What the tests publish, and what must be stored then.

    input = Input()
    input.add(event("a", 1))          # a new one, or a duplicate if there was one of that identity
    input.file(folder)                # NDJSON to be published
    audit(url, input)                 # each event once, as it was sent first, in that order
"""

import http.client
import json
import random
from urllib.parse import quote, urlsplit

TOPICS = ("orders", "sensor.temp", "töpic ✓ ", 'a "quoted" one', "b/c?d=e&f")


def event(topic, number, *, second=0, **payload):
    return {"topic": topic, "event_id": f"id {number}", "source": "examples",
            "timestamp": f"2025-10-22T10:00:{second:02}Z",
            "payload": payload or {"number": number, "text": "what was sent" * 3}}


class Input:
    """Lines to publish; remembers which identity came first with what."""

    def __init__(self):
        self.lines = []
        self.stored = {}  # topic -> {event_id: event}, in the order of first arrival
        self.duplicates = 0

    def add(self, one):
        of_topic = self.stored.setdefault(one["topic"], {})
        self.duplicates += one["event_id"] in of_topic
        of_topic.setdefault(one["event_id"], one)
        return self.add_line(json.dumps(one, ensure_ascii=False).encode())

    def add_line(self, line):
        """Yields the number of the line."""
        self.lines.append(line)
        return len(self.lines)

    def events(self):
        return sum(map(len, self.stored.values()))

    def file(self, folder):
        path = folder / "events.ndjson"
        path.write_bytes(b"\n".join(self.lines) + b"\n")
        return path


def many(unique, seed):
    """`unique` events and a quarter as many duplicates of all the past, most of them re-stamped."""
    choose, made = random.Random(seed), Input()
    for number in range(unique):
        made.add(event(TOPICS[number % len(TOPICS)], number))
        if choose.random() < 0.25:
            again = choose.randrange(number + 1)
            made.add(event(TOPICS[again % len(TOPICS)], again, second=choose.randrange(60)))
    return made


def get(url, path):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path, headers={"Accept": "application/x-ndjson"})
    response = connection.getresponse()
    text = response.read()
    connection.close()
    assert response.status == 200, text
    return [json.loads(line) for line in text.decode().split("\n") if line]


def stats(url):
    return get(url, "/stats")[0]


def audit(url, made):
    """Every event once, with the content sent first, in the order sent; yields the statistics."""
    for topic, wanted in made.stored.items():
        found = get(url, "/events?topic=" + quote(topic, safe=""))
        assert [one.pop("sequence") for one in found] == list(range(1, len(wanted) + 1)), topic
        for one in found:
            del one["received_at"]
        assert found == list(wanted.values()), topic
    figures = stats(url)
    assert figures["total_topics"] == len(made.stored)
    assert figures["total_events"] == figures["unique_processed"] == made.events()
    assert figures["received"] == figures["unique_processed"] + figures["duplicate_dropped"]
    assert figures["events_per_topic"] == {topic: len(ids) for topic, ids in made.stored.items()}
    assert figures["queue_length"] == 0
    return figures
