#!/usr/bin/env python3
"""Goal: every query gives the answer, or the place of the error, that was written by hand in
queries/*.test, in every way that it can be run.
Method: each run goes through the oracle, through the reference engine, and through the command in
every tier, with 1 to 8 threads, slices from one byte up, both validations, from a file and from
standard input, in both plans, packed, and with the keys of every record shuffled. The ways are drawn
at random, some for each run, so that in the whole every pair of choices meets. With BENCH_DEVICE=gpu
the command's runs go to a device: there is no memory plan then."""
import gzip
import io
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile

import harness
import oracle
import oracle_formats
import query_files

WAYS = int(os.environ.get("BENCH_WAYS") or 10)  # for each run
CHOICES = {
    "isa": harness.tiers(),
    "threads": ["1", "2", "3", "4", "5", "6", "7", "8"],
    "slice": ["1", "1", "7", "64", "100", "1000", "4096", None],
    "plan": ["time", "memory"],
}
if harness.DEVICE:
    CHOICES.update({"plan": ["time"], "device": [harness.DEVICE],
                    "slice": ["1", "7", "64", "100", "1000", "4096", "64KiB"]})
PACKED = ["gzip", "zip"] + ["zstd"] * (shutil.which("zstd") is not None)
BUDGET = harness.budget(harness.BENCH)
JUDGED = ("records", "rejected", "skipped_null")


def pack(name, data, kind):
    if kind == "gzip":
        return gzip.compress(data[:7]) + gzip.compress(data[7:])
    if kind == "zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        return file.getvalue()
    return b"".join(harness.run(["zstd", "-qc", "--check"], part).out
                    for part in (data[:9], data[9:]))


def shuffled(inputs, options, seed):
    """The inputs with the keys of each well-formed record of NDJSON shuffled; or None."""
    rng, out = random.Random(seed), []
    for name, data in inputs:
        first = data.removeprefix(oracle_formats.BOM).lstrip(oracle_formats.BLANKS)[:1]
        if options.input != "ndjson" and first not in (b"{", b""):
            return None
        text = data
        for record in oracle_formats.ndjson(name, data):
            bom = len(oracle_formats.BOM) if record.raw.startswith(oracle_formats.BOM) else 0
            if record.valid:
                line = record.raw[:bom] + query_files.shuffle_keys(record.raw[bom:], rng)
                text = text[:record.byte] + line + text[record.byte + len(line):]
        out.append((name, text))
    return out


class Judge:
    """Runs of the command, compared with what they must give."""

    def __init__(self, report):
        self.report, self.folder = report, tempfile.mkdtemp(prefix="linerate-")
        self.count = itertools.count()

    def close(self):
        shutil.rmtree(self.folder)

    def place(self, inputs):
        """A new folder with the inputs as files."""
        folder = os.path.join(self.folder, str(next(self.count)))
        os.mkdir(folder)
        for name, data in inputs:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        return folder

    def command(self, query, options, names, want, folder, data=None):
        """want: an oracle.Result. Is it what the command gives?"""
        words = [harness.BENCH, query, *options, "--format=json", *names]
        rejects = None
        if "--on-error=skip" in options:
            rejects = os.path.join(folder, "rejects-%d" % next(self.count))
            words.append("--rejects=" + rejects)
        seed = next(self.count) + harness.SEED
        done = harness.run(words, data, folder, harness.environment(LR_EMULATE_SEED=str(seed)))
        if harness.DEVICE:
            words.insert(0, "LR_EMULATE_SEED=%d" % seed)
        said = "%s\n  in %s%s\n  exit %d: %s%s" % (
            " ".join(words), folder, " < f" if data else "", done.status,
            done.message()[:300], done.out.decode("utf-8", "replace")[:600])
        place = want.place
        if place and data is not None:
            place = "-" + place[1:]
        ok = self.report.check(done.status == want.status, "%s\n  exit must be %d %s" % (
            said, want.status, place or ""))
        if ok and want.status == 0:
            try:
                got = json.loads(done.out)
            except ValueError:
                got = "no JSON"
            ok = self.report.check(got == want.answer, "%s\n  must be %s" % (
                said, oracle.to_json(want.answer)))
        elif ok:
            ok = self.report.check(done.message().startswith(place + ": ") and not done.out,
                                   "%s\n  must be %s" % (said, place))
        if ok and rejects and want.status == 0 and want.rejects is not None:
            self.rejects(rejects, want, said, data is not None)
        return ok

    def rejects(self, path, want, said, piped):
        with open(path, encoding="utf-8") as lines:
            got = [tuple(json.loads(line)[key] for key in ("file", "line", "byte"))
                   for line in lines]
        places = [("-" if piped else file, line, byte) for file, line, byte, _, _ in want.rejects]
        self.report.check(got == places, "%s\n  rejects %s\n  must be %s" % (said, got, places))


def one_way(rng):
    """Options that must not change an answer."""
    way = {name: rng.choice(values) for name, values in CHOICES.items()}
    if way["plan"] == "memory":
        way["memory"] = BUDGET
    return ["--%s=%s" % item for item in way.items() if item[1] is not None]


def check_hand(report, case, run, result):
    """Does the oracle give what was written by hand?"""
    text = "%s\n  %s %s: the oracle" % (case.name, run.query, run.options)
    if run.error:
        report.check(result.place == run.error, "%s: %s, by hand: %s" % (
            text, result.place or oracle.to_json(result.answer), run.error))
        return
    got = result.answer and {key: result.answer[key] for key in JUDGED}
    report.check(got == run.counts and result.answer["rows"] == run.rows,
                 "%s: %s, by hand: %s %s" % (text, result.place or oracle.to_json(result.answer),
                                             run.counts, run.rows))


def by_hand(run):
    """What a run must give, where the oracle has no word: --validate used of what is not valid."""
    result = oracle.Result()
    result.status, result.place = (1, run.error) if run.error else (0, None)
    result.rejects = None
    if not run.error:
        result.answer = {"query": run.query, "columns": oracle.QUERIES[run.query],
                         "rows": run.rows, **run.counts}
    return result


def check_run(judge, case, run, seed):
    rng = random.Random(seed)
    options, _ = oracle.parse_arguments(run.options)
    judged = options.validate == "full"
    missing = oracle.missing(run.query, options.emoji, options.mentions)
    if missing:
        harness.skipped("%s: the oracle has no %s" % (case.name, missing))
        judged = False
    want = by_hand(run)
    if judged:
        want = oracle.run(run.query, case.inputs, options)
        check_hand(judge.report, case, run, want)
    folder = judge.place(case.inputs)
    names = [name for name, _ in case.inputs]
    validations = ["full", "used"] if want.valid else ["full"]
    forms = [(folder, None)]
    if len(names) == 1:
        forms.append((folder, case.inputs[0][1]))
        name, data = case.inputs[0]
        forms += [(judge.place([(name, pack(name, data, kind))]), None) for kind in PACKED]
    other = shuffled(case.inputs, options, seed)
    if other:
        forms += [(judge.place(other), None)] * 2
    for number in range(WAYS):
        if judge.report.enough():
            return
        where, data = forms[number % len(forms)] if number < len(forms) else rng.choice(forms)
        way = one_way(rng)
        if run.option("validate") is None:
            way.append("--validate=" + rng.choice(validations))
        files = ["-"] if data is not None else names
        judge.command(run.query, [*run.options, *way], files, want, where, data)


def check_case(judge, case, seed):
    for number, run in enumerate(case.runs):
        check_run(judge, case, run, "%s %d" % (seed, number))
    check_all(judge, case, seed)


def check_all(judge, case, seed):
    """`all` is the three answers in turn."""
    for options in {tuple(run.options) for run in case.runs if run.option("validate") is None}:
        parsed = oracle.parse_arguments(options)[0]
        if oracle.missing("all", parsed.emoji, parsed.mentions):
            continue
        want = oracle.run("all", case.inputs, parsed)
        folder, rng = judge.place(case.inputs), random.Random(seed)
        for _ in range(3):
            judge.command("all", [*options, *one_way(rng)], [name for name, _ in case.inputs], want,
                          folder)


def check_reference(judge, case):
    """The reference engine runs the same queries as data; NDJSON and one file only."""
    for run in case.runs:
        options, _ = oracle.parse_arguments(run.options)
        if len(case.inputs) != 1 or run.option("validate") or run.option("mentions") == "field":
            continue
        if options.input == "json" or shuffled(case.inputs, options, 0) is None or oracle_formats.is_wide(case.inputs[0][1]):
            continue
        want = by_hand(run)
        words = [harness.REFERENCE, run.query, *run.options, "f"]
        done = harness.run(words, None, judge.place(case.inputs))
        got = json.loads(done.out) if done.status == 0 else done.message().partition(": ")[0]
        judge.report.check(got == (want.answer if want.status == 0 else want.place),
                           "%s\n  %s\n  gives %s\n  must be %s" % (
                               case.name, words, got, want.answer or want.place))


def check_long_arrays(report):
    """Arrays of some slices that begin with an element on each line, and then do so or do not: mapped, as they
    are first taken to go on so, they give what they give when they are read, and never taken for anything."""
    tweets = [b'{"date": "2021-02-%02d", "content": "@u%d \\u2615, [x", "user": {"username": "n%d"}}'
              % (1 + i % 20, i % 700, i % 3000) for i in range(120000)]
    half = len(tweets) // 2
    first, rest = b"[\n" + b",\n".join(tweets[:half]) + b",\n", tweets[half:]
    broken = rest[:]
    broken[half // 2] = broken[half // 2].replace(b'"', b"", 1)
    ends = {
        "lines": b",\n".join(rest), "carriage returns": b",\r\n".join(rest),
        "another record in between": b",\n".join([*rest[:9], rest[9].replace(b', "u', b',\n"u'), *rest[10:]]),
        "one line": b", ".join(rest * 3), "commas first": b"\n,".join(rest),
        "one long record": b'{"x": "' + b"long " * 5000000 + b'"}', "broken": b",\n".join(broken),
        "not closed": b",\n".join(rest) + b",\n"}
    with tempfile.TemporaryDirectory(prefix="linerate-") as folder:
        name = os.path.join(folder, "tweets.json")
        for what, end in ends.items():
            with open(name, "wb") as file:
                file.write(first + end + (b"" if what == "not closed" else b"\n]\n"))
            way = [harness.BENCH, "all", "--format=json", name]
            mapped, read = harness.run(way), harness.run([*way, "--path=read"])
            with open(name, "rb") as file:  # of which nothing can be read twice
                stdin = subprocess.run([*way[:-1], "-"], stdin=file, capture_output=True, check=False,
                                       env=harness.environment(), timeout=harness.TIMEOUT)
            report.check((stdin.returncode, stdin.stdout) == (read.status, read.out),
                         "%s: from standard input %s" % (what, stdin))
            same = (mapped.status, mapped.out) == (read.status, read.out)
            same = same and (mapped.status == 0 or mapped.err == read.err)
            bad = what in ("broken", "not closed")
            report.check(same and mapped.status == bad, "%s: mapped %d %s\nread %d %s" % (
                what, mapped.status, mapped.err, read.status, read.err))


def main():
    harness.need_device()
    report = harness.Report("test_queries")
    judge = Judge(report)
    cases = harness.some(query_files.all_cases(harness.FILTER))
    rng = random.Random(harness.SEED)
    work = [(case, rng.randrange(1 << 32)) for case in cases]
    if harness.DEVICE:
        pass  # the reference engine has none
    elif not os.path.exists(harness.REFERENCE):
        report.check(False, "no reference engine at " + harness.REFERENCE)
    else:
        harness.side_by_side(lambda item: check_reference(judge, item[0]), work)
    harness.side_by_side(lambda item: check_case(judge, *item), work)
    if not harness.DEVICE and not harness.FILTER:
        check_long_arrays(report)
    judge.close()
    report.end()


if __name__ == "__main__":
    sys.exit(main())
