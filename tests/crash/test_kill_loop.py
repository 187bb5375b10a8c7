"""kill -9 at random moments under load: no acked event is lost, none is stored twice, verdicts stay
true, batches stay whole, counters stay exact. Longer campaigns: kill_loop.py --cycles 1000."""

import os

import pytest

import kill_loop
from server import SMALL_PARTS, serve_command

SEED = int(os.environ.get("ONCELOG_SEED", 0)) or int.from_bytes(os.urandom(4), "little")


@pytest.mark.parametrize("kinds, cycles", [
    (("kill", "kill", "kill", "recovery", "term"), 25),
    (("recovery",), 5),
])
def test_kill_loop(binary, tmp_path, kinds, cycles):
    print(f"replay the choices with ONCELOG_SEED={SEED}")
    loop = kill_loop.KillLoop(lambda data, port: serve_command(binary, data, port, *SMALL_PARTS),
                              tmp_path, SEED)
    report = loop.run(cycles, kinds)
    print(report)
    assert report.violations == [], report
    assert report.stored > 0 and report.erased > 0, "too little load to prove anything"
    if cycles >= 25:  # few lives may all be short ones
        assert report.stored > 300 and report.unanswered > 0, "too little load to prove anything"
        assert report.made(".run") > 1 and report.made(".seg") > 1, "too few parts were made"
