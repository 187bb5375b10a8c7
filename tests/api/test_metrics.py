"""GET /metrics: what Prometheus scrapes, held against what was sent and what /stats says."""

import re
import subprocess
import threading

import httpx
import pytest
from exposition import Scrape
from oncelog_server import ROOT, wait_until
from test_http import exchange, head

OPERATIONS = ROOT / "docs" / "operations.md"


def scrape(server):
    answer = server.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scrape(answer.text)


def promtool(*arguments, text=None):
    return subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True,
                          check=False)


def provoke_everything(server, make):
    """Each kind of answer that has a place in the metrics."""
    server.publish([make("1"), make("2"), make("1")])
    server.publish(make("1", source="other"), status=409)
    server.publish([make("3", payload=None), {}], status=400)
    server.client.post("/publish", content=b"{}", headers={"Content-Type": "text/plain"})
    server.client.get("/nothing")
    server.client.delete("/stats")
    server.client.get("/events", headers={"Accept": "application/x-ndjson"})
    exchange(server, b"hello\r\n\r\n")
    exchange(server, head("GET", "/stats", host="example.org"))


def test_promtool_finds_nothing_to_say(fresh, make):
    provoke_everything(fresh, make)
    done = promtool("check", "metrics", text=fresh.client.get("/metrics").text)
    assert done.returncode == 0 and done.stdout == "" and done.stderr == "", done


def test_counts_are_exact(fresh, make):
    provoke_everything(fresh, make)
    stats, now = fresh.get("/stats"), scrape(fresh)
    verdicts = {verdict: now("oncelog_submissions_total", verdict=verdict)
                for verdict in ("accepted", "duplicate", "conflict", "invalid")}
    assert verdicts == {"accepted": 2, "duplicate": 1, "conflict": 1, "invalid": 2}
    for error in ("conflict", "invalid_event", "unsupported_media_type"):
        assert now("oncelog_publish_refused_total", error=error) == 1, error
    assert now.sum("oncelog_publish_refused_total") == 3
    for route, method, status, count in (
            ("/publish", "POST", 200, 1), ("/publish", "POST", 409, 1), ("/publish", "POST", 400, 1),
            ("/publish", "POST", 415, 1), ("other", "GET", 404, 1), ("/stats", "DELETE", 405, 1),
            ("/events", "GET", 200, 1), ("other", "other", 400, 1), ("other", "other", 421, 1),
            ("/stats", "GET", 200, 1)):
        assert now("oncelog_http_requests_total", route=route, method=method,
                   status=str(status)) == count, (route, method, status)
    assert now.sum("oncelog_http_requests_total") == 10
    assert now("oncelog_http_refused_total", error="bad_request") == 1
    assert now("oncelog_http_refused_total", error="misdirected") == 1
    assert now("oncelog_http_request_duration_seconds_count", route="/publish") == 4
    assert now("oncelog_commit_duration_seconds_count") == 2
    # Read one after the other, while the mark of the idle log may be on its way.
    assert abs(now("oncelog_sync_duration_seconds_count") - now("oncelog_log_frames_total")) <= 1
    for name in ("index_entries", "index_runs", "index_bytes", "log_bytes", "log_files",
                 "segments", "segment_bytes", "segment_events"):
        assert now(f"oncelog_{name}") == stats["store"][name], name
    assert now("oncelog_events") == 2 and now("oncelog_topics") == 1
    again = scrape(fresh)
    assert again("oncelog_http_requests_total", route="/metrics", method="GET", status="200") == 1


def test_histograms_are_cumulative_and_complete(fresh, make):
    provoke_everything(fresh, make)
    now = scrape(fresh)
    for family in [name for name, kind in now.kinds.items() if kind == "histogram"]:
        series = {}
        for (name, labels), value in now.samples.items():
            if name == family + "_bucket":
                bound = float(dict(labels)["le"])
                rest = frozenset(label for label in labels if label[0] != "le")
                series.setdefault(rest, {})[bound] = value
        assert series, family
        for labels, buckets in series.items():
            counts = [buckets[bound] for bound in sorted(buckets)]
            assert counts == sorted(counts)
            assert counts[-1] == now(family + "_count", **dict(labels)) > 0
            assert max(buckets) == float("inf")
            assert now(family + "_sum", **dict(labels)) > 0


def test_scrapes_under_load_add_up(fresh, make):
    """Counters never run back, never run ahead of what was sent, and end exact."""
    batches, size, publishers = 40, 25, 3
    failures = []

    def publish(number):
        with httpx.Client(base_url=f"http://127.0.0.1:{fresh.port}", trust_env=False) as client:
            for batch in range(batches):
                ids = [f"{number}-{batch}-{i}" for i in range(size - 1)]
                body = [make(one) for one in ids] + [make(ids[0])]
                if client.post("/publish", json=body, timeout=60).status_code != 200:
                    failures.append(number)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(publishers)]
    for thread in threads:
        thread.start()
    last = None
    while any(thread.is_alive() for thread in threads):
        now = scrape(fresh)
        for key, value in (last.samples if last else {}).items():
            if key[0].endswith(("_total", "_count", "_bucket")):
                assert now.samples[key] >= value, key
        last = now
    for thread in threads:
        thread.join()
    assert not failures
    now, stats = scrape(fresh), fresh.get("/stats")
    sent = batches * publishers
    assert now("oncelog_submissions_total", verdict="accepted") == sent * (size - 1)
    assert now("oncelog_submissions_total", verdict="duplicate") == sent
    assert now("oncelog_submissions_total", verdict="accepted") == stats["unique_processed"]
    assert now.sum("oncelog_submissions_total") == stats["received"]
    assert now("oncelog_http_requests_total", route="/publish", method="POST",
               status="200") == sent
    assert now("oncelog_commit_duration_seconds_count") == sent
    assert now("oncelog_queue_submissions") == now("oncelog_queue_bytes") == 0
    # An answer's memory is given back behind its last byte, which the client may see first.
    wait_until(lambda: scrape(fresh)("oncelog_http_body_memory_bytes") == 0, "it is given back")


def test_durable_counts_survive_a_kill(fresh, make):
    fresh.publish([make("1"), make("1"), make("1", source="other")])
    fresh.kill()
    fresh.start()
    now = scrape(fresh)
    for verdict in ("accepted", "duplicate", "conflict"):
        assert now("oncelog_submissions_total", verdict=verdict) == 1, verdict


def test_the_process(server):
    now = scrape(server)
    assert 1e6 < now("process_resident_memory_bytes") < now("process_virtual_memory_bytes")
    assert 3 < now("process_open_fds") < now("process_max_fds")
    assert now("process_cpu_seconds_total") > 0
    assert now("process_start_time_seconds") > 1.7e9
    assert now.sum("oncelog_build_info") == 1
    assert now.sum("oncelog_store_status") == now("oncelog_store_status", status="ok") == 1


@pytest.mark.parametrize("method, status", [("POST", 405), ("HEAD", 200), ("OPTIONS", 204)])
def test_methods(server, method, status):
    assert server.client.request(method, "/metrics").status_code == status


def test_no_parameters(server):
    assert server.client.get("/metrics?name=a").json()["error"] == "unknown_parameter"


def test_the_table_in_the_documents_is_that_of_the_program(fresh, make):
    provoke_everything(fresh, make)
    now = scrape(fresh)
    wanted = []
    for name, kind in now.kinds.items():
        labels = sorted(now.labels[name] - {"le"}, key=["route", "method", "status", "verdict",
                                                        "error", "version", "work"].index)
        text = " ".join(f"`{label}`" for label in labels)
        wanted.append(f"| `{name}` | {kind} |{' ' + text if text else ''} | {now.helps[name]} |")
    text = OPERATIONS.read_text(encoding="utf-8")
    table = [line for line in text[text.index("## Metrics"):text.index("## Where data")].splitlines()
             if line.startswith("| `")]
    assert table == wanted, "the table should be\n" + "\n".join(wanted)


def test_the_alerts_in_the_documents_are_valid_rules(tmp_path, fresh, make):
    provoke_everything(fresh, make)
    rules = re.search(r"^```yaml\n(groups:.*?)^```$", OPERATIONS.read_text(encoding="utf-8"),
                      re.MULTILINE | re.DOTALL)[1]
    path = tmp_path / "rules.yml"
    path.write_text(rules, encoding="utf-8")
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    samples = {name for name, _ in scrape(fresh).samples}
    assert set(re.findall(r"oncelog_[a-z_]+", rules)) <= samples
