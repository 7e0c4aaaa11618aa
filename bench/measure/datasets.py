"""datasets.py: generated files, kept between runs, and what their keys say."""
import json
import os
import pathlib
import re
import shutil
import sys

import measured

UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


def folder(given=None):
    """Where generated files are kept."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    cache = pathlib.Path(cache if os.path.isabs(cache) else pathlib.Path.home() / ".cache")
    return pathlib.Path(given or cache / "linerate/data")


def bytes_of(size):
    found = re.fullmatch(r"([0-9.]+)([kMG]B)", size)
    if not found:
        raise measured.Failed(f"--size: no '{size}'; such as 400MB")
    return float(found[1]) * UNITS[found[2]]


def in_large_folios(path, bench):
    """Is the file mapped, which it is not over many small folios, and do most faults of a scan map far more than
    the 64 KiB that those are mapped by?"""
    scan = ["lines"] if path.suffix == ".ndjson" else ["q2", "--validate=used"]
    done = measured.checked([bench, *scan, "--explain", str(path)])
    return b"\ninput     mapped" in done.err and done.faults < 700 + path.stat().st_size / 400_000


def settled(path, bench):
    """Files lie in the page cache as if read from the disk, however they came there: over small folios a
    scan takes twice the time or more, and a comparison tells of the machine's yesterday. Of what does not
    fit into the cache beside others not much can be said: it is read once."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    if path.stat().st_size > memory / 2 or path.suffix == ".csv":  # which is not mapped: no faults tell
        measured.settle(path)
        return
    for _ in range(3):
        if in_large_folios(path, bench):
            return
        measured.settle(path)


def make(name, arguments, bench, where):
    """The file, in the page cache, and its recipe; generated if it is not there. None: the disk has no room."""
    path, recipe = where / name, " ".join(["bench gen", *arguments])
    if path.exists():
        settled(path, bench)
        return path, recipe
    where.mkdir(parents=True, exist_ok=True)
    need = bytes_of(arguments[arguments.index("--size") + 1])
    room = shutil.disk_usage(where).free
    if need * 1.5 > room:
        print(f"SKIPPED: {name}: {need / 1e9:.1f} GB do not fit in {room / 1e9:.1f} GB",
              file=sys.stderr)
        return None, None
    print(f"generating {name}", file=sys.stderr)
    measured.checked([bench, "gen", *arguments, "-o", str(path)])
    settled(path, bench)
    return path, recipe


def key_of(path):
    """The first ten rows of each question, as the generator meant them."""
    with open(f"{path}.answers.json", encoding="utf-8") as file:
        key = json.load(file)
    if key["bytes"] != os.path.getsize(path):
        raise measured.Failed(f"{path.name}: not the file of its key: delete it")
    rows = {"q1": key["answers"]["q1"], "q2": key["answers"]["q2"]["1.4.1"],
            "q3": key["answers"]["q3"]["ascii"]}
    want = {query: [part["rows"][:10]] for query, part in rows.items()}
    return {**want, "all": [want[query][0] for query in ("q1", "q2", "q3")],
            "lines": [[[key["records"]]]]}


def answer_of(out):
    """The rows of an answer in JSON, as key_of gives them."""
    answer = json.loads(out)
    return [part["rows"] for part in answer.get("answers", [answer])]
