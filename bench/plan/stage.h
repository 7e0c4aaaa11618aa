/*
 * stage.h: a GROUP or TOP of a tail, with the rows that it keeps. Private to tail.c and stage.c.
 */
#ifndef LR_STAGE_H
#define LR_STAGE_H

#include "query.h"
#include "table.h"

/* A column of the rows between two steps. */
typedef struct lr_stage_column {
    const char *name;
    lr_type type; /* TEXT: cell.text; DATE and INTEGER: cell.integer */
} lr_stage_column;

typedef struct lr_tail_stage {
    const lr_step *step;
    size_t n_in, n_out;
    lr_stage_column in[LR_COLUMNS_MAX], out[LR_COLUMNS_MAX];
    size_t n_keys;
    size_t key[LR_STEP_KEYS_MAX];                        /* which column of `in` */
    bool descending[LR_STEP_KEYS_MAX];                   /* TOP */
    size_t of[LR_AGGREGATES_MAX], by[LR_AGGREGATES_MAX]; /* GROUP: columns of `in` */
    size_t
        best[LR_AGGREGATES_MAX]; /* ARG_MAX: the cell behind the row that holds the largest `by` */
    uint64_t top;

    /* n rows of `width` cells: n_out of the step's own, behind them what GROUP needs to know. They
     * stand in chunks, so that more rows never need twice their memory. */
    lr_cell **chunks;
    size_t width, n, n_chunks;
    uint32_t *index; /* GROUP: 2^bits row numbers + 1, by hash; 0 is free */
    uint32_t bits;
    uint64_t *left; /* bytes that rows may still take; of the tail */
} lr_tail_stage;

/* A row of its input. The texts are borrowed. */
lr_status lr_stage_push(lr_tail_stage *stage, const lr_cell *row, lr_error *err);

/* Rows that will be pushed soon, each of so many cells: GROUP asks for the memory that they concern. */
void lr_stage_look_ahead(const lr_tail_stage *stage, const lr_cell *rows, size_t width, size_t n);

/* All rows of a stage of the same step, as if they had been pushed here. */
lr_status lr_stage_absorb(lr_tail_stage *stage, const lr_tail_stage *from, lr_error *err);

/* TOP: its rows in the order of the answer, after the last one. */
void lr_stage_sort(lr_tail_stage *stage);

/* Row i of the n that it keeps. */
lr_cell *lr_stage_row(const lr_tail_stage *stage, size_t i);

void lr_stage_free(lr_tail_stage *stage);

#endif
