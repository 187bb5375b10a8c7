"""The commands of examples/README.md print what is written behind them."""

import re
import shutil
import subprocess

from conftest import EXAMPLES, environment

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_commands_print_what_is_shown(url, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    block = BLOCK.search((EXAMPLES / "README.md").read_text(encoding="utf-8"))[1]
    shown = re.findall(r"# (.*)$", block, re.MULTILINE)
    assert len(shown) == 2
    done = subprocess.run(["bash", "-euc", block.replace("publish.py", f"publish.py --url {url}")],
                          cwd=tmp_path, env=environment(), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.stdout.splitlines() == shown, done.stderr


def test_every_example_is_named():
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in EXAMPLES.glob("publish.*"):
        assert f"[{path.name}]({path.name})" in text
