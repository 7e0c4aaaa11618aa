#!/usr/bin/env python3
"""measure.py: times q1, q2 and q3 on a device: resident, and end to end beside the CPU path of the same machine.

    measure.py --bench BENCH --resident RESIDENT --data FOLDER --out FOLDER [--size SIZE] [--rounds N] [--seconds S]

Answers are compared with the generator's key first. Cells are interleaved; each becomes a line of
results/README.md's schema in OUT/gpu.jsonl. Resident speeds are given as a share of the device's own copy (bytes
read and written), end to end as a share of its host link. It stops cleanly when its seconds are over.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "measure"))
import measured  # noqa: E402
import records  # noqa: E402

QUERIES = ("q1", "q2", "q3")


def gpu_name():
    try:
        done = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"],
                              capture_output=True, text=True, check=True)
        return done.stdout.strip().splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return None


def generate(options, name, words):
    path = pathlib.Path(options.data) / name
    if not path.exists():
        measured.checked([options.bench, "gen", *words, "--size", options.size, "--seed", "42", "-o",
                          str(path)], timeout=200)
    return path


def head_of(options, path, recipe):
    machine = measured.machine(options.bench)
    machine["gpu"] = machine.get("gpu") or gpu_name()
    return {"machine": machine, "build": measured.build(options.bench),
            "data": {"name": path.name, "recipe": recipe, "bytes": path.stat().st_size, "sha256": None}}


def resident(options, path, head):
    """The lines that `resident` prints, as records; and the bandwidth of the host link."""
    words = [str(path), "20"] + [word for query in QUERIES for validate in ("used", "full")
                                 for word in (query, validate)]
    done = measured.checked([options.resident, *words], timeout=150)
    made, link = [], None
    for line in done.out.decode().splitlines():
        said = json.loads(line)
        link = max(link or 0, said["host_to_device_gbs"])
        cell = {"engine": "linerate", "query": said["query"], "validate": said["validate"], "device": "gpu",
                "timed": "resident", "doubts": said["doubts"], "leftover": said["leftover"],
                "lines_gbs": round(said["bytes"] / 1e9 / said["lines_s"], 1),
                "host_to_device_gbs": said["host_to_device_gbs"]}
        made.append(records.make("query", cell, said["samples"], head, "resident FILE 20 %s %s" % (
            said["query"], said["validate"]), limit=("device/copy", said["copy_gbs"])))
        print("resident %s %s: %.0f GB/s; a copy: %.0f; line feeds: %.0f; to the device: %.1f; %d doubts"
              % (said["query"], said["validate"], made[-1]["gbs"], said["copy_gbs"],
                 cell["lines_gbs"], said["host_to_device_gbs"], said["doubts"]), flush=True)
    return made, link


def cells_of():
    for query in QUERIES:
        for validate in ("used", "full"):
            yield query, validate, "gpu", None
            for threads in (1, 2, 4, 8, 16):
                if threads <= len(os.sched_getaffinity(0)):
                    yield query, validate, "cpu", threads


def command(options, cell, path, stats):
    query, validate, device, threads = cell
    return [options.bench, query, "--stats", stats, "--validate", validate, "--device", device,
            *([] if threads is None else ["--threads", str(threads)]), "--format", "json", str(path)]


def end_to_end(options, path, head, link, deadline):
    """Every cell once, checked; then rounds in random order, as long as there is time."""
    stats = os.path.join(options.data, "stats.json")
    times, wrong, rng, answers = {}, 0, random.Random(1), {}
    for cell in cells_of():
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
    for name in ("bench", "resident", "data", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--size", default="2.2GB")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=240)
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    out = pathlib.Path(options.out) / "gpu.jsonl"
    wrong = 0
    for name, words in (("tweets.ndjson", ["tweets"]), ("mock.csv", ["mock", "--format", "csv"])):
        if time.monotonic() > deadline - 30:
            print("SKIPPED: %s: no time is left" % name)
            continue
        path = generate(options, name, words)
        head = head_of(options, path, "bench gen %s --size %s --seed 42" % (" ".join(words), options.size))
        link = None
        if name.endswith(".ndjson"):
            made, link = resident(options, path, head)
            records.append(out, made)
        made, bad = end_to_end(options, path, head, link, deadline)
        records.append(out, made)
        wrong += bad
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (measured.Failed, subprocess.SubprocessError) as failure:
        sys.exit("measure.py: %s" % failure)
