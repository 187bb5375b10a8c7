"""A full disk is answered with 507 and mends by itself: see disk_full.py."""

import os
import subprocess
import sys

import pytest

import disk_full


def test_disk_full(binary, tmp_path):
    script = os.path.abspath(disk_full.__file__)
    command = [sys.executable, script, "--binary", binary, "--directory", str(tmp_path)]
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("needs a mount namespace (root) for a small disk of its own")
    done = subprocess.run(["unshare", "-m", *command], capture_output=True, text=True, timeout=900,
                          check=False)
    if done.returncode == disk_full.CANNOT_MOUNT:
        pytest.skip(done.stdout)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
