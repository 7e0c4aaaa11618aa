/*
 * produce.h: records in blocks, by many threads, in order.
 */
#ifndef LR_DATAGEN_PRODUCE_H
#define LR_DATAGEN_PRODUCE_H

#include "key.h"
#include "output.h"
#include "packed.h"

/* What is to be made: records first to last - 1, ended early at size_bytes. */
typedef struct production {
    const gen *g;
    uint64_t first, last;
    uint64_t size_bytes; /* 0: no bound */
    bool opens, closes;  /* the file's first part, its last */
    uint32_t threads;
    packing packing;
    lr_output *output; /* NULL: only count */
    tally *sum;        /* NULL: only count */
} production;

typedef struct produced {
    uint64_t records, bytes, file_bytes;
    place *places; /* of broken records; the caller's to free, also on failure */
    size_t n_places, places_max;
    char xxh128[33];
} produced;

lr_status produce(const production *what, produced *out, lr_error *err);

#endif
