#!/usr/bin/env python3
"""test_gen.py: what `bench gen` writes: the same bytes however it is made, real, and with a true key.

Goals: bytes do not depend on threads, parts or key; sizes are met; lines are json.dumps's own; the
tweets have the published profile; every answer key equals a count by the oracle; a full disk leaves
nothing. BENCH_GEN_PEERS=1 adds what Spark, DuckDB, Polars and pandas make of every recipe.
"""
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import harness
import oracle
import peaks

CASES = {  # name: recipe and options, of sizes that the oracle counts in seconds
    "tweets": ("tweets", "--records=1500", "--traps=30"),
    "tweets-utf8": ("tweets", "--records=700", "--traps=30", "--utf8"),
    "tweets-array": ("tweets", "--records=500", "--traps=30", "--format=json"),
    "tweets-later": ("tweets-later", "--records=700", "--traps=30"),
    "tweets-set": ("tweets", "--records=40", "--traps=50", "--quotes=100", "--quotes-2=100",
                   "--quotes-3=100", "--mentions=90", "--set=mention-counts=50:9,1:1",
                   "--set=emoji-counts=32:1,2:9", "--set=content-length=0,600", "--set=gaps=newlines:1",
                   "--set=emoji-joins=joined:1", "--set=word-joins=joined:1", "--set=name-emojis=100",
                   "--set=name-emoji-counts=8,8", "--set=hashtags=0,20", "--set=day-weights=1,2,1000",
                   "--set=emoji-weights=👨‍👩‍👧‍👦:1,🏴󠁧󠁢󠁥󠁮󠁧󠁿:2,❤️:3,1️⃣:1", "--emojis=80",
                   "--set=description-length=300,300", "--set=languages=ta:3,en:1,und:1"),
    "adversarial": ("adversarial", "--records=3000"),
    "adversarial-utf8": ("adversarial", "--records=2000", "--utf8", "--density=60"),
    "adversarial-array": ("adversarial", "--records=1000", "--format=json"),
    "bad": ("bad", "--records=600", "--each=3", "--traps=30"),
    "mock": ("mock", "--records=3000", "--days=50"),
    "mock-tilde": ("mock", "--records=3000", "--delimiter=~", "--users=20"),
    "mock-ndjson": ("mock", "--records=3000", "--users=2000", "--days=10", "--format=ndjson"),
}
TWEET_KNOBS = {"users": 9, "users-offset": 900, "mentioned": 60, "mentioned-offset": 900, "days": 2,
               "quotes": 90, "quotes-2": 90, "quotes-3": 100, "mentions": 90, "emojis": 90, "media": 90,
               "traps": 90}
SET_KNOBS = {  # the same for those that --set takes: of lists both bounds are reached
    "gaps": "newlines:1", "marks": "marked:1", "emoji-joins": "joined:1", "word-joins": "joined:1",
    "emoji-runs": "over:1", "emoji-repeats": "another:1", "emoji-weights": "🚜:1,👨‍👩‍👧‍👦:1", "languages": "ta:3,ja:1",
    "content-length": "0,600", "dense-scripts": 100, "hashtags": "0,20", "mention-counts": "50:2,1:1",
    "emoji-counts": "32:1", "day-weights": "1,1000000", "links": 100, "sources": "none:1",
    "reactions": "0:1,31:1", "quoted-reactions": 0, "replies": 100, "reply-age": "1,1728000000",
    "quoted-age": "1,1", "media-kinds": "photos-4:1,animation:1", "video-seconds": "0,100000",
    "video-variants": "two:1", "name-scripts": "hindi:1", "name-emojis": 100, "name-emoji-counts": "1,9",
    "description-length": "300,300", "description-languages": "urdu:1", "description-emojis": 100,
    "description-emoji-counts": "1,17", "user-ids": "long:1", "verified": 100, "created": "0,4102444800",
    "followers": "0,31", "friends": "31,31", "statuses": "0,0", "favourites": "0,1", "listed": "2,3,31",
    "media-counts": "5,5", "locations": 100, "location-length": "0,60", "profile-links": 0, "banners": 0,
    "shuffled": 100}
LATER_KNOBS = {"later-replies": 100, "later-places": 90, "later-hashtags": 50}
KNOBS = {  # recipe: its knobs, each with a value that is not its default
    "tweets": {**TWEET_KNOBS, **SET_KNOBS},
    "tweets-later": {**TWEET_KNOBS, **SET_KNOBS, **LATER_KNOBS},
    "bad": {**TWEET_KNOBS, **SET_KNOBS, "each": 2},
    "mock": {"users": 9, "days": 9, "mentioned": 9, "mentioned-offset": 900, "mentions": 90, "emojis": 75},
    "adversarial": {"density": 60, "duplicates": 50, "users": 60, "mentioned": 60, "days": 5},
}
MODES = ("ascii", "unicode", "first", "twitter", "field")
SETS = ("1.4.1", "2.16")


def gen(*options):
    return [harness.BENCH, "gen", *options]


def made(report, *options):
    done = harness.run([*gen(*options), "-o", "-"])
    report.check(done.status == 0, "gen %s: %s" % (" ".join(options), done.message()))
    return done.out


def check_same_bytes(report):
    """Threads, parts and whether the size is asked for or follows change nothing."""
    for recipe, options in CASES.items():
        seed = "--seed=%d" % (harness.SEED % 1000)
        whole = made(report, *options, seed, "--threads=1")
        for threads in (2, 3, 8):
            other = made(report, *options, seed, "--threads=%d" % threads)
            report.check(other == whole, "%s: %d threads make other bytes" % (recipe, threads))
        for parts in (2, 7):
            cut = [made(report, *options, seed, "--parts=%d" % parts, "--part=%d" % (k + 1))
                   for k in range(parts)]
            report.check(b"".join(cut) == whole, "%s: %d parts are another whole" % (recipe, parts))
        report.check(made(report, *options, "--seed=1001") != whole,
                     "%s: the seed changes nothing" % recipe)


def check_shuffled(report):
    """`shuffled` changes the order of keys, in objects of every level, and nothing else: as documents
    both are equal, and so are the answers in the key; every key comes to stand first."""
    def first_keys(value, found):
        if isinstance(value, dict):
            found.update([next(iter(value))])
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            first_keys(inner, found)
        return found

    with tempfile.TemporaryDirectory() as folder:
        for recipe in ("tweets", "tweets-later"):
            texts, answers = [], []
            for share in ("0", "100"):
                path = os.path.join(folder, share)
                done = harness.run(gen(recipe, "--records=300", "--set=shuffled=" + share, "-o", path))
                report.check(done.status == 0, "%s: %s" % (recipe, done.message()))
                texts.append(open(path, "rb").read().splitlines())
                answers.append(json.load(open(path + ".answers.json"))["answers"])
            records = [[json.loads(line) for line in lines] for lines in texts]
            report.check(records[0] == records[1] and answers[0] == answers[1],
                         "%s: shuffled records say something else" % recipe)
            report.check(sum(a == b for a, b in zip(*texts)) == 0, "%s: a record is as it was" % recipe)
            found = collections.Counter()
            for record in records[1]:
                first_keys(record, found)
            inner = {key for record in records[1] for key in record["user"]}
            report.check(set(records[1][0]) | inner <= set(found), "%s: keys that are never first: %s" %
                         (recipe, sorted((set(records[1][0]) | inner) - set(found))))


def check_sizes(report):
    for recipe in ("tweets", "mock"):
        whole = made(report, recipe, "--size=12MB", "--threads=3")
        report.check(abs(len(whole) - 12000000) <= 12000, "%s: %d bytes" % (recipe, len(whole)))
        cut = [made(report, recipe, "--size=12MB", "--parts=3", "--part=%d" % k) for k in (1, 2, 3)]
        report.check(b"".join(cut) == whole, "%s: parts of a size are another whole" % recipe)
    one = made(report, "tweets", "--records=1")
    report.check(one.count(b"\n") == 1, "one record is %d lines" % one.count(b"\n"))


def check_json_dumps(report):
    """The first 1,000 lines are to the byte what json.dumps makes of their values."""
    lines = made(report, "tweets", "--records=1000", "--traps=20").split(b"\n")[:-1]
    report.check(len(lines) == 1000, "%d lines" % len(lines))
    for i, line in enumerate(lines):
        report.check(json.dumps(json.loads(line)).encode() == line, "line %d is not json.dumps's" % i)
    for line in made(report, "tweets-later", "--records=300").split(b"\n")[:-1]:
        report.check(json.dumps(json.loads(line)).encode() == line, "later: not json.dumps's")
    lines = made(report, "tweets", "--records=300", "--utf8", "--traps=0").split(b"\n")[:-1]
    for i, line in enumerate(lines):
        report.check(json.dumps(json.loads(line), ensure_ascii=False).encode() == line,
                     "raw line %d is not json.dumps's" % i)


def depth(tweet):
    return 0 if tweet is None else 1 + depth(tweet["quotedTweet"])


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def check_profile(report):
    """The published profile of the real file, and how far the generated tweets may be off. Shares of
    20,000 lines have standard deviations of at most 0.35 points."""
    data = made(report, "tweets", "--records=20000", "--seed=%d" % (harness.SEED % 1000))
    lines = data.split(b"\n")[:-1]
    tweets = [json.loads(line) for line in lines]
    n = len(tweets)

    def near(name, value, published, off):
        report.check(abs(value - published) <= off,
                     "%s: %.1f, published %.1f, may be off %.1f" % (name, value, published, off))

    lengths = [len(line) for line in lines]
    near("mean of the line lengths", sum(lengths) / n, 3473, 150)
    near("median of the line lengths", quantile(lengths, 0.5), 3268, 400)
    near("95 % of the line lengths", quantile(lengths, 0.95), 6492, 450)
    contents = [tweet["content"] for tweet in tweets]
    near("characters of a content", sum(map(len, contents)) / n, 158, 8)
    near("bytes of a content", sum(len(json.dumps(c)) - 2 for c in contents) / n, 270, 15)
    users_at = [line.index(b'"user": {"username": ') for line in lines]
    near("where users begin, 5 %", quantile(users_at, 0.05), 257, 60)
    near("where users begin, 95 %", quantile(users_at, 0.95), 1669, 200)

    def share(name, what, published, off):
        near(name, 100 * sum(map(bool, what)) / n, published, off)

    share("quotes", (tweet["quotedTweet"] for tweet in tweets), 35.3, 1.5)
    share("two deep", (depth(tweet) > 2 for tweet in tweets), 0.7, 0.3)
    share("mentions", (tweet["mentionedUsers"] for tweet in tweets), 32.4, 1.5)
    share("media", (tweet["media"] for tweet in tweets), 23.9, 1.5)
    share("English", (tweet["lang"] == "en" for tweet in tweets), 41.2, 1.5)
    found = [len(oracle.find_emojis(content)) for content in contents]
    share("contents with emojis", found, 14.4, 1.5)
    near("emojis where there are some", sum(found) / sum(map(bool, found)), 2.54, 0.25)
    named = [len(tweet["mentionedUsers"]) for tweet in tweets if tweet["mentionedUsers"]]
    near("users mentioned", sum(named) / len(named), 2.7, 0.25)
    everywhere = sum(len(oracle.find_emojis(json.dumps(tweet, ensure_ascii=False)))
                     for tweet in tweets[:4000])
    near("% of emojis in contents", 100 * sum(found[:4000]) / everywhere, 9, 4)
    report.check(len({tweet["lang"] for tweet in tweets}) >= 40, "too few languages")
    report.check(max(named) <= 50, "more than 50 users mentioned")
    check_shape(report, tweets)


def check_shape(report, tweets):
    """Keys, their order, nulls, dates, numbers."""
    real = ["url", "date", "content", "renderedContent", "id", "user", "outlinks", "tcooutlinks",
            "replyCount", "retweetCount", "likeCount", "quoteCount", "conversationId", "lang",
            "source", "sourceUrl", "sourceLabel", "media", "retweetedTweet", "quotedTweet",
            "mentionedUsers"]
    report.check(all(list(tweet) == real for tweet in tweets), "keys or their order")
    report.check(all(len(tweet["user"]) == 21 for tweet in tweets), "21 keys of a user")
    report.check(all(sum(value is None for value in user.values()) == 17
                     for tweet in tweets for user in tweet["mentionedUsers"] or []),
                 "17 keys of a mentioned user are null")
    report.check(all(tweet[key] is not None for tweet in tweets
                     for key in ("id", "date", "content", "user")), "nulls where there are none")
    ids = [tweet["id"] for tweet in tweets]
    report.check(ids == sorted(set(ids), reverse=True), "numbers descend and are unique")
    dates = [tweet["date"] for tweet in tweets]
    report.check(dates == sorted(dates, reverse=True), "dates descend")
    report.check({date[:10] for date in dates} ==
                 {"2021-02-%02d" % day for day in range(12, 25)}, "2021-02-12 to 2021-02-24")


def check_key(report, folder, recipe):
    """The key against the oracle, which reads the data and knows nothing of how it was made."""
    path = os.path.join(folder, recipe)
    done = harness.run([*gen(*CASES[recipe]), "-o", path])
    if not report.check(done.status == 0, "gen %s: %s" % (recipe, done.message())):
        return
    with open(path, "rb") as file:
        data = file.read()
    with open(path + ".answers.json", encoding="utf-8") as file:
        key = json.load(file)
    report.check(key["bytes"] == len(data), "%s: bytes of the key" % recipe)
    bad = key.get("bad", {})

    def compare(query, mode, want, **options):
        if key["format"] == "csv" and mode == "field":
            return
        options = oracle.Options(top=100, on_error="skip", **options)
        result = oracle.run(query, [(path, data)], options)
        if not report.check(result.status == 0, "%s %s %s: %s" % (recipe, query, mode,
                                                                 result.reason)):
            return
        answer = result.answer
        report.check(answer["rows"] == want["rows"], "%s: %s %s: the key has %s, the oracle counts %s"
                     % (recipe, query, mode, want["rows"][:3], answer["rows"][:3]))
        rejected = bad.get(query if mode != "field" else "q3 field", 0)
        report.check(answer["rejected"] == rejected, "%s: %s %s: %d bad records, the key has %d"
                     % (recipe, query, mode, answer["rejected"], rejected))
        report.check(answer["records"] + rejected == key["records"], "%s: records" % recipe)
        places = [(line, byte) for _, line, byte, *_ in result.rejects]
        listed = [(place["line"], place["byte"]) for place in key.get("places", [])
                  if (query if mode != "field" else "q3 field") in place["bad_for"]]
        report.check(places == listed, "%s: %s: places of bad records" % (recipe, query))

    answers = key["answers"]
    compare("q1", "", answers["q1"])
    for mode in MODES:
        compare("q3", mode, answers["q3"][mode], mentions=mode)
    for emoji in SETS:
        if emoji == "2.16" and not os.path.isdir(harness.SHARED):
            harness.skipped("the key for --emoji 2.16: no table of it without LR_SHARED")
            continue
        compare("q2", emoji, answers["q2"][emoji], emoji=emoji)


def check_digest(report, folder):
    """xxh128 of the key, by another program, where there is one."""
    path = os.path.join(folder, "digest")
    harness.run([*gen("tweets", "--records=200"), "-o", path])
    with open(path + ".answers.json", encoding="utf-8") as file:
        key = json.load(file)
    try:
        import xxhash
    except ImportError:
        harness.skipped("the digest: no Python module xxhash (Debian: python3-xxhash)")
        return
    with open(path, "rb") as file:
        report.check(xxhash.xxh3_128_hexdigest(file.read()) == key["xxh128"], "the digest")


def check_failures(report, folder):
    """A full disk is exit 3, wrong options are exit 2, an interrupt 130, and none leaves anything."""
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    for options, status in ((["-o", "/dev/full", "--records=2000"], 3),
                            (["-o", empty + "/no/such/folder", "--records=10"], 3),
                            (["-o", empty + "/x", "--records=10", "--answers=/dev/full"], 3),
                            (["-o", empty + "/x"], 2), (["--records=10"], 2),
                            (["-o", empty + "/x", "--records=10", "--quotes=101"], 2),
                            (["-o", empty + "/x", "--records=10", "--part=2"], 2),
                            (["-o", empty + "/x", "--records=10", "--format=csv", "--days=0"], 2)):
        done = harness.run(gen("tweets", *options))
        report.check(done.status == status and done.err.count(b"\n") == 1,
                     "%s: exit %d: %s" % (options, done.status, done.message()))
    limited = ["bash", "-c", 'ulimit -f 100; trap "" XFSZ; exec "$@"', "x",
               *gen("tweets", "--records=2000", "-o", empty + "/x")]
    done = harness.run(limited)
    report.check(done.status == 3, "a file that may not grow: exit %d: %s" % (done.status,
                                                                             done.message()))
    running = subprocess.Popen(gen("tweets", "--size=20GB", "-o", empty + "/x"),
                               stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    report.check(running.wait(10) == 130, "interrupted: exit %d" % running.returncode)
    report.check(os.listdir(empty) == [], "left behind: %s" % os.listdir(empty))
    done = harness.run([harness.BENCH, "gen", "nothing", "--records=1", "-o", "-"])
    report.check(done.status == 2 and b"one of: tweets" in done.err, "an unknown recipe")


def check_knobs(report):
    """Every knob of every recipe changes the bytes, is in --knobs and in datagen/README.md; what has an
    option of its own is in --help. A value out of its range, and the knob of another recipe, are errors
    that say what would be right. That the default is what --knobs says shows when it is set."""
    shown = harness.run([harness.BENCH, "gen", "--help"]).out.decode()
    readme = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "datagen", "README.md")
    with open(readme, encoding="utf-8") as file:
        written = file.read()
    for recipe, values in KNOBS.items():
        plain = made(report, recipe, "--records=400")
        report.check("gen %s " % recipe in shown, "%s: not in --help" % recipe)
        listed = harness.run(gen(recipe, "--knobs")).out.decode().split("\n")
        defaults = dict(line.split("=", 1) for line in listed if line and line[0] != " ")
        report.check(set(defaults) == set(values), "%s: knobs without a test, or the other way: %s"
                     % (recipe, sorted(set(defaults) ^ set(values))))
        for knob, value in values.items():
            own = "--%s " % knob in shown
            option = "--%s=" % knob if own else "--set=%s=" % knob
            report.check(own or knob not in TWEET_KNOBS, "--%s: not in --help" % knob)
            report.check("`--%s`" % knob in written or "`%s`" % knob in written,
                         "%s: not in datagen/README.md" % knob)
            report.check(made(report, recipe, "--records=400", option + str(value)) != plain,
                         "%s: %s%s changes nothing" % (recipe, option, value))
            report.check(made(report, recipe, "--records=400", option + defaults[knob]) == plain,
                         "%s: %s: not its default" % (recipe, option + defaults[knob]))
            for wrong in ("99999999999", "1:99999999999", "1,2,", "-1", "x:"):
                done = harness.run(gen(recipe, "--records=400", "-o", "-", option + wrong))
                report.check(done.status == 2 and b" from " in done.err and done.out == b"",
                             "%s: %s%s: %s" % (recipe, option, wrong, done.message()))
    lines = made(report, "tweets", "--records=500", "--mentions=0", "--emojis=0", "--traps=0", "--media=0",
                 "--quotes=0", "--set=links=0", "--set=languages=en:3,hi:1", "--set=hashtags=0,1",
                 "--set=content-length=100,111", "--set=dense-scripts=100").splitlines()
    tweets = [json.loads(line) for line in lines]
    hindi = sum(tweet["lang"] == "hi" for tweet in tweets)
    report.check({tweet["lang"] for tweet in tweets} == {"en", "hi"} and 85 <= hindi <= 165,
                 "en:3,hi:1 of 500: %d in Hindi" % hindi)
    report.check(all(100 <= len(tweet["content"]) <= 130 and "#" not in tweet["content"]
                     for tweet in tweets), "contents of 100 to 110 characters and the word begun there")
    done = harness.run(gen("mock", "--records=4", "-o", "-", "--quotes=5"))
    report.check(done.status == 2 and b"gen mock --knobs" in done.err, "mock has no quotes")
    done = harness.run(gen("mock", "--records=4", "-o", "-", "--set=users"))
    report.check(done.status == 2 and b"NAME=VALUE" in done.err, "--set without a value")


def check_full_disk(report, folder):
    """A file system of 4 MB (in a mount namespace of its own, where that is allowed): exit 3, and nothing
    is left, of data, key or temporary names; packed or not."""
    script = """mount -t tmpfs -o size=4m none "$1" || exit 77
for name in x x.zst x.gz; do
    "$2" gen tweets --size 60MB -o "$1/$name" 2>"$1/said"
    status=$?
    rm -f "$1/said"
    [ $status = 3 ] || { echo "$name: exit $status"; exit 1; }
    [ -z "$(ls -A "$1")" ] || { ls -lA "$1"; exit 1; }
done"""
    full = os.path.join(folder, "full")
    os.mkdir(full)
    done = harness.run(["unshare", "--user", "--map-root-user", "--mount", "bash", "-c", script, "x",
                        full, os.path.abspath(harness.BENCH)])
    if done.status == 77 or b"unshare" in done.err:
        harness.skipped("a full disk: no mount namespaces here")
        return
    report.check(done.status == 0, "a full disk: %s" % (done.out + done.err).decode())


def check_packed(report, folder):
    """-o x.zst and x.gz hold what -o - writes; the key is the same."""
    plain = made(report, "tweets", "--records=500")
    for name, unpack in (("p.zst", ["zstd", "-dc"]), ("p.gz", ["gzip", "-dc"])):
        path = os.path.join(folder, name)
        done = harness.run([*gen("tweets", "--records=500"), "-o", path])
        if done.status == 2 and b"this build is without" in done.err:
            harness.skipped("%s: this build is without its library" % name)
            continue
        try:
            back = harness.run([*unpack, path])
        except FileNotFoundError:
            harness.skipped("%s: no program to unpack it" % name)
            continue
        report.check(back.out == plain, "%s: unpacked it is something else" % name)
        with open(path + ".answers.json", encoding="utf-8") as file:
            report.check(json.load(file)["bytes"] == len(plain), "%s: bytes of its key" % name)


def check_memory(report, folder):
    """At most 32 MiB are resident, for files of every kind, with few threads and with many."""
    if harness.budget(harness.BENCH) != "16MiB":
        harness.skipped("peaks of the generator: sanitizers bring memory of their own")
        return
    for recipe in ("tweets", "tweets-later", "mock"):
        for name in ("m", "m.zst", "m.gz"):
            for threads in (2, 8):
                path = os.path.join(folder, name)
                done = peaks.run("gen", recipe, "--size=60MB", "--threads=%d" % threads, "-o", path)
                if done.status == 2 and b"this build is without" in done.err:
                    continue
                report.check(done.status == 0 and 0 < done.kib <= 32 * 1024 * peaks.ALLOWED,
                             "%s, %s, %d threads: exit %d, a peak of %d KiB"
                             % (recipe, name, threads, done.status, done.kib))
                os.unlink(path)


def check_command(report, folder, case):
    """check-answers says yes to its key, whatever instructions ask, and no to a wrong one."""
    path = os.path.join(folder, "checked-" + case)
    harness.run([*gen(*CASES[case]), "-o", path])
    for tier in harness.tiers():
        done = harness.run([harness.BENCH, "check-answers", "--isa", tier, path])
        report.check(done.status == 0, "%s: check-answers, %s: %s" % (case, tier, done.message()))
    with open(path + ".answers.json", encoding="utf-8") as file:
        key = file.read()
    row = json.loads(key)["answers"]["q3"]["ascii"]["rows"][0]
    with open(path + ".answers.json", "w", encoding="utf-8") as file:
        file.write(key.replace('["%s", %d]' % tuple(row), '["%s", %d]' % (row[0], row[1] + 1)))
    done = harness.run([harness.BENCH, "check-answers", path])
    report.check(done.status == 1 and b"q3 ascii: differs" in done.err,
                 "%s: check-answers with a wrong key: exit %d" % (case, done.status))


def check_peers(report, folder):
    """What Spark, DuckDB, Polars and pandas make of every recipe: gen_peers.py, with the Python that runs
    this (bench peers says where one with these packages is)."""
    if os.environ.get("BENCH_GEN_PEERS") != "1":
        harness.skipped("Spark, DuckDB, Polars and pandas reading the recipes: set BENCH_GEN_PEERS=1")
        return
    paths = [os.path.join(folder, "peer-" + recipe) for recipe in CASES]
    for path, options in zip(paths, CASES.values()):
        harness.run([*gen(*options), "-o", path])
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gen_peers.py")
    done = subprocess.run([sys.executable, script, *paths], capture_output=True, check=False)
    report.check(done.returncode == 0, "peers: %s" % done.stderr.decode()[-2000:])
    print(done.stdout.decode(), end="")


def main():
    report = harness.Report("test_gen")
    with tempfile.TemporaryDirectory() as folder:
        checks = [("bytes", lambda: check_same_bytes(report)), ("sizes", lambda: check_sizes(report)),
                  ("dumps", lambda: check_json_dumps(report)),
                  ("profile", lambda: check_profile(report)),
                  ("digest", lambda: check_digest(report, folder)),
                  ("failures", lambda: check_failures(report, folder)),
                  ("knobs", lambda: check_knobs(report)),
                  ("shuffled", lambda: check_shuffled(report)),
                  ("full-disk", lambda: check_full_disk(report, folder)),
                  ("packed", lambda: check_packed(report, folder)),
                  ("memory", lambda: check_memory(report, folder)),
                  ("peers", lambda: check_peers(report, folder))]
        for recipe in CASES:
            checks.append(("key-" + recipe, lambda recipe=recipe: check_key(report, folder, recipe)))
            checks.append(("command-" + recipe,
                           lambda recipe=recipe: check_command(report, folder, recipe)))
        harness.side_by_side(lambda check: harness.FILTER in check[0] and check[1](), checks)
    report.end()


if __name__ == "__main__":
    main()
