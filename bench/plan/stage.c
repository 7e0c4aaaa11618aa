/* stage.c: rows by key, and the best rows: an index of hashes, and a heap. */
#include "stage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 256, LOOK_AHEAD = 64 };

typedef lr_tail_stage stage;

static lr_status no_memory(lr_error *err)
{
    return lr_fail(err, LR_E_RESOURCE, "no memory for the rows of an answer");
}

/* Takes n bytes of what rows may take. */
static lr_status take(stage *s, uint64_t n, lr_error *err)
{
    if (n > *s->left)
        return lr_fail(err, LR_E_RESOURCE,
                       "--memory: the rows of the answer, or of its dates, do not fit into it");
    *s->left -= n;
    return LR_OK;
}

enum { TEXT_EXTRA = 32 }; /* what malloc adds, at most */

/* A text of our own in place of *cell's; none where that fails. */
static lr_status own_text(stage *s, lr_cell *cell, lr_error *err)
{
    const lr_bytes text = cell->text;

    cell->text = (lr_bytes){NULL, 0};
    LR_TRY(take(s, text.n + TEXT_EXTRA, err));
    uint8_t *copy = malloc(text.n + 1);
    if (copy == NULL)
        return no_memory(err);
    memcpy(copy, text.data, text.n);
    cell->text = (lr_bytes){copy, text.n};
    return LR_OK;
}

static void free_text(stage *s, lr_cell *cell)
{
    *s->left += cell->text.data != NULL ? cell->text.n + TEXT_EXTRA : 0;
    free((void *)(uintptr_t)cell->text.data);
}

static void free_row(stage *s, lr_cell *row)
{
    for (size_t i = 0; i < s->n_out; i++)
        if (s->out[i].type == LR_TYPE_TEXT)
            free_text(s, &row[i]);
}

/* The row with texts of its own in kept; nothing is held where that fails. */
static lr_status own_row(stage *s, lr_cell *kept, const lr_cell *row, lr_error *err)
{
    memcpy(kept, row, s->n_out * sizeof *kept);
    for (size_t i = 0; i < s->n_out; i++)
        if (s->out[i].type == LR_TYPE_TEXT && own_text(s, &kept[i], err) != LR_OK) {
            while (i-- > 0)
                if (s->out[i].type == LR_TYPE_TEXT)
                    free_text(s, &kept[i]);
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

lr_cell *lr_stage_row(const stage *s, size_t i)
{
    return s->chunks[i / CHUNK_ROWS] + i % CHUNK_ROWS * s->width;
}

/* Room for one row more, behind the last. */
static lr_status row_room(stage *s, lr_error *err)
{
    if (s->n < s->n_chunks * CHUNK_ROWS)
        return LR_OK;
    LR_TRY(take(s, CHUNK_ROWS * s->width * sizeof(lr_cell), err));
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
    lr_cell *const x = lr_stage_row(s, a), *const y = lr_stage_row(s, b);

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
            if (before(s, lr_stage_row(s, last), lr_stage_row(s, child)))
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
        if (!before(s, lr_stage_row(s, up), lr_stage_row(s, i)))
            return;
        swap_rows(s, i, up);
    }
}

static lr_status push_top(stage *s, const lr_cell *row, lr_error *err)
{
    const bool full = s->n == s->top;

    if (full && (s->top == 0 || !before(s, row, lr_stage_row(s, 0))))
        return LR_OK;
    if (!full)
        LR_TRY(row_room(s, err));
    lr_cell kept[LR_COLUMNS_MAX];
    LR_TRY(own_row(s, kept, row, err));
    if (full)
        free_row(s, lr_stage_row(s, 0));
    memcpy(lr_stage_row(s, full ? 0 : s->n), kept, s->width * sizeof *kept);
    if (full) {
        sift_down(s, 0, s->n);
        return LR_OK;
    }
    sift_up(s, s->n++);
    return LR_OK;
}

/* The heap's rows in the order of the answer. */
void lr_stage_sort(stage *s)
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
        if (s->in[s->key[i]].type == LR_TYPE_TEXT)
            for (size_t b = 0; b < cell->text.n; b++) /* FNV-1a: short keys, and few rows */
                hash = (hash ^ cell->text.data[b]) * 0x100000001B3u;
        else
            hash = (hash ^ (uint64_t)cell->integer) * 0x9E3779B97F4A7C15u;
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
    LR_TRY(take(s, sizeof *s->index << bits, err));
    uint32_t *index = calloc((size_t)1 << bits, sizeof *index);

    if (index == NULL)
        return no_memory(err);
    for (size_t old = 0; s->bits != 0 && old < (size_t)1 << s->bits; old++) {
        if (s->index[old] == 0)
            continue;
        const size_t row = s->index[old] - 1;
        size_t i = (size_t)((uint64_t)lr_stage_row(s, row)[s->width - 1].integer >> (64 - bits));
        while (index[i] != 0)
            i = (i + 1) & (((size_t)1 << bits) - 1);
        index[i] = (uint32_t)row + 1;
    }
    *s->left += s->bits == 0 ? 0 : sizeof *index << s->bits;
    free(s->index);
    s->index = index;
    s->bits = bits;
    return LR_OK;
}

/* A new row for the key of `row`, its aggregates at their beginnings. */
static lr_status add_group(stage *s, const lr_cell *row, uint64_t hash, lr_error *err)
{
    LR_TRY(row_room(s, err));
    lr_cell *kept = lr_stage_row(s, s->n);
    memset(kept, 0, s->width * sizeof *kept);
    for (size_t i = 0; i < s->n_keys; i++) {
        kept[i] = row[s->key[i]];
        if (s->out[i].type == LR_TYPE_TEXT)
            LR_TRY(own_text(s, &kept[i], err));
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
        lr_cell *kept = lr_stage_row(s, s->index[i] - 1);
        if ((uint64_t)kept[s->width - 1].integer == hash && same_key(s, kept, row)) {
            *out = kept;
            return LR_OK;
        }
    }
    LR_TRY(add_group(s, row, hash, err));
    s->index[i] = (uint32_t)s->n;
    *out = lr_stage_row(s, s->n - 1);
    return LR_OK;
}

/* ARG_MAX: the text of the row where `by` is largest; of those, the least text. */
static lr_status arg_max(stage *s, lr_cell *text, lr_cell *best, const lr_cell *candidate,
                         int64_t by, lr_error *err)
{
    if (by < best->integer ||
        (by == best->integer && compare_text(candidate->text, text->text) >= 0))
        return LR_OK;
    best->integer = by;
    free_text(s, text);
    *text = *candidate;
    return own_text(s, text, err);
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
            LR_TRY(arg_max(s, cell, &kept[s->best[j]], &row[s->of[j]], row[s->by[j]].integer, err));
            break;
        case LR_AGGREGATE_NONE:
            break;
        }
    }
    return LR_OK;
}

/* A row that another stage of the same GROUP keeps. */
static lr_status absorb_group(stage *s, const lr_cell *row, lr_error *err)
{
    lr_cell key[LR_COLUMNS_MAX] = {{.integer = 0}}, *kept;

    for (size_t i = 0; i < s->n_keys; i++)
        key[s->key[i]] = row[i];
    LR_TRY(find_group(s, key, &kept, err));
    for (size_t j = 0; s->n_keys + j < s->n_out; j++) {
        lr_cell *cell = &kept[s->n_keys + j];
        const lr_cell *other = &row[s->n_keys + j];
        switch (s->step->aggregates[j].kind) {
        case LR_COUNT:
        case LR_SUM:
            cell->integer += other->integer;
            break;
        case LR_MAX:
            cell->integer = other->integer > cell->integer ? other->integer : cell->integer;
            break;
        case LR_ARG_MAX:
            LR_TRY(arg_max(s, cell, &kept[s->best[j]], other, row[s->best[j]].integer, err));
            break;
        case LR_AGGREGATE_NONE:
            break;
        }
    }
    return LR_OK;
}

lr_status lr_stage_absorb(stage *s, const stage *from, lr_error *err)
{
    for (size_t i = 0; i < from->n; i++) {
        const lr_cell *row = lr_stage_row(from, i);
        LR_TRY(s->step->kind == LR_TOP ? push_top(s, row, err) : absorb_group(s, row, err));
    }
    return LR_OK;
}

/* With thousands of rows kept, the index, the row and its text are three misses of the cache after each other;
 * of many rows at once they are three in all: half of the time of q1's merge. */
void lr_stage_look_ahead(const stage *s, const lr_cell *rows, size_t width, size_t n)
{
    const lr_cell *kept[LOOK_AHEAD];
    size_t at[LOOK_AHEAD];

    assert(n <= LOOK_AHEAD);
    if (s->step->kind != LR_GROUP || s->bits == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        at[i] = (size_t)(hash_key(s, rows + i * width) >> (64 - s->bits));
        __builtin_prefetch(&s->index[at[i]]);
    }
    for (size_t i = 0; i < n; i++) {
        kept[i] = s->index[at[i]] == 0 ? NULL : lr_stage_row(s, s->index[at[i]] - 1);
        for (size_t c = 0; kept[i] != NULL && c < s->width; c += 64 / sizeof(lr_cell))
            __builtin_prefetch(&kept[i][c], 1);
        if (kept[i] != NULL)
            __builtin_prefetch(&kept[i][s->width - 1], 1);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t c = s->n_keys; kept[i] != NULL && c < s->n_out; c++)
            if (s->out[c].type == LR_TYPE_TEXT)
                __builtin_prefetch(kept[i][c].text.data);
}

lr_status lr_stage_push(stage *s, const lr_cell *row, lr_error *err)
{
    return s->step->kind == LR_TOP ? push_top(s, row, err) : push_group(s, row, err);
}

void lr_stage_free(stage *s)
{
    for (size_t row = 0; row < s->n; row++)
        free_row(s, lr_stage_row(s, row));
    for (size_t chunk = 0; chunk < s->n_chunks; chunk++)
        free(s->chunks[chunk]);
    free(s->chunks);
    free(s->index);
}
