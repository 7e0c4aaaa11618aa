/*
 * gpu.cu: a device as its caller sees it: slices go to it, the passes over them in their order, counts come
 * back. Every call of CUDA is checked; the first one that fails is the error.
 */
#include "gpu_device.h"

#include <stdlib.h>
#include <string.h>

#define LINK_BYTES ((size_t)64 << 20) /* in copies so large the link is at its best */

enum { BLOCK_BYTES = 1024 }; /* a block of a pass has work for so many bytes at least */

/* The first pass over the slice that lies in the lane: where its records end. */
static lr_status find_ends(lr_gpu_lane *lane, lr_error *err)
{
    const lr_gpu_slice *s = &lane->slice;

    CUDA_TRY(cudaMemsetAsync(s->counts, 0, sizeof *s->counts, lane->stream));
    CUDA_TRY(cudaMemsetAsync(s->told, 0, lr_gpu_lines_tiles(s->n) * sizeof *s->told, lane->stream));
    if (lane->is_csv)
        lr_gpu_csv_ends(&lane->csv, s, lane->stream);
    else
        lr_gpu_lines(s->src, s->from, s->n, s->ends, s->ends_max, &s->counts->n_ends, s->told,
                     &s->counts->ticket, lane->stream);
    CUDA_TRY(cudaGetLastError());
    return LR_OK;
}

/* All passes. */
static lr_status run_passes(lr_gpu *gpu, lr_gpu_lane *lane, lr_error *err)
{
    const lr_gpu_slice *s = &lane->slice;
    const uint32_t useful = s->n / BLOCK_BYTES + 1;
    const uint32_t blocks = useful < gpu->blocks ? useful : gpu->blocks;

    LR_TRY(find_ends(lane, err));
    if (lane->is_csv)
        lr_gpu_csv_rows(&gpu->program, &lane->csv, s, blocks, lane->stream);
    else
        lr_gpu_json(&gpu->program, gpu->validate, s, blocks, lane->stream);
    CUDA_TRY(cudaGetLastError());
    lr_gpu_columns(&gpu->program, gpu->validate, lane->is_csv, s, blocks, lane->stream);
    CUDA_TRY(cudaGetLastError());
    lr_gpu_groups(gpu->device_tables, s, blocks, lane->stream);
    CUDA_TRY(cudaGetLastError());
    return LR_OK;
}

/* Room for n elements of size bytes in *array, of n_max. */
static lr_status make_room(void *array, size_t *n_max, size_t n, size_t size, lr_error *err)
{
    void *memory;

    if (n <= *n_max)
        return LR_OK;
    memcpy(&memory, array, sizeof memory);
    void *larger = realloc(memory, n * size);
    if (larger == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for what a GPU leaves over");
    memcpy(array, &larger, sizeof larger);
    *n_max = n;
    return LR_OK;
}

/* Rows that found no room in a table: their numbers, then they themselves among all. */
static lr_status fetch_rows(lr_gpu_lane *lane, size_t n, size_t n_hits, lr_error *err)
{
    size_t max = lane->rows_max;

    LR_TRY(make_room(&lane->hits, &max, n_hits, sizeof *lane->hits, err));
    max = lane->rows_max;
    LR_TRY(make_room(&lane->rows, &max, n_hits, sizeof *lane->rows, err));
    max = lane->rows_max;
    LR_TRY(make_room(&lane->numbers, &max, n_hits, sizeof *lane->numbers, err));
    lane->rows_max = max;
    CUDA_TRY(cudaMemcpyAsync(lane->numbers, lane->slice.rows, n * sizeof *lane->numbers,
                             cudaMemcpyDeviceToHost, lane->stream));
    CUDA_TRY(cudaMemcpyAsync(lane->hits, lane->slice.hits, n_hits * sizeof *lane->hits,
                             cudaMemcpyDeviceToHost, lane->stream));
    CUDA_TRY(cudaStreamSynchronize(lane->stream));
    for (size_t i = 0; i < n; i++)
        lane->rows[i] = lane->hits[lane->numbers[i]];
    return LR_OK;
}

static lr_status fetch_result(lr_gpu *gpu, lr_gpu_lane *lane, lr_gpu_result *out, lr_error *err)
{
    const lr_gpu_counts *c = lane->counts;
    const uint32_t n_hits =
        c->n_hits < lane->slice.hits_max ? (uint32_t)c->n_hits : lane->slice.hits_max;

    out->lines = lane->is_csv ? c->feeds : c->n_ends;
    out->refused = c->n_ends > lane->slice.ends_max || c->misplaced != 0;
    out->records = c->records;
    for (uint32_t q = 0; q < gpu->program.n_hots; q++)
        out->nulls[q] = c->nulls[q];
    out->n_doubts = c->n_doubts;
    out->n_rows = c->n_rows;
    if (out->n_doubts > 0) {
        LR_TRY(
            make_room(&lane->doubts, &lane->doubts_max, out->n_doubts, sizeof *lane->doubts, err));
        CUDA_TRY(cudaMemcpyAsync(lane->doubts, lane->slice.doubts,
                                 out->n_doubts * sizeof *lane->doubts, cudaMemcpyDeviceToHost,
                                 lane->stream));
        CUDA_TRY(cudaStreamSynchronize(lane->stream));
    }
    if (out->n_rows > 0)
        LR_TRY(fetch_rows(lane, out->n_rows, n_hits, err));
    out->doubts = lane->doubts;
    out->rows = lane->rows;
    CUDA_TRY(cudaEventElapsedTime(&out->copy_ms, lane->begun, lane->copied));
    CUDA_TRY(cudaEventElapsedTime(&out->kernel_ms, lane->copied, lane->done));
    return LR_OK;
}

/* The slice to the device. What is not pinned is copied in pieces: one is filled while the other is under
 * way. */
static lr_status copy_slice(lr_gpu_lane *lane, const uint8_t *src, size_t n, bool pinned,
                            lr_error *err)
{
    /* What is read behind the slice decides nothing, but it is to be the same each time. */
    CUDA_TRY(cudaMemsetAsync(lane->src + n, 0, LR_PADDING, lane->stream));
    if (pinned) {
        CUDA_TRY(cudaMemcpyAsync(lane->src, src, n, cudaMemcpyHostToDevice, lane->stream));
        return LR_OK;
    }
    if (lane->stage == NULL)
        lane->stage = (uint8_t *)lr_gpu_pinned(2 * LR_GPU_STAGE_BYTES);
    if (lane->stage == NULL)
        return lr_fail(err, LR_E_RESOURCE, "gpu: no pinned memory");
    for (size_t at = 0, i = 0; at < n; at += LR_GPU_STAGE_BYTES, i ^= 1) {
        const size_t piece = n - at < LR_GPU_STAGE_BYTES ? n - at : LR_GPU_STAGE_BYTES;
        uint8_t *stage = lane->stage + i * LR_GPU_STAGE_BYTES;
        CUDA_TRY(cudaEventSynchronize(lane->staged[i]));
        memcpy(stage, src + at, piece);
        CUDA_TRY(
            cudaMemcpyAsync(lane->src + at, stage, piece, cudaMemcpyHostToDevice, lane->stream));
        CUDA_TRY(cudaEventRecord(lane->staged[i], lane->stream));
    }
    return LR_OK;
}

static lr_status gpu_count(lr_gpu *gpu, uint32_t number, const lr_gpu_csv *csv, const uint8_t *src,
                           size_t from, size_t n, bool pinned, lr_gpu_result *out, lr_error *err)
{
    lr_gpu_lane *lane = &gpu->lanes[number];

    memset(out, 0, sizeof *out);
    if (from >= n)
        return LR_OK;
    out->refused = n > gpu->slice_max;
    if (out->refused)
        return LR_OK;
    CUDA_TRY(cudaSetDevice(0)); /* a thread's own */
    if (!lane->ready)
        LR_TRY(lr_gpu_make_lane(gpu, lane, err));
    lane->is_csv = csv != NULL;
    if (lane->is_csv)
        lane->csv = *csv;
    lane->slice.from = (uint32_t)from;
    lane->slice.n = (uint32_t)n;
    CUDA_TRY(cudaEventRecord(lane->begun, lane->stream));
    LR_TRY(copy_slice(lane, src, n, pinned, err));
    CUDA_TRY(cudaEventRecord(lane->copied, lane->stream));
    LR_TRY(run_passes(gpu, lane, err));
    CUDA_TRY(cudaMemcpyAsync(lane->counts, lane->slice.counts, sizeof *lane->counts,
                             cudaMemcpyDeviceToHost, lane->stream));
    CUDA_TRY(cudaEventRecord(lane->done, lane->stream));
    CUDA_TRY(cudaStreamSynchronize(lane->stream));
    return fetch_result(gpu, lane, out, err);
}

static lr_status gpu_each(lr_bytes groups, uint32_t part, uint32_t parts, lr_gpu_take take,
                          void *context, lr_error *err)
{
    uint64_t i = 0;

    for (size_t at = 0; at + sizeof(lr_gpu_entry) <= groups.n; i++) {
        const lr_gpu_entry *entry = (const lr_gpu_entry *)(groups.data + at);
        const lr_bytes text = {groups.data + at + sizeof *entry, entry->length};
        if (entry->n > 0 && i % parts == part)
            LR_TRY(take(context, entry->tag, text, entry->n, err));
        at += lr_gpu_entry_units(entry->length) * LR_GPU_UNIT;
    }
    return LR_OK;
}

static lr_status fetch_groups(const lr_gpu_table *t, lr_bytes *out, lr_error *err)
{
    unsigned long long used = 0;

    CUDA_TRY(cudaMemcpy(&used, t->used, sizeof used, cudaMemcpyDeviceToHost));
    if (used > t->arena_units)
        used = t->arena_units;
    uint8_t *arena = (uint8_t *)malloc(used * LR_GPU_UNIT + LR_PADDING);
    if (arena == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the groups of a GPU");
    const cudaError_t error =
        cudaMemcpy(arena, t->arena, used * LR_GPU_UNIT, cudaMemcpyDeviceToHost);
    if (error != cudaSuccess) {
        free(arena);
        return lr_gpu_failed(error, err);
    }
    out->data = arena;
    out->n = used * LR_GPU_UNIT;
    return LR_OK;
}

static lr_status gpu_fetch(lr_gpu *gpu, uint32_t hot, uint64_t *symbols, lr_bytes *groups,
                           lr_error *err)
{
    const lr_gpu_prefix *p = &gpu->program.prefixes[hot];

    groups->data = NULL;
    groups->n = 0;
    CUDA_TRY(cudaDeviceSynchronize());
    if (p->hot.emojis == NULL)
        return fetch_groups(&gpu->tables[hot], groups, err);
    const size_t bytes = p->emojis.n * sizeof(uint64_t);
    uint64_t *counts = (uint64_t *)malloc(bytes);
    if (counts == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the counts of a GPU");
    const cudaError_t error = cudaMemcpy(counts, p->symbols, bytes, cudaMemcpyDeviceToHost);
    for (uint32_t i = 0; error == cudaSuccess && i < p->emojis.n; i++)
        symbols[i] += counts[i];
    free(counts);
    return error == cudaSuccess ? LR_OK : lr_gpu_failed(error, err);
}

/* What a round is of: see lr_gpu_times. */
typedef enum timed { TIMED_PASSES, TIMED_LINES, TIMED_LINK, TIMED_COPY } timed;

static lr_status start_round(lr_gpu *gpu, lr_gpu_lane *lane, timed what, const uint8_t *pinned,
                             lr_error *err)
{
    const size_t n = lane->slice.n, half = n / 2 / 16 * 16;

    if (what == TIMED_PASSES)
        return run_passes(gpu, lane, err);
    if (what == TIMED_LINES)
        return find_ends(lane, err);
    if (what == TIMED_COPY)
        CUDA_TRY(cudaMemcpyAsync(lane->src, lane->src + half, half, cudaMemcpyDeviceToDevice,
                                 lane->stream));
    for (size_t at = 0; what == TIMED_LINK && at < n; at += LINK_BYTES)
        CUDA_TRY(cudaMemcpyAsync(lane->src + at, pinned, n - at < LINK_BYTES ? n - at : LINK_BYTES,
                                 cudaMemcpyHostToDevice, lane->stream));
    return LR_OK;
}

static lr_status time_rounds(lr_gpu *gpu, lr_gpu_lane *lane, uint32_t rounds, timed what,
                             const uint8_t *pinned, double *out, lr_error *err)
{
    float ms = 0;

    CUDA_TRY(cudaEventRecord(lane->begun, lane->stream));
    for (uint32_t i = 0; i < rounds; i++)
        LR_TRY(start_round(gpu, lane, what, pinned, err));
    CUDA_TRY(cudaEventRecord(lane->done, lane->stream));
    CUDA_TRY(cudaStreamSynchronize(lane->stream));
    CUDA_TRY(cudaEventElapsedTime(&ms, lane->begun, lane->done));
    *out = ms / 1e3 / rounds;
    return LR_OK;
}

static lr_status time_all(lr_gpu *gpu, lr_gpu_lane *lane, uint32_t rounds, const uint8_t *pinned,
                          lr_gpu_times *out, lr_error *err)
{
    LR_TRY(time_rounds(gpu, lane, rounds, TIMED_PASSES, pinned, &out->pass_s, err));
    LR_TRY(time_rounds(gpu, lane, rounds, TIMED_LINES, pinned, &out->lines_s, err));
    /* These spoil the bytes. */
    LR_TRY(time_rounds(gpu, lane, rounds, TIMED_COPY, pinned, &out->copy_s, err));
    LR_TRY(time_rounds(gpu, lane, 1, TIMED_LINK, pinned, &out->link_s, err));
    return lr_gpu_forget(gpu, err);
}

static lr_status gpu_time(lr_gpu *gpu, uint32_t lane, uint32_t rounds, lr_gpu_times *out,
                          lr_error *err)
{
    uint8_t *pinned = (uint8_t *)lr_gpu_pinned(LINK_BYTES);
    const lr_status status = pinned != NULL
                                 ? time_all(gpu, &gpu->lanes[lane], rounds, pinned, out, err)
                                 : lr_fail(err, LR_E_RESOURCE, "gpu: no pinned memory");
    lr_gpu_pinned_free(pinned);
    return status;
}

const lr_gpu_module *lr_gpu_module_get(void)
{
    static const lr_gpu_module module = {
        LR_GPU_MODULE_VERSION, lr_gpu_find, lr_gpu_open, lr_gpu_free, lr_gpu_pinned,
        lr_gpu_pinned_free,    gpu_count,   gpu_fetch,   gpu_each,    gpu_time};
    return &module;
}
