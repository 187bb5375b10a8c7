"""Fixtures of the API tests. They run side by side (pytest -n): each worker has its own server."""

import uuid

import pytest
from oncelog_server import OncelogServer, binary


def pytest_configure(config):
    del config
    if not binary().exists():
        pytest.exit(f"{binary()} is not there: build it, or set ONCELOG_BINARY", returncode=2)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server that tests share; each uses a topic of its own."""
    running = OncelogServer(tmp_path_factory.mktemp("server")).start()
    yield running
    try:
        running.stop()
    finally:
        running.dispose()


@pytest.fixture
def fresh(tmp_path):
    """A server of the test's own, with an empty store."""
    running = OncelogServer(tmp_path).start()
    yield running
    try:
        if running.running():
            running.stop()
    finally:
        running.dispose()


@pytest.fixture
def start(tmp_path):
    """start(*flags): a server of the test's own, started with flags."""
    started = []

    def run(*flags):
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(OncelogServer(folder, *flags))
        return started[-1].start()

    yield run
    for running in started:
        running.dispose()


@pytest.fixture
def topic():
    """A topic no other test uses."""
    return "t-" + uuid.uuid4().hex


@pytest.fixture
def make(topic):
    """make(event_id, **members): a valid event of the test's topic; None leaves a member out."""

    def event(event_id="a", **members):
        whole = {"topic": topic, "event_id": event_id, "timestamp": "2025-10-22T10:00:00Z",
                 "source": "sensor_A", "payload": {"temperature": 29.5}}
        whole.update(members)
        return {name: value for name, value in whole.items() if value is not None}

    return event
