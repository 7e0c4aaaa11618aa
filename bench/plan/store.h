/*
 * store.h: the groups of one query in one thread, as large as they need to be.
 */
#ifndef LR_STORE_H
#define LR_STORE_H

#include "kernels.h"

typedef struct lr_store {
    lr_groups groups;
    size_t slots_bytes, arena_bytes; /* what is mapped for them */
} lr_store;

/* An empty store of 2^bits slots. All stores of a run share the seed, so that they can be merged. */
lr_status store_init(lr_store *store, uint32_t bits, const uint64_t seed[2], lr_error *err);

/* Counts rows, one each; grows where needed. */
lr_status store_add(lr_store *store, const lr_kernels *k, const lr_group_rows *rows, lr_error *err);

/* Counts what `from` holds into the store; `from` is freed. */
lr_status store_merge(lr_store *store, lr_store *from, lr_error *err);

void store_free(lr_store *store);

#endif
