#!/usr/bin/env python3
"""The memory plan: its budget is kept, as seen from outside, and the answer is that of the time plan.

Goal: peak resident set <= --memory (5 % are allowed for what the kernel rounds), whatever the keys.
Method: few, many and colliding keys, uniform, Zipf, one giant group, names of up to 64 KiB; budgets from
the smallest that works; the peak is what wait4 says to tests/peak.c. BENCH_SEED repeats a run.
"""

import os
import random
import re
import subprocess
import tempfile
import time
import unittest

import peaks

BENCH = os.environ["BENCH"]
SEED = int(os.environ.get("BENCH_SEED", time.time()))
print("test_memory: seed", SEED)


def record(date, name, content):
    return '{"date": "%s", "content": "%s", "user": {"username": "%s"}}\n' % (date, content, name)


def word(rng, n):
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=n))


def keys(rng, shape, n):
    """n names of the given shape."""
    if shape == "uniform":
        return (word(rng, rng.choice((3, 8, 12, 15, 16, 17, 33))) for _ in range(n))
    if shape == "zipf":
        pool = [word(rng, 10) for _ in range(n // 4)]
        return (pool[int(len(pool) ** rng.random()) - 1] for _ in range(n))
    if shape == "one":
        return ("ann" for _ in range(n))
    if shape == "prefixes":
        return ("a" * 40 + word(rng, 4) for _ in range(n))
    return (word(rng, 8) * 8192 for _ in range(n // 1000))  # "long": 64 KiB


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        rng = random.Random(SEED)
        cls.files = {}
        for shape in ("uniform", "zipf", "one", "prefixes", "long"):
            path = os.path.join(cls.folder.name, shape + ".ndjson")
            with open(path, "w") as out:
                for name in keys(rng, shape, 150000):
                    date = "20%02d-01-%02d" % (rng.randrange(20), rng.randrange(1, 29))
                    out.write(record(date, name, "hi @%s \\ud83d\\ude02" % name))
            cls.files[shape] = path

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def bench(self, *arguments, env=None):
        """stdout, stderr, exit and the peak in bytes."""
        run = peaks.run(*arguments, env=env)
        return run.out, run.err.decode(), run.status, run.kib * 1024

    def check(self, query, shape, budget_kib, *more):
        path = self.files[shape]
        want, _, code, _ = self.bench(query, "--plan", "time", "--format", "json", "--top", "50", path)
        self.assertEqual(code, 0)
        got, err, code, peak = self.bench(query, "--plan", "memory", "--memory", "%dKiB" % budget_kib,
                                          "--format", "json", "--top", "50", path, *more)
        self.assertEqual(code, 0, err)
        self.assertEqual(got, want, (query, shape, budget_kib))
        self.assertLessEqual(peak, budget_kib * 1024 * 1.05, (query, shape, budget_kib))

    def test_budgets_are_kept(self):
        for shape in ("uniform", "zipf", "one", "prefixes"):
            for query, budgets in (("q1", (6144, 16384)), ("q2", (4096,)), ("q3", (4096, 16384))):
                for budget in budgets:
                    with self.subTest(query=query, shape=shape, budget=budget):
                        self.check(query, shape, budget)
        self.check("all", "zipf", 16384)
        self.check("q3", "uniform", 8192, "--threads", "1")
        self.check("q3", "uniform", 16384, "--threads", "4")

    def test_long_names(self):
        self.check("q3", "long", 16384)
        self.check("q1", "long", 98304)  # the most active user of each of 560 dates, 64 KiB each

    def test_standard_input(self):
        with open(self.files["uniform"], "rb") as pipe:
            got = subprocess.run([BENCH, "q3", "--plan", "memory", "--format", "json", "-"],
                                 input=pipe.read(), capture_output=True)
        want, _, _, _ = self.bench("q3", "--plan", "time", "--format", "json", self.files["uniform"])
        self.assertEqual(got.stdout, want)

    def test_too_little_names_what_would_do(self):
        out, err, code, _ = self.bench("q3", "--plan", "memory", "--memory", "1MiB",
                                       self.files["one"])
        self.assertEqual((out, code), (b"", 4))
        smallest = re.search(r"at least (\d+KiB)", err)
        self.assertIsNotNone(smallest, err)
        out, err, code, _ = self.bench("q3", "--plan", "memory", "--memory", smallest.group(1),
                                       self.files["one"])
        self.assertEqual(code, 0, err)

    def test_the_time_plan_keeps_to_memory_or_says_so(self):
        out, err, code, _ = self.bench("q1", "--plan", "time", "--memory", "6MiB",
                                       self.files["uniform"])
        self.assertEqual((out, code), (b"", 4), err)
        self.assertIn("--plan memory", err)

    def test_the_time_plan_takes_no_more_for_more_input(self):
        """Its anonymous memory, when it has read all there is and waits for more: <= 64 MiB, its groups
        among it, and the same after 32 times the input as after eight times: by then it is known
        that they recur, and a table holds them. A thread that came late may still need one of 8 MiB;
        all rows set aside would be 85 and more."""
        with open(self.files["zipf"], "rb") as file:
            data = file.read()
        for query in ("q1", "q2", "q3", "all"):
            run = subprocess.Popen([BENCH, query, "--plan=time", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            kib = []
            for copies in (8, 24):
                for _ in range(copies):
                    run.stdin.write(data)
                run.stdin.flush()
                with open("/proc/%d/status" % run.pid) as status:
                    kib.append(int(re.search(r"RssAnon:\s*(\d+) kB", status.read()).group(1)))
            run.stdin.close()
            self.assertEqual(run.wait(), 0, query)
            self.assertLessEqual(kib[1], 64 << 10, query)
            self.assertLessEqual(kib[1], kib[0] + (8 << 10), query)

    def test_auto_spills_where_memory_is_given(self):
        want, _, _, _ = self.bench("q1", "--plan", "time", "--format", "json", self.files["uniform"])
        got, err, code, peak = self.bench("q1", "--memory", "8MiB", "--format", "json",
                                          self.files["uniform"])
        self.assertEqual((code, got), (0, want), err)
        self.assertLessEqual(peak, 8 * 1024 * 1024 * 1.05)

    def test_nothing_is_left_behind(self):
        with tempfile.TemporaryDirectory() as spill:
            for kill_after in (None, 0.05, 0.1, 0.2):
                run = subprocess.Popen([BENCH, "q1", "--plan", "memory", "--memory", "6MiB",
                                        self.files["uniform"]], env={**os.environ, "TMPDIR": spill},
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                if kill_after is not None:
                    time.sleep(kill_after)
                    run.kill()
                run.wait()
                self.assertEqual(os.listdir(spill), [])

    def test_a_full_disk_is_an_io_error(self):
        with tempfile.TemporaryDirectory() as spill:
            if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", spill],
                              capture_output=True).returncode != 0:
                print("SKIPPED: a full disk: no right to mount one")
                return
            try:
                out, err, code, _ = self.bench("q1", "--plan", "memory", "--memory", "6MiB",
                                               self.files["uniform"], env={"TMPDIR": spill})
                self.assertEqual((out, code), (b"", 3), err)
                self.assertEqual(os.listdir(spill), [])
            finally:
                subprocess.run(["umount", spill], check=True)

    def test_without_a_spill_the_input_is_read_again(self):
        want, _, _, _ = self.bench("q1", "--plan", "time", "--format", "json", self.files["uniform"])
        got, err, code, peak = self.bench("q1", "--plan", "memory", "--memory", "6MiB", "--format",
                                          "json", self.files["uniform"],
                                          env={"TMPDIR": "/nonexistent"})
        self.assertEqual((code, got), (0, want), err)
        self.assertLessEqual(peak, 6 * 1024 * 1024 * 1.05)
        with open(self.files["uniform"], "rb") as pipe:
            run = subprocess.run(["sh", "-c", 'cat | "$0" q1 --plan memory --memory 6MiB -', BENCH],
                                 stdin=pipe, capture_output=True,
                                 env={**os.environ, "TMPDIR": "/nonexistent"})
        self.assertEqual((run.returncode, run.stdout), (3, b""), run.stderr)
        self.assertIn(b"/nonexistent", run.stderr)


if __name__ == "__main__":
    unittest.main()
