"""Against a scripted server: what is sent again, when, and what never is."""

import re

import pytest
from events import Input, event
from fake_oncelog import FakeOncelog, drop, half, page, problem
from runs import run

WAITED = re.compile(r"trying again in ([\d.]+) s$", re.MULTILINE)


def publish(program, folder, *script):
    made = Input()
    for number in range(7):
        made.add(event("orders", number))
    with FakeOncelog(script) as fake:
        done = run(program, fake.url, folder, made.file(folder))
    for request in fake.requests:
        assert request.path == "/publish?on_invalid=skip"
        assert request.content_type == "application/x-ndjson"
        assert request.body == fake.requests[0].body, "a retry is the same bytes"
    assert fake.requests[0].body.rstrip(b"\n").split(b"\n") == made.lines
    return done, fake.requests


MENDED = {
    "busy": [problem(503, "busy", retry_after=0)],
    "read only, twice": [problem(503, "read_only"), problem(503, "read_only")],
    "disk full": [problem(507, "disk_full")],
    "too slow": [problem(408, "timeout")],
    "a limit of a proxy": [page(429)],
    "a proxy without a server": [page(502), page(504)],
    "a defect": [problem(500, "internal")],
    "closed before the answer": [drop],
    "closed within the answer": [half],
    "one after the other": [drop, problem(503, "overloaded"), half],
    "no number to wait for": [problem(503, "busy", retry_after="Wed, 22 Oct 2025 10:00:00 GMT")],
}


@pytest.mark.parametrize("trouble", MENDED)
def test_what_may_mend_is_sent_again(program, trouble, tmp_path):
    done, requests = publish(program, tmp_path, *MENDED[trouble])
    assert (done.code, done.counts) == (0, (7, 0, 0, 0)), done.said
    assert len(requests) == len(MENDED[trouble]) + 1
    assert len(WAITED.findall(done.said)) == len(MENDED[trouble])


@pytest.mark.parametrize("status, error", [
    (400, "malformed_json"), (404, "not_found"), (413, "body_too_large"),
    (501, "not_implemented"), (505, "version_not_supported"), (507, "too_many_topics")])
def test_what_cannot_mend_is_sent_once(program, status, error, tmp_path):
    done, requests = publish(program, tmp_path, problem(status, error))
    assert (done.code, done.counts) == (1, (0, 0, 0, 0)), done.said
    assert len(requests) == 1
    assert f"{status} {error}: the detail of {error}\n" in done.said
    assert "safe to run this again" in done.said


def test_another_server_is_found_out(program, tmp_path):
    done, requests = publish(program, tmp_path, page(200))
    assert (done.code, len(requests)) == (1, 1)
    assert "oncelog server" in done.said


def test_retry_after_is_kept_to(program, tmp_path):
    done, requests = publish(program, tmp_path, problem(503, "busy", retry_after=1))
    assert done.code == 0, done.said
    first, second = requests
    assert second.at - first.at >= 1


def test_it_does_not_wait_for_ever(program, tmp_path):
    done, requests = publish(program, tmp_path, problem(503, "busy", retry_after=3600))
    assert (done.code, len(requests)) == (1, 1)
    assert "503 busy: the detail of busy; gave up\n" in done.said


def test_waits_grow_and_are_random(program, tmp_path):
    """The n-th is between 0 and 0.1 s · 2ⁿ. That none is over 0.1 s by chance, or all are at their
    longest, happens once in thirty thousand runs."""
    done, requests = publish(program, tmp_path, *[problem(503, "read_only")] * 6)
    assert done.code == 0, done.said
    waits = [float(wait) for wait in WAITED.findall(done.said)]
    longest = [0.1 * 2**n for n in range(6)]
    rounding = 0.006
    assert all(wait <= most + rounding for wait, most in zip(waits, longest, strict=True)), waits
    assert max(waits) > 0.1 + rounding
    assert any(wait < 0.99 * most - rounding for wait, most in zip(waits, longest)), waits
    for before, after, wait in zip(requests, requests[1:], waits):
        assert after.at - before.at >= wait - rounding
