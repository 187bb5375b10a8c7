"""GET /errors, and docs/errors.md, which is made of it."""

import subprocess
import sys

import pytest
from oncelog_server import ROOT


def test_the_list(server):
    answer = server.get("/errors")
    assert answer["count"] == len(answer["errors"]) > 30
    codes = [one["error"] for one in answer["errors"]]
    assert len(set(codes)) == len(codes)
    for one in answer["errors"]:
        assert server.get("/errors/" + one["error"]) == one
        assert one["title"] and one["advice"]
        if one["action"] == "send_again":
            assert one["status"] >= 500 or one["error"] == "timeout"
        if one["stored"] == "unknown":
            assert one["status"] >= 500 and one["action"] == "send_again"


def test_no_such_error(server):
    assert server.get("/errors/none", status=404)["error"] == "not_found"
    assert server.get("/errors", status=400, a=1)["error"] == "unknown_parameter"


@pytest.mark.parametrize("path", ["/nothing", "/stats?a=1", "/events/a/b", "/topics/none"])
def test_the_type_of_a_problem_leads_to_its_error(server, path):
    problem = server.client.get(path).json()
    entry = server.get(problem["type"])
    for member in ("error", "status", "title"):
        assert entry[member] == problem[member]


def test_the_page_in_the_documents_is_what_its_tool_prints(server):
    done = subprocess.run([sys.executable, ROOT / "tools" / "errors_page",
                           f"http://127.0.0.1:{server.port}"],
                          capture_output=True, text=True, check=True)
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert page == done.stdout, "make it again, as its head says"
