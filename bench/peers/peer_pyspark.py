"""peer_pyspark.py QUERY FILE THREADS [tuned]: PySpark in local mode.

As it comes: an inferred schema and Python functions, as the challenge's own solutions do it. Tuned:
an explicit schema, native functions, one shuffle partition per thread, no web interface.
"""
import json
import re
import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StringType

from emoji_pattern import pattern

query, file, threads = sys.argv[1:4]
TUNED = sys.argv[4:] == ["tuned"]
SCHEMA = "date STRING, user STRUCT<username: STRING>" if query == "q1" else "content STRING"


def session():
    builder = SparkSession.builder.master(f"local[{threads}]").appName("peer")
    builder = builder.config("spark.driver.memory", "4g").config("spark.log.level", "ERROR")
    if TUNED:
        builder = (builder.config("spark.ui.enabled", "false")
                   .config("spark.sql.shuffle.partitions", threads)
                   .config("spark.sql.files.maxPartitionBytes", "64m")
                   .config("spark.sql.adaptive.enabled", "false"))
    return builder.getOrCreate()


def finder():
    found = pattern() if query == "q2" else "@([A-Za-z0-9_]+)"
    if TUNED:
        return F.regexp_extract_all("content", F.lit(found), F.lit(0 if query == "q2" else 1))
    find = re.compile(found).findall
    return F.udf(lambda text: find(text) if text else [], ArrayType(StringType()))("content")


def answer(frame):
    n = F.count(F.lit(1)).alias("n")
    if query != "q1":
        found = frame.select(F.explode(finder()).alias("found"))
        return found.groupBy("found").agg(n).orderBy(F.desc("n"), "found").limit(10)
    users = (frame.select(F.substring("date", 1, 10).alias("day"), F.col("user.username").alias("name"))
             .dropna().groupBy("day", "name").agg(n))
    days = users.groupBy("day").agg(F.sum("n").alias("tweets"))
    days = days.orderBy(F.desc("tweets"), "day").limit(10)
    best = Window.partitionBy("day").orderBy(F.desc("n"), "name")
    rows = users.join(days, "day").withColumn("place", F.row_number().over(best))
    rows = rows.where("place = 1").orderBy(F.desc("tweets"), "day")
    return rows.select("day", "tweets", "name", "n")


def main():
    spark = session()
    # Dates stay text either way: nothing is inferred of them by default.
    read = spark.read.schema(SCHEMA) if TUNED else spark.read
    rows = [list(row) for row in answer(read.json(file)).collect()]
    json.dump(rows, sys.stdout, ensure_ascii=False)
    spark.stop()


main()
