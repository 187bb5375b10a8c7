"""A topic that is kept short: one publisher, which also erases, of a topic with a limit of bytes.
What is gone stays known and stays gone, whatever the server went through; that is judged here, as
the oracle knows no events that are gone.

    fading = Fading(port, seed)
    thread = fading.start(stopping)                # the server dies and starts again
    stopping.set(); thread.join()
    findings = fading.judge()                      # of all so far; then it may go on

Event number n has sequence n, so what is known of it fits into two sets. One thread at a time.
"""

import http.client
import json
import random
import select
import threading
import time

import oracle
import readback

TOPIC = "fading"
LIMITS = (40_000, 50_000)  # bytes of JSON; retention_bytes goes from one to the other
BATCH = 10
ERASE_BEHIND = 200  # how far back an event that is erased may lie
GONE_SECONDS_MAX = 240
AGAIN = 1000  # events in a request that sends all of them again
LOOKUPS = 100  # for each judgement, of all events and of those erased last


class Fading:
    """`pause`: seconds between its steps. `allowed`: statuses with which a request may be refused,
    besides those of a server that is stopping."""

    def __init__(self, port, seed, pause=0.1, allowed=()):
        self._port, self._pause, self._allowed = port, pause, allowed
        self._random = random.Random(f"fading/{seed}")
        self._limits = {None}  # one of them is set: an answer may be lost
        self.acked = 0
        self.erased = set()
        self._asked = set()  # to erase: an answer may be lost
        self._gone = set()  # and was found to be so
        self.first = 1  # retention has taken all before
        self._findings = []

    def start(self, stopping):
        thread = threading.Thread(target=self._run, args=(stopping,), daemon=True)
        thread.start()
        return thread

    def _run(self, stopping):
        api = None
        while not stopping.is_set() and not self._findings:
            try:
                api = api or readback.Api("127.0.0.1", self._port)
                self._step(api)
            except (OSError, ValueError, http.client.HTTPException):
                api = None  # it is being restarted
            stopping.wait(self._pause)

    def _step(self, api):
        if None in self._limits or self._random.random() < 0.05:
            self._set_limit(api, self._random.choice(LIMITS))
        self._publish(api)
        if self._random.random() < 0.3 and self.acked > 0:
            self._erase(api, self._random.randrange(max(1, self.acked - ERASE_BEHIND), self.acked + 1))
        if self.erased and self._random.random() < 0.3:
            self._look_up(api, self._random.choice(sorted(self.erased)[-20:]), 410)

    def _set_limit(self, api, limit):
        self._limits.add(limit)
        if self._took(*api.send("PUT", f"/topics/{TOPIC}", {"retention_bytes": limit}), 200, 201):
            self._limits = {limit}

    def _publish(self, api):
        """New events, and one that came before. Sent again as it was until there is an answer."""
        numbers = list(range(self.acked + 1, self.acked + 1 + BATCH))
        if self.acked > 0:
            numbers.append(self._random.randrange(1, self.acked + 1))
        if self._send(api, numbers):
            self.acked += BATCH

    def _send(self, api, numbers):
        status, body = api.post("/publish", [_event(number) for number in numbers])
        if not self._took(status, body, 200):
            return False
        for number, result in zip(numbers, body["results"]):
            known = number <= self.acked
            if result["sequence"] != number or result["status"] not in (
                    ["duplicate"] if known else ["accepted", "duplicate"]):
                self._find(f"event {number}, {'known' if known else 'new'}: {result}")
        return True

    def _erase(self, api, number):
        self._asked.add(number)
        if self._took(*api.send("DELETE", f"/events/{TOPIC}/{number}"), 200):
            self.erased.add(number)

    def _took(self, status, body, *wanted):
        stopping = status == 503 and body.get("detail") == "the server is stopping"
        if status not in wanted and status not in self._allowed and not stopping:
            self._find(f"{status} {body}")
        return status in wanted

    def _look_up(self, api, number, wanted):
        status = api.status(f"/events/{TOPIC}/{number}")
        if status != wanted and status not in self._allowed:
            self._find(f"event {number} is answered {status}, not {wanted}")

    def _find(self, what):
        self._findings.append(f"{TOPIC}: {what}")

    def has_ended(self):
        """As something was wrong."""
        return bool(self._findings)

    def judge(self, leaves_disk=False):
        """What is wrong with it by now: all findings. Nothing of it is published meanwhile, and
        afterwards retention has nothing left to do. `leaves_disk`: waits for that, too."""
        api = readback.Api("127.0.0.1", self._port)
        try:
            if self.acked > 0:
                self._judge(api)
            if self.acked > 0 and leaves_disk:
                self._wait(lambda: self._send(api, [self.acked]) and _left_disk(api),
                           "what is gone leaves the disk")
        finally:
            api.close()
        return self._findings

    def _judge(self, api):
        """Its last requests may not have been answered."""
        limit = api.topic(TOPIC)["retention_bytes"]
        if limit not in self._limits:
            self._find(f"retention_bytes is {limit}, of {self._limits}")
        self._wait(lambda: limit is None or api.topic(TOPIC)["bytes"] <= limit, "it is cut to its size")
        last = api.topic(TOPIC)["last_sequence"]
        if last not in (self.acked, self.acked + BATCH):
            self._find(f"the last sequence is {last}, acked are {self.acked}")
        self._judge_shown(list(api.pages({"topic": TOPIC})), last)
        kept = (last - self.first + 1) * len(json.dumps(_event(1)))
        if self.first > 1 and kept < min(LIMITS) / 2:
            self._find(f"retention has left only {self.first} to {last}")
        for number in self._some(range(1, last + 1)) + sorted(self.erased)[-LOOKUPS:]:
            gone = number < self.first or number in self._gone
            self._look_up(api, number, 410 if gone else 200)
        for begin in range(1, self.acked + 1, AGAIN):
            self._send(api, range(begin, min(begin + AGAIN, self.acked + 1)))

    def _judge_shown(self, events, last):
        shown = {int(event.event_id) for event in events}
        if wrong := [e for e in events if e.sequence != int(e.event_id) or not _is_as_sent(e)]:
            self._find(f"other than it was sent or told: {wrong[:3]}")
        first = min(shown, default=last + 1)
        if back := sorted(n for n in shown if n < self.first or n in self._gone | self.erased):
            self._find(f"{back[:5]} were gone and are back")
        if lost := set(range(first, last + 1)) - shown - self._asked:
            self._find(f"{sorted(lost)[:5]} are lost; kept are {first} to {last}")
        self.first = max(self.first, first)
        self._gone = {n for n in self._asked if n >= self.first} - shown

    def _some(self, numbers):
        return self._random.sample(numbers, min(LOOKUPS, len(numbers)))

    def _wait(self, condition, what):
        deadline = time.monotonic() + GONE_SECONDS_MAX
        while not condition() and not self._findings:  # what is wrong may never become so
            if time.monotonic() > deadline:
                self._find(f"waited {GONE_SECONDS_MAX} s until {what}")
                return
            select.select([], [], [], 0.05)


def _left_disk(api):
    return api.get_json("/stats")["store"]["gone_events_on_disk"] == 0


def _event(number):
    return {"topic": TOPIC, "event_id": str(number), "timestamp": "2025-10-22T10:00:00Z",
            "source": "fading", "payload": {"number": number, "fill": "x" * 100}}


def _is_as_sent(stored):
    sent = _event(int(stored.event_id))
    return stored.whole == oracle.event_of(sent, sent).whole
