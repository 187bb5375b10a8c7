"""Clean stop, lock, damaged log, torn end, failed write: what a start takes, and what it refuses."""

import glob
import os
import re

import pytest

import readback
from server import Server, wait_until
from store import BLOCK, EVENT, Store


@pytest.fixture
def store(binary, tmp_path):
    one = Store(binary, str(tmp_path))
    yield one
    one.server.stop()


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x10]))


def test_clean_stop_and_restart(store):
    store.start()
    assert store.publish("a", "b", "a") == [("accepted", 1), ("accepted", 2), ("duplicate", 1)]
    before = store.api.get_json("/stats")
    assert store.server.terminate() == 0
    store.start()
    after = store.api.get_json("/stats")
    for member in ("received", "unique_processed", "duplicate_dropped", "total_events"):
        assert after[member] == before[member], member
    assert store.publish("b", "c") == [("duplicate", 2), ("accepted", 3)]
    assert store.ids() == ["a", "b", "c"]


def test_many_clean_restarts(store):
    for number in range(8):
        store.start()
        assert store.publish(str(number)) == [("accepted", number + 1)]
        assert store.ids() == [str(n) for n in range(number + 1)]
        assert store.server.terminate() == 0


def test_a_second_server_is_refused(store):
    store.start()
    store.publish("a")
    second = Server(store.server.command, store.server.log_path)
    code, said = second.run_to_exit()
    assert code == 1
    assert str(store.server.pid) in said, said
    assert store.publish("b") == [("accepted", 2)]


@pytest.mark.parametrize("wrong", ["topic", "payload"])
def test_damage_in_the_middle_is_refused(store, wrong):
    store.start()
    store.publish(*(f"event-{n}" for n in range(50)))
    store.server.kill()
    text = b"payload of event-17" if wrong == "payload" else b"event-17"
    path, offset = store.find_in_log(b'"' + text)
    flip(path, offset + 3)
    before = store.fingerprints()
    code, said = store.server.run_to_exit()
    assert code == 1, said
    assert path in said or os.path.relpath(path, store.data) in said, said
    offsets = [int(number) for number in re.findall(r"\d+", said)]
    assert any(offset - 16 * BLOCK < number <= offset for number in offsets), said
    assert {p: h for p, h in store.fingerprints().items() if p in before} == before, \
        "a refused start must not change the evidence"
    flip(path, offset + 3)
    store.start()
    assert store.ids() == [f"event-{n}" for n in range(50)]


def test_damage_after_a_clean_stop_is_refused_or_found_when_read(store):
    store.start()
    store.publish(*(f"event-{n}" for n in range(50)))
    assert store.server.terminate() == 0
    path, offset = store.find_in_log(b'"payload of event-17')
    flip(path, offset + 3)
    store.server.start()
    try:
        store.server.wait_ready()
    except Exception:
        assert store.server.wait_exit() == 1
        return
    api = readback.Api(store.server.host, store.server.port)
    with pytest.raises(readback.ReadbackError):
        api.event(EVENT["topic"], "event-17")


def test_an_acked_event_at_the_end_is_never_cut(store):
    """Behind each acked frame something follows soon, so that damage to it is no torn end."""
    store.start()
    store.publish(*(f"event-{n}" for n in range(10)))
    path, offset = store.find_in_log(b'"payload of event-9')
    wait_until(lambda: store.last_block()[1] > offset, "a commit mark behind the last frame")
    store.server.kill()
    flip(path, offset + 3)
    code, said = store.server.run_to_exit()
    assert code == 1 and os.path.basename(path) in said, said


def test_a_torn_end_is_cut_saved_and_reported(store):
    store.start()
    store.publish(*(f"event-{n}" for n in range(10)))
    _, offset = store.find_in_log(b'"payload of event-9')
    wait_until(lambda: store.last_block()[1] > offset, "a commit mark behind the last frame")
    store.server.kill()
    path, block = store.last_block()
    flip(path, block + 20)
    store.start()
    assert store.ids() == [f"event-{n}" for n in range(10)]
    assert store.publish("event-3", "event-10") == [("duplicate", 4), ("accepted", 11)]
    assert glob.glob(os.path.join(store.data, "p0000", "log", "*.torn"))


def test_a_failed_write_latches_read_only(store):
    store.start()
    store.publish("a")
    store.server.forbid_writes()
    event = EVENT | {"event_id": "b", "payload": {}}
    status, body = store.api.post("/publish", [event])
    assert (status, body["error"], body["stored"]) == (503, "read_only", "unknown"), body
    store.server.forbid_writes(False)
    status, body = store.api.post("/publish", [event])
    assert (status, body["error"]) == (503, "read_only"), "a failed write is final"
    assert store.ids() == ["a"], "what is not durable is not shown"
    assert store.api.get_json("/health", status=None)["status"] == "read_only"
    assert store.api.status("/readyz") == 200
    assert store.api.status("/readyz?for=publish") == 503
    store.server.kill()
    store.start()
    (verdict, sequence), = store.publish("b") if "b" not in store.ids() else [("stored", 2)]
    assert (verdict, sequence) in (("accepted", 2), ("stored", 2))
    assert store.publish("c") == [("accepted", 3)]
