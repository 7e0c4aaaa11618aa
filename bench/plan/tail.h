/*
 * tail.h: the steps of a query after its hot prefix: few rows, one thread. The groups are pushed in
 * some at a time, in any order; the answer comes out.
 */
#ifndef LR_TAIL_H
#define LR_TAIL_H

#include "hot.h"
#include "table.h"

typedef struct lr_tail lr_tail;

/* For the rows of hot's first GROUP: its keys, then n, the count. top: rows of the answer, or 0 for
 * what the query says. */
lr_status lr_tail_new(lr_tail **out, const lr_hot *hot, uint64_t top, lr_error *err);

/* Its rows may take so many bytes more, from now on; what does not fit is LR_E_RESOURCE. */
void lr_tail_bound(lr_tail *tail, uint64_t bytes);

/* Up to LR_COUNTED_MAX groups; their tags are dates (0 where the key has none). */
lr_status lr_tail_push(lr_tail *tail, const lr_counted *groups, size_t n, lr_error *err);

/* Takes over what was pushed into another tail of the same query: threads push side by side then. */
lr_status lr_tail_absorb(lr_tail *tail, const lr_tail *from, lr_error *err);

/* The answer, in order. */
lr_status lr_tail_finish(lr_tail *tail, lr_table **out, lr_error *err);

/* How many groups were pushed. */
uint64_t lr_tail_pushed(const lr_tail *tail);

void lr_tail_free(lr_tail *tail);

#endif
