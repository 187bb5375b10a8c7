"""Every link inside the documents leads somewhere, and every JSON example is JSON."""

import json
import re

import pytest
from conftest import DOCUMENTS, ROOT, code_blocks

LINK = re.compile(r"\[[^\]\n]*\]\(<?([^)\s>]+)>?[^)\n]*\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)


def anchor(heading):
    """As GitHub makes it of a heading."""
    words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
    return words.strip().replace(" ", "-")


def prose(path):
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def broken_links(path):
    for target in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            yield f"{target}: there is no {name}"
        elif fragment and file.suffix == ".md":
            if fragment not in {anchor(text) for text in HEADING.findall(prose(file))}:
                yield f"{target}: {file.name} has no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert not list(broken_links(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_json_examples_are_json(path):
    for line, text in code_blocks(path, "json"):
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            pytest.fail(f"{path.name}:{line}: {error}")


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](#one-two) [b](page.md) [c](none.md) [d](page.md#three)\n"
                    "[e](https://example.org/none)\n", encoding="utf-8")
    assert [line.split(":")[0] for line in broken_links(page)] == ["none.md", "page.md#three"]
