"""tools/tidy goes red on each kind of breach, and on nothing else."""

import pytest

GOOD_HEADER = "// Good: a small example.\n#pragma once\n\nint Good();\n"


def function(lines, head="int Long(int number) {"):
    """A C++ function of exactly that many lines."""
    return "\n".join([head] + ["  number += 1;"] * (lines - 2) + ["}"]) + "\n"


def test_a_clean_tree_passes(check):
    code, out = check("tidy", {"src/a/good.h": GOOD_HEADER, "src/a/good.cc": function(70)})
    assert code == 0, out


def test_nothing_to_check_is_not_a_pass(check):
    code, _ = check("tidy", {})
    assert code == 1


@pytest.mark.parametrize("name, text, where", [
    ("src/a/tab.cc", "int a;\n\tint b;\n", "src/a/tab.cc:2: a tab"),
    ("src/a/space.cc", "int a; \n", "src/a/space.cc:1: white space"),
    ("src/a/note.cc", "// TO" + "DO: later\n", "src/a/note.cc:1: a note"),
    ("docs/note.md", "FIX" + "ME\n", "docs/note.md:1: a note"),
    ("docs/path.md", "see /wo" + "rk/main\n", "docs/path.md:1: a path"),
    ("tests/path.py", "A = '/tmp/" + "name-12'\n", "tests/path.py:1: a path"),
    ("src/a/wide.cc", "// " + "x" * 98 + "\n", "src/a/wide.cc:1: 101 columns"),
    ("src/a/end.cc", "int a;", "src/a/end.cc:1: no newline"),
    ("src/a/long.cc", "int a;\n" * 501, "src/a/long.cc:501: 501 lines"),
    ("src/a/bare.h", "#pragma once\n", "src/a/bare.h:1: a header opens"),
    ("src/a/twice.h", "// Twice.\nint a;\n", "src/a/twice.h:1: no #pragma once"),
])
def test_a_breach_is_found(check, name, text, where):
    code, out = check("tidy", {name: text})
    assert code == 1
    assert where in out


@pytest.mark.parametrize("head", [
    "int Long(int number) {",
    "template <class T>\nint Long(T number) {",
    "auto Class::Long(int number) const noexcept -> int {",
    "Class::Class(int a) : a_{a}, b_(a), c_{} {",
    "Class::Class() : std::vector<int>{1, 2} {",
    "int Long(int a = 1, std::string b = {}) {",
    "[[nodiscard]] bool operator==(const A& a) {",
])
def test_a_long_function_is_found_whatever_its_head(check, head):
    code, out = check("tidy", {"src/a/long.cc": "namespace a {\n" + function(71, head) + "}\n"})
    assert code == 1, out
    assert f"src/a/long.cc:2: a function of {71 + head.count(chr(10))} lines" in out


def test_a_long_method_in_a_class_is_found(check):
    text = ("namespace a {\nclass A final : public B {\n public:\n  A() {}\n"
            + function(71) + "  int member_ = 0;\n};\n}\n")
    code, out = check("tidy", {"src/a/long.cc": text})
    assert code == 1
    assert "src/a/long.cc:5: a function of 71 lines" in out


def test_many_short_functions_are_no_long_one(check):
    text = ("namespace a {\nclass A {\n public:\n" + function(30) * 6 + "};\n"
            "enum class E { kOne, kTwo };\nconst int kTable[] = {\n" + "  1,\n" * 80 + "};\n}\n")
    code, out = check("tidy", {"src/a/many.cc": text})
    assert code == 0, out


def test_braces_in_text_and_comments_do_not_count(check):
    text = function(40, 'int A(int number) {  // {') + "const char* kText = R\"({{{)\";\n" \
        + "char kBrace = '{';\nint kBig = 1'000'000;\n#define OPEN {\n" + function(40)
    code, out = check("tidy", {"src/a/text.cc": text})
    assert code == 0, out
    code, out = check("tidy", {"src/a/text.cc": text + function(71)})
    assert code == 1, out


def test_a_nested_block_does_not_hide_the_length(check):
    body = "int Long(int number) {\n  if (number) {\n" + "    ++number;\n" * 68 + "  }\n}\n"
    code, out = check("tidy", {"src/a/nested.cc": body})
    assert code == 1
    assert "src/a/nested.cc:1: a function of 72 lines" in out
