#!/usr/bin/env bash
# fuzz.sh: every fuzz target for FUZZ_SECONDS, from its corpus in tests/fuzz/corpus. What it finds
# beyond the corpus stays in build-fuzz/found; an input that breaks a target in build-fuzz/crash.
# FUZZ_TARGETS="json mention" runs only these.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
cmake --preset fuzz
cmake --build build-fuzz -j"${JOBS:-$(nproc)}"
export UBSAN_OPTIONS=print_stacktrace=1

status=0 n=0
for target in build-fuzz/tests/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    if [ -n "${FUZZ_TARGETS:-}" ] && [[ " $FUZZ_TARGETS " != *" $name "* ]]; then
        continue
    fi
    n=$((n + 1))
    mkdir -p "build-fuzz/found/$name" build-fuzz/crash
    corpus=tests/fuzz/corpus/$name
    [ -d "$corpus" ] || corpus=
    echo "== $name"
    # shellcheck disable=SC2086 # an absent corpus is no argument
    "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="build-fuzz/crash/$name-" "build-fuzz/found/$name" $corpus 2>&1 |
        tail -40 || { status=1; echo "FAILED: fuzz_$name"; }
done
[ $n -gt 0 ] || echo "SKIPPED: fuzzing: there is no target"
exit $status
