"""`oncelog bench`: its figures, its verdicts, and that it does not mix into other people's events."""

import json

from conftest import event, oncelog

QUICK = ("--events", "3000", "--batch", "100")


def test_it_measures_and_can_be_repeated(server):
    for _ in range(2):
        done = oncelog("bench", *QUICK, "--json", "--server-pid", server.pid, url=server.url)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["ok"] and found["events"] == 3000 and found["requests"] == 30
        assert found["accepted"] + found["duplicates"] == 3000 and found["duplicates"] > 0
        assert found["events_per_second"] > 0
        assert found["latency_p50_us"] <= found["latency_p99_us"] <= found["latency_max_us"]
        assert found["server_resident_bytes"] > found["server_anonymous_bytes"] > 0
        assert "for good" in done.stderr


def test_single_events_and_short_answers(server):
    done = oncelog("bench", "--single", "--minimal", "--events", "500", url=server.url)
    assert done.returncode == 0, done.stderr
    assert "events/s" in done.stdout and "500" in done.stdout


def test_a_server_with_other_events_is_refused_unless_yes(server):
    oncelog("publish", url=server.url, text=json.dumps(event(1)))
    done = oncelog("bench", *QUICK, url=server.url)
    assert done.returncode == 1 and "--yes" in done.stderr and done.stdout == ""
    assert json.loads(oncelog("stats", "--json", url=server.url).stdout)["total_events"] == 1
    assert oncelog("bench", *QUICK, "--yes", url=server.url).returncode == 0


def test_wrong_verdicts_make_it_fail(start):
    forgetful = start("forgetful", ONCELOG_BENCH_LIMIT="true")
    done = oncelog("bench", *QUICK, "--json", url=forgetful.url)
    assert done.returncode == 1 and "wrong verdicts" in done.stderr
    assert json.loads(done.stdout)["ok"] is False
    without = oncelog("bench", *QUICK, "--without-index", "--yes", url=forgetful.url)
    assert without.returncode == 0, without.stderr


def test_a_server_that_dies_makes_it_fail(server, spawn):
    bench = spawn("bench", "--events", "50000000", "--url", server.url)
    while b"storing" not in bench.stderr.readline():
        pass
    server.kill()
    assert bench.wait(60) == 1


def test_repeats_and_looks_up_what_an_earlier_run_stored(server):
    past = ["--run", "7", "--json"]
    assert oncelog("bench", *QUICK, *past, "--duplicates", "0", url=server.url).returncode == 0
    known = [*QUICK, *past, "--known", "3000"]
    repeated = json.loads(oncelog("bench", *known, "--duplicates", "1", url=server.url).stdout)
    assert (repeated["ok"], repeated["accepted"], repeated["duplicates"]) == (True, 0, 3000)
    assert json.loads(oncelog("bench", *known, "--lookups", url=server.url).stdout)["ok"]
    more = [*QUICK, *past, "--known", "6000", "--lookups"]
    assert oncelog("bench", *more, url=server.url).returncode == 1, "half of them are not there"
