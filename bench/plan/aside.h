/*
 * aside.h: the memory of keys that are set aside: each part has chunks, and these come from large blocks.
 */
#ifndef LR_ASIDE_H
#define LR_ASIDE_H

#include "parts.h"

enum {
    LR_ASIDE_CHUNK = 4 << 10,
    LR_ASIDE_BLOCK = 2 << 20 /* a huge page */
};

typedef struct lr_aside lr_aside;

struct lr_aside {
    lr_parts parts;
    struct aside_chunk *last[LR_PARTS]; /* the chunk that each part goes on in; NULL: none yet */
    struct aside_block *blocks, *spare;
    size_t n_blocks; /* of both */
    size_t left;     /* chunks left in the first block */
    uint64_t bytes;  /* in chunks that are full */
};

/* For the tables that are like this one. NULL: no memory. */
lr_aside *lr_aside_new(const lr_groups *like);
void lr_aside_free(lr_aside *aside);

/* Nothing is set aside any more; the blocks are kept. */
void lr_aside_empty(lr_aside *aside);

/* One block more; false: no memory. */
bool lr_aside_grow(lr_aside *aside);

/* A new chunk for the part; false: no block has one left. */
bool lr_aside_next(lr_aside *aside, size_t part);

/* The hashes in the chunk that a part goes on in, of which there are up to LR_ASIDE_HASHES. */
enum { LR_ASIDE_HASHES = LR_ASIDE_CHUNK / LR_PART_RECORD_MIN };
size_t lr_aside_hashes(const lr_aside *aside, size_t part, uint64_t *out);

/* Bytes of records, about. */
uint64_t lr_aside_bytes(const lr_aside *aside);

/* Counts the keys that are in the range of `into`, which is 2^-k of all, for any k. False: there is no room
 * for one; some are in. */
bool lr_aside_take(lr_groups *into, const lr_aside *aside);

#endif
