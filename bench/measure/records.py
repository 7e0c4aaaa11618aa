#!/usr/bin/env python3
"""records.py: the lines of results/: how one is made, what it must hold, how they are kept.

    records.py FILE...        checks files against the schema; exit 1 where a line breaks it

The schema is SCHEMA below; results/README.md says what the fields mean.
"""
import json
import math
import pathlib
import sys

import measured

VERSION = 1
KINDS = ("kernel", "query", "peer", "ab", "selftest")

# name: the types it may have; None stands for null, "not measurable here", which is never 0
SCHEMA = {
    "schema": (int,), "kind": (str,), "time": (str,), "machine": (dict,), "build": (dict,),
    "data": (dict, None), "cell": (dict,), "command": (str,), "unit": (str,), "samples": (list,),
    "statistics": (dict,), "gbs": (float, None), "share": (float, None), "share_of": (str, None),
    "peak_rss_bytes": (int, None), "page_cache": (str, None),
}
INNER = {
    "machine": {"machine": (str,), "cpu": (str,), "cores": (int,), "isa": (str,), "gbs": (dict,)},
    "build": {"commit": (str, None), "version": (str, None)},
    "data": {"name": (str,), "recipe": (str, None), "bytes": (int,), "sha256": (str, None)},
    "statistics": {"n": (int,), "median": (float,), "min": (float,), "max": (float,),
                   "spread": (float,)},
}


def make(kind, cell, samples, head, command, limit=(None, None), peak_rss_bytes=None,
         page_cache=None, unit="s"):
    """A record. samples are seconds (or ratios: no GB/s then); head has machine, build and data;
    limit is (name, GB/s)."""
    statistics = measured.statistics(samples)
    timed = unit == "s" and head["data"]
    gbs = head["data"]["bytes"] / 1e9 / statistics["median"] if timed else None
    share = gbs / limit[1] if gbs and limit[1] else None
    return {
        "schema": VERSION, "kind": kind, "time": measured.now(), **head, "cell": cell,
        "command": command, "unit": unit, "samples": samples, "statistics": statistics, "gbs": gbs,
        "share": share, "share_of": limit[0] if share else None,
        "peak_rss_bytes": peak_rss_bytes, "page_cache": page_cache,
    }


def fits(value, types):
    """Is value of one of the types? An integer passes for a float, a boolean for nothing."""
    if value is None:
        return None in types
    if isinstance(value, bool):
        return False
    if float in types and isinstance(value, int):
        return True
    return any(kind is not None and isinstance(value, kind) for kind in types)


def numbers(value):
    """All numbers anywhere in a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, (int, float)):
        yield value


def problems(record):
    """What is wrong with a record, as words; nothing where all is well."""
    if not isinstance(record, dict):
        return ["a record must be an object"]
    if record.get("schema") != VERSION:
        return [f"schema is {record.get('schema')!r}, not {VERSION}"]
    found = [f"no field '{name}'" for name in SCHEMA if name not in record]
    found += [f"unknown field '{name}'" for name in record if name not in SCHEMA]
    found += [f"'{name}' is {record[name]!r}" for name, types in SCHEMA.items()
              if name in record and not fits(record[name], types)]
    for name, inner in INNER.items():
        part = record.get(name)
        if isinstance(part, dict):
            found += [f"'{name}.{key}' is {part.get(key, 'missing')!r}" for key, types in inner.items()
                      if key not in part or not fits(part[key], types)]
    if found:
        return found
    if record["kind"] not in KINDS:
        found.append(f"kind is {record['kind']!r}; one of: {', '.join(KINDS)}")
    if not all(map(math.isfinite, numbers(record))):
        found.append("a number is not finite")
    samples = record["samples"]
    if not samples or not all(fits(sample, (float,)) and sample > 0 for sample in samples):
        found.append("samples must be positive numbers, one at least")
    elif any(not math.isclose(record["statistics"][key], value)
             for key, value in measured.statistics(samples).items()):
        found.append("statistics are not those of the samples")
    if record["peak_rss_bytes"] == 0 or record["gbs"] == 0 or record["share"] == 0:
        found.append("0 where null is meant")
    if record["page_cache"] not in (None, "warm", "cold", "fresh"):
        found.append(f"page_cache is {record['page_cache']!r}")
    return found


def read(path):
    """The records of a file; Failed with its line where one is bad."""
    found = []
    for at, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise measured.Failed(f"{path}:{at}: {error}") from None
        for problem in problems(record):
            raise measured.Failed(f"{path}:{at}: {problem}")
        found.append(record)
    return found


def append(path, new):
    """Appends records, each checked, in one write."""
    lines = []
    for record in new:
        for problem in problems(record):
            raise measured.Failed(f"a record that breaks the schema: {problem}")
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def main():
    bad = 0
    for path in sys.argv[1:]:
        try:
            print(f"{path}: {len(read(path))} records")
        except (OSError, measured.Failed) as error:
            print(error, file=sys.stderr)
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
