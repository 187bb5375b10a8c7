"""Another implementation of the API, as simple as one can be: a queue, a worker that stores later,
a set of ids in memory. Its answers hold no results, its events no sequence, its list no cursor.

    plain_server.py serve --data IGNORED --listen 127.0.0.1:PORT [--mode loses|doubles|wants_topic]
"""

import argparse
import json
import queue
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MEMBERS = {"topic": str, "event_id": str, "timestamp": str, "source": str, "payload": dict}


def is_valid(event):
    if not all(isinstance(event.get(name), kind) for name, kind in MEMBERS.items()):
        return False
    try:
        datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        events = body if isinstance(body, list) else body.get("events", [body])
        if not all(is_valid(event) for event in events):
            return self.answer(422, {"detail": "an event is invalid"})
        self.server.waiting.put(events)
        return self.answer(200, {"status": "ok", "received": len(events)})

    def do_GET(self):
        url = urlsplit(self.path)
        topic = parse_qs(url.query).get("topic", [None])[0]
        if url.path == "/events":
            if self.server.mode == "wants_topic" and (topic is None or "limit" in url.query):
                return self.answer(422, {"detail": "topic, and nothing else"})
            found = [e for e in self.server.stored if topic in (None, e["topic"])]
            return self.answer(200, {"count": len(found), "events": found})
        if url.path == "/stats":
            return self.answer(200, self.server.figures)
        return self.answer(200 if url.path == "/readyz" else 404, {})


def work(server, mode):
    seen = set()
    while True:
        for event in server.waiting.get():
            server.figures["received"] += 1
            identity = (event["topic"], event["event_id"])
            if identity in seen and mode != "doubles":
                server.figures["duplicate_dropped"] += 1
                continue
            seen.add(identity)
            server.figures["unique_processed"] += 1
            if mode == "loses" and len(seen) % 100 == 0:
                continue
            server.stored.append(event)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--data")
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--mode", default="", choices=["", "loses", "doubles", "wants_topic"])
    args = parser.parse_args()
    host, port = args.listen.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.daemon_threads = True
    server.waiting, server.stored, server.mode = queue.Queue(), [], args.mode
    server.figures = {"received": 0, "unique_processed": 0, "duplicate_dropped": 0, "uptime": 0}
    threading.Thread(target=work, args=(server, args.mode), daemon=True).start()
    print(f"plain server on http://{host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
