"""A data directory that is moved, deleted, or replaced, or loses its LOCK, under a running server."""

import itertools
import os
import shutil

import pytest

from server import Server, serve_command, wait_until
from store import EVENT, Store


@pytest.fixture
def store(binary, tmp_path):
    one = Store(binary, str(tmp_path)).start()
    one.acked = []
    yield one
    one.server.stop()


def publish(store, event_id):
    status, body = store.api.post("/publish", [EVENT | {"event_id": event_id, "payload": {}}])
    if status == 200:
        store.acked.append(event_id)
    return status, body


def expect_read_only(store, named):
    """Within a moment publishing ends, for good; the log, /health and the answers say why."""
    ids = (f"late-{number}" for number in itertools.count())

    def refusal():
        status, body = publish(store, next(ids))
        return body if status != 200 else None

    body = wait_until(refusal, "publishing is refused")
    assert (body["status"], body["error"], body["stored"]) == (503, "read_only", "unknown"), body
    assert named in body["detail"], body
    health = store.api.get_json("/health", status=None)
    assert health["status"] == "read_only" and named in health["detail"], health
    assert store.api.status("/readyz") == 200
    assert store.api.status("/readyz?for=publish") == 503
    with open(store.server.log_path, encoding="utf-8") as log:
        assert named in log.read()


def expect_failed_stop(store, named):
    """A stop does not claim that all is well."""
    assert store.server.terminate() == 1
    with open(store.server.log_path, encoding="utf-8") as log:
        assert named in log.read().splitlines()[-1]


def second_server(store, data):
    return Server(serve_command(store.server.command[0], data), store.server.log_path)


def test_a_moved_directory(store, tmp_path):
    publish(store, "before")
    moved = str(tmp_path / "moved")
    os.rename(store.data, moved)
    expect_read_only(store, store.data)
    code, said = second_server(store, moved).run_to_exit()
    assert code == 1 and str(store.server.pid) in said, said
    expect_failed_stop(store, store.data)
    assert not os.path.exists(store.data)

    store.server = second_server(store, moved)
    store.start()
    assert set(store.acked) <= set(store.ids())
    assert publish(store, "before")[1]["duplicates"] == 1


def test_another_store_in_its_place_stays_as_it_is(store, binary, tmp_path):
    publish(store, "before")
    os.rename(store.data, tmp_path / "moved")
    other = Store(binary, str(tmp_path))
    try:
        other.start()
        other.publish("theirs")
        expect_read_only(store, store.data)
        assert other.publish("theirs, too") == [("accepted", 2)]
        other.server.kill()
        theirs = other.fingerprints()
        expect_failed_stop(store, store.data)
        assert other.fingerprints() == theirs
        other.start()
        assert other.ids() == ["theirs", "theirs, too"]
    finally:
        other.server.stop()


def test_a_deleted_lock_lets_no_second_server_in(store):
    publish(store, "before")
    lock = os.path.join(store.data, "LOCK")
    os.unlink(lock)
    code, said = second_server(store, store.data).run_to_exit()
    assert code == 1 and "locked" in said, said
    assert not os.path.exists(lock)
    expect_read_only(store, lock)
    expect_failed_stop(store, lock)
    store.start()
    assert set(store.acked) <= set(store.ids())


def test_a_deleted_directory(store):
    publish(store, "before")
    shutil.rmtree(store.data)
    assert store.api.get_json("/health", status=None)["status"] == "read_only"
    expect_read_only(store, store.data)
    assert "before" in store.ids()  # it can still be read
    expect_failed_stop(store, store.data)
    assert not os.path.exists(store.data)


def test_a_server_without_traffic_says_so_too(store):
    publish(store, "before")
    shutil.rmtree(store.data)
    health = store.api.get_json("/health", status=None)
    assert health["status"] == "read_only" and store.data in health["detail"], health
    expect_failed_stop(store, store.data)
    assert not os.path.exists(store.data)
