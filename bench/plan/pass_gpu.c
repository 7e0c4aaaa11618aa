/* pass_gpu.c: slices to a device, doubts back from it, counts at the end. */
#include "pass_gpu.h"

#include "measure.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The hot prefixes as the device knows them. False: one of them has something that it does not. */
static bool make_task(const lr_pass *pass, lr_gpu_task *task)
{
    const lr_fields *fields = &pass->fields;

    *task = (lr_gpu_task){.keys = fields->keys, .validate = pass->options->validate};
    memcpy(task->seed, pass->seed, sizeof task->seed);
    if (fields->n > LR_GPU_COLUMNS_MAX || pass->n_hots > LR_GPU_HOTS_MAX)
        return false;
    task->n_columns = (uint32_t)fields->n;
    for (size_t f = 0; f < fields->n; f++) {
        const lr_type type = fields->field[f].type;
        if (type != LR_TYPE_TEXT && type != LR_TYPE_DATE)
            return false;
        task->columns[f] = (lr_gpu_column){fields->at[f].first, fields->at[f].holder,
                                           fields->at[f].fallback, type == LR_TYPE_DATE};
    }
    task->n_hots = (uint32_t)pass->n_hots;
    for (size_t q = 0; q < pass->n_hots; q++) {
        const lr_hot *hot = &pass->hots[q];
        if (hot->hyper != NULL)
            return false;
        task->hots[q] = (lr_gpu_hot){.reads = hot->reads,
                                     .filter = (int8_t)hot->filter,
                                     .unnest = (int8_t)hot->unnest,
                                     .key_date = (int8_t)hot->key_date,
                                     .key_text = (int8_t)hot->key_text,
                                     .since = hot->since,
                                     .until = hot->until,
                                     .emojis = hot->emojis,
                                     .mentions = hot->mentions};
    }
    return lr_gpu_takes(task);
}

lr_status lr_pass_gpu_choose(lr_pass *pass, lr_error *err)
{
    const lr_options *options = pass->options;
    char name[256];
    uint64_t memory;
    lr_error why;
    lr_gpu_task task;

    pass->gpu_wanted = false;
    if (options->device != LR_DEVICE_GPU) {
        snprintf(pass->gpu_why, sizeof pass->gpu_why, "%s",
                 options->device == LR_DEVICE_CPU ? "device: cpu, as asked for\n"
                                                  : "device: cpu: it reads the page cache faster "
                                                    "than a device is fed\n");
        return LR_OK;
    }
    if (lr_gpu_module_find(&pass->gpu_module, &why) != LR_OK ||
        pass->gpu_module->find(name, &memory, &why) != LR_OK)
        return lr_fail(err, LR_E_RESOURCE, "--device gpu: %s", why.message);
    pass->gpu_wanted = options->limit == UINT64_MAX && make_task(pass, &task);
    snprintf(pass->gpu_why, sizeof pass->gpu_why, "device: %s%s\n",
             pass->gpu_wanted ? ""
                              : "cpu: this is not for a device: --limit, the mode of mentions "
                                "or the matcher; there is a ",
             name);
    return LR_OK;
}

lr_status lr_pass_gpu_open(lr_pass *pass, lr_error *err)
{
    lr_gpu_task task;

    if (!make_task(pass, &task))
        return LR_E_UNSUPPORTED;
    /* A slice may be longer by what was left over from the one before. */
    return pass->gpu_module->open(
        &pass->gpu, &task, pass->threads,
        pass->layout.slice_bytes + (pass->layout.slice_bytes >> 4) + (64 << 10), err);
}

static int compare_doubts(const void *a, const void *b)
{
    const lr_gpu_doubt *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Records in doubt, in their order, those that stand beside each other at once. */
static lr_status read_doubts(lr_pass *pass, lr_worker *w, const lr_slice *slice,
                             const lr_gpu_result *r)
{
    lr_gpu_doubt *doubts = (lr_gpu_doubt *)r->doubts;

    if (r->n_doubts > 0) /* else there may be no array */
        qsort(doubts, r->n_doubts, sizeof *doubts, compare_doubts);
    for (size_t i = 0; i < r->n_doubts;) {
        lr_slice part = *slice;
        part.text_at = slice->bytes.n + LR_PADDING; /* the bytes behind the part are records */
        size_t last = i;
        while (last + 1 < r->n_doubts && doubts[last + 1].begin == doubts[last].end + 1)
            last++;
        part.bytes.n = doubts[last].end < slice->bytes.n ? doubts[last].end + 1 : slice->bytes.n;
        const size_t from = doubts[i].begin == slice->skip ? 0 : doubts[i].begin;
        LR_TRY(lr_pass_batches(pass, w, &part, from));
        if (w->rejects.n > 0 && pass->options->on_error == LR_ON_ERROR_FAIL)
            break;
        i = last + 1;
    }
    return LR_OK;
}

/* Rows for which the device's tables had no room. */
static lr_status add_rows(lr_pass *pass, lr_worker *w, const lr_slice *slice,
                          const lr_gpu_result *r)
{
    for (size_t q = 0; q < pass->n_hots; q++) {
        lr_hot_state *s = &w->states[q];
        lr_date *tags = w->scratch->decoded_tags;
        for (size_t i = 0; i < r->n_rows;) {
            lr_group_rows rows = {slice->bytes.data, s->hit_spans, s->hit_kinds, tags, 0};
            for (; i < r->n_rows && rows.n < LR_BATCH_MAX; i++) {
                if (r->rows[i].hot != q)
                    continue;
                s->hit_spans[rows.n] = (lr_span){r->rows[i].offset, r->rows[i].length};
                s->hit_kinds[rows.n] = LR_PLAIN;
                tags[rows.n++] = r->rows[i].tag;
            }
            LR_TRY(lr_store_add(&s->store, &pass->kernels, &rows, &w->error));
        }
    }
    return LR_OK;
}

static lr_gpu_csv csv_of(const lr_pass *pass, const lr_slice *slice)
{
    lr_gpu_csv csv = {.delimiter = lr_slice_delimiter(slice), .n_columns = lr_slice_columns(slice)};

    for (size_t f = 0; f < pass->fields.n; f++)
        csv.column[f] = lr_slice_column(slice, f);
    return csv;
}

/* Slices of a mapped file lie there; those that were read, in memory that the device copies from. */
static lr_status count_slice(lr_pass *pass, lr_worker *w, const lr_slice *slice, lr_gpu_result *r)
{
    const uint32_t lane = (uint32_t)(w - pass->workers);
    const uint8_t *src = slice->bytes.data, *own = w->buffer.data;
    const bool is_csv = slice->format == LR_INPUT_CSV;
    const bool pinned = own != NULL && src >= own && src < own + w->buffer.n_max;
    lr_gpu_csv csv;

    if (is_csv)
        csv = csv_of(pass, slice);
    return pass->gpu_module->count(pass->gpu, lane, is_csv ? &csv : NULL, src, slice->skip,
                                   slice->bytes.n, pinned, r, &w->error);
}

/* --resident: how fast the device is where nothing is copied to it. What it counts on the way is forgotten,
 * so there is one thread and it is the first slice. */
static lr_status time_resident(lr_pass *pass, lr_worker *w, const lr_slice *slice)
{
    const uint32_t rounds = pass->options->resident;
    const double n = (double)(slice->bytes.n - slice->skip);
    lr_gpu_times times;
    lr_gpu_result r;

    LR_TRY(count_slice(pass, w, slice, &r));
    if (r.refused)
        return LR_OK;
    LR_TRY(pass->gpu_module->time(pass->gpu, 0, rounds, &times, &w->error));
    const size_t used = strlen(pass->gpu_why);
    snprintf(pass->gpu_why + used, sizeof pass->gpu_why - used,
             "resident: %.0f bytes, %u rounds: all passes %.1f GB/s, lines alone %.1f, "
             "a copy reads and writes %.1f, a copy to it %.1f\n",
             n, rounds, n / times.pass_s * 1e-9, n / times.lines_s * 1e-9, n / times.copy_s * 1e-9,
             n / times.link_s * 1e-9);
    return LR_OK;
}

lr_status lr_pass_gpu_slice(lr_pass *pass, lr_worker *w, const lr_slice *slice)
{
    lr_gpu_result r;

    if (slice->format == LR_INPUT_JSON)
        return LR_E_UNSUPPORTED;
    if (pass->options->resident > 0 && slice->index == 0)
        LR_TRY(time_resident(pass, w, slice));
    LR_TRY(count_slice(pass, w, slice, &r));
    if (pass->options->profile) /* the device says itself what it took */
        lr_stopwatch_start(&w->scratch->watch);
    if (r.refused)
        return LR_E_UNSUPPORTED;
    for (size_t q = 0; q < pass->n_hots; q++) {
        w->states[q].records += r.records;
        w->states[q].skipped_null += r.nulls[q];
    }
    w->scratch->watch.seconds[LR_STAGE_COPY] += r.copy_ms / 1e3;
    w->scratch->watch.seconds[LR_STAGE_KERNEL] += r.kernel_ms / 1e3;
    w->batch.records.slow += r.n_doubts;
    LR_TRY(add_rows(pass, w, slice, &r));
    LR_TRY(read_doubts(pass, w, slice, &r));
    /* The line feeds before the slice's records, which are no lines of the device's. */
    w->batch.records.lines = r.lines + pass->kernels.count_lines(slice->bytes.data, slice->skip);
    return LR_OK;
}

static lr_status take_group(void *context, lr_date tag, lr_bytes text, uint64_t n, lr_error *err)
{
    return lr_store_count(context, tag, text, n, err);
}

/* The groups to the threads' stores, a share to each: they are merged as others are. */
static lr_status share_groups(lr_pass *pass, size_t q, lr_bytes groups, lr_error *err)
{
    lr_status status = LR_OK;

#pragma omp parallel num_threads(pass->threads)
    {
        const uint32_t part = (uint32_t)omp_get_thread_num();
        lr_worker *w = &pass->workers[part];
        const lr_status mine = pass->gpu_module->each(groups, part, pass->threads, take_group,
                                                      &w->states[q].store, &w->error);
        if (mine != LR_OK) {
#pragma omp critical
            if (status == LR_OK) {
                status = mine;
                if (err != NULL)
                    *err = w->error;
            }
        }
    }
    return status;
}

lr_status lr_pass_gpu_fetch(lr_pass *pass, lr_error *err)
{
    for (size_t q = 0; q < pass->n_hots; q++) {
        lr_bytes groups;
        LR_TRY(pass->gpu_module->fetch(pass->gpu, (uint32_t)q, pass->workers[0].states[q].symbols,
                                       &groups, err));
        const lr_status status = share_groups(pass, q, groups, err);
        free((void *)groups.data);
        LR_TRY(status);
    }
    return LR_OK;
}
