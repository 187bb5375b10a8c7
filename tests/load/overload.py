#!/usr/bin/env python3
"""Ten times the load that a server can take: what it takes then, how fast, and what it says to the
rest.

    overload.py --seconds 30 --binary build/release/oncelog

The server's disk is made slow (slow_sync.cc), so that its capacity is small enough for ten times as
much to be sent from the same machine. First as much as it takes is sent (closed loop): the peak.
Then ten times that, whatever it answers (open loop), then the peak once more. At the end the store
holds what was accepted and nothing else. Exit code: 0 when the figures are as they must be.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from dataclasses import dataclass, field

if __name__ == "__main__":
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "crash"))

import offered
from process import Held
from readback import Api
from server import Server, ServerError, find_binary, serve_command

SYNC_MS = 300
TIMES = 10
# The smallest queue there is, and small frames: some 15 seconds' worth of what can be taken.
QUEUE_BYTES = 48 << 20
FLAGS = ("--queue-bytes", str(QUEUE_BYTES), "--frame-bytes", "1MiB", "--body-memory-bytes", "64MiB")
PEAK_CONNECTIONS = 24
CONNECTIONS_MAX = 800
LOOKED_UP = 200  # requests of each phase, of which one event is asked for


@dataclass
class Figures:
    peak_rate: float = 0.0  # requests a second
    offered_rate: float = 0.0
    goodput: float = 0.0
    peak_latency: float = 0.0  # medians, seconds
    latency: float = 0.0
    latency_max: float = 0.0
    queue_seconds: float = 0.0  # so long a full queue takes to become durable
    grown_bytes: int = 0  # resident memory, over the overload
    refused: int = 0
    wrong: list = field(default_factory=list)

    def __str__(self):
        return (f"peak {self.peak_rate:.0f} requests/s of {offered.EVENTS} events, offered "
                f"{self.offered_rate:.0f} ({self.offered_rate / self.peak_rate:.1f} x), goodput "
                f"{self.goodput:.0f} ({100 * self.goodput / self.peak_rate:.0f} % of the peak), "
                f"{self.refused} refused; latency of what was taken: median {self.latency:.2f} s, "
                f"max {self.latency_max:.2f} s (at the peak {self.peak_latency:.2f} s; a full queue "
                f"is {self.queue_seconds:.2f} s); memory grew by "
                f"{self.grown_bytes / 2**20:.1f} MiB")


def find_slow_sync(binary):
    """Built beside the binary, by the target slow_sync."""
    path = os.path.join(os.path.dirname(os.path.abspath(binary)), "tests", "libslow_sync.so")
    if not os.path.exists(path):
        raise ServerError(f"no {path}: build the target slow_sync")
    return path


def measure(binary, directory, seconds):
    data = os.path.join(directory, "data")
    server = Server(serve_command(binary, data, 0, *FLAGS), os.path.join(directory, "server.log"),
                    environment={"LD_PRELOAD": find_slow_sync(binary), "SLOW_SYNC_MS": str(SYNC_MS)})
    try:
        server.start()
        server.wait_ready()
        return _phases(server, data, seconds)
    finally:
        server.stop()


def _phases(server, data, seconds):
    def run(name, **how):
        return asyncio.run(offered.offer(server.host, server.port, name, **how))

    figures = Figures()
    phases = {"warm": run("warm", seconds=seconds / 6, connections=PEAK_CONNECTIONS)}
    phases["before"] = run("before", seconds=seconds / 4, connections=PEAK_CONNECTIONS)
    held = Held.of(server.pid, data)
    over = phases["over"] = run("over", seconds=seconds / 2, connections=CONNECTIONS_MAX,
                                rate=TIMES * phases["before"].rate())
    figures.grown_bytes = Held.of(server.pid, data).resident_bytes - held.resident_bytes
    after = phases["after"] = run("after", seconds=seconds / 4, connections=PEAK_CONNECTIONS)
    peaks = (phases["before"], after)
    figures.peak_rate = sum(p.rate() for p in peaks) / 2
    figures.peak_latency = sum(p.median_latency() for p in peaks) / 2
    figures.goodput, figures.latency = over.rate(), over.median_latency()
    figures.latency_max = max(over.latencies)
    figures.queue_seconds = QUEUE_BYTES / offered.BODY_BYTES / figures.goodput
    figures.offered_rate, figures.refused = over.sent / over.seconds, len(over.refused)
    for name, phase in phases.items():
        figures.wrong += phase.wrong
        figures.wrong += _audit(Api(server.host, server.port), name, phase)
    return figures


def _audit(api, name, phase):
    """What was accepted is stored, what was refused is not."""
    topic = offered.topic_of(name)
    stored = api.topic(topic)["events"]
    wrong = []
    if stored != len(phase.accepted) * offered.EVENTS:
        wrong.append(f"{name}: {stored} events are stored, {len(phase.accepted)} batches accepted")
    for numbers, status in ((phase.accepted, 200), (phase.refused, 404)):
        for number in random.sample(numbers, min(LOOKED_UP, len(numbers))):
            event_id = offered.event_id(number, random.randrange(offered.EVENTS))
            if api.status(f"/events/{topic}/{event_id}") != status:
                wrong.append(f"{name}: {event_id} should be answered with {status}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", help="default: $ONCELOG_BINARY, or the newest build/*/oncelog")
    parser.add_argument("--seconds", type=float, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oncelog-load-") as directory:
        figures = measure(args.binary or find_binary(), directory, args.seconds)
    print(figures)
    for wrong in figures.wrong[:20]:
        print("WRONG", wrong)
    good = figures.goodput >= 0.8 * figures.peak_rate and not figures.wrong
    print("PASS" if good else "FAIL: goodput below 80 % of the peak, or wrong answers")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
