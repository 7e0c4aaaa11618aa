#!/usr/bin/env python3
"""run_suite.py: `bench run SUITE`: measures a suite, and appends a line per cell to results/.

The data are generated on demand and kept; before anything is timed, every cell answers once, and its
answer is compared with the generator's key. Then come interleaved rounds in random order. Each cell gives
two records: whole processes, and in process (from the first open to the answer, as --stats says),
which is what shares of N are of.
"""
import argparse
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile

import datasets
import measured
import records
import suites


def arguments():
    parser = argparse.ArgumentParser(prog="bench run")
    parser.add_argument("suite", choices=suites.SUITES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="REGEX",
                        help="of the cells' names and their data's, as: q1 used tweets-400MB.ndjson")
    parser.add_argument("--size", help="another size for all data of the suite")
    parser.add_argument("--data", default=None, metavar="DIR", help="where generated files are kept")
    parser.add_argument("--results", default=str(measured.ROOT / "results"), metavar="DIR")
    options = parser.parse_args()
    options.data = datasets.folder(options.data)
    options.bench = os.environ.get("BENCH", str(measured.ROOT / "build/bin/bench"))
    return options


def name_of(cell):
    return " ".join(str(value) for value in cell.values())


def make_data(data, options):
    """The file and its recipe; None where the disk has no room."""
    if options.size:
        data = suites.sized(data, options.size)
    return datasets.make(data.name, list(data.arguments), options.bench, options.data)


def check_digest(path, recipe):
    """A file of a suite is the one that its digest was taken of."""
    want = suites.DIGESTS.get(recipe)
    if want is None:
        print(f"{path.name}: no digest of it is known; its key is that of its generator",
              file=sys.stderr)
    elif measured.data(path)["sha256"] != want:
        raise measured.Failed(f"{path}: not the file that {recipe} made when its digest was taken: "
                              "delete it; where it is made so again, the recipe has changed (suites.py)")


def command_of(cell, path, options):
    return [options.bench, cell["query"], *suites.arguments_of(cell), "--format", "json", str(path)]


def verify(cells, path, options):
    """Each cell answers once, its memory watched, as the key says; {name: (cell, peak)}."""
    want, good = datasets.key_of(path), {}
    for cell in cells:
        run = measured.checked(command_of(cell, path, options), watch=True)
        if datasets.answer_of(run.out) != want[cell["query"]]:
            raise measured.Failed(f"{name_of(cell)}: not the answer of the key of {path.name}")
        good[name_of(cell)] = (cell, run.peak_rss_bytes)
    return good


def measure(good, path, options):
    """Seconds of whole processes and in process, by cell, and the peaks that the runs report."""
    order, times = random.Random(options.seed), {name: ([], []) for name in good}
    with tempfile.TemporaryDirectory() as folder:
        stats = os.path.join(folder, "stats.json")
        for i in range(options.rounds):
            for name in order.sample(sorted(good), len(good)):
                command = command_of(good[name][0], path, options)
                run = measured.checked(command[:2] + ["--stats", stats] + command[2:])
                with open(stats, encoding="utf-8") as file:
                    said = json.load(file)
                times[name][0].append(run.seconds)
                times[name][1].append(said["seconds"])
                good[name] = (good[name][0], said["peak_rss_bytes"])
            if sys.stderr.isatty():
                print(f"round {i + 1} of {options.rounds}", file=sys.stderr)
    return times


def ceiling(cell, times, size):
    """GB/s of `lines` in the same way; None where it was not measured."""
    keys = ("threads", "isa", "path")
    name = name_of({"query": "lines", **{key: cell[key] for key in keys if key in cell}})
    return size / 1e9 / measured.median(times[name][1]) if name in times else None


def query_records(good, times, path, recipe, options):
    head = {"machine": measured.machine(options.bench), "build": measured.build(options.bench),
            "data": measured.data(path, recipe)}
    for name, (cell, peak) in good.items():
        command = command_of(cell, pathlib.Path(path.name), options)
        for timed, samples in zip(("process", "in process"), times[name]):
            gbs = ceiling(cell, times, head["data"]["bytes"]) if timed == "in process" else None
            yield records.make("query", {"engine": "linerate", **cell, "timed": timed}, samples, head,
                               " ".join(["bench", *command[1:]]), limit=("lines", gbs),
                               peak_rss_bytes=peak, page_cache="warm")


def print_table(made):
    print(f"{'cell':34}{'data':28}{'seconds':>9}{'spread':>8}{'GB/s':>7}{'of N':>6}{'peak MB':>9}")
    for record in made:
        cell = {key: value for key, value in record["cell"].items() if key not in ("engine", "timed")}
        if record["cell"]["timed"] != "in process":
            continue
        share = f"{record['share']:.2f}" if record["share"] else "-"
        print(f"{name_of(cell):34}{record['data']['name']:28}{record['statistics']['median']:9.3f}"
              f"{record['statistics']['spread']:8.1%}{record['gbs']:7.1f}{share:>6}"
              f"{record['peak_rss_bytes'] / 1e6:9.1f}")


def run_queries(options, target):
    data, cells_of = suites.SUITES[options.suite]
    isa = measured.machine(options.bench)["isa"]
    tiers = ["ref", "avx2", "avx512"]
    cells = [cell for cell in cells_of(options.threads)
             if tiers.index(cell.get("isa", "ref")) <= tiers.index(isa)]
    names = [f"{name_of(cell)} {one.name}" for one in data for cell in cells]
    if not any(re.search(options.only, name) for name in names):
        raise measured.Failed(f"--only {options.only}: no cell's name matches; one is \"{names[0]}\"")
    done = set()
    for one in data:
        chosen = [cell for cell in cells if re.search(options.only, f"{name_of(cell)} {one.name}")]
        if not chosen:
            continue
        path, recipe = make_data(one, options)
        if path is None or path in done:  # with --size several may be one
            continue
        done.add(path)
        check_digest(path, recipe)
        # N is of NDJSON: of other formats there is none.
        mine = [cell for cell in chosen if cell["query"] != "lines" or path.suffix == ".ndjson"]
        good = verify(mine, path, options)
        times = measure(good, path, options)
        made = list(query_records(good, times, path, recipe, options))
        print_table(made)
        records.append(target, made)


def run_kernels(options, target):
    """google-benchmark runs the kernels; its repetitions are the samples."""
    micro = pathlib.Path(options.bench).with_name("bench_micro")
    if not micro.exists():
        raise measured.Failed(f"{micro.name} was not built (LR_MICRO)")
    run = measured.checked([str(micro), f"--benchmark_filter={options.only or '.'}",
                            f"--benchmark_repetitions={options.rounds}", "--benchmark_format=json",
                            "--benchmark_enable_random_interleaving=true"])
    head = {"machine": measured.machine(options.bench), "build": measured.build(options.bench)}
    cells = {}
    for row in json.loads(run.out)["benchmarks"]:
        if row["run_type"] == "iteration":
            cells.setdefault(row["name"], []).append((row["cpu_time"] * 1e-6, row["GB/s"]))
    made, read = [], None
    for name, rows in sorted(cells.items(), key=lambda item: item[0] != "memory/read"):
        data = {"name": "in memory", "recipe": "bench gen tweets --size 16MiB --seed 1",
                "bytes": round(rows[0][0] * rows[0][1] * 1e9), "sha256": None}
        kernel, _, tier = name.rpartition("/")
        cell = {"kernel": name if name == "memory/read" else kernel,
                "isa": None if name == "memory/read" else tier, "timed": "one thread's CPU time"}
        if name == "memory/read":
            read = data["bytes"] / 1e9 / measured.median([seconds for seconds, _ in rows])
        made.append(records.make("kernel", cell, [seconds for seconds, _ in rows],
                                 {**head, "data": data}, f"bench_micro --benchmark_filter={name}$",
                                 limit=("memory/read", read)))
        print(f"{name:32}{made[-1]['gbs']:8.2f} GB/s{made[-1]['share'] or 0:8.3f} of a read")
    records.append(target, made)


def main():
    options = arguments()
    machine = measured.machine(options.bench)["machine"]
    target = pathlib.Path(options.results) / machine / f"{options.suite}.jsonl"
    (run_kernels if options.suite == "kernels" else run_queries)(options, target)
    print(f"\nappended to {target}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except (measured.Failed, subprocess.SubprocessError) as failure:
        sys.exit(f"bench run: {failure}")
