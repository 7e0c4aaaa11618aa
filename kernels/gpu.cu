/*
 * gpu.cu: a device as its caller sees it: memory, streams, and the passes over a slice in their order.
 * Every call of CUDA is checked; the first one that fails is the error.
 */
#include "gpu_passes.h"
#include "match/emojis_core.h"

#include <stdlib.h>
#include <string.h>

/* Lines, and rows to be counted, of a slice: one for so many bytes; a slice with more lines is refused,
 * and records with more rows are in doubt. */
enum { BYTES_PER_LINE = 32, BYTES_PER_ROW = 32, BLOCKS_PER_PROCESSOR = 8, UNIT = LR_GPU_UNIT };

/* A table takes at most this share of the device's free memory, and this much. */
enum { TABLE_SHARE = 16, TABLE_BITS_MIN = 10, TABLE_BITS_MAX = 24, BYTES_PER_SLOT = 24 };

/* A lane: a stream, and room for one slice. */
typedef struct gpu_lane {
    cudaStream_t stream;
    cudaEvent_t begun, copied, done;
    uint8_t *src;
    bool is_csv;
    lr_gpu_csv csv;
    lr_gpu_slice slice;
    lr_gpu_counts *counts; /* of the host */
    lr_gpu_doubt *doubts;
    lr_gpu_row *rows, *hits;
    uint32_t *numbers;
    size_t doubts_max, rows_max;
} gpu_lane;

struct lr_gpu {
    lr_gpu_program program;
    lr_validate validate;
    size_t slice_max;
    uint32_t blocks, n_lanes;
    gpu_lane *lanes;
    lr_gpu_table tables[LR_GPU_HOTS_MAX]; /* those of the device, as the host knows them */
    lr_gpu_table *device_tables;
    void **owned; /* memory of the device, to be freed */
    size_t n_owned;
};

static lr_status cuda_failed(cudaError_t error, lr_error *err)
{
    cudaGetLastError(); /* else the next call fails for this one */
    return lr_fail(err, LR_E_RESOURCE, "gpu: %s", cudaGetErrorString(error));
}

#define CUDA_TRY(call)                                                                             \
    do {                                                                                           \
        const cudaError_t cuda_error = (call);                                                     \
        if (cuda_error != cudaSuccess)                                                             \
            return cuda_failed(cuda_error, err);                                                   \
    } while (0)

static lr_status gpu_find(char name[256], uint64_t *memory_bytes, lr_error *err)
{
    int n = 0;
    cudaDeviceProp info;
    cudaError_t error = cudaGetDeviceCount(&n);

    if (error == cudaSuccess && n > 0)
        error = cudaGetDeviceProperties(&info, 0);
    if (error != cudaSuccess || n == 0) {
        cudaGetLastError();
        lr_fail(err, LR_E_RESOURCE, "no GPU: %s",
                error != cudaSuccess ? cudaGetErrorString(error) : "no device");
        return LR_E_UNSUPPORTED;
    }
    strncpy(name, info.name, 255);
    name[255] = '\0';
    *memory_bytes = info.totalGlobalMem;
    return LR_OK;
}

static void *gpu_pinned(size_t n)
{
    void *memory = NULL;

    if (cudaHostAlloc(&memory, n, cudaHostAllocPortable) == cudaSuccess)
        return memory;
    cudaGetLastError();
    return NULL;
}

static void gpu_pinned_free(void *memory)
{
    if (memory != NULL)
        cudaFreeHost(memory);
}

/* n bytes of the device, which the gpu owns. */
static lr_status allocate(lr_gpu *gpu, void *out, size_t n, lr_error *err)
{
    void *memory = NULL;
    void **owned = (void **)realloc(gpu->owned, (gpu->n_owned + 1) * sizeof *owned);

    if (owned == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a GPU");
    gpu->owned = owned;
    CUDA_TRY(cudaMalloc(&memory, n));
    gpu->owned[gpu->n_owned++] = memory;
    memcpy(out, &memory, sizeof memory);
    return LR_OK;
}

static lr_status upload(lr_gpu *gpu, void *out, const void *data, size_t n, lr_error *err)
{
    void *memory;

    LR_TRY(allocate(gpu, &memory, n, err));
    CUDA_TRY(cudaMemcpy(memory, data, n, cudaMemcpyHostToDevice));
    memcpy(out, &memory, sizeof memory);
    return LR_OK;
}

/* A set of emojis: its trie. Of the texts nothing is needed there. */
static lr_status upload_emojis(lr_gpu *gpu, const lr_emoji_set *set, lr_emoji_set *out,
                               lr_error *err)
{
    size_t n_nodes = 1, n_rows = 0;

    while (set->nodes[n_nodes].first != n_nodes) /* the node behind the last one */
        n_nodes++;
    for (size_t i = 0; i < LR_EMOJI_CODES / LR_EMOJI_STAGE; i++)
        if (set->stage[i] >= n_rows)
            n_rows = (size_t)set->stage[i] + 1;
    *out = *set;
    LR_TRY(upload(gpu, &out->nodes, set->nodes, (n_nodes + 1) * sizeof set->nodes[0], err));
    LR_TRY(upload(gpu, &out->stage, set->stage, LR_EMOJI_CODES / LR_EMOJI_STAGE, err));
    return upload(gpu, &out->root, set->root, n_rows * sizeof set->root[0], err);
}

static void add_code(lr_gpu_emojis *may, uint32_t code)
{
    uint8_t utf8[4];

    if (code < 0x80)
        return;
    lr_utf8_write(code, utf8);
    may->leads |= 1ull << (utf8[0] & 63);
    may->digits |= 1u << (code < 0x10000 ? code >> 12 : 0xD); /* as surrogates */
    if (code >= 0x100 && code < 0x1000)
        may->only_00 = false;
}

static lr_gpu_emojis look_at_emojis(const lr_emoji_set *set)
{
    lr_gpu_emojis may = {0, 0, true};

    for (uint32_t code = 0; code < LR_EMOJI_CODES; code++) {
        const uint32_t node = lr_emoji_first(set, code);
        if (node == 0)
            continue;
        add_code(&may, code);
        for (uint32_t child = set->nodes[node].first;
             code < 0x80 && child < set->nodes[node + 1].first; child++)
            add_code(&may, set->nodes[child].code);
    }
    return may;
}

static void add_look(lr_gpu_program *p, uint32_t length, uint8_t letter)
{
    lr_gpu_look look = {length, {0}};

    for (int b = 0; b < 7; b++)
        look.differs[b] = (letter >> b & 1) != 0 ? 0 : ~0u;
    for (uint32_t i = 0; i < p->n_looks; i++)
        if (memcmp(&p->looks[i], &look, sizeof look) == 0)
            return;
    p->looks[p->n_looks++] = look;
}

static void set_keys(lr_gpu_program *p, const lr_gpu_task *task)
{
    p->n_keys = task->keys.n;
    p->enough = task->keys.enough;
    for (uint32_t k = 0; k < p->n_keys; k++) {
        const lr_key *key = &task->keys.key[k];
        lr_gpu_key *out = &p->keys[k];
        memcpy(out->name, key->name, key->length);
        out->name[key->length] = '"';
        out->length = key->length;
        out->parent = key->parent;
        memcpy(&out->begins, out->name, sizeof out->begins);
        out->care = key->length >= 7 ? ~0ull : (1ull << 8 * (key->length + 1)) - 1;
        add_look(p, key->length, (uint8_t)key->name[0]);
        if (key->parent >= 0)
            p->holders |= 1u << key->parent;
    }
    p->n_columns = task->n_columns;
    memcpy(p->columns, task->columns, sizeof p->columns);
    for (uint32_t f = 0; f < p->n_columns; f++) {
        p->texts |= 1u << task->columns[f].first;
        if (task->columns[f].fallback >= 0)
            p->texts |= 1u << task->columns[f].fallback;
        p->plain |= (uint32_t)task->columns[f].is_date << f;
    }
    for (uint32_t q = 0; q < task->n_hots; q++)
        if (task->hots[q].key_text >= 0)
            p->plain |= 1u << task->hots[q].key_text;
}

/* The table of a hot: of 2^bits slots, and an arena. */
static lr_status make_table(lr_gpu *gpu, lr_gpu_table *t, const uint64_t seed[2], lr_error *err)
{
    size_t free_bytes = 0, all_bytes = 0;

    CUDA_TRY(cudaMemGetInfo(&free_bytes, &all_bytes));
    for (t->bits = TABLE_BITS_MIN; t->bits < TABLE_BITS_MAX; t->bits++)
        if ((sizeof *t->slots + BYTES_PER_SLOT) << (t->bits + 1) > free_bytes / TABLE_SHARE)
            break;
    t->arena_units = ((uint64_t)BYTES_PER_SLOT << t->bits) / UNIT;
    memcpy(t->seed, seed, sizeof t->seed);
    LR_TRY(allocate(gpu, &t->slots, sizeof *t->slots << t->bits, err));
    LR_TRY(allocate(gpu, &t->arena, t->arena_units * UNIT, err));
    return allocate(gpu, &t->used, sizeof *t->used, err);
}

/* Empties tables and symbols. Waits: the streams of lanes do not wait for this one. */
static lr_status forget(lr_gpu *gpu, lr_error *err)
{
    for (uint32_t q = 0; q < gpu->program.n_hots; q++) {
        const lr_gpu_prefix *p = &gpu->program.prefixes[q];
        const lr_gpu_table *t = &gpu->tables[q];
        if (p->hot.emojis != NULL) {
            CUDA_TRY(cudaMemset(p->symbols, 0, p->emojis.n * sizeof *p->symbols));
            continue;
        }
        CUDA_TRY(cudaMemset(t->slots, 0, sizeof *t->slots << t->bits));
        CUDA_TRY(cudaMemset(t->used, 0, sizeof *t->used));
        CUDA_TRY(cudaMemset(t->arena, 0, t->arena_units * UNIT)); /* a gap is entries of nothing */
    }
    CUDA_TRY(cudaDeviceSynchronize());
    return LR_OK;
}

static lr_status make_hots(lr_gpu *gpu, const lr_gpu_task *task, lr_error *err)
{
    gpu->program.n_hots = task->n_hots;
    for (uint32_t q = 0; q < task->n_hots; q++) {
        lr_gpu_prefix *p = &gpu->program.prefixes[q];
        p->hot = task->hots[q];
        if (p->hot.emojis != NULL) {
            p->may = look_at_emojis(p->hot.emojis);
            LR_TRY(upload_emojis(gpu, p->hot.emojis, &p->emojis, err));
            LR_TRY(allocate(gpu, &p->symbols, p->emojis.n * sizeof *p->symbols, err));
        } else {
            LR_TRY(make_table(gpu, &gpu->tables[q], task->seed, err));
        }
    }
    LR_TRY(upload(gpu, &gpu->device_tables, gpu->tables, sizeof gpu->tables, err));
    return forget(gpu, err);
}

static lr_status make_lane(lr_gpu *gpu, gpu_lane *lane, lr_error *err)
{
    lr_gpu_slice *s = &lane->slice;

    CUDA_TRY(cudaStreamCreateWithFlags(&lane->stream, cudaStreamNonBlocking));
    CUDA_TRY(cudaEventCreate(&lane->begun));
    CUDA_TRY(cudaEventCreate(&lane->copied));
    CUDA_TRY(cudaEventCreate(&lane->done));
    s->ends_max = (uint32_t)(gpu->slice_max / BYTES_PER_LINE + 1024);
    s->hits_max = (uint32_t)(gpu->slice_max / BYTES_PER_ROW + 1024);
    LR_TRY(allocate(gpu, &lane->src, gpu->slice_max + LR_PADDING, err));
    LR_TRY(allocate(gpu, &s->ends, s->ends_max * sizeof *s->ends, err));
    LR_TRY(allocate(gpu, &s->told, lr_gpu_lines_tiles(gpu->slice_max) * sizeof *s->told, err));
    LR_TRY(allocate(gpu, &s->doubts, (s->ends_max + 1) * sizeof *s->doubts, err));
    LR_TRY(allocate(gpu, &s->hits, s->hits_max * sizeof *s->hits, err));
    LR_TRY(allocate(gpu, &s->rows, s->hits_max * sizeof *s->rows, err));
    LR_TRY(allocate(gpu, &s->counts, sizeof *s->counts, err));
    lane->counts = (lr_gpu_counts *)gpu_pinned(sizeof *lane->counts);
    s->src = lane->src;
    return lane->counts != NULL ? LR_OK : lr_fail(err, LR_E_RESOURCE, "gpu: no pinned memory");
}

static void free_lane(gpu_lane *lane)
{
    if (lane->begun != NULL)
        cudaEventDestroy(lane->begun);
    if (lane->copied != NULL)
        cudaEventDestroy(lane->copied);
    if (lane->done != NULL)
        cudaEventDestroy(lane->done);
    if (lane->stream != NULL)
        cudaStreamDestroy(lane->stream);
    gpu_pinned_free(lane->counts);
    free(lane->doubts);
    free(lane->rows);
    free(lane->hits);
    free(lane->numbers);
}

static void gpu_free(lr_gpu *gpu)
{
    if (gpu == NULL)
        return;
    for (uint32_t i = 0; gpu->lanes != NULL && i < gpu->n_lanes; i++)
        free_lane(&gpu->lanes[i]);
    for (size_t i = 0; i < gpu->n_owned; i++)
        cudaFree(gpu->owned[i]);
    free(gpu->owned);
    free(gpu->lanes);
    free(gpu);
}

static lr_status open_all(lr_gpu *gpu, const lr_gpu_task *task, lr_error *err)
{
    cudaDeviceProp info;

    CUDA_TRY(cudaSetDevice(0));
    CUDA_TRY(cudaGetDeviceProperties(&info, 0));
    gpu->blocks = (uint32_t)info.multiProcessorCount * BLOCKS_PER_PROCESSOR;
    set_keys(&gpu->program, task);
    for (uint32_t i = 0; i < gpu->n_lanes; i++)
        LR_TRY(make_lane(gpu, &gpu->lanes[i], err));
    return make_hots(gpu, task, err);
}

static lr_status gpu_open(lr_gpu **out, const lr_gpu_task *task, uint32_t lanes, size_t slice_max,
                          lr_error *err)
{
    lr_gpu *gpu = (lr_gpu *)calloc(1, sizeof *gpu);

    *out = NULL;
    if (gpu == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a GPU");
    gpu->validate = task->validate;
    gpu->slice_max = slice_max;
    gpu->n_lanes = lanes;
    gpu->lanes = (gpu_lane *)calloc(lanes, sizeof *gpu->lanes);
    const lr_status status = gpu->lanes == NULL ? lr_fail(err, LR_E_RESOURCE, "no memory for a GPU")
                                                : open_all(gpu, task, err);
    if (status == LR_OK)
        *out = gpu;
    else
        gpu_free(gpu);
    return status;
}

/* The first pass over the slice that lies in the lane: where its records end. */
static lr_status find_ends(gpu_lane *lane, lr_error *err)
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
static lr_status run_passes(lr_gpu *gpu, gpu_lane *lane, lr_error *err)
{
    const lr_gpu_slice *s = &lane->slice;

    LR_TRY(find_ends(lane, err));
    if (lane->is_csv)
        lr_gpu_csv_rows(&gpu->program, &lane->csv, gpu->validate, s, gpu->blocks, lane->stream);
    else
        lr_gpu_json(&gpu->program, gpu->validate, s, gpu->blocks, lane->stream);
    CUDA_TRY(cudaGetLastError());
    lr_gpu_groups(gpu->device_tables, s, gpu->blocks, lane->stream);
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
static lr_status fetch_rows(gpu_lane *lane, size_t n, size_t n_hits, lr_error *err)
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

static lr_status fetch_result(lr_gpu *gpu, gpu_lane *lane, lr_gpu_result *out, lr_error *err)
{
    const lr_gpu_counts *c = lane->counts;
    const uint32_t n_hits = c->n_hits < lane->slice.hits_max ? c->n_hits : lane->slice.hits_max;

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

static lr_status gpu_count_csv(lr_gpu *gpu, uint32_t number, const lr_gpu_csv *csv,
                               const uint8_t *src, size_t from, size_t n, lr_gpu_result *out,
                               lr_error *err)
{
    gpu_lane *lane = &gpu->lanes[number];

    memset(out, 0, sizeof *out);
    if (from >= n)
        return LR_OK;
    out->refused = n > gpu->slice_max;
    if (out->refused)
        return LR_OK;
    lane->is_csv = csv != NULL;
    if (lane->is_csv)
        lane->csv = *csv;
    lane->slice.from = (uint32_t)from;
    lane->slice.n = (uint32_t)n;
    CUDA_TRY(cudaSetDevice(0)); /* a thread's own */
    CUDA_TRY(cudaEventRecord(lane->begun, lane->stream));
    CUDA_TRY(cudaMemcpyAsync(lane->src, src, n, cudaMemcpyHostToDevice, lane->stream));
    CUDA_TRY(cudaEventRecord(lane->copied, lane->stream));
    LR_TRY(run_passes(gpu, lane, err));
    CUDA_TRY(cudaMemcpyAsync(lane->counts, lane->slice.counts, sizeof *lane->counts,
                             cudaMemcpyDeviceToHost, lane->stream));
    CUDA_TRY(cudaEventRecord(lane->done, lane->stream));
    CUDA_TRY(cudaStreamSynchronize(lane->stream));
    return fetch_result(gpu, lane, out, err);
}

static lr_status gpu_count(lr_gpu *gpu, uint32_t number, const uint8_t *src, size_t from, size_t n,
                           lr_gpu_result *out, lr_error *err)
{
    return gpu_count_csv(gpu, number, NULL, src, from, n, out, err);
}

static lr_status take_groups(const uint8_t *arena, uint64_t bytes, lr_gpu_take take, void *context,
                             lr_error *err)
{
    for (uint64_t at = 0; at + sizeof(lr_gpu_entry) <= bytes;) {
        const lr_gpu_entry *entry = (const lr_gpu_entry *)(arena + at);
        const uint64_t whole = lr_gpu_entry_units(entry->length) * UNIT;
        const lr_bytes text = {arena + at + sizeof *entry, entry->length};
        if (entry->n > 0)
            LR_TRY(take(context, entry->tag, text, entry->n, err));
        at += whole;
    }
    return LR_OK;
}

static lr_status fetch_groups(const lr_gpu_table *t, lr_gpu_take take, void *context, lr_error *err)
{
    unsigned long long used = 0;

    CUDA_TRY(cudaMemcpy(&used, t->used, sizeof used, cudaMemcpyDeviceToHost));
    if (used > t->arena_units)
        used = t->arena_units;
    uint8_t *arena = (uint8_t *)malloc(used * UNIT + LR_PADDING);
    if (arena == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the groups of a GPU");
    const cudaError_t error = cudaMemcpy(arena, t->arena, used * UNIT, cudaMemcpyDeviceToHost);
    const lr_status status = error != cudaSuccess
                                 ? cuda_failed(error, err)
                                 : take_groups(arena, used * UNIT, take, context, err);
    free(arena);
    return status;
}

static lr_status gpu_fetch(lr_gpu *gpu, uint32_t hot, uint64_t *symbols, lr_gpu_take take,
                           void *context, lr_error *err)
{
    const lr_gpu_prefix *p = &gpu->program.prefixes[hot];

    CUDA_TRY(cudaDeviceSynchronize());
    if (p->hot.emojis == NULL)
        return fetch_groups(&gpu->tables[hot], take, context, err);
    const size_t bytes = p->emojis.n * sizeof(uint64_t);
    uint64_t *counts = (uint64_t *)malloc(bytes);
    if (counts == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the counts of a GPU");
    const cudaError_t error = cudaMemcpy(counts, p->symbols, bytes, cudaMemcpyDeviceToHost);
    for (uint32_t i = 0; error == cudaSuccess && i < p->emojis.n; i++)
        symbols[i] += counts[i];
    free(counts);
    return error == cudaSuccess ? LR_OK : cuda_failed(error, err);
}

/* Seconds per round of what `what` starts: 0 all passes, 1 the first one, 2 a copy on the device. */
static lr_status time_rounds(lr_gpu *gpu, gpu_lane *lane, uint32_t rounds, int what, double *out,
                             lr_error *err)
{
    lr_gpu_slice *s = &lane->slice;
    const size_t half = s->n / 2 / 16 * 16;
    float ms = 0;

    CUDA_TRY(cudaEventRecord(lane->begun, lane->stream));
    for (uint32_t i = 0; i < rounds; i++) {
        if (what == 0) {
            LR_TRY(run_passes(gpu, lane, err));
        } else if (what == 1) {
            LR_TRY(find_ends(lane, err));
        } else {
            CUDA_TRY(cudaMemcpyAsync(lane->src, lane->src + half, half, cudaMemcpyDeviceToDevice,
                                     lane->stream));
        }
    }
    CUDA_TRY(cudaEventRecord(lane->done, lane->stream));
    CUDA_TRY(cudaStreamSynchronize(lane->stream));
    CUDA_TRY(cudaEventElapsedTime(&ms, lane->begun, lane->done));
    *out = ms / 1e3 / rounds;
    return LR_OK;
}

static lr_status gpu_time(lr_gpu *gpu, uint32_t lane, uint32_t rounds, double *pass_s,
                          double *lines_s, double *copy_s, lr_error *err)
{
    LR_TRY(time_rounds(gpu, &gpu->lanes[lane], rounds, 0, pass_s, err));
    LR_TRY(time_rounds(gpu, &gpu->lanes[lane], rounds, 1, lines_s, err));
    LR_TRY(time_rounds(gpu, &gpu->lanes[lane], rounds, 2, copy_s, err)); /* it spoils the bytes */
    return forget(gpu, err);
}

const lr_gpu_module *lr_gpu_module_get(void)
{
    static const lr_gpu_module module = {
        LR_GPU_MODULE_VERSION, gpu_find,  gpu_open,      gpu_free,  gpu_pinned,
        gpu_pinned_free,       gpu_count, gpu_count_csv, gpu_fetch, gpu_time};
    return &module;
}
