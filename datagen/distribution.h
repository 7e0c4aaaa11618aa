/*
 * distribution.h: the knobs that are lists, read from the text in which a user would write them.
 */
#ifndef LR_DATAGEN_DISTRIBUTION_H
#define LR_DATAGEN_DISTRIBUTION_H

#include "datagen.h"
#include "weights.h"

enum { DISTRIBUTION_MAX = 96, SHORT_MAX = 16 };

/* A list as numbers. */
typedef struct distribution {
    uint32_t n;
    uint32_t numbers[DISTRIBUTION_MAX]; /* CURVE, LIST: the values; NUMBERS: what is drawn */
    uint64_t weights[DISTRIBUTION_MAX]; /* NAMED: of name i, which the default has i-th; NUMBERS */
} distribution;

/* False: the text is not what the knob takes. */
bool distribution_read(const lr_knob *knob, const char *text, distribution *out);

/*
 * A list of at most SHORT_MAX in the form that is drawn from, by one random number. at: of a curve its
 * values, else where the range of each item ends, of sum.
 */
typedef struct short_list {
    uint32_t n, sum;
    uint32_t at[SHORT_MAX], numbers[SHORT_MAX];
} short_list;

void short_list_init(short_list *out, const lr_knob *knob, const distribution *from);

/* The curve's value at word of 2^32: at[0] at 0, at[n - 1] at the end, evenly spaced, straight in
 * between; the end itself is not reached. */
static inline uint32_t curve_at(const short_list *curve, uint32_t word)
{
    const uint64_t at = (uint64_t)word * (curve->n - 1);
    const uint32_t i = (uint32_t)(at >> 32), low = curve->at[i], high = curve->at[i + 1];
    return low + (uint32_t)((uint64_t)(high - low) * (uint32_t)at >> 32);
}

/* Which item word of 2^32 falls on. */
static inline uint32_t item_at(const short_list *list, uint32_t word)
{
    const uint32_t at = (uint32_t)((uint64_t)word * list->sum >> 32);
    uint32_t i = 0;

    while (at >= list->at[i])
        i++;
    return i;
}

#endif
