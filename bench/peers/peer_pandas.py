"""peer_pandas.py QUERY FILE THREADS: pandas in chunks, for the whole file does not fit.

read_json has no projection and no threads: every column is parsed, by one thread.
"""
import json
import sys

import pandas as pd

from emoji_pattern import pattern

CHUNK = 20_000


def count(query, chunk):
    if query == "q1":
        names = chunk["user"].map(lambda user: (user or {}).get("username"))
        return pd.DataFrame({"day": chunk["date"].str[:10], "name": names}).value_counts()
    found = pattern() if query == "q2" else "@([A-Za-z0-9_]+)"
    return chunk["content"].str.findall(found).explode().value_counts()


def answer(query, counts):
    if query != "q1":
        frame = counts.rename_axis("key").reset_index(name="n")
        return frame.sort_values(["n", "key"], ascending=[False, True]).head(10).values.tolist()
    frame = counts.rename_axis(["day", "name"]).reset_index(name="n")
    frame = frame.sort_values(["n", "name"], ascending=[False, True])
    days = frame.groupby("day").agg(tweets=("n", "sum"), name=("name", "first"), n=("n", "first"))
    days = days.reset_index().sort_values(["tweets", "day"], ascending=[False, True])
    return days.head(10)[["day", "tweets", "name", "n"]].values.tolist()


def main():
    query, file, _ = sys.argv[1:]
    counts = None
    for chunk in pd.read_json(file, lines=True, chunksize=CHUNK, dtype=False, convert_dates=False):
        part = count(query, chunk)
        counts = part if counts is None else counts.add(part, fill_value=0)
    rows = answer(query, counts.astype(int))
    json.dump(rows, sys.stdout, ensure_ascii=False)


main()
