/* check.c: seeds, guarded memory and the tiers at hand. */
#include "check.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

uint64_t check_random(check_rng *rng) /* splitmix64 (Steele, Lea and Flood 2014) */
{
    uint64_t z = rng->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint64_t check_below(check_rng *rng, uint64_t n)
{
    return check_random(rng) % n;
}

uint8_t *check_guarded(size_t n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (n + page - 1) / page * page;
    uint8_t *base =
        mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(base != MAP_FAILED, "no memory for %zu bytes", n);
    CHECK(mprotect(base + size, page, PROT_NONE) == 0, "mprotect");
    return base + size - n;
}

void check_fill_runs(check_rng *rng, uint8_t *out, size_t n, const char *letters, size_t run_max)
{
    for (size_t i = 0; i < n;) {
        const char letter = letters[check_below(rng, strlen(letters))];
        for (size_t run = 1 + check_below(rng, run_max); run > 0 && i < n; run--)
            out[i++] = (uint8_t)letter;
    }
}

const lr_kernels *check_tiers(size_t *n)
{
    static lr_kernels tiers[LR_ISA_AVX512 + 1];

    *n = (size_t)lr_isa_best() + 1;
    for (size_t i = 0; i < *n; i++)
        lr_kernels_init(&tiers[i], (lr_isa)i);
    return tiers;
}

bool check_begin(const char *name, check_rng *rng)
{
    const char *filter = getenv("BENCH_FILTER"), *seed = getenv("BENCH_SEED");

    rng->state = seed != NULL ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
    if (filter != NULL && strstr(name, filter) == NULL)
        return false;
    printf("%s: seed %llu\n", name, (unsigned long long)rng->state);
    fflush(stdout);
    return true;
}
