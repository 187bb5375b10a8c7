"""A server over one data directory, for tests that start, stop and damage it."""

import glob
import hashlib
import os

import readback
from server import Server, serve_command

EVENT = {"topic": "crash.one", "timestamp": "2025-10-22T10:00:00Z", "source": "test"}
BLOCK = 4096


class Store:
    """A server with its directory, and a client for it."""

    def __init__(self, binary, directory, *settings):
        self.data = os.path.join(directory, "data")
        self.server = Server(serve_command(binary, self.data, 0, *settings),
                             os.path.join(directory, "log"))

    def start(self):
        self.server.start()
        self.server.wait_ready()
        self.api = readback.Api(self.server.host, self.server.port)
        return self

    def publish(self, *ids):
        """Each id as a request of its own; yields the verdicts."""
        found = []
        for event_id in ids:
            event = EVENT | {"event_id": event_id, "payload": {"text": f"payload of {event_id}"}}
            status, body = self.api.post("/publish", [event])
            assert status == 200, body
            found.append((body["results"][0]["status"], body["results"][0]["sequence"]))
        return found

    def ids(self):
        return [e.event_id for e in self.api.pages({"topic": EVENT["topic"]})]

    def log_files(self):
        return sorted(glob.glob(os.path.join(self.data, "p0000", "log", "*.log")))

    def find_in_log(self, text):
        """(path, offset) of the one place in the log files where these bytes stand."""
        found = []
        for path in self.log_files():
            with open(path, "rb") as file:
                if (offset := file.read().find(text)) >= 0:
                    found.append((path, offset))
        assert len(found) == 1, found
        return found[0]

    def last_block(self):
        """(path, offset) of the last block that is not all zero."""
        path = self.log_files()[-1]
        with open(path, "rb") as file:
            used = len(file.read().rstrip(b"\0"))
        return path, (used - 1) // BLOCK * BLOCK

    def fingerprints(self):
        found = {}
        for folder, _, files in os.walk(self.data):
            for name in set(files) - {"LOCK"}:  # holds the pid of the last to try
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
        return found
