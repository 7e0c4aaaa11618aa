#!/usr/bin/env python3
"""measure.py: times q1, q2 and q3 on a device: resident, and end to end beside the CPU path of the same machine.

    measure.py --bench BENCH --data FOLDER --out FOLDER [--size SIZE] [--large SIZE] [--rounds N] [--seconds S]

Answers are compared with those of the CPU first. Cells are interleaved; each becomes a line of
results/README.md's schema in OUT/gpu.jsonl. Resident speeds are given as a share of the device's own copy (bytes
read and written), end to end as a share of its host link. It stops cleanly when its seconds are over.
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "measure"))
import measured  # noqa: E402
import records  # noqa: E402

QUERIES = ("q1", "q2", "q3")
RESIDENT_SAMPLES = 3


def gpu_name():
    try:
        done = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"],
                              capture_output=True, text=True, check=True)
        return done.stdout.strip().splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return None


def generate(options, name, words, size):
    path = pathlib.Path(options.data) / name
    if not path.exists():
        measured.checked([options.bench, "gen", *words, "--size", size, "--seed", "42", "-o",
                          str(path)], timeout=200)
    return path


def head_of(options, path, recipe):
    machine = measured.machine(options.bench)
    machine["gpu"] = machine.get("gpu") or gpu_name()
    return {"machine": machine, "build": measured.build(options.bench),
            "data": {"name": path.name, "recipe": recipe, "bytes": path.stat().st_size, "sha256": None}}


RESIDENT = re.compile(r"resident: (\d+) bytes, \d+ rounds: all passes ([\d.]+) GB/s, lines alone ([\d.]+), "
                      r"a copy reads and writes ([\d.]+), a copy to it ([\d.]+)")


def resident(options, path, head):
    """Of each query and validation what --resident says, as records; and the bandwidth of the host link."""
    made, link = [], 0.0
    for query in QUERIES:
        for validate in ("used", "full"):
            words = [query, "--device", "gpu", "--resident", "10", "--slice", "1GB", "--validate", validate]
            samples = []
            for _ in range(RESIDENT_SAMPLES):
                done = measured.checked([options.bench, *words, "--explain", str(path)], timeout=60)
                said = [float(x) for x in RESIDENT.search(done.err.decode()).groups()]
                samples.append(said[0] / 1e9 / said[1])
                link = max(link, said[4])
            cell = {"engine": "linerate", "query": query, "validate": validate, "device": "gpu",
                    "timed": "resident", "lines_gbs": said[2], "host_to_device_gbs": said[4]}
            of = {**head, "data": {**head["data"], "bytes": int(said[0])}}
            made.append(records.make("query", cell, samples, of, "bench " + " ".join(words) + " " + path.name,
                                     limit=("device/copy", said[3])))
            print("resident %s %s %s: %.0f GB/s; a copy: %.0f; record ends: %.0f; to the device: %.1f" % (
                path.name, query, validate, made[-1]["gbs"], said[3], said[2], said[4]), flush=True)
    return made, link


def cells_of(counts):
    for query in QUERIES:
        for validate in ("used", "full"):
            for device in ("gpu", "auto"):
                yield query, validate, device, None
            for threads in counts:
                if threads <= len(os.sched_getaffinity(0)):
                    yield query, validate, "cpu", threads


def command(options, cell, path, stats):
    query, validate, device, threads = cell
    return [options.bench, query, "--stats", stats, "--validate", validate, "--device", device,
            *([] if threads is None else ["--threads", str(threads)]), "--format", "json", str(path)]


def end_to_end(options, path, head, link, deadline, counts=(1, 2, 4, 8, 16)):
    """Every cell once, checked; then rounds in random order, as long as there is time."""
    stats = os.path.join(options.data, "stats.json")
    times, wrong, rng, answers = {}, 0, random.Random(1), {}
    for cell in cells_of(counts):
        answer = measured.checked(command(options, cell, path, stats), timeout=60).out
        if answer != answers.setdefault(cell[0], answer):
            print("NOT SO: %s gives another answer" % (cell,))
            wrong += 1
        else:
            times[cell] = []
    for _ in range(options.rounds):
        for cell in rng.sample(sorted(times, key=str), len(times)):
            if time.monotonic() > deadline:
                break
            measured.checked(command(options, cell, path, stats), timeout=60)
            with open(stats, encoding="utf-8") as file:
                times[cell].append(json.load(file)["seconds"])
    made = []
    for cell, samples in times.items():
        if not samples:
            continue
        query, validate, device, threads = cell
        limit = ("host_to_device", link) if device == "gpu" else (None, None)
        words = " ".join(command(options, cell, pathlib.Path(path.name), "FILE")[1:])
        made.append(records.make("query", {"engine": "linerate", "query": query, "validate": validate,
                                           "device": device, "threads": threads, "timed": "in process"},
                                 samples, head, "bench " + words, limit=limit, page_cache="warm"))
        print("%s %s %s %s: %.3f s, %.1f GB/s%s" % (
            query, validate, device, threads or "", made[-1]["statistics"]["median"], made[-1]["gbs"],
            ", %.2f of the host link" % made[-1]["share"] if made[-1]["share"] else ""), flush=True)
    return made, wrong


def main():
    parser = argparse.ArgumentParser()
    for name in ("bench", "data", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--size", default="2.2GB")
    parser.add_argument("--large", help="size of a file that is long enough for the device's start not to count")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=240)
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    out = pathlib.Path(options.out) / "gpu.jsonl"
    wrong = 0
    for name, words, size in (("tweets.ndjson", ["tweets"], options.size),
                              ("mock.csv", ["mock", "--format", "csv"], options.size),
                              ("large.ndjson", ["tweets"], options.large)):
        if size is None or time.monotonic() > deadline - 20:
            print("SKIPPED: %s: %s" % (name, "no time is left" if size else "not asked for"))
            continue
        path = generate(options, name, words, size)
        head = head_of(options, path, "bench gen %s --size %s --seed 42" % (" ".join(words), size))
        large = name == "large.ndjson"
        if not large:
            made, link = resident(options, path, head)
            records.append(out, made)
        until = deadline if large else time.monotonic() + (deadline - time.monotonic()) / 2.5
        made, bad = end_to_end(options, path, head, link, until, (16,) if large else (1, 2, 4, 8, 16))
        records.append(out, made)
        wrong += bad
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (measured.Failed, subprocess.SubprocessError) as failure:
        sys.exit("measure.py: %s" % failure)
