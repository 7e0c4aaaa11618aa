/*
 * spill_run.h: how runs stand in the file. Private to spill.c, spill_merge.c and store.c.
 *
 * A run is a head, then blocks, each behind the head of its own; one of no bytes ends it. A record in a
 * block is four times its length, with two flags, then its tag unless that is 0, and its count unless that
 * is 1, all as integers of variable length (LEB128, as in DWARF 5, section 7.6); then its text. A name of up to
 * 31 bytes that came once is a byte longer than it is.
 */
#ifndef LR_SPILL_RUN_H
#define LR_SPILL_RUN_H

#include "spill.h"

#include <pthread.h>

#define LR_RUN_NONE UINT64_MAX

enum { LR_RECORD_TAG = 1, LR_RECORD_N = 2 }; /* what follows a record's length */

enum {
    LR_RANGE_BITS = 3,
    LR_RANGES = 1 << LR_RANGE_BITS
}; /* of hashes, to be merged side by side */

typedef struct lr_spill_run_head {
    uint64_t before; /* where the run stands that was written before; LR_RUN_NONE: there is none */
    uint64_t block_max; /* the largest of its blocks, before compression */
    uint64_t at
        [LR_RANGES]; /* where the block stands that has the first key of the range, or a later one */
} lr_spill_run_head;

typedef struct lr_block_head {
    uint32_t packed, raw; /* bytes, compressed and not; the same: it is not compressed */
} lr_block_head;

struct lr_spill {
    int fd;
    bool disk, tight;
    pthread_mutex_t lock; /* of all below, and of the sink while threads merge */
    uint64_t end, last;   /* of the file; where the last run stands */
    uint64_t n, written;  /* runs; bytes on disk */
};

/* A run that is being written. */
typedef struct lr_spill_run {
    lr_spill *spill;
    lr_spill_room *room;
    uint64_t first, at; /* where it stands, and its next block */
    size_t n;           /* bytes in the room that wait to be one */
    uint32_t ranges;    /* whose places are known */
    lr_spill_run_head head;
} lr_spill_run;

/* A run of no more than so many records, with so many bytes of text. Any number may be under way; or one
 * alone, which may then take whatever it needs: 0 and 0. */
lr_status lr_spill_run_begin(lr_spill_run *run, lr_spill *spill, lr_spill_room *room,
                             uint64_t records, uint64_t text_bytes, lr_error *err);
lr_status lr_spill_run_add(lr_spill_run *run, const lr_counted *group, lr_error *err);

/* All groups of a table, in order; empties it. */
lr_status lr_spill_run_add_all(lr_spill_run *run, lr_groups *groups, lr_error *err);
lr_status lr_spill_run_end(lr_spill_run *run, lr_error *err);

lr_status lr_spill_pwrite(const lr_spill *spill, const void *data, size_t n, uint64_t at,
                          lr_error *err);
lr_status lr_spill_pread(const lr_spill *spill, void *data, size_t n, uint64_t at, lr_error *err);

#endif
