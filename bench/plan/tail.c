/*
 * tail.c: GROUP and TOP over rows of cells, pushed from step to step. A step keeps what it must (a
 * row per key, or the best rows so far) with texts of its own, so that the rows it was given may go.
 */
#include "tail.h"
#include "stage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef lr_tail_stage stage;
typedef lr_stage_column column;

struct lr_tail {
    stage stages[LR_STEPS_MAX];
    size_t n_stages;
    const lr_query *query;
    uint64_t pushed, left;
    bool has_date, date_first; /* the shape of the rows that are pushed in */
};

static lr_status no_memory(lr_error *err)
{
    return lr_fail(err, LR_E_RESOURCE, "no memory for the rows of an answer");
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
    tail->left = UINT64_MAX;
    tail->has_date = hot->key_date >= 0;
    tail->date_first = hot->date_first;
    for (const lr_step *step = hot->tail; step->kind != LR_STEP_END; step++) {
        stage *s = &tail->stages[tail->n_stages++];
        compile(s, step, in, n, top);
        s->left = &tail->left;
        n = s->n_out;
        memcpy(in, s->out, n * sizeof *in);
    }
    assert(tail->n_stages > 0 && tail->stages[tail->n_stages - 1].step->kind == LR_TOP);
    return LR_OK;
}

void lr_tail_bound(lr_tail *tail, uint64_t bytes)
{
    tail->left = bytes;
}

lr_status lr_tail_push(lr_tail *tail, const lr_counted *groups, size_t n, lr_error *err)
{
    lr_cell rows[LR_COUNTED_MAX][3];

    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        if (tail->has_date && tail->date_first)
            rows[i][at++].integer = groups[i].tag;
        rows[i][at++].text = groups[i].text;
        if (tail->has_date && !tail->date_first)
            rows[i][at++].integer = groups[i].tag;
        rows[i][at].integer = (int64_t)groups[i].n;
    }
    if (n > 1)
        lr_stage_look_ahead(&tail->stages[0], rows[0], LR_COUNT_OF(rows[0]), n);
    for (size_t i = 0; i < n; i++)
        LR_TRY(lr_stage_push(&tail->stages[0], rows[i], err));
    tail->pushed += n;
    return LR_OK;
}

lr_status lr_tail_absorb(lr_tail *tail, const lr_tail *from, lr_error *err)
{
    tail->pushed += from->pushed;
    return lr_stage_absorb(&tail->stages[0], &from->stages[0], err);
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
            lr_stage_sort(s);
        for (size_t row = 0; row < s->n; row++)
            LR_TRY(lr_stage_push(s + 1, lr_stage_row(s, row), err));
    }
    stage *last = &tail->stages[tail->n_stages - 1];
    lr_stage_sort(last);

    LR_TRY(lr_table_new(out, tail->query->name, err));
    for (size_t c = 0; c < last->n_out; c++)
        lr_table_add_column(*out, last->out[c].name,
                            last->out[c].type == LR_TYPE_INTEGER ? LR_TYPE_INTEGER : LR_TYPE_TEXT);
    for (size_t row = 0; row < last->n; row++) {
        const lr_status status = append(last, lr_stage_row(last, row), *out, err);
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
    for (size_t i = 0; i < tail->n_stages; i++)
        lr_stage_free(&tail->stages[i]);
    free(tail);
}
