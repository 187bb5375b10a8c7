"""The bugs that `./dev mutate` and tests/crash/mutants.py plant fit the sources: one that does not
would stop them."""

import subprocess
import sys

import pytest

from conftest import ROOT


@pytest.mark.parametrize("script, least", [("model/mutations.py", 50), ("crash/mutants.py", 10)])
def test_all_mutations_fit(script, least):
    done = subprocess.run([sys.executable, ROOT / "tests" / script, "--list"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "DOES NOT FIT" not in done.stdout, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) > least
