"""The tour of README.md, taken step by step against the real program."""

import pytest
from conftest import ROOT, binary
from tour import START, Traveller, section, steps


@pytest.fixture
def tour():
    return steps(section((ROOT / "README.md").read_text(encoding="utf-8"), "A 60-second tour"))


def test_the_tour_shows_what_happens(tour, tmp_path):
    traveller = Traveller(tmp_path, ROOT / binary())
    try:
        for step in tour:
            traveller.take(step)
        assert traveller.server.wait(60) == 0, "the last step stops the server in an orderly way"
    finally:
        traveller.end()


def test_the_tour_covers_the_promises(tour):
    commands = "\n".join(step.commands for step in tour)
    shown = "\n".join(step.shown or "" for step in tour)
    assert commands.count(START) == 2
    assert "kill -9" in commands
    for verdict in ("accepted", "duplicate", "conflict"):
        assert f'"status":"{verdict}"' in shown


def test_a_wrong_document_is_found_out(tmp_path):
    traveller = Traveller(tmp_path, ROOT / binary())
    text = "```sh\necho one\n```\n```text\ntwo\n```\n"
    with pytest.raises(AssertionError):
        traveller.take(steps(text)[0])
    with pytest.raises(AssertionError):
        traveller.take(steps("```sh\nfalse\n```\n")[0])
