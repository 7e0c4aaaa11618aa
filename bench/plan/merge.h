/*
 * merge.h: from the stores of all threads to the rows of the tail, each group once.
 */
#ifndef LR_MERGE_H
#define LR_MERGE_H

#include "layout.h"
#include "tail.h"

/* Pushes every group of the n stores, and of what they spilled, into the tail. Frees the stores. */
lr_status lr_merge_stores(lr_store *const *stores, size_t n, const lr_layout *layout, lr_tail *tail,
                          lr_error *err);

#endif
