"""`oncelog tail`: every event once, over restarts of the server and of itself."""

import json
import os
import pty
import select
import signal
import subprocess
import threading
import time

import pytest
from conftest import BINARY, environment, event, oncelog, wait_until
from stage_server import StageServer, answer


def publish(server, numbers, topic="t", **more):
    text = "".join(json.dumps(event(n, topic, **more)) + "\n" for n in numbers)
    done = oncelog("publish", url=server.url, text=text)
    assert done.returncode == 0, done.stderr


class Lines:
    """What a process prints, as it comes."""

    def __init__(self, process):
        self.process = process
        self.found = []
        self._rest = b""

    def until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition(self.found):
            left = end - time.monotonic()
            assert left > 0, f"not within {seconds} s; {len(self.found)} lines"
            if select.select([self.process.stdout], [], [], left)[0]:
                piece = os.read(self.process.stdout.fileno(), 1 << 16)
                assert piece, f"it ended: {self.process.stderr.read()}"
                *whole, self._rest = (self._rest + piece).split(b"\n")
                self.found += whole
        return self.found

    def ids(self, count, seconds=60):
        self.until(lambda found: len(found) >= count, seconds)
        return [json.loads(line)["event_id"] for line in self.found]

    def rest(self):
        """All ids, once the process has ended: of whole lines."""
        self.found += (self._rest + self.process.stdout.read()).split(b"\n")[:-1]
        self.process.wait(30)
        return [json.loads(line)["event_id"] for line in self.found]


def names(numbers):
    return [f"e{n}" for n in numbers]


@pytest.mark.parametrize(("flags", "first"), [
    ((), 20), (("-n", "3"), 27), (("-n", "100"), 0), (("--from-start",), 0)])
def test_it_begins_where_it_is_told_and_goes_on(server, spawn, flags, first):
    publish(server, range(30))
    lines = Lines(spawn("tail", *flags, "--interval", "10ms", "--url", server.url))
    assert lines.ids(30 - first) == names(range(first, 30))
    publish(server, range(29, 35))  # with one duplicate, which is no event
    assert lines.ids(35 - first) == names(range(first, 35))


def test_it_follows_one_topic_and_one_source(server, spawn):
    publish(server, range(5), "a")
    publish(server, range(5), "b")
    publish(server, range(5, 8), "b", source="other")
    tail = spawn("tail", "--topic", "b", "--source", "other", "--url", server.url)
    assert Lines(tail).ids(3) == names(range(5, 8))


def test_a_server_that_is_killed_again_and_again_costs_nothing(server, spawn):
    count = 40_000
    tail = spawn("tail", "--from-start", "--interval", "10ms", "--url", server.url)
    text = "".join(json.dumps(event(n)) + "\n" for n in range(count))
    publisher = threading.Thread(
        target=lambda: oncelog("publish", "--batch", "50", url=server.url, text=text))
    publisher.start()
    lines = Lines(tail)
    for kill in range(1, 6):
        lines.ids(kill * count // 8)
        server.kill()
        server.begin()
    ids = lines.ids(count)
    publisher.join(60)
    assert ids == names(range(count))
    publish(server, [count])
    assert lines.ids(count + 1)[count:] == names([count]), "and nothing comes twice"
    tail.send_signal(signal.SIGTERM)
    assert tail.wait(30) == 0


def test_the_cursor_file_goes_on_where_it_stopped(server, spawn, tmp_path):
    cursor = tmp_path / "cursor"
    got = []
    for first in range(0, 30, 10):
        publish(server, range(first, first + 10))
        tail = spawn("tail", "--from-start", "--cursor", cursor, "--url", server.url)
        got += Lines(tail).ids(10)
        wait_until(cursor.exists, "there is a cursor file")
        tail.send_signal(signal.SIGINT)
        assert tail.wait(30) == 0
        server.kill()
        server.begin()
    assert got == names(range(30))
    assert sorted(os.listdir(tmp_path)) == ["cursor", "data", "server.log"]
    other = oncelog("tail", "--cursor", cursor, "--topic", "x", url=server.url)
    assert other.returncode == 1 and "--topic" in other.stderr


def test_killed_itself_it_leaves_nothing_out(server, spawn, tmp_path):
    count = 20_000
    publish(server, range(count))
    seen = set()
    for _ in range(6):
        tail = spawn("tail", "--from-start", "--cursor", tmp_path / "cursor", "--url", server.url)
        lines = Lines(tail)
        lines.ids(1)
        tail.kill()
        seen.update(lines.rest())
    tail = spawn("tail", "--from-start", "--cursor", tmp_path / "cursor", "--url", server.url)
    lines = Lines(tail)
    lines.until(lambda found: found and json.loads(found[-1])["event_id"] == f"e{count - 1}")
    seen.update(json.loads(line)["event_id"] for line in lines.found)
    assert seen == set(names(range(count)))


def test_it_waits_for_a_server_and_ends_with_0_when_told(server, spawn):
    server.kill()
    tail = spawn("tail", "--url", server.url)
    said = tail.stderr.readline().decode()
    assert "waiting for the server" in said and f":{server.port}" in said
    tail.send_signal(signal.SIGTERM)
    assert tail.wait(30) == 0


def test_it_ends_with_0_when_its_reader_is_gone(server, spawn):
    publish(server, range(3))
    tail = spawn("tail", "--url", server.url)
    Lines(tail).ids(3)
    tail.stdout.close()
    assert tail.wait(30) == 0, "without any new event"
    assert tail.stderr.read() == b""


def test_it_ends_with_0_when_its_reader_takes_but_a_part(server, spawn):
    publish(server, range(5000))
    tail = spawn("tail", "--from-start", "--url", server.url)
    assert os.read(tail.stdout.fileno(), 100)
    tail.stdout.close()
    assert tail.wait(30) == 0
    assert tail.stderr.read() == b""


def test_a_terminal_gets_readable_lines(server):
    publish(server, range(1))
    here, there = pty.openpty()
    command = subprocess.Popen([BINARY, "tail", "--url",
                                server.url], stdout=there, env=environment(TERM="xterm", NO_COLOR="1"))
    try:
        os.close(there)
        assert select.select([here], [], [], 60)[0]
        line = os.read(here, 4096).decode()
    finally:
        command.terminate()
        command.wait(30)
        os.close(here)
    assert "  t #1  e0  s  " in line and '{"number": 0}' in line
    assert "\x1b" not in line


def test_a_cursor_of_another_store_is_refused(server, start, spawn, tmp_path):
    publish(server, range(1))
    cursor = tmp_path / "cursor"
    tail = spawn("tail", "--cursor", cursor, "--url", server.url)
    Lines(tail).ids(1)
    wait_until(cursor.exists, "there is a cursor file")
    tail.terminate()
    tail.wait(30)
    other = start("other")
    done = oncelog("tail", "--cursor", cursor, url=other.url)
    assert done.returncode == 1 and "stale_cursor" in done.stderr
    assert f"remove {cursor} to begin anew" in done.stderr


def test_a_server_that_is_no_oncelog_is_found_out():
    with StageServer([answer(200, "<html></html>")]) as stage:
        done = oncelog("tail", url=stage.url)
    assert done.returncode == 1 and "is an oncelog server at that URL" in done.stderr
