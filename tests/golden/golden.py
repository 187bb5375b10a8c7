"""Golden stores: data directories of a version, kept as text, which later versions must open.

    golden.py make [NAME …]         # of this build, into tests/golden/VERSION; replaces what is there
                                    # of these, or all of it
    golden.py unpack FILE FOLDER    # one of them (its NAME.store.1.b64), as a data directory

`make` wants build/release/oncelog and build/release/tests/model_test. Make them anew only while the
version they are of is not released; from then on the version goes up and gets its own.

For each store NAME there are
    NAME.store.1.b64 …  the data directory: see pack(); parts of one text
    NAME.sent.ndjson    what was published and accepted, so that a retry must end `duplicate`
    NAME.gone.ndjson    what was erased or cut of that
    NAME.events.ndjson  `oncelog export` of it
    NAME.figures.json   /stats and /topics of it, without what changes from start to start
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "crash"))
from server import Server, find_binary, serve_command  # noqa: E402

BLOCK = 4096
COLUMNS = 96
FILE_BYTES_MAX = 100_000  # of one in the repository
STABLE_STATS = ("received", "unique_processed", "duplicate_dropped", "conflicts", "total_events",
                "total_topics", "events_per_topic")


def pack(folder):
    """The files of a data directory: `file NAME BYTES`, then `at OFFSET` and base64 for each block
    of 4 KiB that is not all zeros, without the zeros at its end."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        lines.append(f"file {path.relative_to(folder)} {len(data)}")
        for at in range(0, len(data), BLOCK):
            if block := data[at:at + BLOCK].rstrip(b"\0"):
                text = base64.b64encode(block).decode()
                lines.append(f"at {at}")
                lines += [text[i:i + COLUMNS] for i in range(0, len(text), COLUMNS)]
    return "\n".join(lines) + "\n"


def write_parts(text, target, name):
    parts, size = [[]], 0
    for line in text.splitlines(keepends=True):
        if size + len(line) > FILE_BYTES_MAX:
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line)
    for number, part in enumerate(parts, 1):
        (target / f"{name}.store.{number}.b64").write_text("".join(part), encoding="ascii")


def parts_of(first):
    """All parts of a store, in order."""
    name = first.name.removesuffix(".1.b64")
    return sorted(first.parent.glob(f"{name}.*.b64"), key=lambda path: int(path.suffixes[-2][1:]))


def unpack(first, folder):
    """Makes the data directory that pack() was given."""
    packed = "".join(path.read_text(encoding="ascii") for path in parts_of(first))
    file, text = None, []

    def flush():
        if text:
            file.write(base64.b64decode("".join(text)))
            text.clear()

    for line in packed.splitlines():
        words = line.split(" ")
        if len(words) == 1:
            text.append(line)
            continue
        flush()
        if words[0] == "at":
            file.seek(int(words[1]))
            continue
        if file:
            file.close()
        path = folder / words[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "wb")  # pylint: disable=consider-using-with
        file.truncate(int(words[2]))
    flush()
    file.close()
    return folder


def get(url, path):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url + path, timeout=60) as answer:
        return json.load(answer)


def figures(url):
    """What a store says of itself that has to stay as it is."""
    stats = get(url, "/stats")
    return {"stats": {name: stats[name] for name in STABLE_STATS},
            "topics": get(url, "/topics?limit=1000")["topics"]}


def export(binary, url, to):
    subprocess.run([binary, "export", to, "--url", url], check=True, capture_output=True)


def write_expected(binary, packed, to):
    """Opens the store with this build and notes what it gives."""
    with tempfile.TemporaryDirectory() as folder:
        data = unpack(packed, pathlib.Path(folder) / "data")
        server = Server(serve_command(binary, data), pathlib.Path(folder) / "log")
        server.start()
        try:
            server.wait_ready()
            url = f"http://127.0.0.1:{server.port}"
            found = json.dumps(figures(url), indent=1, sort_keys=True, ensure_ascii=False)
            to.with_suffix(".figures.json").write_text(found + "\n", encoding="utf-8")
            export(binary, url, to.with_suffix(".events.ndjson"))
        finally:
            server.stop()


def make(names):
    binary = str(pathlib.Path(find_binary()).resolve())
    version = subprocess.run([binary, "version"], check=True, capture_output=True,
                             text=True).stdout.split()[1]
    target = HERE / version
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder)
        test = pathlib.Path(binary).parent / "tests" / "model_test"
        subprocess.run([test, "--gtest_filter=GoldenStore.*"], check=True, capture_output=True,
                       env=os.environ | {"ONCELOG_GOLDEN": folder})
        if not names:
            shutil.rmtree(target, ignore_errors=True)
        target.mkdir(exist_ok=True)
        for store in sorted(path for path in made.iterdir() if path.is_dir()):
            if names and store.name not in names:
                continue
            for old in target.glob(f"{store.name}.*"):
                old.unlink()
            write_parts(pack(store), target, store.name)
            for name in ("sent", "gone"):
                shutil.copy(made / f"{store.name}.{name}.ndjson", target)
            write_expected(binary, target / f"{store.name}.store.1.b64", target / store.name)
    for path in sorted(target.iterdir()):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size} bytes")
        if path.stat().st_size > FILE_BYTES_MAX:
            sys.exit(f"{path}: larger than {FILE_BYTES_MAX} bytes")


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2:])
    elif len(sys.argv) == 4 and sys.argv[1] == "unpack":
        unpack(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        sys.exit(__doc__)
