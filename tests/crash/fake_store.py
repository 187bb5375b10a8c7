"""A right implementation of the store in memory, and deliberately wrong ones.

The test of the test: the checker must stay silent about Store and must turn red for every mode in
BROKEN. A disk is a list of records that survives a crash; `Store(disk, mode)` is the restart, a fold
over it. A record counts as durable once append() returned.

    store = Store([], mode="")                 # or mode="gap", …
    status, body = store.publish(events, minimal=False, bare=False)
    store = Store(store.disk, mode)            # crash and restart
"""

import copy
import threading
import time

import oracle

BROKEN = {
    "lose_acked": "answers before the record is durable",
    "store_twice": "the restart forgets the ids of the newest events",
    "seen_first": "ids are durable before their events",
    "gap": "the restart skips a sequence number",
    "split_batch": "each event of a batch is made durable by itself",
    "forget_counts": "duplicates are counted in memory only",
    "last_wins": "a conflict replaces the event",
    "stamp_is_content": "a re-stamped retry is called a conflict",
    "conflict_as_duplicate": "a conflict is called a duplicate",
    "wrong_sequence": "a duplicate is told its own number, not the original's",
    "unordered_scan": "reading across topics is not in the order of durability",
    "early_read": "readers see events before they are durable",
    "store_refused": "the valid events of a refused batch are stored",
    "wrong_total": "the total counts submissions instead of events",
}

# The same for what is erased or past its retention: seen by fading.py.
GONE_BROKEN = {
    "erase_early": "an erasure is answered before it is durable",
    "erase_undone": "the restart shows the events again that went last",
    "erase_forgets": "an event that is erased can be stored again",
    "cut_forgotten": "a restart forgets how much of a topic is to be kept",
}


def _event_or_none(spelled):
    """A rough validity check: enough for the workload's invalid events."""
    try:
        good = (0 < len(spelled["topic"]) and 0 < len(spelled["event_id"])
                and "\x01" not in spelled["topic"] and isinstance(spelled["payload"], dict)
                and "02-30" not in spelled["timestamp"] and spelled["source"])
    except (KeyError, TypeError):
        good = False
    return {k: v for k, v in spelled.items() if k not in oracle.DROPPED} if good else None


def events_of(text, ndjson):
    """(events, bare) of a request body, numbers as spelled; None for an invalid event."""
    events = [_event_or_none(spelled) for spelled, _ in oracle.values_of(text, ndjson)]
    return events, not ndjson and text.startswith(b"{") and not text.startswith(b'{"events":')


def meant(value):
    """From numbers as spelled to numbers as meant."""
    if isinstance(value, str) and value.startswith(oracle.SPELLED):
        return float(value[1:])
    if isinstance(value, dict):
        return {k: meant(v) for k, v in value.items()}
    if isinstance(value, list):
        return [meant(v) for v in value]
    return value


class Crash(Exception):
    """Raised by a test's disk: the process ends here."""


class Store:
    def __init__(self, disk, mode="", pause=None):
        self.disk, self.mode, self.pause = disk, mode, pause or (lambda: None)
        self.lock = threading.Lock()
        self.events = []  # {"event", "sequence", "received_at"} in order of durability
        self.early = []  # shown by early_read only
        self.index = {}  # (topic, event_id) -> (sequence, content)
        self.heads, self.duplicates, self.conflicts = {}, {}, {}
        self.limits, self.late = {}, None  # topic -> bytes; a record that is not durable yet
        self.buffer = []
        self.counted = 0
        for record in list(disk):
            self._fold(record)
        if mode == "gap" and self.heads:
            topic = max(self.heads, key=self.heads.get)
            self.heads[topic] += 1
        if mode == "erase_undone":
            for entry in [e for e in self.events if e.get("gone")][-50:]:
                entry["gone"] = False
        if mode == "cut_forgotten":
            self.limits.clear()
        if mode == "store_twice":
            for entry in self.events[-50:]:
                self.index.pop((entry["event"]["topic"], entry["event"]["event_id"]), None)

    def _fold(self, record):
        for entry in record["events"]:
            event = entry["event"]
            identity = (event["topic"], event["event_id"])
            if entry.get("replaces"):
                old = next(e for e in self.events if e["sequence"] == entry["sequence"]
                           and e["event"]["topic"] == event["topic"])
                old["event"] = event
            else:
                self.events.append(entry)
                self.heads[event["topic"]] = entry["sequence"]
            self.index[identity] = (entry["sequence"], self._content(event))
        for topic, event_id, sequence, content in record.get("seen", ()):
            self.index.setdefault((topic, event_id), (sequence, content))
        for topic, (count, conflicts) in record["duplicates"].items():
            self.duplicates[topic] = self.duplicates.get(topic, 0) + count
            self.conflicts[topic] = self.conflicts.get(topic, 0) + conflicts
        self.limits.update(record.get("limits", {}))
        for gone in record.get("gone", ()):
            entry = self.find(*gone)
            entry["gone"] = True
            if self.mode == "erase_forgets":
                self.index.pop(tuple(gone))

    def _content(self, event):
        content = oracle.event_of(event, meant(event)).content
        return (content, event["timestamp"]) if self.mode == "stamp_is_content" else content

    def _append(self, record):
        self.pause()
        if self.mode == "lose_acked":
            self.buffer.append(record)
            if len(self.buffer) < 5:
                return
            self.disk.extend(self.buffer[:-1])
            self.buffer.clear()
        self.disk.append(record)

    def find(self, topic, event_id):
        """Its entry, or None."""
        sequence, _ = self.index.get((topic, event_id), (None, None))
        return next((e for e in reversed(self.events) if e["sequence"] == sequence
                     and e["event"]["topic"] == topic), None)

    def change(self, **record):
        """Erases events or limits topics; a topic beyond its limit is cut at once."""
        with self.lock:
            self._change(record, late=self.mode == "erase_early" and "gone" in record)

    def _change(self, record, late=False):
        record = {"events": [], "duplicates": {}} | record
        if late:
            record, self.late = self.late, record
            self._fold(self.late)
        if record is not None:
            self._append(record)
            self._fold(record)

    def bytes_of(self, topic):
        return sum(len(repr(e["event"])) for e in self.events
                   if e["event"]["topic"] == topic and not e.get("gone"))

    def _cut(self):
        for topic, limit in list(self.limits.items()):
            while self.bytes_of(topic) > limit:
                first = next(e["event"] for e in self.events
                             if e["event"]["topic"] == topic and not e.get("gone"))
                self._change({"gone": [(topic, first["event_id"])]})

    def publish(self, events, minimal=False, bare=False, skip=False):
        """`events`: dicts, or None where one is invalid. Answers (status, body)."""
        with self.lock:
            if None in events and not skip:
                if self.mode != "store_refused":
                    return 400, {"error": "invalid_event", "errors": []}
                self.publish_locked([e for e in events if e], False, False)
                return 400, {"error": "invalid_event", "errors": []}
            answer = self.publish_locked(events, minimal, bare)
            self._cut()
            return answer

    def publish_locked(self, events, minimal, bare):
        heads, added, results = dict(self.heads), {}, []
        record = {"events": [], "duplicates": {}}
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        for place, event in enumerate(events):
            if event is None:
                results.append({"index": place, "event_id": None, "status": "invalid"})
                continue
            topic, identity = event["topic"], (event["topic"], event["event_id"])
            content = self._content(event)
            known = added.get(identity) or self.index.get(identity)
            if known is None:
                heads[topic] = sequence = heads.get(topic, 0) + 1
                added[identity] = (sequence, content)
                record["events"].append({"event": event, "sequence": sequence, "received_at": now})
                status = "accepted"
            else:
                sequence, status = known[0], "duplicate" if known[1] == content else "conflict"
                if status == "conflict" and self.mode == "conflict_as_duplicate":
                    status = "duplicate"
                if status == "conflict" and self.mode == "last_wins":
                    record["events"].append({"event": event, "sequence": sequence,
                                             "received_at": now, "replaces": True})
                counts = record["duplicates"].setdefault(topic, [0, 0])
                counts[0] += 1
                counts[1] += status == "conflict"
                if self.mode == "wrong_sequence":
                    sequence = heads.get(topic, 0) + 1
            results.append({"event_id": event["event_id"], "status": status, "sequence": sequence})
        self._commit(record)
        return self._answer(results, minimal, bare)

    def _commit(self, record):
        if self.mode == "early_read":
            self.early = record["events"]
        if self.mode == "seen_first":
            seen = [(e["event"]["topic"], e["event"]["event_id"], e["sequence"],
                     self._content(e["event"])) for e in record["events"]]
            self._append({"events": [], "duplicates": {}, "seen": seen})
        durable = copy.copy(record)
        if self.mode == "forget_counts":
            durable["duplicates"] = {}
        if self.mode == "split_batch":
            for entry in record["events"]:
                self._append({"events": [entry], "duplicates": {}})
            durable["events"] = []
        self._append(durable)
        self.early = []
        self._fold(record)
        self.counted += sum(count for count, _ in record["duplicates"].values())

    def _answer(self, results, minimal, bare):
        tally = {s: sum(r["status"] == s for r in results)
                 for s in ("accepted", "duplicate", "conflict", "invalid")}
        body = {
            "status": "partial" if tally["conflict"] + tally["invalid"] else "ok",
            "received": len(results), "accepted": tally["accepted"],
            "duplicates": tally["duplicate"], "conflicts": tally["conflict"],
            "invalid": tally["invalid"], "added_to_queue": tally["accepted"], "results": results,
        }
        if minimal:
            body["results"] = [r for r in results if r["status"] in ("conflict", "invalid")][:100]
        if bare and tally["conflict"]:
            return 409, {"status": 409, "error": "conflict", "results": results}
        return 200, body

    def scan(self, topic=None):
        """The stored events as readers get them, in order."""
        events = self.events + (self.early if self.mode == "early_read" else [])
        chosen = [e for e in events
                  if topic in (None, e["event"]["topic"]) and not e.get("gone")]
        if self.mode == "unordered_scan" and topic is None:
            chosen.sort(key=lambda e: (e["sequence"], e["event"]["topic"]))
            chosen.reverse()
        return [e["event"] | {"sequence": e["sequence"], "received_at": e["received_at"]}
                for e in chosen]

    def topics(self):
        kept = self._kept()
        return {topic: {"topic": topic, "events": kept.get(topic, 0), "last_sequence": head,
                        "duplicates": self.duplicates.get(topic, 0) - self.conflicts.get(topic, 0),
                        "duplicate_dropped": self.duplicates.get(topic, 0),
                        "conflicts": self.conflicts.get(topic, 0),
                        "retention_bytes": self.limits.get(topic),
                        "bytes": self.bytes_of(topic)}
                for topic, head in sorted(self.heads.items())}

    def _kept(self):
        counts = {}
        for entry in self.events:
            topic = entry["event"]["topic"]
            counts[topic] = counts.get(topic, 0) + (not entry.get("gone"))
        return counts

    def stats(self):
        counts = self._kept()
        dropped, kept = sum(self.duplicates.values()), sum(counts.values())
        return {"received": len(self.events) + dropped, "unique_processed": len(self.events),
                "duplicate_dropped": dropped, "conflicts": sum(self.conflicts.values()),
                "total_events": kept + (self.counted if self.mode == "wrong_total" else 0),
                "events_gone": len(self.events) - kept, "total_topics": len(self.heads),
                "topics": sorted(counts), "events_per_topic": counts,
                "store": {"gone_events_on_disk": 0, "segments_rewritten": 0}}
