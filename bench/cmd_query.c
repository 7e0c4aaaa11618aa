/*
 * cmd_query.c: `bench QUERY FILE...`, `bench all FILE...` and `bench lines FILE...`: answers to
 * standard output, measurements to stderr. Nothing is printed before the run has ended well.
 */
#include "report.h"
#include "signals.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { QUERIES_MAX = 3 };

/* What a run of any of the three commands works with. */
typedef struct job {
    const char *name;
    const char *const *files;
    size_t n_files;
    lr_options *options;
    const lr_query *queries[QUERIES_MAX]; /* of `lines`: none */
    lr_table *tables[QUERIES_MAX];
    size_t n;
    lr_stats stats;
} job;

/* The count as a table, so that it can be written in every format. */
static lr_status lines_table(uint64_t records, lr_table **out, lr_error *err)
{
    LR_TRY(lr_table_new(out, "lines", err));
    (*out)->records = records;
    lr_table_add_column(*out, "records", LR_TYPE_INTEGER);
    return lr_table_append(*out, &(lr_cell){.integer = (int64_t)records}, err);
}

static lr_status run(job *j, lr_error *err)
{
    progress_line line;
    uint64_t records = 0;

    progress_begin(&line, j->name, j->options->progress);
    const lr_progress *progress = line.wanted ? &line.report : NULL;
    const lr_status status =
        j->n > 0
            ? lr_run_measured(j->queries, j->n, j->files, j->n_files, j->options, progress,
                              j->tables, &j->stats, err)
            : lr_run_lines(j->files, j->n_files, j->options, progress, &records, &j->stats, err);
    progress_end(&line);
    if (status == LR_OK && j->n == 0)
        return lines_table(records, &j->tables[0], err);
    return status;
}

static lr_status write_stats(const report *r, const job *j, lr_error *err)
{
    answer text;

    if (j->options->stats_fd != 0) {
        FILE *out = fdopen((int)j->options->stats_fd, "w");
        if (out != NULL)
            report_write_json(r, out);
        if (out == NULL || fclose(out) != 0)
            return lr_fail(err, LR_E_IO, "--stats-fd: %s", strerror(errno));
    }
    if (j->options->stats == NULL)
        return LR_OK;
    LR_TRY(answer_begin(&text, err));
    report_write_json(r, text.out);
    return answer_end(&text, j->options->stats, j->files, j->n_files, err);
}

/* The measurements first: where they cannot be kept, there is no answer either. */
static lr_status print(const job *j, lr_error *err)
{
    const size_t n_tables = j->n > 0 ? j->n : 1;
    const report r = {j->name, j->options, &j->stats, j->queries, j->tables, j->n};

    LR_TRY(write_stats(&r, j, err));
    LR_TRY(answer_tables(j->tables, n_tables, strcmp(j->name, "all") == 0, j->options, j->files,
                         j->n_files, err));
    report_print(&r);
    return LR_OK;
}

/* Which queries the name stands for; none for `lines`. */
static size_t queries_of(const char *name, const lr_query **out)
{
    static const char *const all[QUERIES_MAX] = {"q1", "q2", "q3"};

    if (strcmp(name, "lines") == 0)
        return 0;
    if (strcmp(name, "all") != 0) {
        out[0] = lr_query_find(name);
        return 1;
    }
    for (size_t i = 0; i < QUERIES_MAX; i++)
        out[i] = lr_query_find(all[i]);
    return QUERIES_MAX;
}

int cmd_query(int argc, char **argv)
{
    lr_error error = {{0}};
    job j = {.name = argv[0]};

    lr_status status = command_parse(&argc, argv, &j.options, NULL);
    if (status != LR_OK)
        return (int)status;
    j.n = queries_of(j.name, j.queries);
    j.files = (const char *const *)argv + 1;
    j.n_files = (size_t)argc - 1;
    if (j.n_files == 0) {
        status = lr_fail(&error, LR_E_USAGE, "%s: no FILE; - is standard input", j.name);
    } else {
        signals_catch_shrinking(j.files, j.n_files);
        /* There is a handler now for a file that shrinks. */
        j.options->map = j.options->path == LR_PATH_AUTO;
        status = run(&j, &error);
    }
    if (status == LR_OK)
        status = print(&j, &error);
    if (status != LR_OK)
        command_fail(status, &error);
    for (size_t i = 0; i < QUERIES_MAX; i++)
        lr_table_free(j.tables[i]);
    lr_options_free(j.options);
    return (int)status;
}
