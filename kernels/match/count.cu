/*
 * count.cu: from the columns of records to counts, a lane a record; texts in which emojis or mentions are looked
 * for are laid end to end (text_warp.h). Emojis are counted by symbol, mentions and other texts become rows for
 * groups.cu. Nothing is counted of a record before it is known that nothing of it is in doubt. Bound: the
 * number of instructions.
 */
#include "gpu_records.h"
#include "match/match_warp.h"
#include "parse/date_words.h"

enum { THREADS = 128, SHARES = 4, SHARE_MIN = 8 };

/* Bytes that are looked for: one, and where these are 0x80808080 those above ASCII, and those below a blank. */
typedef struct wanted {
    uint8_t byte;
    uint32_t high, control;
} wanted;

static __device__ uint32_t wanted_in(uint32_t word, wanted w)
{
    const uint32_t below = ~(((word & 0x7F7F7F7Fu) + 0x60606060u) | word) & w.control;
    return lr_word_eq(word, w.byte) | (word & w.high) | below;
}

/* The first byte from p on that is wanted, or end. Reads up to 15 bytes more on either side. */
static __device__ const uint8_t *find_wanted(const uint8_t *p, const uint8_t *end, wanted w)
{
    while (p < end) {
        const uint32_t skip = (uint32_t)((uintptr_t)p & 15);
        const uint4 x = *(const uint4 *)(p - skip);
        const uint32_t a = wanted_in(x.x, w), b = wanted_in(x.y, w);
        const uint32_t c = wanted_in(x.z, w), d = wanted_in(x.w, w);
        const uint32_t found = lr_mask_of(a, b, c, d) & 0xFFFFu << skip;
        if (found != 0) {
            p += __ffs((int)found) - 1 - (int)skip;
            return p < end ? p : end;
        }
        p += 16 - skip;
    }
    return end;
}

/* Is a key good, so that it may be taken as it is stored? JSON's: without escapes and control characters, CSV's
 * without quotes; UTF-8. proved: the last is known, and of JSON the one before it. */
static __device__ bool is_good_key(const uint8_t *src, lr_gpu_span text, bool json, bool proved)
{
    const uint32_t all = proved ? 0 : 0x80808080u;
    const wanted w = {json ? (uint8_t)'\\' : (uint8_t)'"', all, json ? all : 0};
    const uint8_t *const end = src + text.to;

    for (const uint8_t *p = src + text.from; (p = find_wanted(p, end, w)) < end;) {
        const size_t n = *p >= 0x80 ? lr_utf8_sequence(p, (size_t)(end - p)) : 0;
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

/* A date that is written otherwise. */
LR_CALLED lr_date other_date(const uint8_t *src, uint32_t n, bool escaped)
{
    return lr_date_read(src, n, escaped);
}

/* The work at hand, the same for all threads. */
typedef struct job {
    const lr_gpu_program *program;
    const lr_gpu_slice *slice;
    bool full, json;
} job;

/* What is known of a lane's record. */
typedef struct record {
    uint32_t i;
    uint32_t nulls;       /* bit f: column f is null */
    uint32_t part, lacks; /* bit q: it takes part in hot q; it lacks a column that this one reads */
    uint32_t ats[LR_GPU_COLUMNS_MAX]; /* how many @ */
    lr_date dates[LR_GPU_COLUMNS_MAX];
} record;

/* Column f of record i; from LR_GPU_NULL: it is null. */
static __device__ lr_gpu_span column_at(const job *j, uint32_t f, uint32_t i)
{
    const uint8_t *src = j->slice->src;
    lr_gpu_span text = *span_at(j->slice, f, i);

    if (j->json)
        return text;
    if (text.from < text.to && src[text.from] == '"') {
        text.from++;
        text.to--;
    }
    if (text.from >= text.to)
        text.from = LR_GPU_NULL;
    return text;
}

/* Reads the columns that are dates or keys. False: a doubt. */
static __device__ bool read_columns(const job *j, record *r)
{
    const uint8_t *src = j->slice->src;

    r->nulls = 0;
    for (uint32_t f = 0; f < j->program->n_columns; f++) {
        const lr_gpu_span text = column_at(j, f, r->i);
        if (text.from == LR_GPU_NULL) {
            r->nulls |= 1u << f;
        } else if (j->program->columns[f].is_date) {
            r->dates[f] = read_date(src, text.from, text.to - text.from);
            if (r->dates[f] == 0)
                r->dates[f] = other_date(src + text.from, text.to - text.from, j->json);
            if (r->dates[f] == 0)
                return false;
        } else if ((j->program->plain >> f & 1) != 0 &&
                   !is_good_key(src, text, j->json, j->full || !j->json)) {
            return false;
        }
    }
    return true;
}

/* The texts of column f of the records that has says have one. */
static __device__ warp_texts texts_of(const job *j, const warp_line *l, uint32_t f, bool has,
                                      uint32_t i)
{
    const lr_gpu_span none = {0, 0}, own = has ? column_at(j, f, i) : none;
    return lay_texts(l, has, own);
}

/* Looks at the texts in which emojis or mentions are looked for. good: of the lane's record. Returns what it is
 * then. CSV's are proved by rows.cu. */
static __device__ bool look_at_columns(const job *j, const warp_line *l, bool good, record *r)
{
    const bool proved = j->full || !j->json;

    for (uint32_t f = 0; f < j->program->n_columns; f++) {
        const bool mentions = (j->program->mentions >> f & 1) != 0;
        if ((j->program->unnested >> f & 1) == 0 || (proved && !mentions))
            continue;
        const bool has = good && (r->nulls >> f & 1) == 0;
        const warp_texts texts = texts_of(j, l, f, has, r->i);
        const text_look look = look_at_texts(l, &texts, j->json, proved);
        const uint32_t bad = warp_or(look.bad | (mentions ? look.hides : 0));
        good = good && (bad >> l->lane & 1) == 0;
        r->ats[f] = look.ats;
    }
    return good;
}

/* How many rows the record makes for a hot, at most. */
static __device__ uint32_t rows_of(const lr_gpu_hot *hot, const record *r)
{
    if (hot->emojis != NULL)
        return 0;
    if (hot->unnest < 0)
        return 1;
    return hot->mentions == LR_MENTIONS_FIRST && r->ats[hot->unnest] > 1 ? 1 : r->ats[hot->unnest];
}

/* What the record takes part in. Returns how many rows it makes, at most. */
static __device__ uint32_t look_at_hots(const job *j, record *r)
{
    uint32_t n_rows = 0;

    r->part = r->lacks = 0;
    for (uint32_t q = 0; q < j->program->n_hots; q++) {
        const lr_gpu_hot *hot = &j->program->prefixes[q].hot;
        if ((hot->reads & r->nulls) != 0) {
            r->lacks |= 1u << q;
            continue;
        }
        if (hot->filter >= 0 && (r->dates[hot->filter] < hot->since ||
                                 (hot->until != 0 && r->dates[hot->filter] > hot->until)))
            continue;
        r->part |= 1u << q;
        n_rows += rows_of(hot, r);
    }
    return n_rows;
}

/* Counts the records of a warp into a hot, that of the lane if it takes part. They make at most n_all rows, which
 * are written to out; what is left of it becomes no rows. */
static __device__ void count_hot(const job *j, const warp_line *l, const record *r, uint32_t q,
                                 bool takes_part, lr_gpu_row *out, uint32_t n_all)
{
    const lr_gpu_prefix *prefix = &j->program->prefixes[q];
    const lr_gpu_hot *hot = &prefix->hot;
    const uint32_t n = takes_part ? rows_of(hot, r) : 0;

    if (hot->unnest < 0) {
        const lr_gpu_span none = {0, 0};
        const lr_gpu_span key = takes_part ? column_at(j, (uint32_t)hot->key_text, r->i) : none;
        const lr_gpu_row row = {key.from, key.to - key.from,
                                hot->key_date >= 0 ? r->dates[hot->key_date] : 0, q};
        const uint32_t before = sum_up_to(l->lane, n) - n;
        if (takes_part)
            out[before] = row;
        return;
    }
    const warp_texts texts =
        texts_of(j, l, (uint32_t)hot->unnest, takes_part && (hot->emojis != NULL || n > 0), r->i);
    if (hot->emojis != NULL)
        count_emojis(l, prefix, &texts, j->json);
    else if (n_all > 0)
        list_mentions(l, q, &texts, hot->mentions == LR_MENTIONS_FIRST, out, n_all);
}

/* Room for n rows, of all lanes together; NULL: there is none, and what there was becomes no rows. */
static __device__ lr_gpu_row *reserve(const lr_gpu_slice *s, uint32_t lane, uint32_t n)
{
    uint32_t at = 0;

    if (lane == 0) {
        const unsigned long long before = atomicAdd(&s->counts->n_hits, (unsigned long long)n);
        at = before < s->hits_max ? (uint32_t)before : s->hits_max;
    }
    at = broadcast(at, 0);
    if (n <= s->hits_max - at)
        return s->hits + at;
    for (uint32_t i = at + lane; i < s->hits_max; i += LR_WARP)
        s->hits[i] = no_row();
    return NULL;
}

/* n records, one a lane; *nulls: of each hot, in its lane. True: the lane's record was counted. */
static __device__ bool do_records(const job *j, const warp_line *l, uint32_t first, uint32_t n,
                                  uint32_t n_ends, uint32_t *nulls)
{
    record r = {first + l->lane};
    const bool is_one =
        l->lane < n && r.i <= n_ends && span_at(j->slice, 0, r.i)->from != LR_GPU_NO_RECORD;
    bool good = look_at_columns(j, l, is_one && read_columns(j, &r), &r);
    uint32_t n_rows = 0;

    if (good)
        n_rows = look_at_hots(j, &r);
    good = good && n_rows <= j->slice->hits_max / LR_WARP; /* so that a sum of 32 is no overflow */
    const uint32_t n_all = warp_sum(good ? n_rows : 0);
    lr_gpu_row *out = n_all > 0 ? reserve(j->slice, l->lane, n_all) : j->slice->hits;
    good = good && (n_rows == 0 || out != NULL);
    for (uint32_t q = 0; q < j->program->n_hots; q++) {
        const bool takes_part = good && (r.part >> q & 1) != 0;
        const uint32_t lacks = __ballot_sync(LR_ALL_LANES, good && (r.lacks >> q & 1) != 0);
        const uint32_t all = warp_sum(takes_part ? rows_of(&j->program->prefixes[q].hot, &r) : 0);
        *nulls += l->lane == q ? (uint32_t)__popc(lacks) : 0;
        count_hot(j, l, &r, q, takes_part, out, all);
        out += all;
    }
    if (is_one && !good)
        leave(j->slice, record_at(j->slice, r.i, n_ends));
    return good;
}

/* How many of n records a warp claims at a time: few enough for each to claim several, for texts differ in length;
 * and enough for lanes not to be idle where texts are short. */
static __device__ uint32_t share_of(uint32_t n)
{
    const uint32_t share = n / (SHARES * gridDim.x * (THREADS / LR_WARP));
    return share < SHARE_MIN ? (uint32_t)SHARE_MIN : share < LR_WARP ? share : (uint32_t)LR_WARP;
}

__global__ void __launch_bounds__(THREADS, 8)
    columns_count(lr_gpu_program program, lr_gpu_slice s, bool full, bool is_csv)
{
    const job j = {&program, &s, full, !is_csv};
    const uint32_t lane = threadIdx.x % LR_WARP, n_ends = s.counts->n_ends;
    const warp_line l = {s.src, &program, 0, 0, lane, (1u << lane) - 1};
    uint32_t records = 0, nulls = 0;

    if (n_ends > s.ends_max || s.counts->misplaced != 0)
        return; /* the host takes all of it */
    const uint32_t n = share_of(n_ends + 1);
    for (uint32_t first; (first = claim_records(&s.counts->next_counted, n)) <= n_ends;)
        records += do_records(&j, &l, first, n, n_ends, &nulls);
    records = warp_sum(records);
    if (lane == 0 && records != 0)
        atomicAdd(&s.counts->records, (unsigned long long)records);
    if (lane < program.n_hots && nulls != 0)
        atomicAdd(&s.counts->nulls[lane], (unsigned long long)nulls);
}

void lr_gpu_columns(const lr_gpu_program *program, lr_validate validate, bool is_csv,
                    const lr_gpu_slice *slice, uint32_t blocks, cudaStream_t stream)
{
    LR_LAUNCH(columns_count, blocks, THREADS, 0, stream, *program, *slice,
              validate == LR_VALIDATE_FULL, is_csv);
}
