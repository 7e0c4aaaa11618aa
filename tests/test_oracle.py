#!/usr/bin/env python3
"""Goal: the judge itself is right.
Method: answers and places written by hand from the rules; the answers that are known of real files,
and twitter-text's own cases, where those files are there."""
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import unittest
import zipfile

import oracle
from oracle import Options, date_of, find_emojis, find_mentions, run


def tweets(*records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def place(data, query="q2", **options):
    """LINE:BYTE of the first error, or None."""
    result = run(query, [("f", data)], Options(**options))
    return result.place[2:] if result.status else None


def rows(query, data, **options):
    result = run(query, [("f", data)], Options(**options))
    return result.answer["rows"] if result.status == 0 else result.place


class Emojis(unittest.TestCase):
    def test_set(self):
        found = oracle.emojis_of_unicode()
        self.assertEqual(len(found), 3521)
        self.assertEqual(max(map(len, found)), 10)
        self.assertEqual({len(text.encode()) for text in found} - set(range(2, 36)), set())
        self.assertEqual({text.encode()[0] for text in found},
                         {0x23, 0x2A, *range(0x30, 0x3A), 0xC2, 0xE2, 0xE3, 0xF0})

    def test_table_of_the_contract(self):
        heart, pirate = "\u2764", "\U0001F3F4\u200d\u2620\ufe0f"
        for text, want in {
                "\u2764\ufe0f": [heart], "\u2764": [heart], "\u2764\ufe0e": [heart],
                "🤲🏾": ["🤲🏾"], "✍🏽": ["✍🏽"],
                "🇮🇳": ["🇮🇳"], "🇮": [], "🇮🇳🇮": ["🇮🇳"], "🇽🇽": [],
                pirate: [pirate], pirate[:-1]: ["\U0001F3F4", "\u2620"],
                "1\ufe0f\u20e3": ["1\ufe0f\u20e3"], "1\u20e3": [], "1": [],
                "©®™‼ℹ": list("©®™‼ℹ"),
                "🐱\u200d🐶": ["🐱", "🐶"], "🏾": ["🏾"], "a🏾": ["🏾"], "\U0001FAE0": [],
                "\U0001F3F4\U000E0067\U000E0062": ["\U0001F3F4"],
                "\u2764\ufe0f\u200dx": [heart]}.items():
            self.assertEqual(find_emojis(text), want, ascii(text))

    def test_split_over_escapes(self):
        data = b'{"content":"\\ud83e\\udd32\xf0\x9f\x8f\xbe \\\\ud83d\\\\ude00"}\n'
        self.assertEqual(rows("q2", data), [["🤲🏾", 1]])


class Mentions(unittest.TestCase):
    def test_modes(self):
        text = "a@b.com @ann_1 @@x @é @josé @"
        self.assertEqual(find_mentions(text), ["b", "ann_1", "x", "jos"])
        self.assertEqual(find_mentions(text, "first"), ["b"])
        self.assertEqual(find_mentions(text, "unicode"), ["b", "ann_1", "x", "é", "josé"])

    def test_twitter(self):
        for text in ("a@b.com", "f!@kn", "@@a", "@a@b", "@_@", "@http://x", "@alice\u00ec", "@u/l",
                     "@u/l-@bob", "xRT@a", ".RT@a", "@"):
            self.assertEqual(find_mentions(text, "twitter"), [], text)
        for text, want in {"の@userに": ["user"], "RT:@a": ["a"], ".@a": ["a"], "@u/7x": ["u"],
                           "@a\u00d7": ["a"], " rt@a": ["a"], "＠a": ["a"], "@" + "x" * 21: ["x" * 20],
                           "@a @b": ["a", "b"], "@a:/": ["a"], "@a\u0300": [], "@a/b @c": ["c"]
                           }.items():
            self.assertEqual(find_mentions(text, "twitter"), want, text)

    def test_field(self):
        good = tweets({"mentionedUsers": [{"username": "b"}, {"username": None}, {}]},
                      {"mentionedUsers": None}, {"content": 5})
        result = run("q3", [("f", good)], Options(mentions="field"))
        self.assertEqual((result.answer["rows"], result.answer["skipped_null"]), ([["b", 1]], 2))
        for bad in ([None], "x", [5], {"username": "b"}, [{"username": 5}]):
            self.assertEqual(place(tweets({"mentionedUsers": bad}), "q3", mentions="field"), "1:0")


class Dates(unittest.TestCase):
    def test_dates(self):
        for text in ("2021-02-12", "2021-02-12T09:23", "2020-02-29 23:59:60.0Z", "0001-01-01",
                     "2021-02-12T09:23:35+00:00", "2021-02-12T09:23:35.123456-9999",
                     "2021-02-12T00:00Z", "9999-12-31"):
            self.assertEqual(date_of(text), text[:10], text)
        for text in ("", "2021-2-12", "2021-02-30", "2021-02-29", "0000-01-01", "2021-13-01",
                     "2021-02-12T", "2021-02-12T09", "2021-02-12T24:00", "2021-02-12T00:60",
                     "2021-02-12T00:00:61", "2021-02-12T00:00:00.", "2021-02-12  00:00",
                     "2021-02-12T00:00z", "2021-02-12Z", "2021-02-12t00:00", " 2021-02-12",
                     "2021-02-12 ", "2021-02-12T00:00+1", "2021-02-12T00:00+1:00", "２021-02-12",
                     "2021-02-12T00:00+00:0", "2021-02-12\n"):
            self.assertIsNone(date_of(text), text)


class Json(unittest.TestCase):
    def test_fields(self):
        def user(text):
            return rows("q1", b'{"date":"2021-01-01",' + text + b"}")
        ann = [["2021-01-01", 1, "ann", 1]]
        self.assertEqual(user(b'"user":{"username":"ann"}'), ann)
        self.assertEqual(user(b'"username":"ann"'), ann)
        self.assertEqual(user(b'"user":null,"username":"ann"'), ann)
        self.assertEqual(user(b'"username":5,"user":{"\\u0075sername":"ann"}'), ann)
        self.assertEqual(user(b'"user":5,"user":{"username":"ann"}'), ann)
        self.assertEqual(user(b'"user":{"username":"ann"},"user":{}'), [])
        self.assertEqual(user(b'"user":{},"username":"ann"'), [])
        self.assertEqual(user(b'"user":{"username":""}'), [["2021-01-01", 1, "", 1]])
        self.assertEqual(user(b'"user":{"username":"\\ud800"}'), [["2021-01-01", 1, "\ufffd", 1]])
        self.assertEqual(user(b'"user":5'), "f:1:0")
        self.assertEqual(user(b'"username":[]'), "f:1:0")
        self.assertEqual(rows("q1", b'{"date":"x","user":null}'), "f:1:0")

    def test_grammar(self):
        for text in (b"1", b"-0.5e+7", b'"\\u00e9\\/"', b"[]", b"[[],{}]", b' { "a" : [ 1 , 2 ] } ',
                     b"1" * 500, b'"\x7f"', b'"\\udc00\\ud800"', b"[" * 1023 + b"]" * 1023, b"1E5"):
            self.assertIsNone(place(b'{"x":' + text + b"}"), text)
        for text in (b"", b"01", b"1.", b".5", b"+1", b"-", b"1e", b"nul", b"[1,]", b'{"a":1,}',
                     b"'a'", b'"\x00"', b'"\t"', b'"\\x"', b'"\\u12g4"', b"[", b"]", b'"\xff"',
                     b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', b"\x0c1", b'{1:2}',
                     b"[" * 1024 + b"]" * 1024, b"1 2", b'{"a" 1}', b"True", b'"a', b"\xc2\xa0 1"):
            self.assertEqual(place(b'{"x":' + text + b"}"), "1:0", text)

    def test_lines(self):
        self.assertIsNone(place(b"\xef\xbb\xbf\r\n \t\n{}\r\n\n{}"))
        self.assertEqual(place(b"{}\n \n  {}{}\n"), "3:5")
        self.assertEqual(place(b"{}\n\xef\xbb\xbf{}\n"), "2:3")
        self.assertEqual(place(b'{"a":"\n"}\n'), "1:0")
        self.assertEqual(place(b"{}\n[]\n"), "2:3")
        self.assertEqual(place(b" \xff\xfe{"[1:]), "1:0")
        self.assertEqual(place(b"{}\n5", limit=1), None)
        self.assertEqual(rows("q2", b""), [])

    def test_arrays(self):
        self.assertIsNone(place(b' [ {} ,\n{"a":[1]} ] \n'))
        self.assertIsNone(place(b"[]"))
        self.assertIsNone(place(b"[" + b'{"a":' * 1024 + b"1" + b"}" * 1024 + b"]"))
        self.assertEqual(place(b"[{},\n5]"), "2:5")
        self.assertEqual(place(b"[{},\n5,{]", on_error="skip"), "2:7")
        self.assertEqual(place(b"[{}\n{}]"), "1:1")
        self.assertEqual(place(b"[{},]"), "1:1")
        self.assertEqual(place(b"[,{}]"), "1:0")
        self.assertEqual(place(b"["), "1:0")
        self.assertEqual(place(b"[{}"), "1:1")
        self.assertEqual(place(b"[{}] x"), "1:1")
        self.assertEqual(place(b'[{},{"a":"\xff"}]', on_error="skip"), "1:4")

    def test_skip(self):
        data = tweets({"content": "@a"}) + b"x\n" + tweets({"content": 5}, {"content": None}, {})
        result = run("q3", [("f", data)], Options(on_error="skip"))
        self.assertEqual(result.answer, {
            "query": "q3", "columns": ["username", "count"], "rows": [["a", 1]], "records": 3,
            "rejected": 2, "skipped_null": 2})
        self.assertEqual([reject[:3] for reject in result.rejects], [("f", 2, 18), ("f", 3, 20)])
        self.assertEqual(place(data, "q3", on_error="skip", max_errors=1), "2:18")
        self.assertIsNone(place(data, "q3", on_error="skip", max_errors=2))

    def test_options(self):
        data = tweets(*({"date": "2021-01-0%d" % day, "username": name, "content": "😀@" + name}
                        for day, name in ((3, "c"), (1, "b"), (2, "b"), (2, "a"))))
        self.assertEqual(rows("q1", data, top=2),
                         [["2021-01-02", 2, "a", 1], ["2021-01-01", 1, "b", 1]])
        self.assertEqual(rows("q3", data), [["b", 2], ["a", 1], ["c", 1]])
        self.assertEqual(rows("q3", data, since="2021-01-02", until="2021-01-02"),
                         [["a", 1], ["b", 1]])
        both = run("all", [("f", data), ("g", b"")])
        self.assertEqual([one["query"] for one in both.answer["answers"]], ["q1", "q2", "q3"])
        self.assertEqual(both.answer["answers"][1]["rows"], [["😀", 4]])


class Csv(unittest.TestCase):
    HEAD = b"id,date,content,username\n"

    def test_fields(self):
        for text in (b'1,,"@a ""x"", y\n@b",\n', b'1,,@a @b,\r\n', b'1,,"@a\r@b",', b'1,,@a" @b,\n\n',
                     b'1,,"@a\r\n@b",u\n'):
            self.assertEqual(rows("q3", self.HEAD + text), [["a", 1], ["b", 1]], text)

    def test_delimiters(self):
        for delimiter in b",~;\t|":
            data = (self.HEAD + b"1,2021-01-01,@a,u\n").replace(b",", bytes([delimiter]))
            self.assertEqual(rows("q3", data), [["a", 1]])
        self.assertEqual(rows("q3", b"content\n@a\n"), [["a", 1]])
        self.assertEqual(rows("q3", b'"x,content"~content\n@b~@a\n'), [["a", 1]])
        self.assertEqual(rows("q3", b"a:content\n@b:@a\n", delimiter=":"), [["a", 1]])

    def test_errors(self):
        for text, want in {b"1,2,3": "2:25", b'1,,"a\n"b,\n': "2:25", b'1,,"a': "2:25", b"": None,
                           b'1,,"\n\n",\n1': "5:34", b'1,,\xff,': "2:25", b"1,,a,\r": None,
                           b"1,,,,": "2:25", b"\r\n\n1": "4:28", b"\r\n": None}.items():
            self.assertEqual(place(self.HEAD + text), want, text)
        self.assertEqual(place(b"id,date\n"), "1:0")
        self.assertEqual(place(b"content,id,id\n"), "1:0")
        self.assertEqual(place(b"content,id,id\n", on_error="skip"), "1:0")
        self.assertEqual(place(self.HEAD + b'1,,"a', on_error="skip"), "2:25")
        self.assertEqual(rows("q3", self.HEAD + b'1\n,,"a"b\n,,@c,', on_error="skip"), [["c", 1]])
        self.assertEqual(place(b"\xff\xfei\x00"), "1:0")


class Compression(unittest.TestCase):
    DATA = tweets({"content": "@a"})

    def test_gzip(self):
        packed = gzip.compress(self.DATA)
        self.assertEqual(rows("q3", packed * 2), [["a", 2]])
        wrong = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
        for bad in (packed[:-1], packed + b"x", wrong):
            self.assertEqual(rows("q3", bad), "f: gzip")

    def test_zip(self):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", method) as archive:
                archive.writestr("tweets.json", self.DATA)
            self.assertEqual(rows("q3", file.getvalue()), [["a", 1]])
        self.assertEqual(rows("q3", b"PK\x03\x04"), "f: zip")

    def test_zstd(self):
        if not shutil.which("zstd"):
            self.skipTest("no zstd command")
        packed = subprocess.run(["zstd", "-c"], input=self.DATA, capture_output=True).stdout
        skippable = b"\x50\x2a\x4d\x18\x02\x00\x00\x00ab"
        self.assertEqual(rows("q3", packed + skippable + packed), [["a", 2]])
        self.assertEqual(rows("q3", skippable + packed), [["a", 1]])
        for bad in (packed[:-1], packed + b"x"):
            self.assertEqual(rows("q3", bad), "f: zstd")


class Shared(unittest.TestCase):
    def shared(self, *path):
        path = os.path.join(oracle.SHARED, *path)
        if not os.path.exists(path):
            print("SKIPPED: %s is not there" % path, file=sys.stderr)
            self.skipTest(path)
        return path

    def test_expected(self):
        with open(self.shared("data", "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        for name, answers in expected.items():
            data = oracle.read_bytes(self.shared("data", name))
            for query, want in answers.items():
                result = run(query, [(name, data)])
                if isinstance(want, dict):
                    self.assertEqual((result.place, result.reason), (name + ":1:0", want["error"]))
                else:
                    self.assertEqual(result.answer["rows"], want, name + " " + query)

    def test_emoji_tables(self):
        self.shared("suites", "emoji")
        self.assertEqual(oracle.emojis_of_unicode(), oracle.emojis_of_table("1.4.1"))

    def test_twitter_text(self):
        with open(self.shared("suites", "twitter-text", "mentions.json"), encoding="utf-8") as file:
            for case in json.load(file):
                self.assertEqual(find_mentions(case["text"], "twitter"), case["mentions"], case)


if __name__ == "__main__":
    unittest.main()
