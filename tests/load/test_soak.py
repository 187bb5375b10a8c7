"""The soak of `./dev soak`, for half a minute: three lives of a server under steady load; and that
the soak sees what leaks."""

import os

import pytest

import soak
from process import Held

SEED = int(os.environ.get("ONCELOG_SEED", 0)) or int.from_bytes(os.urandom(3), "little")
MIB = 1 << 20


def test_soak(binary, tmp_path):
    print(f"replay the choices with ONCELOG_SEED={SEED}")
    done = soak.Soak(binary, tmp_path, SEED).run(minutes=0.4)
    print(done)
    assert done.findings == [], done.findings[:5]
    assert done.backups == len(done.lives)
    assert done.stored > 500 and done.queries > 100 and done.faded > 100, "too little load to prove anything"


@pytest.mark.parametrize("leak, finding", [
    ({}, None),
    ({"resident_bytes": MIB}, "memory grew"),
    ({"others": 0.1}, "sockets"),
    ({"deleted": 0.2}, "deleted files"),
    ({"files_of_data": 0.5}, "files are open"),
])
def test_what_leaks_is_seen(leak, finding):
    held = {"resident_bytes": 50 * MIB, "files_of_data": 5, "deleted": 0, "others": 18}
    life = soak.Life([
        soak.Sample(at, Held(**{k: int(v + leak.get(k, 0) * at) for k, v in held.items()}),
                    events=100 * at, files=7) for at in range(100)])
    found = life.findings("life 1")
    assert len(found) == (0 if finding is None else 1) and all(finding in f for f in found), found
