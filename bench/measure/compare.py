#!/usr/bin/env python3
"""compare.py: `bench ab OLD NEW`: is NEW slower, larger or hungrier than OLD?

OLD and NEW are programs or git revisions. Exit 0: no; 6: yes; 7: too noisy to say. How it is decided
stands in paired.py; `bench ab --self-test` (selftest.py) shows how often that is wrong.
"""
import argparse
import json
import os
import pathlib
import random
import re
import signal
import sys
import tempfile

import builds
import datasets
import instructions
import measured
import paired
import records
import sign_test
import suites

SLOWER, NOISY = 6, 7
RUN_SECONDS = 0.01  # one pass over 100 MB takes more: 300 blocks, of a suspect, are within a minute
WIDTH_MAX = 0.06  # of an interval that shows nothing: wider, it could hide a regression of 3 %
PLOT_WIDTH, PLOT_RANGE = 41, 0.05
# What of a mapped file is resident hangs on which thread is ahead: of one program 73 MB, and 87 MB once.
PEAK_RUNS = 7
# A process takes a little more or less memory each time; so much more is too much.
RSS_SHARE, RSS_BYTES, TEXT_SHARE = 1.05, 512 * 1024, 1.10


def arguments():
    parser = argparse.ArgumentParser(prog="bench ab")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--cells", default="", metavar="REGEX", help="which of the cells")
    parser.add_argument("--suite", choices=[name for name in suites.SUITES if name != "kernels"],
                        help="its cells, on its data")
    parser.add_argument("--size", help="of the data: 100MB, or as the suite says")
    parser.add_argument("--run-seconds", type=float, default=RUN_SECONDS, help="of one timed run, at least")
    parser.add_argument("--seed", type=int, default=0, help="of the order; 0: another one each time")
    parser.add_argument("--instructions", action="store_true", help="the instruction gate as well")
    parser.add_argument("--data", default=None, metavar="DIR")
    parser.add_argument("-o", "--output", metavar="FILE", help="append the records, as JSON lines")
    return parser.parse_args()


def all_cells():
    """name: the words of a command line without the file."""
    return {f"{query} {validate}": [query, "--validate", validate]
            for query in ("q1", "q2", "q3", "all") for validate in ("used", "full")}


def suite_cells(suite, threads):
    """[(data, {name: words})] of a suite of bench run; names say the file where there are several."""
    data, cells_of = suites.SUITES[suite]
    for one in data:
        cells = {}
        for cell in cells_of(threads):
            if cell["query"] != "lines":
                name = " ".join(str(value) for value in cell.values())
                name += f" {one.name}" if len(data) > 1 else ""
                cells[name] = [cell["query"], *suites.arguments_of(cell)]
        yield one, cells


def jobs(options):
    """[(file, recipe, {name: words})] of what is asked for."""
    if options.suite is None:
        every = [(suites.tweets(options.size or "100MB"), all_cells())]
    else:
        every = list(suite_cells(options.suite, len(os.sched_getaffinity(0))))
    made = []
    for data, cells in every:
        cells = {name: words for name, words in cells.items() if re.search(options.cells, name)}
        if cells:
            data = suites.sized(data, options.size) if options.size else data
            file, recipe = datasets.make(data.name, list(data.arguments), options.bench,
                                         datasets.folder(options.data))
            if file is not None and file not in [one[0] for one in made]:
                made.append((file, recipe, cells))
    if not made:
        raise measured.Failed(f"--cells: none matches '{options.cells}'; there are: " + ", ".join(
            name for _, cells in every for name in cells))
    return made


def command(program, words, file, times):
    """A run that reads the file so many times: several files are read as if one input."""
    return [str(program), *words, "--format", "json", *[str(file)] * times]


def check_answer(program, words, file):
    """One run whose answer must be the key's; its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        stats = os.path.join(folder, "stats.json")
        run = measured.checked([*command(program, words, file, 1), "--stats", stats])
        if datasets.answer_of(run.out) != datasets.key_of(file)[words[0]]:
            raise measured.Failed(f"{program}: {' '.join(words)}: not the answer of the key")
        with open(stats, encoding="utf-8") as said:
            return json.load(said)["peak_rss_bytes"]


def times_for(program, words, file, seconds):
    """How often to read the file so that a run takes about so long."""
    least = min(measured.checked(command(program, words, file, 1)).seconds for _ in range(3))
    return max(1, min(200, round(seconds / least)))


def plot(low, middle, high):
    """An interval as a line of text, from -5 to +5 %; | is 0."""
    def at(value):
        inside = max(-PLOT_RANGE, min(PLOT_RANGE, value))
        return round((inside + PLOT_RANGE) / (2 * PLOT_RANGE) * (PLOT_WIDTH - 1))
    line = ["."] * PLOT_WIDTH
    for i in range(at(low), at(high) + 1):
        line[i] = "-"
    line[PLOT_WIDTH // 2] = "|"
    line[at(middle)] = "o"
    return "".join(line)


def says_nothing(found):
    """No difference was shown, nor could one have been."""
    return found["verdict"] == "same" and found["high"] - found["low"] > WIDTH_MAX


def compare_cell(name, words, old, new, file, options, order):
    """Measures a cell; a dict of what was found."""
    peaks = {side: min(check_answer(program, words, file) for _ in range(PEAK_RUNS))
             for side, program in (("A", old), ("B", new))}
    times = times_for(old, words, file, options.run_seconds)
    timer = paired.Timer({"A": command(old, words, file, times), "B": command(new, words, file, times)})
    found = {"cell": name, "words": words, "times": times}
    found["verdict"], found["differences"] = paired.decide(
        lambda n: [paired.block(timer.run, order) for _ in range(n)])
    found["effect"], found["low"], found["high"] = paired.effect(found["differences"])
    if says_nothing(found):
        return {**found, "verdict": "too noisy", "differences": [],
                "why": f"{found['low']:+.1%} to {found['high']:+.1%} is too wide to say"}
    found["p"] = sign_test.p_greater(found["differences"])
    found["peaks"] = peaks
    found["hungrier"] = peaks["B"] > peaks["A"] * RSS_SHARE + RSS_BYTES
    return found


def print_cell(found):
    if found["verdict"] == "too noisy":
        print(f"{found['cell']:12}{'':>8}{'':>18}  {'':{PLOT_WIDTH}}  too noisy: {found['why']}")
        return
    interval = f"{found['low']:+.1%} {found['high']:+.1%}"
    print(f"{found['cell']:12}{found['effect']:+8.1%}{interval:>18}  "
          f"{plot(found['low'], found['effect'], found['high'])}  {found['verdict']}", end="")
    if found["hungrier"]:
        print(f", hungrier: {found['peaks']['A'] / 1e6:.1f} -> {found['peaks']['B'] / 1e6:.1f} MB", end="")
    print(flush=True)


def print_instructions(rows):
    print(f"\n{'instructions':20}{'old':>14}{'new':>14}{'change':>9}")
    for name, before, after, failed in rows:
        print(f"{name:20}{before:14}{after:14}{after / before - 1:+9.2%}{'  more' if failed else ''}")


def records_of(all_found, names, file, recipe, options):
    head = {"machine": measured.machine(options.bench), "build": measured.build(options.bench),
            "data": measured.data(file, recipe)}
    for found in all_found:
        if not found["differences"]:
            continue
        cell = {key: found[key] for key in ("cell", "verdict", "effect", "low", "high", "p", "times")}
        cell |= {"old": names[0], "new": names[1]}
        words = " ".join(["bench ab", *names, "--cells", f"'{found['cell']}'"])
        ratios = [2.718281828459045 ** difference for difference in found["differences"]]
        yield records.make("ab", cell, ratios, head, words, unit="ratio",
                           peak_rss_bytes=found["peaks"]["B"])


def exit_of(all_found, text_grew, rows):
    """6 where anything is worse; 7 where nothing is, but not everything could be said; else 0."""
    if text_grew or any(failed for *_, failed in rows):
        return SLOWER
    if any(found["verdict"] == "slower" or found.get("hungrier") for found in all_found):
        return SLOWER
    return NOISY if any(found["verdict"] == "too noisy" for found in all_found) else 0


def main():
    options = arguments()
    (old, old_name), (new, new_name) = builds.find(options.old), builds.find(options.new)
    options.bench = str(new)
    todo = jobs(options)

    sizes = [builds.text_bytes(program) for program in (old, new)]
    text_grew = sizes[1] > sizes[0] * TEXT_SHARE
    print(f"{old_name} -> {new_name}; code {sizes[0]} -> {sizes[1]} bytes"
          f"{', larger' if text_grew else ''}\n")
    print(f"{'cell':12}{'change':>8}{'95 %':>18}  {'-5 %':<{PLOT_WIDTH - 4}}+5 %")
    order, all_found, made = random.Random(options.seed or None), [], []
    others = measured.Others()
    for file, recipe, cells in todo:
        for name, words in cells.items():
            all_found.append(compare_cell(name, words, old, new, file, options, order))
            print_cell(all_found[-1])
        made += records_of(all_found[-len(cells):], (old_name, new_name), file, recipe, options)
    if (others.share() or 0) > 0.1:
        print(f"\nother processes took {others.share():.0%} of the CPU meanwhile")
    rows = []
    if options.instructions:
        if not instructions.available():
            print("SKIPPED: the instruction gate: no valgrind (apt-get install valgrind)")
        else:
            small = datasets.make("tweets-2MB.ndjson", ["tweets", "--size", "2MB", "--seed", "42"],
                                  options.bench, datasets.folder(options.data))[0]
            rows = instructions.compare(old, new, small)
            print_instructions(rows)
    if options.output:
        records.append(options.output, made)
    return exit_of(all_found, text_grew, rows)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except measured.Failed as failure:
        sys.exit(f"bench ab: {failure}")
