"""The measuring scripts: records, statistics, the peers' pattern.

Goal: a record that breaks the schema is refused, one that does not is kept; statistics are what a
hand computes; the pattern that the peers use finds what the project's own table holds.
"""
import argparse
import contextlib
import copy
import io
import json
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BENCH = os.environ.get("BENCH", str(ROOT / "build/bin/bench"))
sys.path[:0] = [str(ROOT / "bench/measure"), str(ROOT / "bench/peers")]

import builds
import compare
import datasets
import emoji_pattern
import gate
import history
import instructions
import measured
import paired
import peers
import records
import run_suite
import selftest
import sign_test
import suites

HEAD = {
    "machine": {"machine": "cpu-2-0123abcd", "cpu": "CPU", "cores": 2, "isa": "ref",
                "gbs": {"read_n": 40.0, "disk_cold": None}},
    "build": {"commit": None, "version": "bench 0.1.0"},
    "data": {"name": "a.ndjson", "recipe": None, "bytes": 4_000_000_000, "sha256": None},
}


def good():
    return records.make("peer", {"engine": "x", "query": "q1"}, [0.5, 0.4, 0.8, 0.2], HEAD, "bench q1",
                        limit=("lines", 40.0))


class Records(unittest.TestCase):
    def test_statistics_by_hand(self):
        """Of 0.2 0.4 0.5 0.8: the median is 0.45, the distances 0.25 0.05 0.05 0.35, their median 0.15."""
        statistics = measured.statistics([0.5, 0.4, 0.8, 0.2])
        self.assertEqual(statistics["n"], 4)
        self.assertAlmostEqual(statistics["median"], 0.45)
        self.assertAlmostEqual(statistics["spread"], 0.15 / 0.45)
        self.assertEqual((statistics["min"], statistics["max"]), (0.2, 0.8))

    def test_a_record(self):
        record = good()
        self.assertEqual(records.problems(record), [])
        self.assertAlmostEqual(record["gbs"], 4 / 0.45)
        self.assertAlmostEqual(record["share"], 4 / 0.45 / 40)

    def test_a_limit_that_is_not_measurable_gives_no_share(self):
        record = records.make("peer", {}, [1.0], HEAD, "x", limit=("disk_cold", None))
        self.assertIsNone(record["share"])
        self.assertEqual(records.problems(record), [])

    def test_what_breaks_the_schema(self):
        def broken(change):
            record = copy.deepcopy(good())
            change(record)
            return records.problems(record)
        changes = [
            lambda r: r.pop("samples"), lambda r: r.update(more=1), lambda r: r.update(schema=2),
            lambda r: r.update(samples=[]), lambda r: r.update(samples=[0.5, 0.4, 0.8, 0]),
            lambda r: r.update(samples=[0.5, 0.4, 0.8, 0.3]), lambda r: r.update(kind="other"),
            lambda r: r.update(peak_rss_bytes=0), lambda r: r.update(share=0),
            lambda r: r.update(share=float("nan")), lambda r: r.update(page_cache="hot"),
            lambda r: r["machine"].pop("cpu"), lambda r: r["data"].update(bytes="many"),
            lambda r: r.update(time=5), lambda r: r.update(cell=None),
            lambda r: r["statistics"].update(median=0.44),
        ]
        for at, change in enumerate(changes):
            self.assertNotEqual(broken(change), [], f"change {at} was not noticed")
        self.assertNotEqual(records.problems([]), [])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "machine" / "a.jsonl"
            records.append(path, [good()])
            records.append(path, [good(), good()])
            self.assertEqual(len(records.read(path)), 3)
            with self.assertRaises(measured.Failed):
                records.append(path, [{**good(), "samples": []}])
            self.assertEqual(len(records.read(path)), 3)
            with open(path, "a", encoding="utf-8") as file:
                file.write("{}\n")
            with self.assertRaisesRegex(measured.Failed, r"a\.jsonl:4: "):
                records.read(path)

    def test_kept_results_keep_the_schema(self):
        for path in sorted(ROOT.glob("results/*/*.jsonl")):
            records.read(path)


class Statistics(unittest.TestCase):
    def test_signs_by_hand(self):
        """5 of 5: one way of 32; 4 of 5: five more. 3 of 4: 4 and 1 of 16. Those of 0 say nothing."""
        self.assertEqual(sign_test.p_greater([1, 2, 3, 4, 5]), 1 / 32)
        self.assertEqual(sign_test.p_greater([1, -2, 3, 4, 5]), 6 / 32)
        self.assertEqual(sign_test.p_greater([1, 1, -1, 2]), 5 / 16)
        self.assertEqual(sign_test.p_greater([-1, -2, -3]), 1.0)
        self.assertEqual(sign_test.p_greater([0, 0]), 1.0)
        self.assertEqual(sign_test.p_greater([0, 1, 2]), 1 / 4)

    def test_signs_of_a_table(self):
        """Critical values of the one-sided test (Dixon and Mood 1946): 15 of 20, 9 of 10, 18 of 25 for p <=
        0.05; 10 of 10 for 0.01."""
        for k, n, p in ((15, 20, 0.05), (9, 10, 0.05), (18, 25, 0.05), (10, 10, 0.01)):
            self.assertLessEqual(sign_test.at_least(k, n) / 2 ** n, p)
            self.assertGreater(sign_test.at_least(k - 1, n) / 2 ** n, p)

    def test_estimate_by_hand(self):
        """Of 6 values one side is all in 1 of 64 ways, below 2.5 %: the interval is all of them. Of 9, all but
        one or more in 10 of 512, 2.0 %: it goes from the second to the eighth."""
        self.assertEqual(sign_test.estimate([6, 1, 2]), (2, -math.inf, math.inf))
        self.assertEqual(sign_test.estimate([1, 2, 3, 4, 5, 6]), (3.5, 1, 6))
        self.assertEqual(sign_test.estimate(range(1, 10)), (5, 2, 8))

    def test_rates_by_hand(self):
        """0 of n: the upper bound is 1 - 0.025^(1/n); 5 of 10: 0.187 to 0.813 (a table's)."""
        self.assertAlmostEqual(sign_test.rate(0, 100)[2], 1 - 0.025 ** 0.01)
        self.assertEqual([round(bound, 3) for bound in sign_test.rate(5, 10)], [0.5, 0.187, 0.813])
        # 3 of 20000: Poisson's 0.6187 and 8.7673 over n (a table's), and no overflow.
        low, high = sign_test.rate(3, 20_000)[1:]
        self.assertAlmostEqual(low * 20_000, 0.6187, places=2)
        self.assertAlmostEqual(high * 20_000, 8.7673, places=2)

    def test_decision(self):
        """A suspect needs both sets of blocks, the effect and the certainty."""
        def draws(*sets):
            rest = list(sets)
            return lambda n: rest.pop(0)
        n = paired.BLOCKS
        slow, same = [0.03] * n, [0.02, -0.02] * (n // 2)
        tiny = [0.005] * n
        self.assertEqual(paired.decide(draws(slow, slow))[0], "slower")
        self.assertEqual(paired.decide(draws(slow, same))[0], "same")
        self.assertEqual(paired.decide(draws(same))[0], "same")
        self.assertEqual(paired.decide(draws(tiny))[0], "same")
        self.assertEqual(paired.decide(draws([-0.03] * n))[0], "faster")
        self.assertEqual(len(paired.decide(draws(slow, slow))[1]), 2 * n)
        # 86 of 150 above 0: p = 0.043, enough twice; 85: 0.06
        for n_above, said in ((86, "slower"), (85, "same")):
            likely = [0.02] * n_above + [-0.02] * (n - n_above)
            self.assertEqual(paired.decide(draws(likely, likely))[0], said)

    def test_blocks(self):
        """B takes 10 % longer by the clock of the test: every block says so, whatever its order, and
        both orders come. A drift that goes on evenly changes nothing."""
        seen = []
        def drifting(side):
            seen.append(side)
            return {"A": 0.2, "B": 0.22}[side] * 1.01 ** len(seen)
        order = random.Random(1)
        for _ in range(20):
            self.assertAlmostEqual(paired.block(drifting, order), math.log(1.1))
        blocks = {"".join(seen[i:i + 4]) for i in range(0, len(seen), 4)}
        self.assertEqual(blocks, {"ABBA", "BAAB"})

    def test_error_rates_by_simulation(self):
        """Noise as it was measured: 5 % a run, and a machine that is slow for some runs by a fifth. A/A is
        never called slower in 300, +3 % in 58 of 60, +2 % in 17 of 20 at least."""
        noise = random.Random(1)
        def draw_with(planted):
            slow = 0.0
            def run(side):
                nonlocal slow
                slow = (0.2 if slow == 0 else 0.0) if noise.random() < 0.05 else slow
                return math.exp(noise.gauss(slow, 0.05) + (planted if side == "B" else 0))
            return lambda n: [paired.block(run, noise) for _ in range(n)]
        def said(planted, n):
            return [paired.decide(draw_with(planted))[0] for _ in range(n)].count("slower")
        self.assertEqual(said(0, 300), 0)
        self.assertGreaterEqual(said(0.02, 100), 85)
        self.assertGreaterEqual(said(0.03, 60), 58)

    def test_comparisons_over_sittings(self):
        """Blocks that say nothing are a comparison; twice as many that say 3 % are one; one less is none."""
        n = paired.BLOCKS
        same, slow = [0.02, -0.02] * (n // 2), [0.03] * 2 * n
        self.assertEqual(selftest.verdicts(same + slow + same[:n - 1]), ["same", "slower"])
        made = [records.make("selftest", {"planted": 0.03}, [1.03] * (n + n // 4), HEAD, "x", unit="ratio")
                for _ in range(2)]
        found = {row.planted: row for row in selftest.rates(made, random.Random(1))}
        self.assertEqual((found[0.03].blocks, found[0.03].counted), (2 * (n + n // 4), (1, 1)))
        self.assertEqual(found[0.03].resampled, (2000, 2000))
        self.assertEqual((found[0.0].counted, found[0.0].resampled), ((0, 0), None))
        self.assertIsNone(selftest.overhead(made))
        busy = records.make("selftest", {"planted": 0.0, "others": 0.5}, [1.0] * n, HEAD, "x", unit="ratio")
        self.assertEqual(selftest.blocks_of([busy], 0.0), [])

    def test_others(self):
        """A process of ours that computes is ours, and no more than all cores can be taken."""
        others = measured.Others()
        measured.checked([sys.executable, "-c", "for i in range(3_000_000): pass"])
        self.assertTrue(0 <= others.share() <= 1.1, others.share())

    def test_change_points(self):
        """A step is found where it is, noise without one is not."""
        noise = [0.001 * (i * 7 % 5) for i in range(12)]
        self.assertEqual(history.change_points(noise), [])
        step = [value + (0.1 if i >= 5 else 0) for i, value in enumerate(noise)]
        self.assertEqual(history.change_points(step), [5])
        self.assertEqual(history.change_points(step[:7]), [])

    def test_plot(self):
        line = compare.plot(-0.01, 0.0, 0.02)
        self.assertEqual(len(line), 41)
        self.assertEqual(line.index("o"), 20)
        self.assertEqual((line.index("-"), line.rindex("-")), (16, 28))


class Comparing(unittest.TestCase):
    def test_a_program_with_itself(self):
        """The whole way once, with runs of no length: 0 or 7, and never 6 but by the clock's doing."""
        with tempfile.TemporaryDirectory() as folder:
            line = [BENCH, "ab", BENCH, BENCH, "--cells", "q2 used", "--size", "500kB",
                    "--run-seconds", "0.001", "--data", folder, "-o", f"{folder}/ab.jsonl"]
            run = measured.run(line)
            self.assertIn(run.status, (0, 6, 7), run.err)
            self.assertIn(b"q2 used", run.out)
            if b"too noisy" not in run.out:
                self.assertEqual(len(records.read(f"{folder}/ab.jsonl")), 1)

    def test_cells_of_suites(self):
        """A suite's cells, but for lines, on each of its files; of one size given, a file comes once."""
        for suite in ("quick", "queries", "plans", "formats", "scale"):
            for _, cells in compare.suite_cells(suite, 2):
                self.assertTrue(cells)
                self.assertTrue(all(words[0] != "lines" for words in cells.values()))
        with tempfile.TemporaryDirectory() as folder:
            options = argparse.Namespace(suite="scale", size="200kB", cells="q1 used 1 ", bench=BENCH,
                                         data=folder)
            with contextlib.redirect_stderr(io.StringIO()):
                ((file, _, cells),) = compare.jobs(options)
                self.assertEqual((file.name, list(cells.values())), (
                    "tweets-200kB.ndjson", [["q1", "--validate", "used", "--threads", "1"]]))
                options.cells = "nothing"
                self.assertRaises(measured.Failed, compare.jobs, options)

    def test_text_size_and_exits(self):
        self.assertGreater(builds.text_bytes(BENCH), 50_000)
        same, slow, noisy = ({"verdict": word, "hungrier": False} for word in
                             ("same", "slower", "too noisy"))
        self.assertEqual(compare.exit_of([same], False, []), 0)
        self.assertEqual(compare.exit_of([same, slow, noisy], False, []), 6)
        self.assertEqual(compare.exit_of([same, noisy], False, []), 7)
        self.assertEqual(compare.exit_of([same], True, []), 6)
        self.assertEqual(compare.exit_of([same], False, [("q1", 100, 101, True)]), 6)
        self.assertEqual(compare.exit_of([{**same, "hungrier": True}], False, []), 6)

    def test_a_wide_interval_says_nothing(self):
        for verdict, low, high, nothing in (("same", -0.01, 0.02, False), ("same", -0.17, 0.04, True),
                                            ("slower", 0.02, 0.12, False)):
            found = {"verdict": verdict, "low": low, "high": high}
            self.assertEqual(compare.says_nothing(found), nothing, found)

    def test_the_gate_accepts_what_a_trailer_explains(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            left = gate.judge(["q1 used", "q2 full ref"], {"q1-used": "the date is checked"})
        self.assertEqual(left, ["q2-full-ref"])
        self.assertEqual(out.getvalue(), "accepted: q1-used: the date is checked\n")

    def test_usage(self):
        for line in (["ab", "x"], ["ab", "--self-test", "x"], ["ab", "--self-test", "--suite", "quick"], ["ab", "x", "y", "--minutes", "1"],
                     ["run"], ["run", "nothing"]):
            self.assertEqual(measured.run([BENCH, *line]).status, 2, line)
        run = measured.run([BENCH, "ab", "no-such-revision", BENCH])
        self.assertEqual(run.status, 1)
        self.assertIn(b"neither a program", run.err)

    def test_instructions(self):
        """The scalar tier executes more than AVX2; the same program, the same number within 0.5 %."""
        if not instructions.available():
            print("SKIPPED: no valgrind (apt-get install valgrind)")
            self.skipTest("no valgrind")
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/tweets.ndjson"
            measured.checked([BENCH, "gen", "tweets", "--size", "300kB", "-o", file])
            rows = instructions.compare(BENCH, BENCH, file, cells=[("q1", "full")])
        self.assertEqual([row[3] for row in rows], [False, False])
        self.assertGreater(rows[0][1], rows[1][1])


class Running(unittest.TestCase):
    def test_a_run(self):
        code = "import sys; x = bytearray(60_000_000); print(sys.stdin.read(), end=''); sys.exit(3)"
        run = measured.run([sys.executable, "-c", code], watch=True)
        self.assertEqual((run.status, run.out, run.err), (3, b"", b""))
        self.assertTrue(0 < run.own_seconds < run.seconds)
        self.assertGreater(run.peak_rss_bytes, 60_000_000)
        self.assertLess(run.peak_rss_bytes, 600_000_000)

    def test_memory_of_children_counts(self):
        child = "import time; x = bytearray(60_000_000); time.sleep(0.3)"
        code = f"import subprocess, sys; p = [subprocess.Popen([sys.executable, '-c', {child!r}]) " \
               "for _ in range(2)]; [q.wait() for q in p]"
        run = measured.run([sys.executable, "-c", code], watch=True)
        self.assertGreater(run.peak_rss_bytes, 120_000_000)

    def test_failures_are_failures(self):
        with self.assertRaisesRegex(measured.Failed, "exit 1: why"):
            measured.checked([sys.executable, "-c", "import sys; sys.exit('why')"])
        with self.assertRaisesRegex(measured.Failed, "exit -9"):
            measured.checked([sys.executable, "-c", "while True: pass"], timeout=0.2)


class Machine(unittest.TestCase):
    def test_figures_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            kept = {"XDG_CACHE_HOME": folder, "TMPDIR": folder}
            ask = [BENCH, "machine", "--format", "json"]
            first = json.loads(measured.checked(ask, env=kept).out)
            self.assertEqual(json.loads(measured.checked(ask, env=kept).out), first)
            self.assertEqual(first["cores"], len(os.sched_getaffinity(0)))
            self.assertRegex(first["machine"], rf"^[a-z0-9-]+-{first['cores']}-[0-9a-f]{{8}}$")
            self.assertGreater(first["gbs"]["read_1"], 0.1)
            self.assertGreater(first["gbs"]["lines_read_n"], 0.1)
            self.assertIn("GB/s", measured.checked([BENCH, "machine"], env=kept).out.decode())

            # Figures measured alone stay where others use the CPU now; else the new ones are kept.
            (path,) = pathlib.Path(folder, "linerate").iterdir()
            alone = re.sub(r'"others": [0-9.]+', '"others": 0.00',
                           re.sub(r'"measured": "[^"]+"', '"measured": "before"', path.read_text()))
            path.write_text(alone)
            now = json.loads(measured.checked([*ask, "--fresh"], env=kept).out)
            self.assertEqual(path.read_text() == alone, now["others"] > 0.1)

            # A file cut off is no file: measured again.
            path.write_text(path.read_text()[:150])
            again = json.loads(measured.checked(ask, env=kept).out)
            self.assertEqual(set(again["gbs"]), set(first["gbs"]))
            self.assertGreater(len(path.read_text()), 150)

    def test_a_full_disk_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("SKIPPED: there is no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BENCH, "machine"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)


class Micro(unittest.TestCase):
    def test_every_tier_answers_as_the_reference(self):
        """bench_micro compares before it times; listing its rows is enough to make it compare."""
        micro = pathlib.Path(BENCH).with_name("bench_micro")
        if not micro.exists():
            print("SKIPPED: bench_micro was not built (LR_MICRO)")
            self.skipTest("bench_micro was not built")
        rows = measured.checked([str(micro), "--benchmark_list_tests"]).out.decode().split()
        self.assertEqual(rows[0], "memory/read")
        kernels = ("scan_lines", "count_lines", "scan_strings", "scan_separators", "flatten",
                   "utf8_valid", "unescape", "json_records_full", "json_lined",
                   "json_records_used", "csv_split", "csv_records", "dates", "find_emojis", "find_mentions_ascii", "groups_add")
        for kernel in kernels:  # all of kernels.h
            self.assertIn(kernel + "/ref", rows)


class Suites(unittest.TestCase):
    def test_a_suite(self):
        """Measures a little; then with a key that says otherwise, which must not be measured."""
        with tempfile.TemporaryDirectory() as folder:
            line = [BENCH, "run", "quick", "--size", "1MB", "--rounds", "2", "--only", "^(q|lines)",
                    "--data", f"{folder}/data", "--results", f"{folder}/results"]
            out = measured.checked(line).out.decode()
            self.assertIn("q3 full", out)
            (path,) = pathlib.Path(folder, "results").glob("*/quick.jsonl")
            made = records.read(path)
            self.assertEqual(len(made), 2 * 7)
            self.assertTrue(all(len(record["samples"]) == 2 for record in made))

            (key,) = pathlib.Path(folder, "data").glob("*.answers.json")
            told = json.loads(key.read_text())
            told["answers"]["q3"]["ascii"]["rows"][0][1] += 1
            key.write_text(json.dumps(told))
            run = measured.run(line)
            self.assertEqual(run.status, 1, run.err)
            self.assertIn(b"not the answer of the key", run.err)
            self.assertEqual(len(records.read(path)), 2 * 7)


    def test_every_suite_has_its_data(self):
        """Each recipe that a suite names makes a file, with a key that the harness reads."""
        with tempfile.TemporaryDirectory() as folder:
            for name, (data, cells_of) in suites.SUITES.items():
                for one in data:
                    arguments = list(one.arguments)
                    arguments[arguments.index("--size") + 1] = "200kB"
                    path, _ = datasets.make(one.name, arguments, BENCH, pathlib.Path(folder))
                    for query in {cell["query"] for cell in cells_of(2)}:
                        self.assertIn(query, datasets.key_of(path), name)

    def test_another_file_is_not_measured(self):
        with tempfile.NamedTemporaryFile() as file:
            path = pathlib.Path(file.name)
            with contextlib.redirect_stderr(io.StringIO()) as err:
                run_suite.check_digest(path, "bench gen unknown")
            self.assertIn("no digest", err.getvalue())
            with self.assertRaisesRegex(measured.Failed, "not the file"):
                run_suite.check_digest(path, next(iter(suites.DIGESTS)))


class Peers(unittest.TestCase):
    def test_a_peer_that_needs_no_environment(self):
        """Plain Python agrees with ours on generated tweets."""
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/tweets.ndjson"
            measured.checked([BENCH, "gen", "tweets", "--size", "500kB", "-o", file])
            line = [BENCH, "peers", "--peers", "python", "--rounds", "1", "-o", f"{folder}/r.jsonl",
                    file]
            out = measured.checked(line).out.decode()
            self.assertRegex(out, r"q1 +python +[0-9.]+")
            made = records.read(f"{folder}/r.jsonl")
            self.assertEqual(len(made), 3 * 3)

    def test_the_pattern(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            emoji_pattern.self_check()
        self.assertRegex(out.getvalue(), r"^3521 sequences")

    def test_another_answer_is_not_timed(self):
        def says(text):
            return [sys.executable, "-c", f"print({text!r})"]
        cells = [("linerate used", "q1", says('{"rows": [["a", 2]]}')), ("same", "q1", says('[["a", 2]]')),
                 ("other", "q1", says('[["a", 1]]')), ("broken", "q1", says("{"))]
        with contextlib.redirect_stderr(io.StringIO()) as err:
            good, bad = peers.verify(cells, None)
        self.assertEqual([cell[0] for cell in good], ["linerate used", "same"])
        self.assertEqual(bad, 2)
        self.assertIn("other q1: another answer", err.getvalue())

    def test_usage(self):
        for line in (["peers"], ["peers", "--peers", "nobody", "x"], ["peers", "--rounds", "0", "x"]):
            self.assertEqual(measured.run([BENCH, *line]).status, 2, line)


if __name__ == "__main__":
    unittest.main()
