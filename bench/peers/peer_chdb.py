"""peer_chdb.py QUERY FILE THREADS: chDB (ClickHouse in process) over file() with an explicit schema."""
import json
import sys

import chdb

from emoji_pattern import pattern

COUNT = "GROUP BY found ORDER BY n DESC, found LIMIT 10"


def is_csv(file):
    with open(file, "rb") as opened:
        return opened.read(1) != b"{"


def read(file, columns):
    name = file.replace("\\", "\\\\").replace("'", "\\'")
    if is_csv(file):
        return f"file('{name}', 'CSVWithNames', 'id String, date String, content String, username String')"
    return f"file('{name}', 'JSONEachRow', '{columns}')"


def sql(query, file):
    if query == "q1":
        return f"""
            SELECT day, sum(n) AS tweets, argMin(name, (-n, name)) AS best, max(n) AS most FROM (
                SELECT substring(date, 1, 10) AS day, {"username" if is_csv(file) else "user.username"} AS name, toInt64(count()) AS n
                FROM {read(file, "date String, user Tuple(username String)")} GROUP BY day, name)
            GROUP BY day ORDER BY tweets DESC, day LIMIT 10"""
    found = f"extractAll(content, '{pattern()}')"
    if query == "q3":
        found = "extractAll(content, '@([A-Za-z0-9_]+)')"
    found = found.replace("\\", "\\\\")
    return (f"SELECT arrayJoin({found}) AS found, toInt64(count()) AS n "
            f"FROM {read(file, 'content String')} {COUNT}")


def main():
    query, file, threads = sys.argv[1:]
    settings = (f" SETTINGS max_threads = {int(threads)}, input_format_skip_unknown_fields = 1, "
                "input_format_json_ignore_unknown_keys_in_named_tuple = 1, "
                "output_format_json_quote_64bit_integers = 0")
    text = str(chdb.query(sql(query, file) + settings, "JSONCompact"))
    json.dump(json.loads(text)["data"], sys.stdout, ensure_ascii=False)


main()
