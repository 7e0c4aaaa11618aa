"""instructions.py: how many instructions a program executes, by callgrind.

They hardly depend on the machine's mood: the least of two runs repeats to 0.02 % (the hash is seeded
anew in each run). Valgrind does not know AVX-512, so the tiers are ref and avx2; one thread.
"""
import re
import shutil
import tempfile

import measured

GATE = 0.005
TIERS = ("ref", "avx2")
CELLS = [(query, validate) for query in ("q1", "q2", "q3") for validate in ("used", "full")]


def available():
    return shutil.which("valgrind") is not None


def count(program, query, validate, isa, file):
    """Instructions of a whole process; the least of two runs."""
    counts = []
    for _ in range(2):
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
            before = count(old, query, validate, isa, file)
            after = count(new, query, validate, isa, file)
            rows.append((f"{query} {validate} {isa}", before, after, after > before * (1 + GATE)))
    return rows
