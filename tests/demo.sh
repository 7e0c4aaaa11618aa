#!/usr/bin/env bash
# demo.sh: build, generate a small data set, answer the three questions over it.
set -eu
cd "$(dirname "$0")/.."
file=build/demo/tweets.ndjson

cmake -S . -B build -DCMAKE_BUILD_TYPE=Release >/dev/null
echo "building build/bin/bench"
cmake --build build -j"${JOBS:-$(nproc)}" --target bench >build/demo-build.log 2>&1 ||
    { tail -40 build/demo-build.log; exit 1; }
mkdir -p build/demo

show()
{
    echo
    echo "\$ $*"
    "$@"
}
show build/bin/bench gen tweets --size "${DEMO_SIZE:-50MB}" --seed 42 -o $file
for query in q1 q2 q3; do
    show build/bin/bench $query $file
done
