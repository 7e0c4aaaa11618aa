#!/usr/bin/env python3
"""Goal: --device gpu gives the bytes that the CPU gives, takes plain tweets without a doubt, and ends
as the contract says where there is no device, too little of its memory, or it is lost.
Method: small generated files through every way in (file, several files, standard input, compressed),
compared with --device cpu; then, on an emulated device, each call of CUDA in turn is made to fail.
On a real device (BENCH is the command itself) what must be made to fail is left out, aloud."""
import gzip
import json
import os
import random
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import harness  # noqa: E402

EMULATED = os.path.basename(harness.BENCH) == "bench_emulated"
QUERIES = ("q1", "q2", "q3", "all")


class Judge:
    def __init__(self, report, folder):
        self.report, self.folder, self.runs = report, folder, 0

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
        return path

    def run(self, words, data=None, **env):
        self.runs += 1
        return harness.run([harness.BENCH, *words], data, self.folder, harness.environment(
            LR_EMULATE_SEED=str(harness.SEED + self.runs), **env))

    def same(self, words, data=None, device=("--device=gpu", "--slice=16KiB"), **env):
        """Does the device give what the CPU gives? Returns its run."""
        want = self.run([*words, "--device=cpu", "--format=json"], data)
        got = self.run([*words, *device, "--format=json"], data, **env)
        self.report.check(want.status == got.status and want.out == got.out, "%s, seed %d %s\n"
                          "  gives %d %s %s\n  must be %d %s" % (
                              " ".join(words), harness.SEED + self.runs, env, got.status,
                              got.message()[-300:], got.out[:500], want.status, want.out[:500]))
        return got


    def taken(self, words):
        """The same, and no record of it takes the CPU's way."""
        stats = self.path("stats.json")
        self.same([*words, "--stats", stats])
        with open(stats, encoding="utf-8") as file:
            told = json.load(file)
        self.report.check(told.get("slow_records") == 0, "%s: %s" % (words, told))
        return told


def generate(judge, name, *words):
    path = judge.path(name)
    done = judge.run(["gen", *words, "--seed", str(harness.SEED), "-o", path])
    judge.report.check(done.status == 0, "gen: " + done.message())
    with open(path, "rb") as file:
        return path, file.read()


def check_ways_in(judge):
    """Every way in; and no record of plain tweets takes the CPU's way."""
    path, data = generate(judge, "tweets.ndjson", "tweets", "--size=60KB")
    other, _ = generate(judge, "other.ndjson", "tweets", "--size=20KB")
    for query in QUERIES:
        for validate in ("used", "full"):
            told = judge.taken([query, path, "--validate", validate])
            judge.report.check(told.get("device") == "gpu", "%s: %s" % (query, told))
        judge.same([query, path, other])
        judge.same([query, "-"], data)
        judge.same([query, judge.path("tweets.gz", gzip.compress(data, 1))])
    profile = judge.run(["q1", path, "--device=gpu", "--slice=16KiB", "--profile"]).message()
    for stage in ("copy", "kernel", "merge"):
        judge.report.check(re.search(r"\b%s\b" % stage, profile), "no %s in\n%s" % (stage, profile))


def check_other_formats(judge):
    """What the device does not take is answered all the same."""
    for words in (["mock", "--format=csv"], ["tweets", "--format=json"]):
        name = "file." + words[1].partition("=")[2]
        path, _ = generate(judge, name, *words, "--size=30KB")
        for query in QUERIES:
            judge.taken([query, path])
    path, _ = generate(judge, "small.ndjson", "tweets", "--size=20KB")
    for mode in ("first", "unicode", "twitter", "field"):
        judge.same(["q3", path, "--mentions", mode])
    judge.same(["q2", path, "--emoji=2.16"])
    judge.same(["q1", path, "--limit=3"])
    judge.same(["q1", path, "--since=2021-02-12", "--until=2021-02-13"])


def check_csv_quotes(judge):
    """A quote in a field without quotes is literal (a"b,c), which the device does not take: the records before
    and behind it, and quoted ones beside it, count as on the CPU. Small files, and slices of which some
    have such a quote and some have none; LF and CRLF, with and without a last one."""
    head = b"id,date,content,username"
    rows = [b'1,2021-02-01,a"b,c', '2,2021-02-02,"@a, ""b"" 🙏",c'.encode(), b'3,2021-02-02,x"@y"z @a,d"',
            b'4,,"@b\n@a",e', '5,2021-02-03,@a "quoted" 🙏,f'.encode(), b'6,2021-02-03,"""@a""",""']
    plain = [row for row in rows if b'"' not in row.split(b",")[2][1:] or row.split(b",")[2][:1] == b'"']
    files = [[rows[0]], [rows[0], rows[1]], [rows[1], rows[0]], rows, rows[::-1],
             plain * 100 + rows + plain * 100, [rows[0]] + plain * 100, plain * 100 + [rows[0]]]
    for i, file in enumerate(files):
        end = b"\r\n" if i % 2 else b"\n"
        data = end.join([head, *file]) + (b"" if i % 3 == 2 else end)
        path = judge.path("quotes-%d.csv" % i, data)
        for query in QUERIES[:3]:
            for validate in ("used", "full"):
                judge.same([query, path, "--validate", validate], device=("--device=gpu", "--slice=4096"))


def long_texts(seed):
    """Texts of up to 5 KB, of blanks and now and then a mention, an emoji or a word, so that steps of 1 KiB end in
    and between all of them."""
    rng = random.Random(seed)
    some = ["@a_b", "@%s" % ("n" * 40), "\U0001f1ee\U0001f1f3", "\U0001f64f\U0001f3fc", "1\ufe0f\u20e3", "\u2764\ufe0f",
            "caf\u00e9", "\u0928\u0917\u0930" * 9, '"', "\\", "a,b", "\n"]
    texts = []
    for _ in range(24):
        text, length = "", rng.choice((20, 1000, 5000))
        while len(text) < length:
            text += "".join(rng.choice(some) for _ in range(rng.randrange(3))) + "x" * rng.randrange(200) + " "
        texts.append(text)
    return texts


def check_long_texts(judge):
    """Records that are longer than what a warp reads at a time, as NDJSON, escaped and not, and as CSV."""
    texts = long_texts(7)
    rows = [{"date": "2021-02-%02d" % (1 + i % 9), "content": text, "user": {"username": "u%d" % (i % 5)}}
            for i, text in enumerate(texts)]
    files = {"long-ascii.ndjson": "".join(json.dumps(row) + "\n" for row in rows),
             "long.ndjson": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
             "long.csv": "id,content,date,username\n" + "".join('%d,"%s",%s,%s\n' % (
                 i, row["content"].replace('"', '""'), row["date"], row["user"]["username"])
                 for i, row in enumerate(rows))}
    for name, data in files.items():
        path = judge.path(name, data.encode())
        for query in QUERIES[:3]:
            for validate in ("used", "full"):
                judge.taken([query, path, "--validate", validate])
        judge.taken(["q3", path, "--mentions=first"])


def many_names(n):
    """Short records with n distinct mentions, 20 a record."""
    lines = []
    for at in range(0, n, 20):
        names = " ".join("@name%06d" % i for i in range(at, min(at + 20, n)))
        lines.append('{"date":"2021-02-%02d","content":"%s","user":{"username":"u%d"}}\n' % (
            1 + at % 28, names, at))
    return "".join(lines).encode()


def check_small_devices(judge):
    """Data larger than the device's memory; tables that are full; a device too small for one slice."""
    path = judge.path("names.ndjson", many_names(3000))
    for memory in ("1500000", "2500000", "8000000"):
        for query in ("q1", "q3"):
            judge.same([query, path, "--top=5000", "--threads=1"], LR_EMULATE_MEMORY=memory,
                       device=("--device=gpu", "--slice=4096"))
    large, _ = generate(judge, "large.ndjson", "tweets", "--size=1600KB")
    judge.same(["q3", large, "--threads=1", "--validate=used"], LR_EMULATE_MEMORY="1500000")
    done = judge.run(["q1", path, "--device=gpu", "--slice=1MiB"], LR_EMULATE_MEMORY="300000")
    judge.report.check(done.status == 4 and not done.out and "gpu" in done.message(),
                       "a device of 300 kB: %d %s" % (done.status, done.message()))


def check_faults(judge):
    """Each call fails in turn, until a run has fewer of them; and there may be no device at all."""
    path, _ = generate(judge, "fault.ndjson", "tweets", "--size=10KB")
    words = ["all", path, "--device=gpu", "--slice=16KiB", "--threads=1", "--format=json"]
    whole = judge.run(words)
    for at in range(1, 1000):
        if judge.report.enough():
            return
        done = judge.run(words, LR_EMULATE_FAIL="any:%d" % at)
        if done.status == 0:
            judge.report.check(done.out == whole.out, "call %d: another answer" % at)
            if at > 20:
                break
            continue
        judge.report.check(done.status == 4 and not done.out and done.message().count("\n") == 1,
                           "call %d fails: %d %s" % (at, done.status, done.message()))
    for name in ("cudaMalloc", "cudaHostAlloc", "launch"):
        done = judge.run(words, LR_EMULATE_FAIL=name + ":1")
        judge.report.check(done.status == 4 and not done.out, "%s fails: %d" % (name, done.status))
    done = judge.run(words, LR_EMULATE_DEVICES="0")
    judge.report.check(done.status == 4 and not done.out and done.message().startswith("--device"),
                       "no device: %d %s" % (done.status, done.message()))
    words[2] = "--device=auto"
    done = judge.run(words, LR_EMULATE_DEVICES="0")
    judge.report.check(done.status == 0 and done.out == whole.out,
                       "no device, auto: %d %s" % (done.status, done.message()))


def check_compare(judge):
    """bench compare has a row of the device's for each query, and its answer is the others'; what is not for
    a device has one that says so."""
    path, _ = generate(judge, "compare.ndjson", "tweets", "--size=20KB")
    for mode, device in (("ascii", "gpu"), ("twitter", "cpu")):
        done = judge.run(["compare", "--rounds=1", "--slice=16KiB", "--queries=q1,q3", "--mentions=" + mode, "--format=csv", path])
        rows = [line.split(",")[:3] for line in done.out.decode().splitlines()[1:]]
        judge.report.check(done.status == 0 and rows == [
            ["q1", "time", "cpu"], ["q1", "memory", "cpu"], ["q1", "time", "gpu"],
            ["q3", "time", "cpu"], ["q3", "memory", "cpu"], ["q3", "time", device]],
            "compare: exit %d, %s %s" % (done.status, rows, done.message()[-300:]))


def main():
    harness.need_device()
    report = harness.Report("device")
    with tempfile.TemporaryDirectory(prefix="linerate-") as folder:
        judge = Judge(report, folder)
        check_ways_in(judge)
        check_other_formats(judge)
        check_compare(judge)
        check_csv_quotes(judge)
        check_long_texts(judge)
        if EMULATED:
            check_small_devices(judge)
            check_faults(judge)
        else:
            harness.skipped("faults of a device, and small ones: only the emulated one has them")
    report.end()


if __name__ == "__main__":
    main()
