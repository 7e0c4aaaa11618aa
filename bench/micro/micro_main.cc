/*
 * micro_main.cc: hands the rows of micro.c to google-benchmark, once per tier. The only C++ of the
 * project. Every tier is compared with the reference first: a wrong kernel has no speed.
 *
 *     bench_micro [--benchmark_filter=scan_strings] [--benchmark_format=json] ...
 *
 * GB/s are of the input (10^9 bytes); share is that of a plain read of as much memory.
 */
#include "micro.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

static lr_micro_input *input;
static double read_bytes_per_second;

/* The row memory/read, timed by hand: what the shares are of. */
static double measure_read()
{
    double best = 1e9;
    uint64_t n = 0;

    for (int i = 0; i < 25; i++) {
        const auto start = std::chrono::steady_clock::now();
        n = lr_micros[0].run(input, nullptr);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::min(best, seconds.count());
    }
    return (double)n / best;
}

static void time_row(benchmark::State &state, const lr_micro *micro, uint32_t tier)
{
    using benchmark::Counter;
    uint64_t bytes = 0;

    lr_micro_choose(input, tier);
    for (auto _ : state)
        bytes += micro->run(input, nullptr);
    state.counters["GB/s"] = Counter((double)bytes / 1e9, Counter::kIsRate);
    state.counters["share"] = Counter((double)bytes / read_bytes_per_second, Counter::kIsRate);
}

/* Does the tier answer what the reference answers? */
static bool agrees(const lr_micro *micro, uint32_t tier)
{
    uint64_t want = 0, got = 0;

    lr_micro_choose(input, 0);
    const uint64_t want_bytes = micro->run(input, &want);
    lr_micro_choose(input, tier);
    const uint64_t bytes = micro->run(input, &got);
    if (got == want && bytes == want_bytes)
        return true;
    std::fprintf(stderr, "%s, %s: not what the reference answers\n", micro->kernel,
                 lr_micro_tier_name(tier));
    return false;
}

int main(int argc, char **argv)
{
    lr_error error = {{0}};

    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return LR_E_USAGE;
    const lr_status status = lr_micro_input_new(&input, &error);
    if (status != LR_OK) {
        std::fprintf(stderr, "%s\n", error.message);
        return status;
    }
    for (const lr_micro *micro = lr_micros; micro->kernel != nullptr; micro++) {
        for (uint32_t tier = 0; tier < lr_micro_tiers(); tier++) {
            if (!lr_micro_has(micro, tier))
                continue;
            if (!agrees(micro, tier))
                return LR_E_DATA;
            std::string name = micro->kernel;
            if (micro != lr_micros)
                name += std::string("/") + lr_micro_tier_name(tier);
            benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State &state) {
                time_row(state, micro, tier);
            })->Unit(benchmark::kMicrosecond);
        }
    }
    read_bytes_per_second = measure_read();
    benchmark::AddCustomContext("input", "tweets (csv: mock), 16 MiB, seed 1");
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    lr_micro_input_free(input);
    return LR_OK;
}
