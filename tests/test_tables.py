#!/usr/bin/env python3
"""The generated tables are what their scripts make, and their digests are those on record.

Where the source data is not installed, the digests alone are compared, and a line says so.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
MATCH = HERE.parent / "kernels" / "match"
SHARED = pathlib.Path(os.environ.get("LR_SHARED") or HERE.parent.parent / "shared")
EMOJI_TEST = pathlib.Path("/usr/share/unicode/emoji/emoji-test.txt")


def skipped(why):
    print(f"SKIPPED: {why}")


def made(script, *arguments, source=None):
    """What a script writes, given the file source as its input."""
    stdin = source.open("rb") if source else subprocess.DEVNULL
    run = subprocess.run([sys.executable, str(MATCH / script), *arguments], stdin=stdin,
                         stdout=subprocess.PIPE, check=True)
    return run.stdout


def check(name, digests, output):
    committed = (MATCH / name).read_bytes()
    assert hashlib.sha256(committed).hexdigest() == digests[name], f"{name}: not the digest on record"
    if output is not None:
        assert output == committed, f"{name}: its script makes another one"
        print(f"{name}: made again, the same")


def main():
    lines = (MATCH / "tables.sha256").read_text().splitlines()
    digests = {name: digest for digest, name in (line.split() for line in lines)}

    output = None
    if EMOJI_TEST.exists() and "# Version: 15.0\n" in EMOJI_TEST.read_text():
        output = made("make_emoji.py", "1.4.1", source=EMOJI_TEST)
    else:
        skipped(f"emoji_1_4_1.c is not made again: no {EMOJI_TEST} 15.0 (Debian: unicode-data)")
    check("emoji_1_4_1.c", digests, output)

    output, source = None, SHARED / "suites/emoji/emoji-2.16.0.tsv"
    if source.exists():
        output = made("make_emoji.py", "2.16", source=source)
    else:
        skipped(f"emoji_2_16.c is not made again: no {source}")
    check("emoji_2_16.c", digests, output)

    output = None
    if unicodedata.unidata_version == "14.0.0":
        output = made("make_word.py")
    else:
        skipped(f"word_ranges.c is not made again: Unicode 14 due, here {unicodedata.unidata_version}")
    check("word_ranges.c", digests, output)


main()
