"""Files that can no longer be read under a running server. They are mapped, so that this is a
SIGBUS: the server lives on, says which file and where, and takes no id that it cannot look up for a
new one."""

import glob
import os
import subprocess

import pytest

from store import BLOCK, EVENT, Store

BATCH = 10_000


class IndexedStore(Store):
    """A store with an index run, which holds the first events."""

    def __init__(self, binary, directory):
        super().__init__(binary, directory, "--index-table-entries", "65536")
        self.batches = 0

    def batch(self, number):
        return [EVENT | {"event_id": f"{number}-{n}", "payload": {}} for n in range(BATCH)]

    def send(self, number):
        return self.api.post("/publish", self.batch(number), {"Prefer": "return=minimal"})

    def fill(self):
        """Until the first events are in an index run, which is in use."""
        while not self.api.get_json("/stats")["store"]["index_runs"]:
            status, body = self.send(self.batches)
            assert status == 200 and body["accepted"] == BATCH, body
            self.batches += 1

    def first_run(self):
        runs = glob.glob(os.path.join(self.data, "p0000", "idx", "*.run"))
        return min(runs, key=lambda path: int(os.path.basename(path).split(".")[0]))

    def expect_all(self):
        assert len(set(self.ids())) == self.batches * BATCH
        for number in range(self.batches):
            status, body = self.send(number)
            assert status == 200 and body["duplicates"] == BATCH, (number, str(body)[:300])


@pytest.fixture
def store(binary, tmp_path):
    one = IndexedStore(binary, str(tmp_path)).start()
    yield one
    one.server.stop()


def cut(path):
    """Leaves its first page; yields the whole."""
    with open(path, "rb") as file:
        whole = file.read()
    os.truncate(path, BLOCK)
    return whole


def test_an_index_run_that_cannot_be_read(store):
    store.fill()
    path = store.first_run()
    whole = cut(path)
    status, body = store.send(0)
    assert status == 500 and body["error"] == "damaged" and body["stored"] == "no", body
    assert f"idx/{os.path.basename(path)} at offset " in body["detail"], body
    assert len(set(store.ids())) == store.batches * BATCH, "all else goes on"
    assert store.api.get_json("/health")["status"] == "ok"

    with open(path, "r+b") as file:
        file.write(whole)
    store.expect_all()  # and so does publishing, once the file can be read again
    store.server.kill()
    store.start()
    store.expect_all()


def test_what_is_left_of_it_is_rebuilt(binary, store):
    store.fill()
    path = store.first_run()
    cut(path)
    assert store.send(0)[0] == 500
    store.server.kill()
    code, said = store.server.run_to_exit()
    assert code == 1 and os.path.basename(path) in said and "oncelog rebuild" in said, said
    subprocess.run([binary, "rebuild", "--data", store.data], check=True, capture_output=True)
    store.start()
    store.expect_all()
