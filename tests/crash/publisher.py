"""Publishers: at-least-once clients that log what they do before they do it.

A process runs several publishers as threads, each with one connection and one oracle log. A request
that got no answer is sent again with the same bytes, re-stamped, or given up; a later duplicate of
all the past meets it again. One reader thread a process tails /events and logs what it was shown.

    process = start(settings, ids=[0, 1, 2])     # a multiprocessing.Process
    settings.stop.set(); process.join()
"""

import http.client
import json
import multiprocessing
import os
import random
import signal
import threading
import traceback
from dataclasses import dataclass

import oracle
import workload

_RETRY_SECONDS = 0.003  # between attempts to connect to a server that is down


@dataclass
class Settings:
    host: str
    port: int
    seed: int
    directory: str  # of the oracle logs
    stop: object  # multiprocessing.Event: finish the request at hand, then end
    batch_max: int = 500
    sync: bool = True
    pause: float = 0.0  # seconds, after each request


def _exchange(connection, method, target, body=None, headers=None):
    """The answer, whole: an OSError or HTTPException if the server was killed while it came."""
    connection.request(method, target, body, headers or {})
    response = connection.getresponse()
    text = response.read()
    if response.getheader("Content-Length") is None:  # http.client takes a cut head for a whole one
        raise http.client.IncompleteRead(text)
    return response, json.loads(text)


class Publisher:
    def __init__(self, settings, number):
        self._settings = settings
        self._work = workload.Workload(settings.seed, number, settings.batch_max)
        self._number = number
        path = os.path.join(settings.directory, f"p{number}.oracle")
        self._log = oracle.OracleLog(path, settings.sync)
        self._connection = None

    def run(self):
        while not self._settings.stop.is_set():
            self._deliver(self._work.next())
            if self._settings.pause:
                self._settings.stop.wait(self._settings.pause)
        self._disconnect()
        self._log.close()

    def _deliver(self, request):
        retries = 0
        while True:
            answer = self._attempt(request)
            if answer is not None and answer[0] != 503:
                return
            retries += 1
            choose = random.Random(f"{self._settings.seed}/{self._number}/{request.number}/{retries}")
            if answer is None and choose.random() < 0.3:
                return  # given up: the outcome stays unknown
            if choose.random() < 0.25:
                request = self._work.restamped(request, retries)
            if self._settings.stop.wait(_RETRY_SECONDS) and retries > 3:
                return

    def _attempt(self, request):
        """(status, body), or None when there was no answer."""
        if not self._connect():
            return None
        attempt = self._log.send(request.number, request.meta, request.text)
        try:
            response, body = _exchange(
                self._connection, "POST", request.target, request.body, request.headers)
        except (OSError, http.client.HTTPException):
            self._disconnect()
            return None
        if response.will_close:
            self._disconnect()
        self._log.answer(attempt, response.status, body)
        return response.status, body

    def _connect(self):
        """Waits until the server takes connections; False when it is time to stop."""
        while self._connection is None:
            connection = http.client.HTTPConnection(
                self._settings.host, self._settings.port, timeout=30)
            try:
                connection.connect()
                self._connection = connection
            except OSError:
                connection.close()
                if self._settings.stop.wait(_RETRY_SECONDS):
                    return False
        return True

    def _disconnect(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Observer:
    """Tails /events across all topics by cursor, over all crashes, and logs what it was shown."""

    def __init__(self, settings, name):
        self._settings = settings
        self._path = os.path.join(settings.directory, f"{name}.observed")

    def run(self):
        connection, cursor = None, ""
        with open(self._path, "a", encoding="utf-8") as log:
            while not self._settings.stop.is_set():
                try:
                    connection = connection or http.client.HTTPConnection(
                        self._settings.host, self._settings.port, timeout=30)
                    response, page = _exchange(connection, "GET", "/events?limit=2000" + cursor)
                    if response.status != 200:
                        raise OSError(f"{response.status}")
                except (OSError, http.client.HTTPException):
                    connection.close()
                    connection = None
                    self._settings.stop.wait(_RETRY_SECONDS)
                    continue
                cursor = "&after=" + page["next"]
                for event in page["events"]:
                    row = (event["topic"], event["event_id"], event["sequence"])
                    log.write(json.dumps(row) + "\n")
                log.flush()
                if not page["has_more"]:
                    self._settings.stop.wait(0.02)


def read_observed(path):
    with open(path, encoding="utf-8") as file:
        return [tuple(json.loads(line)) for line in file]


def _run(settings, ids, observer):
    work = [Publisher(settings, number).run for number in ids]
    if observer:
        work.append(Observer(settings, f"observer{ids[0]}").run)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the handler of the process that forked us
    failed = os.path.join(settings.directory, f"publishers{ids[0]}.failed")

    def guard(run):
        try:
            run()
        except BaseException:  # a publisher that dies silently would weaken the test
            with open(failed, "a", encoding="utf-8") as file:
                traceback.print_exc(file=file)

    threads = [threading.Thread(target=guard, args=(run,)) for run in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def start(settings, ids, observer=True):
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_run, args=(settings, ids, observer), daemon=True)
    process.start()
    return process
