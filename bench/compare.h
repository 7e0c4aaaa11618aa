/* compare.h: what `bench compare` measured, and how it is written. */
#ifndef COMPARE_H
#define COMPARE_H

#include "commands.h"

enum { COMPARE_ROUNDS_MAX = 101, COMPARE_CELLS_MAX = 32 };

/* A query under a plan, on a device; a sample per round. What could not be measured is -1. */
typedef struct compare_cell {
    const char *query, *plan, *device;
    double seconds[COMPARE_ROUNDS_MAX], cpu_seconds[COMPARE_ROUNDS_MAX];
    double peak_rss_bytes[COMPARE_ROUNDS_MAX], n_seconds[COMPARE_ROUNDS_MAX];
    double bytes, spilled_bytes, threads;
    char *answer; /* of the first round; all are the same; owned */
} compare_cell;

typedef struct comparison {
    compare_cell cells[COMPARE_CELLS_MAX];
    size_t n_cells;
    size_t rounds;
    char machine[160];
    char settings[160]; /* what holds for all cells, in words */
} comparison;

/* The middle of n values (of two the mean); -1 where one is. Sorts a copy. */
double compare_median(const double *values, size_t n);

/* The share of the newline scan by the same path: n_seconds / seconds, the median over the rounds. */
double compare_share(const compare_cell *cell, size_t rounds);

/* One page with the table and a plot of time against memory; needs nothing else. */
void compare_write_html(const comparison *c, FILE *out);

#endif
