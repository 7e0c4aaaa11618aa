"""peer_polars.py QUERY FILE THREADS: Polars, lazy scan with an explicit schema, streaming engine."""
import json
import os
import sys

query, file, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads  # read when polars is imported

import polars as pl

from emoji_pattern import pattern

TEXT = pl.String
SCHEMAS = {"q1": {"date": TEXT, "user": pl.Struct({"username": TEXT})}, "q2": {"content": TEXT}}


def counted(frame, name):
    ordered = frame.group_by(name).agg(pl.len().alias("n"))
    return ordered.top_k(10, by=[pl.col("n"), pl.col(name)], reverse=[False, True])


def plan():
    frame = pl.scan_ndjson(file, schema=SCHEMAS["q1" if query == "q1" else "q2"])
    if query != "q1":
        found = pattern() if query == "q2" else r"@[A-Za-z0-9_]+"
        column = pl.col("content").str.extract_all(found).explode().alias("found")
        frame = frame.select(column).drop_nulls()
        if query == "q3":
            frame = frame.select(pl.col("found").str.slice(1))
        return counted(frame, "found").sort(["n", "found"], descending=[True, False])
    frame = frame.select(day=pl.col("date").str.slice(0, 10),
                         name=pl.col("user").struct.field("username")).drop_nulls()
    users = frame.group_by("day", "name").agg(pl.len().alias("n"))
    best = users.sort(["n", "name"], descending=[True, False]).group_by("day").agg(
        pl.col("n").sum().alias("tweets"), pl.col("name").first(), pl.col("n").first())
    return best.sort(["tweets", "day"], descending=[True, False]).head(10)


rows = plan().collect(engine="streaming").rows()
json.dump(rows, sys.stdout, ensure_ascii=False)
