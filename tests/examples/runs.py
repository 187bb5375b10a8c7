"""Runs an example and says how it went.

    run = finish(start(program, url, folder, input_file))     run.code, run.counts, run.said
"""

import re
import subprocess
from dataclasses import dataclass

from conftest import environment

RUN_SECONDS_MAX = 60
SUMMARY = re.compile(r"(\d+) accepted, (\d+) duplicate, (\d+) conflict, (\d+) invalid\n")


@dataclass
class Run:
    code: int
    counts: tuple  # accepted, duplicate, conflict, invalid
    said: str  # on stderr


def start(program, url, folder, file=None):
    """`file`: what it is given to read; without one, it reads what is written to .stdin."""
    with open(folder / "said.txt", "wb") as said:
        return subprocess.Popen(
            [*program, "--url", url, *([str(file)] if file else [])], cwd=folder, stderr=said,
            stdin=subprocess.DEVNULL if file else subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment())


def finish(process, folder):
    try:
        out = process.communicate(timeout=RUN_SECONDS_MAX)[0].decode()
    finally:
        process.kill()
    said = (folder / "said.txt").read_text(encoding="utf-8")
    summary = SUMMARY.fullmatch(out)
    assert summary, f"printed {out!r}, said {said[-2000:]}"
    return Run(process.returncode, tuple(map(int, summary.groups())), said)


def run(program, url, folder, file):
    return finish(start(program, url, folder, file), folder)
