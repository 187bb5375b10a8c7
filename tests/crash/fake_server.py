"""The fake store behind HTTP, as a process that can be killed: for tests of the kill loop itself.

    fake_server.py serve --data DIR --listen 127.0.0.1:PORT [--mode gap] [--pause-ms 3]

Its disk is a file of JSON lines; a record is durable once it was handed to write(), since only the
process is killed, not the machine. `--pause-ms` widens the moment before a record is written.
"""

import argparse
import gzip
import json
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import fake_store
import oracle


class FileDisk(list):
    """Records that are in the file `path` before append() returns."""

    def __init__(self, path):
        super().__init__()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with open(path, "rb") as file:
            whole, _, torn = file.read().rpartition(b"\n")
        os.ftruncate(self._fd, os.fstat(self._fd).st_size - len(torn))
        super().extend(_from_json(json.loads(line)) for line in whole.splitlines())

    def append(self, record):
        super().append(record)
        os.write(self._fd, json.dumps(_to_json(record)).encode() + b"\n")

    def extend(self, records):
        for record in records:
            self.append(record)


def _to_json(record):
    """Events as text: their bytes are kept as sent."""
    events = [dict(e, event=_spell(e["event"])) for e in record["events"]]
    return dict(record, events=events, seen=[list(s[:3]) for s in record.get("seen", ())])


def _from_json(record):
    events = [dict(e, event=oracle.parse(e["event"])[0]) for e in record["events"]]
    return dict(record, events=events, seen=[(*s, None) for s in record.get("seen", ())])


def _spell(value):
    """JSON with numbers spelled as oracle.parse() kept them."""
    if isinstance(value, str) and value.startswith(oracle.SPELLED):
        return value[1:]
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_spell(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spell, value)) + "]"
    return json.dumps(value)


# What may be wrong with the lists of GET /events while the store itself is right.
PAGE_FAULTS = ("cursor_stays", "same_page", "empty_pages")
LIST_FAULTS = (*PAGE_FAULTS, "topic_empty", "topic_drops", "topic_swaps", "topic_gets_all",
               "all_drops", "answers_500", "cut_short", "hangs")


def _distort(events, fault, topic, store):
    if topic is None:
        return events[:-1] if fault == "all_drops" else events
    if fault == "topic_empty":
        return []
    if fault == "topic_drops":
        return events[:-1]  # no gap shows
    if fault == "topic_swaps" and len(events) > 1:
        return [events[1], events[0], *events[2:]]
    return store.scan(None) if fault == "topic_gets_all" else events


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def log_message(self, *_):
        pass

    def _send(self, status, body, content_type="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        ndjson = self.headers["Content-Type"] == "application/x-ndjson"
        events, bare = fake_store.events_of(body, ndjson)
        minimal = "return=minimal" in self.headers.get("Prefer", "")
        skip = "on_invalid=skip" in self.path
        self._send(*self.server.store.publish(events, minimal, bare, skip))

    def do_DELETE(self):
        topic, event_id = self._event_of_path()
        if self.server.store.find(topic, event_id) is None:
            return self._send(404, {"error": "not_found"})
        self.server.store.change(gone=[(topic, event_id)])
        return self._send(200, {"status": "erased"})

    def do_PUT(self):
        limit = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["retention_bytes"]
        self.server.store.change(limits={unquote(self.path[8:]): limit})
        self._send(200, {})

    def _event_of_path(self):
        return [unquote(part) for part in self.path.split("/")[2:]]

    def do_GET(self):
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        store = self.server.store
        if url.path == "/readyz":
            self._send(200, {"status": "ok"})
        elif url.path == "/stats":
            self._send(200, store.stats())
        elif url.path == "/topics":
            self._send(200, {"topics": list(store.topics().values()), "has_more": False, "next": "x"})
        elif url.path.startswith("/topics/"):
            self._send(200, store.topics()[unquote(url.path[8:])])
        elif url.path.startswith("/events/"):
            entry = store.find(*self._event_of_path())
            self._send(404 if entry is None else 410 if entry.get("gone") else 200, {})
        elif url.path == "/events":
            self._events(store, query)
        else:
            self._send(404, {"error": "not_found"})

    def _events(self, store, query):
        fault = self.server.list_fault
        if fault == "answers_500" and ("topic" not in query or "after" in query):
            return self._send(500, {"error": "internal"})
        if fault == "hangs" and "topic" not in query:
            return self.rfile.read(1)  # until the other side gives up
        events = _distort(store.scan(query.get("topic")), fault, query.get("topic"), store)
        if "ndjson" in self.headers.get("Accept", "") and fault not in PAGE_FAULTS:
            lines = b"".join(_spell(e).encode() + b"\n" for e in events)
            if fault == "cut_short" and "topic" not in query and "limit" not in query:
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Content-Length", str(len(lines) + 100))
                self.end_headers()
                self.wfile.write(lines)
                self.close_connection = True
                return None
            return self._send(200, lines, "application/x-ndjson")
        if query.get("order") == "desc":
            events.reverse()
        first, limit = int(query.get("after", 0)), int(query.get("limit", 1000))
        page = events[first:first + limit]
        after, has_more = first + len(page), first + len(page) < len(events)
        if fault in PAGE_FAULTS:
            has_more = True
            page = {"cursor_stays": page, "same_page": events[:limit], "empty_pages": []}[fault]
            after = first if fault == "cursor_stays" else first + 1
        return self._send(200, _spell({
            "events": page, "count": len(page), "total": None, "next": str(after),
            "has_more": has_more}).encode())


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        super().server_bind()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--data", required=True)
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--mode", default="", choices=["", *fake_store.BROKEN, *fake_store.GONE_BROKEN])
    parser.add_argument("--list-fault", default="", choices=["", *LIST_FAULTS])
    parser.add_argument("--pause-ms", type=float, default=0)
    args = parser.parse_args()
    os.makedirs(args.data, exist_ok=True)
    disk = FileDisk(os.path.join(args.data, "disk.ndjson"))
    host, port = args.listen.rsplit(":", 1)
    server = FakeServer((host, int(port)), Handler)
    server.store = fake_store.Store(
        disk, args.mode, pause=lambda: args.pause_ms and time.sleep(args.pause_ms / 1000))
    server.list_fault = args.list_fault
    print(f"fake oncelog on http://{host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
