/*
 * layout.h: which plan runs, and what its memory is spent on. Everything that a process has resident
 * counts: its code, its libraries, stacks, buffers, tables.
 */
#ifndef LR_LAYOUT_H
#define LR_LAYOUT_H

#include "options.h"
#include "source.h"
#include "store.h"

typedef struct lr_layout {
    lr_plan plan;    /* time or memory */
    uint64_t budget; /* bytes that may be resident; UINT64_MAX: not bounded */
    bool spills;     /* what does not fit goes to disk; else it is LR_E_RESOURCE */
    bool map;        /* files may be mapped (mapped pages are resident) */
    size_t slice_bytes;
    uint64_t record_max_bytes;
    size_t frame_max_bytes;     /* of zstd, see lr_source_options */
    uint64_t stream_max_bytes;  /* what a decompressor may take */
    uint64_t memory_base_bytes; /* --memory of this and four times that leaves as much to one */
    lr_store_size store;        /* of each thread and query */
    size_t room_bytes;          /* what each thread may take for the caller's own */
    char why[256];              /* for --explain: lines */
} lr_layout;

/* What a budget is for. */
typedef struct lr_layout_needs {
    uint32_t threads;       /* at most */
    size_t n_stores;        /* of a thread: queries that group by text */
    lr_source_needs source; /* lr_layout_choose looks, for the memory plan */
    bool rejects;           /* bad records are written down */
    bool decodes;           /* a text may stand there again, without its escapes */
    size_t own_bytes;       /* of the caller's own */
    size_t thread_bytes; /* of its own, for each thread; and what each may take more of, up to: */
    size_t room_bytes, room_max_bytes;
    uint64_t peak_bytes; /* that the run has had resident already; 0: nothing to speak of */
} lr_layout_needs;

/* Each thread needs memory of its own: where the budget is too small for all, needs->threads is made less.
 * LR_E_RESOURCE: a budget that cannot work; says the smallest that can. */
lr_status lr_layout_choose(lr_layout *out, const lr_options *options, const char *const *files,
                           size_t n_files, lr_layout_needs *needs, lr_error *err);

/* How a source reads within the layout: what a run adds are fields, kernels and where its memory is from. */
lr_source_options lr_layout_source(const lr_layout *layout, const lr_options *options);

/* Two thirds of what of the budget is not resident at this moment, to merge what was spilled. The rest is
 * for the rows of the tail. */
uint64_t lr_layout_merge_now(const lr_layout *layout);
uint64_t lr_layout_tail_now(const lr_layout *layout);

/* Where memory is short: gives back the code that was needed only so far. Seldom, for what is still needed
 * is mapped again piece by piece, in 50 microseconds. */
void lr_layout_trim(const lr_layout *layout);

/* The same for a thread between its slices, of which it has had so many: the code that began the reading,
 * and what seldom happens in it, need not stay. One of the threads asks. */
void lr_layout_trim_between(const lr_layout *layout, uint64_t slices);

/* Bytes that growing stores may still take together. */
uint64_t lr_layout_allowance(const lr_layout *layout);

#endif
