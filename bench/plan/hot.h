/*
 * hot.h: the hot prefix of a query, the steps up to its first GROUP, over batches of columns. This is
 * the general engine: it knows columns, matchers and keys, and no query by name.
 */
#ifndef LR_HOT_H
#define LR_HOT_H

#include "measure.h"
#include "options.h"
#include "pattern.h"
#include "query.h"
#include "store.h"

/* A hot prefix, compiled: columns by number. */
typedef struct lr_hot {
    const lr_query *query;
    uint32_t reads; /* bit f: column f of the batch is read; a null one makes the row "skipped" */
    int filter;     /* the date column that since and until look at, or -1 */
    lr_date since, until;
    int unnest; /* the text column that UNNEST reads, or -1 */
    int each;   /* the key of NDJSON whose texts are matched record by record, or -1 */
    lr_matcher_kind matcher;
    lr_mentions mentions;
    const lr_emoji_set *emojis; /* of a key that is a symbol; else NULL */
    lr_hyper *hyper;            /* Hyperscan finds them; NULL: the kernels do */
    int key_date;               /* the date column of the key, or -1 */
    int key_text;        /* the text column of the key, where it is not what UNNEST makes; or -1 */
    bool date_first;     /* of the two columns of the key */
    const lr_step *tail; /* the step after the first GROUP */
} lr_hot;

/*
 * Compiles the prefix of query; the columns that it reads are added to field (n of them so far, of
 * LR_FIELDS_MAX), which is shared by all queries of a run. LR_E_USAGE: an option that it lacks.
 */
lr_status lr_hot_compile(lr_hot *out, const lr_query *query, const lr_options *options,
                         lr_field *field, size_t *n, lr_error *err);

/* Also after a compilation that failed, if out was zero before it. */
void lr_hot_free(lr_hot *hot);

/* What a thread gathers for a query. */
typedef struct lr_hot_state {
    lr_store store;
    uint64_t *symbols;      /* counts by symbol, where the key is one; else NULL */
    lr_hyper_thread *hyper; /* where Hyperscan finds them; else NULL */
    uint64_t records, rejected, skipped_null;
    /* How far UNNEST is in the batch, and the names found so far. */
    lr_cursor cursor;
    size_t n_hits;
    lr_span hit_spans[LR_BATCH_MAX];
    uint8_t hit_kinds[LR_BATCH_MAX];
} lr_hot_state;

/* Room that a thread needs for one batch at a time, whatever the number of queries. */
typedef struct lr_hot_scratch {
    lr_date dates[LR_FIELDS_MAX][LR_BATCH_MAX]; /* of the batch's date columns */
    uint8_t kinds[LR_BATCH_MAX];                /* of the rows that take part */
    uint32_t symbols[LR_BATCH_MAX];
    lr_span decoded_spans[LR_BATCH_MAX];
    uint8_t decoded_kinds[LR_BATCH_MAX];
    lr_date decoded_tags[LR_BATCH_MAX];
    uint8_t *decoded; /* texts without their escapes */
    size_t decoded_max;
    lr_stopwatch watch;
} lr_hot_scratch;

/* size, spill, allowance: see lr_store_init. */
lr_status lr_hot_state_init(lr_hot_state *state, const lr_hot *hot, const uint64_t seed[2],
                            lr_store_size size, lr_spill *spill, atomic_ullong *allowance,
                            lr_error *err);
void lr_hot_state_free(lr_hot_state *state);

/* What a thread needs to match records as they are read; all else may still be undone then. */
typedef struct lr_hot_each {
    const lr_hot *hots;
    size_t n;
    const lr_kernels *kernels;
    lr_hot_state *states;
    lr_hot_scratch *scratch;
} lr_hot_each;

/* Which key each query's texts are of, where they can be matched so. After fields is whole. Returns
 * whether there is any. */
bool lr_hot_choose_each(lr_hot *hots, size_t n, const lr_fields *fields, const lr_options *options);

/* lr_batch.each, with a lr_hot_each: matches the row in one go with reading it, while its text is in L1
 * and memory works on what was asked for. As a pass of its own over the batch, matching took 87 ns per
 * tweet and nothing else went on: q2 of 2.2 GB on 2 threads took 98 ms with it and 69 without. */
void lr_hot_match(void *context, const uint8_t *src, const lr_records *records, size_t row);

/* Reads the date columns of the batch and checks those of arrays: once for all queries, before
 * lr_hot_run. */
void lr_hot_prepare(const lr_kernels *k, const lr_fields *fields, lr_batch *batch,
                    lr_hot_scratch *scratch);

/* Counts the good rows of the batch into state. Rows bad in a column that this query reads count as
 * rejected. */
lr_status lr_hot_run(const lr_hot *hot, const lr_kernels *k, const lr_batch *batch,
                     lr_hot_scratch *scratch, lr_hot_state *state, lr_error *err);

#endif
