/*
 * weights.h: draws in proportion to integer weights, in constant time (Walker's alias method in the
 * form of Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE
 * TSE 17(9), 1991), in integers only: floating point would tie the bytes to a compiler.
 */
#ifndef LR_DATAGEN_WEIGHTS_H
#define LR_DATAGEN_WEIGHTS_H

#include "draw.h"

typedef struct weights_cell {
    uint32_t keep;  /* stay in this cell where the number is below; of 2^32 */
    uint32_t other; /* else this one */
} weights_cell;

typedef struct weights {
    uint32_t n;
    weights_cell *cells;
} weights;

/* n > 0 weights, their sum below 2^63 / n. The table is the caller's: weights_free. */
lr_status weights_init(weights *out, const uint64_t *of, uint32_t n, lr_error *err);

/* Weights 1 / (k + offset) for k = 1 .. n: Zipf's law in Mandelbrot's form with exponent 1. */
lr_status weights_zipf(weights *out, uint32_t n, uint64_t offset, lr_error *err);
void weights_free(weights *w);

static inline uint32_t weights_draw(const weights *w, draw *d)
{
    const uint32_t i = draw_below(d, w->n);
    const weights_cell cell = w->cells[i];
    return draw_word(d) < cell.keep ? i : cell.other;
}

#endif
