/*
 * layout.h: which plan runs, and what its memory is spent on. Everything that a process has resident
 * counts: its code, its libraries, stacks, buffers, tables.
 */
#ifndef LR_LAYOUT_H
#define LR_LAYOUT_H

#include "options.h"
#include "store.h"

typedef struct lr_layout {
    lr_plan plan;    /* time or memory */
    uint64_t budget; /* bytes that may be resident; UINT64_MAX: not bounded */
    bool spills;     /* what does not fit goes to disk; else it is LR_E_RESOURCE */
    bool map;        /* files may be mapped (mapped pages are resident) */
    size_t slice_bytes;
    uint64_t record_max_bytes;
    lr_store_size store; /* of each thread and query */
    char why[256];       /* for --explain: lines */
} lr_layout;

/* Chooses for so many threads and queries that group by text. LR_E_RESOURCE: a budget that cannot
 * work; says the smallest that can. */
lr_status lr_layout_choose(lr_layout *out, const lr_options *options, uint32_t threads,
                           size_t n_stores, lr_error *err);

/* The largest store that fits into two thirds of what of the budget is not resident at this moment; the
 * rest is for the rows of the tail. */
lr_store_size lr_layout_store_now(const lr_layout *layout);

/* Is more resident than the budget allows? */
bool lr_layout_exceeded(const lr_layout *layout);

/* Bytes that growing stores may still take together. */
uint64_t lr_layout_allowance(const lr_layout *layout);

#endif
