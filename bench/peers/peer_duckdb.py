"""peer_duckdb.py QUERY FILE THREADS: DuckDB over read_json with an explicit schema and projection.

records=true matters: with a single column DuckDB else reads the first 20480 lines by one thread to
find out whether they are records, 0.3 s of a process.
"""
import json
import sys

import duckdb

from emoji_pattern import pattern

CONTENT = "columns={content: 'VARCHAR'}"
Q1_COLUMNS = "columns={date: 'VARCHAR', \"user\": 'STRUCT(username VARCHAR)'}"
COUNT = "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"


def is_csv(file):
    with open(file, "rb") as opened:
        return opened.read(1) != b"{"


def read(file, columns):
    name = file.replace("'", "''")
    if is_csv(file):
        return f"read_csv('{name}', header=true, delim=',', quote='\"', escape='\"', columns={{id: 'VARCHAR', date: 'VARCHAR', content: 'VARCHAR', username: 'VARCHAR'}}, strict_mode=true)"
    return f"read_json('{name}', format='newline_delimited', records=true, {columns})"


def sql(query, file):
    if query == "q1":
        name = "username" if is_csv(file) else '"user".username'
        return f"""
            WITH users AS (SELECT substr(date, 1, 10) AS day, {name} AS name, count(*) AS n
                           FROM {read(file, Q1_COLUMNS)}
                           WHERE date IS NOT NULL AND {name} IS NOT NULL GROUP BY ALL),
                 days AS (SELECT day, sum(n)::BIGINT AS tweets FROM users {COUNT})
            SELECT day, tweets, name, n FROM users JOIN days USING (day)
            QUALIFY row_number() OVER (PARTITION BY day ORDER BY n DESC, name) = 1
            ORDER BY tweets DESC, day"""
    if query == "q2":
        found = f"regexp_extract_all(content, '{pattern()}')"
    else:
        found = "regexp_extract_all(content, '@([A-Za-z0-9_]+)', 1)"
    return f"SELECT unnest({found}) AS found, count(*) FROM {read(file, CONTENT)} {COUNT}"


def main():
    query, file, threads = sys.argv[1:]
    db = duckdb.connect()
    db.execute(f"SET threads = {int(threads)}; SET preserve_insertion_order = false")
    json.dump(db.execute(sql(query, file)).fetchall(), sys.stdout, ensure_ascii=False)


main()
