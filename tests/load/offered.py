"""Load from outside: batches of new events over many connections, at a rate that does not wait for
answers (open loop), or as fast as they are answered (closed loop).

    phase = asyncio.run(offer(host, port, "peak", seconds=3, connections=16))
    phase = asyncio.run(offer(host, port, "over", seconds=6, connections=400, rate=1000))
    phase.accepted, phase.refused, phase.wrong, phase.latencies

Every answer is judged: 200 with all accepted, or a refusal that says when to come again and that
nothing was stored; whatever else came stands in `wrong`. Units: seconds.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field

EVENTS = 1000  # of one request, some 200 KB
_NUMBER = b"@@@@@@@@"
_PAUSE_SECONDS = 0.01  # of a closed loop after a refusal


@dataclass
class Phase:
    seconds: float = 0.0
    sent: int = 0  # requests
    accepted: list = field(default_factory=list)  # numbers of requests
    in_time: int = 0  # accepted before the phase was over
    refused: list = field(default_factory=list)
    latencies: list = field(default_factory=list)  # of the accepted ones
    wrong: list = field(default_factory=list)
    not_sent: int = 0  # no connection was free for them

    def rate(self):
        return self.in_time / self.seconds

    def median_latency(self):
        return sorted(self.latencies)[len(self.latencies) // 2]


def topic_of(name):
    return f"load.{name}"


def event_id(number, place):
    return f"{number:08}-{place}"


def _template(name):
    events = [{"topic": topic_of(name), "event_id": f"{_NUMBER.decode()}-{place}",
               "timestamp": "2025-10-22T10:00:00Z", "source": "load",
               "payload": {"value": 29.5}} for place in range(EVENTS)]
    return json.dumps(events).encode()


BODY_BYTES = len(_template(""))


class _Connection(asyncio.Protocol):
    """One request at a time; `done(connection, status, headers, body)`, status 0 when cut off."""

    def __init__(self, done):
        self._done, self._got, self._waits = done, b"", False
        self.transport, self.number, self.sent_at, self.closes = None, 0, 0.0, False

    def connection_made(self, transport):
        self.transport = transport

    def send(self, number, request):
        self.number, self.sent_at, self._waits = number, time.monotonic(), True
        self.transport.write(request)

    def data_received(self, data):
        self._got += data
        head, found, rest = self._got.partition(b"\r\n\r\n")
        if not found or not self._waits:
            return
        status_line, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        size = int(headers["content-length"])
        if len(rest) < size:
            return
        self._got, self._waits = rest[size:], False
        self.closes = headers.get("connection") == "close"
        self._done(self, int(status_line.split()[1]), headers, rest[:size])

    def connection_lost(self, error):
        if self._waits:
            self._waits = False
            self._done(self, 0, {}, str(error).encode())


class _Offer:
    def __init__(self, host, port, name, connections, first_number):
        self._host, self._port, self._most = host, port, connections
        self._template, self._number = _template(name), first_number
        self._idle, self._open = [], 0
        self._closed_loop = True
        self.phase = Phase()

    async def run(self, seconds, rate):
        self._closed_loop = rate is None
        begin = time.monotonic()
        if self._closed_loop:
            for _ in range(self._most):
                await self._send()
            await asyncio.sleep(seconds)
            self._closed_loop = False  # what is under way is the last
        else:
            while (now := time.monotonic()) < begin + seconds:
                due = int((now - begin) * rate) - self.phase.sent - self.phase.not_sent
                for _ in range(due):
                    await self._send()
                await asyncio.sleep(0.002)
        self.phase.seconds = time.monotonic() - begin
        await self._settle()
        return self.phase

    async def _send(self):
        while self._idle and self._idle[-1].transport.is_closing():  # the server hung up
            self._idle.pop()
            self._open -= 1
        if not self._idle:
            if self._open >= self._most:
                self.phase.not_sent += 1
                return
            self._open += 1
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(
                lambda: _Connection(self._answered), self._host, self._port)
        else:
            connection = self._idle.pop()
        self._send_on(connection)

    def _send_on(self, connection):
        body = self._template.replace(_NUMBER, b"%08d" % self._number)
        head = (f"POST /publish HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                f"Content-Type: application/json\r\nPrefer: return=minimal\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        connection.send(self._number, head.encode() + body)
        self._number += 1
        self.phase.sent += 1

    def _answered(self, connection, status, headers, body):
        self._judge(connection, status, headers, body)
        if status == 0 or connection.closes:
            self._open -= 1
        elif self._closed_loop:
            pause = 0 if status == 200 else _PAUSE_SECONDS
            asyncio.get_running_loop().call_later(pause, self._send_again, connection)
        else:
            self._idle.append(connection)

    def _send_again(self, connection):
        if self._closed_loop:
            self._send_on(connection)
        else:
            self._idle.append(connection)

    def _judge(self, connection, status, headers, body):
        phase, said = self.phase, body[:300]
        if status == 200:
            answer = json.loads(body)
            if answer["accepted"] == answer["received"] == EVENTS:
                phase.accepted.append(connection.number)
                phase.in_time += phase.seconds == 0
                phase.latencies.append(time.monotonic() - connection.sent_at)
                return
        elif status == 503:
            if int(headers.get("retry-after", 0)) >= 1 and json.loads(body)["stored"] == "no":
                phase.refused.append(connection.number)
                return
        phase.wrong.append((status, headers, said))

    async def _settle(self):
        """Until everything sent is answered; what never is stands in `wrong`."""
        end = time.monotonic() + 60
        while self._answers() < self.phase.sent and time.monotonic() < end:
            await asyncio.sleep(0.01)
        if self._answers() < self.phase.sent:
            self.phase.wrong.append(("no answer", self.phase.sent - self._answers()))
        for connection in self._idle:
            connection.transport.close()

    def _answers(self):
        phase = self.phase
        return len(phase.accepted) + len(phase.refused) + len(phase.wrong)


async def offer(host, port, name, seconds, connections, rate=None, first_number=0):
    """`rate`: requests a second; None: each connection sends again when it was answered."""
    return await _Offer(host, port, name, connections, first_number).run(seconds, rate)
