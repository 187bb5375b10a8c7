"""The promise of the examples: whatever happens to the server, each event is stored exactly once."""

import contextlib
import threading

import server as servers
from events import audit, many, stats
from fake_oncelog import FakeOncelog, relay
from runs import finish, run, start

BATCH_EVENTS = 500  # of the examples


class Feeder(threading.Thread):
    """Writes the first two thirds of the input at once, the last one after the kill."""

    def __init__(self, pipe, lines):
        super().__init__(daemon=True)
        self._pipe, self._lines = pipe, lines
        self.killed = threading.Event()

    def run(self):
        cut = 2 * len(self._lines) // 3
        with contextlib.suppress(BrokenPipeError), self._pipe:
            self._pipe.write(b"\n".join(self._lines[:cut]) + b"\n")
            self._pipe.flush()
            self.killed.wait()
            self._pipe.write(b"\n".join(self._lines[cut:]))  # and no end of the last line


def publish_over_a_kill(program, url, server, made, folder):
    process = start(program, url, folder)
    feeder = Feeder(process.stdin, made.lines)
    process.stdin = None  # the feeder's now
    try:
        feeder.start()
        servers.wait_until(lambda: stats(url)["received"] >= len(made.lines) // 3,
                           "a third has arrived")
        server.kill()
        feeder.killed.set()
        servers.wait_until(lambda: b"trying again" in (folder / "said.txt").read_bytes(),
                           "the example has noticed")
        server.start()
        server.wait_ready()
        return finish(process, folder)
    finally:
        feeder.killed.set()
        process.kill()
        process.wait()
        feeder.join()


def test_a_server_that_is_killed_in_the_middle(program, server, url, tmp_path):
    made = many(3000, seed="kill")
    done = publish_over_a_kill(program, url, server, made, tmp_path)
    assert done.code == 0, done.said
    figures = audit(url, made)
    # What was stored although its answer was lost, one batch at most, counts as duplicate.
    accepted, duplicates, *refused = done.counts
    assert refused == [0, 0]
    assert accepted + duplicates == len(made.lines)
    assert made.events() - BATCH_EVENTS <= accepted <= made.events()
    assert 0 <= figures["duplicate_dropped"] - made.duplicates <= BATCH_EVENTS

    again = run(program, url, tmp_path, made.file(tmp_path))
    assert (again.code, again.counts) == (0, (0, len(made.lines), 0, 0)), again.said
    audit(url, made)


def test_a_server_that_is_killed_after_storing_and_before_answering(program, server, url, tmp_path):
    made = many(1000, seed="lost answer")

    def kill_and_restart():
        server.kill()
        server.start()
        server.wait_ready()

    script = [relay(url), relay(url, then=kill_and_restart)]
    with FakeOncelog(script, otherwise=relay(url)) as between:
        done = run(program, between.url, tmp_path, made.file(tmp_path))
    assert done.code == 0, done.said
    accepted, duplicates, *_ = done.counts
    assert accepted < made.events() and accepted + duplicates == len(made.lines)
    assert audit(url, made)["duplicate_dropped"] == made.duplicates + BATCH_EVENTS
