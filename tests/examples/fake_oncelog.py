"""A server that answers as it is told, one step of a script per request, and keeps what it was sent.

    with FakeOncelog([problem(503, "busy", retry_after=1), drop], otherwise=accept) as fake:
        ...                          # `otherwise` answers when the script has ended
    fake.requests                    # a Request each
"""

import http.client
import http.server
import json
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Request:
    at: float  # time.monotonic() when it had come in
    path: str
    content_type: str
    body: bytes


def answer(handler, status, body, content_type="application/json", **fields):
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in fields.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)


def problem(status, error, retry_after=None):
    body = json.dumps({"type": f"/docs/errors#{error}", "title": "a title", "status": status,
                       "detail": f"the detail of {error}", "error": error}).encode()
    fields = {} if retry_after is None else {"Retry_After": retry_after}
    return lambda handler, _: answer(handler, status, body, "application/problem+json", **fields)


def page(status):
    """From a proxy that knows nothing of oncelog."""
    return lambda handler, _: answer(handler, status, b"<html>no</html>", "text/html")


def drop(handler, _):
    """The connection ends before the answer."""
    handler.close_connection = True


def half(handler, _):
    """It ends within the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"status":"ok","received":')
    handler.close_connection = True


def accept(handler, body):
    ids = [json.loads(line)["event_id"] for line in body.split(b"\n") if line.strip()]
    results = [{"event_id": one, "status": "accepted", "sequence": number}
               for number, one in enumerate(ids, 1)]
    text = {"status": "ok", "received": len(ids), "accepted": len(ids), "duplicates": 0,
            "conflicts": 0, "invalid": 0, "added_to_queue": len(ids), "results": results}
    answer(handler, 200, json.dumps(text).encode())


def relay(url, then=None):
    """Passes the request on to a real server, and its answer back; with `then`, calls that instead
    and loses the answer."""

    def step(handler, body):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("POST", handler.path, body,
                           {"Content-Type": handler.headers["Content-Type"]})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if then is None:
            return answer(handler, response.status, text)
        then()
        return drop(handler, body)

    return step


class FakeOncelog:
    def __init__(self, script, otherwise=accept):
        self.requests = []
        steps = iter(script)
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append(Request(time.monotonic(), self.path, self.headers["Content-Type"],
                                        body))
                next(steps, otherwise)(self, body)

            def log_message(self, format, *args):  # pylint: disable=redefined-builtin
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
