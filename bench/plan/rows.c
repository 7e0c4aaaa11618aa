/* rows.c: threads take slices, read them in batches and hand them on; the ledger keeps the order. */
#include "rows.h"
#include "ledger.h"
#include "measure.h"
#include "rejects.h"
#include "threads.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_BYTES = LR_BATCH_MAX * (sizeof(lr_span) + 1) };

typedef struct worker {
    uint32_t thread;
    lr_slice_buffer buffer;
    lr_batch batch;
    lr_date dates[LR_BATCH_MAX];
    reject_list rejects; /* of the slice at hand */
    lr_rows_counts counts;
    uint64_t left; /* --limit; there is one thread then */
    uint64_t slices;
    lr_error error;
} worker;

struct lr_rows_pass {
    const lr_rows *rows;
    const lr_options *options;
    const lr_progress *progress;
    lr_kernels kernels;
    lr_fields fields;
    lr_source *source;
    lr_ledger ledger;
    rejects_file rejects; /* touched in turn only */
    worker *workers;
    uint32_t threads;
    lr_layout layout;
    double began, reported;
};

/* Rows bad in a column become bad records; all bad ones are noted, up to the first where it ends the
 * run. next is where the slice's next batch begins. */
static lr_status note_bad(const lr_rows_pass *r, worker *w, size_t next)
{
    lr_records *records = &w->batch.records;

    for (size_t i = 0; i < records->n; i++) {
        const char *column = NULL;
        for (size_t f = 0; f < r->fields.n && records->reason[i] == LR_GOOD; f++)
            if (w->batch.columns[f].kinds[i] >= LR_BAD) {
                records->reason[i] = (uint8_t)(w->batch.columns[f].kinds[i] - LR_BAD);
                column = r->fields.field[f].name;
            }
        if (LR_LIKELY(records->reason[i] == LR_GOOD)) {
            w->counts.records++;
            continue;
        }
        const size_t end = i + 1 < records->n ? records->offset[i + 1] : next;
        const reject bad = {records->offset[i], (uint32_t)end, (lr_reason)records->reason[i],
                            column};
        LR_TRY(lr_reject_list_add(&w->rejects, &bad, &w->error));
        w->counts.rejected++;
        w->counts.reasons[bad.reason]++;
        if (r->options->on_error == LR_ON_ERROR_FAIL)
            break;
    }
    return LR_OK;
}

static bool failed(const lr_rows_pass *r, const worker *w)
{
    return w->rejects.n > 0 && r->options->on_error == LR_ON_ERROR_FAIL;
}

/* What waits for the slice's turn: its bad records, for only now it is known in which lines they
 * stand, and where it is at its end what the visitor does in order. */
static lr_status take_turn(lr_rows_pass *r, worker *w, const lr_slice *slice, bool ends)
{
    const reject_place place = {lr_source_name(r->source, slice->file), slice, &r->kernels};
    const bool turns = ends && r->rows->turn != NULL;
    uint64_t lines;

    if ((w->rejects.n == 0 && !turns) || !lr_ledger_turn(&r->ledger, slice, &lines))
        return LR_OK;
    const bool fail = r->options->on_error == LR_ON_ERROR_FAIL;
    LR_TRY(lr_rejects_settle(&r->rejects, &w->rejects, &place, lines, fail, &w->error));
    w->rejects.n = 0;
    return turns ? r->rows->turn(r->rows->context, w->thread, &w->error) : LR_OK;
}

lr_status lr_rows_turn(lr_rows_pass *run, uint32_t thread, const lr_slice *slice, lr_error *err)
{
    uint64_t lines;

    return lr_ledger_turn(&run->ledger, slice, &lines)
               ? run->rows->turn(run->rows->context, thread, err)
               : LR_OK;
}

static lr_status run_slice(lr_rows_pass *r, worker *w, const lr_slice *slice)
{
    lr_batch *batch = &w->batch;

    batch->records.lines = 0;
    w->rejects.n = 0;
    w->slices++;
    for (size_t from = 0; from < slice->bytes.n && w->left > 0 && !failed(r, w);) {
        from = lr_read_batch(&r->kernels, &r->fields, r->options->validate, slice, from, batch);
        if (batch->records.n > w->left)
            batch->records.n = (size_t)w->left;
        w->left -= w->left == UINT64_MAX ? 0 : batch->records.n;
        for (size_t f = 0; f < r->fields.n; f++)
            if (r->fields.field[f].type == LR_TYPE_DATE)
                r->kernels.dates(batch->src, batch->columns[f], batch->records.n, w->dates);
        LR_TRY(note_bad(r, w, from));
        if (!failed(r, w))
            LR_TRY(
                r->rows->batch(r->rows->context, w->thread, &r->kernels, slice, batch, &w->error));
        if (w->rejects.n >= LR_REJECTS_MANY && !failed(r, w))
            LR_TRY(take_turn(r, w, slice, false));
    }
    return take_turn(r, w, slice, true);
}

static void report(lr_rows_pass *r)
{
    uint64_t done, total;
    const double now = lr_seconds_now();

    if (r->progress == NULL || now - r->reported < 0.1)
        return;
    r->reported = now;
    lr_source_progress(r->source, &done, &total);
    /* Of the other threads' bad records we would have to ask. */
    r->progress->report(r->progress->context, done, total,
                        r->workers[0].counts.rejected * r->threads);
}

static void work(lr_rows_pass *r, worker *w)
{
    while (!lr_ledger_stopped(&r->ledger) && w->left > 0) {
        lr_slice slice = {0};
        if (w->thread == 0)
            lr_layout_trim_between(&r->layout, w->slices);
        lr_status status = lr_source_next(r->source, &w->buffer, &slice, &w->error);
        if (status == LR_OK && slice.bytes.data == NULL)
            break;
        lr_ledger_begin(&r->ledger, slice.index);
        if (status == LR_OK)
            status = run_slice(r, w, &slice);
        if (status == LR_OK)
            lr_ledger_end(&r->ledger, &slice, w->batch.records.lines);
        else
            lr_ledger_fail(&r->ledger, &slice, status, &w->error);
        if (w->thread == 0)
            report(r);
    }
    lr_slice_buffer_free(&w->buffer);
}

static lr_status workers_init(lr_rows_pass *r, lr_error *err)
{
    r->workers = calloc(r->threads, sizeof *r->workers);
    if (r->workers == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", r->threads);
    for (uint32_t t = 0; t < r->threads; t++) {
        r->workers[t].thread = t;
        r->workers[t].left = r->options->limit;
        LR_TRY(lr_batch_init(&r->workers[t].batch, &r->fields, err));
    }
    return r->rows->begin == NULL
               ? LR_OK
               : r->rows->begin(r->rows->context, r, r->threads, &r->layout, err);
}

static lr_status read_all(lr_rows_pass *r, lr_rows_counts *counts, lr_error *err)
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
    LR_TRY(lr_source_unchanged(r->source, err));
    for (uint32_t t = 0; t < r->threads; t++) {
        counts->records += r->workers[t].counts.records;
        counts->rejected += r->workers[t].counts.rejected;
        for (int reason = 0; reason < LR_REASON_COUNT; reason++)
            counts->reasons[reason] += r->workers[t].counts.reasons[reason];
    }
    return lr_rejects_end(&r->rejects, counts->rejected, r->options->max_errors, err);
}

/* With --memory the memory plan's, else whatever is fastest. */
static lr_status choose_layout(lr_rows_pass *r, const char *const *files, size_t n_files,
                               lr_error *err)
{
    lr_options options = *r->options;
    lr_layout_needs needs = r->rows->needs;

    options.plan = options.memory_max_bytes != 0 ? LR_PLAN_MEMORY : LR_PLAN_TIME;
    needs.threads = r->threads;
    needs.rejects = options.rejects != NULL;
    needs.thread_bytes += r->rows->n_fields * COLUMN_BYTES;
    LR_TRY(lr_layout_choose(&r->layout, &options, files, n_files, &needs, err));
    r->threads = needs.threads;
    return LR_OK;
}

static lr_status open_source(lr_rows_pass *r, const char *const *files, size_t n_files,
                             lr_error *err)
{
    lr_source_options source = lr_layout_source(&r->layout, r->options);

    source.fields = &r->fields;
    source.kernels = &r->kernels;
    return lr_source_open(files, n_files, &source, &r->source, err);
}

static lr_status run_all(lr_rows_pass *r, const char *const *files, size_t n_files,
                         lr_rows_counts *counts, lr_error *err)
{
    const lr_options *options = r->options;

    LR_TRY(lr_options_check(options, err));
    lr_kernels_init(&r->kernels, options->isa);
    LR_TRY(lr_fields_init(&r->fields, r->rows->field, r->rows->n_fields, err));
    r->threads = options->threads != 0 ? options->threads : lr_threads_available();
    if (options->limit != UINT64_MAX)
        r->threads = 1;
    LR_TRY(lr_threads_probe(r->threads, err));
    LR_TRY(choose_layout(r, files, n_files, err));
    LR_TRY(open_source(r, files, n_files, err));
    LR_TRY(workers_init(r, err));
    LR_TRY(lr_rejects_begin(&r->rejects, options->rejects, files, n_files, err));
    return read_all(r, counts, err);
}

static void fill_stats(const lr_rows_pass *r, const lr_rows_counts *counts, lr_stats *stats)
{
    stats->bytes = lr_source_bytes(r->source);
    for (uint32_t t = 0; t < r->threads; t++) {
        stats->slices += r->workers[t].slices;
        stats->slow_records += r->workers[t].batch.records.slow;
    }
    stats->records = counts->records;
    stats->rejected = counts->rejected;
    stats->threads = r->threads;
    stats->isa = r->kernels.isa;
    stats->plan = r->layout.plan;
    stats->device = LR_DEVICE_CPU;
    stats->validate = r->options->validate;
    stats->path = lr_source_path(r->source);
    stats->peak_rss_bytes = lr_peak_rss_now();
    stats->seconds = lr_seconds_now() - r->began;
}

lr_status lr_rows_run(const lr_rows *rows, const char *const *files, size_t n_files,
                      const lr_progress *progress, lr_rows_counts *counts, lr_stats *stats,
                      lr_error *err)
{
    const double cpu_began = lr_cpu_seconds_now();
    lr_rows_pass r = {
        .rows = rows, .options = rows->options, .progress = progress, .began = lr_seconds_now()};

    memset(counts, 0, sizeof *counts);
    lr_ledger_init(&r.ledger);
    const lr_status status = run_all(&r, files, n_files, counts, err);
    if (status == LR_OK && stats != NULL) {
        fill_stats(&r, counts, stats);
        stats->cpu_seconds = lr_cpu_seconds_now() - cpu_began;
    }
    for (uint32_t t = 0; r.workers != NULL && t < r.threads; t++) {
        lr_batch_free(&r.workers[t].batch);
        lr_slice_buffer_free(&r.workers[t].buffer);
        lr_reject_list_free(&r.workers[t].rejects);
    }
    free(r.workers);
    lr_rejects_abandon(&r.rejects);
    lr_source_free(r.source);
    lr_ledger_free(&r.ledger);
    return status;
}
