"""The bugs that `./dev mutate` plants fit the sources: one that does not would stop it."""

import subprocess
import sys

from conftest import ROOT


def test_all_mutations_fit():
    done = subprocess.run([sys.executable, ROOT / "tests" / "model" / "mutations.py", "--list"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "DOES NOT FIT" not in done.stdout, done.stdout
    assert len(done.stdout.splitlines()) > 50
