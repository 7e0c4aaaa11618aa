/*
 * packed.h: blocks compressed on the way: each a zstd frame or a gzip member of its own, so that threads
 * compress side by side and readers may read so too.
 */
#ifndef LR_DATAGEN_PACK_H
#define LR_DATAGEN_PACK_H

#include "base.h"

typedef enum packing { PACK_NONE, PACK_ZSTD, PACK_GZIP } packing;

/* By the name's end: .zst, .gz. LR_E_USAGE: this build has no such library. */
lr_status packing_of(const char *name, packing *out, lr_error *err);

/* A block's packed form. Zero it first; the bytes are the owner's to free. */
typedef struct packed {
    uint8_t *bytes;
    size_t n, n_max;
} packed;

/* One per thread; zero it first. */
typedef struct packer {
    packing kind;
    void *context;
} packer;

/* Packs n bytes into out, whose memory is used again. */
lr_status pack_block(packer *p, const uint8_t *data, size_t n, packed *out, lr_error *err);
void packer_free(packer *p);

#endif
