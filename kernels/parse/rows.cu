/*
 * rows.cu: from records of CSV to counts, a warp a record; csv.cu has found where they end, and that all
 * quotes stand where they may. A warp counts the delimiters outside quotes, keeps those around the columns
 * that are read, and looks at these. Bound: the number of instructions, for a record is often shorter than
 * the 512 bytes of a step.
 */
#include "match/count_warp.h"
#include "parse/date_warp.h"

enum { THREADS = 128, RECORDS_AT_ONCE = 16 };

/* Where separator k of the record stands, if it is in this step: `before` stand before the lane. */
static __device__ uint32_t find_separator(uint32_t at, uint32_t separators, uint32_t before,
                                          uint32_t k)
{
    const bool mine = k >= before && k - before < (uint32_t)__popc(separators);
    const uint32_t lanes = __ballot_sync(LR_ALL_LANES, mine);

    if (lanes == 0)
        return LR_NOWHERE;
    for (uint32_t i = before; mine && i < k; i++)
        separators &= separators - 1;
    return broadcast(at + (uint32_t)__ffs((int)separators) - 1, (uint32_t)__ffs((int)lanes) - 1);
}

/* Splits the record into its fields: column f becomes lane f's, with its quotes. False: a doubt. */
static __device__ bool split(warp_line *l, const lr_gpu_csv *csv, bool full, lane_column *c)
{
    const uint32_t own = l->lane < l->program->n_columns ? csv->column[l->lane] : 0;
    uint32_t fields = 0, bad = 0, open = 0;

    c->from = own == 0 ? l->begin : LR_NOWHERE;
    c->to = LR_NOWHERE;
    for (uint32_t base = l->begin & ~31u; base < l->end; base += LR_STEP) {
        const lane_text t = load_text(l->src, base + l->lane * 32, l->begin, l->end);
        const uint32_t quotes = bytes_eq(&t.x, '"') & t.valid;
        const uint32_t separators =
            bytes_eq(&t.x, csv->delimiter) & t.valid & ~xor_up_to(l->below, quotes, &l->inside);
        const uint32_t up_to = sum_up_to(l->lane, (uint32_t)__popc(separators));
        const uint32_t before = fields + up_to - (uint32_t)__popc(separators);

        if (full && any_lane((t.x.bit[7] & t.valid) != 0 || (l->lane == 0 && open != 0)))
            bad |= sequences_step(l, &t.x, t.valid, &open);
        for (uint32_t f = 0; f < l->program->n_columns; f++) {
            const uint32_t k = csv->column[f];
            const uint32_t left = k > 0 ? find_separator(t.at, separators, before, k - 1) : 0;
            const uint32_t right = find_separator(t.at, separators, before, k);
            if (l->lane == f && k > 0 && left != LR_NOWHERE)
                c->from = left + 1;
            if (l->lane == f && right != LR_NOWHERE)
                c->to = right;
        }
        fields += broadcast(up_to, LR_WARP - 1);
    }
    if (c->to == LR_NOWHERE)
        c->to = l->end;
    return fields + 1 == csv->n_columns && !any_lane(bad != 0 || (l->lane == 0 && open != 0));
}

/* Looks at the inside of a field. *quoted: it holds doubled quotes. False: a doubt. */
static __device__ bool look_at_field(const warp_line *l, uint32_t from, uint32_t to, bool full,
                                     bool *quoted, text_look *out)
{
    uint32_t n = 0, quotes = 0, high = 0, bad = 0, open = 0;

    for (uint32_t at = from & ~31u; at < to; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 32, from, to);
        n += (uint32_t)__popc(bytes_eq(&t.x, '@') & t.valid);
        quotes |= bytes_eq(&t.x, '"') & t.valid;
        high |= t.x.bit[7] & t.valid;
        if (!full && any_lane((t.x.bit[7] & t.valid) != 0 || (l->lane == 0 && open != 0)))
            bad |= sequences_step(l, &t.x, t.valid, &open);
    }
    *quoted = any_lane(quotes != 0);
    out->foreign = any_lane(high != 0);
    out->ats = warp_sum(n);
    return !any_lane(bad != 0 || (l->lane == 0 && open != 0));
}

/* A date that is written otherwise. */
LR_CALLED lr_date other_date(const uint8_t *src, uint32_t n)
{
    return lr_date_read(src, n, false);
}

/* Takes the quotes off the columns and looks at them. False: a doubt. */
static __device__ bool look_at_fields(const warp_line *l, bool full, lane_column *c)
{
    const bool own = l->lane < l->program->n_columns;

    if (own && c->from < c->to && l->src[c->from] == '"') {
        c->from++;
        c->to--;
    }
    c->kind = own && c->from < c->to ? LR_PLAIN : LR_NULL;
    for (uint32_t f = 0; f < l->program->n_columns; f++) {
        const uint32_t from = broadcast(c->from, f), to = broadcast(c->to, f);
        bool quoted = false;
        text_look look;
        if (from >= to)
            continue;
        if (l->program->columns[f].is_date) {
            lr_date date = read_date(l, from, to);
            date = date != 0 ? date : other_date(l->src + from, to - from);
            if (date == 0)
                return false;
            c->date = l->lane == f ? date : c->date;
            continue;
        }
        if (!look_at_field(l, from, to, full, &quoted, &look) ||
            (quoted && (l->program->plain >> f & 1) != 0))
            return false;
        if (l->lane == f) {
            c->ats = look.ats;
            c->foreign = look.foreign;
        }
    }
    return true;
}

/* Reads and counts a record; what it cannot prove it leaves to the host. fed: a line feed ends it. */
static __device__ void do_record(const lr_gpu_program *program, const lr_gpu_slice *s,
                                 const lr_gpu_csv *csv, lr_gpu_doubt record, bool fed, bool full,
                                 warp_counts *counts)
{
    const uint32_t lane = threadIdx.x % LR_WARP;
    warp_line l = {s->src, program, record.begin, record.end, lane, (1u << lane) - 1};
    lane_column c = {LR_NULL, 0, 0, 0, 0, 0};

    /* A carriage return is part of a line's end only right before its line feed. */
    if (fed && l.end > l.begin && s->src[l.end - 1] == '\r')
        l.end--;
    if (l.end == l.begin)
        return;
    if (split(&l, csv, full, &c) && look_at_fields(&l, full, &c) &&
        count_columns(&l, s, &c, false, &counts->nulls))
        counts->records++;
    else
        leave(s, record);
}

static __device__ void do_records(const lr_gpu_program *program, const lr_gpu_csv *csv,
                                  const lr_gpu_slice *s, bool full)
{
    const uint32_t n_ends = s->counts->n_ends;
    warp_counts counts = {0, 0};

    if (n_ends > s->ends_max || s->counts->misplaced != 0)
        return; /* the host takes all of it */
    for (uint32_t first; (first = claim_records(s, RECORDS_AT_ONCE)) <= n_ends;)
        for (uint32_t i = first; i < first + RECORDS_AT_ONCE && i <= n_ends; i++) {
            do_record(program, s, csv, record_at(s, i, n_ends), i < n_ends, full, &counts);
            __syncwarp(LR_ALL_LANES);
        }
    add_counts(program, s, &counts);
}

__global__ void csv_used(lr_gpu_program program, lr_gpu_csv csv, lr_gpu_slice slice)
{
    do_records(&program, &csv, &slice, false);
}

__global__ void csv_full(lr_gpu_program program, lr_gpu_csv csv, lr_gpu_slice slice)
{
    do_records(&program, &csv, &slice, true);
}

void lr_gpu_csv_rows(const lr_gpu_program *program, const lr_gpu_csv *csv, lr_validate validate,
                     const lr_gpu_slice *slice, uint32_t blocks, cudaStream_t stream)
{
    if (validate == LR_VALIDATE_FULL)
        LR_LAUNCH(csv_full, blocks, THREADS, 0, stream, *program, *csv, *slice);
    else
        LR_LAUNCH(csv_used, blocks, THREADS, 0, stream, *program, *csv, *slice);
}
