/*
 * json.cu: from lines to columns, a warp a line: the line is read (json_warp.h), under `full` proved
 * (grammar_warp.h), and its columns are found among the values of its keys. Bound: under `used` the latency of a
 * step's ballots, for three quarters of the bytes are not read; under `full` the number of instructions.
 */
#include "gpu_records.h"
#include "parse/grammar_warp.h"

enum { THREADS = 128, LINES_AT_ONCE = 2 };

/* Reads the line src[begin, end) up to where its answer is known. False: a doubt. */
static __device__ bool read_line(warp_line *l, bool full)
{
    grammar g;

    grammar_begin(&g);
    for (uint32_t base = l->begin & ~31u; base < l->end; base += LR_STEP) {
        const uint32_t at = base + l->lane * 32;
        const lr_planes x = load_planes(l->src, at, l->end);
        const lane_masks m = read_masks(l, at, &x);
        const uint32_t names = names_of(l, &m, &x);
        uint32_t escaped = 0, in_object = 0;
        if (l->key >= 0)
            end_value(l, &m);
        if (any_lane(m.backslashes != 0) || l->marked != 0)
            escaped = escaped_ends(l, &m);
        if (full) {
            if (!walk_step(l, &m, names, true, x.bit[5], &in_object) ||
                !grammar_step(&g, l, &m, &x, in_object, escaped))
                return false;
            continue;
        }
        if (are_keys(l, &m, escaped))
            return false;
        if (!pass_step(l, &m, names) && !walk_step(l, &m, names, false, 0, &in_object))
            return false;
        if (l->left == 0 && l->key < 0)
            return true;
    }
    return l->depth == 0 && l->inside == 0 && l->key < 0 && (!full || grammar_end(&g, l));
}

/* From keys to columns: what lr_read_batch does for a row. False: a column holds no text, a doubt. */
static __device__ bool put_columns(const warp_line *l, const lr_gpu_slice *s, uint32_t line)
{
    const bool own = l->lane < l->program->n_columns;
    const lr_gpu_column c = l->program->columns[own ? l->lane : 0];
    const uint32_t decider = (uint32_t)(c.holder >= 0 ? c.holder : c.first);
    const uint32_t decides = broadcast(l->kind, decider);
    const bool second = c.fallback >= 0 && decides <= LR_NULL;
    const uint32_t key = (uint32_t)(second ? c.fallback : c.first);
    const uint32_t kind = broadcast(l->kind, key);
    const lr_gpu_span span = {broadcast(l->from, key), broadcast(l->to, key)};
    const lr_gpu_span null = {LR_GPU_NULL, LR_GPU_NULL};

    if (any_lane(own && kind > LR_NULL && kind != LR_PLAIN))
        return false;
    if (own)
        *span_at(s, l->lane, line) = kind == LR_PLAIN ? span : null;
    return true;
}

/* Reads a line; what it cannot prove it leaves to the host. */
static __device__ void do_line(const lr_gpu_program *program, const lr_gpu_slice *s, uint32_t i,
                               lr_gpu_doubt line, bool full)
{
    const uint32_t lane = threadIdx.x % LR_WARP, begin = line.begin, end = line.end;
    warp_line l = {s->src, program, begin, end, lane, (1u << lane) - 1};
    uint32_t blanks = 0;
    bool framed = begin < end && s->src[begin] == '{' && s->src[end - 1] == '}';

    if (!framed) { /* by blanks, perhaps */
        while (l.end > begin && lr_is_blank(s->src[l.end - 1]) && blanks++ < 2 * LR_BLANKS_MAX)
            l.end--;
        while (l.begin < l.end && lr_is_blank(s->src[l.begin]) && blanks++ < 4 * LR_BLANKS_MAX)
            l.begin++;
        framed = l.begin < l.end && s->src[l.begin] == '{' && s->src[l.end - 1] == '}';
    }
    l.looked = 1;
    l.left = program->enough;
    l.opened = LR_NOWHERE;
    l.key = -1;
    if (framed && read_line(&l, full) && put_columns(&l, s, i))
        return;
    if (lane == 0) {
        span_at(s, 0, i)->from = LR_GPU_NO_RECORD;
        if (l.begin < l.end)
            leave(s, line);
    }
}

static __device__ void do_lines(const lr_gpu_program *program, const lr_gpu_slice *s, bool full)
{
    const uint32_t n_ends = s->counts->n_ends;

    if (n_ends > s->ends_max)
        return; /* the host takes all of it */
    for (uint32_t first; (first = claim_records(&s->counts->next_read, LINES_AT_ONCE)) <= n_ends;)
        for (uint32_t i = first; i < first + LINES_AT_ONCE && i <= n_ends; i++) {
            do_line(program, s, i, record_at(s, i, n_ends), full);
            __syncwarp(LR_ALL_LANES);
        }
}

__global__ void __launch_bounds__(THREADS, 8) json_used(lr_gpu_program program, lr_gpu_slice slice)
{
    do_lines(&program, &slice, false);
}

__global__ void __launch_bounds__(THREADS, 8) json_full(lr_gpu_program program, lr_gpu_slice slice)
{
    do_lines(&program, &slice, true);
}

void lr_gpu_json(const lr_gpu_program *program, lr_validate validate, const lr_gpu_slice *slice,
                 uint32_t blocks, cudaStream_t stream)
{
    if (validate == LR_VALIDATE_FULL)
        LR_LAUNCH(json_full, blocks, THREADS, 0, stream, *program, *slice);
    else
        LR_LAUNCH(json_used, blocks, THREADS, 0, stream, *program, *slice);
}
