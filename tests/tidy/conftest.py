"""Runs a checker of tools/ on a small tree made for the test."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def check(tmp_path):
    """check(tool, {name: text}) -> (exit code, what it printed)."""

    def run(tool, files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, ROOT / "tools" / tool, tmp_path],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run
