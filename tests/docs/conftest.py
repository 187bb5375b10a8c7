"""The documents, their code blocks, and the program they speak of."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code_blocks(path, *languages):
    """(line number, text) of each fenced block of one of these languages."""
    text = path.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match[1] in languages:
            yield text.count("\n", 0, match.start()) + 1, match[2]


def binary():
    return pathlib.Path(os.environ.get("ONCELOG_BINARY", ROOT / "build/release/oncelog"))
