#!/usr/bin/env python3
"""peers.py: the other systems beside ours: the same file, the same minutes, the same answers.

    bench peers [options] FILE            NDJSON of tweets: date, content, user.username

First the file is read from the disk, which fills the page cache; then every cell answers once: its
rows are compared with ours, its memory is watched. Then come the rounds: in each, every cell runs once, in random order. A cell is a whole
process, from its start to its end. A peer whose answer differs is not timed, and the exit is 1.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "measure"))

import emoji_pattern
import measured
import peer_env
import records

# name: the script and what follows its three arguments; in order of speed
PEERS = {
    "simdjson": (None, []),
    "duckdb": ("peer_duckdb.py", []),
    "msgspec": ("peer_msgspec.py", []),
    "chdb": ("peer_chdb.py", []),
    "polars": ("peer_polars.py", []),
    "python": ("peer_python.py", []),
    "pandas": ("peer_pandas.py", []),
    "pyspark-tuned": ("peer_pyspark.py", ["tuned"]),
    "pyspark": ("peer_pyspark.py", []),
}
OURS = {"used": ["--validate", "used"], "full": ["--validate", "full"]}


def arguments():
    parser = argparse.ArgumentParser(prog="bench peers", description="The other systems beside ours.")
    parser.add_argument("file")
    parser.add_argument("--bench", default=os.environ.get("BENCH", "build/bin/bench"),
                        help="our program")
    parser.add_argument("--peers", default="duckdb", metavar="NAMES",
                        help=f"some of {','.join(PEERS)}; all; none")
    parser.add_argument("--queries", default="q1,q2,q3")
    parser.add_argument("--validate", default="used,full")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cold", action="store_true", help="drop the file from the cache before each")
    parser.add_argument("--seed", type=int, default=1, help="of the order within the rounds")
    parser.add_argument("--recipe", help="how the file was made: goes into the records")
    parser.add_argument("-o", "--output", metavar="FILE", help="append the records, as JSON lines")
    options = parser.parse_args()
    everything = {"all": list(PEERS), "none": []}
    options.peers = everything.get(options.peers, options.peers.split(","))
    options.queries = options.queries.split(",")
    options.validate = [] if options.validate == "none" else options.validate.split(",")
    for name in options.peers:
        if name not in PEERS:
            parser.error(f"--peers: no '{name}'; some of: {', '.join(PEERS)}")
    for name in options.validate:
        if name not in OURS:
            parser.error(f"--validate: no '{name}'; used, full, or none")
    for name in options.queries:
        if name not in ("q1", "q2", "q3"):
            parser.error(f"--queries: no '{name}'; some of: q1, q2, q3")
    return options


def simdjson_program():
    """peer_simdjson.cpp compiled for this machine, and its list of emojis; None where the compiler or
    the library is not."""
    source, program = HERE / "peer_simdjson.cpp", peer_env.cache() / "peer-simdjson"
    sequences = program.with_suffix(".emojis")
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        compile_it = ["c++", "-O3", "-march=native", "-std=c++17", "-fopenmp", str(source), "-o",
                      str(program), "-lsimdjson"]
        try:
            subprocess.run(compile_it, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[0]
            print(f"SKIPPED: simdjson (apt-get install g++ libsimdjson-dev): {reason}",
                  file=sys.stderr)
            return None
    sequences.write_text("".join(text + "\n" for text in emoji_pattern.sequences()), encoding="utf-8")
    return str(program), str(sequences)


def command_of(name, query, options):
    """The command line of a peer; None where it cannot run here, which has been said."""
    script, more = PEERS[name]
    if script is None:
        program = simdjson_program()
        return program and [program[0], query, options.file, str(options.threads), program[1]]
    if "pyspark" in name and shutil.which("java") is None:
        print(f"SKIPPED: {name}: there is no java (apt-get install default-jre-headless)",
              file=sys.stderr)
        return None
    python = sys.executable if name == "python" else peer_env.python()
    return python and [python, str(HERE / script), query, options.file, str(options.threads), *more]


def cells_of(options):
    """[(engine, query, command)], ours first."""
    cells = []
    for query in options.queries:
        for validate in options.validate:
            command = [options.bench, query, *OURS[validate], "--threads", str(options.threads),
                       "--format", "json", options.file]
            cells.append((f"linerate {validate}", query, command))
    for name in options.peers:
        for query in options.queries:
            command = command_of(name, query, options)
            if command is None:
                break
            cells.append((name, query, command))
    return cells


def rows_of(engine, out):
    answer = json.loads(out)
    return answer["rows"] if engine.startswith("linerate") else answer


def verify(cells, options):
    """Runs every cell once; the good ones with their peak memory, and how many were not."""
    want, good, bad = {}, [], 0
    for engine, query, command in cells:
        try:
            run = measured.checked(command, watch=True)
            rows = rows_of(engine, run.out)
        except (measured.Failed, ValueError) as error:
            print(f"{engine} {query}: failed: {error}", file=sys.stderr)
            bad += 1
            continue
        if rows != want.setdefault(query, rows):
            print(f"{engine} {query}: another answer than {cells[0][0]}:\n  {rows}\n  {want[query]}",
                  file=sys.stderr)
            bad += 1
            continue
        good.append((engine, query, command, run.peak_rss_bytes))
    return good, bad


def measure(cells, options):
    """Seconds per cell, from interleaved rounds."""
    order, samples = random.Random(options.seed), {cell[:2]: [] for cell in cells}
    for i in range(options.rounds):
        for engine, query, command, _ in order.sample(cells, len(cells)):
            if sys.stderr.isatty():
                print(f"\r\033[Kround {i + 1} of {options.rounds}: {engine} {query}", end="",
                      file=sys.stderr, flush=True)
            if options.cold:
                measured.evict(options.file)
            samples[engine, query].append(measured.checked(command).seconds)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return samples


def shown(command, options):
    """A command line as a record keeps it: no folders of this machine."""
    return " ".join(pathlib.Path(word).name if "/" in word else word for word in command)


def records_of(cells, samples, options):
    head = {"machine": measured.machine(options.bench), "build": measured.build(options.bench),
            "data": measured.data(options.file, options.recipe)}
    for engine, query, command, peak in cells:
        cell = {"engine": engine.split()[0], "query": query, "threads": options.threads,
                "validate": engine.split()[1] if " " in engine else None}
        yield records.make("peer", cell, samples[engine, query], head, peak_rss_bytes=peak,
                           page_cache="cold" if options.cold else "warm",
                           command=shown(command, options))


def report(cells, samples, options):
    """A table: whole-process medians, and how many times ours is faster."""
    size = os.path.getsize(options.file) / 1e9
    median = {key: measured.median(values) for key, values in samples.items()}
    print(f"{size:.2f} GB, {options.threads} threads, whole processes, medians of "
          f"{options.rounds} interleaved rounds, {'cold' if options.cold else 'warm'}\n")
    ratios = "".join(f"{'x ' + name:>9}" for name in options.validate)
    print(f"{'query':6}{'engine':16}{'seconds':>9}{'least':>9}{'GB/s':>7}{'peak MB':>9}{ratios}")
    for engine, query, _, peak in sorted(cells, key=lambda cell: cell[1]):
        line = (f"{query:6}{engine:16}{median[engine, query]:9.3f}{min(samples[engine, query]):9.3f}"
                f"{size / median[engine, query]:7.1f}{peak / 1e6:9.0f}")
        for name in options.validate:
            ours = median.get((f"linerate {name}", query))
            line += f"{median[engine, query] / ours:9.1f}" if ours else f"{'-':>9}"
        print(line)


def main():
    options = arguments()
    if not options.cold:
        measured.settle(options.file)
    cells, bad = verify(cells_of(options), options)
    if cells:
        samples = measure(cells, options)
        report(cells, samples, options)
        if options.output:
            records.append(options.output, records_of(cells, samples, options))
    return 1 if bad else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except measured.Failed as failure:
        sys.exit(f"bench peers: {failure}")
