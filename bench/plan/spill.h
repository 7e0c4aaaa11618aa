/*
 * spill.h: groups that no longer fit into memory, on disk.
 *
 * When a bounded table is full, all its groups go to the spill as one run: in the order of their
 * hashes, in blocks, each compressed by itself. Afterwards the runs are merged one range of hashes at
 * a time, as wide as fits into one table. The input is read once, and the answer is exact by
 * construction. The file has no name, so that nothing is left behind whatever happens.
 */
#ifndef LR_SPILL_H
#define LR_SPILL_H

#include "groups.h"

enum {
    LR_SPILL_BLOCK =
        32 << 10,         /* bytes of a block before compression; one long text may exceed it */
    LR_SPILL_PARTS = 1024 /* equal ranges of hashes for which the spill knows how much it holds */
};

typedef struct lr_spill lr_spill;

/* What a thread needs to write and read blocks; zero it first. */
typedef struct lr_spill_room {
    uint8_t *raw, *packed;
    size_t raw_max, packed_max;
    void *compressor, *decompressor; /* of zstd, where it is built in */
} lr_spill_room;

/* An empty spill; the file is made when it is needed. tight: memory is short, so code that reading needed
 * is given back before a run is written. */
lr_status lr_spill_new(lr_spill **out, bool tight, lr_error *err);
void lr_spill_free(lr_spill *spill);
void lr_spill_room_free(lr_spill_room *room);

/* Writes all groups as a run and empties the table. Threads may spill at the same time.
 * LR_E_UNSUPPORTED: no file can be made in $TMPDIR (else /tmp); err says why. */
lr_status lr_spill_write(lr_spill *spill, lr_spill_room *room, lr_groups *groups, lr_error *err);

/* How many groups of the range [first, last] of hashes were spilled, at most: the same one may stand
 * in many runs. */
uint64_t lr_spill_estimate(const lr_spill *spill, uint64_t first, uint64_t last);

/*
 * Counts all spilled groups with a hash in the table's range into the table, which has their seed. Sets
 * *fits to false where one finds no room: the table is then to be emptied and the range narrowed.
 */
lr_status lr_spill_read(lr_spill *spill, lr_spill_room *room, lr_groups *into, bool *fits,
                        lr_error *err);

/* Has anything been spilled? Bytes on disk. */
bool lr_spill_used(const lr_spill *spill);
uint64_t lr_spill_bytes(const lr_spill *spill);

#endif
