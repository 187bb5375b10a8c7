"""A topic that is kept short: one publisher, which also erases, of a topic with a limit of bytes.
What is gone stays known and stays gone, whatever the server went through; that is judged here, as
the oracle knows no events that are gone.

    fading = Fading(port, stopping, seed); fading.start()
    …                                                       # the server dies and starts again
    stopping.set(); fading.join(); findings = fading.judge()
"""

import http.client
import random
import threading
import time

import readback

TOPIC = "soak.fading"
BYTES_MAX = 50_000  # of JSON; retention looks every ten seconds
BATCH = 10
ERASE_BEHIND = 200  # how far back an event that is erased may lie
GONE_SECONDS_MAX = 240


class Fading(threading.Thread):
    def __init__(self, port, stopping, seed):
        super().__init__(daemon=True)
        self._port, self._stopping = port, stopping
        self._random = random.Random(f"fading/{seed}")
        self._limited = False
        self.acked = 0  # event number n, from 1 on, has sequence n
        self.erased = set()
        self.asked = set()  # to erase: an answer may be lost
        self.findings = []

    def run(self):
        api = None
        while not self._stopping.is_set() and not self.findings:
            try:
                api = api or readback.Api("127.0.0.1", self._port)
                self._step(api)
            except (OSError, ValueError, http.client.HTTPException):
                api = None  # it is being restarted
            self._stopping.wait(0.1)

    def _step(self, api):
        if not self._limited:
            status, body = api.send("PUT", f"/topics/{TOPIC}", {"retention_bytes": BYTES_MAX})
            self._limited = self._took(status, body, 200, 201)
        self._publish(api)
        if self._random.random() < 0.3 and self.acked > 0:
            number = self._random.randrange(max(1, self.acked - ERASE_BEHIND), self.acked + 1)
            self.asked.add(number)
            status, body = api.send("DELETE", f"/events/{TOPIC}/{number}")
            if self._took(status, body, 200):
                self.erased.add(number)

    def _publish(self, api):
        """New events, and one that came before. Sent again as it was until there is an answer."""
        numbers = list(range(self.acked + 1, self.acked + 1 + BATCH))
        if self.acked > 0:
            numbers.append(self._random.randrange(1, self.acked + 1))
        status, body = api.post("/publish", [_event(number) for number in numbers])
        if not self._took(status, body, 200):
            return
        for number, result in zip(numbers, body["results"]):
            known = number <= self.acked
            if result["sequence"] != number or result["status"] not in (
                    ["duplicate"] if known else ["accepted", "duplicate"]):
                self.findings.append(f"{TOPIC}: event {number}, {'known' if known else 'new'}: {result}")
        self.acked += BATCH

    def _took(self, status, body, *wanted):
        stopping = status == 503 and body.get("detail") == "the server is stopping"
        if status not in wanted and not stopping:
            self.findings.append(f"{TOPIC}: {status} {body}")
        return status in wanted

    def judge(self):
        """What is wrong with it at the end: all findings."""
        api = readback.Api("127.0.0.1", self._port)
        self._wait(lambda: api.topic(TOPIC)["bytes"] <= BYTES_MAX, "it is cut to its size")
        shown = {int(event.event_id): event.sequence for event in api.pages({"topic": TOPIC})}
        if wrong := [number for number, sequence in shown.items() if number != sequence]:
            self.findings.append(f"{TOPIC}: other sequences than were told: {wrong[:5]}")
        first = min(shown, default=self.acked + 1)
        last = api.topic(TOPIC)["last_sequence"]  # the last batch may not have been answered
        expected = set(range(first, last + 1))
        if not expected - self.asked <= set(shown) <= expected - self.erased or last < self.acked:
            self.findings.append(f"{TOPIC}: shows {sorted(shown)[:5]}… up to {max(shown, default=0)}; "
                                 f"acked up to {self.acked}")
        for number in self._random.sample(range(1, self.acked + 1), min(100, self.acked)):
            status = api.status(f"/events/{TOPIC}/{number}")
            if status != (200 if number in shown else 410):
                self.findings.append(f"{TOPIC}: event {number} is answered {status}")
        self._publish(api)
        self._wait(lambda: api.get_json("/stats")["store"]["gone_events_on_disk"] == 0,
                   "what is gone leaves the disk")
        return self.findings

    def _wait(self, condition, what):
        deadline = time.monotonic() + GONE_SECONDS_MAX
        while not condition():
            if time.monotonic() > deadline:
                self.findings.append(f"{TOPIC}: waited {GONE_SECONDS_MAX} s until {what}")
                return
            time.sleep(0.5)


def _event(number):
    return {"topic": TOPIC, "event_id": str(number), "timestamp": "2025-10-22T10:00:00Z",
            "source": "soak", "payload": {"fill": "x" * 100}}
