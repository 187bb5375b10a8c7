"""`oncelog simulate`: PASS against oncelog, whatever happens on the way, and FAIL, with the right
finding, against each broken server whose fault can be seen from outside."""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading

import pytest

import fake_server
import fake_store
from server import Server, free_port, serve_command, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))

# What the audit is to call each fault. `early_read` shows events before they are durable: who reads
# only at the end cannot see that (the readers of kill_loop.py do).
FAULTS = {
    "last_wins": "altered",
    "stamp_is_content": "verdict",
    "conflict_as_duplicate": "verdict",
    "wrong_sequence": "sequence",
    "unordered_scan": "order",
    "store_refused": "verdict",
    "wrong_total": "counts",
}
FAULTS_AFTER_A_KILL = {
    "lose_acked": "missing",
    "store_twice": "doubled",
    "seen_first": "missing",
    "gap": "order",
    "split_batch": "split_batch",
    "forget_counts": "counts",
}


def environment(**more):
    return {k: v for k, v in os.environ.items() if not k.startswith("ONCELOG_")} | more


def spawn(binary, *words):
    command = [binary, "simulate", "--json", "--seed", "7", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment())


def ended(process):
    """(exit code, report)"""
    out, err = process.communicate(timeout=120)
    assert out, err
    return process.returncode, json.loads(out)


def simulate(binary, *words):
    return ended(spawn(binary, *words))


@pytest.fixture
def start(tmp_path):
    """start(command of port) -> a running server, stopped at the end."""
    running = []

    def start_one(command):
        server = Server(command(free_port()), tmp_path / "server.log")
        running.append(server)
        server.start()
        server.wait_ready()
        return server

    yield start_one
    for server in running:
        server.stop()


def python_server(tmp_path, script, mode, *more):
    return lambda port: [sys.executable, os.path.join(HERE, script), "serve", "--data",
                         str(tmp_path / "data"), "--listen", f"127.0.0.1:{port}", "--mode", mode,
                         *more]


def url(server):
    return f"http://{server.host}:{server.port}"


def stored(server):
    """How many events it has, of 1,800 in the end; 0 while it is away."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    try:
        connection.request("GET", "/stats")
        return json.loads(connection.getresponse().read())["unique_processed"]
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def test_it_passes_on_a_server_of_its_own(binary):
    code, report = simulate(binary, "--start")
    assert (code, report["result"], report["violations"]) == (0, "PASS", {})
    assert (report["received"], report["unique"]) == (5000, 4000)
    assert report["accepted"] + report["duplicates"] == 5000
    assert report["missing"] == report["doubled"] == report["out_of_order"] == 0
    assert report["not_checked"] == []


def test_it_passes_through_kills_and_every_other_fault(binary):
    code, report = simulate(
        binary, "--kills", 3, "--events", 20000, "--conflicts", 0.01, "--invalid", 0.01,
        "--lost-answers", 0.1, "--lost-requests", 0.05, "--publishers", 5, "--topics", 3)
    assert (code, report["result"], report["violations"]) == (0, "PASS", {})
    assert (report["received"], report["unique"]) == (20000, 15600)
    assert (report["conflicts"], report["invalid"], report["kills"]) == (200, 200, 3)
    assert report["lost_answers"] > 0 and report["lost_requests"] > 0 and report["retries"] > 0


def test_runs_do_not_meet_on_one_server(binary, start, tmp_path):
    server = start(lambda port: serve_command(binary, tmp_path / "data", port))
    words = ["--url", url(server), "--events", 1000, "--run", "mine", "--body"]
    assert simulate(binary, *words, "ndjson")[1]["unique"] == 800
    done = subprocess.run([binary, "simulate", *map(str, words), "array"], env=environment(),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "--run" in done.stderr
    words[words.index("mine")] = "another"
    assert simulate(binary, *words, "array")[1]["result"] == "PASS"


def test_single_events(binary):
    code, report = simulate(binary, "--start", "--batch", 1, "--events", 300, "--topics", 1,
                            "--publishers", 8, "--conflicts", 0.1, "--invalid", 0.1)
    assert (code, report["unique"]) == (0, 180), report


def test_its_data_stay_where_it_was_told(binary, tmp_path):
    assert simulate(binary, "--events", 100, "--data", tmp_path / "d")[0] == 0
    done = subprocess.run([binary, "simulate", "--events", "100", "--data", tmp_path / "d"],
                          env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.splitlines()[-1].startswith("PASS"), done


def test_a_right_fake_passes(binary, start, tmp_path):
    server = start(python_server(tmp_path, "fake_server.py", ""))
    code, report = simulate(binary, "--url", url(server), "--events", 1000, "--batch", 20,
                            "--conflicts", 0.05, "--invalid", 0.05, "--lost-answers", 0.1)
    assert (code, report["violations"]) == (0, {})


def test_all_faults_are_known_here():
    known = FAULTS.keys() | FAULTS_AFTER_A_KILL.keys() | {"early_read"}
    assert known == fake_store.BROKEN.keys()


@pytest.mark.parametrize("mode", FAULTS)
def test_a_broken_server_fails(binary, start, tmp_path, mode):
    server = start(python_server(tmp_path, "fake_server.py", mode))
    code, report = simulate(binary, "--url", url(server), "--events", 1000, "--batch", 20,
                            "--conflicts", 0.05, "--invalid", 0.05, "--lost-answers", 0.05)
    assert (code, report["result"]) == (1, "FAIL")
    assert FAULTS[mode] in report["violations"], report


@pytest.mark.parametrize("mode", ["", *FAULTS_AFTER_A_KILL])
def test_a_server_that_breaks_in_a_crash_fails(binary, start, tmp_path, mode):
    # Only a kill between two writes shows that ids are durable before their events.
    kills, pause_ms = (20, "25") if mode == "seen_first" else (8, "2")
    server = start(python_server(tmp_path, "fake_server.py", mode, "--pause-ms", pause_ms))
    process = spawn(binary, "--url", url(server), "--events", 3000, "--batch", 20, "--duplicates",
                    0.4, "--lost-answers", 0)
    for step in range(1, kills + 1):
        wait_until(lambda: stored(server) >= step * 1200 // kills or process.poll() is not None, "load", 60)
        threading.Event().wait(step % 8 * 0.005)  # each time at another moment of a batch
        server.kill()
        server.start()
        server.wait_ready()
    code, report = ended(process)
    if mode:
        assert (code, report["result"]) == (1, "FAIL")
        assert FAULTS_AFTER_A_KILL[mode] in report["violations"], report
    else:
        assert (code, report["violations"]) == (0, {})


@pytest.mark.parametrize("mode, found", [("", None), ("loses", "missing"), ("doubles", "doubled")])
def test_another_implementation(binary, start, tmp_path, mode, found):
    server = start(python_server(tmp_path, "plain_server.py", mode))
    process = spawn(binary, "--url", url(server), "--events", 1000, "--invalid", 0.05)
    if mode:  # the audit gives it time to settle; what is wrong at once stays wrong
        code, report = ended(process)
        assert (code, found in report["violations"]) == (1, True), report
        return
    code, report = ended(process)
    assert (code, report["violations"], report["unique"]) == (0, {}, 750)
    assert len(report["not_checked"]) == 2
    assert report["out_of_order"] is None  # not 0: nobody looked


def test_one_that_lists_single_topics_only(binary, start, tmp_path):
    server = start(python_server(tmp_path, "plain_server.py", "wants_topic"))
    code, report = simulate(binary, "--url", url(server), "--events", 1000)
    assert (code, report["violations"], report["unique"]) == (0, {}, 800)
    assert any("`topic`" in line for line in report["not_checked"]), report


def test_it_claims_no_order_it_has_not_seen(binary, start, tmp_path):
    server = start(python_server(tmp_path, "plain_server.py", ""))
    done = subprocess.run([binary, "simulate", "--url", url(server), "--events", "500"],
                          env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    verdict = done.stdout.splitlines()[-1]
    assert verdict.startswith("PASS") and "order not checked" in verdict
    assert "1, 2, 3" not in done.stdout and "sum of the next four" not in done.stdout


# What the store holds is right in all of these; what a reader is told of it is not.
LIST_FAULTS = {
    "topic_empty": "by_topic",
    "topic_drops": "by_topic",
    "topic_swaps": "order",
    "topic_gets_all": "by_topic",
    "all_drops": "missing",
    "cursor_stays": "unreadable",
    "same_page": "unreadable",
    "empty_pages": "unreadable",
    "answers_500": "unreadable",
    "cut_short": "unreadable",
    "hangs": "unreadable",
}


def test_all_list_faults_are_known_here():
    assert LIST_FAULTS.keys() == set(fake_server.LIST_FAULTS)


@pytest.mark.parametrize("fault", LIST_FAULTS)
def test_lists_that_are_wrong_fail(binary, start, tmp_path, fault):
    server = start(python_server(tmp_path, "fake_server.py", "", "--list-fault", fault))
    more = ["--retry-for", "10s"] if fault == "hangs" else []
    code, report = simulate(binary, "--url", url(server), "--events", 1000, "--topics", 3, *more)
    assert (code, report["result"]) == (1, "FAIL")
    assert LIST_FAULTS[fault] in report["violations"], report


def test_a_hanging_server_is_given_up_in_time(binary):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # Far below the minute that one try takes without --retry-for.
        done = subprocess.run(
            [binary, "simulate", "--url", f"http://127.0.0.1:{silent.getsockname()[1]}",
             "--retry-for", "1s"], env=environment(), capture_output=True, text=True, timeout=45)
    assert done.returncode == 1 and done.stdout.splitlines()[-1].startswith("FAIL"), done


def test_ctrl_c_leaves_nothing_behind(binary, tmp_path):
    process = subprocess.Popen(
        [binary, "simulate", "--start", "--events", "50000000"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(TMPDIR=str(tmp_path)))
    pid_file = wait_until(lambda: [p for p in tmp_path.glob("oncelog-*/data/LOCK")
                                   if p.read_text().strip()], "its server")[0]
    server_pid = int(pid_file.read_text())
    wait_until(lambda: any(tmp_path.glob("oncelog-*/data/p0000/*")), "its store")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "interrupted" in err, out + err
    assert list(tmp_path.iterdir()) == []
    assert not os.path.exists(f"/proc/{server_pid}")


def test_its_server_dies_with_it(binary, tmp_path):
    process = subprocess.Popen(
        [binary, "simulate", "--start", "--events", "50000000"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=environment(TMPDIR=str(tmp_path)))
    pid_file = wait_until(lambda: [p for p in tmp_path.glob("oncelog-*/data/LOCK")
                                   if p.read_text().strip()], "its server")[0]
    handle = os.pidfd_open(int(pid_file.read_text()))
    process.kill()
    process.wait(30)
    assert select.select([handle], [], [], 30)[0], "the server lives on"
    os.close(handle)


@pytest.mark.parametrize("words, said", [
    (["--kills", "1", "--url", "http://127.0.0.1:1"], "--url"),
    (["--duplicates", "1"], "below 1"),
    (["--duplicates", "20%"], "--duplicates"),
    (["--seed", "x"], "--seed"),
    (["--run", "a b"], "--run"),
    (["--retry-for", "soon"], "--retry-for"),
    (["--lost-answers", "0.95"], "0.9"),
    (["--batch", "0"], "--batch"),
])
def test_wrong_usage(binary, words, said):
    done = subprocess.run([binary, "simulate", *words], env=environment(), capture_output=True,
                          text=True, timeout=30)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr


def test_no_server(binary):
    done = subprocess.run([binary, "simulate", "--url", f"http://127.0.0.1:{free_port()}"],
                          env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "refused" in done.stdout and "oncelog serve" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("FAIL  nothing could be judged"), done.stdout
