"""docs/operations.md says what the program says."""

import json
import re
import subprocess

from conftest import ROOT, binary
from tour import plain_environment

ROW = re.compile(r"^\| `([a-z-]+)` \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def code(text):
    return f"`{text}`" if text else "none"


def config(folder, *flags):
    return subprocess.run([ROOT / binary(), "config", *flags], cwd=folder, check=False,
                          env=plain_environment(), capture_output=True, text=True)


def test_the_table_of_settings_is_that_of_the_program(tmp_path):
    done = config(tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    wanted = [(one["name"], code(one["default"]), one["allowed"], one["help"])
              for one in json.loads(done.stdout)["settings"]]
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = ROW.findall(text[text.index("## Settings"):text.index("## States")])
    rows = "\n".join(f"| `{name}` | {' | '.join(rest)} |" for name, *rest in wanted)
    assert table == wanted, f"the table should be\n{rows}"


def test_the_example_of_a_file_is_valid(tmp_path):
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    example = re.search(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "oncelog.toml").write_text(example, encoding="utf-8")
    done = config(tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^data +/srv/oncelog +oncelog.toml:1$", done.stdout, re.MULTILINE)
