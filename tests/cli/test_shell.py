"""Completion scripts and the manual page: made from the parser, taken by the real tools."""

import re
import shutil
import subprocess

import pytest
from conftest import BINARY, DONE_SECONDS_MAX, oncelog

LISTED = oncelog("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
COMMANDS = re.findall(r"^  ([a-z]+) ", LISTED, re.MULTILINE)


def flags_of(command):
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", oncelog(command, "--help").stdout, re.MULTILINE))


def run(*words, text=None):
    return subprocess.run(words, input=text, capture_output=True, text=True,
                          timeout=DONE_SECONDS_MAX, check=False)


def completed(tmp_path, *words):
    """What bash offers for the last word."""
    script = (f'source <("{BINARY}" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
              ' _oncelog; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", "oncelog", *words], cwd=tmp_path,
                          capture_output=True, text=True, timeout=DONE_SECONDS_MAX, check=False)
    assert done.returncode == 0 and "rror" not in done.stderr, done.stderr
    return done.stdout.split()


def test_there_are_commands():
    assert {"serve", "publish", "tail", "bench", "completion", "man"} <= set(COMMANDS)


def test_bash_completes_commands_and_every_flag(tmp_path):
    assert set(completed(tmp_path, "")) == {*COMMANDS, "-h", "--help", "--version"}
    assert completed(tmp_path, "pub") == ["publish"]
    for command in COMMANDS:
        offered = {flag for flag in completed(tmp_path, command, "-") if flag.startswith("--")}
        assert offered == flags_of(command), command
    assert completed(tmp_path, "bench", "--dep") == [], "what --help hides stays hidden"


def test_bash_completes_values(tmp_path):
    (tmp_path / "events.ndjson").touch()
    (tmp_path / "folder").mkdir()
    assert completed(tmp_path, "publish", "ev") == ["events.ndjson"]
    assert completed(tmp_path, "publish", "--on-invalid", "") == ["reject", "skip"]
    assert completed(tmp_path, "publish", "--on-invalid", "=", "s") == ["skip"]
    assert completed(tmp_path, "events", "--order", "=") == ["asc", "desc"]
    assert completed(tmp_path, "serve", "--data", "") == ["folder"]
    assert completed(tmp_path, "serve", "--log-level", "w") == ["warn"]
    assert completed(tmp_path, "stats", "--url", "") == []
    assert completed(tmp_path, "completion", "f") == ["fish"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_well_formed(shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    script = tmp_path / "script"
    script.write_text(oncelog("completion", shell).stdout, encoding="utf-8")
    done = run(shell, "-n", str(script))
    assert done.returncode == 0 and done.stderr == ""


def test_fish_completes():
    if not shutil.which("fish"):
        pytest.skip("there is no fish")
    script = oncelog("completion", "fish").stdout

    def offered(line):
        done = run("fish", "--no-config", text=f"{script}\ncomplete -C '{line}'\n")
        return [one.split("\t")[0] for one in done.stdout.splitlines()]

    assert set(COMMANDS) <= set(offered("oncelog "))
    assert set(offered("oncelog tail --")) == flags_of("tail")
    assert offered("oncelog events --order ") == ["asc", "desc"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("man") / "oncelog.1"
    path.write_text(oncelog("man").stdout, encoding="utf-8")
    return path


def test_the_page_has_every_command_and_flag(page):
    if not shutil.which("mandoc"):
        pytest.skip("there is no mandoc")
    done = run("mandoc", "-T", "ascii", "-O", "width=1000", str(page))
    text = re.sub(r".\x08", "", done.stdout)
    for command in COMMANDS:
        section = text.split(f"oncelog {command} [flags]")[1].split("[flags]")[0]
        for flag in flags_of(command) - {"--help"}:
            assert flag in section, f"{command} {flag}"
    for title in ("NAME", "SYNOPSIS", "EXIT STATUS", "ENVIRONMENT", "FILES", "Examples:"):
        assert title in text
    assert "ONCELOG_QUEUE_BYTES" in text


def test_mandoc_finds_no_fault(page):
    if not shutil.which("mandoc"):
        pytest.skip("there is no mandoc")
    done = run("mandoc", "-T", "lint", "-W", "warning", str(page))
    # It is made by the program and not on a day.
    faults = [line for line in done.stdout.splitlines() if "missing date" not in line]
    assert faults == []


def test_groff_finds_no_fault(page):
    if not shutil.which("groff"):
        pytest.skip("there is no groff")
    done = run("groff", "-ww", "-man", "-T", "utf8", str(page))
    assert done.returncode == 0 and done.stderr == "" and "oncelog" in done.stdout
