/*
 * reference.c: the reference engine, the judge of queries as data. Not shipped, never made faster.
 *
 *     reference QUERY [--option=value...] FILE
 *
 * It reads NDJSON with the kernels' definitions (tier ref), one line at a time, into one table of
 * decoded values, and runs the steps of the query one after the other, each from a whole table to a
 * whole table. Prints the answer as JSON, or the place of the first bad record (exit 1).
 */
#include "options.h"
#include "query.h"
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 8, MATCHES_MAX = 64 };

typedef struct value {
    bool null, integer;
    int64_t number;
    lr_bytes text;
} value;

typedef struct table {
    size_t n_columns, n_rows, rows_max;
    const char *names[COLUMNS_MAX + LR_AGGREGATES_MAX];
    value *cells;
} table;

typedef struct engine {
    lr_kernels kernels;
    lr_options *options;
    lr_fields fields;
    lr_batch batch;
    uint8_t *line; /* the line at hand, padded */
    uint64_t records, rejected, skipped_null;
    char first_bad[LR_MESSAGE_MAX];
} engine;

/* Everything that is allocated; freed at the end. */
static void **kept;
static size_t n_kept, kept_max;

static void fail(int status, const char *message)
{
    fprintf(stderr, "%s\n", message);
    exit(status);
}

static void *keep(void *old, size_t n)
{
    void *memory = realloc(old, n);
    if (memory == NULL)
        fail(4, "no memory");
    return memory;
}

static lr_bytes keep_text(const uint8_t *text, size_t n)
{
    uint8_t *copy = memset(keep(NULL, n + LR_PADDING), 0, n + LR_PADDING);
    memcpy(copy, text, n);
    if (n_kept == kept_max)
        kept = keep(kept, (kept_max = 2 * kept_max + 16) * sizeof *kept);
    kept[n_kept++] = copy;
    return (lr_bytes){copy, n};
}

static value *row_of(const table *t, size_t row)
{
    return t->cells + row * t->n_columns;
}

static value *add_row(table *t)
{
    if (t->n_rows == t->rows_max) {
        t->rows_max = 2 * t->rows_max + 16;
        t->cells = keep(t->cells, t->rows_max * t->n_columns * sizeof *t->cells);
    }
    return row_of(t, t->n_rows++);
}

static size_t column_of(const table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->names[i], name) == 0)
            return i;
    fail(70, name);
    return 0;
}

static int compare(const value *a, const value *b)
{
    if (a->integer)
        return (a->number > b->number) - (a->number < b->number);
    const size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
    const int order = n == 0 ? 0 : memcmp(a->text.data, b->text.data, n);
    return order != 0 ? order : (a->text.n > b->text.n) - (a->text.n < b->text.n);
}

/* ---- a line to a row ---- */

/* Field f of the one record of the batch; sets *bad where it is no good. */
static value read_field(engine *e, size_t f, bool *bad)
{
    const lr_field *field = &e->fields.field[f];
    uint8_t *kind = &e->batch.columns[f].kinds[0];
    const lr_span span = e->batch.columns[f].spans[0];
    value out = {.null = *kind <= LR_NULL};
    lr_date date = 0;

    *bad = *kind >= LR_BAD;
    if (out.null || *bad)
        return out;
    if (field->type == LR_TYPE_DATE) {
        char text[16];
        e->kernels.dates(e->batch.src, e->batch.columns[f], 1, &date);
        *bad = *kind >= LR_BAD;
        snprintf(text, sizeof text, "%04u-%02u-%02u", date / 10000 % 10000, date / 100 % 100,
                 date % 100);
        out.text = keep_text((const uint8_t *)text, 10);
        out.number = date;
        return out;
    }
    out.text = keep_text(e->batch.src + span.offset, span.length);
    if (*kind == LR_ESCAPED) {
        uint8_t *plain = keep(NULL, span.length + LR_PADDING);
        const size_t n = e->kernels.unescape(out.text.data, span.length, plain);
        out.text = keep_text(plain, n);
        free(plain);
    }
    return out;
}

static bool in_range(const engine *e, const value *date)
{
    const lr_options *o = e->options;
    if (o->since == 0 && o->until == 0)
        return true;
    return !date->null && (o->since == 0 || date->number >= o->since) &&
           (o->until == 0 || date->number <= o->until);
}

/* The line's record, if it has one, as a row of t. Returns whether it held one; *bad: a bad one. */
static bool read_line(engine *e, const uint8_t *line, size_t n, table *t, bool *bad)
{
    value values[COLUMNS_MAX];
    bool lacks = false;
    size_t date = SIZE_MAX;

    *bad = false;
    e->line = keep(e->line, n + LR_PADDING);
    memset(e->line, ' ', n + LR_PADDING);
    memcpy(e->line, line, n);
    const lr_slice slice = {.bytes = {e->line, n}, .format = LR_INPUT_NDJSON};
    lr_read_batch(&e->kernels, &e->fields, LR_VALIDATE_FULL, &slice, 0, &e->batch);
    if (e->batch.records.n == 0)
        return false;
    *bad = e->batch.records.reason[0] != LR_GOOD;
    for (size_t f = 0; f < e->fields.n && !*bad; f++) {
        values[f] = read_field(e, f, bad);
        lacks |= values[f].null;
        if (e->fields.field[f].type == LR_TYPE_DATE)
            date = f;
    }
    if (*bad)
        return true;
    e->records++;
    e->skipped_null += lacks;
    if (date == SIZE_MAX || in_range(e, &values[date]))
        memcpy(add_row(t), values, t->n_columns * sizeof *values);
    return true;
}

static void read_lines(engine *e, const char *name, const uint8_t *data, size_t n, table *t)
{
    uint64_t line = 0, taken = 0;
    bool bad;

    for (size_t at = 0, next; at < n && taken < e->options->limit; at = next) {
        const uint8_t *end = memchr(data + at, '\n', n - at);
        next = end == NULL ? n : (size_t)(end - data) + 1;
        const size_t mark = at == 0 && n >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        line++;
        taken += read_line(e, data + at + mark, next - at - mark, t, &bad);
        if (!bad)
            continue;
        if (e->rejected++ == 0)
            snprintf(e->first_bad, sizeof e->first_bad, "%s:%" PRIu64 ":%zu: bad", name, line, at);
        if (e->options->on_error == LR_ON_ERROR_FAIL)
            fail(1, e->first_bad);
    }
    if (e->rejected > e->options->max_errors)
        fail(1, e->first_bad);
}

/* ---- the steps, each from a table to a new one ---- */

static void add_match(const table *in, size_t row, lr_bytes text, table *out)
{
    value *cells = add_row(out);
    memcpy(cells, row_of(in, row), in->n_columns * sizeof *cells);
    cells[in->n_columns] = (value){.text = keep_text(text.data, text.n)};
}

static void step_unnest(const engine *e, const lr_step *step, const table *in, table *out)
{
    const size_t of = column_of(in, step->of);
    const lr_emoji_set *set =
        e->options->modes.emoji == LR_EMOJI_2_16 ? lr_emoji_set_2_16() : lr_emoji_set_1_4_1();

    *out = *in;
    out->cells = NULL;
    out->n_rows = out->rows_max = 0;
    out->names[out->n_columns++] = step->name;
    for (size_t row = 0; row < in->n_rows; row++) {
        const value *text = row_of(in, row) + of;
        lr_span span = {0, (uint32_t)text->text.n}, spans[MATCHES_MAX];
        uint8_t kind = text->null ? LR_NULL : LR_PLAIN, kinds[MATCHES_MAX];
        uint32_t symbols[MATCHES_MAX];
        const lr_column column = {&span, &kind}, found = {spans, kinds};
        lr_cursor cursor = {0, 0};

        while (cursor.row < 1) {
            const bool emojis = step->matcher == LR_MATCH_EMOJIS;
            const size_t n = emojis ? e->kernels.find_emojis(text->text.data, column, 1, set,
                                                             &cursor, symbols, MATCHES_MAX)
                                    : e->kernels.find_mentions(text->text.data, column, 1,
                                                               e->options->modes.mentions, &cursor,
                                                               found, MATCHES_MAX);
            for (size_t i = 0; i < n; i++)
                add_match(in, row,
                          emojis ? lr_emoji_text(set, symbols[i])
                                 : (lr_bytes){text->text.data + spans[i].offset, spans[i].length},
                          out);
        }
    }
}

/* The group that has the row's keys: looked for among all of them, one after the other. */
static value *group_of(const table *in, const size_t *keys, size_t n_keys, size_t row, table *out,
                       bool *is_new)
{
    for (size_t g = 0; g < out->n_rows; g++) {
        size_t same = 0;
        while (same < n_keys && compare(row_of(out, g) + same, row_of(in, row) + keys[same]) == 0)
            same++;
        if (same == n_keys) {
            *is_new = false;
            return row_of(out, g);
        }
    }
    value *group = add_row(out);
    for (size_t i = 0; i < n_keys; i++)
        group[i] = row_of(in, row)[keys[i]];
    *is_new = true;
    return group;
}

static void aggregate(const lr_aggregate *a, const table *in, size_t row, bool is_new, value *best,
                      value *cell)
{
    const value *of = a->of == NULL ? NULL : row_of(in, row) + column_of(in, a->of);
    const value *by = a->by == NULL ? NULL : row_of(in, row) + column_of(in, a->by);

    switch (a->kind) {
    case LR_COUNT:
    case LR_SUM:
        *cell = (value){.integer = true,
                        .number = (is_new ? 0 : cell->number) + (of == NULL ? 1 : of->number)};
        break;
    case LR_MAX:
        if (is_new || compare(of, cell) > 0)
            *cell = *of;
        break;
    case LR_ARG_MAX:
        if (is_new || by->number > best->number ||
            (by->number == best->number && compare(of, cell) < 0)) {
            *cell = *of;
            *best = *by;
        }
        break;
    case LR_AGGREGATE_NONE:
        break;
    }
}

/* The columns behind the aggregates, without a name, hold what ARG_MAX has to remember. */
static void step_group(const lr_step *step, const table *in, table *out)
{
    size_t keys[LR_STEP_KEYS_MAX], n_keys = 0, n_aggregates = 0;

    *out = (table){0};
    for (; n_keys < LR_STEP_KEYS_MAX && step->keys[n_keys] != NULL; n_keys++) {
        keys[n_keys] = column_of(in, step->keys[n_keys]);
        out->names[n_keys] = step->keys[n_keys];
    }
    while (n_aggregates < LR_AGGREGATES_MAX && step->aggregates[n_aggregates].kind)
        n_aggregates++;
    out->n_columns = n_keys + 2 * n_aggregates;
    if (out->n_columns > COLUMNS_MAX + LR_AGGREGATES_MAX)
        fail(70, "too many columns");
    for (size_t i = 0; i < n_aggregates; i++) {
        out->names[n_keys + i] = step->aggregates[i].name;
        out->names[n_keys + n_aggregates + i] = "";
    }
    for (size_t row = 0; row < in->n_rows; row++) {
        bool null = false, is_new;
        for (size_t i = 0; i < n_keys; i++)
            null |= row_of(in, row)[keys[i]].null;
        if (null)
            continue;
        value *group = group_of(in, keys, n_keys, row, out, &is_new);
        for (size_t i = 0; i < n_aggregates; i++)
            aggregate(&step->aggregates[i], in, row, is_new, &group[n_keys + n_aggregates + i],
                      &group[n_keys + i]);
    }
}

/* Does row a stand before row b in the order of the step? */
static bool before(const lr_step *step, const table *t, size_t a, size_t b)
{
    for (size_t i = 0; i < LR_STEP_KEYS_MAX && step->keys[i] != NULL; i++) {
        const bool down = step->keys[i][0] == '-';
        const size_t column = column_of(t, step->keys[i] + down);
        const int order = compare(row_of(t, a) + column, row_of(t, b) + column);
        if (order != 0)
            return down ? order > 0 : order < 0;
    }
    return a < b;
}

static void step_top(const engine *e, const lr_step *step, const table *in, table *out)
{
    const uint64_t n = e->options->top != 0 ? e->options->top : step->n;
    bool *taken = keep(NULL, in->n_rows + 1);

    memset(taken, 0, in->n_rows + 1);
    *out = *in;
    out->cells = NULL;
    out->n_rows = out->rows_max = 0;
    while (out->n_rows < n && out->n_rows < in->n_rows) {
        size_t best = SIZE_MAX;
        for (size_t row = 0; row < in->n_rows; row++)
            if (!taken[row] && (best == SIZE_MAX || before(step, in, row, best)))
                best = row;
        taken[best] = true;
        memcpy(add_row(out), row_of(in, best), in->n_columns * sizeof *in->cells);
    }
    free(taken);
}

/* ---- the whole ---- */

static void print_text(lr_bytes text)
{
    putchar('"');
    for (size_t i = 0; i < text.n; i++)
        if (text.data[i] < 0x20 || text.data[i] == '"' || text.data[i] == '\\')
            printf("\\u%04x", text.data[i]);
        else
            putchar(text.data[i]);
    putchar('"');
}

static void print_answer(const engine *e, const lr_query *query, const table *t)
{
    const char *comma = "";

    printf("{\"query\":\"%s\",\"columns\":[", query->name);
    for (size_t i = 0; i < t->n_columns; i++, comma = ",")
        if (t->names[i][0] != '\0')
            printf("%s\"%s\"", comma, t->names[i]);
    printf("],\"rows\":[");
    for (size_t row = 0; row < t->n_rows; row++) {
        printf(row > 0 ? ",[" : "[");
        for (size_t i = 0; i < t->n_columns; i++) {
            const value *cell = row_of(t, row) + i;
            if (t->names[i][0] == '\0')
                continue;
            if (i > 0)
                putchar(',');
            if (cell->integer)
                printf("%" PRId64, cell->number);
            else
                print_text(cell->text);
        }
        putchar(']');
    }
    printf("],\"records\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"skipped_null\":%" PRIu64 "}\n",
           e->records, e->rejected, e->skipped_null);
}

static uint8_t *read_all(const char *name, size_t *n)
{
    FILE *file = fopen(name, "rb");
    uint8_t *data = NULL;

    *n = 0;
    if (file == NULL)
        fail(3, name);
    for (size_t got = 1; got > 0; *n += got) {
        data = keep(data, *n + (1 << 20));
        got = fread(data + *n, 1, 1 << 20, file);
    }
    fclose(file);
    return data;
}

/* The columns of the first table: what the query reads, and the date where a range is asked for. */
static void begin(engine *e, const lr_query *query, table *t)
{
    lr_field fields[LR_FIELDS_MAX];
    lr_error err;
    size_t n = 0;
    bool dated = false;

    for (; n < LR_FIELDS_MAX && query->fields[n].name != NULL; n++) {
        fields[n] = query->fields[n];
        dated |= fields[n].type == LR_TYPE_DATE;
    }
    if ((e->options->since != 0 || e->options->until != 0) && !dated)
        fields[n++] = (lr_field){"date", LR_TYPE_DATE, "date"};
    if (lr_fields_init(&e->fields, fields, n, &err) != LR_OK ||
        lr_batch_init(&e->batch, &e->fields, &err) != LR_OK)
        fail(70, err.message);
    *t = (table){.n_columns = n};
    for (size_t i = 0; i < n; i++)
        t->names[i] = fields[i].name;
    lr_kernels_init(&e->kernels, LR_ISA_REF);
}

int main(int argc, char **argv)
{
    engine e = {0};
    lr_error err;
    table t;
    size_t n;

    if (argc < 3 || lr_options_new(&e.options, &err) != LR_OK)
        fail(2, "usage: reference QUERY [--option=value...] FILE");
    for (int i = 2; i < argc - 1; i++) {
        char *equals = strchr(argv[i], '=');
        if (strncmp(argv[i], "--", 2) != 0 || equals == NULL)
            fail(2, argv[i]);
        *equals = '\0';
        if (lr_options_set(e.options, argv[i] + 2, equals + 1, &err) != LR_OK)
            fail(2, err.message);
    }
    const lr_query *query = lr_query_find(argv[1]);
    if (query == NULL)
        fail(2, argv[1]);
    begin(&e, query, &t);
    uint8_t *data = read_all(argv[argc - 1], &n);
    read_lines(&e, argv[argc - 1], data, n, &t);
    for (const lr_step *step = query->steps; step->kind != LR_STEP_END; step++) {
        table next = {0};
        if (step->kind == LR_UNNEST)
            step_unnest(&e, step, &t, &next);
        else if (step->kind == LR_GROUP)
            step_group(step, &t, &next);
        else
            step_top(&e, step, &t, &next);
        free(t.cells);
        t = next;
    }
    print_answer(&e, query, &t);
    free(t.cells);
    for (size_t i = 0; i < n_kept; i++)
        free(kept[i]);
    free(kept);
    free(data);
    free(e.line);
    lr_batch_free(&e.batch);
    lr_options_free(e.options);
    return 0;
}
