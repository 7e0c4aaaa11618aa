"""query_files.py: reads tests/queries/*.test, whose form queries/README.md tells; and shuffles keys."""
import glob
import json
import os
import re
import sys

from oracle_formats import SPACE, STRING, Parser

sys.setrecursionlimit(10000)  # shuffle_value() goes as deep as its input, 1024 levels
HERE = os.path.dirname(os.path.abspath(__file__))
BYTE = re.compile(r"<([0-9A-F]{2})>")
REPEAT = re.compile(r"<([0-9]+)\*([^>]*)>")


class Run:
    """A query with its options, and what it must give: rows and counts, or the place of an error."""

    def __init__(self, words):
        self.query, self.options = words[0], words[1:]
        self.rows, self.counts, self.error = None, None, None

    def option(self, name):
        return next((word.partition("=")[2] for word in self.options
                     if word.startswith("--" + name + "=")), None)


class Case:
    def __init__(self, file, name):
        self.name = "%s: %s" % (os.path.basename(file), name)
        self.inputs, self.runs = [], []  # pairs of a name and its bytes; Runs


def expand(line):
    """A line of an input as bytes: marks replaced, its line feed added."""
    end = "\n"
    if line.endswith("<>"):
        line, end = line[:-2], ""
    # A byte is a lone surrogate until the end, as Python itself does it (PEP 383).
    line = BYTE.sub(lambda match: chr(0xDC00 + int(match[1], 16)), line)
    line = REPEAT.sub(lambda match: match[2] * int(match[1]), line)
    return b"".join(bytes([ord(c) - 0xDC00]) if 0xDC00 <= ord(c) < 0xDD00 else c.encode()
                    for c in line + end)


def read_cases(path):
    cases, take = [], None
    with open(path, encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if line.startswith("    "):
                take(line[4:])
                continue
            if not line or line.startswith("#"):
                continue
            head, colon, rest = line.partition(":")
            words = head.split()
            if not colon or words[0] not in ("case", "input", "run", "answer", "error"):
                raise ValueError("%s:%d: %s" % (path, number, line))
            take = take_block(cases, path, words, rest.strip())
    return cases


def take_block(cases, path, words, rest):
    """Begins a block; returns what takes its indented lines."""
    if words[0] == "case":
        cases.append(Case(path, rest))
        return None
    case = cases[-1]
    if words[0] == "input":
        case.inputs.append((words[1] if len(words) > 1 else "f", b""))

        def take_input(line):
            name, data = case.inputs[-1]
            case.inputs[-1] = name, data + expand(line)
        return take_input
    if words[0] == "run":
        case.runs.append(Run(rest.split()))
    elif words[0] == "error":
        case.runs[-1].error = rest
    else:
        run = case.runs[-1]
        run.counts = {key: int(value) for key, value in (w.split("=") for w in rest.split())}
        run.rows = []
        return lambda line: run.rows.append(json.loads(line))
    return None


def all_cases(part=""):
    files = sorted(glob.glob(os.path.join(HERE, "queries", "*.test")))
    return [case for file in files for case in read_cases(file) if part in case.name]


def shuffle_keys(src, rng):
    """The same JSON text with the members of every object in another order, white space kept, so
    that its length is the same. src is well-formed and has no key twice in an object."""
    out, end = shuffle_value(src, SPACE.match(src).end(), rng)
    return src[:SPACE.match(src).end()] + out + src[end:]


def shuffle_value(src, at, rng):
    if src[at:at + 1] not in (b"{", b"["):
        start = at
        if src[at:at + 1] == b'"':
            return STRING.match(src, at)[0], STRING.match(src, at).end()
        parser = Parser(src, at)
        parser.scalar()
        return src[start:parser.at], parser.at
    is_object, opening = src[at:at + 1] == b"{", src[at:at + 1]
    at += 1
    parts = []
    while True:
        start = at
        at = SPACE.match(src, at).end()
        if src[at:at + 1] in (b"}", b"]"):
            return opening + b",".join(parts) + src[start:at + 1], at + 1
        if is_object:
            at = SPACE.match(src, STRING.match(src, at).end()).end() + 1
            at = SPACE.match(src, at).end()
        value, end = shuffle_value(src, at, rng)
        after = SPACE.match(src, end).end()
        parts.append(src[start:at] + value + src[end:after])
        at = after
        if src[at:at + 1] == b",":
            at += 1
            continue
        if is_object:
            rng.shuffle(parts)
        return opening + b",".join(parts) + src[at:at + 1], at + 1
