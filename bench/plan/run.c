/*
 * run.c: a run: a pass over the input, or several; then the threads' groups are merged and the tails make
 * the answers.
 */
#include "run.h"

#include "measure.h"
#include "merge.h"
#include "pass_gpu.h"
#include "tail.h"
#include "threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A run: what all its passes share. */
typedef struct run {
    lr_pass pass;
    const char *const *files;
    size_t n_files;
    lr_tail *tails[LR_QUERIES_MAX];
    lr_hot_state counts[LR_QUERIES_MAX]; /* of the last pass: records, rejected, skipped_null */
    lr_stats stats;
    double began, cpu_began;
} run;

static lr_status compile(lr_pass *pass, const lr_query *const *queries, size_t n, lr_error *err)
{
    lr_field field[LR_FIELDS_MAX];
    size_t n_fields = 0;

    if (n > LR_QUERIES_MAX)
        return lr_fail(err, LR_E_USAGE, "at most %d queries in one pass", LR_QUERIES_MAX);
    for (; pass->n_hots < n; pass->n_hots++)
        LR_TRY(lr_hot_compile(&pass->hots[pass->n_hots], queries[pass->n_hots], pass->options,
                              field, &n_fields, err));
    return lr_fields_init(&pass->fields, field, n_fields, err);
}

/* As many threads as asked for or available; one for --limit, which must know how many records come
 * before. */
static lr_status choose_threads(lr_pass *pass, lr_error *err)
{
    const uint32_t asked = pass->options->threads;

    pass->threads = asked != 0 ? asked : lr_threads_available();
    if (pass->options->limit != UINT64_MAX || pass->options->resident > 0)
        pass->threads = 1;
    return lr_threads_probe(pass->threads, err);
}

/* The queries whose groups are texts. */
static size_t stores_of(const lr_pass *pass)
{
    size_t n = 0;
    for (size_t q = 0; q < pass->n_hots; q++)
        n += pass->hots[q].emojis == NULL;
    return n;
}

static lr_status choose_layout(run *r, uint64_t peak, lr_error *err)
{
    lr_pass *pass = &r->pass;
    const size_t n_stores = stores_of(pass);
    lr_layout_needs needs = {.threads = pass->threads,
                             .n_stores = n_stores,
                             .rejects = pass->options->rejects != NULL,
                             .decodes = n_stores > 0,
                             .peak_bytes = peak};

    LR_TRY(lr_layout_choose(&pass->layout, pass->options, r->files, r->n_files, &needs, err));
    pass->threads = needs.threads;
    return LR_OK;
}

static lr_status tails_new(run *r, lr_error *err)
{
    for (size_t q = 0; q < r->pass.n_hots; q++) {
        lr_tail_free(r->tails[q]);
        r->tails[q] = NULL;
        LR_TRY(lr_tail_new(&r->tails[q], &r->pass.hots[q], r->pass.options->top, err));
    }
    return LR_OK;
}

/* ---- one pass ---- */

static lr_status open_source(run *r, lr_error *err)
{
    lr_pass *pass = &r->pass;
    lr_source_options source = lr_layout_source(&pass->layout, pass->options);

    source.fields = &pass->fields;
    source.lined = pass->supposes && pass->options->validate == LR_VALIDATE_FULL;
    source.guessed = pass->supposes;
    source.kernels = &pass->kernels;
    if (pass->gpu_wanted) {
        source.allocate = pass->gpu_module->pinned;
        source.release = pass->gpu_module->pinned_free;
    }
    return lr_source_open(r->files, r->n_files, &source, &pass->source, err);
}

/* The stores of query q, of all threads, each as a pointer; NULL: no memory. */
static lr_store **stores_for(lr_pass *pass, size_t q)
{
    lr_store **stores = calloc(pass->threads, sizeof *stores);
    for (uint32_t t = 0; stores != NULL && t < pass->threads; t++)
        stores[t] = &pass->workers[t].states[q].store;
    return stores;
}

static lr_status push_tail(void *tail, const lr_counted *groups, size_t n, lr_error *err)
{
    return lr_tail_push(tail, groups, n, err);
}

/* Pushes the merged groups of query q into its tail. Where memory is not short each thread has a tail of its own
 * for them: they would wait for each other where there are millions. */
static lr_status push_query(run *r, size_t q, lr_store *const *stores, lr_error *err)
{
    enum { TAILS = 64 };
    lr_pass *pass = &r->pass;
    const bool alone = pass->layout.plan == LR_PLAN_MEMORY ||
                       pass->options->memory_max_bytes != 0 || pass->threads > TAILS;
    const size_t n = alone ? 1 : pass->threads;
    lr_tail *tails[TAILS] = {r->tails[q]};
    lr_group_sink sinks[TAILS];
    lr_status status = LR_OK;

    for (size_t t = 0; t < n && status == LR_OK; t++) {
        if (t > 0)
            status = lr_tail_new(&tails[t], &pass->hots[q], pass->options->top, err);
        if (status == LR_OK)
            lr_tail_bound(tails[t], lr_layout_tail_now(&pass->layout) / n);
        sinks[t] = (lr_group_sink){push_tail, tails[t]};
    }
    if (status == LR_OK)
        status = lr_merge_push(stores, pass->threads, pass->spills[q], pass->seed, &pass->layout,
                               sinks, n, err);
    for (size_t t = 1; t < n; t++) {
        if (status == LR_OK)
            status = lr_tail_absorb(r->tails[q], tails[t], err);
        lr_tail_free(tails[t]);
    }
    return status;
}

/* Merges, then pushes, the groups of query q. What can fail for want of a spill comes first, and for all
 * queries before any is pushed: a range of hashes is in all tails, or in none. */
static lr_status merge_query(run *r, size_t q, bool push, lr_error *err)
{
    lr_pass *pass = &r->pass;
    const lr_emoji_set *emojis = pass->hots[q].emojis;

    if (emojis == NULL) {
        lr_store **stores = stores_for(pass, q);
        if (stores == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", pass->threads);
        const lr_status status =
            push ? push_query(r, q, stores, err)
                 : lr_merge_stores(stores, pass->threads, pass->spills[q], &pass->layout, err);
        free(stores);
        return status;
    }
    const uint64_t *counts = pass->workers[0].states[q].symbols;
    for (uint32_t i = 0; push && !pass->told && i < lr_emoji_count(emojis); i++) {
        const lr_counted emoji = {.n = counts[i], .text = lr_emoji_text(emojis, i)};
        if (counts[i] != 0)
            LR_TRY(lr_tail_push(r->tails[q], &emoji, 1, err));
    }
    return LR_OK;
}

static void note_stats(run *r)
{
    lr_pass *pass = &r->pass;
    lr_stats *stats = &r->stats;

    stats->bytes += lr_source_bytes(pass->source);
    stats->rejected = 0;
    for (uint32_t t = 0; t < pass->threads; t++) {
        const double *seconds = pass->workers[t].scratch->watch.seconds;
        stats->stage.read += seconds[LR_STAGE_READ];
        stats->stage.parse += seconds[LR_STAGE_PARSE];
        stats->stage.match += seconds[LR_STAGE_MATCH];
        stats->stage.group += seconds[LR_STAGE_GROUP];
        stats->stage.copy += seconds[LR_STAGE_COPY];
        stats->stage.kernel += seconds[LR_STAGE_KERNEL];
        stats->slices += pass->workers[t].slices;
        stats->slow_records += pass->workers[t].batch.records.slow;
        stats->rejected += pass->workers[t].rejected;
    }
    for (size_t q = 0; q < pass->n_hots; q++)
        stats->spilled_bytes += pass->spills[q] != NULL ? lr_spill_bytes(pass->spills[q]) : 0;
    stats->path = lr_source_path(pass->source);
}

/* A whole pass, into the tails. Its bad records are told of unless an earlier pass has done so. */
static lr_status run_pass(run *r, lr_error *err)
{
    lr_pass *pass = &r->pass;

    LR_TRY(open_source(r, err));
    LR_TRY(lr_pass_init(pass, err));
    if (!pass->told) {
        lr_rejects_abandon(&pass->rejects);
        LR_TRY(lr_rejects_begin(&pass->rejects, pass->options->rejects, r->files, r->n_files, err));
    }
    LR_TRY(lr_pass_read(pass, err));
    const double read = lr_seconds_now();
    lr_layout_trim(&pass->layout);
    for (size_t q = 0; q < pass->n_hots; q++) {
        lr_pass_add(pass, q);
        LR_TRY(merge_query(r, q, false, err));
    }
    for (size_t q = 0; q < pass->n_hots; q++) {
        LR_TRY(merge_query(r, q, true, err));
        r->counts[q] = pass->workers[0].states[q];
    }
    note_stats(r);
    if (pass->options->profile) /* merging goes on while the tails take its groups */
        r->stats.stage.merge += lr_seconds_now() - read;
    return LR_OK;
}

/* Can the input be read again? */
static bool rereadable(const run *r)
{
    struct stat info;

    for (size_t i = 0; i < r->n_files; i++)
        if (strcmp(r->files[i], "-") == 0 ||
            (stat(r->files[i], &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)))
            return false;
    return true;
}

/* Where nothing can be spilled: a pass for each range of hashes, as wide as the tables hold. */
static lr_status run_ranges(run *r, lr_error *err)
{
    lr_pass *pass = &r->pass;
    uint64_t width = UINT64_MAX / 2; /* of the range less 1; of the form 2^k - 1 */

    LR_TRY(tails_new(r, err));
    for (uint64_t first = 0;;) {
        pass->base = first;
        pass->lead = (uint32_t)__builtin_clzll(width);
        const lr_status status = run_pass(r, err);
        lr_pass_free(pass);
        if (status != LR_OK && status != LR_E_UNSUPPORTED)
            return status;
        if (status == LR_E_UNSUPPORTED && width < UINT32_MAX) /* not for want of room: a long key */
            return LR_E_RESOURCE;
        if (status == LR_E_UNSUPPORTED) {
            width /= 2;
            continue;
        }
        pass->told = true;
        if (first + width == UINT64_MAX)
            return LR_OK;
        first += width + 1;
        while (width > UINT64_MAX - first)
            width /= 2;
    }
}

static lr_status run_passes(run *r, lr_error *err)
{
    LR_TRY(tails_new(r, err));
    r->pass.supposes = !r->pass.gpu_wanted;
    lr_status status = run_pass(r, err);
    lr_pass_free(&r->pass);
    r->pass.supposes = false;
    if (atomic_load(&r->pass.unproven)) { /* then nothing of that pass counts, nor its failure */
        r->stats = (lr_stats){0};
        LR_TRY(tails_new(r, err));
        status = run_pass(r, err);
        lr_pass_free(&r->pass);
    }
    if (status != LR_E_UNSUPPORTED)
        return status;
    if (!rereadable(r))
        return LR_E_IO; /* err says why nothing can be spilled */
    r->stats = (lr_stats){0};
    return run_ranges(r, err);
}

/* ---- the whole ---- */

static lr_status answer(run *r, size_t q, lr_table **out, lr_error *err)
{
    LR_TRY(lr_tail_finish(r->tails[q], out, err));
    r->stats.groups += lr_tail_pushed(r->tails[q]);
    (*out)->records = r->counts[q].records;
    (*out)->rejected = r->counts[q].rejected;
    (*out)->skipped_null = r->counts[q].skipped_null;
    return LR_OK;
}

static lr_status run_all(run *r, const lr_query *const *queries, size_t n_queries, lr_table **out,
                         lr_error *err)
{
    lr_pass *pass = &r->pass;
    const lr_options *options = pass->options;

    LR_TRY(lr_options_check(options, err));
    lr_kernels_init(&pass->kernels, options->isa);
    const uint64_t before = lr_peak_rss_now();
    LR_TRY(compile(pass, queries, n_queries, err));
    const uint64_t after = options->matcher == LR_MATCHER_HYPERSCAN ? lr_peak_rss_now() : before;
    LR_TRY(choose_threads(pass, err));
    lr_store_seed(pass->seed);
    LR_TRY(lr_pass_gpu_choose(pass, err));
    if (pass->gpu_wanted && pass->threads > LR_GPU_LANES_MAX)
        pass->threads = LR_GPU_LANES_MAX;
    LR_TRY(choose_layout(r, after > before ? after : 0, err));
    if (pass->gpu_wanted && options->slice_bytes == 0)
        pass->layout.slice_bytes = LR_GPU_SLICE_BYTES;
    LR_TRY(run_passes(r, err));
    lr_layout_trim(&pass->layout);
    const double merged = lr_seconds_now();
    for (size_t q = 0; q < n_queries; q++)
        LR_TRY(answer(r, q, &out[q], err));
    if (options->profile)
        r->stats.stage.tail = lr_seconds_now() - merged;
    return lr_rejects_end(&pass->rejects, r->stats.rejected, options->max_errors, err);
}

static void fill_stats(const run *r, lr_stats *stats)
{
    *stats = r->stats;
    stats->cpu_seconds = lr_cpu_seconds_now() - r->cpu_began;
    stats->records = r->counts[0].records;
    stats->threads = r->pass.threads;
    stats->isa = r->pass.kernels.isa;
    stats->plan = r->pass.layout.plan;
    stats->device = r->pass.gpu_wanted ? LR_DEVICE_GPU : LR_DEVICE_CPU;
    stats->validate = r->pass.options->validate;
    stats->peak_rss_bytes = lr_peak_rss_now();
    stats->seconds = lr_seconds_now() - r->began;
    snprintf(stats->why, sizeof stats->why, "%s%s", r->pass.layout.why, r->pass.gpu_why);
}

lr_status lr_run_measured(const lr_query *const *queries, size_t n_queries,
                          const char *const *files, size_t n_files, const lr_options *options,
                          const lr_progress *progress, lr_table **out, lr_stats *stats,
                          lr_error *err)
{
    run r = {.files = files,
             .n_files = n_files,
             .began = lr_seconds_now(),
             .cpu_began = lr_cpu_seconds_now()};
    lr_options *defaults = NULL;

    memset(out, 0, n_queries * sizeof *out);
    if (options == NULL) {
        LR_TRY(lr_options_new(&defaults, err));
        options = defaults;
    }
    r.pass.options = options;
    r.pass.progress = progress;
    const lr_status status = run_all(&r, queries, n_queries, out, err);
    if (status == LR_OK && stats != NULL)
        fill_stats(&r, stats);

    for (size_t q = 0; status != LR_OK && q < n_queries; q++) {
        lr_table_free(out[q]);
        out[q] = NULL;
    }
    for (size_t q = 0; q < r.pass.n_hots; q++)
        lr_tail_free(r.tails[q]);
    lr_rejects_abandon(&r.pass.rejects);
    for (size_t q = 0; q < LR_QUERIES_MAX; q++) /* one that did not compile, too */
        lr_hot_free(&r.pass.hots[q]);
    lr_options_free(defaults);
    return status;
}

lr_status lr_run(const lr_query *const *queries, size_t n_queries, const char *const *files,
                 size_t n_files, const lr_options *options, lr_table **out, lr_error *err)
{
    return lr_run_measured(queries, n_queries, files, n_files, options, NULL, out, NULL, err);
}
