#!/usr/bin/env python3
"""Publishes events to oncelog so that each of them is stored exactly once.

    publish.py [--url URL] [FILE]     one event a line (NDJSON); without FILE, from standard input

It may be stopped and run again on the same events at any time: what is stored already counts as a
duplicate. Exit code 0: every event is stored. 1: some are not, and stderr says which and why.
"""

import argparse
import collections
import http.client
import json
import random
import sys
import time
import urllib.parse

BATCH_EVENTS = 500  # in one request: oncelog takes 10,000
BATCH_BYTES = 8 << 20  # and 32 MiB
TRY_SECONDS = 60  # to wait for an answer
FIRST_WAIT_SECONDS = 0.1  # before the first retry, at most; twice as long before each further one
WAIT_SECONDS_MAX = 10
RETRY_SECONDS = 300  # for one batch in all


class Failed(Exception):
    pass


def batches(lines):
    """Lists of (line number, event). oncelog does not count empty lines, so they stay out."""
    batch, size = [], 0
    for number, line in enumerate(lines, 1):
        event = line.strip(b" \t\r\n")
        if not event:
            continue
        if len(batch) == BATCH_EVENTS or (batch and size + len(event) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((number, event))
        size += len(event) + 1
    if batch:
        yield batch


def may_mend(status, error):
    """Whether the same bytes may be taken later: the table in docs/publishing.md."""
    if status in (501, 505) or error == "too_many_topics":
        return False
    return status in (408, 429) or status >= 500


class Publisher:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=TRY_SECONDS)
        self._path = parts.path.rstrip("/") + "/publish?on_invalid=skip"

    def send(self, body):
        """The verdicts on a batch. Until there are some, the same bytes are sent again and again:
        if the batch was stored and only the answer was lost, oncelog calls it duplicates."""
        give_up, longest = time.monotonic() + RETRY_SECONDS, FIRST_WAIT_SECONDS
        while True:
            status, retry_after, answer, trouble = self._try(body)
            if status == 200:
                return answer.get("results", [])
            if status and not may_mend(status, answer.get("error")):
                raise Failed(trouble)
            wait = retry_after + random.uniform(0, longest)  # at random, so that not all come at once
            if time.monotonic() + wait > give_up:
                raise Failed(f"{trouble}; gave up")
            print(f"{trouble}; trying again in {wait:.2f} s", file=sys.stderr, flush=True)
            time.sleep(wait)
            longest = min(2 * longest, WAIT_SECONDS_MAX)

    def _try(self, body):
        try:
            self._connection.request("POST", self._path, body,
                                     {"Content-Type": "application/x-ndjson"})
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()  # the next try opens it anew
            return 0, 0, {}, f"no answer: {error or type(error).__name__}"
        try:
            answer = dict(json.loads(text))
        except (ValueError, TypeError):
            answer = {}  # not from oncelog: perhaps from a proxy before it
        after = response.getheader("Retry-After", "")
        trouble = f"{response.status} {answer.get('error', '')}: {answer.get('detail', '')}"
        return response.status, int(after) if after.isdecimal() else 0, answer, trouble


def publish(lines, publisher, counts):
    for batch in batches(lines):
        results = publisher.send(b"\n".join(event for _, event in batch))
        if len(results) != len(batch):
            raise Failed("the answer does not fit the request; is that an oncelog server?")
        for (number, _), result in zip(batch, results):
            counts[result["status"]] += 1
            if result["status"] == "conflict":
                print(f"line {number}: conflict: event_id {result['event_id']} is stored with other"
                      f" content, as sequence {result['sequence']}", file=sys.stderr)
            elif result["status"] == "invalid":
                print(f"line {number}: invalid: {result['field']}: {result['detail']}",
                      file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="Publishes NDJSON events to oncelog.")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("file", nargs="?", type=argparse.FileType("rb"), default=sys.stdin.buffer)
    arguments = parser.parse_args()
    counts, failed = collections.Counter(), False
    try:
        publish(arguments.file, Publisher(arguments.url), counts)
    except Failed as error:
        print(f"{error}\nnot all was sent; it is safe to run this again", file=sys.stderr)
        failed = True
    print(", ".join(f"{counts[name]} {name}"
                    for name in ("accepted", "duplicate", "conflict", "invalid")))
    return 1 if failed or counts["conflict"] or counts["invalid"] else 0


if __name__ == "__main__":
    sys.exit(main())
