#!/usr/bin/env python3
"""history.py: how the speed of each cell went on, as ratios to one frozen build, the anchor.

    bench ab $(cat results/anchor) HEAD -o results/MACHINE/history.jsonl     after a change has landed
    history.py [RESULTS]                                                     says where it changed

The anchor is a commit; it runs beside what is measured, so that machines and their moods cancel. A
change point is where the ratios before and after differ by more than chance: Pettitt's test (1979) on
the ranks, then again in both halves. Change points are reported; they never fail anything.
"""
import math
import pathlib
import sys

import measured
import records

P_MAX, LEAST = 0.05, 4  # points on each side


def anchor(results):
    """The commit that all is compared with; None: there is none yet."""
    path = pathlib.Path(results) / "anchor"
    return path.read_text(encoding="utf-8").split()[0][:12] if path.exists() else None


def series(all_records, commit):
    """{cell: records against the anchor, oldest first}."""
    found = {}
    for record in sorted(all_records, key=lambda record: record["time"]):
        if record["kind"] == "ab" and commit and record["cell"]["old"].startswith(commit):
            found.setdefault(record["cell"]["cell"], []).append(record)
    return found


def change_points(values):
    """The places i where values[i:] differs from what is before."""
    n = len(values)
    if n < 2 * LEAST:
        return []
    sums, u = [], 0
    for value in values:
        u += sum((value > other) - (value < other) for other in values)
        sums.append(abs(u))
    at = max(range(LEAST, n - LEAST + 1), key=lambda i: sums[i - 1])
    if 2 * math.exp(-6 * sums[at - 1] ** 2 / (n ** 3 + n ** 2)) > P_MAX:
        return []
    after = [at + i for i in change_points(values[at:])]
    return change_points(values[:at]) + [at] + after


def changes(all_records, commit):
    """(cell, commit of the change, ratio before, ratio after) of every change point."""
    for cell, some in series(all_records, commit).items():
        ratios = [record["statistics"]["median"] for record in some]
        edges = [0, *change_points(ratios), len(ratios)]
        for begin, at, end in zip(edges, edges[1:], edges[2:]):
            yield (cell, some[at]["cell"]["new"], measured.median(ratios[begin:at]),
                   measured.median(ratios[at:end]))


def main():
    results = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else measured.ROOT / "results")
    commit = anchor(results)
    for folder in sorted(path for path in results.iterdir() if path.is_dir()):
        kept = [record for path in folder.glob("*.jsonl") for record in records.read(path)]
        print(f"{folder.name}: {sum(map(len, series(kept, commit).values()))} comparisons with the "
              f"anchor {commit or '(none is named)'}")
        for cell, new, before, after in changes(kept, commit):
            print(f"  {cell}: {after / before - 1:+.1%} at {new}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except measured.Failed as failure:
        sys.exit(f"history: {failure}")
