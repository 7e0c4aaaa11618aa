"""peer_python.py QUERY FILE THREADS: the standard library: json.loads and a Counter, a process each."""
import json

import peer_lines


def records(query, lines):
    for line in lines:
        record = json.loads(line)
        if query == "q1":
            yield record.get("date"), (record.get("user") or {}).get("username")
        else:
            yield record.get("content")


def work(query, file, begin, end):
    return peer_lines.count(query, records(query, peer_lines.lines_of(file, begin, end)))


if __name__ == "__main__":
    peer_lines.main(work)
