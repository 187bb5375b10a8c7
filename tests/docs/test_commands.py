"""What the documents tell people to type exists."""

import re
import shlex
import subprocess

import pytest
from conftest import DOCUMENTS, ROOT, binary, code_blocks

SHELL = ("sh", "bash", "console", "shell")


def commands(path, program):
    """(line number, words after the program) of each use of a program in the shell examples."""
    for first, text in code_blocks(path, *SHELL):
        joined = text.replace("\\\n", "  ")
        for offset, line in enumerate(joined.splitlines(), 1):
            line = re.sub(r"\s#.*", "", line.removeprefix("$ "))
            found = re.search(r"(?:^|[|;&]\s*|\s)" + program + r"((?:\s[^|;&>]*)?)", line)
            if found:
                try:
                    yield first + offset, shlex.split(found[1])
                except ValueError:  # a quote that goes on over the line
                    yield first + offset, found[1].split()


def help_of(*words):
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_dev_commands_exist(path):
    known = set(re.findall(r"^  ([a-z]+)", help_of(ROOT / "dev"), re.MULTILINE))
    for line, words in commands(path, r"\./dev"):
        if words:
            assert words[0] in known, f"{path.name}:{line}: ./dev {words[0]}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_oncelog_commands_and_flags_exist(path):
    for line, words in commands(path, r"(?:\S*/)?oncelog"):
        if not words or words[0].startswith("-") or not re.fullmatch(r"[a-z]+", words[0]):
            continue
        text = help_of(binary(), words[0])
        for flag in (word.split("=")[0] for word in words[1:] if word.startswith("--")):
            assert re.search(re.escape(flag) + r"\b", text), f"{path.name}:{line}: no {flag}"
