#!/usr/bin/env python3
"""selftest.py: `bench ab --self-test`: how often the comparison is wrong, shown on itself.

A program is compared with itself, as it is (A/A) and with a delay planted into B, a spin of 2 or 3 % of
each run. A sitting is as short as --minutes says, and appends the blocks that it measured as one
record; a comparison is as many blocks as the decision asks for, in the order they were measured, so
that it may be spread over sittings. The rates printed are counts of comparisons with exact bounds; the
blocks are resampled as well: drawn anew, they go through the decision many times.

Sittings during which other processes took more than a tenth of the CPU are kept, and count for nothing:
what they show is the others.

A sitting begins with a look at the harness itself: the same command, once started by it and once by a
shell that does nothing else, in pairs of random order.
"""
import argparse
import dataclasses
import math
import os
import random
import shlex
import signal
import subprocess
import sys
import time

import compare
import datasets
import measured
import paired
import records
import sign_test

WANTED = {0.0: 100, 0.02: 60, 0.03: 60}  # comparisons
RESAMPLED, JOB_CELLS = 20_000, 25
OVERHEAD_PAIRS = 50  # a sitting
WARMING = 5         # runs before each that counts: the first after a pause takes a third more
OTHERS_MAX = 0.10   # of the CPU


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


def alone(record):
    """Had the sitting the machine for itself? Where that is not known it counts."""
    return (record["cell"].get("others") or 0) <= OTHERS_MAX


def blocks_of(kept, planted):
    """The differences of all blocks with so much planted, in the order they were measured."""
    return [math.log(ratio) for record in kept if record["cell"].get("planted") == planted
            and alone(record) for ratio in record["samples"]]


def verdicts(blocks):
    """What whole comparisons over these blocks say, one after the other."""
    rest, said = list(blocks), []
    class Spent(Exception):
        """Not enough blocks for one more."""
    def draw(n):
        nonlocal rest
        if len(rest) < n:
            raise Spent
        taken, rest = rest[:n], rest[n:]
        return taken
    while True:
        try:
            said.append(paired.decide(draw)[0])
        except Spent:
            return said


@dataclasses.dataclass
class Rates:
    """How often "slower" was said with so much planted: counted, and resampled (None: too few)."""
    planted: float
    blocks: int
    counted: tuple    # (how often, of how many)
    resampled: tuple  # the same


def rates(kept, order):
    """Rates of all that was planted."""
    found = []
    for planted in WANTED:
        blocks = blocks_of(kept, planted)
        said = verdicts(blocks)
        again = None
        if len(blocks) >= paired.BLOCKS:
            n = RESAMPLED if planted == 0 else RESAMPLED // 10
            again = (sum(paired.decide(lambda k: order.choices(blocks, k=k))[0] == "slower"
                         for _ in range(n)), n)
        found.append(Rates(planted, len(blocks), (said.count("slower"), len(said)), again))
    return found


def job_rate(rate):
    """Of a job of so many cells, one of which at least is called slower."""
    return 1 - (1 - rate) ** JOB_CELLS


def overhead(kept):
    """(share that the harness adds, low, high, pairs); None: not measured."""
    pairs = [math.log(ratio) for record in kept if record["cell"].get("what") == "harness"
             and alone(record) for ratio in record["samples"]]
    return (*paired.effect(pairs), len(pairs)) if len(pairs) >= 6 else None


def own_share(kept):
    """The harness's own CPU time during a run, as a share of it: that others compute does not change it."""
    shares = [record["cell"]["own"] for record in kept if record["cell"].get("own")]
    return measured.median(shares) if shares else None


def words_of(bounds, digits=1):
    rate, low, high = (f"{bound:.{digits}%}" for bound in bounds)
    return f"{rate} ({low} to {high})"


def print_rates(kept, order):
    print(f"{'planted':>8}{'blocks':>8}{'runs':>6}{'slower':>8}  {'rate, 95 % bounds':28}resampled")
    for row in rates(kept, order):
        line = f"{row.planted:8.0%}{row.blocks:8}{row.counted[1]:6}{row.counted[0]:8}  "
        line += f"{words_of(sign_test.rate(*row.counted)) if row.counted[1] else '-':28}"
        line += words_of(sign_test.rate(*row.resampled), 2) if row.resampled else "-"
        print(line)
        if row.planted == 0 and row.resampled:
            job = [job_rate(bound) for bound in sign_test.rate(*row.resampled)]
            print(f"{'':30}  of jobs of {JOB_CELLS} cells: {words_of(job, 2)}")
    disturbed = sum(not alone(record) for record in kept)
    if disturbed:
        print(f"\nnot counted: {disturbed} of {len(kept)} records, as others used the machine")
    found = own_share(kept)
    if found:
        print(f"\nthe harness's own CPU time is {found:.2%} of a run")
    found = overhead(kept)
    if found:
        print(f"the harness adds {found[0]:+.2%} ({found[1]:+.2%} to {found[2]:+.2%}, {found[3]} pairs)")


def by_shell(command):
    """Seconds of a command that a shell starts and waits for: nothing of the harness is there."""
    line = f"{shlex.join(command)} </dev/null >/dev/null 2>&1 || exit 1"
    script = f"{f'{line}; ' * WARMING}b=$EPOCHREALTIME; {line}; e=$EPOCHREALTIME; echo $b $e"
    out = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True,
                         env={**os.environ, "LC_ALL": "C"}).stdout.split()
    return float(out[1]) - float(out[0])


def overhead_pairs(command, order):
    """(ratios of seconds: started by the harness over started by a shell; its own share of them)."""
    ratios, own = [], []
    def by_harness():
        for _ in range(WARMING):
            measured.checked(command)
        run = measured.checked(command)
        own.append(run.own_seconds / run.seconds)
        return run.seconds
    how = {"harness": by_harness, "shell": lambda: by_shell(command)}
    for _ in range(OVERHEAD_PAIRS):
        seconds = {"harness": 0.0, "shell": 0.0}
        for name in order.choice((("harness", "shell", "shell", "harness"),
                                  ("shell", "harness", "harness", "shell"))):
            seconds[name] += how[name]()
        ratios.append(seconds["harness"] / seconds["shell"])
    return ratios, measured.median(own)


def next_planted(kept):
    """What is furthest from its number of comparisons; None where all are done. A/A, which mostly
    ends after the first blocks, needs half as many."""
    def done(planted):
        blocks = len(blocks_of(kept, planted))
        return blocks / (WANTED[planted] * paired.BLOCKS * (1 if planted == 0 else 2))
    planted = min(WANTED, key=done)
    return planted if done(planted) < 1 else None


def sitting(timer, order, end):
    """The ratios of the blocks measured until the end."""
    ratios, began = [], time.monotonic()
    # No block is begun that would not be over in time.
    while time.monotonic() + (time.monotonic() - began) / max(1, len(ratios)) < end:
        ratios.append(math.exp(paired.block(timer.run, order)))
    return ratios


def main():
    options = arguments()
    end = time.monotonic() + options.minutes * 60
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
    same = compare.command(options.bench, words, file, times)
    order, planted = random.Random(options.seed or None), next_planted(kept)
    cell = {"cell": options.cells, "times": times, "run_seconds": options.run_seconds}
    def keep(cell, ratios, others):
        if ratios:
            cell = {**cell, "others": others.share()}
            kept.append(records.make("selftest", cell, ratios, head, "bench ab --self-test",
                                     unit="ratio"))
            records.append(output, kept[-1:])
    others = measured.Others()
    ratios, own = overhead_pairs(same, order)
    keep({**cell, "what": "harness", "own": own}, ratios, others)
    if planted is not None:
        others = measured.Others()
        ratios = sitting(paired.Timer({"A": same, "B": same}, planted), order, end)
        keep({**cell, "planted": planted}, ratios, others)
    print_rates(kept, order)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except measured.Failed as failure:
        sys.exit(f"bench ab: {failure}")
