"""The tarball of ./dev package, made once for all tests here, and once unpacked."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def plain_environment(**more):
    """This process's, without settings of oncelog that are not meant for the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONCELOG_")}
    return kept | more


def make_tarball():
    done = subprocess.run([ROOT / "tools/package"], cwd=ROOT, check=True, capture_output=True,
                          text=True, timeout=120)
    return ROOT / done.stdout.strip()


@pytest.fixture(scope="session")
def tarball():
    return make_tarball()


@pytest.fixture(scope="session")
def unpacked(tarball, tmp_path_factory):
    """The tree, unpacked somewhere it was not made for."""
    folder = tmp_path_factory.mktemp("opt") / "with a space"
    folder.mkdir()
    subprocess.run(["tar", "-xzf", tarball, "-C", folder], check=True)
    return next(folder.iterdir())


@pytest.fixture(scope="session")
def oncelog(unpacked):
    """oncelog("stats", ...): the finished process of the unpacked program."""

    def run(*words, **environment):
        return subprocess.run([unpacked / "bin/oncelog", *words], check=False, text=True,
                              capture_output=True, timeout=60, cwd=unpacked,
                              env=plain_environment(**environment))

    return run
