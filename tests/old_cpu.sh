#!/usr/bin/env bash
# old_cpu.sh BUILD_DIR: the unit tests and the queries on a CPU of 2008, emulated: no AVX of any kind.
# The answers must be those that this machine gives. Emulation is slow: a unit test that has found
# nothing after 40 seconds is ended, and said to be.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
old="qemu-x86_64 -cpu Nehalem"
command -v qemu-x86_64 >/dev/null || { echo "SKIPPED: the old CPU: no qemu-x86_64"; exit 0; }
mkdir -p "$build/old_cpu"

$old "$build/bin/bench" --version
for program in "$build"/tests/unit_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    echo "== $program"
    status=0
    timeout 40 $old "$program" || status=$?
    [ $status != 124 ] || echo "SKIPPED: the rest of ${program##*/} on the old CPU: 40 s are over"
    [ $status = 0 ] || [ $status = 124 ]
done
file=$build/old_cpu/tweets.ndjson
"$build/bin/bench" gen tweets --size 2MB --seed 7 -o "$file"
for query in q1 q2 q3; do
    "$build/bin/bench" $query "$file" >"$build/old_cpu/want"
    $old "$build/bin/bench" $query "$file" >"$build/old_cpu/got"
    cmp "$build/old_cpu/want" "$build/old_cpu/got"
done

# What is generated there is what is generated here, digest in the key included: as a whole by some
# numbers of threads, and in parts.
for recipe in tweets tweets-later mock adversarial "bad --each 3"; do
    "$build/bin/bench" gen $recipe --records 1000 -o - --answers "$build/old_cpu/want.json" >"$build/old_cpu/want"
    for threads in 1 3; do
        $old "$build/bin/bench" gen $recipe --records 1000 --threads $threads -o - \
            --answers "$build/old_cpu/got.json" >"$build/old_cpu/got"
        cmp "$build/old_cpu/want" "$build/old_cpu/got"
        cmp "$build/old_cpu/want.json" "$build/old_cpu/got.json"
    done
    for parts in 2 7; do
        for part in $(seq $parts); do
            $old "$build/bin/bench" gen $recipe --records 1000 --parts $parts --part $part -o -
        done >"$build/old_cpu/got"
        cmp "$build/old_cpu/want" "$build/old_cpu/got"
    done
done
