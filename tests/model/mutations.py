#!/usr/bin/python3
"""Plants one bug after the other in a copy of the sources, and wants the tests to notice.

    mutations.py                         # all; an hour or two
    mutations.py "no directory sync"     # one, by the beginning of its name
    mutations.py --list

For each bug: a fresh copy of src/ and tests/ in a scratch directory (build/mutations), one small
change, the unit tests of store and ingest, the simulation and the model tests built there (ccache
keeps it short) and run until one of them is red; those that are likely to see it first. Prints a
table: bug -> the first test that saw it.
Exit code: 0 if all were seen, 1 if one survived, 2 if a change no longer fits the sources or does
not build.
"""

import argparse
import filecmp
import os
import re
import shutil
import subprocess
import sys

from planted import MUTATIONS

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SCRATCH = os.path.join(ROOT, "build", "mutations")
COPIED = ("CMakeLists.txt", "CMakePresets.json", "cmake", "src", "tests", "bench")
TARGETS = ("store_test", "ingest_test", "simulation_test", "model_test")  # the quick ones first
# By the beginning of the changed file's path: what may spare the rest of the tests.
LIKELY = (("src/ingest/", "simulation_test", "*SimulatedStore.*"),
          ("src/store/backup/", "model_test", "Backup*"),
          ("src/store/erasing", "model_test", "Erasing*"),
          ("src/store/rebuild/", "model_test", "Verify*"),
          ("src/store/recovery_segments", "model_test", "OldCopies*"),
          ("src/store/sealing", "model_test", "Sealing*:Erasing*"),
          ("src/store/verify/", "model_test", "Verify*"))
# What a bug leaves unused or without brackets is no error. (Not by a flag for all: ccache knows what
# `./dev test` built.)
HUSHED = "".join(f'#pragma GCC diagnostic ignored "-W{what}"\n'
                 for what in ("unused-variable", "unused-but-set-variable", "unused-parameter",
                              "unused-function", "parentheses"))
SEEDS = {"ONCELOG_SIMULATION_SEEDS": "400"}
SECONDS_MAX = 600  # of one test program: a bug may make it hang, which is seen as well


class DoesNotBuild(Exception):
    pass


def prepare():
    """The scratch directory holds what the tree holds. Only what differs is written, so that the
    build sees it as new, whatever an earlier run left."""
    wanted = set()
    for name in COPIED:
        source = os.path.join(ROOT, name)
        found = [(os.path.dirname(source), [], [name])] if os.path.isfile(source) else os.walk(source)
        for folder, _, files in found:
            wanted.update(os.path.relpath(os.path.join(folder, file), ROOT) for file in files)
    for folder, _, files in (row for name in COPIED for row in os.walk(os.path.join(SCRATCH, name))):
        for file in files:
            if os.path.relpath(os.path.join(folder, file), SCRATCH) not in wanted:
                os.unlink(os.path.join(folder, file))
    for name in wanted:
        source, target = os.path.join(ROOT, name), os.path.join(SCRATCH, name)
        if not os.path.exists(target) or not filecmp.cmp(source, target, shallow=False):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)
    with open(os.path.join(SCRATCH, "configure.log"), "wb") as log:
        subprocess.run(["cmake", "--preset", "release"], cwd=SCRATCH, check=True, stdout=log,
                       stderr=log)


def build(target, jobs):
    done = subprocess.run(["ninja", "--quiet", "-C", "build/release", "-j", str(jobs), target],
                          cwd=SCRATCH, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DoesNotBuild(f"{target} does not build:\n{done.stdout[-3000:]}")


def first_red(jobs, path=None):
    """The first test that fails; None if all pass. Nothing is built behind it. `path`: what was
    changed."""
    likely = [row[1:] for row in LIKELY if path and path.startswith(row[0])]
    for target, tests in [*likely, *((target, "*") for target in TARGETS)]:
        build(target, jobs)
        command = [os.path.join(SCRATCH, "build", "release", "tests", target), "--gtest_fail_fast",
                   "--gtest_filter=" + tests]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX,
                                  check=False, env=os.environ | SEEDS)
        except subprocess.TimeoutExpired as hung:
            said = (hung.stdout or b"").decode()
            return "hangs: " + re.findall(r"\[ RUN +\] (\S+)", said)[-1]
        if done.returncode == 0:
            continue
        red = re.findall(r"\[  FAILED  \] (\S+?),? ", done.stdout)
        running = re.findall(r"\[ RUN +\] (\S+)", done.stdout)
        stopped = f"{running[-1] if running else target} (stopped the program: {done.returncode})"
        return red[0] if red else stopped
    return None


def text_with(mutation):
    """The mutated source, or None if the change does not fit."""
    with open(os.path.join(ROOT, mutation.path), encoding="utf-8") as file:
        text = file.read()
    return text.replace(mutation.old, mutation.new) if text.count(mutation.old) == 1 else None


def try_one(mutation, jobs):
    """What saw it; None if nothing did."""
    path = os.path.join(SCRATCH, mutation.path)
    with open(path, encoding="utf-8") as file:
        original = file.read()
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(HUSHED + text_with(mutation))
        return first_red(jobs, mutation.path)
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(original)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", help="beginnings of names; default: all")
    parser.add_argument("--list", action="store_true", help="only name them, and see that they fit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    chosen = [m for m in MUTATIONS
              if not args.names or any(m.name.startswith(name) for name in args.names)]
    misfits = [m for m in chosen if text_with(m) is None]
    for mutation in misfits:
        print(f"DOES NOT FIT  {mutation.name}: {mutation.path}")
    if args.list or misfits or not chosen:
        print("\n".join(m.name for m in chosen))
        return 2 if misfits or not chosen else 0
    prepare()
    if red := first_red(args.jobs):
        raise SystemExit(f"the tests are red without any bug planted: {red}")
    survivors = broken = 0
    for mutation in chosen:
        try:
            red = try_one(mutation, args.jobs)
        except DoesNotBuild as why:
            broken += 1
            print(f"{mutation.name:58} {why}", flush=True)
            continue
        survivors += red is None
        print(f"{mutation.name:58} {red or 'SURVIVED'}", flush=True)
    print(f"{len(chosen) - survivors - broken} seen, {survivors} survived"
          + (f", {broken} did not build" if broken else ""))
    return 2 if broken else 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
