"""Reads a tour out of a document and really takes it.

A tour is a section of Markdown. Each fenced `sh` block is a step; the fenced block right behind it,
if there is one, shows what the step prints. `./dev run` starts the server; every other step is run by
bash. What differs from run to run is masked on both sides; a line that is only … stands for the rest.
"""

import os
import re
import select
import subprocess
import time
from dataclasses import dataclass

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = "./dev run"
WAIT_SECONDS_MAX = 60


def plain_environment():
    """Without the settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ONCELOG_")}


MASKS = [
    (re.compile(r'"received_at":"[^"]*"'), '"received_at":"T"'),
    (re.compile(r'"request_id":"[^"]*"'), '"request_id":"R"'),
    (re.compile(r"^(oncelog) \d+\.\d+\.\d+", re.MULTILINE), r"\1 V"),
    (re.compile(r"^(uptime|on disk|sync, median|sync, 99 %) +[\d.,]+ (?:s|MiB|µs)", re.MULTILINE),
     r"\1 N"),
    (re.compile(r"(?<=\S) +"), " "),  # the width of a column follows its widest number
]


@dataclass
class Step:
    commands: str
    shown: str | None  # None: nothing is shown


def section(text, heading):
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text,
                      re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {heading!r}"
    return found[1]


def steps(text):
    found, end = [], None
    for fence in FENCE.finditer(text):
        language, content = fence.groups()
        follows = end is not None and not text[end:fence.start()].strip()
        if language == "sh":
            found.append(Step(content.strip(), None))
            end = fence.end()
        elif follows:
            found[-1].shown = content
            end = None
    return found


def masked(text):
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return [line.rstrip() for line in text.rstrip().splitlines()]


class Traveller:
    """Takes the steps, in a directory of its own, on a port the system chose."""

    def __init__(self, folder, program):
        self.folder = folder
        self.program = program
        self.environment = plain_environment()
        self.port = 0
        self.server = None

    def take(self, step):
        printed = self._start() if step.commands == START else self._run(step.commands)
        if step.shown is None:
            return
        got, wanted = masked(printed), masked(step.shown)
        if wanted[-1].strip() == "…":
            wanted.pop()
            got = got[:len(wanted)]
        assert got == wanted, f"{step.commands}\nprinted\n{printed}\nbut the document shows\n{step.shown}"

    def end(self):
        if self.server and self.server.poll() is None:
            self.server.kill()
            self.server.wait()
        if self.server:
            self.server.stdout.close()

    def _start(self):
        if self.server:  # what was killed in the step before
            self.server.wait(WAIT_SECONDS_MAX)
            self.server.stdout.close()
        with open(self.folder / "stderr.txt", "ab") as log:
            self.server = subprocess.Popen(
                [self.program, "serve", "--data", "./data", "--listen", f"127.0.0.1:{self.port}"],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        printed = self._start_message()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", printed)[1])
        return printed.replace(f"127.0.0.1:{self.port}", "127.0.0.1:8080")

    def _start_message(self):
        """Up to its last line, which holds a curl command."""
        deadline, printed = time.monotonic() + WAIT_SECONDS_MAX, b""
        pipe = self.server.stdout.fileno()
        while not re.search(rb"curl .*\n", printed):
            left = deadline - time.monotonic()
            assert left > 0, f"no start message: {printed!r}"
            if select.select([pipe], [], [], left)[0]:
                more = os.read(pipe, 65536)
                assert more, (self.folder / "stderr.txt").read_text(encoding="utf-8")
                printed += more
        return printed.decode()

    def _run(self, commands):
        url = f"http://127.0.0.1:{self.port}"
        commands = commands.replace("http://127.0.0.1:8080", url)
        commands = commands.replace("build/release/oncelog", str(self.program))
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder,
                              env=self.environment | {"ONCELOG_URL": url}, capture_output=True,
                              text=True, timeout=WAIT_SECONDS_MAX, check=False)
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout
