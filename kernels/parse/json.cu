/*
 * json.cu: from lines to counts, a warp a line. The line is read (json_warp.h), its columns are made of the
 * values of its keys and looked at (text_warp.h), and only when nothing is in doubt any more something is
 * counted: emojis at once, by symbol; mentions and other texts as rows for groups.cu. Bound: under `used`
 * the latency of a step's ballots, for three quarters of the bytes are not read; under `full` the number
 * of instructions, some 500 per 512 bytes.
 */
#include "match/count_warp.h"
#include "parse/date_warp.h"
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
    return l->closed && l->inside == 0 && l->key < 0 && (!full || grammar_end(&g, l));
}

/* From keys to columns: what lr_read_batch does for a row. A column that cannot be is a doubt. */
static __device__ lane_column resolve(const warp_line *l)
{
    const bool own = l->lane < l->program->n_columns;
    const lr_gpu_column c = l->program->columns[own ? l->lane : 0];
    lane_column out = {0, 0, 0, 0, 0, 0};

    const uint32_t decider = (uint32_t)(c.holder >= 0 ? c.holder : c.first);
    const uint32_t decides = broadcast(l->kind, decider);
    const bool second = c.fallback >= 0 && decides <= LR_NULL;
    const uint32_t key = (uint32_t)(second ? c.fallback : c.first);
    const uint32_t kind = broadcast(l->kind, key);
    const uint32_t from = broadcast(l->from, key), to = broadcast(l->to, key);
    if (own) {
        out.kind = kind;
        out.from = from;
        out.to = to;
    }
    return out;
}

/* Looks at the texts of the columns. False: a doubt. */
static __device__ bool look_at_columns(const warp_line *l, bool full, lane_column *c)
{
    for (uint32_t f = 0; f < l->program->n_columns; f++) {
        const uint32_t kind = broadcast(c->kind, f);
        const uint32_t from = broadcast(c->from, f), to = broadcast(c->to, f);
        text_look look;
        if (kind <= LR_NULL)
            continue;
        if (kind == LR_PLAIN && l->program->columns[f].is_date) {
            const lr_date date = read_date(l, from, to);
            if (date == 0)
                return false;
            if (l->lane == f)
                c->date = date;
            continue;
        }
        if (kind != LR_PLAIN || !look_at_text(l, from, to, full, &look))
            return false;
        if (look.escaped && ((l->program->plain >> f & 1) != 0 || look.hides))
            return false;
        if (l->lane == f) {
            c->ats = look.ats;
            c->foreign = look.foreign;
        }
    }
    return true;
}

/* Counts a line that was read. False: a doubt, and nothing is counted. */
static __device__ bool count_line(const warp_line *l, const lr_gpu_slice *s, bool full,
                                  uint32_t *nulls)
{
    lane_column c = resolve(l);

    return look_at_columns(l, full, &c) && count_columns(l, s, &c, true, nulls);
}

/* Reads and counts a line; what it cannot prove it leaves to the host. */
static __device__ void do_line(const lr_gpu_program *program, const lr_gpu_slice *s,
                               lr_gpu_doubt line, bool full, warp_counts *counts)
{
    const uint32_t lane = threadIdx.x % LR_WARP, begin = line.begin, end = line.end;
    warp_line l = {s->src, program, begin, end, lane, (1u << lane) - 1};
    uint32_t blanks = 0;

    if (begin == end)
        return;
    bool framed = s->src[begin] == '{' && s->src[end - 1] == '}';
    if (!framed) { /* by blanks, perhaps */
        while (l.end > begin && lr_is_blank(s->src[l.end - 1]) && blanks++ < 2 * LR_BLANKS_MAX)
            l.end--;
        while (l.begin < l.end && lr_is_blank(s->src[l.begin]) && blanks++ < 4 * LR_BLANKS_MAX)
            l.begin++;
        if (l.begin == l.end)
            return;
        framed = s->src[l.begin] == '{' && s->src[l.end - 1] == '}';
    }
    l.looked = 1;
    l.left = program->enough;
    l.opened = LR_NOWHERE;
    l.key = -1;
    if (framed && read_line(&l, full) && count_line(&l, s, full, &counts->nulls))
        counts->records++;
    else
        leave(s, line);
}

static __device__ void do_lines(const lr_gpu_program *program, const lr_gpu_slice *s, bool full)
{
    const uint32_t n_ends = s->counts->n_ends;
    warp_counts counts = {0, 0};

    if (n_ends > s->ends_max)
        return; /* the host takes all of it */
    for (uint32_t first; (first = claim_records(s, LINES_AT_ONCE)) <= n_ends;)
        for (uint32_t i = first; i < first + LINES_AT_ONCE && i <= n_ends; i++) {
            do_line(program, s, record_at(s, i, n_ends), full, &counts);
            __syncwarp(LR_ALL_LANES);
        }
    add_counts(program, s, &counts);
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
