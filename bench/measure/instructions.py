"""instructions.py: how many instructions a program executes, by callgrind.

They do not depend on the machine's mood, but on the hash, which is seeded anew in each run: single
counts vary by 0.02 % in q2 and up to 0.8 % in q3. So the least of two runs counts, and where that is
too many, of six more. Valgrind does not know AVX-512, so the tiers are ref and avx2; one thread.
"""
import re
import shutil
import tempfile

import measured

GATE, DOUBTFUL = 0.005, 0.02  # above the second one no further count is needed
TIERS = ("ref", "avx2")
CELLS = [(query, validate) for query in ("q1", "q2", "q3") for validate in ("used", "full")]


def available():
    return shutil.which("valgrind") is not None


def count(program, query, validate, isa, file, runs=2):
    """Instructions of a whole process; the least of some runs."""
    counts = []
    for _ in range(runs):
        with tempfile.NamedTemporaryFile() as out:
            run = measured.checked(
                ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", str(program),
                 query, "--validate", validate, "--isa", isa, "--threads", "1", "--format", "json",
                 str(file)])
        found = re.search(rb"Collected : (\d+)", run.err)
        if found is None:
            raise measured.Failed("callgrind did not say how many instructions it collected")
        counts.append(int(found[1]))
    return min(counts)


def compare(old, new, file, cells=CELLS, tiers=TIERS):
    """[(cell, old, new, failed)] of every cell in every tier."""
    rows = []
    for query, validate in cells:
        for isa in tiers:
            cell = (query, validate, isa, file)
            before, after = count(old, *cell), count(new, *cell)
            if before * (1 + GATE) < after < before * (1 + DOUBTFUL):
                before = min(before, count(old, *cell, runs=6))
                after = min(after, count(new, *cell, runs=6))
            rows.append((f"{query} {validate} {isa}", before, after, after > before * (1 + GATE)))
    return rows
