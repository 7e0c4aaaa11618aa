/* passes.cu: see passes.h. */
#include "gpu_passes.h"
#include "passes.h"

#include <stdlib.h>
#include <string.h>

/* n bytes of the device, with a copy of from or zeros; NULL: there was an error, which CUDA keeps. */
static void *given(const void *from, size_t n)
{
    void *at = NULL;

    if (cudaMalloc(&at, n) != cudaSuccess)
        return NULL;
    if (from != NULL)
        cudaMemcpy(at, from, n, cudaMemcpyHostToDevice);
    else
        cudaMemset(at, 0, n);
    return at;
}

static void fetch(void *to, const void *from, size_t n)
{
    cudaMemcpy(to, from, n, cudaMemcpyDeviceToHost);
}

static int ended(void)
{
    const cudaError_t waited = cudaDeviceSynchronize(), kept = cudaGetLastError();
    return (int)(waited != cudaSuccess ? waited : kept);
}

int passes_lines(const uint8_t *src, uint32_t from, uint32_t n, passes_ends *out)
{
    uint8_t *bytes = (uint8_t *)given(src, n + LR_PADDING);
    uint32_t *ends = (uint32_t *)given(NULL, (out->ends_max + 1) * sizeof *ends);
    uint32_t *words = (uint32_t *)given(NULL, 2 * sizeof *words);
    uint64_t *told = (uint64_t *)given(NULL, lr_gpu_lines_tiles(n) * sizeof *told);

    lr_gpu_lines(bytes, from, n, ends, out->ends_max, &words[0], told, &words[1], NULL);
    const int error = ended();
    if (error == 0) {
        fetch(out->ends, ends, out->ends_max * sizeof *ends);
        fetch(&out->n_ends, &words[0], sizeof out->n_ends);
    }
    cudaFree(bytes);
    cudaFree(ends);
    cudaFree(words);
    cudaFree(told);
    return error;
}

int passes_csv_ends(const uint8_t *src, uint32_t from, uint32_t n, uint8_t delimiter,
                    passes_ends *out)
{
    lr_gpu_slice slice = {};
    lr_gpu_csv csv = {};
    lr_gpu_counts counts = {};

    csv.delimiter = delimiter;
    slice.src = (const uint8_t *)given(src, n + LR_PADDING);
    slice.from = from;
    slice.n = n;
    slice.ends = (uint32_t *)given(NULL, (out->ends_max + 1) * sizeof *slice.ends);
    slice.ends_max = out->ends_max;
    slice.told =
        (uint64_t *)given(NULL, (n / 4096 + 1) * sizeof *slice.told); /* tiles are larger */
    slice.counts = (lr_gpu_counts *)given(NULL, sizeof counts);
    lr_gpu_csv_ends(&csv, &slice, NULL);
    const int error = ended();
    if (error == 0) {
        fetch(out->ends, slice.ends, out->ends_max * sizeof *slice.ends);
        fetch(&counts, slice.counts, sizeof counts);
    }
    out->n_ends = counts.n_ends;
    out->feeds = counts.feeds;
    out->misplaced = counts.misplaced;
    cudaFree((void *)slice.src);
    cudaFree(slice.ends);
    cudaFree(slice.told);
    cudaFree(slice.counts);
    return error;
}

/* Every group that slots refer to. */
static void give_groups(const unsigned long long *slots, uint64_t n_slots, const uint8_t *arena,
                        lr_gpu_take take, void *context)
{
    lr_gpu_entry head;

    for (uint64_t i = 0; i < n_slots; i++) {
        if (slots[i] == 0)
            continue;
        const uint8_t *entry = arena + ((slots[i] & 0xFFFFFFFFFFull) - 1) * LR_GPU_UNIT;
        memcpy(&head, entry, sizeof head);
        const lr_bytes text = {entry + sizeof head, head.length};
        take(context, (lr_date)head.tag, text, head.n, NULL);
    }
}

int passes_groups(const uint8_t *src, uint32_t n, const lr_gpu_row *hits, uint32_t n_hits,
                  uint32_t bits, uint64_t arena_units, uint32_t blocks, lr_gpu_take take,
                  void *context, uint32_t *rows, uint32_t *n_rows)
{
    const size_t slots_bytes = sizeof(unsigned long long) << bits;
    const size_t arena_bytes = arena_units * LR_GPU_UNIT;
    lr_gpu_table table = {};
    lr_gpu_slice slice = {};
    lr_gpu_counts counts = {};

    table.slots = (unsigned long long *)given(NULL, slots_bytes);
    table.bits = bits;
    table.arena = (uint8_t *)given(NULL, arena_bytes);
    table.arena_units = arena_units;
    table.used = (unsigned long long *)given(NULL, sizeof *table.used);
    table.seed[0] = 0x9E3779B97F4A7C15u;
    table.seed[1] = 0xD1B54A32D192ED03u;
    counts.n_hits = n_hits;
    slice.src = (const uint8_t *)given(src, n + LR_PADDING);
    slice.hits = (lr_gpu_row *)given(hits, n_hits * sizeof *hits);
    slice.hits_max = n_hits;
    slice.rows = (uint32_t *)given(NULL, n_hits * sizeof *rows);
    slice.counts = (lr_gpu_counts *)given(&counts, sizeof counts);
    lr_gpu_table *device_table = (lr_gpu_table *)given(&table, sizeof table);
    lr_gpu_groups(device_table, &slice, blocks, NULL);
    const int error = ended();
    if (error == 0) {
        unsigned long long *slots = (unsigned long long *)malloc(slots_bytes);
        uint8_t *arena = (uint8_t *)malloc(arena_bytes);
        fetch(slots, table.slots, slots_bytes);
        fetch(arena, table.arena, arena_bytes);
        fetch(rows, slice.rows, n_hits * sizeof *rows);
        fetch(&counts, slice.counts, sizeof counts);
        give_groups(slots, 1ull << bits, arena, take, context);
        free(slots);
        free(arena);
    }
    *n_rows = counts.n_rows;
    cudaFree(table.slots);
    cudaFree(table.arena);
    cudaFree(table.used);
    cudaFree((void *)slice.src);
    cudaFree(slice.hits);
    cudaFree(slice.rows);
    cudaFree(slice.counts);
    cudaFree(device_table);
    return error;
}
