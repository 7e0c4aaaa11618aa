/*
 * tail.c: GROUP and TOP over rows of cells, pushed from step to step. A step keeps what it must (a
 * row per key, or the best rows so far) with texts of its own, so that the rows it was given may go.
 */
#include "tail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 256 };

/* A column of the rows between two steps. */
typedef struct column {
    const char *name;
    lr_type type; /* TEXT: cell.text; DATE and INTEGER: cell.integer */
} column;

typedef struct stage {
    const lr_step *step;
    size_t n_in, n_out;
    column in[LR_COLUMNS_MAX], out[LR_COLUMNS_MAX];
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
} stage;

struct lr_tail {
    stage stages[LR_STEPS_MAX];
    size_t n_stages;
    const lr_query *query;
    uint64_t pushed;
    bool has_date, date_first; /* the shape of the rows that are pushed in */
};

static lr_status no_memory(lr_error *err)
{
    return lr_fail(err, LR_E_RESOURCE, "no memory for the rows of an answer");
}

/* A text of our own in place of *cell's. */
static lr_status own_text(lr_cell *cell, lr_error *err)
{
    uint8_t *copy = malloc(cell->text.n + 1);
    if (copy == NULL) {
        cell->text = (lr_bytes){NULL, 0};
        return no_memory(err);
    }
    memcpy(copy, cell->text.data, cell->text.n);
    cell->text.data = copy;
    return LR_OK;
}

static void free_row(const stage *s, lr_cell *row)
{
    for (size_t i = 0; i < s->n_out; i++)
        if (s->out[i].type == LR_TYPE_TEXT)
            free((void *)(uintptr_t)row[i].text.data);
}

/* The row with texts of its own in kept; nothing is held where that fails. */
static lr_status own_row(const stage *s, lr_cell *kept, const lr_cell *row, lr_error *err)
{
    memcpy(kept, row, s->n_out * sizeof *kept);
    for (size_t i = 0; i < s->n_out; i++)
        if (s->out[i].type == LR_TYPE_TEXT && own_text(&kept[i], err) != LR_OK) {
            while (i-- > 0)
                if (s->out[i].type == LR_TYPE_TEXT)
                    free((void *)(uintptr_t)kept[i].text.data);
            return LR_E_RESOURCE;
        }
    return LR_OK;
}

static int compare_text(lr_bytes a, lr_bytes b) /* by bytes, which is by code points in UTF-8 */
{
    const int order = memcmp(a.data, b.data, a.n < b.n ? a.n : b.n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_cells(lr_type type, const lr_cell *a, const lr_cell *b)
{
    if (type == LR_TYPE_TEXT)
        return compare_text(a->text, b->text);
    return (a->integer > b->integer) - (a->integer < b->integer);
}

static lr_cell *row_at(const stage *s, size_t i)
{
    return s->chunks[i / CHUNK_ROWS] + i % CHUNK_ROWS * s->width;
}

/* Room for one row more, behind the last. */
static lr_status row_room(stage *s, lr_error *err)
{
    if (s->n < s->n_chunks * CHUNK_ROWS)
        return LR_OK;
    lr_cell **chunks = reallocarray(s->chunks, s->n_chunks + 1, sizeof *chunks);
    if (chunks == NULL)
        return no_memory(err);
    s->chunks = chunks;
    chunks[s->n_chunks] = reallocarray(NULL, CHUNK_ROWS, s->width * sizeof(lr_cell));
    if (chunks[s->n_chunks] == NULL)
        return no_memory(err);
    s->n_chunks++;
    return LR_OK;
}

/* ---- TOP: a heap whose root is the row that would go next ---- */

/* Does row a come before row b in the answer? Total: the query names keys that settle every tie. */
static bool before(const stage *s, const lr_cell *a, const lr_cell *b)
{
    for (size_t i = 0; i < s->n_keys; i++) {
        const size_t c = s->key[i];
        const int order = compare_cells(s->in[c].type, &a[c], &b[c]);
        if (order != 0)
            return s->descending[i] ? order > 0 : order < 0;
    }
    return false;
}

static void swap_rows(stage *s, size_t a, size_t b)
{
    lr_cell *const x = row_at(s, a), *const y = row_at(s, b);

    for (size_t c = 0; c < s->width; c++) {
        const lr_cell cell = x[c];
        x[c] = y[c];
        y[c] = cell;
    }
}

static void sift_down(stage *s, size_t i, size_t n)
{
    for (;;) {
        size_t last = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (before(s, row_at(s, last), row_at(s, child)))
                last = child;
        if (last == i)
            return;
        swap_rows(s, i, last);
        i = last;
    }
}

static void sift_up(stage *s, size_t i)
{
    for (size_t up; i > 0; i = up) {
        up = (i - 1) / 2;
        if (!before(s, row_at(s, up), row_at(s, i)))
            return;
        swap_rows(s, i, up);
    }
}

static lr_status push_top(stage *s, const lr_cell *row, lr_error *err)
{
    const bool full = s->n == s->top;

    if (full && (s->top == 0 || !before(s, row, row_at(s, 0))))
        return LR_OK;
    if (!full)
        LR_TRY(row_room(s, err));
    lr_cell kept[LR_COLUMNS_MAX];
    LR_TRY(own_row(s, kept, row, err));
    if (full)
        free_row(s, row_at(s, 0));
    memcpy(row_at(s, full ? 0 : s->n), kept, s->width * sizeof *kept);
    if (full) {
        sift_down(s, 0, s->n);
        return LR_OK;
    }
    sift_up(s, s->n++);
    return LR_OK;
}

/* The heap's rows in the order of the answer. */
static void sort_top(stage *s)
{
    for (size_t n = s->n; n > 1; n--) {
        swap_rows(s, 0, n - 1);
        sift_down(s, 0, n - 1);
    }
}

/* ---- GROUP: a row per key, found by an index of hashes ---- */

static uint64_t hash_key(const stage *s, const lr_cell *row)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (size_t i = 0; i < s->n_keys; i++) {
        const lr_cell *cell = &row[s->key[i]];
        const bool text = s->in[s->key[i]].type == LR_TYPE_TEXT;
        const uint8_t *bytes = text ? cell->text.data : (const uint8_t *)&cell->integer;
        const size_t n = text ? cell->text.n : sizeof cell->integer;
        for (size_t b = 0; b < n; b++) /* FNV-1a: short keys, and few rows */
            hash = (hash ^ bytes[b]) * 0x100000001B3u;
    }
    return (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
}

/* Is the kept row that of this key? Kept rows begin with their key's cells. */
static bool same_key(const stage *s, const lr_cell *kept, const lr_cell *row)
{
    for (size_t i = 0; i < s->n_keys; i++)
        if (compare_cells(s->out[i].type, &kept[i], &row[s->key[i]]) != 0)
            return false;
    return true;
}

/* Twice the index, at first or again. */
static lr_status grow_index(stage *s, lr_error *err)
{
    const uint32_t bits = s->bits == 0 ? 8 : s->bits + 1;
    uint32_t *index = calloc((size_t)1 << bits, sizeof *index);

    if (index == NULL)
        return no_memory(err);
    for (size_t old = 0; s->bits != 0 && old < (size_t)1 << s->bits; old++) {
        if (s->index[old] == 0)
            continue;
        const size_t row = s->index[old] - 1;
        size_t i = (size_t)((uint64_t)row_at(s, row)[s->width - 1].integer >> (64 - bits));
        while (index[i] != 0)
            i = (i + 1) & (((size_t)1 << bits) - 1);
        index[i] = (uint32_t)row + 1;
    }
    free(s->index);
    s->index = index;
    s->bits = bits;
    return LR_OK;
}

/* A new row for the key of `row`, its aggregates at their beginnings. */
static lr_status add_group(stage *s, const lr_cell *row, uint64_t hash, lr_error *err)
{
    LR_TRY(row_room(s, err));
    lr_cell *kept = row_at(s, s->n);
    memset(kept, 0, s->width * sizeof *kept);
    for (size_t i = 0; i < s->n_keys; i++) {
        kept[i] = row[s->key[i]];
        if (s->out[i].type == LR_TYPE_TEXT)
            LR_TRY(own_text(&kept[i], err));
    }
    for (size_t j = 0; s->n_keys + j < s->n_out; j++) {
        if (s->step->aggregates[j].kind == LR_MAX)
            kept[s->n_keys + j].integer = INT64_MIN;
        if (s->step->aggregates[j].kind == LR_ARG_MAX)
            kept[s->best[j]].integer = INT64_MIN;
    }
    kept[s->width - 1].integer = (int64_t)hash;
    s->n++;
    return LR_OK;
}

/* The kept row for the key of `row`. */
static lr_status find_group(stage *s, const lr_cell *row, lr_cell **out, lr_error *err)
{
    const uint64_t hash = hash_key(s, row);

    if (s->bits == 0 || s->n >= (size_t)1 << (s->bits - 1))
        LR_TRY(grow_index(s, err));
    size_t i = (size_t)(hash >> (64 - s->bits));
    for (; s->index[i] != 0; i = (i + 1) & (((size_t)1 << s->bits) - 1)) {
        lr_cell *kept = row_at(s, s->index[i] - 1);
        if ((uint64_t)kept[s->width - 1].integer == hash && same_key(s, kept, row)) {
            *out = kept;
            return LR_OK;
        }
    }
    LR_TRY(add_group(s, row, hash, err));
    s->index[i] = (uint32_t)s->n;
    *out = row_at(s, s->n - 1);
    return LR_OK;
}

/* ARG_MAX: the text of the row where `by` is largest; of those, the least text. */
static lr_status arg_max(lr_cell *text, lr_cell *best, const lr_cell *candidate, int64_t by,
                         lr_error *err)
{
    if (by < best->integer ||
        (by == best->integer && compare_text(candidate->text, text->text) >= 0))
        return LR_OK;
    best->integer = by;
    free((void *)(uintptr_t)text->text.data);
    *text = *candidate;
    return own_text(text, err);
}

static lr_status push_group(stage *s, const lr_cell *row, lr_error *err)
{
    lr_cell *kept;

    LR_TRY(find_group(s, row, &kept, err));
    for (size_t j = 0; s->n_keys + j < s->n_out; j++) {
        lr_cell *cell = &kept[s->n_keys + j];
        const int64_t value = row[s->of[j]].integer;
        switch (s->step->aggregates[j].kind) {
        case LR_COUNT:
            cell->integer++;
            break;
        case LR_SUM:
            cell->integer += value;
            break;
        case LR_MAX:
            cell->integer = value > cell->integer ? value : cell->integer;
            break;
        case LR_ARG_MAX:
            LR_TRY(arg_max(cell, &kept[s->best[j]], &row[s->of[j]], row[s->by[j]].integer, err));
            break;
        case LR_AGGREGATE_NONE:
            break;
        }
    }
    return LR_OK;
}

/* ---- the stages of a query, and what flows through them ---- */

static lr_status push(stage *s, const lr_cell *row, lr_error *err)
{
    return s->step->kind == LR_TOP ? push_top(s, row, err) : push_group(s, row, err);
}

/* The number of the column of this name. A query names only columns that it has. */
static size_t column_named(const column *columns, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(columns[i].name, name) == 0)
            return i;
    assert(!"a query names a column that it does not have");
    return 0;
}

static void compile_group_stage(stage *s)
{
    for (size_t i = 0; i < s->n_keys; i++)
        s->out[s->n_out++] = s->in[s->key[i]];
    for (size_t j = 0; j < LR_AGGREGATES_MAX; j++) {
        const lr_aggregate *a = &s->step->aggregates[j];
        if (a->kind == LR_AGGREGATE_NONE)
            break;
        s->of[j] = a->of != NULL ? column_named(s->in, s->n_in, a->of) : 0;
        s->by[j] = a->by != NULL ? column_named(s->in, s->n_in, a->by) : 0;
        s->out[s->n_out++] =
            (column){a->name, a->kind == LR_ARG_MAX ? LR_TYPE_TEXT : LR_TYPE_INTEGER};
    }
    s->width = s->n_out;
    for (size_t j = 0; s->n_keys + j < s->n_out; j++)
        if (s->step->aggregates[j].kind == LR_ARG_MAX)
            s->best[j] = s->width++;
    s->width++; /* the hash of the key */
}

/* A stage for the step, whose rows look like these columns. */
static void compile(stage *s, const lr_step *step, const column *in, size_t n_in, uint64_t top)
{
    s->step = step;
    s->n_in = n_in;
    memcpy(s->in, in, n_in * sizeof *in);
    for (; s->n_keys < LR_STEP_KEYS_MAX && step->keys[s->n_keys] != NULL; s->n_keys++) {
        const char *name = step->keys[s->n_keys];
        s->descending[s->n_keys] = name[0] == '-';
        s->key[s->n_keys] = column_named(in, n_in, name + (name[0] == '-'));
    }
    if (step->kind == LR_GROUP) {
        compile_group_stage(s);
        return;
    }
    s->top = top != 0 ? top : step->n;
    s->n_out = s->width = n_in;
    memcpy(s->out, in, n_in * sizeof *in);
}

/* The columns of the rows that are pushed in: the keys of the first GROUP in their order, and n. */
static size_t first_columns(const lr_hot *hot, column *out)
{
    const lr_step *group = hot->tail - 1;
    size_t n = 0;

    for (; n < LR_STEP_KEYS_MAX && group->keys[n] != NULL; n++) {
        const bool date = hot->key_date >= 0 && n == (hot->date_first ? 0u : 1u);
        out[n] = (column){group->keys[n], date ? LR_TYPE_DATE : LR_TYPE_TEXT};
    }
    out[n] = (column){group->aggregates[0].name, LR_TYPE_INTEGER};
    return n + 1;
}

lr_status lr_tail_new(lr_tail **out, const lr_hot *hot, uint64_t top, lr_error *err)
{
    lr_tail *tail = *out = calloc(1, sizeof *tail);
    column in[LR_COLUMNS_MAX];

    if (tail == NULL)
        return no_memory(err);
    size_t n = first_columns(hot, in);
    tail->query = hot->query;
    tail->has_date = hot->key_date >= 0;
    tail->date_first = hot->date_first;
    for (const lr_step *step = hot->tail; step->kind != LR_STEP_END; step++) {
        stage *s = &tail->stages[tail->n_stages++];
        compile(s, step, in, n, top);
        n = s->n_out;
        memcpy(in, s->out, n * sizeof *in);
    }
    assert(tail->n_stages > 0 && tail->stages[tail->n_stages - 1].step->kind == LR_TOP);
    return LR_OK;
}

lr_status lr_tail_push(lr_tail *tail, lr_date date, lr_bytes text, uint64_t n, lr_error *err)
{
    lr_cell row[3];
    size_t at = 0;

    tail->pushed++;
    if (tail->has_date && tail->date_first)
        row[at++].integer = date;
    row[at++].text = text;
    if (tail->has_date && !tail->date_first)
        row[at++].integer = date;
    row[at].integer = (int64_t)n;
    return push(&tail->stages[0], row, err);
}

/* A row of the answer: dates become text. */
static lr_status append(const stage *s, const lr_cell *row, lr_table *table, lr_error *err)
{
    char dates[LR_COLUMNS_MAX][16];
    lr_cell cells[LR_COLUMNS_MAX];

    for (size_t c = 0; c < s->n_out; c++) {
        cells[c] = row[c];
        if (s->out[c].type != LR_TYPE_DATE)
            continue;
        const unsigned date = (unsigned)row[c].integer;
        snprintf(dates[c], sizeof dates[c], "%04u-%02u-%02u", date / 10000 % 10000,
                 date / 100 % 100, date % 100);
        cells[c].text = (lr_bytes){(const uint8_t *)dates[c], 10};
    }
    return lr_table_append(table, cells, err);
}

lr_status lr_tail_finish(lr_tail *tail, lr_table **out, lr_error *err)
{
    for (size_t i = 0; i + 1 < tail->n_stages; i++) {
        stage *s = &tail->stages[i];
        if (s->step->kind == LR_TOP)
            sort_top(s);
        for (size_t row = 0; row < s->n; row++)
            LR_TRY(push(s + 1, row_at(s, row), err));
    }
    stage *last = &tail->stages[tail->n_stages - 1];
    sort_top(last);

    LR_TRY(lr_table_new(out, tail->query->name, err));
    for (size_t c = 0; c < last->n_out; c++)
        lr_table_add_column(*out, last->out[c].name,
                            last->out[c].type == LR_TYPE_INTEGER ? LR_TYPE_INTEGER : LR_TYPE_TEXT);
    for (size_t row = 0; row < last->n; row++) {
        const lr_status status = append(last, row_at(last, row), *out, err);
        if (status != LR_OK) {
            lr_table_free(*out);
            *out = NULL;
            return status;
        }
    }
    return LR_OK;
}

uint64_t lr_tail_pushed(const lr_tail *tail)
{
    return tail->pushed;
}

void lr_tail_free(lr_tail *tail)
{
    if (tail == NULL)
        return;
    for (size_t i = 0; i < tail->n_stages; i++) {
        stage *s = &tail->stages[i];
        for (size_t row = 0; row < s->n; row++)
            free_row(s, row_at(s, row));
        for (size_t chunk = 0; chunk < s->n_chunks; chunk++)
            free(s->chunks[chunk]);
        free(s->chunks);
        free(s->index);
    }
    free(tail);
}
