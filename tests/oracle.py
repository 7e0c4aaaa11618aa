#!/usr/bin/env python3
"""oracle.py: what the command must answer, one record at a time; the judge of q1, q2, q3 and all.

    python3 tests/oracle.py q2 FILE... --on-error=skip --mentions=unicode

prints the answer in the JSON format, or the place of the first error, and exits as the command
must.
Written from the rules of the answers alone (README), in the plainest way, with the standard library
only; slow on purpose. It shares no code and no table with the program that it judges.
"""
import collections
import datetime
import json
import os
import re
import sys

import oracle_formats as formats
from oracle_formats import Bad, Fatal

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("LR_SHARED") or os.path.join(HERE, "..", "..", "shared")
UNICODE_EMOJI = "/usr/share/unicode/emoji/emoji-test.txt"  # Debian: unicode-data
QUERIES = {
    "q1": ["date", "tweets", "username", "username_tweets"],
    "q2": ["emoji", "count"],
    "q3": ["username", "count"],
}


class Options:
    """The options that change an answer; others (threads, plan, ...) must not."""

    def __init__(self, **values):
        self.mentions, self.emoji, self.validate = "ascii", "1.4.1", "full"
        self.input, self.delimiter, self.on_error = "auto", None, "fail"
        self.max_errors = self.limit = self.since = self.until = None
        self.top = 10
        for name, value in values.items():
            if not hasattr(self, name):
                raise ValueError("no option " + name)
            setattr(self, name, value)


# ---------------------------------------------------------------- emojis and mentions

def emojis_of_unicode():
    """The set of python emoji 1.4.1, by its rule: the fully-qualified sequences up to Emoji 13.1,
    bare where they are one character and FE0F, and the components."""
    found = set()
    with open(UNICODE_EMOJI, encoding="utf-8") as lines:
        for line in lines:
            row = re.match(r"([0-9A-F ]+?) *; ([a-z-]+) *# \S+ E(\d+)\.(\d+) ", line)
            if not row or (int(row[3]), int(row[4])) > (13, 1):
                continue
            text = "".join(chr(int(code, 16)) for code in row[1].split())
            if row[2] == "component":
                found.add(text)
            elif row[2] == "fully-qualified":
                found.add(text[0] if len(text) == 2 and text[1] == "\ufe0f" else text)
    return found


def table_of(version):
    name = "emoji-%s.tsv" % version.replace("2.16", "2.16.0")
    return os.path.join(SHARED, "suites", "emoji", name)


def emojis_of_table(version):
    with open(table_of(version), encoding="utf-8") as rows:
        next(rows)  # a comment
        return {"".join(chr(int(code, 16)) for code in row.split("\t")[0].split()) for row in rows}


EMOJI_SETS = {}


def emoji_set(version):
    if version not in EMOJI_SETS:
        use_rule = version == "1.4.1" and os.path.exists(UNICODE_EMOJI)
        found = emojis_of_unicode() if use_rule else emojis_of_table(version)
        EMOJI_SETS[version] = found, {text[0] for text in found}, max(map(len, found))
    return EMOJI_SETS[version]


def find_emojis(text, version="1.4.1"):
    """Leftmost, then longest, not overlapping."""
    found, firsts, longest = emoji_set(version)
    out, at = [], 0
    while at < len(text):
        length = 0
        if text[at] in firsts:
            length = next((n for n in range(longest, 0, -1)
                           if len(text) - at >= n and text[at:at + n] in found), 0)
        if length:
            out.append(text[at:at + length])
        at += max(length, 1)
    return out


# twitter-text 3.1: what stands before is consumed by the match, as is a list part, and even where
# what stands after it makes it no mention.
TWITTER = re.compile(
    r"(?:\A|[^A-Za-z0-9_!#$%&*@\uff20]|(?:\A|[^A-Za-z0-9_+~.\-])[Rr][Tt]:?)"
    r"[@\uff20]([A-Za-z0-9_]{1,20})(/[A-Za-z][A-Za-z0-9_\-]{0,24})?")
TWITTER_AFTER = re.compile(
    "[@\uff20\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263"
    "\u0268\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff]|://")
ASCII = re.compile(r"@([A-Za-z0-9_]+)")


def word_pattern():
    """@\\w+ of Python 3.11 (Unicode 14); by the table where this is another Python."""
    if sys.version_info[:2] == (3, 11):
        return re.compile(r"@(\w+)")
    with open(os.path.join(SHARED, "suites", "python-word.tsv"), encoding="utf-8") as rows:
        next(rows)
        ranges = ["%s-%s" % tuple(re.escape(chr(int(code, 16))) for code in row.split())
                  for row in rows]
    return re.compile("@([" + "".join(ranges) + "]+)")


def missing(query, emoji, mentions):
    """Of the tables that the oracle needs for this: one that is not on this machine, in words; or None."""
    if query in ("q2", "all") and not os.path.exists(table_of(emoji)) and not (
            emoji == "1.4.1" and os.path.exists(UNICODE_EMOJI)):
        return "table of emoji %s" % emoji
    if query in ("q3", "all") and mentions == "unicode" and sys.version_info[:2] != (3, 11) and (
            not os.path.exists(os.path.join(SHARED, "suites", "python-word.tsv"))):
        return "table of letters for the mode unicode, and this is not Python 3.11"
    return None


WORD = []


def find_mentions(text, mode="ascii"):
    if mode == "twitter":
        return [match[1] for match in TWITTER.finditer(text)
                if not match[2] and not TWITTER_AFTER.match(text, match.end())]
    if mode == "unicode":
        if not WORD:
            WORD.append(word_pattern())
        return WORD[0].findall(text)
    names = ASCII.findall(text)
    return names[:1] if mode == "first" else names


# ---------------------------------------------------------------- fields

DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
                  r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
                  r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")


def date_of(text):
    """The date as written, or None where text is none."""
    match = DATE.fullmatch(text)
    if not match or any(part is not None and int(part) > most
                        for part, most in zip(match.group(4, 5, 6), (23, 59, 60))):
        return None
    try:
        datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return text[:10]


def text_field(value, name):
    if value is None or isinstance(value, str):
        return value
    raise Bad(name + ": wrong type")


def username_of(record):
    user = record.get("user")
    if user is None:
        return text_field(record.get("username"), "username")
    if not isinstance(user, dict):
        raise Bad("username: wrong type")
    return text_field(user.get("username"), "username")


def date_field(record):
    text = text_field(record.get("date"), "date")
    if text is None:
        return None
    date = date_of(text)
    if date is None:
        raise Bad("date: not a date as YYYY-MM-DD[Thh:mm[:ss[.f]][Z|+hh:mm]]")
    return date


def mentioned_users(record):
    users = record.get("mentionedUsers")
    if users is None:
        return None
    if not isinstance(users, list) or not all(isinstance(user, dict) for user in users):
        raise Bad("mentionedUsers: wrong type")
    names = [text_field(user.get("username"), "mentionedUsers") for user in users]
    return [name for name in names if name is not None]


# ---------------------------------------------------------------- queries

class Query:
    """One query over records: add() them, then answer()."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.groups = collections.Counter()
        self.records = self.rejected = self.skipped_null = 0

    def columns(self):
        """The CSV columns that it reads."""
        needed = ["date", "username"] if self.name == "q1" else ["content"]
        if self.name == "q3" and self.options.mentions == "field":
            needed = ["mentionedUsers"]
        return needed + (["date"] if self.ranged() and "date" not in needed else [])

    def ranged(self):
        return self.options.since is not None or self.options.until is not None

    def add(self, record):
        """Raises Bad, and then has counted nothing."""
        options = self.options
        date = date_field(record) if self.name == "q1" or self.ranged() else None
        if self.name == "q1":
            name = username_of(record)
            lacking, keys = date is None or name is None, [(date, name)]
        elif self.name == "q3" and options.mentions == "field":
            names = mentioned_users(record)
            lacking, keys = names is None, names or []
        else:
            content = text_field(record.get("content"), "content")
            lacking, keys = content is None, []
            if content is not None and self.name == "q2":
                keys = find_emojis(content, options.emoji)
            elif content is not None:
                keys = find_mentions(content, options.mentions)
        self.records += 1
        if lacking or (self.ranged() and date is None):
            self.skipped_null += 1
            return
        if (options.since and date < options.since) or (options.until and date > options.until):
            return
        self.groups.update(keys)

    def rows(self):
        if self.name != "q1":
            return [[key, n] for key, n in ordered(self.groups)]
        dates, users = collections.Counter(), collections.defaultdict(collections.Counter)
        for (date, name), n in self.groups.items():
            dates[date] += n
            users[date][name] += n
        return [[date, n, *ordered(users[date])[0]] for date, n in ordered(dates)]

    def answer(self):
        return {"query": self.name, "columns": QUERIES[self.name],
                "rows": self.rows()[:self.options.top], "records": self.records,
                "rejected": self.rejected, "skipped_null": self.skipped_null}


def ordered(counts):
    """Count descending, then key ascending by code points (which is by UTF-8 bytes)."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Result:
    """status: the exit code. answer: the JSON object, where status is 0. place: FILE:LINE:BYTE or,
    of an input that cannot be decompressed, FILE: KIND. rejects: (file, line, byte, reason, raw) of
    the records left out. valid: is all of the input well-formed and every key unique, so that
    --validate used must say the same?"""

    def __init__(self):
        self.status, self.answer, self.place, self.reason = 0, None, None, ""
        self.rejects, self.valid = [], True


def run(query, inputs, options=None):
    """query: q1, q2, q3 or all; inputs: pairs of a name and its bytes."""
    options = options or Options()
    result = Result()
    queries = [Query(name, options) for name in (QUERIES if query == "all" else [query])]
    columns = [column for one in queries for column in one.columns()]
    taken, at = 0, None
    try:
        for name, data in inputs:
            if options.limit is not None and taken >= options.limit:
                break
            for record in formats.records(name, data, options, columns):
                result.valid = result.valid and record.valid
                take(record, name, queries, options, result)
                taken += 1
                if options.limit is not None and taken >= options.limit:
                    break
    except Fatal as error:
        result.status, result.place, result.reason = 1, error.place, error.reason
        result.valid = result.valid and error.well_formed
        return result
    if options.max_errors is not None and len(result.rejects) > options.max_errors:
        result.status = 1
        result.place = "%s:%d:%d" % result.rejects[0][:3]
        result.reason = "more than %d bad records" % options.max_errors
        return result
    answers = [one.answer() for one in queries]
    result.answer = {"query": "all", "answers": answers} if query == "all" else answers[0]
    return result


def take(record, name, queries, options, result):
    """One record into every query. In skip each query leaves out what is bad for itself."""
    first = None
    for one in queries:
        try:
            if record.bad:
                raise Bad(record.bad)
            one.add(record.value)
        except Bad as bad:
            first = first or str(bad)
            one.rejected += 1
    if first is None:
        return
    if options.on_error == "fail":
        place = "%s:%d:%d" % (name, record.line, record.byte)
        raise Fatal(place, first, well_formed=record.bad is None)
    result.rejects.append((name, record.line, record.byte, first, record.raw))


# ---------------------------------------------------------------- the command line

IGNORED = {"threads", "isa", "plan", "memory", "slice", "format", "device", "matcher", "color",
           "progress", "rejects", "stats", "engine"}


def parse_arguments(arguments):
    options, words = Options(), []
    arguments = list(arguments)
    while arguments:
        word = arguments.pop(0)
        if not word.startswith("--"):
            words.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            value = arguments.pop(0)
        name = name.replace("-", "_")
        if name in IGNORED:
            continue
        if name in ("top", "limit", "max_errors"):
            value = int(value)
        if not hasattr(options, name):
            sys.exit("oracle.py: no option --" + name)
        setattr(options, name, value)
    return options, words


def expand(names):
    """A directory stands for its regular files, not hidden, not below, sorted by name bytes."""
    for name in names:
        if os.path.isdir(name):
            entries = sorted(os.listdir(name), key=os.fsencode)
            yield from (os.path.join(name, entry) for entry in entries
                        if not entry.startswith(".") and os.path.isfile(os.path.join(name, entry)))
        else:
            yield name


def read_bytes(name):
    if name == "-":
        return sys.stdin.buffer.read()
    with open(name, "rb") as file:
        return file.read()


def to_json(answer):
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def main():
    options, words = parse_arguments(sys.argv[1:])
    if not words or words[0] not in (*QUERIES, "all"):
        sys.exit("usage: oracle.py q1|q2|q3|all FILE... [--option=value]")
    result = run(words[0], [(name, read_bytes(name)) for name in expand(words[1:])], options)
    if result.status == 0:
        sys.stdout.buffer.write(to_json(result.answer).encode() + b"\n")
    else:
        print("%s: %s" % (result.place, result.reason), file=sys.stderr)
    return result.status


if __name__ == "__main__":
    sys.exit(main())
