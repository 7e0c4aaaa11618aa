/*
 * unit_emulate.c: the emulation proves itself: what is right comes out right under every schedule, and what
 * is wrong, as planted in planted.cu, is caught. Its first check also says how often.
 */
#include "check.h"
#include "emulate_runtime.h"
#include "planted.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 6 * PLANTED_BLOCK, PER_THREAD_MAX = 16 };

static uint32_t src[N], want[PER_THREAD_MAX * N], got[PER_THREAD_MAX * N];

/* The next schedule: each order, each number of blocks. */
static void set_schedule(check_rng *rng, int i)
{
    lr_emulate.seed = check_random(rng);
    lr_emulate.order = (lr_emulate_order)(LR_EMULATE_FORWARD + i % 3);
    lr_emulate.resident = 1 + (uint32_t)i / 3 % 4;
}

/* Runs it; what it gave is in got. The report of the emulation, or NULL. */
static const char *run(planted *what)
{
    memset(got, 0, sizeof got);
    cudaDeviceReset();
    lr_emulate_catch();
    const int error = what(src, got, N);
    const char *report = lr_emulate_caught();
    CHECK(report != NULL || error == 0, "%s", cudaGetErrorString((cudaError_t)error));
    return report;
}

static void check_right(check_rng *rng, planted *what, size_t n, const char *name)
{
    for (int i = 0; i < 24; i++) {
        set_schedule(rng, i);
        const char *report = run(what);
        CHECK(report == NULL, "%s: %s", name, report);
        for (size_t k = 0; k < n; k++)
            CHECK(got[k] == want[k], "%s, schedule %d: %zu: %u, not %u", name, i, k, got[k],
                  want[k]);
    }
}

/* How many of the schedules catch it: a report that holds the words, or, where there are none, a wrong result. */
static int count_caught(check_rng *rng, planted *what, size_t n, const char *words)
{
    int caught = 0;

    for (int i = 0; i < 24; i++) {
        set_schedule(rng, i);
        const char *report = run(what);
        if (words == NULL)
            caught += memcmp(got, want, n * sizeof *got) != 0;
        else
            caught += report != NULL && strstr(report, words) != NULL;
    }
    return caught;
}

#define RIGHT(name, n) check_right(rng, planted_##name, n, #name)
#define WRONG(name, n, words, least)                                                               \
    do {                                                                                           \
        const int caught = count_caught(rng, planted_##name, n, words);                            \
        printf("  %s: caught by %d of 24 schedules\n", #name, caught);                             \
        CHECK(caught >= (least), "%s was caught by %d of 24 schedules only", #name, caught);       \
    } while (0)

/* Goal: a barrier orders what is on both sides of it, and one that is missing shows.
 * Method: threads read what other threads of the block, or lanes of the warp, have written. */
static void check_barriers(check_rng *rng)
{
    for (uint32_t i = 0; i < N; i++) {
        src[i] = (uint32_t)check_random(rng);
        want[i] = 0;
    }
    for (uint32_t i = 0; i < N; i++)
        want[i] = src[i / PLANTED_BLOCK * PLANTED_BLOCK + (i + 33) % PLANTED_BLOCK];
    RIGHT(rotate, N);
    WRONG(rotate_without_barrier, N, NULL, 20);
    WRONG(without_wait, N, NULL, 4);
    for (uint32_t i = 0; i < N; i++)
        want[i] = src[i ^ 1];
    RIGHT(swap, N);
    WRONG(swap_without_syncwarp, N, NULL, 20);
}

/* Goal: blocks may wait for blocks that have begun, and for no others.
 * Method: a scan with look-back that hands out tiles by a counter holds under every schedule; one that goes by the
 * number of the block, or that waits in a loop without lr_spin(), is reported as soon as blocks begin in
 * another order. */
static void check_look_back(check_rng *rng)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < N; i++) {
        src[i] = (uint32_t)check_below(rng, 1000);
        want[i] = sum += src[i];
    }
    RIGHT(scan, N);
    WRONG(scan_by_block_number, N, "wait for ever", 6);
    lr_emulate.steps_max = 100000;
    WRONG(scan_without_spin, N, "without lr_spin", 6);
    lr_emulate.steps_max = 20000000;
}

/* Goal: atomic operations lose nothing, and what is not atomic does.
 * Method: numbers are counted, once in a way that loses a count where a thread is stopped between reading and
 * writing; and collected into a table by compare-and-swap. */
static void check_atomics(check_rng *rng)
{
    memset(want, 0, sizeof want);
    for (uint32_t i = 0; i < N; i++) {
        src[i] = 1 + (uint32_t)check_below(rng, 7);
        want[src[i]] += PLANTED_ROUNDS;
    }
    RIGHT(count, N);
    WRONG(count_without_atomics, N, NULL, 2);
    WRONG(other_stream, N, NULL, 2);
    for (int i = 0; i < 24; i++) {
        bool seen[8] = {false};
        set_schedule(rng, i);
        CHECK(run(planted_distinct) == NULL, "schedule %d", i);
        for (uint32_t k = 0; k < N; k++) {
            CHECK(got[k] < 8 && (got[k] == 0 || !seen[got[k]]), "%u twice", got[k]);
            seen[got[k]] = true;
        }
    }
}

/* Goal: shuffles, votes and ballots give what the CUDA C++ Programming Guide says.
 * Method: the numbers are 100 + i, so that the expected values are written down by lane. */
static void check_values(check_rng *rng)
{
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t lane = i % 32, warp = i - lane;
        uint32_t *w = want + 16 * i;
        src[i] = 100 + i;
        w[0] = 0x49249249; /* 0, 3, 6, ... 30 */
        w[1] = 1;          /* one is lane 31, none is 32 */
        w[2] = 1;          /* all are below 32, not below 31 */
        w[3] = 100 + warp + 5;
        w[4] = 100 + warp + lane / 8 * 8 + (lane + 1) % 8; /* turns within 8 */
        w[5] = 100 + warp + (lane < 3 ? lane : lane - 3);
        w[6] = 100 + warp + (lane % 8 < 3 ? lane : lane - 3);
        w[7] = 100 + warp + (lane > 28 ? lane : lane + 3);
        w[8] = 100 + warp + (lane % 16 > 12 ? lane : lane + 3);
        w[9] = 100 + warp + (lane ^ 9);
        w[10] = lane < 16 ? 0xAAAA : 0x55550000;
        w[11] = 100 + warp + 7;
        w[12] = 0xFFu << lane / 8 * 8;
        w[13] = 1;
        w[14] = lane; /* the old values: 0 and lane */
        w[15] = lane < 7 ? lane : 7;
    }
    RIGHT(collectives, 16 * N);
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t values[8] = {
            26, 1, 0, 1, 0, N / PLANTED_BLOCK, PLANTED_BLOCK, i / PLANTED_BLOCK};
        memcpy(want + 8 * i, values, sizeof values);
    }
    RIGHT(blocks, 8 * N);
}

/* Goal: divergence is an error, whatever the schedule. */
static void check_divergence(check_rng *rng)
{
    WRONG(half_barrier, 0, "barrier", 24);
    WRONG(two_barriers, 0, "different barriers", 24);
    WRONG(gone_lane, 0, "has gone", 24);
    WRONG(two_masks, 0, "different calls", 24);
    WRONG(foreign_lane, 0, "outside its mask", 24);
    WRONG(not_named, 0, "its own lane", 24);
    WRONG(early, 0, "never reaches", 24);
}

/* Does it end its process by a signal? */
static bool dies(planted *what)
{
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        CHECK(freopen("/dev/null", "w", stderr) != NULL, "/dev/null");
        signal(SIGSEGV, SIG_DFL);
        cudaDeviceReset();
        _exit(what(src, got, N) != 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child, "no child");
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Goal: memory of the device is not written behind its end, nor touched by the host; faults can be asked for.
 * Method: each in a child, which must die; then each kind of fault at its call. */
static void check_memory(check_rng *rng)
{
    set_schedule(rng, 0);
    CHECK(!dies(planted_rotate), "what is right must live");
    CHECK(dies(planted_behind_the_end), "a write behind the end");
    CHECK(dies(planted_touch_device), "the host reads memory of the device");
    CHECK(dies(planted_free_wild), "what was never allocated is freed");

    static const struct {
        const char *call;
        uint64_t at;
        cudaError_t error;
    } faults[] = {{"cudaMalloc", 2, cudaErrorMemoryAllocation},
                  {"cudaMemcpy", 3, cudaErrorLaunchFailure},
                  {"launch", 1, cudaErrorLaunchFailure},
                  {"any", 1, cudaErrorMemoryAllocation}};
    for (size_t i = 0; i < LR_COUNT_OF(faults); i++) {
        cudaDeviceReset();
        lr_emulate.fail_call = faults[i].call;
        lr_emulate.fail_at = faults[i].at;
        const int error = planted_rotate(src, got, N);
        CHECK(error == (int)faults[i].error, "%s: %d", faults[i].call, error);
    }
    lr_emulate.fail_call = NULL;
    cudaDeviceReset();
    const uint64_t all = lr_emulate.memory_bytes;
    lr_emulate.memory_bytes = 4096;
    CHECK(planted_rotate(src, got, N) == (int)cudaErrorMemoryAllocation, "a small device");
    lr_emulate.memory_bytes = all;
    lr_emulate.devices = 0;
    CHECK(planted_rotate(src, got, N) == (int)cudaErrorNoDevice, "no device");
    lr_emulate.devices = 1;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(check_rng *rng);
    } checks[] = {
        {"emulated_barriers", check_barriers},     {"emulated_look_back", check_look_back},
        {"emulated_atomics", check_atomics},       {"emulated_values", check_values},
        {"emulated_divergence", check_divergence}, {"emulated_memory", check_memory}};
    check_rng rng;

    for (size_t i = 0; i < LR_COUNT_OF(checks); i++)
        if (check_begin(checks[i].name, &rng))
            checks[i].run(&rng);
    return 0;
}
