"""The kill loop itself, with real processes and SIGKILL, against the fake server: silent about the
right one, red for broken ones. (Every rule by itself: test_checker.py.)"""

import os
import sys

import pytest

import fake_store
import kill_loop

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_server.py")


def run(directory, mode, cycles, seed=1):
    def command(data, port):
        return [sys.executable, FAKE, "serve", "--data", data, "--listen", f"127.0.0.1:{port}",
                "--mode", mode, "--pause-ms", "2"]

    loop = kill_loop.KillLoop(command, directory, seed)
    return loop.run(cycles, kinds=("kill", "kill", "recovery"))


def test_a_right_server_passes(tmp_path):
    report = run(tmp_path, "", 6)
    assert report.violations == []
    assert report.stored > 100 and report.unanswered > 0


@pytest.mark.parametrize("mode, rule", [
    ("lose_acked", "lost"),
    ("split_batch", "split"),
    ("store_twice", "twice"),
    *((mode, "gone") for mode in fake_store.GONE_BROKEN),
])
def test_a_broken_server_fails(tmp_path, mode, rule):
    # More cycles: whether a kill meets the moment that shows it is a matter of luck each time.
    assert rule in {v.rule for v in run(tmp_path, mode, 10).violations}
