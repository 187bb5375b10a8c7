"""The programs of examples/, built once, and the server that they publish to.

Everything runs on a plain Debian 12: its Go is asked for first, because the example has to do with it.
Run with `pytest -n 2 --dist loadgroup`: all tests of a language go to one worker, which builds it.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "crash"))

import server as servers

EXAMPLES = ROOT / "examples"
LANGUAGES = ("sh", "py", "mjs", "go", "cc")
BUILD_SECONDS_MAX = 300


def environment(**more):
    """Without proxies and the settings of whoever runs the tests."""
    plain = {name: value for name, value in os.environ.items()
             if not name.lower().endswith("_proxy") and not name.startswith(("ONCELOG_", "GO"))}
    return plain | more


def build(folder, *command, **variables):
    done = subprocess.run(command, cwd=folder, env=environment(**variables), capture_output=True,
                          text=True, timeout=BUILD_SECONDS_MAX, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def build_go(folder, out):
    debians = pathlib.Path("/usr/bin/go")
    go = str(debians) if debians.exists() else shutil.which("go") or "go"
    cache = ROOT / "build" / "examples" / "go"
    build(folder, go, "build", "-gcflags=-lang=go1.19", "-o", str(out), str(EXAMPLES / "publish.go"),
          GOCACHE=str(cache), GOPATH=str(cache / "path"), GOENV="off", GOFLAGS="", GOPROXY="off",
          GOTOOLCHAIN="local")


def build_cc(folder, out):
    build(folder, "g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-o", str(out),
          str(EXAMPLES / "publish.cc"), "-lcurl", "-lsimdjson")


@pytest.fixture(scope="session", params=[
    pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in LANGUAGES])
def program(request, tmp_path_factory):
    """The words that start the example in one language."""
    language = request.param
    source = EXAMPLES / f"publish.{language}"
    if language not in ("go", "cc"):
        runner = {"sh": "bash", "py": sys.executable, "mjs": "node"}[language]
        return [runner, str(source)]
    folder = tmp_path_factory.mktemp(language)
    (build_go if language == "go" else build_cc)(folder, folder / "publish")
    return [str(folder / "publish")]


@pytest.fixture
def server(tmp_path):
    """A server that can be killed and started again: same data, same port."""
    port = servers.free_port(seed=hash(str(tmp_path)) % 1000)
    command = servers.serve_command(servers.find_binary(), tmp_path / "data", port)
    running = servers.Server(command, tmp_path / "server.log")
    running.start()
    running.wait_ready()
    yield running
    running.stop()


@pytest.fixture
def url(server):
    return f"http://{server.host}:{server.port}"
