"""The report page and the notebooks.

Goal: a page of any records is whole, asks nothing of the network, says "not measured" for what is not,
and fits a telephone and a desk; the notebooks run.
Method: records made here go through the page; where headless Chromium is installed it renders it at
two widths and says whether anything runs over. Code cells are run one after the other.
"""
import contextlib
import html.parser
import importlib.util
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/measure"))

import charts
import html_report
import paired
import records

MACHINE = {"machine": "cpu-2-0123abcd", "cpu": "A <CPU>", "cores": 2, "isa": "avx2", "gpu": None,
           "measured": "2026-01-01T00:00:00Z", "gbs": {"read_n": 40.0, "disk_cold": None}}
HEAD = {"machine": MACHINE, "build": {"commit": "c", "version": "bench 1 & more"},
        "data": {"name": "t.ndjson", "recipe": "tweets", "bytes": 1_000_000_000, "sha256": "0"}}


ANCHOR = "0123456789ab"


def some_records():
    made = []
    for query in ("q1", "q2", "q3"):
        for engine, validate, seconds in (("linerate", "used", 0.05), ("linerate", "full", 0.2),
                                          ("duckdb", None, 1.0)):
            made.append(records.make("peer", {"engine": engine, "query": query, "threads": 2,
                                              "validate": validate}, [seconds] * 3, HEAD, "bench peers", page_cache="warm"))
        for threads in (1, 2):
            made.append(records.make("query", {"engine": "linerate", "query": query, "validate": "used",
                                               "threads": threads, "timed": "in process"},
                                     [0.1 / threads] * 3, HEAD, "bench q", limit=("lines", 40.0),
                                     peak_rss_bytes=5_000_000))
        for plan in ("time", "memory"):
            made.append(records.make("query", {"engine": "linerate", "query": query, "plan": plan,
                                               "timed": "in process"}, [0.1], HEAD, "bench q",
                                     peak_rss_bytes=4_000_000))
    for kernel, isa in (("memory/read", None), ("scan_lines", "ref"), ("scan_lines", "avx2")):
        made.append(records.make("kernel", {"kernel": kernel, "isa": isa, "timed": "CPU"}, [0.02], HEAD,
                                 "bench_micro"))
    made.append(records.make("ab", {"cell": "q1 used", "verdict": "same", "effect": 0.01, "low": -0.01,
                                    "high": 0.03, "p": 0.2, "times": 1, "old": "a",
                                    "new": "<b>"}, [1.0, 1.02], HEAD, "bench ab", unit="ratio"))
    for planted, ratio in ((0.0, 1.0), (0.02, 1.02)):
        made.append(records.make("selftest", {"planted": planted}, [ratio, ratio * 1.001] * paired.BLOCKS, HEAD,
                                 "bench ab --self-test", unit="ratio"))
    made.append(records.make("selftest", {"what": "harness"}, [1.0, 1.001] * 4, HEAD,
                             "bench ab --self-test", unit="ratio"))
    for i in range(12):
        ratio = 1.0 if i < 6 else 0.9
        made.append(records.make("ab", {"cell": "q1 used", "verdict": "same", "effect": 0.0, "low": 0.0,
                                        "high": 0.0, "p": 0.2, "times": 1, "old": ANCHOR,
                                        "new": f"commit{i}"}, [ratio, ratio + i * 1e-4], HEAD, "bench ab",
                                 unit="ratio"))
    for name in ("csv", "ndjson"):
        head = {**HEAD, "data": {**HEAD["data"], "name": f"tweets-1MB.{name}"}}
        made.append(records.make("query", {"engine": "linerate", "query": "q1", "validate": "used",
                                           "threads": 2, "timed": "in process"}, [0.1], head, "bench q1"))
    return made


class Tags(html.parser.HTMLParser):
    """Every tag that is opened is closed, in order; notes what is asked of elsewhere."""
    VOID = {"meta", "br", "rect", "circle", "path"}

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.ids |= {value for name, value in attrs if name == "id"}
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (self.open, tag)
        self.open.pop()


def chromium():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page(unittest.TestCase):
    def check(self, page):
        tags = Tags()
        tags.feed(page)
        self.assertEqual(tags.open, [])
        # Links lead to the commands below, and nowhere else.
        self.assertTrue(all(link[1:] in tags.ids for link in tags.links), tags.links)
        self.assertTrue(all(link.startswith("#c") for link in tags.links), tags.links)
        self.assertNotRegex(page, r"https?://|@import|<script")
        return page

    def test_a_full_page(self):
        page = self.check(html_report.page(some_records(), ANCHOR))
        self.assertIn("20.0&nbsp;×&nbsp;duckdb", page)  # 1 s of DuckDB over 0.05 s of ours
        self.assertIn("A &lt;CPU&gt;", page)
        self.assertIn("&lt;b&gt;", page)
        self.assertIn("<b>", page)
        self.assertIn("-10.0% at commit6", page)  # where the ratios change
        self.assertIn("1 of 60", page)            # a comparison with 2 % planted
        # Shares of the limit of two lines of each question and peaks: the machine did not say.
        self.assertGreater(page.count("not measured</td>"), 9)
        self.assertNotIn(">0.0</td>", page)

    def test_a_page_of_almost_nothing(self):
        page = self.check(html_report.page(some_records()[:1]))
        self.assertIn("not measured", page)
        self.assertIn("bench run kernels", page)

    def test_the_latest_record_counts(self):
        old, new = some_records()[0], some_records()[0]
        new = {**records.make("peer", new["cell"], [0.125], HEAD, "bench peers", page_cache="warm"),
               "time": "2099-01-01T00:00:00Z"}
        page = html_report.page([old, new]).partition("<details>")[0]
        self.assertIn("<td>0.125</td>", page)
        self.assertNotIn("<td>0.050</td>", page)

    def test_pareto(self):
        self.assertEqual(charts.pareto([(1, 5), (2, 3), (3, 4), (4, 1)]), [(1, 5), (2, 3), (4, 1)])

    def test_it_fits_where_it_is_shown(self):
        browser = chromium()
        if browser is None:
            self.assertNotEqual(os.environ.get("BENCH_CHROMIUM"), "required", "no chromium")
            print("SKIPPED: no chromium: the page was not rendered")
            self.skipTest("no chromium")
        probe = ("<script>onerror = () => document.title = 'error'; onload = () => document.title = "
                 "document.documentElement.scrollWidth > innerWidth ? 'overflow' : 'fits';</script></body>")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "report.html")
            file.write_text(html_report.page(some_records(), ANCHOR).replace("</body>", probe), encoding="utf-8")
            for width in (390, 1280):
                # A frame of that width: a window of Chromium is never narrower than 500.
                frame = pathlib.Path(folder, "frame.html")
                frame.write_text(
                    f"<body style='margin:0'><iframe src='report.html' style='border:0;width:{width}px;"
                    "height:800px' onload=\"setTimeout(() => document.title = "
                    "this.contentDocument.title, 500)\"></iframe>", encoding="utf-8")
                done = subprocess.run(
                    [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--enable-logging=stderr",
                     "--allow-file-access-from-files", "--virtual-time-budget=4000",
                     f"--user-data-dir={folder}/profile", f"file://{frame}"],
                    capture_output=True, text=True, timeout=120, check=False)
                title = re.search(r"<title>(.*?)</title>", done.stdout)
                self.assertEqual(title and title[1], "fits", f"{width}: {done.stderr[-500:]}")
                self.assertNotIn(":CONSOLE", done.stderr)  # nothing said there, so no error either


class Notebooks(unittest.TestCase):
    def test_they_run(self):
        """On records made here, in a folder that LINERATE_RESULTS names."""
        found = sorted(ROOT.glob("notebooks/*.ipynb"))
        self.assertEqual([path.name for path in found], ["parquet.ipynb", "peers.ipynb", "plans.ipynb", "scaling.ipynb"])
        if importlib.util.find_spec("pyarrow") is None:
            print("SKIPPED: parquet.ipynb: no Python module pyarrow; tests/notebooks.py runs it")
            found = found[1:]
        with tempfile.TemporaryDirectory() as folder:
            records.append(pathlib.Path(folder, MACHINE["machine"], "a.jsonl"), some_records())
            for path in found:
                notebook = json.loads(path.read_text(encoding="utf-8"))
                self.assertEqual(notebook["nbformat"], 4)
                names, here = {"display": lambda shown: print(shown.data)}, os.getcwd()
                os.environ["LINERATE_RESULTS"] = folder
                os.chdir(path.parent)
                try:
                    with contextlib.redirect_stdout(io.StringIO()) as out:
                        for cell in notebook["cells"]:
                            if cell["cell_type"] == "code":
                                exec("".join(cell["source"]), names)
                finally:
                    os.chdir(here)
                    del os.environ["LINERATE_RESULTS"]
                self.assertIn("<svg", out.getvalue(), path.name)
                self.assertNotIn("not measured", out.getvalue(), path.name)
                self.assertFalse(any(cell.get("outputs") for cell in notebook["cells"]), path.name)


if __name__ == "__main__":
    unittest.main()
