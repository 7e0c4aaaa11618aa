#!/usr/bin/env bash
# gate.sh: what `make gate` runs: the only timed checks, this tree against the commit before it.
set -u
cd "$(dirname "$0")/.."
. tests/steps.sh

gate()
{
    python3 bench/measure/gate.py | tee build/log/gate.txt
    return "${PIPESTATUS[0]}"
}

step "build" bash -c "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build -j$jobs"
step "instructions, and paired runs against the commit before" gate
grep -aE 'WARNING|accepted:' build/log/gate.txt || true
# What the kept history says: reported, never a failure.
python3 bench/measure/history.py || true
end_of_steps
