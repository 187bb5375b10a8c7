"""What a newcomer gets wrong, and what the program says then: one clear line and the right code."""

import json
import os
import pty
import subprocess

import pytest
from conftest import BINARY, ROOT, environment, event, oncelog
from stage_server import HANG_UP, StageServer, answer

READERS = ("stats", "stats --json", "topics", "topics --json", "events", "events --json", "bench",
           "health")


def one_line(done, code):
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.startswith("oncelog: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("command", READERS)
def test_no_server(command):
    said = one_line(oncelog(*command.split(), url="http://127.0.0.1:1"), 1)
    assert "127.0.0.1:1" in said and "oncelog serve" in said


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("part", [answer(200, "<html>hello</html>"), answer(200, "{}"),
                                  answer(404, "<html>not here</html>"), answer(501, "")],
                         ids=["page", "object", "404", "501"])
def test_a_server_that_is_no_oncelog(command, part):
    with StageServer([part]) as stage:
        done = oncelog(*command.split(), url=stage.url)
    said = one_line(done, 1)
    assert done.stdout == ""
    assert "oncelog server" in said
    if part[0] != 200:
        assert f"{stage.url} answered {part[0]}" in said


def test_a_server_that_hangs_up():
    with StageServer([HANG_UP]) as stage:
        one_line(oncelog("stats", url=stage.url), 1)


@pytest.mark.parametrize(("url", "wanted"), [
    ("https://127.0.0.1:8080", "https is not built in"), ("nonsense", "http://HOST:PORT"),
    ("http://127.0.0.1:8080/api", "http://HOST:PORT"), ("http://127.0.0.1:99999", "http://HOST"),
    ("ftp://127.0.0.1", "http://HOST:PORT")])
def test_a_wrong_url(url, wanted):
    for command in (*READERS, "publish", "tail"):
        said = one_line(oncelog(*command.split(), url=url, text=""), 2)
        assert wanted in said and "--url" in said
    assert "ONCELOG_URL" in one_line(oncelog("stats", ONCELOG_URL=url), 2)


def test_a_name_that_is_no_host():
    assert "no-such-host.invalid" in one_line(oncelog("stats", url="http://no-such-host.invalid:1"), 1)


def test_files_that_cannot_be_read(tmp_path):
    missing = tmp_path / "none.ndjson"
    said = one_line(oncelog("publish", missing), 1)
    assert str(missing) in said and "No such file" in said
    assert "is a directory" in one_line(oncelog("publish", tmp_path), 1)
    assert "is a directory" in one_line(oncelog("tail", "--cursor", tmp_path), 1)
    assert "No such file" in one_line(oncelog("tail", "--cursor", tmp_path / "no" / "c"), 1)
    assert str(missing) in one_line(oncelog("config", "--config", missing), 2)
    assert "directory" in one_line(oncelog("config", "--config", tmp_path), 2)


@pytest.mark.parametrize("command", [
    ("--help",), ("version",), ("config",), ("stats",), ("stats", "--json"), ("topics",),
    ("events",), ("man",), ("completion", "bash"), ("publish", "--json")], ids=" ".join)
def test_an_output_that_takes_nothing(server, command):
    where = ["--url", server.url] if command[0] in ("stats", "topics", "events", "publish") else []
    oncelog("publish", url=server.url, text=json.dumps(event(1)))
    words = " ".join([*command, *where])
    for target in (">&-", ">/dev/full"):
        done = subprocess.run(["sh", "-c", f'exec "{BINARY}" {words} {target} </dev/null'],
                              capture_output=True, text=True, timeout=60, check=False,
                              env=environment())
        assert done.returncode == 1, f"{target}: {done.stderr}"
        assert "cannot write the output" in done.stderr


def test_with_stdin_closed_nothing_is_published(server):
    done = subprocess.run(["sh", "-c", f'exec "{BINARY}" publish --url {server.url} <&-'],
                          capture_output=True, text=True, timeout=60, check=False, env=environment())
    assert done.returncode == 1 and "reading the input failed" in done.stderr


def test_every_command_explains_itself_with_examples():
    for line in oncelog("--help").stdout.split("Commands:")[1].split("\n\n")[0].splitlines()[1:]:
        command = line.split()[0]
        text = oncelog(command, "--help").stdout
        assert f"Usage: oncelog {command}" in text and "Examples:" in text
        assert max(map(len, text.splitlines())) <= 100


def documented():
    """command -> the example of its JSON in docs/command-line.md."""
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    examples = {}
    for part in text.split("\n### ")[1:]:
        if "```json\n" in part:
            examples[part.split("`")[1]] = json.loads(part.split("```json\n")[1].split("```")[0])
    return examples


@pytest.mark.parametrize("words", documented())
def test_json_has_the_documented_shape(words, server, tmp_path):
    topic, event_id = event(1)["topic"], event(1)["event_id"]
    oncelog("publish", url=server.url, text=json.dumps(event(1)))
    command = words.split()[1:]
    of_directory = command[0] in ("verify", "rebuild", "backup", "restore")
    if of_directory:
        server.kill()
    if command[0] == "restore":
        assert oncelog("backup", tmp_path / "backup", "--data", server.data).returncode == 0
    local = of_directory or command[0] in ("version", "config")
    one = {"text": json.dumps(event(2))}
    more = {"publish": one, "import": one}.get(command[0], {})
    data = ["--data", server.data]
    flags = {"bench": ["--yes", "--events", "100"], "import": ["-"], "verify": data,
             "rebuild": data, "backup": [tmp_path / "backup", *data],
             "restore": [tmp_path / "backup", "--data", tmp_path / "restored"],
             "retention": [topic, "--age", "30d"], "erase": [topic, event_id]}.get(command[0], [])
    done = oncelog(*command, *flags, url=None if local else server.url, **more)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\n")
    shape = lambda value: {k: type(v) for k, v in value.items()}  # noqa: E731
    found, wanted = json.loads(done.stdout), documented()[words]
    same = {name: kind for name, kind in shape(found).items() if name in wanted}
    assert same == shape(wanted), "its members and their types"
    assert command[0] in ("stats", "topics") or set(found) == set(wanted), "and no others"


@pytest.mark.parametrize(("more", "bold"), [
    ({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ({"TERM": "xterm", "NO_COLOR": ""}, True), ({"TERM": "dumb"}, False), ({}, False)],
    ids=["terminal", "NO_COLOR", "empty", "dumb", "no TERM"])
def test_tables_are_bold_for_people_only(more, bold):
    here, there = pty.openpty()
    command = subprocess.run([BINARY, "config"], stdout=there, env=environment(**more), check=True,
                             timeout=60)
    os.close(there)
    shown = os.read(here, 1 << 16).decode()
    os.close(here)
    assert command.returncode == 0 and "setting" in shown
    assert ("\x1b[1m" in shown) == bold
    assert "\x1b" not in oncelog("config", TERM="xterm").stdout


TRICKS = "\x7f\u009b31m\u202eevil\u2066"


def shown_on_a_terminal(*words):
    """What a command that ends by itself prints there."""
    here, there = pty.openpty()
    command = subprocess.run([BINARY, *words], stdout=there, stderr=subprocess.PIPE, timeout=60,
                             env=environment(TERM="xterm"), check=False)
    os.close(there)
    shown = os.read(here, 1 << 16).decode()
    os.close(here)
    assert command.returncode == 0, command.stderr
    return shown


@pytest.mark.parametrize("words", ["events", "events --json", "topics"])
def test_nothing_that_was_published_plays_with_the_terminal(server, words):
    tricky = event(1, topic="t\u202e", source=TRICKS, payload={"a": TRICKS})
    assert oncelog("publish", url=server.url, text=json.dumps(tricky)).returncode == 0
    raw = json.dumps(tricky, ensure_ascii=False)
    oncelog("publish", url=server.url, text=raw.replace('"e1"', '"e2"'))
    shown = shown_on_a_terminal(*words.split(), "--url", server.url)
    assert not set(TRICKS) - set("31mevil") & set(shown), repr(shown)
    piped = oncelog(*words.split(), url=server.url).stdout
    if words == "events":
        found = [json.loads(line) for line in shown.splitlines()]
        assert found == [json.loads(line) for line in piped.splitlines()], "the same JSON"
        assert found[1]["payload"]["a"] == TRICKS and TRICKS in piped


@pytest.mark.parametrize(("words", "wanted"), [
    ("--listen nosuch", "127.0.0.1:8080"), ("--listen nosuch:8080", "an IP address or localhost"),
    ("--cors-origin board.example", "https://host"),
    ("--cors-origin https://board.example/path", "https://host"),
    ("--cors-origin https://", "https://host"), ("--allowed-host http://a.example", "host:port"),
    ("--allowed-host a/b", "host:port"), ("--connections-max 0", "1 to 1000000")])
def test_settings_that_make_no_sense(tmp_path, words, wanted):
    said = one_line(oncelog("serve", "--data", tmp_path / "data", *words.split()), 2)
    assert wanted in said and words.split()[0][2:] in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [
    "", "nonsense", "publish --batch 0", "publish --retry-for soon", "publish a b",
    "publish --format xml", "events --limit 0", "events --order up", "events --all --limit 3",
    "events --all --json", "events --nonsense", "tail -n -1", "tail --interval 1ms",
    "tail --from-start -n 3", "topics --limit 3", "stats x", "health --for nothing",
    "simulate --events 0", "simulate --duplicates 2", "simulate --seed x",
    "simulate --lost-answers 0.5 --lost-requests 0.5", "simulate --kills 1 --url http://127.0.0.1:1",
    "bench --max-time soon", "bench --server-pid 999999999", "completion powershell", "config x",
    "config --config /nowhere", "serve --io-threads 99", "version x", "man x"])
def test_wrong_usage_ends_with_2(words):
    done = oncelog(*words.split(), text="")
    assert done.returncode == 2, done.stdout + done.stderr
    if words:
        one_line(done, 2)


@pytest.mark.parametrize("words", ["bench --max-time 60000ms --yes --events 10",
                                   "publish --retry-for 60000ms"])
def test_times_may_be_in_milliseconds(server, words):
    done = oncelog(*words.split(), url=server.url, text=json.dumps(event(1)))
    assert done.returncode == 0, done.stderr
