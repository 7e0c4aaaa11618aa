"""harness.py: what the tests in Python share: the command, seeds, and work side by side.

BENCH names the command, REFERENCE the reference engine. BENCH_SEED repeats a run, BENCH_FILTER runs
what has it in its name. BENCH_DEVICE=gpu: the runs go to a device, or to an emulated one, whose
schedules are drawn from LR_EMULATE_SEED. BENCH_CASES: so many cases of each table are enough.
"""
import concurrent.futures
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "build")
BENCH = os.path.abspath(os.environ.get("BENCH") or os.path.join(BUILD, "bin", "bench"))
REFERENCE = os.path.abspath(os.environ.get("REFERENCE") or
                            os.path.join(BUILD, "tests", "reference"))
SHARED = os.environ.get("LR_SHARED") or os.path.join(HERE, "..", "..", "shared")
SEED = int(os.environ.get("BENCH_SEED") or random.SystemRandom().randrange(1 << 32))
FILTER = os.environ.get("BENCH_FILTER", "")
DEVICE = os.environ.get("BENCH_DEVICE", "")
JOBS = len(os.sched_getaffinity(0)) + 1
TIMEOUT = 120
FAILURES_MAX = 20


SKIPPED = []  # why things were not checked


def skipped(why):
    SKIPPED.append(why)
    print("SKIPPED: " + why, flush=True)


def need_device():
    """With BENCH_DEVICE=gpu: ends the test, aloud, where this machine has no device (nor emulates one)."""
    if not DEVICE:
        return
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        file.write(b'{"content":"@a"}\n')
        file.flush()
        done = run([BENCH, "q3", file.name, "--device=" + DEVICE, "--slice=64KiB"])
    if done.status == 4:
        print("SKIPPED: %s on a device: %s" % (os.path.basename(sys.argv[0]), done.message().strip()))
        sys.exit(77)


def some(items):
    """All of the items, or as many as BENCH_CASES says, drawn by the seed; that is said aloud."""
    items = list(items)
    n = int(os.environ.get("BENCH_CASES") or len(items))
    if n >= len(items):
        return items
    skipped("%d of %d cases (BENCH_CASES=%d)" % (len(items) - n, len(items), n))
    return random.Random(SEED).sample(items, n)


def tiers():
    """The tiers that this machine runs."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        flags = set(info.read().split())
    found = ["ref"]
    if {"avx2", "bmi1", "bmi2", "abm", "popcnt", "pclmulqdq"} <= flags:
        found.append("avx2")
        if {"avx512f", "avx512bw"} <= flags:
            found.append("avx512")
    return found


def budget(program):
    """For the memory plan: 16 MiB, or what a sanitizer's bookkeeping needs."""
    with open(program, "rb") as file:
        data = file.read()
    sanitized = any(name in data for name in (b"__asan_init", b"__tsan_init", b"__msan_init"))
    return "4GiB" if sanitized else "16MiB"


def named_budget(message):
    """The smallest budget, in KiB, that a refusal names; None: it is no such message."""
    named = re.search(r"^--memory: too little; this run needs at least (\d+)KiB$", message, re.M)
    return int(named.group(1)) if named else None


class Done:
    """How a command ended: status (negative: a signal), out and err as bytes."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def message(self):
        return self.err.decode("utf-8", "replace")


def environment(**more):
    """What the command sees: nothing of BENCH_* but what is asked for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    return {**kept, **more}


def run(command, data=None, cwd=None, env=None, timeout=TIMEOUT):
    """data: bytes for standard input, or None: none."""
    try:
        done = subprocess.run(command, input=b"" if data is None else data, cwd=cwd,
                              env=env or environment(), capture_output=True, timeout=timeout,
                              check=False)
    except subprocess.TimeoutExpired:
        return Done(-99, b"", b"no end after %d s" % timeout)
    return Done(done.returncode, done.stdout, done.stderr)


class Report:
    """Counts checks and failures; many threads may use it."""

    def __init__(self, name):
        self.name, self.checks, self.failures = name, 0, 0
        print("%s: BENCH_SEED=%d" % (name, SEED), flush=True)

    def check(self, claim, text):
        self.checks += 1
        if not claim:
            self.failures += 1
            if self.failures <= FAILURES_MAX:
                print("NOT SO: " + text, flush=True)
        return claim

    def enough(self):
        return self.failures >= FAILURES_MAX

    def end(self):
        print("%s: %d checks, %d failures" % (self.name, self.checks, self.failures))
        if self.checks == 0 and not FILTER and not SKIPPED:
            print("NOT SO: nothing was checked")
            sys.exit(1)
        sys.exit(1 if self.failures else 0)


def side_by_side(function, items):
    """function(item) for each, by a few threads; an exception ends the test."""
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for _ in pool.map(function, items):
            pass
