/* pass.c: what a thread does with its slices, and the threads together. */
#include "pass.h"

#include "measure.h"
#include "pass_gpu.h"

#include <omp.h>
#include <stdlib.h>

/* The reason why row i is bad for any of the run's queries, and the column it concerns (or NULL). */
static lr_reason bad_reason(const lr_pass *pass, const lr_batch *batch, size_t i,
                            const char **column)
{
    *column = NULL;
    if (batch->records.reason[i] != LR_GOOD)
        return (lr_reason)batch->records.reason[i];
    for (size_t f = 0; f < pass->fields.n; f++)
        if (batch->columns[f].kinds[i] >= LR_BAD) {
            *column = pass->fields.field[f].name;
            return (lr_reason)(batch->columns[f].kinds[i] - LR_BAD);
        }
    return LR_GOOD;
}

/* Notes the bad rows of the batch; next is where the slice's next batch begins. */
static lr_status note_bad(lr_pass *pass, lr_worker *w, size_t next)
{
    const lr_batch *batch = &w->batch;

    for (size_t i = 0; i < batch->records.n; i++) {
        const char *column;
        const lr_reason reason = bad_reason(pass, batch, i, &column);
        if (reason == LR_GOOD)
            continue;
        w->rejected++;
        if (pass->told)
            continue;
        const size_t end = i + 1 < batch->records.n ? batch->records.offset[i + 1] : next;
        const reject bad = {batch->records.offset[i], (uint32_t)end, reason, column};
        LR_TRY(lr_reject_list_add(&w->rejects, &bad, &w->error));
        if (pass->options->on_error == LR_ON_ERROR_FAIL)
            break; /* the first one ends the run */
    }
    return LR_OK;
}

static uint64_t rejected_of(const lr_pass *pass, const lr_worker *w)
{
    uint64_t n = 0;
    for (size_t q = 0; q < pass->n_hots; q++)
        n += w->states[q].rejected;
    return n;
}

/* One batch through the hot prefix of every query. */
static lr_status run_batch(lr_pass *pass, lr_worker *w, size_t next)
{
    lr_batch *batch = &w->batch;
    const uint64_t rejected = rejected_of(pass, w);

    if (batch->records.n > w->left)
        batch->records.n = (size_t)w->left;
    w->left -= w->left == UINT64_MAX ? 0 : batch->records.n;
    lr_hot_prepare(&pass->kernels, &pass->fields, batch, w->scratch);
    for (size_t q = 0; q < pass->n_hots; q++)
        LR_TRY(lr_hot_run(&pass->hots[q], &pass->kernels, batch, w->scratch, &w->states[q],
                          &w->error));
    return rejected_of(pass, w) == rejected ? LR_OK : note_bad(pass, w, next);
}

/* A slice with bad records waits for its turn: only then is it known in which lines they stand. */
static lr_status settle_rejects(lr_pass *pass, lr_worker *w, const lr_slice *slice)
{
    const reject_place place = {lr_source_name(pass->source, slice->file), slice, &pass->kernels};
    uint64_t lines;

    if (w->rejects.n == 0 || !lr_ledger_turn(&pass->ledger, slice, &lines))
        return LR_OK;
    const bool fail = pass->options->on_error == LR_ON_ERROR_FAIL;
    LR_TRY(lr_rejects_settle(&pass->rejects, &w->rejects, &place, lines, fail, &w->error));
    w->rejects.n = 0;
    return LR_OK;
}

lr_status lr_pass_batches(lr_pass *pass, lr_worker *w, const lr_slice *slice, size_t from)
{
    while (from < slice->bytes.n && w->left > 0) {
        from = lr_read_batch(&pass->kernels, &pass->fields, pass->options->validate, slice, from,
                             &w->batch);
        lr_stopwatch_lap(&w->scratch->watch, LR_STAGE_PARSE);
        if (LR_UNLIKELY(w->batch.unproven)) {
            atomic_store(&pass->unproven, true);
            return lr_fail(&w->error, LR_E_DATA, "a slice does not end where it was supposed to");
        }
        LR_TRY(run_batch(pass, w, from));
        if (w->rejects.n > 0 && pass->options->on_error == LR_ON_ERROR_FAIL)
            break;
        if (w->rejects.n >= LR_REJECTS_MANY)
            LR_TRY(settle_rejects(pass, w, slice));
    }
    return LR_OK;
}

static lr_status run_slice(lr_pass *pass, lr_worker *w, const lr_slice *slice)
{
    lr_status status = LR_E_UNSUPPORTED;

    w->batch.records.lines = 0;
    w->rejects.n = 0;
    w->slices++;
    if (pass->gpu != NULL)
        status = lr_pass_gpu_slice(pass, w, slice);
    if (status == LR_E_UNSUPPORTED)
        status = lr_pass_batches(pass, w, slice, 0);
    return status == LR_OK ? settle_rejects(pass, w, slice) : status;
}

/* Tells how far we are, a few times a second; one thread does. */
static void report(lr_pass *pass)
{
    uint64_t done, total, rejected = 0;
    const double now = lr_seconds_now();

    if (pass->progress == NULL || now - pass->reported < 0.1)
        return;
    pass->reported = now;
    lr_source_progress(pass->source, &done, &total);
    rejected = pass->workers[0].rejected * pass->threads; /* of the others we would have to ask */
    pass->progress->report(pass->progress->context, done, total, rejected);
}

static void work(lr_pass *pass, lr_worker *w)
{
    if (pass->options->profile)
        lr_stopwatch_start(&w->scratch->watch);
    while (!lr_ledger_stopped(&pass->ledger) && w->left > 0) {
        lr_slice slice = {0};
        if (w == pass->workers)
            lr_layout_trim_between(&pass->layout, w->slices);
        lr_status status = lr_source_next(pass->source, &w->buffer, &slice, &w->error);
        if (status == LR_OK && slice.bytes.data == NULL)
            break;
        lr_ledger_begin(&pass->ledger, slice.index);
        lr_stopwatch_lap(&w->scratch->watch, LR_STAGE_READ);
        if (status == LR_OK)
            status = run_slice(pass, w, &slice);
        if (status == LR_OK)
            lr_ledger_end(&pass->ledger, &slice, w->batch.records.lines);
        else
            lr_ledger_fail(&pass->ledger, &slice, status, &w->error);
        if (w == pass->workers)
            report(pass);
    }
    lr_slice_buffer_free(&w->buffer);
}

static lr_status worker_init(lr_pass *pass, lr_worker *w, lr_error *err)
{
    w->left = pass->options->limit;
    w->scratch = calloc(1, sizeof *w->scratch);
    if (w->scratch == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a thread");
    LR_TRY(lr_batch_init(&w->batch, &pass->fields, err));
    w->each = (lr_hot_each){pass->hots, pass->n_hots, &pass->kernels, w->states, w->scratch};
    if (lr_hot_choose_each(pass->hots, pass->n_hots, &pass->fields, pass->options)) {
        w->batch.each = lr_hot_match;
        w->batch.context = &w->each;
    }
    for (size_t q = 0; q < pass->n_hots; q++) {
        lr_groups *groups = &w->states[q].store.groups;
        LR_TRY(lr_hot_state_init(&w->states[q], &pass->hots[q], pass->seed, pass->layout.store,
                                 pass->spills[q],
                                 pass->layout.budget == UINT64_MAX ? NULL : &pass->allowance, err));
        groups->base = pass->base;
        groups->lead = pass->lead;
    }
    return LR_OK;
}

static void worker_free(lr_pass *pass, lr_worker *w)
{
    for (size_t q = 0; q < pass->n_hots; q++)
        lr_hot_state_free(&w->states[q]);
    lr_batch_free(&w->batch);
    lr_slice_buffer_free(&w->buffer);
    lr_reject_list_free(&w->rejects);
    if (w->scratch != NULL)
        free(w->scratch->decoded);
    free(w->scratch);
}

lr_status lr_pass_init(lr_pass *pass, lr_error *err)
{
    lr_ledger_init(&pass->ledger);
    for (size_t q = 0; q < pass->n_hots; q++)
        LR_TRY(lr_spill_new(&pass->spills[q], pass->layout.spills,
                            pass->layout.plan == LR_PLAN_MEMORY, err));
    atomic_init(&pass->allowance, lr_layout_allowance(&pass->layout));
    pass->workers = calloc(pass->threads, sizeof *pass->workers);
    if (pass->workers == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", pass->threads);
    for (uint32_t t = 0; t < pass->threads; t++)
        LR_TRY(worker_init(pass, &pass->workers[t], err));
    return pass->gpu_wanted ? lr_pass_gpu_open(pass, err) : LR_OK;
}

void lr_pass_free(lr_pass *pass)
{
    for (uint32_t t = 0; pass->workers != NULL && t < pass->threads; t++)
        worker_free(pass, &pass->workers[t]);
    free(pass->workers);
    pass->workers = NULL;
    for (size_t q = 0; q < pass->n_hots; q++) {
        lr_spill_free(pass->spills[q]);
        pass->spills[q] = NULL;
    }
    lr_source_free(pass->source);
    pass->source = NULL;
    if (pass->gpu != NULL)
        pass->gpu_module->free(pass->gpu);
    pass->gpu = NULL;
    lr_ledger_free(&pass->ledger);
}

/* What reading needed, before the answers are made: buffers, and rows of columns. */
static void free_reading(lr_pass *pass)
{
    for (uint32_t t = 0; t < pass->threads; t++) {
        free(pass->workers[t].scratch->decoded);
        pass->workers[t].scratch->decoded = NULL;
        pass->workers[t].scratch->decoded_max = 0;
    }
}

lr_status lr_pass_read(lr_pass *pass, lr_error *err)
{
#pragma omp parallel num_threads(pass->threads)
    {
        work(pass, &pass->workers[omp_get_thread_num()]);
    }
    free_reading(pass);
    if (pass->ledger.status == LR_OK) {
        LR_TRY(lr_source_unchanged(pass->source, err));
        return pass->gpu != NULL ? lr_pass_gpu_fetch(pass, err) : LR_OK;
    }
    if (err != NULL)
        *err = pass->ledger.error;
    return pass->ledger.status;
}

void lr_pass_add(lr_pass *pass, size_t q)
{
    lr_hot_state *into = &pass->workers[0].states[q];

    for (uint32_t t = 1; t < pass->threads; t++) {
        const lr_hot_state *from = &pass->workers[t].states[q];
        into->records += from->records;
        into->rejected += from->rejected;
        into->skipped_null += from->skipped_null;
        for (size_t i = 0; into->symbols != NULL && i < lr_emoji_count(pass->hots[q].emojis); i++)
            into->symbols[i] += from->symbols[i];
    }
}
