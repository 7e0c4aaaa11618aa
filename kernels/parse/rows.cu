/*
 * rows.cu: from records of CSV to columns, a warp a run of records; csv.cu has found where they end, and that all
 * quotes stand where they may. A warp reads its run as it lies, 1 KiB a step, and counts the separators outside
 * quotes since the last record's end; those around the columns that are read tell where they stand. A record by
 * itself (277 bytes, say) would leave three lanes in four without work. UTF-8 is proved on the way, of all the
 * record, whatever is to be validated: it costs less than looking at a column's alone later. Bound: the number
 * of instructions.
 */
#include "gpu_records.h"
#include "parse/strings_warp.h"

enum { THREADS = 128, RUN_BYTES = 8192, RUN_MAX = LR_WARP };

/* How many records make a run: some 8 KiB of the slice's. */
static __device__ uint32_t run_of(const lr_gpu_slice *s, uint32_t n_ends)
{
    const uint64_t n = (uint64_t)RUN_BYTES * (n_ends + 1) / s->n;
    return n < 1 ? 1 : n < RUN_MAX ? (uint32_t)n : (uint32_t)RUN_MAX;
}

/* A run of records, and how far it is read: the warp's. */
typedef struct csv_run {
    const lr_gpu_program *program;
    const lr_gpu_csv *csv;
    const lr_gpu_slice *s;
    uint32_t first;   /* its first record */
    uint32_t records; /* that are read to their ends */
    uint32_t fields;  /* separators behind the last of these */
    uint32_t bad;     /* bit r: record r is in doubt; each lane its own share */
} csv_run;

/* Separator k of record r of the run stands at `at`. */
static __device__ void put_separator(const csv_run *run, uint32_t r, uint32_t k, bool is_end,
                                     uint32_t at)
{
    for (uint32_t f = 0; f < run->program->n_columns; f++) {
        const uint32_t column = run->csv->column[f];
        if (k == column)
            span_at(run->s, f, run->first + r)->to = at;
        else if (k + 1 == column && !is_end)
            span_at(run->s, f, run->first + r)->from = at + 1;
    }
}

/* The separators of a lane's bytes: ends of records are among them. Moves the run behind the step. Returns the
 * number of the record that the lane begins in. */
static __device__ uint32_t put_separators(csv_run *run, const warp_line *l, uint32_t at,
                                          uint32_t separators, uint32_t ends)
{
    /* Records above which fields: two sums in one. */
    const uint32_t own = (uint32_t)__popc(separators) << 16 | (uint32_t)__popc(ends);
    const uint32_t up_to = sum_up_to(l->lane, own), before = up_to - own;
    const uint32_t to_end = ends != 0 ? 0xFFFFFFFFu >> __clz((int)ends) : 0;
    const uint32_t ended = (before >> 16) + (uint32_t)__popc(separators & to_end);
    const uint32_t all = __ballot_sync(LR_ALL_LANES, ends != 0), lanes = all & l->below;
    /* The separators of the step up to the last end before this lane, and up to the last one of all. */
    const uint32_t told = broadcast(ended, lanes != 0 ? 31 - (uint32_t)__clz((int)lanes) : 0);
    const uint32_t last = broadcast(ended, all != 0 ? 31 - (uint32_t)__clz((int)all) : 0);
    const uint32_t total = broadcast(up_to, LR_WARP - 1);
    const uint32_t record = run->records + (before & 0xFFFF);
    uint32_t r = record, k = (before >> 16) + (lanes != 0 ? 0 - told : run->fields);

    for (uint32_t rest = separators; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1;
        const bool is_end = (ends >> bit & 1) != 0;
        put_separator(run, r, k, is_end, at + bit);
        if (is_end && k + 1 != run->csv->n_columns)
            run->bad |= 1u << r;
        r += is_end;
        k = is_end ? 0 : k + 1;
    }
    run->records += total & 0xFFFF;
    run->fields = (total >> 16) + (all != 0 ? 0 - last : run->fields);
    return record;
}

/* Reads a run; l is all of its bytes. */
static __device__ void read_run(csv_run *run, warp_line *l)
{
    uint32_t open = 0;

    for (uint32_t base = l->begin & ~31u; base <= l->end; base += LR_STEP) {
        const uint32_t at = base + l->lane * 32, valid = bytes_between(at, l->begin, l->end);
        const lr_planes x = load_planes(l->src, at, l->end);
        const uint32_t quotes = bytes_eq(&x, '"') & valid;
        const uint32_t outside = valid & ~xor_up_to(l->below, quotes, &l->inside);
        /* The last record of a slice may have no line feed. */
        const uint32_t last = l->end - at < 32 ? 1u << (l->end - at) : 0;
        const uint32_t ends = (bytes_eq(&x, '\n') & outside) | last;
        const uint32_t separators = (bytes_eq(&x, run->csv->delimiter) & outside) | ends;
        const uint32_t r = put_separators(run, l, at, separators, ends);

        if (!any_lane((x.bit[7] & valid) != 0 || (l->lane == 0 && open != 0)))
            continue;
        const uint32_t bad = sequences_step(l, &x, valid, &open);
        for (uint32_t rest = bad & (valid | last); rest != 0; rest &= rest - 1)
            run->bad |= 1u << (r + (uint32_t)__popc(ends & ((rest & (0 - rest)) - 1)));
    }
}

/* A lane a record: what its own bounds say of its columns. */
static __device__ void end_record(const csv_run *run, uint32_t i, uint32_t n_ends, bool bad)
{
    const lr_gpu_slice *s = run->s;
    const lr_gpu_doubt record = record_at(s, i, n_ends);
    uint32_t end = record.end;

    /* A carriage return is part of a line's end only right before its line feed. */
    if (i < n_ends && end > record.begin && s->src[end - 1] == '\r')
        end--;
    for (uint32_t f = 0; f < run->program->n_columns; f++) {
        if (run->csv->column[f] == 0)
            span_at(s, f, i)->from = record.begin;
        if (run->csv->column[f] + 1 == run->csv->n_columns)
            span_at(s, f, i)->to = end;
    }
    if (bad || end == record.begin)
        span_at(s, 0, i)->from = LR_GPU_NO_RECORD;
    if (bad && end > record.begin)
        leave(s, record);
}

static __device__ void do_run(const lr_gpu_program *program, const lr_gpu_csv *csv,
                              const lr_gpu_slice *s, uint32_t first, uint32_t n, uint32_t n_ends)
{
    const uint32_t lane = threadIdx.x % LR_WARP;
    const uint32_t begin = record_at(s, first, n_ends).begin;
    const uint32_t end = record_at(s, first + n - 1, n_ends).end;
    warp_line l = {s->src, program, begin, end, lane, (1u << lane) - 1};
    csv_run run = {program, csv, s, first, 0, 0, 0};

    read_run(&run, &l);
    const uint32_t bad = warp_or(run.bad);
    __syncwarp(LR_ALL_LANES); /* what other lanes have put */
    if (lane < n)
        end_record(&run, first + lane, n_ends, (bad >> lane & 1) != 0);
    __syncwarp(LR_ALL_LANES);
}

__global__ void csv_rows(lr_gpu_program program, lr_gpu_csv csv, lr_gpu_slice s)
{
    const uint32_t n_ends = s.counts->n_ends;

    if (n_ends > s.ends_max || s.counts->misplaced != 0)
        return; /* the host takes all of it */
    const uint32_t n = run_of(&s, n_ends);
    for (uint32_t first; (first = claim_records(&s.counts->next_read, n)) <= n_ends;)
        do_run(&program, &csv, &s, first, n_ends + 1 - first < n ? n_ends + 1 - first : n, n_ends);
}

void lr_gpu_csv_rows(const lr_gpu_program *program, const lr_gpu_csv *csv,
                     const lr_gpu_slice *slice, uint32_t blocks, cudaStream_t stream)
{
    LR_LAUNCH(csv_rows, blocks, THREADS, 0, stream, *program, *csv, *slice);
}
