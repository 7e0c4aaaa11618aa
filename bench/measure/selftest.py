#!/usr/bin/env python3
"""selftest.py: `bench ab --self-test`: how often the comparison is wrong, shown on itself.

A program is compared with itself, as it is (A/A) and with a delay planted into B, a spin of 2 or 3 % of
each run. Every comparison is one record; the experiment goes on where its file ends, so that it may
take many sittings. The rates printed are counts with exact bounds; A/A is resampled as well: its
blocks, drawn anew, go through the decision many times.
"""
import argparse
import math
import os
import random
import signal
import sys
import time

import compare
import datasets
import measured
import paired
import records
import signed_rank

WANTED = {0.0: 100, 0.02: 60, 0.03: 60}
RESAMPLED, JOB_CELLS = 20_000, 25


def arguments():
    parser = argparse.ArgumentParser(prog="bench ab --self-test")
    parser.add_argument("--minutes", type=float, default=10, help="how long to go on")
    parser.add_argument("--cells", default="q2 used", metavar="NAME", help="the cell")
    parser.add_argument("--size", default="100MB", help="of the data")
    parser.add_argument("--run-seconds", type=float, default=compare.RUN_SECONDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default=None, metavar="DIR")
    parser.add_argument("-o", "--output", metavar="FILE")
    return parser.parse_args()


def resampled(blocks, order, n=RESAMPLED):
    """How many of n decisions over blocks drawn anew say "slower"."""
    return sum(paired.decide(lambda k: order.choices(blocks, k=k))[0] == "slower" for _ in range(n))


def print_rates(kept, order):
    print(f"{'planted':>8}{'runs':>6}{'slower':>8}{'rate':>8}{'95 % bounds':>18}{'noisy':>7}")
    for planted in WANTED:
        runs = [record["cell"] for record in kept if record["cell"]["planted"] == planted]
        said = [cell for cell in runs if cell["verdict"] != "too noisy"]
        if not said:
            continue
        found = sum(cell["verdict"] == "slower" for cell in said)
        rate, low, high = signed_rank.rate(found, len(said))
        print(f"{planted:8.0%}{len(said):6}{found:8}{rate:8.1%}{low:9.1%}{high:9.1%}"
              f"{len(runs) - len(said):7}")
    blocks = [math.log(ratio) for record in kept if record["cell"]["planted"] == 0
              and record["cell"]["verdict"] != "too noisy" for ratio in record["samples"]]
    if len(blocks) >= paired.BLOCKS:
        found = resampled(blocks, order)
        rate, low, high = signed_rank.rate(found, RESAMPLED)
        job = 1 - (1 - rate) ** JOB_CELLS
        print(f"\nA/A resampled: {len(blocks)} blocks, {found} of {RESAMPLED} decisions wrong: "
              f"{rate:.3%} ({low:.3%} to {high:.3%}) a cell, {job:.2%} a job of {JOB_CELLS} cells")


def one(planted, words, file, times, scan, options, order):
    """A comparison of the program with itself: (cell of the record, ratios)."""
    same = compare.command(options.bench, words, file, times)
    timer = paired.Timer({"A": same, "B": same, "scan": compare.command(
        options.bench, ["lines"], file, scan)}, planted)
    blocks = paired.Blocks(timer, order)
    try:
        verdict, differences = paired.decide(blocks.many)
    except paired.TooNoisy:
        verdict, differences = "too noisy", [0.0]
    cell = {"cell": options.cells, "planted": planted, "verdict": verdict, "times": times,
            "run_seconds": options.run_seconds, "repeated": blocks.repeated}
    return cell, [math.exp(difference) for difference in differences]


def main():
    options = arguments()
    options.bench = os.environ.get("BENCH", str(measured.ROOT / "build/bin/bench"))
    machine = measured.machine(options.bench)
    output = options.output or measured.ROOT / "results" / machine["machine"] / "selftest.jsonl"
    kept = records.read(output) if os.path.exists(output) else []
    words = compare.all_cells().get(options.cells)
    if words is None:
        raise measured.Failed(f"--cells: no '{options.cells}'; one of: {', '.join(compare.all_cells())}")

    file, recipe = datasets.make(f"tweets-{options.size}.ndjson",
                                 ["tweets", "--size", options.size, "--seed", "42"], options.bench,
                                 datasets.folder(options.data))
    head = {"machine": machine, "build": measured.build(options.bench),
            "data": measured.data(file, recipe)}
    compare.check_answer(options.bench, words, file)
    times = compare.times_for(options.bench, words, file, options.run_seconds)
    scan = compare.times_for(options.bench, ["lines"], file, options.run_seconds)
    order, end = random.Random(options.seed or None), time.monotonic() + options.minutes * 60
    while time.monotonic() < end:
        # What is furthest from its number is next.
        done = {planted: sum(record["cell"]["planted"] == planted for record in kept) / wanted
                for planted, wanted in WANTED.items()}
        planted = min(done, key=done.get)
        if done[planted] >= 1:
            break
        cell, ratios = one(planted, words, file, times, scan, options, order)
        kept.append(records.make("selftest", cell, ratios, head, "bench ab --self-test", unit="ratio"))
        records.append(output, kept[-1:])
    print_rates(kept, order)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except measured.Failed as failure:
        sys.exit(f"bench ab: {failure}")
