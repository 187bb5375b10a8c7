"""`oncelog retention` and `oncelog erase`: what they set, what they say, and what they refuse."""

import json

import pytest
from conftest import event, oncelog


def publish(server, *events):
    text = "\n".join(map(json.dumps, events))
    assert oncelog("publish", url=server.url, text=text).returncode == 0


def ok(done):
    assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
    return done.stdout


def failed(done, code):
    assert done.returncode == code and done.stdout == "", done.stdout + done.stderr
    assert done.stderr.startswith("oncelog: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_an_erased_event_cannot_be_read(start):
    server = start("unsealed", ONCELOG_SEAL_BYTES_PER_SECOND="0")
    publish(server, event(1), event(2))
    said = ok(oncelog("erase", "t", "e1", url=server.url))
    assert said == ("sequence 1 of t is erased; its bytes stay on the disk, as the server does not "
                    "seal its log\n")
    assert "had gone before" in ok(oncelog("erase", "t", "e1", url=server.url))
    left = ok(oncelog("events", "--topic", "t", url=server.url))
    assert [json.loads(line)["event_id"] for line in left.splitlines()] == ["e2"]
    receipt = json.loads(ok(oncelog("erase", "t", "e2", "--json", url=server.url)))
    assert receipt == {"status": "erased", "topic": "t", "event_id": "e2", "sequence": 2,
                       "bytes_gone_by": None}


def test_ids_of_any_kind(server):
    odd = "a/b c%2F?x=1&y#ü"
    publish(server, event(1, topic="x/y z", event_id=odd))
    assert "sequence 1 of x/y z is erased" in ok(oncelog("erase", "x/y z", odd, url=server.url))


def test_a_server_that_seals_says_when(start):
    server = start("sealing", ONCELOG_SEAL_BYTES_PER_SECOND="256MiB", ONCELOG_ERASE_WITHIN="1h")
    publish(server, event(1))
    said = ok(oncelog("erase", "t", "e1", url=server.url))
    assert said.startswith("sequence 1 of t is erased; its bytes leave the disk by 20")


def test_what_is_not_there_cannot_be_erased(server):
    assert "no event with that topic" in failed(oncelog("erase", "t", "none", url=server.url), 1)


def test_settings_are_set_one_by_one(server):
    def retention(*flags):
        return ok(oncelog("retention", "a.b", *flags, url=server.url))

    assert "a.b" not in ok(oncelog("topics", url=server.url))
    failed(oncelog("retention", "a.b", url=server.url), 1)
    assert retention("--age", "30d") == "a.b: kept for 30d\n"
    assert retention("--bytes", "10GiB") == "a.b: kept for 30d, and up to 10GiB\n"
    assert retention() == "a.b: kept for 30d, and up to 10GiB\n"
    assert retention("--age", "none") == "a.b: kept up to 10GiB\n"
    shown = json.loads(retention("--json"))
    assert (shown["retention_age"], shown["retention_bytes"]) == (None, 10 << 30)
    assert retention("--bytes", "none") == "a.b: all of it is kept for ever\n"


@pytest.mark.parametrize(("flags", "wanted"), [
    (("--age", "soon"), "30d"), (("--bytes", "much"), "10GiB"), (("--age",), "--help")])
def test_wrong_usage(server, flags, wanted):
    assert wanted in failed(oncelog("retention", "t", *flags, url=server.url), 2)


@pytest.mark.parametrize("words", ["erase", "erase t", "retention", "erase t e x"])
def test_arguments_are_wanted(words):
    assert "--help" in failed(oncelog(*words.split()), 2)


def test_what_the_server_refuses_is_said(server):
    assert "100 years" in failed(oncelog("retention", "t", "--age", "0s", url=server.url), 1)
