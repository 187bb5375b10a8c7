#!/usr/bin/python3
"""Breaks oncelog on purpose, one promise at a time, and wants the kill loop to notice.

    mutants.py --build build/release [NAME…]

Each mutant is a small change to one source file. That file alone is compiled again and put in front
of the libraries of a finished build, so the tree is not touched. Exit code: 0 if every mutant was
found by one of its rules (or did not even start); 1 if one got away. Part of campaigns, not of tests.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

import kill_loop
from readback import ReadbackError
from server import ServerError, serve_command

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Mutant(NamedTuple):
    path: str
    old: str
    new: str
    rules: set  # one of them must turn red


MUTANTS = {
    "ids forgotten by the restart": Mutant(
        "src/store/recovery.cc", "  c_.index.Insert(entries_);\n", "", {"twice"}),
    "heads forgotten by the restart": Mutant(
        "src/store/recovery.cc", "c_.topics.set_head(record.topic, record.entry.sequence());", "",
        {"gap", "sequence"}),
    "duplicates not counted": Mutant(
        "src/ingest/group_encoder.cc",
        "  // In a fixed order, so that the same submissions give the same bytes.\n",
        "  if (frame != nullptr) return;\n", {"counters"}),
    "conflicts called duplicates": Mutant(
        "src/ingest/plan.cc", "original == group->contents[i] ? Verdict::kDuplicate : "
        "Verdict::kConflict", "Verdict::kDuplicate", {"content"}),
    "the same id twice in a batch": Mutant(
        "src/ingest/plan.cc", "if (group.ids[other] == id) return other;", "", {"twice"}),
    "a number skipped": Mutant(
        "src/ingest/plan.cc", "{Verdict::kAccepted, {++head.value}}",
        "{Verdict::kAccepted, {head.value += 1 + (head.value == 200)}}", {"gap"}),
    "answers before the write": Mutant(
        "src/ingest/syncer.cc", "    const Status s = partition_.Write(",
        "    SettleWith(std::move(commit->works), Error(Code::kBusy, \"\"));\n"
        "    commit->works.clear();\n    const Status s = partition_.Write(", {"refused_stored"}),
}


def build(mutant, build_directory, scratch):
    """The path of a mutated binary."""
    with open(os.path.join(ROOT, mutant.path), encoding="utf-8") as file:
        text = file.read()
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.path} does not hold exactly once: {mutant.old!r}")
    source = os.path.join(scratch, "mutant.cc")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text.replace(mutant.old, mutant.new))
    commands = subprocess.run(["ninja", "-C", build_directory, "-t", "commands", "oncelog"],
                              capture_output=True, text=True, check=True).stdout.splitlines()
    compile_command = next(c for c in commands if c.endswith(mutant.path))
    compile_command = re.sub(r" -o \S+ -c \S+", f" -Wno-error -o {source}.o -c {source}", compile_command)
    compile_command = re.sub(r" -M[FT] \S+| -MD", "", compile_command)
    binary = os.path.join(scratch, "oncelog")
    link_command = re.sub(r" -o \S+ ", f" {source}.o -o {binary} ", commands[-1])
    for command in (compile_command, link_command):
        subprocess.run(command, shell=True, check=True, cwd=build_directory,
                       stderr=subprocess.DEVNULL)
    return binary


def rules_found(binary, directory):
    """The rules that turned red; {"dead"} if the server itself noticed and stopped."""
    loop = kill_loop.KillLoop(lambda data, port: serve_command(binary, data, port), directory, seed=1)
    try:
        return {v.rule for v in loop.run(5).violations}
    except (ServerError, ReadbackError) as error:
        print(f"  {str(error)[:300]}")
        return {"dead"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("names", nargs="*", help="default: all")
    args = parser.parse_args()
    survivors = 0
    for name in args.names or MUTANTS:
        with tempfile.TemporaryDirectory(prefix="oncelog-mutant-") as scratch:
            binary = build(MUTANTS[name], os.path.abspath(args.build), scratch)
            os.mkdir(os.path.join(scratch, "loop"))
            found = rules_found(binary, os.path.join(scratch, "loop"))
        caught = bool(found & (MUTANTS[name].rules | {"dead"}))
        survivors += not caught
        print(f"{'found' if caught else 'GOT AWAY'}: {name}: {sorted(found)}", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
