#!/usr/bin/env bash
# check_deep.sh: what `make check-deep` runs: the same tests under sanitizers, on an old CPU, without
# each of the libraries; 10,000 random inputs; and the fuzz targets, each for FUZZ_SECONDS.
set -u
cd "$(dirname "$0")/.."
. tests/steps.sh
export FUZZ_SECONDS=${FUZZ_SECONDS:-15}

# build NAME DIR [cmake options...]
build()
{
    local name=$1 dir=$2
    shift 2
    configure_and_build()
    {
        cmake -S . -B "$dir" "$@" && cmake --build "$dir" -j"$jobs"
    }
    step "$name" configure_and_build "$@"
}

# Both compilers, warnings as errors.
build 'build with clang' build-clang --preset release -B build-clang -DCMAKE_C_COMPILER=clang \
    -DLR_WERROR=ON && step_ctest 'unit tests built by clang' build-clang -L unit

# Address and undefined behaviour: the kernels, the command line, and random inputs against the oracle.
# What looks at a program from outside (its memory, its calls that are made to fail, its speed) says
# nothing of one that a sanitizer has changed.
export ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
build 'build with ASan and UBSan' build-dev --preset dev &&
    BENCH_FILES=300 step_ctest 'tests under ASan and UBSan' build-dev \
        -R '^(unit_.*|replay_.*|test_cli|test_differential)$' && {
    export BENCH_WAYS=2 BENCH_FILES=20 # every query file takes six minutes there
    step_ctest 'the emulated device under ASan and UBSan' build-dev \
        -R '^(unit_emulate|emulated_device|emulated_differential)$'
    unset BENCH_WAYS BENCH_FILES
}

# Threads. Archer tells ThreadSanitizer what OpenMP's barriers order. Left out: what has one thread.
alone='^(unit_(json.*|scan|match.*|dates|text|table|options)|replay_.*)$'
build 'build with TSan' build-tsan --preset tsan && {
    export OMP_TOOL_LIBRARIES=libarcher.so TSAN_OPTIONS=ignore_noninstrumented_modules=1
    step_ctest 'unit tests under TSan' build-tsan -L unit -E "$alone"
    step 'queries under TSan' bash tests/tsan_queries.sh build-tsan
}

# Memory that nobody has written. What a library writes is told it by LR_WROTE; OpenMP's runtime reads
# strings of its own, which it is not told.
build 'build with MSan' build-msan --preset msan && {
    export MSAN_OPTIONS=intercept_strlen=0
    BENCH_FILES=200 step_ctest 'tests under MSan' build-msan -R '^(unit_.*|replay_.*|test_differential)$'
}

# Each library left out in turn; the last build has none of them, and runs all that it can.
for option in LR_HYPERSCAN LR_ZSTD LR_ISAL; do
    build "build without $option" "build-no-$option" --preset release -B "build-no-$option" \
        -D$option=OFF -DLR_MICRO=OFF &&
        step_ctest "tests without $option" "build-no-$option" -R '^unit_(unpack|source|match|options)$'
done
build 'build with no library' build-bare --preset release -B build-bare -DLR_HYPERSCAN=OFF \
    -DLR_ZSTD=OFF -DLR_ISAL=OFF -DLR_MICRO=OFF &&
    step_ctest 'unit tests with no library' build-bare -L unit

# A CPU without AVX: what was built for any x86-64 runs its plain tier there.
build 'build' build --preset release && {
    step 'an old CPU' bash tests/old_cpu.sh build
    BENCH_FILES=10000 step_ctest '10,000 random inputs' build -R '^test_differential$'
}

# What needs a browser or Jupyter: a page that overflows or raises an error, notebooks cell by cell.
step 'the report page in Chromium' env BENCH="$PWD/build/bin/bench" BENCH_CHROMIUM=required \
    python3 tests/test_report.py
step 'the notebooks in Jupyter' env BENCH="$PWD/build/bin/bench" python3 tests/notebooks.py
step 'fuzzing' bash tests/fuzz/fuzz.sh
end_of_steps
