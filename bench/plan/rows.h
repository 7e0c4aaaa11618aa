/*
 * rows.h: all the records of some files, as batches in parallel, and then slice by slice in the order
 * of the input: what the commands that write or judge records are made of. Bad records are dealt with
 * as --on-error, --max-errors and --rejects say.
 */
#ifndef LR_ROWS_H
#define LR_ROWS_H

#include "layout.h"
#include "run.h"

typedef struct lr_rows_pass lr_rows_pass;

typedef struct lr_rows {
    lr_field field[LR_FIELDS_MAX]; /* what is read; a field of LR_TYPE_DATE is checked as one */
    size_t n_fields;
    const lr_options *options; /* the plan is not looked at; --limit means one thread */
    lr_layout_needs needs;     /* of the visitor, where --memory is given: stores, room, own */
    void *context;

    /* So many threads there will be, of this run. The layout, which lives as long as it, says what they may
     * take; without --memory that is anything. NULL: nothing to prepare. */
    lr_status (*begin)(void *context, lr_rows_pass *run, uint32_t threads, const lr_layout *layout,
                       lr_error *err);

    /* A batch of a slice, in any order, by one of the threads 0 to threads - 1: rows whose records.reason[i] is
     * LR_GOOD are good in all columns. */
    lr_status (*batch)(void *context, uint32_t thread, const lr_kernels *k, const lr_slice *slice,
                       const lr_batch *batch, lr_error *err);

    /* The thread's slice is done, or it waits in lr_rows_turn, and its turn has come: calls come one at a
     * time, in the order of the input. NULL: the order does not matter. */
    lr_status (*turn)(void *context, uint32_t thread, lr_error *err);
} lr_rows;

/* How many records were bad, by reason. */
typedef struct lr_rows_counts {
    uint64_t records, rejected; /* good, bad */
    uint64_t reasons[LR_REASON_COUNT];
} lr_rows_counts;

/* LR_E_DATA and the like as lr_run; stats and progress may be NULL. */
lr_status lr_rows_run(const lr_rows *rows, const char *const *files, size_t n_files,
                      const lr_progress *progress, lr_rows_counts *counts, lr_stats *stats,
                      lr_error *err);

/* For a visitor, within `batch`, whose room is full: waits for the slice's turn, and calls `turn`; but not
 * where the run has failed before the slice: nobody wants then what the room holds. */
lr_status lr_rows_turn(lr_rows_pass *run, uint32_t thread, const lr_slice *slice, lr_error *err);

#endif
