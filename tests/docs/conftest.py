"""What the documents say, and a server to try it on."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code_blocks(path, *languages):
    """(line number, text) of each fenced block of one of these languages."""
    text = path.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match[1] in languages:
            yield text.count("\n", 0, match.start()) + 1, match[2]


def binary():
    return pathlib.Path(os.environ.get("ONCELOG_BINARY", ROOT / "build/release/oncelog"))


@pytest.fixture
def server(tmp_path):
    """The address HOST:PORT of a running oncelog with an empty store of its own."""
    command = [binary(), "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ONCELOG_")}
    with open(tmp_path / "server.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=plain)
    try:
        address = None
        for line in process.stdout:  # ends when the server does
            found = re.search(r"http://(127\.0\.0\.1:[1-9]\d*)", line)
            if found:
                address = found[1]
                break
        assert address, (tmp_path / "server.log").read_text(encoding="utf-8")
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
