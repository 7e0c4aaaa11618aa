#!/usr/bin/env python3
"""mock_faker.py: the four columns of `bench gen mock` as a script with Faker makes them, and how much
longer that takes.

    python bench/peers/mock_faker.py [--rows 20000] [--rounds 3] [--bench build/bin/bench]

Needs Faker (pip install Faker==40.63.0). Both write as many rows of id, date, content, username into
a CSV file: whole processes, in turn. Faker is used well: one locale, the methods bound beforehand,
rows by the csv module. Prints seconds, bytes and the ratio of bytes per second, as medians.
"""
import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

EMOJIS = "🙏 😂 🚜 🌾 🇮🇳 🤣 ✊ ❤️ 🙏🏻 💚 🔥 💪 👇 😡 👏 😭 💛 👍 🤔 😢".split()


def write(rows, path):
    """A content: five to eight phrases, between each a mention, an emoji or punctuation."""
    import faker

    fake = faker.Faker("en_US")
    faker.Faker.seed(1)
    date, name, phrase, pick = fake.date, fake.user_name, fake.sentence, random.Random(1).random
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("id", "date", "content", "username"))
        for i in range(rows):
            parts = [phrase(nb_words=5)]
            for _ in range(4 + int(4 * pick())):
                kind = pick()
                if kind < 0.25:
                    parts.append("@" + name())
                elif kind < 0.5:
                    parts.append(EMOJIS[int(len(EMOJIS) * pick())])
                parts.append(phrase(nb_words=5))
            out.writerow((i + 1, date(), " ".join(parts), name()))


def timed(command, path):
    start = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return seconds, os.path.getsize(path)


def main():
    parser = argparse.ArgumentParser(description="bench gen mock beside a script with Faker.")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bench", default="build/bin/bench")
    parser.add_argument("--write", metavar="FILE", help="only write Faker's rows there")
    options = parser.parse_args()
    if options.write:
        return write(options.rows, options.write)
    speeds = {"faker": [], "bench gen": []}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mock.csv")
        rows = str(options.rows)
        commands = {"faker": [sys.executable, __file__, "--rows", rows, "--write", path],
                    "bench gen": [options.bench, "gen", "mock", "--records", rows, "-o", path]}
        for _ in range(options.rounds):
            for name, command in commands.items():
                seconds, size = timed(command, path)
                speeds[name].append(size / seconds)
                print("%-9s  %s rows, %.1f MB in %.3f s" % (name, rows, size / 1e6, seconds))
    ours, theirs = (statistics.median(speeds[name]) for name in ("bench gen", "faker"))
    print("bench gen mock is %.0f times as fast (%.0f against %.2f MB/s)"
          % (ours / theirs, ours / 1e6, theirs / 1e6))


if __name__ == "__main__":
    main()
