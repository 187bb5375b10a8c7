"""`oncelog export` and `oncelog import`: a round trip that keeps every byte and every sequence."""

import http.client
import json
import random
import re
from urllib.parse import quote

import pytest
from conftest import event, oncelog
from stage_server import StageServer, answer

# Spellings that a parser would not give back: they have to come through as they are.
SPELLINGS = [
    '{"topic":"t","event_id":"a","timestamp":"2025-10-22 10:00:00","source":"s","payload":{"n":1.50e1}}',
    '{ "payload" : {"z":1,"a":[ 1,2 ] } , "topic":"t","event_id":"b","timestamp":"2025-10-22T10:00:00+02:00","source":"s" }',
    r'{"topic":"\u0074","event_id":"\u00e9","timestamp":"2025-10-22T10:00:00Z","source":"s","payload":{"\ud83d\ude00":"\/"}}',
    '{"topic":"ü","event_id":"d","timestamp":"2025-10-22T10:00:00.123456789Z","source":"s","payload":{},"more":[null,true]}',
    '{"sequence":99,"topic":"t","received_at":"x","event_id":"e","timestamp":"2025-10-22T10:00:00Z","source":"s","payload":{}}',
]


def fill(server, count=3000):
    """Topics in a mixed order, with duplicates between."""
    random.seed(7)
    lines = list(SPELLINGS)
    for number in range(count):
        lines.append(json.dumps(event(number, f"t{number % 7}", payload={"n": random.random()})))
        if number % 5 == 0:
            lines.append(random.choice(lines))
    done = oncelog("publish", "--batch", "100", url=server.url, text="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    return count + len(SPELLINGS)


def without_received_at(text):
    return re.sub(r',"received_at":"[^"]*"\}$', "}", text, flags=re.MULTILINE)


@pytest.mark.parametrize("offline", [False, True])
def test_the_round_trip_is_exact(start, tmp_path, offline):
    first, second = start("first"), start("second")
    count = fill(first)
    out = tmp_path / "events.ndjson"
    if offline:
        first.kill()
        before = {path: path.read_bytes() for path in first.data.rglob("*") if path.is_file()}
        done = oncelog("export", out, "--data", first.data)
        after = {path: path.read_bytes() for path in first.data.rglob("*") if path.is_file()}
        before.pop(first.data / "LOCK"), after.pop(first.data / "LOCK")
        assert before == after
    else:
        done = oncelog("export", out, url=first.url)
    assert done.returncode == 0, done.stderr
    assert f"{count:,} events" in done.stdout
    text = out.read_text()
    assert text.count("\n") == count
    for sent in SPELLINGS[:4]:
        assert sent[:-1] + ',"sequence":' in text

    imported = oncelog("import", out, "--json", url=second.url)
    assert imported.returncode == 0, imported.stderr
    told = json.loads(imported.stdout)
    assert (told["accepted"], told["duplicates"], told["renumbered"]) == (count, 0, 0)
    again = json.loads(oncelog("import", out, "--json", url=second.url).stdout)
    assert (again["accepted"], again["duplicates"], again["renumbered"]) == (0, count, 0)

    back = oncelog("export", url=second.url)
    assert back.returncode == 0
    assert without_received_at(back.stdout) == without_received_at(text)


def test_another_sequence_is_said(start, tmp_path):
    first, second = start("first"), start("second")
    text = "".join(json.dumps(event(n)) + "\n" for n in range(5))
    assert oncelog("publish", url=first.url, text=text).returncode == 0
    out = tmp_path / "events.ndjson"
    assert oncelog("export", out, url=first.url).returncode == 0
    assert oncelog("publish", url=second.url, text=json.dumps(event(100))).returncode == 0
    done = oncelog("import", out, url=second.url)
    assert done.returncode == 0, done.stderr
    assert re.search(r"renumbered\s+5 .*: 5 a higher one, as their topic held", done.stdout)


def test_behind_what_is_gone_sequences_are_lower(start, tmp_path):
    first, second = start("first"), start("second")
    text = "".join(json.dumps(event(n)) + "\n" for n in range(5))
    assert oncelog("publish", url=first.url, text=text).returncode == 0
    connection = http.client.HTTPConnection(first.url.removeprefix("http://"), timeout=30)
    gone = event(1)
    connection.request("DELETE", f"/events/{quote(gone['topic'])}/{gone['event_id']}")
    assert connection.getresponse().status in (200, 204)
    connection.close()
    out = tmp_path / "events.ndjson"
    assert oncelog("export", out, url=first.url).returncode == 0
    done = oncelog("import", out, url=second.url)
    assert done.returncode == 0, done.stderr
    assert re.search(r"renumbered\s+3 .*: 3 a lower one, as events before them are not in FILE\n",
                     done.stdout), done.stdout


def test_what_is_gone_is_not_missed(start, tmp_path):
    server = start("first")
    text = "".join(json.dumps(event(n)) + "\n" for n in range(5))
    assert oncelog("publish", url=server.url, text=text).returncode == 0
    gone = event(1)
    assert oncelog("erase", gone["topic"], gone["event_id"], url=server.url).returncode == 0
    server.kill()
    done = oncelog("export", tmp_path / "events.ndjson", "--data", server.data)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 events" in done.stdout


def test_what_goes_while_it_runs_is_not_missed():
    stats = [answer(200, f'{{"total_events":{3 - gone},"events_gone":{gone}}}') for gone in (0, 1)]
    lines = [json.dumps({**event(n), "sequence": n, "received_at": "2025-10-22T10:00:00Z"})
             for n in (1, 3)]
    page = answer(200, f'{{"events":[{",".join(lines)}],"count":2,"next":"x","has_more":false}}',
                  {"Content-Type": "application/json"})
    with StageServer([stats[0], page, stats[1]]) as stage:
        done = oncelog("export", url=stage.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 2
    with StageServer([stats[0], page, stats[0]]) as stage:
        done = oncelog("export", url=stage.url)
    assert done.returncode == 1
    assert "the server gave 2 events of 3" in done.stderr


def test_what_is_published_meanwhile_is_not_waited_for():
    def page(number):
        made = json.dumps({**event(number), "sequence": number, "received_at": "2025-10-22T10:00:00Z"})
        return answer(200, f'{{"events":[{made}],"count":1,"next":"x{number}","has_more":true}}',
                      {"Content-Type": "application/json"})

    with StageServer([answer(200, '{"total_events":3}'), *map(page, range(1, 9))]) as stage:
        done = oncelog("export", url=stage.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 3
    assert [re.search(r"limit=\d+", target)[0] for _, target, _ in stage.requests[1:]] == [
        "limit=3", "limit=2", "limit=1"]


def test_conflicts_and_invalid_events_are_reported(server, tmp_path):
    assert oncelog("publish", url=server.url, text=json.dumps(event(1))).returncode == 0
    out = tmp_path / "events.ndjson"
    assert oncelog("export", out, url=server.url).returncode == 0
    changed = out.read_text().replace('"number":1', '"number": 2') .replace('"number": 1', '"number": 2')
    out.write_text(changed + '{"topic":"t"}\n' + json.dumps(event(2)) + "\n")
    refused = oncelog("import", out, url=server.url)
    assert refused.returncode == 1
    assert "line 2 is invalid" in refused.stderr
    skipped = oncelog("import", out, "--on-invalid", "skip", url=server.url)
    assert skipped.returncode == 1
    assert "conflicts: event_id e1 is stored with other content, as sequence 1" in skipped.stderr
    assert "line 2 is invalid" in skipped.stderr
    assert re.search(r"accepted\s+1\b", skipped.stdout)


def test_a_file_is_there_only_when_it_is_complete(tmp_path):
    out = tmp_path / "events.ndjson"
    out.write_text("what was there before")
    with StageServer([answer(200, '{"total_events":3}'), answer(404, "{}")]) as stage:
        done = oncelog("export", out, url=stage.url)
    assert done.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["events.ndjson"]
    assert out.read_text() == "what was there before"


def test_what_cannot_be_exported(server, tmp_path):
    busy = oncelog("export", tmp_path / "x", "--data", server.data)
    assert busy.returncode == 1
    assert f"locked by process {server.pid}" in busy.stderr
    none = oncelog("export", tmp_path / "x", "--data", tmp_path / "none")
    assert "there is no oncelog store here" in none.stderr
    both = oncelog("export", "--data", server.data, url=server.url)
    assert both.returncode == 2
    folder = oncelog("export", tmp_path, url=server.url)
    assert "it is a directory" in folder.stderr
    assert not (tmp_path / "x").exists()
