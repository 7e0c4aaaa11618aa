/*
 * store.h: the groups of one query in one thread: as large as they need to be, or bounded and spilled.
 */
#ifndef LR_STORE_H
#define LR_STORE_H

#include "aside.h"
#include "kernels.h"
#include "spill.h"

#include <stdatomic.h>

typedef struct lr_store {
    lr_groups groups;
    size_t slots_bytes, arena_bytes; /* what is mapped for them */
    struct lr_sample *sample;        /* of the groups that were set aside */
    lr_aside *aside;                 /* groups set aside; NULL: none */
    bool passes_by;                  /* rows are set aside, and not counted before */
    bool fixed;                      /* does not grow */
    atomic_ullong *allowance;        /* bytes that all stores may still grow by; NULL: any */
    lr_spill *spill;                 /* where its groups go when it is full; NULL: it fails */
    lr_spill_room room;
} lr_store;

/* How large a store is. */
typedef struct lr_store_size {
    uint32_t bits;      /* 2^bits slots, at first or for good */
    size_t arena_bytes; /* for texts; 0: the store grows, slots and texts */
    bool at_once; /* all slots are resident from the start; of a store that grows they are anyway */
} lr_store_size;

/* A seed that nobody can foresee, so that names cannot be made to collide. Where the system has no randomness to
 * give, the answer is the same, only not safe against that. */
void lr_store_seed(uint64_t seed[2]);

/* An empty store. All stores of a run share the seed, so that they can be merged. */
lr_status lr_store_init(lr_store *store, lr_store_size size, const uint64_t seed[2],
                        lr_spill *spill, atomic_ullong *allowance, lr_error *err);

/* Counts rows, one each; grows, or spills, where needed. */
lr_status lr_store_add(lr_store *store, const lr_kernels *k, const lr_group_rows *rows,
                       lr_error *err);

/* Counts one key n times; text has 16 readable bytes wherever it ends. */
lr_status lr_store_count(lr_store *store, uint32_t tag, lr_bytes text, uint64_t n, lr_error *err);

/* Counts what `from` holds into a store that does not grow, where all of it fits; `from` is freed. Else both
 * are left as they are: false. */
bool lr_store_merge_bounded(lr_store *store, lr_store *from);

/* Writes all that it holds to its spill. */
lr_status lr_store_spill(lr_store *store, lr_error *err);

void lr_store_free(lr_store *store);

#endif
