/*
 * run.c: a run: threads take slices, read them in batches, push the batches through the hot prefix of
 * every query; then the threads' groups are merged and the tails make the answers.
 */
#include "run.h"

#include "hot.h"
#include "layout.h"
#include "ledger.h"
#include "measure.h"
#include "merge.h"
#include "rejects.h"
#include "tail.h"
#include "threads.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { QUERIES_MAX = 8 };

/* A thread: its room, its groups, and the slice at hand. */
typedef struct worker {
    lr_slice_buffer buffer;
    lr_batch batch;
    lr_hot_scratch *scratch;
    lr_hot_state states[QUERIES_MAX];
    reject_list rejects; /* of the slice at hand */
    uint64_t rejected;   /* rows bad for any of the queries */
    uint64_t left;       /* --limit: records still to be read; there is one thread then */
    uint64_t slices;
    lr_error error;
} worker;

typedef struct run {
    const lr_options *options;
    const lr_progress *progress;
    lr_kernels kernels;
    lr_hot hots[QUERIES_MAX];
    size_t n_hots;
    lr_fields fields;
    lr_source *source;
    lr_ledger ledger;
    rejects_file rejects; /* touched in turn only */
    worker *workers;
    uint32_t threads;
    lr_layout layout;
    lr_spill *spills[QUERIES_MAX];
    atomic_ullong allowance; /* bytes that the stores may still grow by */
    uint64_t groups;         /* distinct keys, of all queries */
    double began, reported;
} run;

/* ---- a thread's share ---- */

/* The reason why row i is bad for any of the run's queries, and the column it concerns (or NULL). */
static lr_reason bad_reason(const run *r, const lr_batch *batch, size_t i, const char **column)
{
    *column = NULL;
    if (batch->records.reason[i] != LR_GOOD)
        return (lr_reason)batch->records.reason[i];
    for (size_t f = 0; f < r->fields.n; f++)
        if (batch->columns[f].kinds[i] >= LR_BAD) {
            *column = r->fields.field[f].name;
            return (lr_reason)(batch->columns[f].kinds[i] - LR_BAD);
        }
    return LR_GOOD;
}

/* Notes the bad rows of the batch; next is where the slice's next batch begins. */
static lr_status note_bad(run *r, worker *w, size_t next)
{
    const lr_batch *batch = &w->batch;

    for (size_t i = 0; i < batch->records.n; i++) {
        const char *column;
        const lr_reason reason = bad_reason(r, batch, i, &column);
        if (reason == LR_GOOD)
            continue;
        const size_t end = i + 1 < batch->records.n ? batch->records.offset[i + 1] : next;
        const reject bad = {batch->records.offset[i], (uint32_t)end, reason, column};
        LR_TRY(lr_reject_list_add(&w->rejects, &bad, &w->error));
        w->rejected++;
        if (r->options->on_error == LR_ON_ERROR_FAIL)
            break; /* the first one ends the run */
    }
    return LR_OK;
}

static uint64_t rejected_of(const run *r, const worker *w)
{
    uint64_t n = 0;
    for (size_t q = 0; q < r->n_hots; q++)
        n += w->states[q].rejected;
    return n;
}

/* One batch through the hot prefix of every query. */
static lr_status run_batch(run *r, worker *w, size_t next)
{
    lr_batch *batch = &w->batch;
    const uint64_t rejected = rejected_of(r, w);

    if (batch->records.n > w->left)
        batch->records.n = (size_t)w->left;
    w->left -= w->left == UINT64_MAX ? 0 : batch->records.n;
    lr_hot_dates(&r->kernels, &r->fields, batch, w->scratch);
    for (size_t q = 0; q < r->n_hots; q++)
        LR_TRY(lr_hot_run(&r->hots[q], &r->kernels, batch, w->scratch, &w->states[q], &w->error));
    return rejected_of(r, w) == rejected ? LR_OK : note_bad(r, w, next);
}

/* A slice with bad records waits for its turn: only then is it known in which lines they stand. */
static lr_status settle_rejects(run *r, worker *w, const lr_slice *slice)
{
    const reject_place place = {lr_source_name(r->source, slice->file), slice, &r->kernels};
    uint64_t lines;

    if (w->rejects.n == 0 || !lr_ledger_turn(&r->ledger, slice, &lines))
        return LR_OK;
    const bool fail = r->options->on_error == LR_ON_ERROR_FAIL;
    return lr_rejects_settle(&r->rejects, &w->rejects, &place, lines, fail, &w->error);
}

static lr_status run_slice(run *r, worker *w, const lr_slice *slice)
{
    w->batch.records.lines = 0;
    w->rejects.n = 0;
    w->slices++;
    for (size_t from = 0; from < slice->bytes.n && w->left > 0;) {
        from = lr_read_batch(&r->kernels, &r->fields, r->options->validate, slice, from, &w->batch);
        LR_TRY(run_batch(r, w, from));
        if (w->rejects.n > 0 && r->options->on_error == LR_ON_ERROR_FAIL)
            break;
    }
    return settle_rejects(r, w, slice);
}

/* Tells how far we are, a few times a second; one thread does. */
static void report(run *r)
{
    uint64_t done, total, rejected = 0;
    const double now = lr_seconds_now();

    if (r->progress == NULL || now - r->reported < 0.1)
        return;
    r->reported = now;
    lr_source_progress(r->source, &done, &total);
    rejected = r->workers[0].rejected * r->threads; /* of the others we would have to ask */
    r->progress->report(r->progress->context, done, total, rejected);
}

static void work(run *r, worker *w)
{
    while (!lr_ledger_stopped(&r->ledger) && w->left > 0) {
        lr_slice slice = {0};
        lr_status status = lr_source_next(r->source, &w->buffer, &slice, &w->error);
        if (status == LR_OK && slice.bytes.data == NULL)
            return;
        lr_ledger_begin(&r->ledger, slice.index);
        if (status == LR_OK)
            status = run_slice(r, w, &slice);
        if (status == LR_OK)
            lr_ledger_end(&r->ledger, &slice, w->batch.records.lines);
        else
            lr_ledger_fail(&r->ledger, &slice, status, &w->error);
        if (w == r->workers)
            report(r);
    }
}

/* ---- the whole ---- */

static lr_status worker_init(run *r, worker *w, const uint64_t seed[2], lr_error *err)
{
    w->left = r->options->limit;
    w->scratch = calloc(1, sizeof *w->scratch);
    if (w->scratch == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a thread");
    LR_TRY(lr_batch_init(&w->batch, &r->fields, err));
    for (size_t q = 0; q < r->n_hots; q++)
        LR_TRY(lr_hot_state_init(&w->states[q], &r->hots[q], seed, r->layout.store, r->spills[q],
                                 r->layout.budget == UINT64_MAX ? NULL : &r->allowance, err));
    return LR_OK;
}

static void worker_free(run *r, worker *w)
{
    for (size_t q = 0; q < r->n_hots; q++)
        lr_hot_state_free(&w->states[q]);
    lr_batch_free(&w->batch);
    lr_slice_buffer_free(&w->buffer);
    lr_reject_list_free(&w->rejects);
    if (w->scratch != NULL)
        free(w->scratch->decoded);
    free(w->scratch);
}

static lr_status workers_init(run *r, lr_error *err)
{
    uint64_t seed[2] = {0x243F6A8885A308D3u, 0x13198A2E03707344u};

    /* Without randomness the answer is the same, only not safe against aimed collisions. */
    if (getrandom(seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
        seed[0] ^= (uint64_t)(uintptr_t)&seed ^ (uint64_t)(lr_seconds_now() * 1e9);
    for (size_t q = 0; q < r->n_hots && r->layout.spills; q++)
        LR_TRY(lr_spill_new(&r->spills[q], err));
    atomic_init(&r->allowance, lr_layout_allowance(&r->layout));
    r->workers = calloc(r->threads, sizeof *r->workers);
    if (r->workers == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", r->threads);
    for (uint32_t t = 0; t < r->threads; t++)
        LR_TRY(worker_init(r, &r->workers[t], seed, err));
    return LR_OK;
}

static lr_status compile(run *r, const lr_query *const *queries, size_t n, lr_error *err)
{
    lr_field field[LR_FIELDS_MAX];
    size_t n_fields = 0;

    if (n > QUERIES_MAX)
        return lr_fail(err, LR_E_USAGE, "at most %d queries in one pass", QUERIES_MAX);
    for (; r->n_hots < n; r->n_hots++)
        LR_TRY(lr_hot_compile(&r->hots[r->n_hots], queries[r->n_hots], r->options, field, &n_fields,
                              err));
    return lr_fields_init(&r->fields, field, n_fields, err);
}

/* As many threads as asked for or available; one for --limit, which must know how many records come
 * before. */
static lr_status choose_threads(run *r, lr_error *err)
{
    r->threads = r->options->threads != 0 ? r->options->threads : lr_threads_available();
    if (r->options->limit != UINT64_MAX)
        r->threads = 1;
    return lr_threads_probe(r->threads, err);
}

static size_t stores_of(const run *r)
{
    size_t n = 0;
    for (size_t q = 0; q < r->n_hots; q++)
        n += r->hots[q].emojis == NULL;
    return n;
}

/* The counts of all threads into the first one's. */
static void add_counts(run *r, size_t q)
{
    lr_hot_state *into = &r->workers[0].states[q];

    for (uint32_t t = 1; t < r->threads; t++) {
        const lr_hot_state *from = &r->workers[t].states[q];
        into->records += from->records;
        into->rejected += from->rejected;
        into->skipped_null += from->skipped_null;
        for (size_t i = 0; into->symbols != NULL && i < lr_emoji_count(r->hots[q].emojis); i++)
            into->symbols[i] += from->symbols[i];
    }
}

/* The groups of query q, of all threads, into the tail. */
static lr_status push_merged(run *r, size_t q, lr_tail *tail, lr_error *err)
{
    const lr_emoji_set *emojis = r->hots[q].emojis;

    if (emojis == NULL) {
        lr_store **stores = calloc(r->threads, sizeof *stores);
        if (stores == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", r->threads);
        for (uint32_t t = 0; t < r->threads; t++)
            stores[t] = &r->workers[t].states[q].store;
        const lr_status status = lr_merge_stores(stores, r->threads, &r->layout, tail, err);
        free(stores);
        return status;
    }
    for (uint32_t i = 0; i < lr_emoji_count(emojis); i++)
        if (r->workers[0].states[q].symbols[i] != 0)
            LR_TRY(lr_tail_push(tail, 0, lr_emoji_text(emojis, i),
                                r->workers[0].states[q].symbols[i], err));
    return LR_OK;
}

static lr_status answer(run *r, size_t q, lr_table **out, lr_error *err)
{
    const lr_hot_state *state = &r->workers[0].states[q];
    lr_tail *tail;

    add_counts(r, q);
    lr_status status = lr_tail_new(&tail, &r->hots[q], r->options->top, err);
    if (status == LR_OK)
        status = push_merged(r, q, tail, err);
    if (status == LR_OK)
        status = lr_tail_finish(tail, out, err);
    r->groups += status == LR_OK ? lr_tail_pushed(tail) : 0;
    lr_tail_free(tail);
    if (status != LR_OK)
        return status;
    (*out)->records = state->records;
    (*out)->rejected = state->rejected;
    (*out)->skipped_null = state->skipped_null;
    return LR_OK;
}

static void fill_stats(const run *r, double cpu_began, lr_stats *stats)
{
    uint64_t total;

    stats->cpu_seconds = lr_cpu_seconds_now() - cpu_began;
    lr_source_progress(r->source, &stats->bytes, &total);
    for (uint32_t t = 0; t < r->threads; t++) {
        stats->slices += r->workers[t].slices;
        stats->slow_records += r->workers[t].batch.records.slow;
        stats->rejected += r->workers[t].rejected;
    }
    for (size_t q = 0; q < r->n_hots; q++)
        stats->spilled_bytes += r->spills[q] != NULL ? lr_spill_bytes(r->spills[q]) : 0;
    stats->groups = r->groups;
    stats->records = r->workers[0].states[0].records;
    stats->threads = r->threads;
    stats->isa = r->kernels.isa;
    stats->plan = r->layout.plan;
    stats->device = LR_DEVICE_CPU;
    stats->validate = r->options->validate;
    stats->path = lr_source_path(r->source);
    stats->peak_rss_bytes = lr_peak_rss_now();
    stats->seconds = lr_seconds_now() - r->began;
    snprintf(stats->why, sizeof stats->why, "%s", r->layout.why);
}

/* Reads everything, in parallel; the first failure in the order of the input, if there is one. */
static lr_status read_all(run *r, lr_error *err)
{
#pragma omp parallel num_threads(r->threads)
    {
        work(r, &r->workers[omp_get_thread_num()]);
    }
    if (r->ledger.status != LR_OK) {
        if (err != NULL)
            *err = r->ledger.error;
        return r->ledger.status;
    }
    return lr_source_unchanged(r->source, err);
}

/* What reading needed, before the answers are made: buffers, and rows of columns. */
static void free_reading(run *r)
{
    for (uint32_t t = 0; t < r->threads; t++) {
        lr_slice_buffer_free(&r->workers[t].buffer);
        free(r->workers[t].scratch->decoded);
        r->workers[t].scratch->decoded = NULL;
        r->workers[t].scratch->decoded_max = 0;
    }
}

static lr_status end_rejects(run *r, lr_error *err)
{
    uint64_t rejected = 0;

    for (uint32_t t = 0; t < r->threads; t++)
        rejected += r->workers[t].rejected;
    return lr_rejects_end(&r->rejects, rejected, r->options->max_errors, err);
}

static lr_status run_all(run *r, const lr_query *const *queries, size_t n_queries,
                         const char *const *files, size_t n_files, lr_table **out, lr_error *err)
{
    const lr_options *options = r->options;

    LR_TRY(lr_options_check(options, err));
    lr_kernels_init(&r->kernels, options->isa);
    LR_TRY(compile(r, queries, n_queries, err));
    LR_TRY(choose_threads(r, err));
    LR_TRY(lr_layout_choose(&r->layout, options, r->threads, stores_of(r), err));
    const lr_source_options source = {.input = options->input,
                                      .delimiter = options->delimiter,
                                      .slice_bytes = r->layout.slice_bytes,
                                      .record_max_bytes = r->layout.record_max_bytes,
                                      .input_max_bytes = options->max_input_bytes,
                                      .map = r->layout.map,
                                      .kernels = &r->kernels,
                                      .fields = &r->fields};
    LR_TRY(lr_source_open(files, n_files, &source, &r->source, err));
    LR_TRY(workers_init(r, err));
    LR_TRY(lr_rejects_begin(&r->rejects, options->rejects, files, n_files, err));
    LR_TRY(read_all(r, err));
    free_reading(r);
    for (size_t q = 0; q < n_queries; q++)
        LR_TRY(answer(r, q, &out[q], err));
    return end_rejects(r, err);
}

lr_status lr_run_measured(const lr_query *const *queries, size_t n_queries,
                          const char *const *files, size_t n_files, const lr_options *options,
                          const lr_progress *progress, lr_table **out, lr_stats *stats,
                          lr_error *err)
{
    const double cpu_began = lr_cpu_seconds_now();
    lr_options *defaults = NULL;

    memset(out, 0, n_queries * sizeof *out);
    if (options == NULL) {
        LR_TRY(lr_options_new(&defaults, err));
        options = defaults;
    }
    run r = {.options = options, .progress = progress, .began = lr_seconds_now()};
    lr_ledger_init(&r.ledger);
    const lr_status status = run_all(&r, queries, n_queries, files, n_files, out, err);
    if (status == LR_OK && stats != NULL)
        fill_stats(&r, cpu_began, stats);

    for (size_t q = 0; status != LR_OK && q < n_queries; q++) {
        lr_table_free(out[q]);
        out[q] = NULL;
    }
    for (uint32_t t = 0; r.workers != NULL && t < r.threads; t++)
        worker_free(&r, &r.workers[t]);
    free(r.workers);
    for (size_t q = 0; q < r.n_hots; q++)
        lr_spill_free(r.spills[q]);
    lr_rejects_abandon(&r.rejects);
    lr_source_free(r.source);
    lr_ledger_free(&r.ledger);
    lr_options_free(defaults);
    return status;
}

lr_status lr_run(const lr_query *const *queries, size_t n_queries, const char *const *files,
                 size_t n_files, const lr_options *options, lr_table **out, lr_error *err)
{
    return lr_run_measured(queries, n_queries, files, n_files, options, NULL, out, NULL, err);
}
