"""`oncelog backup` under load, then kill -9: each backup, restored, is the store at one moment, by the
oracle; everything sent again is a duplicate; old cursors are refused. And on a disk that is full."""

import glob
import multiprocessing
import os
import shutil
import subprocess
import threading

import pytest

import backups
import oracle
import publisher
import readback
from server import Server, free_port, serve_command, wait_until

SEED = int(os.environ.get("ONCELOG_SEED", 0)) or int.from_bytes(os.urandom(3), "little")
BACKUPS = 5
FLAGS = ("--index-table-entries", "65536", "--log-file-bytes", "64MiB")


def total(api):
    return api.get_json("/stats")["total_events"]


def take_under_load(binary, tmp_path, server, api):
    taken = []
    for number in range(BACKUPS):
        before = total(api)
        wait_until(lambda seen=before: total(api) > seen + 400, "the publishers go on", 60)
        cursor = api.get_json("/events", {"limit": 3})["next"]
        copy = ["--copy"] if number % 2 else []
        taken.append(backups.take(binary, tmp_path / "data", tmp_path / f"backup{number}", cursor, *copy))
    server.kill()
    return taken


def test_backups_under_load(binary, tmp_path):
    print(f"replay the choices with ONCELOG_SEED={SEED}")
    port = free_port(SEED)
    server = Server(serve_command(binary, tmp_path / "data", port, *FLAGS), tmp_path / "server.log")
    stop = multiprocessing.get_context("fork").Event()
    settings = publisher.Settings("127.0.0.1", port, SEED, str(tmp_path), stop, batch_max=200)
    server.start()
    server.wait_ready()
    sending = publisher.start(settings, [0, 1, 2, 3], observer=False)
    try:
        api = readback.Api("127.0.0.1", port)
        taken = take_under_load(binary, tmp_path, server, api)
    finally:
        stop.set()
        sending.join(120)
        server.stop()
    assert not glob.glob(str(tmp_path / "*.failed"))
    shutil.rmtree(tmp_path / "data")  # links have to do without it
    submissions = [s for path in sorted(tmp_path.glob("*.oracle")) for s in oracle.read_log(path)]
    for number, one in enumerate(taken):
        assert backups.judge(one, submissions, tmp_path / f"restored{number}") == []
    # The judge can tell: the next backup's moment is too late for this one.
    late = backups.Taken(binary, taken[0].directory, taken[-1].began, taken[-1].ended, "")
    assert backups.judge(late, submissions, tmp_path / "late") != []


def test_a_backup_killed_at_any_moment(binary, tmp_path):
    """SIGKILL: what is left is a backup, or says that it is none."""
    server = Server(serve_command(binary, tmp_path / "data"), tmp_path / "server.log")
    server.start()
    server.wait_ready()
    api = readback.Api(server.host, server.port)
    events = [{"topic": f"t{n % 7}", "event_id": str(n), "timestamp": "2025-10-22T10:00:00Z",
               "source": "s", "payload": {"fill": "x" * 1000}} for n in range(10_000)]
    for _ in range(2):
        assert api.post("/publish", events)[0] == 200
    pause, finished, cut_off = 0.0, 0, 0
    while finished == 0:
        target = tmp_path / "b"
        process = subprocess.Popen([binary, "backup", str(target), "--data", str(tmp_path / "data"),
                                    "--copy"], stdout=subprocess.DEVNULL)
        threading.Event().wait(pause)  # the moment of the kill; nothing is waited for
        process.kill()
        process.wait()
        restored = backups.run(binary, "restore", target, "--data", tmp_path / "r")
        if restored.returncode == 0:
            finished += 1
            assert backups.run(binary, "verify", "--data", tmp_path / "r").returncode == 0
        else:
            cut_off += target.exists()
            assert not (tmp_path / "r" / "STORE").exists(), restored.stderr
            assert not (target / "BACKUP").exists() or (target / "UNFINISHED").exists()
        for folder in ("b", "r"):
            shutil.rmtree(tmp_path / folder, ignore_errors=True)
        pause = pause * 1.3 + 0.002
    server.stop()
    assert cut_off > 0, "no kill came in time to prove anything"


def test_a_full_disk(binary, tmp_path):
    script = os.path.join(os.path.dirname(__file__), "backup_disk_full.sh")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs a mount namespace (root) for a small disk of its own")
    done = subprocess.run(["unshare", "-m", "sh", script, binary, str(tmp_path)],
                          capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 77:
        pytest.skip("cannot mount a tmpfs")
    assert done.returncode == 0, done.stdout + done.stderr
