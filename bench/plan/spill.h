/*
 * spill.h: groups that no longer fit into a table, as runs on disk.
 *
 * When a bounded table is full, all its groups go to the spill as one run: in the order of their keys,
 * in blocks, each compressed by itself. Afterwards all runs are merged at once, a block of each in
 * memory, and by all threads, where a block of each for every thread has room: each takes ranges of hashes.
 * Where the runs are too many, some are first merged to longer ones, and what they took is
 * given back. So a key is written once, and a second time only where more runs were written than blocks
 * fit into the budget; the input is read once; and nothing is kept in memory of what is on disk, for
 * each run says where the one before it stands. The file has no name, so that nothing is left behind
 * whatever happens.
 */
#ifndef LR_SPILL_H
#define LR_SPILL_H

#include "groups.h"

enum { LR_SPILL_BLOCK = 4 << 10 }; /* bytes before compression; one long text may exceed it */

typedef struct lr_spill lr_spill;

/* What a thread needs to write and read blocks; zero it first. */
typedef struct lr_spill_room {
    uint8_t *raw, *packed;
    size_t raw_max, packed_max;
    void *compressor, *decompressor; /* of zstd, where it is built in */
    uint32_t untried;                /* so many blocks more are not compressed */
    uint32_t plain;                  /* so many blocks more are not worth compressing */
} lr_spill_room;

/* A key, its hash, and how often; the text is borrowed. */
typedef struct lr_counted {
    uint64_t hash, n;
    lr_bytes text;
    uint32_t tag;
} lr_counted;

enum { LR_COUNTED_MAX = 64 };

/* Takes distinct keys, so many at once: up to LR_COUNTED_MAX. One thread at a time calls it. */
typedef struct lr_group_sink {
    lr_status (*take)(void *context, const lr_counted *groups, size_t n, lr_error *err);
    void *context;
} lr_group_sink;

/* An empty spill. disk: runs may be written; the file is made when it is needed. tight: memory is short, so
 * code that only starting needed is given back before the first run. */
lr_status lr_spill_new(lr_spill **out, bool disk, bool tight, lr_error *err);
void lr_spill_free(lr_spill *spill);
void lr_spill_room_free(lr_spill_room *room);

/* Writes all groups as a run and empties the table. Threads may spill at the same time.
 * LR_E_UNSUPPORTED: no file can be made in $TMPDIR (else /tmp); err says why. */
lr_status lr_spill_write(lr_spill *spill, lr_spill_room *room, lr_groups *groups, lr_error *err);

/* May runs be written? */
bool lr_spill_has_disk(const lr_spill *spill);

/* Hands all that was spilled to the sink; seed is that of the tables. Takes so many bytes, and what one
 * thread needs to spill; as many threads of those given as can work within that. LR_E_RESOURCE: not even two
 * runs' blocks fit into them. */
lr_status lr_spill_merge(lr_spill *spill, const uint64_t seed[2], uint64_t bytes, uint32_t threads,
                         const lr_group_sink *sink, lr_error *err);

/* Has anything been spilled? Bytes written to disk. */
bool lr_spill_used(const lr_spill *spill);
uint64_t lr_spill_bytes(const lr_spill *spill);

#endif
