"""`oncelog publish` and `oncelog events`: what is sent again, what is not, and that nothing is lost."""

import email.utils
import gzip
import json
import time

import pytest
from conftest import event, oncelog, wait_until
from stage_server import HANG_UP, StageServer, answer

EVENTS = "".join(json.dumps(event(n)) + "\n" for n in range(3))
TAKEN = answer(200, json.dumps({"status": "ok", "received": 3, "accepted": 1, "duplicates": 2,
                                "conflicts": 0, "invalid": 0, "results": []}))


def refusal(status, code, **fields):
    return answer(status, json.dumps({"status": status, "error": code, "detail": "so it is"}),
                  {name.replace("_", "-"): value for name, value in fields.items()})


def test_the_same_bytes_are_sent_until_there_is_a_verdict():
    parts = [refusal(503, "busy", Retry_After="0"), HANG_UP, refusal(507, "disk_full"),
             refusal(408, "timeout"), refusal(429, "slow_down"), answer(502, "<html>"), TAKEN]
    with StageServer(parts) as stage:
        done = oncelog("publish", "--json", url=stage.url, text=EVENTS)
    assert done.returncode == 0, done.stderr
    assert len(stage.requests) == len(parts)
    assert {body for _, _, body in stage.requests} == {EVENTS.encode()}
    found = json.loads(done.stdout)
    assert (found["accepted"], found["duplicates"], found["retries"]) == (1, 2, len(parts) - 1)
    assert done.stderr.count("retrying for up to 5min") == 1


@pytest.mark.parametrize("name", ["events", "stats", "publish"])
def test_a_file_may_be_called_like_a_command(tmp_path, name):
    (tmp_path / name).write_text(EVENTS, encoding="utf-8")
    with StageServer([TAKEN]) as stage:
        done = oncelog("publish", name, url=stage.url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [body for _, _, body in stage.requests] == [EVENTS.encode()]


@pytest.mark.parametrize(("status", "code"), [
    (400, "malformed_json"), (401, "unauthorized"), (404, "not_found"), (413, "body_too_large"),
    (415, "unsupported_media_type"), (421, "misdirected"), (507, "too_many_topics"),
    (500, "damaged"), (501, "not_implemented")])
def test_what_stays_refused_is_sent_once(status, code):
    with StageServer([refusal(status, code)]) as stage:
        done = oncelog("publish", "--json", url=stage.url, text=EVENTS)
    assert done.returncode == 1
    assert len(stage.requests) == 1
    assert code in done.stderr
    found = json.loads(done.stdout)
    assert not found["complete"] and code in found["error"]


def test_a_date_in_retry_after_is_honoured():
    with StageServer([refusal(503, "busy", Retry_After=email.utils.formatdate(time.time() + 3600,
                                                                              usegmt=True))]) as stage:
        done = oncelog("publish", "--retry-for", "1min", url=stage.url, text=EVENTS)
    assert done.returncode == 1
    assert len(stage.requests) == 1, "an hour is longer than the minute it may take"


def test_it_gives_up_when_the_time_is_over():
    with StageServer([refusal(503, "busy")]) as stage:
        done = oncelog("publish", "--retry-for", "1s", url=stage.url, text=EVENTS)
    assert done.returncode == 1
    assert len(stage.requests) > 1
    assert "safe to publish the same input again" in done.stderr


def test_a_page_that_fails_is_asked_for_again():
    def page(name, more):
        return answer(200, json.dumps({"events": [{"event_id": name}], "next": name,
                                       "has_more": more}))

    with StageServer([page("a", True), HANG_UP, refusal(503, "busy"), page("b", False)]) as stage:
        done = oncelog("events", "--all", url=stage.url)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["event_id"] for line in done.stdout.splitlines()] == ["a", "b"]
    assert ["after=a" in target for _, target, _ in stage.requests] == [False, True, True, True]
    assert "retrying" in done.stderr


def test_a_refused_page_ends_it():
    with StageServer([answer(200, '{"events":[],"next":"a","has_more":true}'),
                      refusal(410, "stale_cursor")]) as stage:
        done = oncelog("events", "--all", url=stage.url)
    assert done.returncode == 1
    assert "stale_cursor" in done.stderr and len(stage.requests) == 2


def test_what_is_refused_is_named_by_its_line(server, tmp_path):
    file = tmp_path / "events.ndjson"
    long = json.dumps(event(5, payload={"a": "x" * (33 << 20)}))
    lines = [json.dumps(event(1)), json.dumps(event(1, source="other")), "", "{\"broken\"", long,
             json.dumps(event(2))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = oncelog("publish", file, "--on-invalid", "skip", "--json", url=server.url)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["complete"] and (found["accepted"], found["conflicts"], found["invalid"]) == (2, 1, 2)
    said = sorted(done.stderr.splitlines())
    assert len(said) == 3, said
    assert said[0].startswith("line 2 conflicts: event_id e1 of topic t ")
    assert said[1].startswith("line 4 is invalid: at byte 9 of its line")
    assert said[2].startswith("line 5 is invalid: it is longer than any event may be")
    again = oncelog("publish", file, "--json", url=server.url)
    assert again.returncode == 1 and not json.loads(again.stdout)["complete"]


@pytest.mark.parametrize(("pack", "tool"), [(gzip.compress, "zcat"), (
    lambda plain: b"\x28\xb5\x2f\xfd" + plain, "zstdcat")], ids=["gzip", "zstd"])
def test_a_compressed_file_is_not_sent(tmp_path, pack, tool):
    file = tmp_path / "events.ndjson.gz"
    file.write_bytes(pack(EVENTS.encode()))
    with StageServer([TAKEN]) as stage:
        done = oncelog("publish", file, url=stage.url)
        assert stage.requests == []
    assert done.returncode == 1
    assert f"the input is compressed; unpack it first: {tool} FILE | oncelog publish" in done.stderr


def test_no_server_is_hinted_at():
    done = oncelog("publish", "--retry-for", "0s", url="http://127.0.0.1:1", text=EVENTS)
    assert done.returncode == 1 and "is the server running?" in done.stderr


def test_publishing_survives_a_killed_server(server, spawn, tmp_path):
    count = 60_000
    file = tmp_path / "events.ndjson"
    file.write_text("".join(json.dumps(event(n)) + "\n" for n in range(count)), encoding="utf-8")
    publishing = spawn("publish", file, "--batch", "100", "--json", "--url", server.url)

    def stored():
        return json.loads(oncelog("stats", "--json", url=server.url).stdout)["total_events"]

    for share in (0.2, 0.5):
        wait_until(lambda wanted=share: stored() > wanted * count, "some of it is stored", 60)
        server.kill()
        server.begin()
    out, err = publishing.communicate(timeout=120)
    assert publishing.returncode == 0, err
    found = json.loads(out)
    assert found["complete"] and found["accepted"] + found["duplicates"] == count
    assert found["retries"] > 0
    assert stored() == count
