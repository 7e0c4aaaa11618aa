#!/usr/bin/env python3
"""Goal: the smallest budget that the memory plan names is the truth: it is kept to there, as seen from
outside, with the time plan's answer; one KiB less is refused; and 10^7 names do not need more. So do
verify, extract and schema.
Method: queries and these over all formats, packings, options and broken input, and every case of queries/*.test:
the budget is asked for with one that is too small. A measurement that says nothing is seen by a run that
must exceed its budget."""
import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

import harness
import peaks
import query_files

RECORDS = 20000
NAMES = 10 ** 7
HYPERSCAN_SLACK = 1024  # its database is measured, not known: what is named leaves room


def tweets(rng, n):
    """Records as dicts, with many names and mentions, of which some are long."""
    pool = ["%x" % rng.getrandbits(rng.choice((12, 40, 200))) for _ in range(n)]
    for i in range(n):
        yield {"id": i, "date": "2021-%02d-%02dT00:00:00Z" % (rng.randrange(1, 13), rng.randrange(1, 29)),
               "content": "hi @%s \U0001F602 @%s" % (rng.choice(pool), rng.choice(pool)),
               "user": {"username": rng.choice(pool)}}


def zipped(name, data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def make_files(folder, rng):
    records = list(tweets(rng, RECORDS))
    lines = [json.dumps(record).encode() + b"\n" for record in records]
    ndjson = b"".join(lines)
    csv = b"id,date,content,username\n" + b"".join(
        b"%d,%s,%s,%s\n" % (r["id"], r["date"].encode(), r["content"].encode(),
                             r["user"]["username"].encode()) for r in records)
    long = json.dumps(dict(records[0], content="@ann " + "x" * 90000)).encode() + b"\n"
    files = {
        "t.ndjson": ndjson, "t.csv": csv, "t.json": b"[" + b",".join(lines) + b"]",
        "t.ndjson.gz": gzip.compress(ndjson, 1), "t.csv.gz": gzip.compress(csv, 1),
        "t.zip": zipped("t.ndjson", ndjson),
        "bad.ndjson": b"".join(line if i % 7 else b'{"date": "1\n' for i, line in enumerate(lines)),
        "long.ndjson": ndjson + long + ndjson,
    }
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    os.mkdir(os.path.join(folder, "many"))
    for i in range(0, len(lines), 20):
        with open(os.path.join(folder, "many", "%06d" % i), "wb") as file:
            file.write(b"".join(lines[i:i + 20]))
    if shutil.which("zstd"):
        for name, level, out in (("t.ndjson", ["-1"], "t.ndjson.zst"), ("t.csv", ["-19", "--long=26"], "t.csv.zst")):
            harness.run(["zstd", "-q", *level, name, "-o", out], cwd=folder)
        harness.run([harness.BENCH, "pack", "t.ndjson", "-o", "packed.zst"], cwd=folder)
    else:
        harness.skipped("files of zstd: there is no such command")


def runs(folder):
    """Arguments of runs that must end well."""
    files = sorted(os.listdir(folder))
    for name in files:
        if not name.startswith(("bad", "long")):
            for query in ("q1", "q2", "q3", "all"):
                yield [query, name]
    for query in ("q1", "q3"):
        yield [query, "--on-error=skip", "bad.ndjson"]
        yield [query, "--on-error=skip", "--rejects=/dev/null", "bad.ndjson"]
        yield [query, "--since=2021-03-02", "--until=2021-05-07", "t.ndjson"]
        yield [query, "--threads=1", "t.ndjson"]
        yield [query, "--validate=used", "t.ndjson"]
        yield [query, "--limit=5000", "t.ndjson"]
    yield ["q1", "--top=300", "t.ndjson"]
    yield ["q3", "--top=1000", "t.ndjson"]
    for mode in ("unicode", "first", "twitter"):
        yield ["q3", "--mentions=" + mode, "t.ndjson"]
    for name in files:
        if not name.startswith("bad"):
            yield ["verify", "--format=json", name]
            yield ["schema", "--format=json", name]
            yield ["extract", "-o", "-", name]
    yield ["verify", "--format=json", "--rejects=/dev/null", "bad.ndjson"]
    yield ["verify", "--format=json", "--unique=username", "--columns=content", "t.ndjson"]
    yield ["schema", "--format=json", "--on-error=skip", "bad.ndjson"]
    yield ["extract", "--format=jsonl", "--columns=content,id", "-o", "-", "--on-error=skip", "bad.ndjson"]
    yield ["extract", "--format=jsonl", "--threads=3", "--slice=100", "-o", "-", "t.csv"]
    if "hyperscan" in harness.run([harness.BENCH, "--version"]).out.decode().lower():
        yield ["q2", "--matcher=hyperscan", "t.ndjson"]
        yield ["q3", "--matcher=hyperscan", "t.ndjson"]


def check_smallest(report, arguments, folder):
    """Runs with the budget that is named, and below it. What ends badly must end so in both plans."""
    if peaks.plan("time", arguments):
        arguments = arguments + ["--format=json"]
    said = " ".join(arguments)
    want = peaks.run(*arguments, *peaks.plan("time", arguments), cwd=folder)
    kib = peaks.smallest(*arguments, cwd=folder)
    if kib is None:
        report.check(want.status in (2, 3), "%s: no budget is named" % said)
        return
    got = peaks.in_memory(kib, *arguments, cwd=folder)
    # A case may hold a record that the smallest budget has no room for; it says so, with the place.
    long = got.status == 4 and re.search(r"^\S+:\d+:\d+: a record of more than", got.message())
    report.check((got.status, got.out) == (want.status, want.out) or (long and not got.out),
                 "%s in %d KiB: exit %d, %s" % (said, kib, got.status, got.message()[:300]))
    if want.status == 1 and not long and not want.out:
        report.check(got.err.splitlines()[0] == want.err.splitlines()[0], "%s: %s" % (said, got.message()))
    report.check(0 < got.kib <= kib * peaks.ALLOWED,
                 "%s in %d KiB: %d KiB resident" % (said, kib, got.kib))
    step = HYPERSCAN_SLACK if "--matcher=hyperscan" in arguments else 1
    less = peaks.in_memory(kib - step, *arguments, cwd=folder)
    report.check((less.status, less.out) == (4, b"") and b"at least" in less.err,
                 "%s in %d KiB, %d less than named: exit %d" % (said, kib - step, step, less.status))


def check_cases(report, folder):
    def check(numbered):
        number, case = numbered
        place = os.path.join(folder, "case%d" % number)
        os.mkdir(place)
        for name, data in case.inputs:
            with open(os.path.join(place, name), "wb") as file:
                file.write(data)
        for run in case.runs:
            check_smallest(report, [run.query, *run.options, *(name for name, _ in case.inputs)], place)

    harness.side_by_side(check, enumerate(query_files.all_cases(harness.FILTER)))


def check_long_records(report, folder):
    """A record that is too long for a budget is told with its place; with a larger one it is read."""
    kib = peaks.smallest("q3", "long.ndjson", cwd=folder)
    place = b"long.ndjson:%d:" % (RECORDS + 1)
    want = peaks.run("q3", "--plan=time", "--format=csv", "long.ndjson", cwd=folder)
    for budget in (kib, 4 * kib):
        got = peaks.in_memory(budget, "q3", "--format=csv", "long.ndjson", cwd=folder)
        refused = got.status == 4 and not got.out and got.err.startswith(place)
        report.check((got.status, got.out) == (0, want.out) or (refused and budget == kib),
                     "a long record in %d KiB: exit %d, %s" % (budget, got.status, got.message()))
        report.check(got.kib <= budget * peaks.ALLOWED, "a long record: %d KiB of %d" % (got.kib, budget))


def check_measure(report, folder):
    """What exceeds a budget is seen to: else no check here says anything."""
    kib = peaks.smallest("q1", "t.ndjson", cwd=folder)
    got = peaks.run("q1", "--plan=time", "t.ndjson", cwd=folder)
    report.check(got.kib > kib * peaks.ALLOWED, "the time plan takes %d KiB, no more" % got.kib)


def check_many_names(report, kib, folder):
    """10^7 names, of which each comes once, through a pipe: all counts are 1, ties fall to the key."""
    line = '{"content":"@u%.0f"}'
    with subprocess.Popen(["seq", "-f", line, str(NAMES)], stdout=subprocess.PIPE) as names:
        got = peaks.in_memory(kib, "q3", "--format=csv", "--top=4", "--explain", "-",
                              stdin=names.stdout, env={"TMPDIR": folder})
    first = sorted("u%d" % i for i in range(1, 20001))[:4]
    ones = sorted("u1" + "0" * i for i in range(8))[:4]
    report.check(first == ones and got.out.decode().split() == ["username,count"] + [n + ",1" for n in ones],
                 "10^7 names in %d KiB: exit %d, %s%s" % (kib, got.status, got.out, got.message()))
    report.check("groups    %d," % NAMES in got.message(), "10^7 groups: " + got.message())
    report.check(got.kib <= kib * peaks.ALLOWED, "10^7 names in %d KiB: %d resident" % (kib, got.kib))


def check_ids(report, folder):
    """10^6 ids, of which a hundred come twice, do not fit into the smallest budget: on disk they are found,
    and without a disk the run ends so."""
    line = b'{"id":"%d"}\n'
    data = b"".join(line % (i % 10 ** 6) for i in range(10 ** 6 + 100))
    path = os.path.join(folder, "ids")
    with open(path, "wb") as file:
        file.write(data)
    arguments = ["verify", "--columns=id", "--format=csv", path]
    kib = peaks.smallest(*arguments)
    for budget in (kib, 4 * kib):
        got = peaks.in_memory(budget, *arguments, env={"TMPDIR": folder})
        report.check((got.status, got.out) ==
                     (1, b"check,count\nrecords,1000100\nbad records,0\nno id,0\nduplicate id,100\n"),
                     "10^6 ids in %d KiB: exit %d, %s%s" % (budget, got.status, got.out, got.message()))
        report.check(got.kib <= budget * peaks.ALLOWED, "10^6 ids in %d KiB: %d resident" % (budget, got.kib))
    got = peaks.in_memory(kib, *arguments, env={"TMPDIR": "/nonexistent"})
    report.check((got.status, got.out) == (3, b"") and b"/nonexistent: cannot spill" in got.err,
                 "10^6 ids without a disk: exit %d, %s" % (got.status, got.message()))


def check_fields(report, folder):
    """Fields of which each is another are the answer of schema: it keeps to its budget, or says so."""
    path = os.path.join(folder, "fields")
    with open(path, "w", encoding="ascii") as file:
        for i in range(40000):
            file.write('{"a%d":1}\n' % i)
    want = peaks.run("schema", path)
    kib = peaks.smallest("schema", path)
    ends = set()
    for budget in (kib, 4 * kib, 16 * kib):
        got = peaks.in_memory(budget, "schema", path)
        refused = got.status == 4 and not got.out and b"--memory leaves" in got.err
        report.check((got.status, got.out) == (0, want.out) or refused,
                     "40000 fields in %d KiB: exit %d, %s" % (budget, got.status, got.message()))
        report.check(got.kib <= budget * peaks.ALLOWED, "40000 fields in %d KiB: %d" % (budget, got.kib))
        ends.add(got.status)
    report.check(ends == {0, 4}, "40000 fields: exits %s" % ends)


def spills(pid, folder):
    """Does the process have a file of the folder open?"""
    try:
        names = os.listdir("/proc/%d/fd" % pid)
        return any(os.readlink("/proc/%d/fd/%s" % (pid, n)).startswith(folder) for n in names)
    except FileNotFoundError:
        return False


def check_killed(report, folder, number):
    """A run that waits for more input, its spill written: whatever ends it, nothing is left."""
    spill = os.path.join(folder, "spill%d" % number)
    os.mkdir(spill)
    with open(os.path.join(folder, "t.ndjson"), "rb") as file:
        data = file.read()
    with subprocess.Popen([harness.BENCH, "q3", "--plan=memory", "--memory=4MiB", "-"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=harness.environment(TMPDIR=spill)) as process:
        process.stdin.write(data)
        process.stdin.flush()
        end = time.monotonic() + 20
        while not spills(process.pid, spill) and time.monotonic() < end:
            time.sleep(0.01)
        report.check(spills(process.pid, spill), "nothing was spilled")
        report.check(os.listdir(spill) == [], "a spill with a name")
        process.send_signal(number)
        out = process.stdout.read()
        process.wait()
    report.check(process.returncode == (-number if number == signal.SIGKILL else 128 + number) and not out,
                 "signal %d: exit %d, %s" % (number, process.returncode, out))
    report.check(os.listdir(spill) == [], "signal %d leaves %s" % (number, os.listdir(spill)))


def main():
    report = harness.Report("test_memory_budgets")
    with tempfile.TemporaryDirectory() as folder:
        make_files(folder, random.Random(harness.SEED))
        chosen = [run for run in runs(folder) if harness.FILTER in " ".join(run)]
        harness.side_by_side(lambda run: check_smallest(report, run, folder), chosen)
        check_cases(report, folder)
        if not harness.FILTER:
            check_long_records(report, folder)
            check_measure(report, folder)
            check_ids(report, folder)
            check_fields(report, folder)
            for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
                check_killed(report, folder, number)
            for kib in (4096,):
                check_many_names(report, kib, folder)
    report.end()


if __name__ == "__main__":
    main()
