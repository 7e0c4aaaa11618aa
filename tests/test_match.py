#!/usr/bin/env python3
"""Goal: `bench match` counts what Python's re counts, in every format and with every bad input; and
--matcher hyperscan answers as --matcher simd does.

Method: random contents against patterns whose meaning PCRE and re share; answers and messages by hand
for what they do not. Where the build has no Hyperscan: that it says so.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BENCH = os.path.abspath(os.environ.get("BENCH", HERE.parent / "build/bin/bench"))
SEED = int(os.environ.get("BENCH_SEED") or random.randrange(1 << 32))


def bench(*arguments, stdin=None):
    """(exit code, stdout, stderr) of the command, without what the caller's environment sets."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("BENCH_")}
    run = subprocess.run([BENCH, *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=env)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


HAS_HYPERSCAN = "libhs" in bench("--version")[1]


class Match(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, data):
        path = pathlib.Path(self.folder.name) / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def tweets(self, contents, **dumps):
        return self.write("tweets.json", "".join(
            json.dumps({"id": i, "content": text}, **dumps) + "\n" for i, text in enumerate(contents)))

    def counts(self, patterns, tweets, *options):
        code, out, err = bench("match", "--patterns", patterns, "--format", "json", tweets, *options)
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def refused(self, patterns, message, code=2):
        path = self.write("patterns.txt", patterns)
        got, out, err = bench("match", "--patterns", path, self.tweets(["a"]))
        self.assertEqual((got, out), (code, ""), err)
        self.assertEqual(err, message.replace("FILE", str(path)) + "\n")

    @unittest.skipIf(HAS_HYPERSCAN, "with Hyperscan")
    def test_without(self):
        print("SKIPPED: bench match: this build is without Hyperscan")
        self.refused("a\n", "match: this build is without Hyperscan", 4)

    @unittest.skipUnless(HAS_HYPERSCAN, "without Hyperscan")
    def test_by_hand(self):
        patterns = self.write("patterns.txt", "🙏\r\n\nfoo\n/^FOO/i\n/o$/\n#tag\nnone\n/caf./\nfoo")
        tweets = self.tweets(["foo foo 🙏", "Foo #tag", "a\\nfoo", None, "café", "", "f\no"])
        answer = self.counts(patterns, tweets)
        self.assertEqual(answer["columns"], ["pattern", "records"])
        self.assertEqual(answer["rows"], [["/^FOO/i", 2], ["/o$/", 2], ["foo", 2], ["foo", 2],
                                          ["#tag", 1], ["/caf./", 1], ["🙏", 1], ["none", 0]])
        self.assertEqual((answer["records"], answer["rejected"], answer["skipped_null"]), (7, 0, 1))

    @unittest.skipUnless(HAS_HYPERSCAN, "without Hyperscan")
    def test_formats_and_errors(self):
        patterns = self.write("patterns.txt", "a\n")
        csv = self.write("tweets.csv", 'id,content\n1,"a\nb"\n2,b\n3,\n')
        self.assertEqual(self.counts(patterns, csv)["rows"], [["a", 1]])
        bad = self.write("bad.json", '{"content":"a"}\n{"content":1}\n{"content":"\\u0061"}\n')
        code, out, err = bench("match", "--patterns", patterns, bad)
        self.assertEqual((code, out, err), (1, "", f"{bad}:2:16: content: wrong type\n"))
        answer = self.counts(patterns, bad, "--on-error=skip")
        self.assertEqual((answer["rows"], answer["rejected"]), ([["a", 2]], 1))
        self.assertEqual(self.counts(patterns, bad, "--limit", 1)["rows"], [["a", 1]])
        code, out, err = bench("match", "--patterns", patterns, self.write("none.json", '{"id":1}\n'))
        self.assertEqual(code, 0)
        self.assertIn("match: warning: all 1 records lack content\n", err)
        self.assertEqual(bench("match", "--patterns", patterns, "/no/such")[0], 3)
        self.assertEqual(bench("match", "--patterns", "/no/such", bad)[0], 3)
        self.assertEqual(bench("match", bad)[::2], (2, "match: --patterns FILE is missing\n"))

    @unittest.skipUnless(HAS_HYPERSCAN, "without Hyperscan")
    def test_bad_patterns(self):
        self.refused("ok\n/a(b/\n", "FILE:2:2: Missing close parenthesis for group started at index 1.")
        self.refused("ok\n\n/a*/\n", "FILE:3:1: it matches an empty text")
        self.refused("/abc\n", "FILE:1:0: no slash ends the regular expression that begins here")
        self.refused("/r/news\n", "FILE:1:3: no such flag; one of: i, s, m, u (and \\/ is a slash within)")
        self.refused("//\n", "FILE:1:1: an empty regular expression")
        self.refused(b"good\nbad \xff\n", "FILE:2:4: invalid UTF-8")
        self.refused("\n\n", "FILE: no patterns in it")

    @unittest.skipUnless(HAS_HYPERSCAN, "without Hyperscan")
    def test_against_re(self):
        rng = random.Random(SEED)
        print(f"seed {SEED}")
        letters = ["a", "b", "A", " ", "\n", "é", "🙏", "\\", '"', "\0", "ab", "𝒳", "\u2028"]
        regexes = ["a.b", "^a", "b$", "[^a]b", "a{2,3}", "(a|b)é", "é", "🙏+a", "\\\\", "a\nb", "^.$", "A"]
        flags = {"i": re.I, "s": re.S, "m": re.M}
        for _ in range(30):
            contents = ["".join(rng.choices(letters, k=rng.randrange(12))) for _ in range(300)]
            lines, due = [], []
            for regex in regexes:
                chosen = "".join(f for f in flags if rng.random() < 0.3)
                if "\n" in regex or (regex == "b$" and "m" not in chosen):
                    regex = regex.replace("\n", "\\n").replace("$", r"\z")
                compiled = re.compile(regex.replace(r"\z", r"\Z"), sum(flags[f] for f in chosen) | re.A)
                if "i" in chosen and not regex.isascii():
                    continue
                lines.append(f"/{regex}/{chosen}")
                due.append(sum(bool(compiled.search(text)) for text in contents))
            for _ in range(8):
                literal = "".join(rng.choices([x for x in letters if x not in "\n\0"], k=2))
                lines.append(literal)
                due.append(sum(literal in text for text in contents))
            patterns = self.write("patterns.txt", "".join(line + "\n" for line in lines))
            tweets = self.tweets(contents, ensure_ascii=rng.random() < 0.5)
            rows = self.counts(patterns, tweets, "--threads", rng.randrange(1, 4), "--slice", 4096)["rows"]
            self.assertEqual(sorted(map(tuple, rows)), sorted(zip(lines, due)))

    @unittest.skipUnless(HAS_HYPERSCAN, "without Hyperscan")
    def test_matcher(self):
        tweets = pathlib.Path(self.folder.name) / "tweets.ndjson"
        for extra in ([], ["--utf8"]):
            code, _, err = bench("gen", "tweets", "--size", "2MB", "--seed", SEED % 1000, "-o", tweets, *extra)
            self.assertEqual(code, 0, err)
            for options in (["q2"], ["q2", "--emoji=2.16"], ["q3"], ["q3", "--mentions=unicode"],
                            ["q3", "--mentions=first"], ["q3", "--mentions=twitter"], ["all"]):
                options += ["--format=json", "--top=300", "--memory=200MiB"]
                answers = [bench(*options, f"--matcher={matcher}", tweets)
                           for matcher in ("simd", "hyperscan")]
                self.assertEqual(answers[0][0], 0, answers[0][2])
                self.assertEqual(answers[0][:2], answers[1][:2], options)
                self.assertGreater(len(answers[0][1]), 300)

    @unittest.skipIf(HAS_HYPERSCAN, "with Hyperscan")
    def test_matcher_without(self):
        code, out, err = bench("q2", "--matcher=hyperscan", self.tweets(["a"]))
        self.assertEqual((code, out, err), (4, "", "--matcher: hyperscan: this build is without Hyperscan\n"))


if __name__ == "__main__":
    unittest.main()
