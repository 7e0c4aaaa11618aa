"""The measuring scripts: records, statistics, the peers' pattern.

Goal: a record that breaks the schema is refused, one that does not is kept; statistics are what a
hand computes; the pattern that the peers use finds what the project's own table holds.
"""
import contextlib
import copy
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BENCH = os.environ.get("BENCH", str(ROOT / "build/bin/bench"))
sys.path[:0] = [str(ROOT / "bench/measure"), str(ROOT / "bench/peers")]

import emoji_pattern
import measured
import peers
import records

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


class Running(unittest.TestCase):
    def test_a_run(self):
        code = "import sys; x = bytearray(60_000_000); print(sys.stdin.read(), end=''); sys.exit(3)"
        run = measured.run([sys.executable, "-c", code], watch=True)
        self.assertEqual((run.status, run.out, run.err), (3, b"", b""))
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

            # A file cut off is no file: measured again.
            (path,) = pathlib.Path(folder, "linerate").iterdir()
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
        self.assertIn("json_records_full/ref", rows)
        self.assertIn("groups_add/ref", rows)


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
