#!/usr/bin/env python3
"""Goal: the library answers as the oracle does, and fails where it does, on anything.
Method: random small inputs, most of them nearly right, and random options; each is run in a few ways
(tier, threads, slice, mapped or read, full, and used where the input is valid) by `many`, which calls
the library. What differs is made smaller, as far as it still differs, and printed with its options.

BENCH_DEVICE=gpu: they go to a device. BENCH_FILES: how many inputs (default 1500); BENCH_FORMATS: of which formats."""
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import harness
import oracle
import random_inputs

FILES = int(os.environ.get("BENCH_FILES") or 1500)
FORMATS = (os.environ.get("BENCH_FORMATS") or "ndjson,ndjson,json,csv,pack").split(",")
MODES = (os.environ.get("BENCH_MENTIONS") or "ascii,first,unicode,twitter,field").split(",")
SETS = ["1.4.1", "2.16"]
QUERIES = ["q1", "q2", "q3", "q3", "all"]
MANY = os.path.abspath(os.environ.get("MANY") or os.path.join(harness.BUILD, "tests", "many"))
TIERS = harness.tiers()
BUDGET = harness.budget(MANY)
WAYS, SHRINK_S = 3, 15


class Many:
    """The process that answers; started again where it dies."""

    def __init__(self):
        self.process = None

    def ask(self, words):
        """The line that it gives; None where it died."""
        if self.process is None:
            self.process = subprocess.Popen([MANY], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            env=harness.environment(
                                                LR_EMULATE_SEED=str(harness.SEED + os.getpid())))
        clock = threading.Timer(harness.TIMEOUT, self.process.kill)
        clock.start()
        try:
            self.process.stdin.write("\t".join(words).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        clock.cancel()
        if not line.endswith(b"\n"):
            self.process.wait()
            self.process = None
            return None
        return line

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Trial:
    """One input (or a few), a query, the options that matter, and ways to run it."""

    def __init__(self, rng):
        self.query = rng.choice(QUERIES)
        self.kind = rng.choice([name for name in FORMATS if name != "pack"])
        self.inputs = [random_inputs.RANDOM[self.kind](rng)
                       for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 3)))]
        self.options = options = {}
        if rng.random() < 0.6:
            options["on-error"] = "skip"
            if rng.random() < 0.2:
                options["max-errors"] = rng.choice((0, 1, 3))
        if rng.random() < 0.15:
            options["limit"] = rng.choice((1, 2, 3, 10, 50))
        if rng.random() < 0.1:
            options["since"] = rng.choice(("2021-02-12", "2021-02-13", "0001-01-01"))
        if rng.random() < 0.1:
            options["until"] = rng.choice(("2021-02-12", "2021-02-13", "9999-12-31"))
        if rng.random() < 0.2:
            options["top"] = rng.choice((1, 3, 1000))
        if rng.random() < 0.5:
            modes = [mode for mode in MODES if mode != "field" or self.kind != "csv"]
            options["mentions"] = rng.choice(modes)
        if rng.random() < 0.2:
            options["emoji"] = rng.choice(SETS)
        self.broken_zip = False
        self.packed = "pack" in FORMATS and rng.random() < 0.25
        if self.packed:
            self.inputs = [self.pack(rng, data) for data in self.inputs]
        if rng.random() < 0.05 or "json" not in FORMATS:
            options["input"] = self.kind
        self.ways = [self.way(rng) for _ in range(WAYS)]
        for way in self.ways: # of 16 MiB the process has its part, which grows; a decompressor takes 3 more
            if self.packed and way.get("memory") == "16MiB":
                way["memory"] = "64MiB"

    def pack(self, rng, data):
        out = random_inputs.packed(
            rng, data, lambda part: harness.run(["zstd", "-qc", "--check"], part).out)
        if rng.random() < 0.2:
            self.broken_zip |= out.startswith(b"PK")
            out = random_inputs.mutated(rng, out)
        return out

    @staticmethod
    def way(rng):
        way = {"isa": rng.choice(TIERS), "threads": rng.choice((1, 1, 2, 3, 8)),
               "plan": rng.choice(("time", "time", "memory")), "validate": rng.choice(("full", "used"))}
        if rng.random() < 0.8:
            way["slice"] = rng.choice((1, 1, 17, 64, 100, 500, 1000, 4096))
        if harness.DEVICE:
            way.update({"plan": "time", "device": harness.DEVICE})
            way.setdefault("slice", 1 << 16)  # a small device has room for it
        if way["plan"] == "memory":
            way["memory"] = BUDGET
        if rng.random() < 0.3:
            way["map"] = 1
        return way


class Tester:
    """Compares; one for each thread, with a folder of its own."""

    def __init__(self, folder):
        self.many, self.folder = Many(), folder
        os.mkdir(folder)

    def difference(self, trial, inputs, ways):
        """What is wrong, as text, or None; and the way."""
        names = [os.path.join(self.folder, "abc"[i]) for i in range(len(inputs))]
        for name, data in zip(names, inputs):
            with open(name, "wb") as file:
                file.write(data)
        options = oracle.Options(**{key.replace("-", "_"): value
                                    for key, value in trial.options.items()})
        want = oracle.run(trial.query, list(zip(names, inputs)), options)
        for way in ways:
            wrong = self.one(trial, names, want, way)
            if wrong:
                return wrong, way
        return None, None

    def one(self, trial, names, want, way):
        rejects = os.path.join(self.folder, "rejects")
        words = [trial.query, *("%s=%s" % item for item in {**trial.options, **way}.items())]
        skips = trial.options.get("on-error") == "skip"
        if skips:
            words.append("rejects=" + rejects)
        line = self.many.ask(words + names)
        if trial.packed and line is not None and line.startswith(b"4 "):
            kib = harness.named_budget(line[2:].decode("utf-8", "replace"))
            if kib: # a header that was changed asks for as large a window as it likes
                words[words.index("memory=" + way["memory"])] = "memory=%dKiB" % kib
                line = self.many.ask(words + names)
        if line is None:
            return "it died"
        status, _, rest = line.decode("utf-8", "replace").partition(" ")
        status = int(status)
        if way["validate"] == "used" and not want.valid:
            return None if status in (0, 1) else "used: " + line.decode()
        if trial.broken_zip:
            # Which of its two headers counts where they differ is not said.
            return None if status in (0, 1) else line.decode()
        if trial.packed and want.place and want.place.count(":") == 1:
            # Of what cannot be decompressed to its end, a bad record may be found before that, and
            # a limit may be reached.
            return None if status == 1 or "limit" in trial.options else line.decode()
        if status != want.status:
            return "gives %smust be %s" % (line.decode("utf-8", "replace"), self.wanted(want))
        if status:
            ok = rest.startswith(want.place + ": ")
            return None if ok else "gives %smust be %s" % (rest, self.wanted(want))
        if json.loads(rest) != want.answer:
            return "gives %smust be %s" % (rest, self.wanted(want))
        if skips:
            with open(rejects, encoding="utf-8") as lines:
                got = [tuple(json.loads(one)[key] for key in ("file", "line", "byte"))
                       for one in lines]
            places = [reject[:3] for reject in want.rejects]
            if got != places:
                return "rejects %s\nmust be %s" % (got, places)
        return None

    @staticmethod
    def wanted(want):
        return "%d %s" % (want.status, want.place and "%s: %s" % (want.place, want.reason) or
                          oracle.to_json(want.answer))

    def shrink(self, trial, inputs, way):
        """Ever smaller inputs that still differ."""
        end = time.monotonic() + SHRINK_S
        for at in range(len(inputs)):
            size = max(len(inputs[at]) // 2, 1)
            while size and time.monotonic() < end:
                start, smaller = 0, False
                while start < len(inputs[at]) and time.monotonic() < end:
                    less = inputs[at][:start] + inputs[at][start + size:]
                    other = inputs[:at] + [less] + inputs[at + 1:]
                    if self.difference(trial, other, [way])[0]:
                        inputs, smaller = other, True
                    else:
                        start += size
                if not smaller or size > 1:
                    size //= 2
        return inputs

    def run(self, seed):
        """What is wrong with the input of this seed, made small; or None."""
        trial = Trial(random.Random(seed))
        wrong, way = self.difference(trial, trial.inputs, trial.ways)
        if wrong is None:
            return None
        inputs = self.shrink(trial, trial.inputs, way)
        wrong = self.difference(trial, inputs, [way])[0] or wrong
        return "input %s: %s %s %s\n%s\n%s" % (seed, trial.query, trial.options, way,
                                              "\n".join(map(repr, inputs)), wrong[:1500])


def work(folder, name, numbers, answers):
    """A process: takes numbers, gives what is wrong with their inputs, until there are no more."""
    tester = Tester(os.path.join(folder, str(name)))
    for number in iter(numbers.get, None):
        try:
            answers.put(tester.run("%d/%d" % (harness.SEED, number)))
        except Exception:  # a fault of the test itself must end it, not hang it
            answers.put("input %d: %s" % (number, traceback.format_exc()))
    tester.many.close()


def main():
    harness.need_device()
    report = harness.Report("test_differential")
    try:
        oracle.emoji_set("1.4.1")
    except FileNotFoundError:
        harness.skipped("q2: no emoji data for the oracle (Debian: unicode-data)")
        QUERIES[:] = ["q1", "q3"]
    if not os.path.exists(oracle.table_of("2.16")):
        harness.skipped("no table of emoji 2.16 for the oracle")
        SETS.remove("2.16")
    if "unicode" in MODES and oracle.missing("q3", "1.4.1", "unicode"):
        harness.skipped("the oracle has no %s" % oracle.missing("q3", "1.4.1", "unicode"))
        MODES.remove("unicode")
    folder = tempfile.TemporaryDirectory(prefix="linerate-", dir="/dev/shm"
                                         if os.access("/dev/shm", os.W_OK) else None)
    numbers, answers = multiprocessing.Queue(64), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(folder.name, i, numbers, answers))
               for i in range(harness.JOBS)]
    for worker in workers:
        worker.start()
    due = [int(harness.FILTER)] if harness.FILTER else range(FILES)
    sent = 0
    for number in due:
        numbers.put(number)
        sent += 1
        while sent - report.checks > 32:
            wrong = answers.get()
            report.check(wrong is None, wrong or "")
        if report.enough():
            break
    while report.checks < sent:
        wrong = answers.get()
        report.check(wrong is None, wrong or "")
    for _ in workers:
        numbers.put(None)
    for worker in workers:
        worker.join()
    folder.cleanup()
    report.end()


if __name__ == "__main__":
    sys.exit(main())
