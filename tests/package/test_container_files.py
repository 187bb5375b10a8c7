"""Dockerfile and compose.yaml agree with ./dev and with the program, without building an image (that
is `./dev test image`)."""

import json
import re
import subprocess

import pytest
from conftest import ROOT

DOCKERFILE = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"),
                    flags=re.MULTILINE).replace("\\\n", " ")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
RUNTIME = DOCKERFILE[DOCKERFILE.rindex("FROM "):]


def instruction(name):
    """What the runtime stage says under that word, once."""
    found = re.findall(rf"^{name} +(.*?) *$", RUNTIME, re.MULTILINE)
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def test_packages_are_listed_by_dev_alone():
    assert not re.search(r"\b(apt|apt-get|dpkg|aptitude)\b", DOCKERFILE)
    used = re.findall(r"\./dev ([a-z]+)", DOCKERFILE)
    assert used == ["setup", "package"]
    for command in used:
        done = subprocess.run([ROOT / "dev", command, "--help"], check=False, capture_output=True)
        assert done.returncode == 0, command


def test_both_stages_stand_on_the_same_debian():
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["debian:bookworm-slim"] * 2


def test_what_is_copied_is_there_and_not_ignored():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", "build", "data"} <= set(ignored)
    for source in re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE):
        assert (ROOT / source).exists() and source not in ignored


def test_the_server_is_reachable_keeps_its_data_and_is_not_root(oncelog):
    environment = dict(re.findall(r"(ONCELOG_\w+)=(\S+)", instruction("ENV")))
    done = oncelog("config", "--json", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    values = {one["name"]: one["value"] for one in json.loads(done.stdout)["settings"]}
    assert values["listen"] == "0.0.0.0:" + instruction("EXPOSE")
    assert values["data"] == instruction("VOLUME")
    assert values["allow-anonymous"] == "true"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instruction("USER"))


def test_the_commands_it_runs_exist(oncelog):
    program = json.loads(instruction("ENTRYPOINT"))
    health = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])
    assert program == ["oncelog"] == health[:1]
    for words in (json.loads(instruction("CMD")), health[1:]):
        assert oncelog(*words, "--help").returncode == 0, words


def test_the_simulator_of_compose_uses_flags_that_exist(oncelog):
    words = json.loads(re.search(r"command: (\[.*\])", COMPOSE)[1])
    text = oncelog(words[0], "--help")
    if text.returncode != 0:
        pytest.skip(f"there is no oncelog {words[0]}")
    for flag in (word for word in words if word.startswith("--")):
        assert re.search(re.escape(flag) + r"\b", text.stdout), flag
    host = re.search(r"//(\w+):8080", " ".join(words))[1]
    assert re.search(rf"^  {host}:$", COMPOSE, re.MULTILINE), f"no service is called {host}"
