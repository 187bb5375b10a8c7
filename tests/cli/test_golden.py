"""Stores that earlier versions, and this one, left: they open, hold what they held, and know it again."""

import json
import shutil
import subprocess
import sys

import pytest
from conftest import BINARY, DONE_SECONDS_MAX, ROOT, StartedServer, environment, oncelog

sys.path.insert(0, str(ROOT / "tests" / "golden"))
import golden  # noqa: E402

STORES = sorted((ROOT / "tests" / "golden").glob("*/*.store.1.b64"))


def name_of(packed):
    return f"{packed.parent.name}-{packed.name.removesuffix('.store.1.b64')}"


@pytest.fixture(params=STORES, ids=name_of)
def packed(request):
    return request.param


def beside(packed, what):
    return packed.with_name(packed.name.replace("store.1.b64", what)).read_text(encoding="utf-8")


def lines(packed, what):
    return beside(packed, what).splitlines()


@pytest.fixture
def opened(packed, tmp_path):
    server = StartedServer(tmp_path)
    golden.unpack(packed, server.data)
    server.begin()
    yield server
    server.stop()


def exported(server, folder):
    out = folder / "events.ndjson"
    out.unlink(missing_ok=True)
    golden.export(BINARY, server.url, out)
    return out.read_text(encoding="utf-8")


def test_there_are_some_of_this_version():
    version = subprocess.run([BINARY, "version"], check=True, capture_output=True, text=True).stdout
    for name in ("clean", "torn", "erased"):
        assert f"{version.split()[1]}-{name}" in map(name_of, STORES)
    assert all(path.stat().st_size <= golden.FILE_BYTES_MAX
               for store in STORES for path in store.parent.iterdir())


def test_all_of_it_is_there(packed, opened, tmp_path):
    for start in range(3):
        assert exported(opened, tmp_path) == beside(packed, "events.ndjson"), f"start {start}"
        assert golden.figures(opened.url) == json.loads(beside(packed, "figures.json"))
        if start == 0:
            opened.kill()
        elif start == 1:
            opened.stop()
        if start < 2:
            opened.begin()


def test_each_event_is_known_again(packed, opened, tmp_path):
    sent = lines(packed, "sent.ndjson")
    assert len(sent) > 20
    before = golden.figures(opened.url)["stats"]
    done = oncelog("publish", "--json", url=opened.url, text="\n".join(sent) + "\n")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["accepted"], report["duplicates"]) == (0, len(sent)), report
    after = golden.figures(opened.url)["stats"]
    assert after["duplicate_dropped"] == before["duplicate_dropped"] + len(sent)
    assert after["unique_processed"] == before["unique_processed"]
    assert exported(opened, tmp_path) == beside(packed, "events.ndjson")


def test_what_is_gone_stays_gone(packed, opened):
    gone = [json.loads(line) for line in lines(packed, "gone.ndjson")]
    assert gone
    for event in gone:
        done = oncelog("events", "--topic", event["topic"], "--event-id", event["event_id"],
                       url=opened.url)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_verify_finds_nothing_wrong(packed, tmp_path):
    data = golden.unpack(packed, tmp_path / "data")
    done = oncelog("verify", "--data", data)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_torn_end_is_cut_and_kept(packed, opened):
    torn = [path for path in opened.data.rglob("*.torn")]
    assert len(torn) == (1 if "torn" in packed.name else 0)


def test_a_manifest_of_a_later_version_is_refused(packed, tmp_path):
    data = golden.unpack(packed, tmp_path / "data")
    manifest = data / "p0000" / "MANIFEST"
    raw = bytearray(manifest.read_bytes())
    raw[8] += 1
    manifest.write_bytes(raw)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    done = subprocess.run([BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=DONE_SECONDS_MAX, check=False,
                          env=environment())
    assert done.returncode == 1
    assert f"{manifest}: written by a newer oncelog; start it with that version" in done.stderr
    (data / "LOCK").unlink(missing_ok=True)
    assert before == {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


def test_a_store_whose_partition_is_gone_is_not_begun_anew(packed, tmp_path):
    data = golden.unpack(packed, tmp_path / "data")
    shutil.rmtree(data / "p0000")
    done = subprocess.run([BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=DONE_SECONDS_MAX, check=False,
                          env=environment())
    assert done.returncode == 1
    assert f"{data}/p0000: is missing, though {data}/STORE says" in done.stderr
    assert not (data / "p0000").exists()
