"""Fixtures of the command line's tests: the real program, real servers, and servers that play a part."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "crash"))
from server import Server, find_binary, free_port, serve_command, wait_until  # noqa: E402

BINARY = str(pathlib.Path(find_binary()).resolve())
DONE_SECONDS_MAX = 120


def environment(**more):
    """Without the settings of whoever runs the tests."""
    plain = {name: value for name, value in os.environ.items()
             if not name.startswith("ONCELOG_") and name not in ("NO_COLOR", "TERM")}
    return plain | more


def oncelog(*words, url=None, text=None, cwd=None, **more):
    """Runs a command to its end."""
    where = ["--url", url] if url else []
    return subprocess.run([BINARY, *map(str, words), *where], input=text, capture_output=True, cwd=cwd,
                          text=True, timeout=DONE_SECONDS_MAX, check=False, env=environment(**more))


class StartedServer(Server):
    """A server over one directory and one port, however often it is started."""

    def __init__(self, folder, **settings):
        self.data = folder / "data"
        super().__init__(serve_command(BINARY, self.data, free_port(hash(str(folder)) % 9000)),
                         folder / "server.log", environment=environment(**settings))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def begin(self):
        self.start()
        self.wait_ready()
        return self


@pytest.fixture
def server(tmp_path):
    running = StartedServer(tmp_path).begin()
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path):
    """start(name, SETTING=value): a server of its own."""
    started = []

    def run(name, **settings):
        folder = tmp_path / name
        folder.mkdir()
        started.append(StartedServer(folder, **settings))
        return started[-1].begin()

    yield run
    for one in started:
        one.stop()


@pytest.fixture
def spawn():
    """spawn(*words, **options): a command that runs beside the test."""
    running = []

    def run(*words, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                   "stdin": subprocess.DEVNULL, "env": environment()} | options
        running.append(subprocess.Popen([BINARY, *map(str, words)], **options))
        return running[-1]

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait(DONE_SECONDS_MAX)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def event(number, topic="t", **more):
    return {"topic": topic, "event_id": f"e{number}", "timestamp": "2025-10-22T10:00:00Z",
            "source": "s", "payload": {"number": number}} | more


__all__ = ["BINARY", "ROOT", "environment", "event", "oncelog", "wait_until"]
