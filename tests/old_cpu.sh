#!/usr/bin/env bash
# old_cpu.sh BUILD_DIR: the unit tests and a query on a CPU of 2008, emulated: no AVX of any kind. The
# answer must be the one that this machine gives.
set -eu
cd "$(dirname "$0")/.."
build=$1
old="qemu-x86_64 -cpu Nehalem"
command -v qemu-x86_64 >/dev/null || { echo "SKIPPED: the old CPU: no qemu-x86_64"; exit 0; }
mkdir -p "$build/old_cpu"

$old "$build/bin/bench" --version
for program in "$build"/tests/unit_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    echo "== $program"
    timeout 600 $old "$program"
done
file=$build/old_cpu/tweets.ndjson
"$build/bin/bench" gen tweets --size 2MB --seed 7 -o "$file"
for query in q1 q2 q3; do
    "$build/bin/bench" $query "$file" >"$build/old_cpu/want"
    $old "$build/bin/bench" $query "$file" >"$build/old_cpu/got"
    cmp "$build/old_cpu/want" "$build/old_cpu/got"
done
