"""Everything a store says about itself, read over HTTP in every way the API offers.

    stored = read_all("127.0.0.1", 8080)     # a Readback, for checker.check()

Errors: ReadbackError with what was asked and what came, for anything but the documented answer.
"""

import http.client
import json
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, urlencode

import oracle


class Stored(NamedTuple):
    topic: str
    event_id: str
    sequence: int
    received_at: str
    content: int
    whole: int


TOPICS_LISTED = 1000  # by /stats: the largest


@dataclass
class Readback:
    scan: list = field(default_factory=list)  # /events without topic, by cursor
    ndjson: list = field(default_factory=list)  # the same as one NDJSON stream
    newest_first: list = field(default_factory=list)  # order=desc, as far as it was read
    by_topic: dict = field(default_factory=dict)  # /events?topic= by cursor
    topics: dict = field(default_factory=dict)  # name -> its object in /topics
    stats: dict = field(default_factory=dict)
    listed_max: int = TOPICS_LISTED  # topics that `stats` lists, if there are as many


class ReadbackError(Exception):
    pass


def stored_of(spelled, meant):
    key = oracle.event_of(spelled, meant)
    return Stored(
        key.topic, key.event_id, meant["sequence"], meant["received_at"], key.content, key.whole
    )


class Api:
    """Blocking requests over one connection."""

    def __init__(self, host, port, timeout=60):
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def get(self, path, query=None, accept="application/json", status=200):
        target = path + ("?" + urlencode(query) if query else "")
        self._connection.request("GET", target, headers={"Accept": accept})
        response = self._connection.getresponse()
        body = response.read()
        if status is not None and response.status != status:
            raise ReadbackError(f"GET {target}: {response.status} {body[:500]!r}")
        return body

    def get_json(self, path, query=None, status=200):
        return json.loads(self.get(path, query, status=status))

    def post(self, path, value, headers=None):
        return self.send("POST", path, value, headers)

    def send(self, method, path, value=None, headers=None):
        """(status, body); `value` is sent as JSON unless it is bytes."""
        body = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
        fields = {} if value is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, body, fields | (headers or {}))
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def status(self, target):
        """Only the status of a GET."""
        self._connection.request("GET", target)
        response = self._connection.getresponse()
        response.read()
        return response.status

    def pages(self, query, limit=10_000, most=None):
        """All events of a query, page by page, until has_more is false."""
        cursor, count = None, 0
        while True:
            asked = dict(query, limit=limit)
            if cursor is not None:
                asked["after"] = cursor
            spelled, page = oracle.parse(self.get("/events", asked))
            if page["count"] != len(page["events"]) or not page["next"]:
                raise ReadbackError(f"{asked}: count {page['count']}, next {page['next']!r}")
            if page["has_more"] and not page["events"]:
                raise ReadbackError(f"{asked}: has_more on an empty page")
            yield from map(stored_of, spelled["events"], page["events"])
            count += page["count"]
            if not page["has_more"] or (most and count >= most):
                return
            cursor = page["next"]

    def lines(self, query):
        target = "/events" + ("?" + urlencode(query) if query else "")
        self._connection.request("GET", target, headers={"Accept": "application/x-ndjson"})
        response = self._connection.getresponse()
        if response.status != 200:
            raise ReadbackError(f"GET {target}: {response.status} {response.read(500)!r}")
        for line in response:
            if line.strip():
                yield stored_of(*oracle.parse(line))
        response.read()  # the end of the body: the connection is free again

    def topics(self):
        found, after = {}, None
        while True:
            query = {"limit": 1000} | ({"after": after} if after else {})
            page = self.get_json("/topics", query)
            for info in page["topics"]:
                found[info["topic"]] = info
            if not page["has_more"]:
                return found
            after = page["next"]

    def topic(self, name, status=200):
        return self.get_json("/topics/" + quote(name, safe=""), status=status)

    def event(self, topic, event_id, status=200):
        path = "/events/" + quote(topic, safe="") + "/" + quote(event_id, safe="")
        return self.get_json(path, status=status)

    def close(self):
        self._connection.close()


def read_all(host, port, without=None):
    """Reads the whole store; nothing may be published meanwhile. `without`: a topic that somebody
    else judges."""
    api = Api(host, port)

    def others(events):
        return [event for event in events if event.topic != without]

    try:
        topics = api.topics()
        stats = api.get_json("/stats")
        listed = TOPICS_LISTED - (without in stats["events_per_topic"])
        if left := topics.pop(without, None):
            _take_from(stats, left)
        return Readback(
            scan=others(api.pages({})),
            ndjson=others(api.lines({})),
            newest_first=others(api.pages({"order": "desc"}, limit=997,
                                          most=None if without else 5_000)),
            by_topic={name: list(api.pages({"topic": name}, limit=5_000)) for name in topics},
            topics=topics,
            stats=stats,
            listed_max=listed,
        )
    finally:
        api.close()


def _take_from(stats, topic):
    """As if the topic were not there."""
    stored, dropped = topic["last_sequence"], topic["duplicates"]
    for name, count in {"received": stored + dropped, "unique_processed": stored,
                        "duplicate_dropped": dropped, "conflicts": topic["conflicts"],
                        "total_topics": 1, "total_events": topic["events"],
                        "events_gone": stored - topic["events"]}.items():
        stats[name] -= count
    if topic["topic"] in stats["events_per_topic"]:  # it may be none of the largest
        stats["topics"].remove(topic["topic"])
        del stats["events_per_topic"][topic["topic"]]
