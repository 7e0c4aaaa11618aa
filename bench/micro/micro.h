/*
 * micro.h: micro-benchmarks as rows of a table. micro_main.cc hands them to google-benchmark, once per
 * tier, and compares every tier with the reference before it is timed.
 */
#ifndef LR_MICRO_H
#define LR_MICRO_H

#include "linerate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lr_micro_input lr_micro_input; /* what the kernels work on; owns its memory */

typedef struct lr_micro {
    const char *kernel; /* NULL ends the table */
    const char *input;  /* what of the generated tweets it works on */
    /* One pass; returns how many bytes of input it was. digest is NULL when timed, else it receives
     * a number that follows from everything the kernel answered. */
    uint64_t (*run)(lr_micro_input *input, uint64_t *digest);
    size_t member; /* the kernel's place in lr_kernels; SIZE_MAX: none, it has no tiers */
} lr_micro;

extern const lr_micro lr_micros[];

/* Tweets of the recipe "tweets", 16 MiB, seed 1, and the columns of all their records; the same as an array;
 * and CSV of the recipe "mock", as much. */
lr_status lr_micro_input_new(lr_micro_input **out, lr_error *err);
void lr_micro_input_free(lr_micro_input *input);

/* The tiers of this machine: how many, their names; the one that the next runs take. */
uint32_t lr_micro_tiers(void);
const char *lr_micro_tier_name(uint32_t tier);
void lr_micro_choose(lr_micro_input *input, uint32_t tier);

/* Has the tier a version of its own of this kernel? (If not, it is the one of the tier below.) */
bool lr_micro_has(const lr_micro *micro, uint32_t tier);

#ifdef __cplusplus
}
#endif
#endif
