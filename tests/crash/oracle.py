"""What the publishers know, kept outside the server.

Every publisher has one append-only file. A submission is written (and synced) before its first byte
is sent; its answer is written after it was received. What has a "send" and no "answer" has an
unknown outcome: it may be stored, whole, or not at all.

    log = OracleLog(path)
    attempt = log.send(number=1, meta={...}, text=b'{"topic":...}')
    log.answer(attempt, 200, {"status": "ok", ...})
    ...
    submissions = read_log(path)            # list[Submission], what the checker works on

Times are CLOCK_MONOTONIC in nanoseconds: one clock for all processes of the machine.
"""

import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple, Optional


class Event(NamedTuple):
    """One submitted event. `content` and `whole` are keys of this process: equal keys, equal things."""

    topic: str
    event_id: str
    content: int  # members other than topic, event_id, timestamp, compared as JSON values
    whole: int  # every member as sent: order, number spelling, timestamp


@dataclass(slots=True)
class Answer:
    ended: int
    status: int
    body: dict


@dataclass(slots=True)
class Submission:
    """One request on the wire. Attempts with the same bytes share `request` and `events`."""

    publisher: str
    request: int
    attempt: int
    started: int
    skip: bool = False  # ?on_invalid=skip
    minimal: bool = False  # Prefer: return=minimal
    bare: bool = False  # the body is one bare object
    events: list = field(default_factory=list)  # Event, or None where it is invalid on purpose
    answer: Optional[Answer] = None

    def name(self):
        return f"{self.publisher}#{self.request}.{self.attempt}"


DROPPED = ("sequence", "received_at")  # ours: never part of a submission
_NOT_CONTENT = ("topic", "event_id", "timestamp")
SPELLED = "\x00"  # in front of the text of a number that has a point or exponent


def parse(text):
    """The same JSON twice: with numbers as they are spelled, and with numbers as they are meant."""
    return json.loads(text, parse_float=SPELLED.__add__), json.loads(text)


def event_of(spelled, meant):
    """The Event of a JSON object that was parsed both ways."""
    whole = {k: v for k, v in spelled.items() if k not in DROPPED}
    content = {k: v for k, v in meant.items() if k not in DROPPED and k not in _NOT_CONTENT}
    return Event(
        meant["topic"],
        meant["event_id"],
        hash(json.dumps(content, sort_keys=True)),
        hash(json.dumps(whole)),
    )


def values_of(text, ndjson):
    """[(spelled, meant)] of all events in a request body."""
    if ndjson:
        return [parse(line) for line in text.split(b"\n") if line.strip()]
    both = parse(text)
    if isinstance(both[0], dict):
        is_list = "events" in both[0] and "topic" not in both[0]
        both = [one["events"] if is_list else [one] for one in both]
    return list(zip(*both))


def events_of(text, ndjson, invalid):
    """The events of a request body; None at the places that are invalid on purpose."""
    invalid = set(invalid)
    return [
        None if place in invalid else event_of(*both)
        for place, both in enumerate(values_of(text, ndjson))
    ]


class OracleLog:
    """The writing side. Threads: any. A record is one write, so that a killed publisher leaves at
    most one torn record at the end."""

    def __init__(self, path, sync=True):
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._sync = sync
        self._attempts = {}
        self._lock = threading.Lock()

    def send(self, number, meta, text):
        """To be called before sending. `text` is the body before compression; it is written once
        per request number. Returns the attempt, to be given to answer()."""
        with self._lock:
            attempt = self._attempts.get(number, 0) + 1
            self._attempts[number] = attempt
            head = {"send": number, "attempt": attempt, "t": time.monotonic_ns()}
            if attempt == 1:
                head.update(meta, bytes=len(text))
            self._write(json.dumps(head).encode() + b"\n" + (text + b"\n" if attempt == 1 else b""))
        if self._sync:
            os.fdatasync(self._fd)
        return (number, attempt)

    def answer(self, attempt, status, body):
        line = {"answer": attempt[0], "attempt": attempt[1], "t": time.monotonic_ns()}
        line.update(status=status, body=body)
        with self._lock:
            self._write(json.dumps(line).encode() + b"\n")

    def _write(self, record):
        if os.write(self._fd, record) != len(record):
            raise OSError("the oracle's own log could not be written whole")

    def close(self):
        os.close(self._fd)


def read_log(path, publisher=None):
    """Every submission of one publisher's file, in the order in which they were sent."""
    publisher = publisher or os.path.basename(path).removesuffix(".oracle")
    attempts, first = {}, {}
    with open(path, "rb") as file:
        while line := file.readline():
            head = json.loads(line)
            if "answer" in head:
                submission = attempts[head["answer"], head["attempt"]]
                submission.answer = Answer(head["t"], head["status"], head["body"])
                continue
            number = head["send"]
            submission = Submission(publisher, number, head["attempt"], head["t"])
            if "bytes" in head:
                text = file.read(head["bytes"] + 1)[:-1]
                submission.events = events_of(text, head.get("ndjson"), head.get("invalid", ()))
                submission.skip = head.get("skip", False)
                submission.minimal = head.get("minimal", False)
                submission.bare = head.get("bare", False)
                first[number] = submission
            else:
                model = first[number]
                submission.events, submission.skip = model.events, model.skip
                submission.minimal, submission.bare = model.minimal, model.bare
            attempts[number, head["attempt"]] = submission
    return list(attempts.values())
