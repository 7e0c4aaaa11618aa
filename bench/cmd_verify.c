/*
 * cmd_verify.c: `bench verify FILE...`: is the data as it should be? Bad records by reason, records
 * that lack a column, records whose id has been there before. The counts are the answer; where one is
 * not zero the exit is 1.
 */
#include "columns.h"
#include "plan/merge.h"
#include "plan/room.h"
#include "plan/rows.h"
#include "plan/store.h"
#include "report.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>

typedef struct verify_options {
    const char *columns, *unique, *rejects;
} verify_options;

const lr_option cmd_verify_options[] = {
    {"columns", "id,date,content,user.username", 0,
     "every record must have these; date must be a date, content and username text",
     LR_TAKES_TEXT(verify_options, columns, "LIST")},
    {"unique", "id", 0, "no two records may have the same one",
     LR_TAKES_TEXT(verify_options, unique, "COLUMN")},
    {"rejects", NULL, 0, "write the bad records there (NDJSON)",
     LR_TAKES_TEXT(verify_options, rejects, "FILE")},
    {0},
};

/* What a thread has counted. */
typedef struct tally {
    uint64_t nulls[LR_FIELDS_MAX];
    uint64_t ids;   /* that are there */
    lr_store store; /* the distinct ones */
    uint8_t kinds[LR_BATCH_MAX];
    uint8_t *decoded;
    size_t decoded_max;
} tally;

typedef struct verify {
    lr_rows rows;
    size_t n_required; /* of the fields; one more may be read, to be unique */
    size_t unique;     /* which field */
    tally *threads;
    uint32_t n_threads;
    lr_rows_counts counts;
    lr_layout layout; /* of the run */
    lr_spill *spill;  /* of the ids */
    uint64_t seed[2];
    uint64_t distinct;
} verify;

static lr_status add_ids(tally *t, const lr_kernels *k, const uint8_t *src, const lr_span *spans,
                         const uint8_t *kinds, size_t n, lr_error *err)
{
    const lr_group_rows rows = {.src = src, .spans = spans, .kinds = kinds, .n = n};
    const lr_status status = lr_store_add(&t->store, k, &rows, err);

    return status == LR_E_UNSUPPORTED ? LR_E_IO : status; /* no file to spill to: err says why */
}

/* An id with escapes, by itself: "\u0041" is "A". */
static lr_status add_escaped(tally *t, const lr_kernels *k, const lr_batch *batch, lr_span span,
                             lr_error *err)
{
    const uint8_t kind = LR_PLAIN;

    LR_TRY(lr_room_make(&t->decoded, &t->decoded_max, (size_t)span.length + 2 * LR_PADDING, "an id",
                        err));
    const size_t n = k->unescape(batch->src + span.offset, span.length, t->decoded);
    return add_ids(t, k, t->decoded, &(lr_span){0, (uint32_t)n}, &kind, 1, err);
}

static lr_status verify_batch(void *context, uint32_t thread, const lr_kernels *k,
                              const lr_slice *slice, const lr_batch *batch, lr_error *err)
{
    verify *v = context;
    tally *t = &v->threads[thread];
    const lr_column ids = batch->columns[v->unique];

    for (size_t i = 0; i < batch->records.n; i++) {
        t->kinds[i] = LR_ABSENT;
        if (batch->records.reason[i] != LR_GOOD)
            continue;
        for (size_t f = 0; f < v->n_required; f++)
            t->nulls[f] += batch->columns[f].kinds[i] <= LR_NULL;
        if (ids.kinds[i] <= LR_NULL)
            continue;
        t->ids++;
        if (ids.kinds[i] == LR_ESCAPED)
            LR_TRY(add_escaped(t, k, batch, ids.spans[i], err));
        else
            t->kinds[i] = LR_PLAIN; /* a number is compared as it is written */
    }
    return add_ids(t, k, batch->src, ids.spans, t->kinds, batch->records.n, err);
}

static lr_status verify_begin(void *context, lr_rows_pass *run, uint32_t threads,
                              const lr_layout *layout, lr_error *err)
{
    verify *v = context;
    const bool bounded = layout->plan == LR_PLAN_MEMORY;
    const lr_store_size growing = {.bits = 12};

    (void)run;
    v->layout = *layout;
    lr_store_seed(v->seed);
    v->threads = calloc(threads, sizeof *v->threads);
    if (v->threads == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", threads);
    LR_TRY(lr_spill_new(&v->spill, bounded, bounded, err));
    for (; v->n_threads < threads; v->n_threads++)
        LR_TRY(lr_store_init(&v->threads[v->n_threads].store, bounded ? layout->store : growing,
                             v->seed, v->spill, NULL, err));
    return LR_OK;
}

static lr_status count_ids(void *context, const lr_counted *ids, size_t n, lr_error *err)
{
    (void)ids;
    (void)err;
    *(uint64_t *)context += n;
    return LR_OK;
}

/* How many ids are distinct: of all threads, and of those that went to the disk. */
static lr_status count_distinct(verify *v, lr_error *err)
{
    const lr_group_sink sink = {count_ids, &v->distinct};
    lr_store **stores = calloc(v->n_threads, sizeof *stores);

    if (stores == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", v->n_threads);
    for (uint32_t t = 0; t < v->n_threads; t++)
        stores[t] = &v->threads[t].store;
    lr_layout_trim(&v->layout);
    lr_status status = lr_merge_stores(stores, v->n_threads, v->spill, &v->layout, err);
    if (status == LR_OK)
        status = lr_merge_push(stores, v->n_threads, v->spill, v->seed, &v->layout, &sink, 1, err);
    free(stores);
    return status == LR_E_UNSUPPORTED ? LR_E_IO : status;
}

/* All threads' counts into the first one's. */
static lr_status sum_up(verify *v, lr_error *err)
{
    tally *into = &v->threads[0];

    for (uint32_t t = 1; t < v->n_threads; t++) {
        for (size_t f = 0; f < v->n_required; f++)
            into->nulls[f] += v->threads[t].nulls[f];
        into->ids += v->threads[t].ids;
    }
    return count_distinct(v, err);
}

static lr_status add_row(lr_table *table, const char *before, const char *name, uint64_t n,
                         lr_error *err)
{
    char text[512];
    const int length = snprintf(text, sizeof text, "%s%.400s", before, name);
    const lr_cell row[] = {{.text = {(const uint8_t *)text, (size_t)length}},
                           {.integer = (int64_t)n}};

    return lr_table_append(table, row, err);
}

static lr_status make_table(const verify *v, lr_table **out, lr_error *err)
{
    LR_TRY(lr_table_new(out, "verify", err));
    lr_table_add_column(*out, "check", LR_TYPE_TEXT);
    lr_table_add_column(*out, "count", LR_TYPE_INTEGER);
    (*out)->records = v->counts.records;
    (*out)->rejected = v->counts.rejected;
    LR_TRY(add_row(*out, "", "records", v->counts.records + v->counts.rejected, err));
    LR_TRY(add_row(*out, "", "bad records", v->counts.rejected, err));
    for (int reason = LR_GOOD + 1; reason < LR_REASON_COUNT; reason++)
        if (v->counts.reasons[reason] > 0)
            LR_TRY(add_row(*out, "bad: ", lr_reason_text((lr_reason)reason),
                           v->counts.reasons[reason], err));
    for (size_t f = 0; f < v->n_required; f++)
        LR_TRY(add_row(*out, "no ", v->rows.field[f].name, v->threads[0].nulls[f], err));
    return add_row(*out, "duplicate ", v->rows.field[v->unique].name,
                   v->threads[0].ids - v->distinct, err);
}

static bool is_violated(const verify *v)
{
    bool violated = v->counts.rejected > 0 || v->threads[0].ids > v->distinct;

    for (size_t f = 0; f < v->n_required; f++)
        violated |= v->threads[0].nulls[f] > 0;
    return violated;
}

static lr_status print(const verify *v, const char *const *files, size_t n_files, lr_error *err)
{
    lr_table *table = NULL;

    lr_status status = make_table(v, &table, err);
    if (status == LR_OK)
        status = answer_tables(&table, 1, false, v->rows.options, files, n_files, err);
    lr_table_free(table);
    return status;
}

static lr_status run(verify *v, const char *const *files, size_t n_files, lr_error *err)
{
    progress_line line;
    lr_stats stats = {0};

    progress_begin(&line, "verify", v->rows.options->progress);
    lr_status status = lr_rows_run(&v->rows, files, n_files, line.wanted ? &line.report : NULL,
                                   &v->counts, &stats, err);
    progress_end(&line);
    if (status == LR_OK)
        status = sum_up(v, err);
    if (status == LR_OK)
        status = print(v, files, n_files, err);
    if (status != LR_OK)
        return status;
    stats.rejected = 0; /* they stand in the answer */
    report_print(&(report){.name = "verify", .options = v->rows.options, .stats = &stats});
    return is_violated(v) ? lr_fail(err, LR_E_DATA, "verify: the data is not as it should be")
                          : LR_OK;
}

/* The fields: those that must be there, and the one that must be unique. */
static lr_status choose_fields(verify *v, char *columns, char *unique, lr_error *err)
{
    lr_field id[LR_FIELDS_MAX];
    size_t n;

    LR_TRY(columns_read(columns, LR_TYPE_SCALAR, v->rows.field, &v->n_required, "--columns", err));
    LR_TRY(columns_read(unique, LR_TYPE_SCALAR, id, &n, "--unique", err));
    if (n != 1)
        return lr_fail(err, LR_E_USAGE, "--unique: one column");
    v->rows.n_fields = v->n_required;
    for (size_t f = 0; f < v->n_required; f++) {
        lr_field *field = &v->rows.field[f];
        if (strcmp(field->name, "date") == 0)
            field->type = LR_TYPE_DATE;
        else if (strcmp(field->name, "content") == 0 || strcmp(field->name, "username") == 0)
            field->type = LR_TYPE_TEXT;
    }
    for (v->unique = 0; v->unique < v->n_required; v->unique++)
        if (strcmp(v->rows.field[v->unique].name, id[0].name) == 0)
            return LR_OK;
    if (v->unique == LR_FIELDS_MAX)
        return lr_fail(err, LR_E_USAGE, "--columns: at most %d columns, --unique among them",
                       LR_FIELDS_MAX);
    v->rows.field[v->rows.n_fields++] = id[0];
    return LR_OK;
}

int cmd_verify(int argc, char **argv)
{
    lr_error error = {{0}};
    lr_options *options = NULL;
    verify_options own = {0};
    verify v = {.rows = {.needs = {.n_stores = 1, .decodes = true, .thread_bytes = sizeof(tally)},
                         .context = &v,
                         .begin = verify_begin,
                         .batch = verify_batch}};
    const char *const *files = (const char *const *)argv + 1;

    lr_status status = command_parse(&argc, argv, &options, &own);
    if (status != LR_OK)
        return (int)status;
    char *columns = strdup(own.columns), *unique = strdup(own.unique);
    v.rows.options = options;
    options->rejects = own.rejects;
    options->on_error = LR_ON_ERROR_SKIP; /* bad records are what it counts */
    if (columns == NULL || unique == NULL)
        status = lr_fail(&error, LR_E_RESOURCE, "verify: no memory");
    else if (argc < 2)
        status = lr_fail(&error, LR_E_USAGE, "verify: no FILE; - is standard input");
    else
        status = choose_fields(&v, columns, unique, &error);
    if (status == LR_OK) {
        signals_catch_shrinking(files, (size_t)argc - 1);
        options->map = true;
        status = run(&v, files, (size_t)argc - 1, &error);
    }
    if (status != LR_OK)
        command_fail(status, &error);
    for (uint32_t t = 0; t < v.n_threads; t++) {
        lr_store_free(&v.threads[t].store);
        free(v.threads[t].decoded);
    }
    free(v.threads);
    lr_spill_free(v.spill);
    free(columns);
    free(unique);
    lr_options_free(options);
    return (int)status;
}
