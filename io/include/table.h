/*
 * table.h: a small table that owns its memory, and how it is written.
 */
#ifndef LR_TABLE_H
#define LR_TABLE_H

#include "fields.h"

#include <stdio.h>

typedef union lr_cell {
    int64_t integer; /* in a column of LR_TYPE_INTEGER; a date's lr_date in one of LR_TYPE_DATE */
    lr_bytes text;   /* UTF-8, owned by the table */
} lr_cell;

enum { LR_COLUMNS_MAX = 9 };

struct lr_table {
    const char *query; /* its name; borrowed, as the columns' names are */
    size_t n_columns, n_rows, rows_max;
    const char *names[LR_COLUMNS_MAX];
    lr_type types[LR_COLUMNS_MAX]; /* LR_TYPE_INTEGER or LR_TYPE_TEXT (dates stand as text) */
    lr_cell *cells;                /* n_rows rows of n_columns */
    uint64_t records, rejected, skipped_null;
};

lr_status lr_table_new(lr_table **out, const char *query, lr_error *err);
void lr_table_add_column(lr_table *table, const char *name, lr_type type);

/* Appends a row; texts are copied. cells has n_columns. */
lr_status lr_table_append(lr_table *table, const lr_cell *cells, lr_error *err);

typedef enum lr_format {
    LR_FORMAT_TABLE,
    LR_FORMAT_JSON,
    LR_FORMAT_JSONL,
    LR_FORMAT_CSV,
    LR_FORMAT_TSV,
    LR_FORMAT_MD
} lr_format;

/* Writes n answers as CONTRACT section 6 says: one by itself; with `all` set as the one answer of the
 * command `all`. Does not flush. LR_E_IO names the reason. */
lr_status lr_tables_write(lr_table *const *tables, size_t n, bool all, lr_format format, bool color,
                          FILE *out, lr_error *err);

#endif
