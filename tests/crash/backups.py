"""Backups of a loaded server, each restored and judged by the oracle.

    taken = backups.take(binary, data, target)               # while the publishers send
    findings = backups.judge(taken, submissions, scratch)    # when all is over

The oracle's logs hold more than a backup can: what was answered before it was begun must be in it,
what was sent after it had ended cannot be, and what lies between has an unknown outcome.
"""

import copy
import dataclasses
import os
import subprocess
import time

import checker
import readback
from server import Server, serve_command

SECONDS_MAX = 120


@dataclasses.dataclass
class Taken:
    binary: str
    directory: str
    began: int  # as the oracle's times
    ended: int
    cursor: str  # of the store before it was taken


def run(binary, *words):
    return subprocess.run([binary, *map(str, words)], capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)


def take(binary, data, directory, cursor="", *flags):
    began = time.monotonic_ns()
    done = run(binary, "backup", directory, "--data", data, *flags)
    assert done.returncode == 0, done.stderr
    return Taken(binary, str(directory), began, time.monotonic_ns(), cursor)


def as_of(taken, submissions):
    """What a publisher would know that was last heard of when the backup was taken."""
    known = []
    for submission in submissions:
        if submission.started > taken.ended:
            continue
        if submission.answer is not None and submission.answer.ended > taken.began:
            submission = copy.copy(submission)
            submission.answer = None
        known.append(submission)
    return known


def judge(taken, submissions, data, without=None):
    """What is wrong with the store that is made of it, in the new directory `data`. `without`: a
    topic that the submissions know nothing of."""
    for words in (["verify", "--data", taken.directory], ["restore", taken.directory, "--data", data],
                  ["verify", "--data", data]):
        done = run(taken.binary, *words)
        if done.returncode != 0:
            return [f"{' '.join(map(str, words))}: {done.stdout}{done.stderr}"]
    server = Server(serve_command(taken.binary, data), f"{data}.log")
    server.start()
    try:
        server.wait_ready()
        return _judge_running(server, taken, as_of(taken, submissions), without)
    finally:
        server.stop()


def _judge_running(server, taken, known, without):
    stored = readback.read_all(server.host, server.port, without)
    found = [f"{v.rule}: {v.text}" for v in checker.check(known, stored)]
    api = readback.Api(server.host, server.port)
    if taken.cursor and (status := api.status(f"/events?after={taken.cursor}")) != 410:
        found.append(f"a cursor from before the backup is answered {status}")
    if not stored.scan:
        found.append("the backup is empty")
    before = api.get_json("/stats")["unique_processed"]
    for topic in stored.by_topic:
        found += _send_again(api, topic)
    if (after := api.get_json("/stats")["unique_processed"]) != before:
        found.append(f"{after - before} events were stored a second time")
    return found


def _send_again(api, topic):
    """All that is stored is known: as it stands there it is a duplicate."""
    query = {"topic": topic, "limit": 1000}
    while True:
        page = api.get("/events", query)
        shown = readback.json.loads(page)
        if shown["events"]:
            status, body = api.post("/publish", page[:page.rindex(b"]") + 1] + b"}")
            if status != 200 or body["duplicates"] != len(shown["events"]):
                return [f"{topic}: sent again: {status} {str(body)[:300]}"]
        if not shown["has_more"]:
            return []
        query["after"] = shown["next"]


def size_of(directory):
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(directory) for name in names)
