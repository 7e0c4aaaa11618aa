/* table.c: a small table that owns its memory. */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

lr_status lr_table_new(lr_table **out, const char *query, lr_error *err)
{
    lr_table *table = *out = calloc(1, sizeof *table);

    if (table == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory for the answer", query);
    table->query = query;
    return LR_OK;
}

void lr_table_add_column(lr_table *table, const char *name, lr_type type)
{
    assert(table->n_columns < LR_COLUMNS_MAX && table->n_rows == 0);
    assert(type == LR_TYPE_INTEGER || type == LR_TYPE_TEXT);
    table->names[table->n_columns] = name;
    table->types[table->n_columns++] = type;
}

/* Room for one more row. */
static bool reserve_row(lr_table *table)
{
    if (table->n_rows < table->rows_max)
        return true;
    const size_t rows_max = table->rows_max == 0 ? 16 : 2 * table->rows_max;
    lr_cell *cells = reallocarray(table->cells, rows_max, table->n_columns * sizeof *cells);
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->rows_max = rows_max;
    return true;
}

static void free_texts(const lr_table *table, const lr_cell *row, size_t n_columns)
{
    for (size_t c = 0; c < n_columns; c++)
        if (table->types[c] == LR_TYPE_TEXT)
            free((void *)row[c].text.data);
}

lr_status lr_table_append(lr_table *table, const lr_cell *cells, lr_error *err)
{
    assert(table->n_columns > 0);
    if (!reserve_row(table))
        goto no_memory;

    lr_cell *const row = table->cells + table->n_rows * table->n_columns;
    for (size_t c = 0; c < table->n_columns; c++) {
        row[c] = cells[c];
        if (table->types[c] != LR_TYPE_TEXT)
            continue;
        uint8_t *const copy = malloc(cells[c].text.n + 1); /* an empty text has its address too */
        if (copy == NULL) {
            free_texts(table, row, c);
            goto no_memory;
        }
        if (cells[c].text.n > 0)
            memcpy(copy, cells[c].text.data, cells[c].text.n);
        row[c].text.data = copy;
    }
    table->n_rows++;
    return LR_OK;

no_memory:
    return lr_fail(err, LR_E_RESOURCE, "%s: no memory for %zu rows of the answer", table->query,
                   table->n_rows + 1);
}

void lr_table_free(lr_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n_rows; i++)
        free_texts(table, table->cells + i * table->n_columns, table->n_columns);
    free(table->cells);
    free(table);
}

size_t lr_table_rows(const lr_table *table)
{
    return table->n_rows;
}

size_t lr_table_columns(const lr_table *table)
{
    return table->n_columns;
}

const char *lr_table_name(const lr_table *table, size_t column)
{
    return column < table->n_columns ? table->names[column] : NULL;
}

bool lr_table_is_integer(const lr_table *table, size_t column)
{
    return column < table->n_columns && table->types[column] == LR_TYPE_INTEGER;
}

/* The cell, or NULL where there is none of this type. */
static const lr_cell *cell_at(const lr_table *table, size_t row, size_t column, lr_type type)
{
    if (row >= table->n_rows || column >= table->n_columns || table->types[column] != type)
        return NULL;
    return &table->cells[row * table->n_columns + column];
}

const char *lr_table_text(const lr_table *table, size_t row, size_t column, size_t *n)
{
    const lr_cell *cell = cell_at(table, row, column, LR_TYPE_TEXT);

    *n = cell == NULL ? 0 : cell->text.n;
    return cell == NULL ? NULL : (const char *)cell->text.data;
}

int64_t lr_table_integer(const lr_table *table, size_t row, size_t column)
{
    const lr_cell *cell = cell_at(table, row, column, LR_TYPE_INTEGER);

    return cell == NULL ? 0 : cell->integer;
}

uint64_t lr_table_records(const lr_table *table)
{
    return table->records;
}

uint64_t lr_table_rejected(const lr_table *table)
{
    return table->rejected;
}

uint64_t lr_table_skipped_null(const lr_table *table)
{
    return table->skipped_null;
}
