#!/usr/bin/env python3
"""Goal: CSV is read as the public suite csv-spectrum has it.

Method: `bench extract` writes every record of a file as JSON, in one thread and in several, in slices
of any size; the suite says what it is. An empty field is null here, and "" there.
"""
import json
import os
import pathlib
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BENCH = os.path.abspath(os.environ.get("BENCH", HERE.parent / "build/bin/bench"))
SHARED = pathlib.Path(os.environ.get("LR_SHARED") or HERE.parent.parent / "shared")
SUITE = SHARED / "suites" / "csv-spectrum"


class Spectrum(unittest.TestCase):
    def setUp(self):
        if not SUITE.is_dir():
            print("SKIPPED: csv-spectrum:", SUITE, "is not there")
            self.skipTest("no suite")

    def test_all(self):
        files = sorted((SUITE / "csvs").glob("*.csv"))
        self.assertGreaterEqual(len(files), 11)
        for path in files:
            want = json.loads((SUITE / "json" / path.with_suffix(".json").name).read_bytes())
            want = [{key: value or None for key, value in row.items()} for row in want]
            columns = ",".join(want[0])
            for isa in ("ref", "avx2", "avx512"):
                with self.subTest(path.name, isa=isa):
                    run = subprocess.run(
                        [BENCH, "extract", path, "--input", "csv", "--delimiter", ",", "--isa", isa,
                         "--columns", columns, "--format", "jsonl", "-o", "-"],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    got = [json.loads(line) for line in run.stdout.decode().splitlines()]
                    self.assertEqual(got, want)


if __name__ == "__main__":
    unittest.main()
