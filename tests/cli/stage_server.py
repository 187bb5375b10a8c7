"""A server that plays a part: it gives prepared answers and notes what it was asked.

    with StageServer([answer(503, '{"error":"busy"}', {"Retry-After": "0"}), HANG_UP, answer(200, …)]) as stage:
        …; stage.requests   # [(method, target, body)]

The last answer is given again and again.
"""

import http.server
import threading

HANG_UP = object()  # the connection ends without an answer


def answer(status, body="", fields=None):
    return status, body, fields or {}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802 (the library's name)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        part = self.server.stage.take(self.command, self.path, body)
        if part is HANG_UP:
            self.close_connection = True
            return
        status, text, fields = part
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_):
        pass


class StageServer:
    def __init__(self, answers):
        self._answers = list(answers)
        self._lock = threading.Lock()
        self.requests = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.stage = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, method, target, body):
        with self._lock:
            self.requests.append((method, target, body))
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
