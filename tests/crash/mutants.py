#!/usr/bin/python3
"""Breaks oncelog on purpose, one promise at a time, and wants the kill loop or, where only a power
loss shows it, power_loss.py to notice.

    mutants.py --build build/release [NAME…]
    mutants.py --list                         # whether each still fits the sources (a test in tests/tidy)

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

from kill_loop import KillLoop
from power_loss import PowerLossLoop, find_shim
from readback import ReadbackError
from server import SMALL_PARTS, ServerError, serve_command

CYCLES_MAX = 100  # in rounds, the first of which with a violation is the last
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Mutant(NamedTuple):
    path: str
    old: str
    new: str
    rules: set  # one of them must turn red
    power: bool = False  # by a power loss, not by a kill


MUTANTS = {
    "ids forgotten by the restart": Mutant(
        "src/store/recovery.cc", "  c_.index.Insert(entries_);\n", "", {"twice"}),
    "heads forgotten by the restart": Mutant(
        "src/store/recovery.cc", "c_.topics.set_head(record.topic, record.entry.sequence());", "",
        {"gap", "sequence"}),
    "duplicates not counted": Mutant(
        "src/ingest/group_encoder.cc",
        "  for (const auto* entry : in_order_) {\n",
        "  for (const auto* entry : in_order_) {\n    if (entry->second.all > 0) break;\n", {"counters"}),
    "conflicts called duplicates": Mutant(
        "src/ingest/plan.cc", "original == group->contents[i] ? Verdict::kDuplicate : "
        "Verdict::kConflict", "Verdict::kDuplicate", {"content"}),
    "the same id twice in a batch": Mutant(
        "src/ingest/plan.cc", "if (group.ids[other] == id) return other;", "", {"twice"}),
    "a number skipped": Mutant(
        "src/ingest/plan.cc", "{Verdict::kAccepted, {++head.value}}",
        "{Verdict::kAccepted, {head.value += 1 + (head.value == 200)}}", {"gap"}),
    "refused before the write": Mutant(
        "src/ingest/syncer.cc", "  if (Status s = partition_.Write(",
        "  SettleWith(std::move(commit->works), Error(Code::kBusy, \"\"));\n"
        "  commit->works.clear();\n  if (Status s = partition_.Write(", {"refused_stored"}),
    "the restart forgets what is gone": Mutant(
        "src/store/recovery.cc",
        "  c_.state.RestoreRetention(std::move(checkpoint->retention));\n", "", {"gone"}),
    "a sealed log is removed before MANIFEST lists its segment": Mutant(
        "src/store/sealing.cc", "  const std::vector<uint64_t> left = LeftLogs();\n",
        "  const std::vector<uint64_t> left = LeftLogs();\n"
        "  for (const uint64_t id : ids) (void)fs_.Remove(LogPath(directory_, id));\n", set()),
    "an erased event is answered before it is durable": Mutant(
        "src/ingest/syncer.cc", "  if (Status s = partition_.Write(",
        "  std::vector<std::unique_ptr<Work>> early;\n"
        "  for (auto& work : commit->works) {\n"
        "    if (work->change != nullptr) early.push_back(std::move(work));\n  }\n"
        "  std::erase(commit->works, nullptr);\n  pipe_.Release(early);\n"
        "  Settle(std::move(early));\n  if (Status s = partition_.Write(", {"gone"}, power=True),
    "an index run is installed before its sync": Mutant(
        "src/store/index/run_writer.cc",
        "  if (Status s = file_->DataSync(); !s.ok()) return s.error();\n"
        "  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();\n", "",
        {"twice", "accepted_again"}, power=True),
    "a segment is listed before its sync": Mutant(
        "src/store/segment/segment_writer.cc",
        "  if (Status s = file_->DataSync(); !s.ok()) return s.error();\n"
        "  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();\n", "", {"lost"},
        power=True),
}


def read(mutant):
    with open(os.path.join(ROOT, mutant.path), encoding="utf-8") as file:
        return file.read()


def fits(mutant):
    return read(mutant).count(mutant.old) == 1


def build(mutant, build_directory, scratch):
    """The path of a mutated binary."""
    if not fits(mutant):
        raise SystemExit(f"{mutant.path} does not hold exactly once: {mutant.old!r}")
    text = read(mutant)
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


def rules_found(binary, directory, shim):
    """The rules that turned red; {"dead"} if the server itself noticed and stopped. `shim`: take its
    power; without: kill it."""
    def command(data, port):
        return serve_command(binary, data, port, *SMALL_PARTS)

    loop = PowerLossLoop(command, directory, 1, shim) if shim else KillLoop(command, directory, 1)
    try:
        return {v.rule for v in loop.run(CYCLES_MAX).violations}
    except (ServerError, ReadbackError) as error:
        print(f"  {str(error)[:300]}")
        return {"dead"}


def caught(name, build_directory):
    mutant = MUTANTS[name]
    with tempfile.TemporaryDirectory(prefix="oncelog-mutant-") as scratch:
        binary = build(mutant, build_directory, scratch)
        shim = find_shim(os.path.join(build_directory, "oncelog")) if mutant.power else None
        os.mkdir(os.path.join(scratch, "loop"))
        found = rules_found(binary, os.path.join(scratch, "loop"), shim)
    known = bool(found & (mutant.rules | {"dead"}))
    print(f"{'found' if known else 'GOT AWAY'}: {name}: {sorted(found)}", flush=True)
    return known


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--list", action="store_true", help="only say which fit the sources")
    parser.add_argument("names", nargs="*", help="default: all")
    args = parser.parse_args()
    if args.list:
        for name, mutant in MUTANTS.items():
            print(f"{name}{'' if fits(mutant) else ': DOES NOT FIT'}")
        return 0 if all(map(fits, MUTANTS.values())) else 1
    results = [caught(name, os.path.abspath(args.build)) for name in args.names or MUTANTS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
