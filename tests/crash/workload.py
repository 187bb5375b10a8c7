"""Requests to publish, made from a seed: the same seed gives the same requests.

    work = Workload(seed=1, publisher=0)
    request = work.next()          # a Request, ready to be sent
    again = work.restamped(request)

Each event is a function of (space, number, variant), so a duplicate of all the past needs no
memory. A space is one publisher's own ids, or "shared", where publishers race for the same ids.
The timestamp is unique per request: it tells which request stored an event.
"""

import gzip
import json
import random
import zlib
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_EPOCH = datetime(2025, 1, 1)
_ODD_TOPICS = ("crash.ünï-✓", 'crash "quoted" \\ back', "crash/slash%41+x", "crash.topic " + "t" * 200)
_BAD = ("no_topic", "payload", "timestamp", "event_id", "control")


@dataclass
class Request:
    number: str
    parts: list  # (space, number, variant): what it is made of
    text: bytes  # before compression
    body: bytes  # as sent
    headers: dict
    target: str
    meta: dict = field(default_factory=dict)  # for the oracle's log


class Workload:
    def __init__(self, seed, publisher, batch_max=500):
        self.publisher, self._batch_max = publisher, batch_max
        self._seed = seed
        self._random = random.Random(f"{seed}/{publisher}")
        self._made = 0  # ids of our own space so far
        self._shared = 0
        self._requests = 0
        self._past = deque(maxlen=50)

    def next(self):
        pick = self._random.random()
        if pick < 0.04 and self._past:  # an old request, byte for byte
            old = self._random.choice(self._past)
            self._requests += 1
            return Request(str(self._requests), old.parts, old.text, old.body, old.headers, old.target,
                           old.meta)
        count = 1 if pick < 0.45 else self._batch_size()
        parts = [self._part() for _ in range(count)]
        if count > 1 and self._random.random() < 0.3:  # the same id twice in one batch
            twice = self._random.choice(parts)
            parts.insert(self._random.randrange(len(parts) + 1),
                         self._random.choice([twice, twice[:2] + (self._random.randrange(1, 4),)]))
        self._requests += 1
        request = self._request(parts, str(self._requests), self._requests, 0, self._random)
        self._past.append(request)
        return request

    def restamped(self, request, time):
        """The same events with a new timestamp, as publishers do on their retry number `time`. It
        does not change what next() makes, so that the choices do not depend on the answers."""
        first, *_ = request.number.split("r")
        number = f"{first}r{time}"
        choose = random.Random(f"{self._seed}/{self.publisher}/{number}")
        return self._request(request.parts, number, int(first), time, choose)

    def _batch_size(self):
        biggest = self._batch_max if self._random.random() < 0.2 else min(40, self._batch_max)
        return self._random.randint(2, biggest)

    def _part(self):
        pick = self._random.random()
        mine = f"p{self.publisher}"
        if pick < 0.12:
            self._shared += self._random.random() < 0.7
            back = self._random.randrange(3)
            variant = self.publisher + 1 if self._random.random() < 0.3 else 0
            return ("shared", max(0, self._shared - back), variant)
        if pick < 0.30 and self._made:
            variant = self._random.randrange(1, 4) if self._random.random() < 0.15 else 0
            return (mine, self._random.randrange(self._made), variant)
        if pick < 0.33 and self.publisher:  # what an earlier publisher sent, or would have sent
            elder = self._random.randrange(self.publisher)
            return (f"p{elder}", self._random.randrange(20_000), 0)
        if pick < 0.335:
            return ("invalid", self._random.randrange(len(_BAD)), 0)
        self._made += 1
        return (mine, self._made - 1, 0)

    def _request(self, parts, number, second, time, choose):
        bare = len(parts) == 1 and choose.random() < 0.7
        ndjson = not bare and choose.random() < 0.25
        skip = any(p[0] == "invalid" for p in parts) and choose.random() < 0.6
        minimal = not bare and choose.random() < 0.1
        stamp = f"{_EPOCH + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S}.{self.publisher:03}"
        texts = [_spell(_event(self._seed, part, f"{stamp}{(time * 1000 + place) % 10**6:06}Z"), choose)
                 for place, part in enumerate(parts)]
        if ndjson:
            text = "\n".join(texts) + ("\n" if choose.random() < 0.5 else "")
        elif bare:
            text = texts[0]
        else:
            text = "[" + ",".join(texts) + "]"
            text = '{"events":' + text + "}" if choose.random() < 0.3 else text
        text = body = text.encode()
        headers = {"Content-Type": "application/x-ndjson" if ndjson else "application/json"}
        if minimal:
            headers["Prefer"] = "return=minimal"
        if choose.random() < 0.15:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(text, 1, mtime=0)
        meta = {"ndjson": ndjson, "skip": skip, "minimal": minimal, "bare": bare,
                "invalid": [i for i, p in enumerate(parts) if p[0] == "invalid"]}
        target = "/publish" + ("?on_invalid=skip" if skip else "")
        return Request(number, parts, text, body, headers, target, meta)


def _event(seed, part, stamp):
    space, number, variant = part
    if space == "invalid":
        return _invalid(_BAD[number], stamp)
    draw = zlib.crc32(f"{seed}/{space}/{number}".encode())
    fill = 20_000 if number % 300 == 299 else 600 if number % 20 == 0 else draw % 120
    payload = {"n": number, "variant": variant, "value": draw % 10_000 / 8,
               "text": "ä\u2713\"\\" if number % 17 == 0 else "abc", "fill": "x" * fill}
    event = {"topic": _topic(space, number, draw), "event_id": _event_id(space, number),
             "timestamp": stamp, "source": f"crash-{space}", "payload": payload}
    if number % 13 == 0:
        event["extra"] = {"big": 2**63 + number, "low": -(2**63), "list": [1.5, None, True, "é"]}
    return event


def _spell(event, choose):
    """JSON text in one of several spellings with the same meaning."""
    style = choose.random()
    if style < 0.6:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    if style < 0.7:
        return json.dumps(event, ensure_ascii=True)
    if style < 0.8:
        items = list(event.items())
        choose.shuffle(items)
        return json.dumps(dict(items), ensure_ascii=False)
    if style < 0.9:  # members of ours: dropped
        return json.dumps(event | {"sequence": 99, "received_at": "2020-01-01T00:00:00Z"})
    payload = event["payload"]
    if not isinstance(payload, dict):
        return json.dumps(event)
    value = payload["value"]
    marked = json.dumps(event | {"payload": payload | {"value": "@value@"}})
    return marked.replace('"@value@"', choose.choice([f"{value:.4f}", f"{value:.6e}"]))


def _topic(space, number, draw):
    if number % 97 == 0:
        return f"crash.rare.{space}.{number}"
    if number % 29 == 0:
        return _ODD_TOPICS[number // 29 % len(_ODD_TOPICS)]
    if space != "shared" and draw % 10 < 3:
        return f"crash.{space}"
    return f"crash.t{(draw >> 8) % 10 * ((draw >> 16) % 10) // 9}"


def _event_id(space, number):
    kind = number % 50
    if kind == 7:
        return f"{space}/{number} %41+\"'\\é✓"
    if kind == 8:
        return f"{space}-{number}-" + "i" * 200
    if kind in (20, 21):  # in general two topics with the same id
        return f"{space}-pair-{number // 2}"
    return f"{space}-{number}"


def _invalid(kind, stamp):
    event = {"topic": "crash.invalid", "event_id": "bad", "timestamp": stamp, "source": "crash",
             "payload": {"value": 1.5}}
    if kind == "no_topic":
        del event["topic"]
    else:
        wrong = {"payload": ("payload", "text"), "timestamp": ("timestamp", "2025-02-30T00:00:00Z"),
                 "event_id": ("event_id", ""), "control": ("topic", "a\u0001b")}
        event[wrong[kind][0]] = wrong[kind][1]
    return event
