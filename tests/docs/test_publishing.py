"""docs/publishing.md: its table of refusals against the program's source, against what a running server
answers, and against the rule that the examples follow."""

import importlib.util
import json
import re
import socket
import sys
from dataclasses import dataclass

import pytest
from conftest import ROOT, binary

sys.path.insert(0, str(ROOT / "tests" / "crash"))

import server as servers

ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| (no|unknown) \| (send again|look|fix) \|", re.MULTILINE)
ENTRY = re.compile(r'\{k\w+,\s*"(\w+)",\s*(\d+),\s*"(?:[^"\\]|\\.)*",\s*Stored::k(\w+),')

# What POST /publish is never answered: these belong to reading, or to no path at all yet.
OTHERS = {"bad_path", "bad_cursor", "cursor_mismatch", "unknown_topic", "gone", "stale_cursor",
          "not_ready", "bad_settings", "too_many_erased"}


@dataclass
class Refusal:
    status: int
    stored: str
    do: str = ""


def documented():
    text = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")
    rows = ROW.findall(text)
    assert len(rows) == len({code for _, code, _, _ in rows}), "a code is there twice"
    return {code: Refusal(int(status), stored, do) for status, code, stored, do in rows}


def in_the_source():
    """The error table as src/api/error_table.cc has it."""
    text = (ROOT / "src" / "api" / "error_table.cc").read_text(encoding="utf-8")
    entries = ENTRY.findall(text)
    assert len(entries) == len(re.findall(r"^ {4}\{k", text, re.MULTILINE)), "an entry is not read"
    return {code: Refusal(int(status), "unknown" if stored == "Unknown" else "no")
            for code, status, stored in entries}


def test_the_table_has_every_code_that_publish_can_answer():
    table, source = documented(), in_the_source()
    assert OTHERS < set(source)
    assert set(table) == set(source) - OTHERS
    for code, refusal in table.items():
        assert (refusal.status, refusal.stored) == (source[code].status, source[code].stored), code


def test_the_examples_follow_the_table():
    spec = importlib.util.spec_from_file_location("publish", ROOT / "examples" / "publish.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    for code, refusal in documented().items():
        wanted = refusal.do == "send again"
        assert example.may_mend(refusal.status, code) == wanted, code


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("publishing")
    running = servers.Server(
        servers.serve_command(ROOT / binary(), folder / "data"), folder / "server.log")
    running.start()
    running.wait_ready()
    yield running
    running.stop()


def exchange(server, head, body=b"", length=True):
    """(status, answer) of one request, which need not be good HTTP."""
    fields = b"Host: localhost\r\n" if b"Host:" not in head else b""
    fields += b"Content-Length: %d\r\n" % len(body) if length else b""
    request = head + b"\r\nConnection: close\r\n" + fields + b"\r\n" + body
    with socket.create_connection((server.host, server.port), timeout=60) as connection:
        connection.sendall(request)
        received = b""
        while more := connection.recv(65536):
            received += more
    answer, _, text = received.partition(b"\r\n\r\n")
    return int(answer.split(b" ", 2)[1]), json.loads(text)


def event(event_id, **payload):
    return json.dumps({"topic": "t", "event_id": event_id, "timestamp": "2025-10-22T10:00:00Z",
                       "source": "s", "payload": payload}).encode()


POST = b"POST /publish HTTP/1.1"

# How to be refused; each body that holds an event holds the one that is named like the code.
PROVOKED = {
    "conflict": (POST, event("stored before", other=1)),
    "invalid_event": (POST, b"[" + event("invalid_event") + b",{}]"),
    "malformed_json": (POST, b"[" + event("malformed_json") + b","),
    "not_an_event": (POST, b"7"),
    "empty_batch": (POST, b"[]"),
    "bad_encoding": (POST + b"\r\nContent-Encoding: gzip", event("bad_encoding")),
    "bad_parameter": (b"POST /publish?on_invalid=maybe HTTP/1.1", event("bad_parameter")),
    "unknown_parameter": (b"POST /publish?on_error=skip HTTP/1.1", event("unknown_parameter")),
    "bad_request": (POST + b"\r\nX : y", event("bad_request")),
    "not_found": (b"POST /publish/ HTTP/1.1", event("not_found")),
    "method_not_allowed": (b"PUT /publish HTTP/1.1", event("method_not_allowed")),
    "length_required": (POST, b""),
    "body_too_large": (POST, b" " * (32 << 20) + event("body_too_large")),
    "event_too_large": (POST, event("event_too_large", text="x" * (2 << 20))),
    "too_many_events": (POST, b"[" + b",".join([event("too_many_events")] * 10_001) + b"]"),
    "target_too_long": (b"POST /publish?" + b"x" * 20_000 + b" HTTP/1.1", event("target_too_long")),
    "unsupported_media_type": (POST + b"\r\nContent-Type: text/plain",
                               event("unsupported_media_type")),
    "unsupported_encoding": (POST + b"\r\nContent-Encoding: br", event("unsupported_encoding")),
    "expectation_failed": (POST + b"\r\nExpect: more", event("expectation_failed")),
    "misdirected": (POST + b"\r\nHost: events.example.org", event("misdirected")),
    "foreign_origin": (POST + b"\r\nOrigin: https://elsewhere.example", event("foreign_origin")),
    "header_too_large": (POST + b"\r\nX: " + b"x" * 70_000, event("header_too_large")),
    "version_not_supported": (b"POST /publish HTTP/2.0", event("version_not_supported")),
}


@pytest.mark.parametrize("code", PROVOKED)
def test_the_server_answers_what_the_table_says(server, code):
    exchange(server, POST, event("stored before"))
    status, answer = exchange(server, *PROVOKED[code], length=code != "length_required")
    assert (status, answer["error"]) == (documented()[code].status, code)
    if status >= 500:
        assert answer["stored"] == documented()[code].stored
    assert documented()[code].stored == "no"
    _, answer = exchange(server, POST, event(code))
    assert answer["accepted"] == 1, "nothing of the refused request was stored"


def test_what_is_stored_unknown_may_be_sent_again(tmp_path):
    port = servers.free_port()
    running = servers.Server(servers.serve_command(ROOT / binary(), tmp_path / "data", port),
                             tmp_path / "server.log")
    try:
        running.start()
        running.wait_ready()
        running.forbid_writes()
        status, answer = exchange(running, POST, event("a"))
        refusal = documented()[answer["error"]]
        assert (status, answer["error"]) == (503, "read_only")
        assert answer["stored"] == refusal.stored == "unknown"
        running.kill()
        running.start()
        running.wait_ready()
        status, answer = exchange(running, POST, event("a"))
        assert (status, answer["accepted"] + answer["duplicates"]) == (200, 1)
    finally:
        running.stop()
