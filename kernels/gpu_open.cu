/* gpu_open.cu: a device is found, and given what a task needs: keys, tries, tables, and room for slices. */
#include "gpu_device.h"
#include "match/emojis_core.h"

#include <stdlib.h>
#include <string.h>

/* Lines, and rows to be counted, of a slice: one for so many bytes; a slice with more lines is refused,
 * and records with more rows are in doubt. */
enum { BYTES_PER_LINE = 32, BYTES_PER_ROW = 32, BLOCKS_PER_PROCESSOR = 8, UNIT = LR_GPU_UNIT };

/* A table takes at most this share of the device's free memory, and this much. */
enum { TABLE_SHARE = 16, TABLE_BITS_MIN = 10, TABLE_BITS_MAX = 24, BYTES_PER_SLOT = 24 };

lr_status lr_gpu_failed(cudaError_t error, lr_error *err)
{
    cudaGetLastError(); /* else the next call fails for this one */
    return lr_fail(err, LR_E_RESOURCE, "gpu: %s", cudaGetErrorString(error));
}

lr_status lr_gpu_find(char name[256], uint64_t *memory_bytes, lr_error *err)
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
    memcpy(name, info.name, 255); /* both are 256 long */
    name[255] = '\0';
    *memory_bytes = info.totalGlobalMem;
    return LR_OK;
}

void *lr_gpu_pinned(size_t n)
{
    void *memory = NULL;

    if (cudaHostAlloc(&memory, n, cudaHostAllocPortable) == cudaSuccess)
        return memory;
    cudaGetLastError();
    return NULL;
}

void lr_gpu_pinned_free(void *memory)
{
    if (memory != NULL)
        cudaFreeHost(memory);
}

/* n bytes of the device, which the gpu owns. */
static lr_status allocate(lr_gpu *gpu, void *out, size_t n, lr_error *err)
{
    void *memory = NULL;

    CUDA_TRY(cudaMalloc(&memory, n));
    pthread_mutex_lock(&gpu->owning);
    void **owned = (void **)realloc(gpu->owned, (gpu->n_owned + 1) * sizeof *owned);
    if (owned != NULL) {
        gpu->owned = owned;
        gpu->owned[gpu->n_owned++] = memory;
    }
    pthread_mutex_unlock(&gpu->owning);
    if (owned == NULL) {
        cudaFree(memory);
        return lr_fail(err, LR_E_RESOURCE, "no memory for a GPU");
    }
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

static lr_gpu_byte byte_of(uint32_t c)
{
    lr_gpu_byte byte;

    for (int b = 0; b < 8; b++)
        byte.differs[b] = (c >> b & 1) - 1;
    return byte;
}

/* What marks a character: of its UTF-8 the first byte, less 0xC0, and of its escape the first digit, where all are
 * four; an ASCII one is looked for as an escape alone, with others below U+0100. */
typedef struct code_marks {
    uint64_t leads;
    uint32_t digits;
    bool zeros;
} code_marks;

static void add_code(code_marks *marks, uint32_t code)
{
    uint8_t utf8[4];

    if (code >= 0x80) {
        lr_utf8_write(code, utf8);
        marks->leads |= 1ull << (utf8[0] & 63);
    }
    if (code < 0x100)
        marks->zeros = true;
    else
        marks->digits |= 1u << (code < 0x10000 ? code >> 12 : 0xD); /* as surrogates */
}

static void add_emojis(code_marks *marks, const lr_emoji_set *set)
{
    for (uint32_t code = 0; code < LR_EMOJI_CODES; code++) {
        const uint32_t node = lr_emoji_first(set, code);
        if (node == 0)
            continue;
        add_code(marks, code);
        for (uint32_t child = set->nodes[node].first;
             code < 0x80 && child < set->nodes[node + 1].first; child++)
            add_code(marks, set->nodes[child].code);
    }
}

static void set_marks(lr_gpu_emojis *may, const code_marks *marks)
{
    for (uint32_t lead = 0; lead < 64; lead++) {
        if ((marks->leads >> lead & 1) == 0)
            continue;
        may->all = may->all || may->n_leads == LR_GPU_LEADS_MAX;
        if (!may->all)
            may->leads[may->n_leads++] = byte_of(lead);
    }
    for (uint32_t digit = 0; digit < 16; digit++) /* a letter in either case */
        if ((marks->digits >> digit & 1) != 0)
            may->digits[may->n_digits++] = byte_of(digit < 10 ? digit : 0x40 + digit - 9);
    may->zeros = marks->zeros;
}

static void add_look(lr_gpu_program *p, uint32_t length, uint8_t letter)
{
    const lr_gpu_look look = {length, byte_of(letter)};

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
    }
    for (uint32_t q = 0; q < task->n_hots; q++) {
        const lr_gpu_hot *hot = &task->hots[q];
        if (hot->unnest >= 0)
            p->unnested |= 1u << hot->unnest;
        else
            p->plain |= 1u << hot->key_text;
        if (hot->unnest >= 0 && hot->emojis == NULL)
            p->mentions |= 1u << hot->unnest;
    }
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

lr_status lr_gpu_forget(lr_gpu *gpu, lr_error *err)
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
    code_marks marks = {0, 0, false};

    gpu->program.n_hots = task->n_hots;
    for (uint32_t q = 0; q < task->n_hots; q++) {
        lr_gpu_prefix *p = &gpu->program.prefixes[q];
        p->hot = task->hots[q];
        if (p->hot.emojis != NULL) {
            add_emojis(&marks, p->hot.emojis);
            LR_TRY(upload_emojis(gpu, p->hot.emojis, &p->emojis, err));
            LR_TRY(allocate(gpu, &p->symbols, p->emojis.n * sizeof *p->symbols, err));
        } else {
            LR_TRY(make_table(gpu, &gpu->tables[q], task->seed, err));
        }
    }
    set_marks(&gpu->program.may, &marks);
    LR_TRY(upload(gpu, &gpu->device_tables, gpu->tables, sizeof gpu->tables, err));
    return lr_gpu_forget(gpu, err);
}

lr_status lr_gpu_make_lane(lr_gpu *gpu, lr_gpu_lane *lane, lr_error *err)
{
    lr_gpu_slice *s = &lane->slice;

    CUDA_TRY(cudaStreamCreateWithFlags(&lane->stream, cudaStreamNonBlocking));
    CUDA_TRY(cudaEventCreate(&lane->begun));
    CUDA_TRY(cudaEventCreate(&lane->copied));
    CUDA_TRY(cudaEventCreate(&lane->done));
    for (int i = 0; i < 2; i++)
        CUDA_TRY(cudaEventCreateWithFlags(&lane->staged[i], cudaEventDisableTiming));
    s->ends_max = (uint32_t)(gpu->slice_max / BYTES_PER_LINE + 1024);
    s->hits_max = (uint32_t)(gpu->slice_max / BYTES_PER_ROW + 1024);
    LR_TRY(allocate(gpu, &lane->src, gpu->slice_max + LR_PADDING, err));
    LR_TRY(allocate(gpu, &s->ends, s->ends_max * sizeof *s->ends, err));
    LR_TRY(allocate(gpu, &s->told, lr_gpu_lines_tiles(gpu->slice_max) * sizeof *s->told, err));
    LR_TRY(allocate(gpu, &s->spans,
                    (size_t)gpu->program.n_columns * (s->ends_max + 1) * sizeof *s->spans, err));
    LR_TRY(allocate(gpu, &s->doubts, (s->ends_max + 1) * sizeof *s->doubts, err));
    LR_TRY(allocate(gpu, &s->hits, s->hits_max * sizeof *s->hits, err));
    LR_TRY(allocate(gpu, &s->rows, s->hits_max * sizeof *s->rows, err));
    LR_TRY(allocate(gpu, &s->counts, sizeof *s->counts, err));
    lane->counts = (lr_gpu_counts *)lr_gpu_pinned(sizeof *lane->counts);
    s->src = lane->src;
    lane->ready = lane->counts != NULL;
    return lane->ready ? LR_OK : lr_fail(err, LR_E_RESOURCE, "gpu: no pinned memory");
}

static void free_lane(lr_gpu_lane *lane)
{
    if (lane->begun != NULL)
        cudaEventDestroy(lane->begun);
    if (lane->copied != NULL)
        cudaEventDestroy(lane->copied);
    if (lane->done != NULL)
        cudaEventDestroy(lane->done);
    for (int i = 0; i < 2; i++)
        if (lane->staged[i] != NULL)
            cudaEventDestroy(lane->staged[i]);
    lr_gpu_pinned_free(lane->stage);
    if (lane->stream != NULL)
        cudaStreamDestroy(lane->stream);
    lr_gpu_pinned_free(lane->counts);
    free(lane->doubts);
    free(lane->rows);
    free(lane->hits);
    free(lane->numbers);
}

void lr_gpu_free(lr_gpu *gpu)
{
    if (gpu == NULL)
        return;
    for (uint32_t i = 0; gpu->lanes != NULL && i < gpu->n_lanes; i++)
        free_lane(&gpu->lanes[i]);
    for (size_t i = 0; i < gpu->n_owned; i++)
        cudaFree(gpu->owned[i]);
    free(gpu->owned);
    free(gpu->lanes);
    pthread_mutex_destroy(&gpu->owning);
    free(gpu);
}

static lr_status open_all(lr_gpu *gpu, const lr_gpu_task *task, lr_error *err)
{
    cudaDeviceProp info;

    CUDA_TRY(cudaSetDevice(0));
    CUDA_TRY(cudaGetDeviceProperties(&info, 0));
    gpu->blocks = (uint32_t)info.multiProcessorCount * BLOCKS_PER_PROCESSOR;
    set_keys(&gpu->program, task);
    return make_hots(gpu, task, err);
}

lr_status lr_gpu_open(lr_gpu **out, const lr_gpu_task *task, uint32_t lanes, size_t slice_max,
                      lr_error *err)
{
    lr_gpu *gpu = (lr_gpu *)calloc(1, sizeof *gpu);

    *out = NULL;
    if (gpu == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a GPU");
    pthread_mutex_init(&gpu->owning, NULL);
    gpu->validate = task->validate;
    gpu->slice_max = slice_max;
    gpu->n_lanes = lanes;
    gpu->lanes = (lr_gpu_lane *)calloc(lanes, sizeof *gpu->lanes);
    const lr_status status = gpu->lanes == NULL ? lr_fail(err, LR_E_RESOURCE, "no memory for a GPU")
                                                : open_all(gpu, task, err);
    if (status == LR_OK)
        *out = gpu;
    else
        lr_gpu_free(gpu);
    return status;
}
