/*
 * sample.h: do keys recur? Of a part of all hashes, 2^-k of them, all are remembered, and how often one came.
 */
#ifndef LR_SAMPLE_H
#define LR_SAMPLE_H

#include "groups.h"

typedef struct lr_sample lr_sample;

lr_sample *lr_sample_new(void); /* NULL: no memory; free() it */
void lr_sample_empty(lr_sample *sample);

/* Is a hash of this part, if this is its place in the range of the table's, as a part of 2^64? */
bool lr_sample_has(const lr_sample *sample, uint64_t place);

/* Notes n hashes of keys; or all groups of a table. True: every fourth key noted recurs. */
bool lr_sample_hashes(lr_sample *sample, const lr_groups *groups, const uint64_t *hashes, size_t n);
bool lr_sample_table(lr_sample *sample, const lr_groups *groups);

#endif
