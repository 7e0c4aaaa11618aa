#!/usr/bin/env python3
"""Goal: public conformance data and real files are read as they must be.
Method: JSONTestSuite, each document as an unused value of a good record; twitter-text's mention cases;
csv-spectrum, its columns renamed to ours; real files against their known answers, in every tier, by both
validations, from a file and a pipe. Where the data are not there: SKIPPED. With BENCH_DEVICE=gpu: the first of
these, on a device."""
import glob
import json
import os
import sys
import tempfile

import harness
import oracle
import oracle_formats


DEVICE = ["--device=" + harness.DEVICE, "--slice=64KiB"] if harness.DEVICE else []


def shared(*path):
    path = os.path.join(harness.SHARED, *path)
    if os.path.exists(path):
        return path
    harness.skipped("%s is not there" % path)
    return None


def read(path):
    with open(path, "rb") as file:
        return file.read()


def bench(report, folder, name, data, words, want):
    """The command on one file; want: an oracle.Result."""
    with open(os.path.join(folder, "f"), "wb") as file:
        file.write(data)
    done = harness.run([harness.BENCH, *words, *DEVICE, "--format=json", "f"], None, folder)
    if "not read by this version" in done.message():
        harness.skipped("%s: %s" % (name, done.message().strip()))
        return done
    ok = done.status == want.status and (
        json.loads(done.out) == want.answer if want.status == 0
        else done.message().startswith(want.place + ": "))
    report.check(ok, "%s: %s\n  exit %d %s %s\n  must be %s %s" % (
        name, words, done.status, done.message()[:200], done.out.decode()[:300], want.place,
        want.answer and oracle.to_json(want.answer)[:300]))
    return done


def json_suite(report, folder):
    """y_ must be read, n_ refused, and i_ as the rules say. Documents with a line feed are elements of an
    array; the others are both, a line and an element."""
    suite = shared("suites", "JSONTestSuite", "test_parsing") and sorted(
        glob.glob(os.path.join(harness.SHARED, "suites", "JSONTestSuite", "test_*", "*.json")))
    for path in harness.some(suite or []):
        document, name = read(path), os.path.basename(path)
        record = b'{"content":"@a","x":' + document + b',"date":"2021-01-01"}'
        for data in ([record + b"\n"] if b"\n" not in document else []) + [b"[" + record + b"]"]:
            want = oracle.run("q3", [("f", data)])
            done = bench(report, folder, name, data, ["q3"], want)
            if "not read by this version" in done.message():
                continue
            if name.startswith("y_"):
                report.check(done.status == 0, name + ": must be read")
            if name.startswith("n_"):
                report.check(done.status == 1, name + ": must be refused")


def twitter_suite(report, folder):
    path = shared("suites", "twitter-text", "mentions.json")
    for case in json.loads(read(path)) if path else []:
        data = json.dumps({"content": case["text"]}).encode()
        want = oracle.run("q3", [("f", data)], oracle.Options(mentions="twitter", top=1000))
        counted = sorted({name: case["mentions"].count(name) for name in case["mentions"]}.items(),
                         key=lambda item: (-item[1], item[0]))
        report.check(want.answer["rows"] == [list(item) for item in counted], case["text"])
        bench(report, folder, case["text"], data, ["q3", "--mentions=twitter", "--top=1000"], want)


def csv_suite(report, folder):
    """Each column in turn is the username, behind a date of its own for every record: then the rows of
    q1 are the fields as they were read."""
    suite = shared("suites", "csv-spectrum", "csvs")
    for path in sorted(glob.glob(os.path.join(suite, "*.csv"))) if suite else []:
        data, name = read(path), os.path.basename(path)
        meant = json.loads(read(os.path.join(suite, "..", "json", name.replace(".csv", ".json"))))
        header, _, at = oracle_formats.csv_record(data, 0, b",")
        end = b"\r\n" if data[:at].endswith(b"\r\n") else b"\n"
        for which, column in enumerate(header):
            names = [b"x%d" % i for i in range(len(header))]
            names[which] = b"username"
            out, start, dates = b",".join([b"date"] + names) + end, at, []
            while start < len(data):
                _, _, stop = oracle_formats.csv_record(data, start, b",")
                dates.append("2021-01-%02d" % (len(dates) + 1))
                out += dates[-1].encode() + b"," + data[start:stop]
                start = stop
            want = oracle.run("q1", [("f", out)])
            rows = [[date, 1, row[column.decode()], 1] for date, row in zip(dates, meant)
                    if row[column.decode()] != ""]
            report.check(len(dates) == len(meant) and want.answer["rows"] == rows, name)
            bench(report, folder, name, out, ["q1"], want)


def real_files(report, folder):
    path = shared("data", "expected.json")
    for name, answers in (json.loads(read(path)) if path else {}).items():
        data = read(os.path.join(harness.SHARED, "data", name))
        for query, rows in answers.items():
            want = oracle.run(query, [("f", data)])
            if isinstance(rows, dict):
                report.check(want.place == "f:1:0" and want.reason == rows["error"], name)
            else:
                report.check(want.answer["rows"] == rows, name)
            ways = [["--isa=" + isa, "--validate=" + validate, "--threads=%d" % threads]
                    for isa in harness.tiers() for validate in ("full", "used")
                    for threads in (1, 2)]
            for way in ways + [["--slice=1"], ["--plan=memory"]]:
                bench(report, folder, name, data, [query, *way], want)


def main():
    harness.need_device()
    report = harness.Report("test_suites")
    with tempfile.TemporaryDirectory(prefix="linerate-") as folder:
        parts = (json_suite, twitter_suite, csv_suite, real_files)
        for part in parts[:1] if harness.DEVICE else parts:
            if harness.FILTER in part.__name__:
                part(report, folder)
    report.end()


if __name__ == "__main__":
    sys.exit(main())
