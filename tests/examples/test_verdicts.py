"""What oncelog refuses is named, line by line, and keeps nothing else from being stored."""

import re
import subprocess

import pytest
from conftest import environment
from events import audit, event, many
from runs import run

NOTED = re.compile(r"^line (\d+): (conflict|invalid): (.+)$", re.MULTILINE)

INVALID = {
    "no topic": b'{"event_id":"x","timestamp":"2025-10-22T10:00:00Z","source":"s","payload":{}}',
    "no JSON": b'{"topic":"orders","event_id":',
    "no UTF-8": b'{"topic":"orders","event_id":"\xff\xfe","timestamp":"2025-10-22T10:00:00Z",'
                b'"source":"s","payload":{}}',
    "no object": b'[1,2]',
}


@pytest.fixture
def mixed():
    """Some 1,900 lines of all kinds, and {line number: verdict} of those that are refused."""
    made, refused = many(1200, seed="verdicts"), {}
    for line in INVALID.values():
        refused[made.add_line(line)] = "invalid"
        made.add_line(b" \t\r")  # no event, but a line
    made.add(event("orders", "wide", text="one\u2028two\u2029three\x85four"))
    for number in range(0, 600, 5):  # of the topic "orders", more than an answer lists if minimal
        conflict = event("orders", number, other="content")
        made.lines.append(b"")
        refused[made.add_line(str(conflict).replace("'", '"').encode() + b"\r")] = "conflict"
    made.add(event("orders", "last"))
    return made, refused


def test_what_is_refused_is_named(program, url, mixed, tmp_path):
    made, refused = mixed
    done = run(program, url, tmp_path, made.file(tmp_path))
    assert done.code == 1, done.said
    noted = {int(line): verdict for line, verdict, _ in NOTED.findall(done.said)}
    assert noted == refused
    assert len(NOTED.findall(done.said)) == done.said.count("\n"), "nothing else is said"
    assert done.counts == (made.events(), made.duplicates, 120, len(INVALID))
    assert audit(url, made)["conflicts"] == 120


def test_nothing_to_publish(program, url, tmp_path):
    file = tmp_path / "empty.ndjson"
    file.write_bytes(b"\n\n \r\n")
    done = run(program, url, tmp_path, file)
    assert (done.code, done.counts) == (0, (0, 0, 0, 0)), done.said


def test_a_file_that_is_not_there(program, url, tmp_path):
    done = subprocess.run([*program, "--url", url, "none.ndjson"], cwd=tmp_path, check=False,
                          env=environment(), capture_output=True, timeout=60)
    assert done.returncode in (1, 2)
    assert b"none.ndjson" in done.stderr
