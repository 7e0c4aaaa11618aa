/*
 * cmd_match.c: `bench match --patterns FILE INPUT...`: of every pattern that the user brings, the
 * number of records in whose content it occurs.
 */
#include "pattern_file.h"
#include "plan/rows.h"
#include "report.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct match_options {
    const char *patterns;
} match_options;

const lr_option cmd_match_options[] = {
    {"patterns", NULL, 0, "a pattern a line: text as it stands, or /regex/ with flags i, s, m, u",
     LR_TAKES_TEXT(match_options, patterns, "FILE")},
    {0},
};

/* What a thread has counted. */
typedef struct tally {
    lr_pattern_counter *counter;
    uint64_t *records; /* by pattern */
    uint64_t nulls;    /* records without content */
    uint8_t kinds[LR_BATCH_MAX];
} tally;

typedef struct match {
    lr_rows rows;
    pattern_file file;
    lr_patterns *set;
    tally *threads;
    uint32_t n_threads;
    lr_rows_counts counts;
} match;

static lr_status match_begin(void *context, lr_rows_pass *run, uint32_t threads,
                             const lr_layout *layout, lr_error *err)
{
    match *m = context;

    (void)run;
    (void)layout; /* there is no --memory */
    m->threads = calloc(threads, sizeof *m->threads);
    if (m->threads == NULL)
        return lr_fail(err, LR_E_RESOURCE, "match: no memory for %u threads", threads);
    for (m->n_threads = threads; threads-- > 0;) {
        tally *t = &m->threads[threads];
        LR_TRY(lr_pattern_counter_new(&t->counter, m->set, err));
        t->records = calloc(m->file.n, sizeof *t->records);
        if (t->records == NULL)
            return lr_fail(err, LR_E_RESOURCE, "match: no memory for %zu patterns", m->file.n);
    }
    return LR_OK;
}

static lr_status match_batch(void *context, uint32_t thread, const lr_kernels *k,
                             const lr_slice *slice, const lr_batch *batch, lr_error *err)
{
    match *m = context;
    tally *t = &m->threads[thread];
    const lr_column content = batch->columns[0];

    for (size_t i = 0; i < batch->records.n; i++) {
        const bool good = batch->records.reason[i] == LR_GOOD;
        t->nulls += good && content.kinds[i] <= LR_NULL;
        t->kinds[i] = good ? content.kinds[i] : LR_ABSENT;
    }
    return lr_pattern_count(t->counter, k, batch->src, (lr_column){content.spans, t->kinds},
                            batch->records.n, t->records, err);
}

/* A pattern and its count, in the order of the answer: most first, then by bytes, then by line. */
typedef struct counted {
    lr_bytes line;
    uint64_t records;
    size_t number;
} counted;

static int compare(const void *left, const void *right)
{
    const counted *a = left, *b = right;

    if (a->records != b->records)
        return a->records > b->records ? -1 : 1;
    const size_t n = a->line.n < b->line.n ? a->line.n : b->line.n;
    const int order = memcmp(a->line.data, b->line.data, n);
    if (order != 0 || a->line.n != b->line.n)
        return order != 0 ? order : a->line.n < b->line.n ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* All threads' counts as a table. */
static lr_status make_table(const match *m, lr_table **out, lr_error *err)
{
    counted *const rows = calloc(m->file.n, sizeof *rows);

    if (rows == NULL)
        return lr_fail(err, LR_E_RESOURCE, "match: no memory for %zu patterns", m->file.n);
    for (size_t i = 0; i < m->file.n; i++) {
        rows[i] = (counted){.line = m->file.lines[i], .number = m->file.numbers[i]};
        for (uint32_t t = 0; t < m->n_threads; t++)
            rows[i].records += m->threads[t].records[i];
    }
    qsort(rows, m->file.n, sizeof *rows, compare);
    lr_status status = lr_table_new(out, "match", err);
    if (status == LR_OK) {
        lr_table_add_column(*out, "pattern", LR_TYPE_TEXT);
        lr_table_add_column(*out, "records", LR_TYPE_INTEGER);
        (*out)->records = m->counts.records;
        (*out)->rejected = m->counts.rejected;
        for (uint32_t t = 0; t < m->n_threads; t++)
            (*out)->skipped_null += m->threads[t].nulls;
    }
    for (size_t i = 0; i < m->file.n && status == LR_OK; i++) {
        const lr_cell row[] = {{.text = rows[i].line}, {.integer = (int64_t)rows[i].records}};
        status = lr_table_append(*out, row, err);
    }
    free(rows);
    return status;
}

static lr_status print(const match *m, const char *const *files, size_t n_files, lr_error *err)
{
    lr_table *table = NULL;

    lr_status status = make_table(m, &table, err);
    if (status == LR_OK)
        status = answer_tables(&table, 1, false, m->rows.options, files, n_files, err);
    if (status == LR_OK && table->records > 0 && table->skipped_null == table->records)
        fprintf(stderr, "match: warning: all %llu records lack content\n",
                (unsigned long long)table->records);
    lr_table_free(table);
    return status;
}

static lr_status run(match *m, const char *patterns, const char *const *files, size_t n_files,
                     lr_error *err)
{
    progress_line line;
    lr_stats stats = {0};

    LR_TRY(pattern_file_read(&m->file, patterns, err));
    LR_TRY(pattern_file_compile(&m->file, &m->set, err));
    progress_begin(&line, "match", m->rows.options->progress);
    const lr_status status = lr_rows_run(
        &m->rows, files, n_files, line.wanted ? &line.report : NULL, &m->counts, &stats, err);
    progress_end(&line);
    LR_TRY(status);
    LR_TRY(print(m, files, n_files, err));
    report_print(&(report){.name = "match", .options = m->rows.options, .stats = &stats});
    return LR_OK;
}

int cmd_match(int argc, char **argv)
{
    lr_error error = {{0}};
    lr_options *options = NULL;
    match_options own = {0};
    match m = {.rows = {.field = {{"content", LR_TYPE_TEXT, "content"}},
                        .n_fields = 1,
                        .context = &m,
                        .begin = match_begin,
                        .batch = match_batch}};
    const char *const *files = (const char *const *)argv + 1;

    lr_status status = command_parse(&argc, argv, &options, &own);
    if (status != LR_OK)
        return (int)status;
    m.rows.options = options;
    if (own.patterns == NULL) {
        status = lr_fail(&error, LR_E_USAGE, "match: --patterns FILE is missing");
    } else if (argc < 2) {
        status = lr_fail(&error, LR_E_USAGE, "match: no FILE; - is standard input");
    } else {
        signals_catch_shrinking(files, (size_t)argc - 1);
        options->map = true;
        status = run(&m, own.patterns, files, (size_t)argc - 1, &error);
    }
    if (status != LR_OK)
        command_fail(status, &error);
    for (uint32_t t = 0; t < m.n_threads; t++) {
        lr_pattern_counter_free(m.threads[t].counter);
        free(m.threads[t].records);
    }
    free(m.threads);
    lr_patterns_free(m.set);
    pattern_file_free(&m.file);
    lr_options_free(options);
    return (int)status;
}
