"""peer_lines.py: what the line-by-line peers share: ranges of whole lines, counting, the answers."""
import collections
import concurrent.futures
import json
import os
import re
import sys

from emoji_pattern import pattern

MENTION = re.compile(r"@([A-Za-z0-9_]+)")


def ranges(file, n):
    """n ranges of whole lines that together are the file."""
    size, ends = os.path.getsize(file), [0]
    with open(file, "rb") as lines:
        for i in range(1, n):
            lines.seek(max(size * i // n, ends[-1]))
            lines.readline()
            ends.append(lines.tell())
    return list(zip(ends, ends[1:] + [size]))


def lines_of(file, begin, end):
    with open(file, "rb", buffering=1 << 20) as lines:
        lines.seek(begin)
        while begin < end:
            line = lines.readline()
            begin += len(line)
            if line.strip():
                yield line


def count(query, records):
    """Counts of keys; a record is a pair (date, username) in q1, else a content."""
    counts = collections.Counter()
    if query == "q1":
        for date, name in records:
            if date is not None and name is not None:
                counts[date[:10], name] += 1
        return counts
    emojis = query == "q2"
    find = re.compile(pattern()).findall if emojis else MENTION.findall
    for content in records:
        # Every sequence holds a character outside ASCII, also those that begin with a digit.
        if content is not None and not (emojis and content.isascii()):
            counts.update(find(content))
    return counts


def answer(query, counts):
    """The first ten: most first, then by key."""
    if query != "q1":
        return [list(row) for row in sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:10]]
    days, best = collections.Counter(), {}
    for (day, name), n in counts.items():
        days[day] += n
        best[day] = min(best.get(day, (0, "")), (-n, name))
    top = sorted(days.items(), key=lambda row: (-row[1], row[0]))[:10]
    return [[day, tweets, best[day][1], -best[day][0]] for day, tweets in top]


def main(work):
    """work(query, file, begin, end) counts a range; one process per thread asked for."""
    query, file, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    counts = collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(threads) as pool:
        parts = [pool.submit(work, query, file, *part) for part in ranges(file, threads)]
        for part in parts:
            counts.update(part.result())
    json.dump(answer(query, counts), sys.stdout, ensure_ascii=False)
