"""tools/demo, as ./dev demo runs it."""

import subprocess

from conftest import ROOT, binary
from tour import plain_environment


def run_demo(program):
    environment = plain_environment() | {"ONCELOG_BINARY": str(program)}
    return subprocess.run([ROOT / "tools" / "demo"], env=environment, capture_output=True, text=True,
                          timeout=120, check=False)


def test_the_demo_passes():
    done = run_demo(ROOT / binary())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("PASS")


def test_the_demo_fails_without_a_program(tmp_path):
    done = run_demo(tmp_path / "none")
    assert done.returncode == 1
