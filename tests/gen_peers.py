#!/usr/bin/env python3
"""gen_peers.py FILE...: DuckDB, Polars, pandas and Spark read what `bench gen` wrote; for test_gen.py.

Goal: each reads every record of every good recipe; of those that are broken, or full of traps, it is
said for each reader what it does, so that a change of either is seen: it reads all records, or refuses
the file with the words named here, or leaves out records, and then exactly those that are named here.
Method: the answer key beside the file says how many records there are and which are broken how. What
a reader takes as a row of nulls (or of _corrupt_record) is compared line by line.
"""
import json
import re
import sys

import duckdb
import pandas
import polars
from pyspark.sql import SparkSession

REFUSES = {  # recipe, reader: what its error says, at the first thing that it does not take
    ("bad", "duckdb"): r"Malformed JSON in file .* in line \d+",
    ("bad", "pandas"): r"codec can't decode byte",
    ("bad", "polars"): r"Syntax at character",
    ("adversarial", "duckdb"): r"byte order mark \(BOM\) is not supported",
    ("adversarial", "pandas"): r"Expected object or value",  # the BOM
    ("adversarial", "polars"): r"TapeError",  # the BOM
    ("adversarial array", "duckdb"): r"surrogate in string",  # lone ones
    ("adversarial array", "pandas"): r"Value is too big",
    ("adversarial array", "polars"): r"InvalidNumber",  # longer than 64 bits
}
TAKES = {  # ways of breaking a record that are none for this reader
    "duckdb, ignoring errors": {"comma before the brace", "nested too deep"},
    "spark": {"not an object", "overlong UTF-8", "surrogate in UTF-8", "two values"},
}
ALL_QUERIES = {"q1", "q2", "q3", "q3 field"}  # a record that these leave out is no JSON
SPARK_DEPTH = 1000  # Jackson's limit; the contract has 1024, and adversarial goes there

wrong = []


def check(condition, what):
    if not condition:
        wrong.append(what)


def reads_or_refuses(recipe, reader, n, count):
    """All n records, or the error that is expected here."""
    expected = REFUSES.get((recipe, reader))
    try:
        found = count()
    except Exception as error:  # pylint: disable=broad-except # readers have classes of their own
        check(expected is not None and re.search(expected, str(error)),
              "%s: %s: %s" % (recipe, reader, str(error)[:200]))
    else:
        check(expected is None, "%s: %s refuses it no more" % (recipe, reader))
        check(found == n, "%s: %s reads %d of %d" % (recipe, reader, found, n))


def compare_left_out(recipe, reader, left_out, kinds):
    """left_out: lines of NDJSON that became rows of nulls; kinds: of broken lines, in what way."""
    taken = {kinds[line] for line in kinds if line not in left_out}
    check(left_out <= set(kinds), "%s: %s leaves out good lines: %s"
          % (recipe, reader, sorted(left_out - set(kinds))[:9]))
    check(taken == TAKES[reader], "%s: %s takes %s" % (recipe, reader, sorted(taken)))


def depth(line):
    level = deepest = 0
    for c in re.sub(r'"(?:[^"\\]|\\.)*"', "", line):
        level += (c in "[{") - (c in "]}")
        deepest = max(deepest, level)
    return deepest


def duckdb_rows(path, lines, options=""):
    kind = "newline_delimited" if lines else "array"
    return duckdb.sql("select date, content from read_json('%s', format='%s', records=true, "
                      "columns={date: 'JSON', content: 'JSON'}%s)" % (path, kind, options)).fetchall()


def check_json(spark, path, recipe, key, kinds):
    """recipe: its name, with " array" where it is one."""
    lines, n = key["format"] == "ndjson", key["records"]
    reads_or_refuses(recipe, "duckdb", n, lambda: len(duckdb_rows(path, lines)))
    reads_or_refuses(recipe, "pandas", n, lambda: len(pandas.read_json(path, lines=lines)))
    reads_or_refuses(recipe, "polars", n, lambda: (
        polars.read_ndjson if lines else polars.read_json)(path, infer_schema_length=None).height)
    frame = spark.read.schema("date string, content string, _corrupt_record string").json(
        path, lineSep="\n", multiLine=not lines).cache()
    rows = frame.coalesce(1).collect()
    corrupt = {i + 1: row[2] for i, row in enumerate(rows) if row[2] is not None}
    if recipe == "adversarial array":
        check(len(rows) == len(corrupt) == 1, "%s: spark takes it for one corrupt record" % recipe)
        return
    check(len(rows) == n, "%s: spark reads %d of %d" % (recipe, len(rows), n))
    if recipe == "bad":
        compare_left_out(recipe, "spark", set(corrupt), kinds)
        rows = duckdb_rows(path, lines, ", ignore_errors=true")
        check(len(rows) == n, "%s: duckdb, ignoring errors, reads %d of %d" % (recipe, len(rows), n))
        compare_left_out(recipe, "duckdb, ignoring errors",
                         {i + 1 for i, row in enumerate(rows) if row == (None, None)}, kinds)
        return
    check(all(depth(line) > SPARK_DEPTH for line in corrupt.values()), "%s: spark leaves out others than "
          "deep records: %s" % (recipe, [line[:60] for line in corrupt.values()][:3]))
    with open(path, encoding="utf-8") as file:
        deep = sum(depth(line) > SPARK_DEPTH for line in file) if lines else 0
    check(len(corrupt) == deep, "%s: spark leaves out %d of %d deep records" % (recipe, len(corrupt), deep))


def check_csv(spark, path, recipe, key):
    n = key["records"]
    with open(path, encoding="utf-8") as file:
        delimiter = file.readline()[2]  # behind "id"
    reads_or_refuses(recipe, "duckdb", n, lambda: duckdb.sql(
        "select count(*) from read_csv('%s', delim='%s', header=true)" % (path, delimiter)).fetchall()[0][0])
    reads_or_refuses(recipe, "pandas", n, lambda: len(pandas.read_csv(path, sep=delimiter)))
    reads_or_refuses(recipe, "polars", n, lambda: polars.read_csv(path, separator=delimiter).height)
    reads_or_refuses(recipe, "spark", n, lambda: spark.read.csv(
        path, sep=delimiter, header=True, multiLine=True, escape='"').count())


def main():
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    for path in sys.argv[1:]:
        with open(path + ".answers.json", encoding="utf-8") as file:
            key = json.load(file)
        kinds = {place["line"]: place["kind"] for place in key.get("places", [])
                 if set(place["bad_for"]) == ALL_QUERIES}
        before = len(wrong)
        if key["format"] == "csv":
            check_csv(spark, path, key["recipe"], key)
        else:
            array = " array" if key["format"] == "json" else ""
            check_json(spark, path, key["recipe"] + array, key, kinds)
        print("%s: %s" % (path.rsplit("/", 1)[-1], "as expected" if len(wrong) == before else "NOT SO"))
    for what in wrong:
        print(what, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
