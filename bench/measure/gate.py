#!/usr/bin/env python3
"""gate.py: the timed checks of `make gate`: this tree against the commit before it.

First the instructions (callgrind, scalar and AVX2), then a short paired comparison of every question.
A regression fails, unless a commit since then says in a trailer why it is accepted:

    Perf-Accept: q1-used the date is now checked in full

"Too noisy to say" is a warning. Where the commit before cannot be built there is nothing to compare
with: that passes, and says so. GATE_BASE names another commit.
"""
import os
import random
import re
import sys

import builds
import compare
import datasets
import instructions
import measured

CELLS = [f"{query} {validate}" for query in ("q1", "q2", "q3") for validate in ("used", "full")]


def accepted(base):
    """{cell: reason} of the trailers since the base."""
    text = builds.git("log", "--format=%(trailers:key=Perf-Accept,valueonly)", f"{base}..HEAD") or ""
    found = {}
    for line in text.splitlines():
        cell, _, reason = line.strip().partition(" ")
        if cell and reason:
            found[cell] = reason
    return found


def judge(worse, reasons):
    """What of the regressions nobody accepted; says the rest."""
    left = []
    for cell in worse:
        name = cell.replace(" ", "-")
        if name in reasons:
            print(f"accepted: {name}: {reasons[name]}")
        else:
            left.append(name)
    return left


def timed(old, new, file, options):
    """The cells that are worse, by name."""
    worse, order = [], random.Random()
    print(f"\n{'cell':12}{'change':>8}{'95 %':>18}")
    for name in CELLS:
        found = compare.compare_cell(name, compare.all_cells()[name], old, new, file, options, order)
        compare.print_cell(found)
        if found["verdict"] == "too noisy":
            print(f"WARNING: {name}: too noisy to say", flush=True)
        elif found["verdict"] == "slower" or found["hungrier"]:
            worse.append(name)
    return worse


def main():
    new = os.environ.get("BENCH", str(measured.ROOT / "build/bin/bench"))
    base = os.environ.get("GATE_BASE", "HEAD^")
    try:
        old, name = builds.find(base)
    except measured.Failed as reason:
        print(f"SKIPPED: the gate has nothing to compare with: {reason}")
        return 0
    where, options = datasets.folder(), type("Options", (), {"run_seconds": compare.RUN_SECONDS})
    print(f"{name} -> this tree")
    worse = []
    if builds.text_bytes(new) > builds.text_bytes(old) * compare.TEXT_SHARE:
        worse.append("text")
    if instructions.available():
        small, _ = datasets.make("tweets-2MB.ndjson", ["tweets", "--size", "2MB", "--seed", "42"], new,
                                 where)
        rows = instructions.compare(old, new, small)
        compare.print_instructions(rows)
        worse += [cell for cell, _, _, failed in rows if failed]
    else:
        print("SKIPPED: the instruction gate: no valgrind (apt-get install valgrind)")
    file, _ = datasets.make("tweets-100MB.ndjson", ["tweets", "--size", "100MB", "--seed", "42"], new,
                            where)
    worse += timed(old, new, file, options)
    left = judge(worse, accepted(re.sub(r"[^\w^~./-]", "", base)))
    if left:
        print(f"regressions that no Perf-Accept trailer explains: {', '.join(left)}")
    return 1 if left else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except measured.Failed as failure:
        sys.exit(f"gate: {failure}")
