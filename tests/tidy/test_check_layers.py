"""tools/check_layers goes red on each way to break the layers."""

import pytest

TREE = {
    "src/base/DEPS": "\n", "src/base/a.h": "// A.\n",
    "src/store/DEPS": "base\n", "src/store/b.cc": '#include <unistd.h>\n#include "base/a.h"\n',
    "src/net/DEPS": "base\n", "src/net/c.cc": "#include <boost/asio.hpp>\n",
}


def test_a_clean_tree_passes(check):
    code, out = check("check_layers", TREE)
    assert code == 0, out


@pytest.mark.parametrize("name, text, where", [
    ("src/base/x.cc", '#include "store/b.cc"\n', "src/base/x.cc:1: base may not include store"),
    ("src/net/x.cc", 'int a;\n#include "store/b.cc"\n', "src/net/x.cc:2: net may not include store"),
    ("src/net/x.cc", '#include "base/none.h"\n', "src/net/x.cc:1: \"base/none.h\" is no file"),
    ("src/base/DEPS", "store\n", "a circle: base -> store -> base"),
    ("src/base/DEPS", "moon\n", "src/base/DEPS:1: there is no module moon"),
    ("src/store/x.cc", "#include <boost/beast/http.hpp>\n", "src/store/x.cc:1: <boost/beast"),
    ("src/net/x.cc", "#include <simdjson.h>\n", "src/net/x.cc:1: <simdjson.h>"),
    ("src/base/x.h", "#  include <fcntl.h>\n", "src/base/x.h:1: <fcntl.h>"),
    ("src/base/x.h", "#include <sys/mman.h>\n", "src/base/x.h:1: <sys/mman.h>"),
    ("src/net/x.cc", "#include <CLI/CLI.hpp>\n", "src/net/x.cc:1: <CLI/CLI.hpp>"),
    ("src/new/x.cc", "int a;\n", "src/new:1: has no DEPS file"),
])
def test_a_breach_is_found(check, name, text, where):
    code, out = check("check_layers", TREE | {name: text})
    assert code == 1
    assert where in out


def test_heavy_headers_stay_out_of_other_modules_headers(check):
    tree = TREE | {"src/api/DEPS": "net\n", "src/api/x.cc": "#include <boost/asio.hpp>\n"}
    code, out = check("check_layers", tree)
    assert code == 0, out
    code, out = check("check_layers", tree | {"src/api/x.h": "#include <boost/asio.hpp>\n"})
    assert code == 1
    assert "src/api/x.h:1: <boost/asio.hpp> in a header" in out
