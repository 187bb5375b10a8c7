"""`oncelog health`: the exit code says whether a server is ready, for containers and scripts."""

import http.server
import json
import subprocess
import threading

import pytest
from oncelog_server import binary


def health(url, *flags):
    return subprocess.run([binary(), "health", "--url", url, *flags], check=False, text=True,
                          capture_output=True, timeout=60)


@pytest.fixture
def read_only_url():
    """A stand-in that can be read from and cannot store, which no real disk does on request."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            ready = self.path == "/readyz?for=read"
            body = json.dumps({"status": "ok"} if ready else {
                "status": 503, "title": "Not ready", "error": "not_ready",
                "detail": "disk_full: no space"}).encode()
            self.send_response(200 if ready else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("flags", [(), ("--for", "read"), ("--for", "publish")])
def test_a_server_that_runs_is_ready(server, flags):
    done = health(f"http://127.0.0.1:{server.port}", *flags)
    assert (done.returncode, done.stderr) == (0, "")


def test_one_that_cannot_store_is_ready_for_reading_alone(read_only_url):
    assert health(read_only_url).returncode == 0
    done = health(read_only_url, "--for", "publish")
    assert done.returncode == 1
    assert "disk_full" in done.stderr and done.stderr.count("\n") == 1


def test_one_that_is_gone_is_not_ready(fresh):
    url = f"http://127.0.0.1:{fresh.port}"
    fresh.stop()
    assert health(url).returncode == 1
