/*
 * pass.h: one pass over the input: threads take slices, read them in batches, and push the batches
 * through the hot prefix of every query. There is one pass, unless nothing can be spilled: then one for
 * each range of hashes.
 */
#ifndef LR_PASS_H
#define LR_PASS_H

#include "gpu.h"
#include "hot.h"
#include "layout.h"
#include "ledger.h"
#include "rejects.h"
#include "run.h"

enum { LR_QUERIES_MAX = 8 };

/* A thread: its room, its groups, and the slice at hand. */
typedef struct lr_worker {
    lr_slice_buffer buffer;
    lr_batch batch;
    lr_hot_scratch *scratch;
    lr_hot_state states[LR_QUERIES_MAX];
    lr_hot_each each;
    reject_list rejects; /* of the slice at hand */
    uint64_t rejected;   /* rows bad for any of the queries */
    uint64_t left;       /* --limit: records still to be read; there is one thread then */
    uint64_t slices;
    lr_error error;
} lr_worker;

typedef struct lr_pass {
    const lr_options *options;
    const lr_progress *progress;
    lr_kernels kernels;
    lr_hot hots[LR_QUERIES_MAX];
    size_t n_hots;
    lr_fields fields;
    lr_source *source;
    lr_ledger ledger;
    rejects_file rejects; /* touched in turn only */
    lr_worker *workers;
    uint32_t threads;
    lr_layout layout;
    lr_spill *spills[LR_QUERIES_MAX];
    atomic_ullong allowance; /* bytes that the stores may still grow by */
    uint64_t groups;         /* distinct keys, of all queries */
    uint64_t seed[2];        /* of all group tables */
    uint64_t base; /* a pass over a range of hashes: see lr_groups; 0 and 0: all of them */
    uint32_t lead;
    bool supposes;        /* where slices end may be supposed (lr_slice); */
    atomic_bool unproven; /* one does not: all is to be read again */
    bool told;            /* an earlier pass has told of the bad records */
    double reported;
    bool gpu_wanted; /* the hot prefix runs on a device: */
    const lr_gpu_module *gpu_module;
    lr_gpu *gpu;       /* NULL: it does not */
    char gpu_why[384]; /* for --explain: lines */
} lr_pass;

/* Room for all threads, and their stores. */
lr_status lr_pass_init(lr_pass *pass, lr_error *err);

/* Reads everything. The first failure in the order of the input, if there is one; LR_E_UNSUPPORTED:
 * nothing can be spilled. Frees what only reading needed. */
lr_status lr_pass_read(lr_pass *pass, lr_error *err);

/* The records of the slice from byte `from` on, in batches through the hot prefixes; bad ones are noted in
 * w->rejects. */
lr_status lr_pass_batches(lr_pass *pass, lr_worker *w, const lr_slice *slice, size_t from);

/* The counts and symbols of query q of all threads, into the first thread's. */
void lr_pass_add(lr_pass *pass, size_t q);

/* Frees what lr_pass_init and the pass made; the queries and the fields stay. */
void lr_pass_free(lr_pass *pass);

#endif
