/*
 * check.h: what every C check uses. A check prints its seed and takes it back (BENCH_SEED), and runs
 * alone with BENCH_FILTER=part-of-its-name. The first failure ends its program with exit 1.
 */
#ifndef LR_CHECK_H
#define LR_CHECK_H

#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct check_rng {
    uint64_t state;
} check_rng;

uint64_t check_random(check_rng *rng);
/* A number below n (> 0). */
uint64_t check_below(check_rng *rng, uint64_t n);

/* n bytes that end at a page which may not be touched: reading or writing past them faults. */
uint8_t *check_guarded(size_t n);

/* n bytes: runs of 1 to run_max of one character, drawn from letters. */
void check_fill_runs(check_rng *rng, uint8_t *out, size_t n, const char *letters, size_t run_max);

/* The tiers that this machine runs, the reference first; sets *n. */
const lr_kernels *check_tiers(size_t *n);

/* Is the check of this name to be run? Prints its name and seeds rng. */
bool check_begin(const char *name, check_rng *rng);

#define CHECK(claim, ...)                                                                          \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #claim);                    \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
