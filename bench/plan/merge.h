/*
 * merge.h: from the stores of all threads to the rows of the tail, each group once.
 */
#ifndef LR_MERGE_H
#define LR_MERGE_H

#include "layout.h"
#include "tail.h"

/* Merges the n stores into the first, where all groups fit into memory together; else all of them go to
 * the spill. LR_E_UNSUPPORTED: they do not fit, and nothing can be spilled. */
lr_status lr_merge_stores(lr_store *const *stores, size_t n, lr_spill *spill,
                          const lr_layout *layout, lr_error *err);

/* Then: pushes every group, once, into the tail. Frees the store. */
lr_status lr_merge_push(lr_store *store, lr_spill *spill, const uint64_t seed[2],
                        const lr_layout *layout, lr_tail *tail, lr_error *err);

#endif
