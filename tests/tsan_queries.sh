#!/usr/bin/env bash
# tsan_queries.sh BUILD: the queries of a ThreadSanitizer build, on eight threads and small slices, in both
# plans and formats; each answer must be that of one thread. A race ends a run with another exit code.
set -eu
bench=$1/bin/bench
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TSAN_OPTIONS="${TSAN_OPTIONS:-} halt_on_error=1 exitcode=66"

"$bench" gen tweets --records 1500 --seed 7 -o "$folder/tweets.ndjson" 2>/dev/null
"$bench" gen tweets --records 1500 --seed 7 --format json -o "$folder/tweets.json" 2>/dev/null
"$bench" gen mock --records 20000 --seed 7 -o "$folder/mock.csv" 2>/dev/null
"$bench" gen tweets --records 1500 --seed 7 -o "$folder/tweets.ndjson.zst" 2>/dev/null
for file in tweets.ndjson tweets.json mock.csv tweets.ndjson.zst; do
    for query in q1 q2 q3 all; do
        want=$("$bench" $query --threads 1 --format json "$folder/$file" 2>/dev/null)
        for plan in time memory; do
            got=$("$bench" $query --threads 8 --slice 9000 --plan $plan --memory 4GiB --format json \
                "$folder/$file" 2>"$folder/err") || { cat "$folder/err"; exit 1; }
            [ "$got" = "$want" ] || { echo "$query $plan $file: another answer"; exit 1; }
        done
    done
done
echo "32 answers of eight threads equal those of one"
