#!/usr/bin/env bash
# check.sh: what `make check` runs.
set -u
cd "$(dirname "$0")/.."
. tests/steps.sh

configure()
{
    cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DLR_WERROR=ON
}

step configure configure &&
    step build cmake --build build -j"$jobs" || { end_of_steps; exit 1; }
command -v nvcc /usr/local/cuda/bin/nvcc >/dev/null ||
    echo "SKIPPED: the device's half is not compiled by nvcc, which is not here (it is emulated)"
step_ctest tests build -L 'unit|query|cli|emulated|gpu'
step install bash tests/install/check_install.sh build
step format bash tests/check_format.sh
end_of_steps
