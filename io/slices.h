/* slices.h: how a source becomes slices: what its parts share. Private to io/. */
#ifndef LR_SLICES_H
#define LR_SLICES_H

#include "split.h"

#include <pthread.h>

enum { LR_HEADROOM = 64 << 10 }; /* what was left over is copied before the block if it fits here */

/* The longest slice whose offsets a kernel can count. */
#define LR_SLICE_MAX_BYTES ((uint64_t)UINT32_MAX - LR_PADDING)

struct lr_source {
    lr_source_options options;
    lr_files files;
    lr_reader **readers;  /* of each file, from its first claim on */
    uint64_t total_bytes; /* 0: not known */
    size_t mapped_bytes;  /* in a block of a mapped file */

    pthread_mutex_t claiming; /* guards what follows, up to turn */
    size_t file;              /* where claiming stands: file, and block of it */
    uint64_t block;
    uint64_t claimed;    /* blocks of all files */
    uint64_t claimed_at; /* bytes of this one */
    uint64_t raw_at;     /* of frames: bytes of the file itself */
    bool ended;

    atomic_uint_fast64_t turn; /* the index of the block whose turn it is */
    pthread_mutex_t turning;   /* guards sleeping */
    pthread_cond_t turned;
    unsigned sleeping;
    bool long_one; /* a thread has a long record, and there may be but one */
    pthread_cond_t long_done;

    /* Whose turn it is owns the rest. */
    bool failed, bounded; /* bounded: long records come one at a time */
    lr_slice_buffer left; /* a file that is read: the beginning of a record, left_n bytes */
    size_t left_n;
    uint64_t left_at;    /* of that record in its file */
    uint64_t left_lines; /* of an array: line feeds in what is left over */
    uint64_t lines;      /* line feeds in the blocks of a stream so far */
    uint64_t bytes;      /* in the blocks so far, of all files */
    lr_place place;      /* what holds before the block */
    bool left_commas;    /* of an array: in what is left over is one of its commas */

    atomic_uint_fast64_t done_bytes;
    atomic_bool mapped, read;
};

/* A block on its way to becoming a slice. */
typedef struct lr_block {
    lr_reader *reader;
    uint64_t index, at; /* at: of its first byte in its file */
    size_t file, n;
    uint8_t *data;
    bool first, last; /* of its file */
    lr_frame frame;   /* where it is one */
    lr_split split;
    size_t end;     /* the cut: what is behind it is left over; 0: all of it is */
    uint64_t lines; /* line feeds in it; only of streams */
} lr_block;

/* The room for a slice of n bytes: with padding, and as much again for texts that are decoded and
 * elements that are copied. */
size_t lr_slice_room(const lr_reader *reader, size_t n);

/* Room for n bytes; what buffer holds is lost, and much more room than that is given back. */
lr_status lr_buffer_renew(const lr_source *source, lr_slice_buffer *buffer, size_t n,
                          lr_error *err);

/* Room for n bytes, of which the first are kept; never for more than the longest, n_most. */
lr_status lr_buffer_grow(const lr_source *source, lr_slice_buffer *buffer, size_t n, size_t n_most,
                         lr_error *err);

/* In turn: waits until there is no long record but the one that comes; the buffer now holds it. */
void lr_long_wait(lr_source *source);
void lr_long_hold(lr_source *source, lr_slice_buffer *mine);

/* The thread is done with its long record, if it has one: the next one may be read. */
void lr_long_release(lr_slice_buffer *mine);

/* What only one thread does at a time, in the order of the blocks: from block to slice. */
lr_status lr_link_block(lr_source *source, lr_slice_buffer *mine, lr_block *b, lr_slice *out,
                        lr_error *err);

#endif
