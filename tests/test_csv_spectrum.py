#!/usr/bin/env python3
"""Goal: CSV is read as csv-spectrum expects (a public suite of hard cases).

Method: every file goes through `bench extract` and comes out as JSON lines, which are compared with the
suite's own JSON; an empty field is null here. The suite is looked for in LR_SHARED, else ../shared.
"""
import csv
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = os.path.abspath(os.environ.get("BENCH", ROOT / "build/bin/bench"))
SUITE = pathlib.Path(os.environ.get("LR_SHARED", ROOT.parent / "shared")) / "suites/csv-spectrum"


class CsvSpectrum(unittest.TestCase):
    def extract(self, path, columns, form, **more):
        done = subprocess.run(
            [BENCH, "extract", "--input", "csv", "--delimiter", ",", "--columns", ",".join(columns),
             "--format", form, "-o", "-", str(path)], capture_output=True, check=False, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def test_files(self):
        if not SUITE.is_dir():
            print("SKIPPED: csv-spectrum: not in %s" % SUITE)
            return
        paths = sorted((SUITE / "csvs").glob("*.csv"))
        self.assertEqual(len(paths), 11)
        for path in paths:
            with self.subTest(path.name), open(path, encoding="utf-8", newline="") as text:
                columns = next(csv.reader(text))
                want = json.loads((SUITE / "json" / (path.stem + ".json")).read_text("utf-8"))
                want = [{k: v or None for k, v in row.items()} for row in want]
                out = self.extract(path, columns, "jsonl")
                self.assertEqual([json.loads(line) for line in out.splitlines()], want)
                # and written as CSV, it is read by another reader
                again = list(csv.DictReader(self.extract(path, columns, "csv").splitlines(True)))
                self.assertEqual([{k: v or None for k, v in row.items()} for row in again], want)


if __name__ == "__main__":
    unittest.main()
