#!/usr/bin/env python3
"""notebooks.py: the notebooks as Jupyter runs them. `make check-deep` calls it.

Goal: each notebook runs from its first cell to its last in a kernel of its own, and shows a chart.
Method: an environment of pinned nbclient and ipykernel, made once outside the tree; records that are
measured here, on a small file, are what the notebooks read. Where the environment cannot be made (no
network), that is said: test_report.py runs the same cells without Jupyter in any case.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
BENCH = os.path.abspath(os.environ.get("BENCH", ROOT / "build/bin/bench"))
PINS = ["nbclient==0.10.2", "nbformat==5.10.4", "ipykernel==6.29.5", "pyarrow==26.0.1"]
RUN = """
import pathlib, sys, nbclient, nbformat
for path in map(pathlib.Path, sys.argv[1:]):
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3",
                            resources={"metadata": {"path": str(path.parent)}}).execute()
    shown = str([cell.get("outputs") for cell in notebook.cells])
    assert "<svg" in shown, f"{path.name}: shows no chart"
    assert "not measured" not in shown, f"{path.name}: found nothing that was measured"
    print("ok", path.name)
"""


def environment():
    """The Python that has Jupyter's client; None where it cannot be made."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    cache = pathlib.Path(cache if os.path.isabs(cache) else pathlib.Path.home() / ".cache") / "linerate"
    folder = cache / f"notebooks-{hashlib.sha256(' '.join(PINS).encode()).hexdigest()[:8]}"
    python = folder / "bin/python"
    if (folder / "made").exists():
        return str(python)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--prefer-binary",
                        "--disable-pip-version-check", *PINS], check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"SKIPPED: the notebooks did not run in Jupyter: no environment for it: {error}")
        return None
    (folder / "made").touch()
    return str(python)


def measure(folder):
    """A little of every suite that the notebooks read."""
    line = ["--rounds", "1", "--only", "lines|q1", "--data", f"{folder}/data", "--results",
            f"{folder}/results"]
    for suite, size in (("plans", "2MB"), ("quick", "1MB"), ("quick", "2MB"), ("scale", "2MB")):
        subprocess.run([BENCH, "run", suite, "--size", size, *line], check=True,
                       stdout=subprocess.DEVNULL)
    (machine,) = pathlib.Path(folder, "results").iterdir()
    subprocess.run([BENCH, "peers", "--peers", "python", "--rounds", "1", "-o",
                    str(machine / "peers.jsonl"), f"{folder}/data/tweets-2MB.ndjson"], check=True,
                   stdout=subprocess.DEVNULL)


def main():
    python = environment()
    if python is None:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        measure(folder)
        found = sorted(map(str, ROOT.glob("notebooks/*.ipynb")))
        subprocess.run([python, "-c", RUN, *found], check=True,
                       env={**os.environ, "LINERATE_RESULTS": f"{folder}/results",
                            "BENCH": BENCH,
                            "IPYTHONDIR": f"{folder}/ipython"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
