/* count_warp.h: a warp counts a record, JSON or CSV, whose columns are known and good. */
#ifndef LR_COUNT_WARP_H
#define LR_COUNT_WARP_H

#include "match/match_warp.h"

/* The columns of a line: those of column f are lane f's. */
typedef struct lane_column {
    uint32_t kind, from, to;
    uint32_t ats, foreign; /* see text_look */
    lr_date date;
} lane_column;

/* Does the line take part in hot q? *null: it lacks a column. */
static __device__ bool takes_part(const warp_line *l, const lr_gpu_hot *hot, const lane_column *c,
                                  bool *null)
{
    *null = any_lane((hot->reads >> l->lane & 1) != 0 && c->kind <= LR_NULL);
    if (*null || hot->filter < 0)
        return !*null;
    const lr_date date = broadcast(c->date, (uint32_t)hot->filter);
    return date >= hot->since && (hot->until == 0 || date <= hot->until);
}

/* How many rows the line may make for a hot. */
static __device__ uint32_t rows_of(const lr_gpu_hot *hot, const lane_column *c)
{
    if (hot->emojis != NULL)
        return 0;
    if (hot->unnest < 0)
        return 1;
    const uint32_t ats = broadcast(c->ats, (uint32_t)hot->unnest);
    return hot->mentions == LR_MENTIONS_FIRST && ats > 1 ? 1 : ats;
}

/* Counts the line into one hot; its rows are written from `at` on. */
static __device__ void count_hot(const warp_line *l, uint32_t q, const lane_column *c, bool escaped,
                                 lr_gpu_row *out, uint32_t n)
{
    const lr_gpu_prefix *prefix = &l->program->prefixes[q];
    const lr_gpu_hot *hot = &prefix->hot;
    const uint32_t column = (uint32_t)(hot->unnest >= 0 ? hot->unnest : hot->key_text);
    const uint32_t from = broadcast(c->from, column), to = broadcast(c->to, column);

    if (hot->emojis != NULL) {
        if (broadcast(c->foreign, column) != 0) /* what is ASCII as it stands, is no emoji */
            count_emojis(l, prefix, from, to, escaped);
    } else if (hot->unnest >= 0) {
        list_mentions(l, q, from, to, out, n);
    } else {
        const uint32_t date = hot->key_date >= 0 ? broadcast(c->date, (uint32_t)hot->key_date) : 0;
        const lr_gpu_row row = {from, to - from, date, q};
        if (l->lane == 0)
            out[0] = row;
    }
}

/* Room for n rows: where they begin; LR_NOWHERE: there is none, and what there was becomes no rows. */
static __device__ uint32_t reserve(const warp_line *l, const lr_gpu_slice *s, uint32_t n)
{
    uint32_t at = 0;

    if (l->lane == 0)
        at = atomicAdd(&s->counts->n_hits, n);
    at = broadcast(at, 0);
    if (at <= s->hits_max && n <= s->hits_max - at)
        return at;
    for (uint32_t i = at + l->lane; i < s->hits_max && i < at + n; i += LR_WARP)
        s->hits[i] = no_row();
    return LR_NOWHERE;
}

/* Counts a line whose columns are good. escaped: texts are as JSON writes them. *nulls: of each hot, in its
 * lane. False: there is no room, and nothing is counted. */
static __device__ bool count_columns(const warp_line *l, const lr_gpu_slice *s,
                                     const lane_column *c, bool escaped, uint32_t *nulls)
{
    uint32_t part = 0, lacks = 0, rows = 0;

    for (uint32_t q = 0; q < l->program->n_hots; q++) {
        bool null;
        if (takes_part(l, &l->program->prefixes[q].hot, c, &null)) {
            part |= 1u << q;
            rows += rows_of(&l->program->prefixes[q].hot, c);
        }
        lacks |= (uint32_t)null << q;
    }
    uint32_t at = 0;
    if (rows > 0 && (at = reserve(l, s, rows)) == LR_NOWHERE)
        return false;
    *nulls += lacks >> l->lane & 1;
    for (uint32_t q = 0; q < l->program->n_hots; q++)
        if ((part >> q & 1) != 0) {
            const uint32_t n = rows_of(&l->program->prefixes[q].hot, c);
            count_hot(l, q, c, escaped, s->hits + at, n);
            at += n;
        }
    return true;
}

/* What a warp has counted; nulls: of each hot, in its lane. */
typedef struct warp_counts {
    unsigned long long records;
    uint32_t nulls;
} warp_counts;

/* The next `n` records are this warp's, from the one that is returned on: a few at a time, for records differ in
 * length, and which blocks run at once is the device's affair. */
static __device__ uint32_t claim_records(const lr_gpu_slice *s, uint32_t n)
{
    const uint32_t first = threadIdx.x % LR_WARP == 0 ? atomicAdd(&s->counts->next_line, n) : 0;
    return broadcast(first, 0);
}

/* Record i, without its line feed: those before it end at s->ends[0] to [i - 1]. */
static __device__ lr_gpu_doubt record_at(const lr_gpu_slice *s, uint32_t i, uint32_t n_ends)
{
    const lr_gpu_doubt record = {i == 0 ? s->from : s->ends[i - 1] + 1,
                                 i < n_ends ? s->ends[i] : s->n};
    return record;
}

/* Leaves the record to the host. */
static __device__ void leave(const lr_gpu_slice *s, lr_gpu_doubt record)
{
    if (threadIdx.x % LR_WARP == 0)
        s->doubts[atomicAdd(&s->counts->n_doubts, 1)] = record;
}

static __device__ void add_counts(const lr_gpu_program *program, const lr_gpu_slice *s,
                                  const warp_counts *c)
{
    const uint32_t lane = threadIdx.x % LR_WARP;

    if (lane == 0 && c->records != 0)
        atomicAdd(&s->counts->records, c->records);
    if (lane < program->n_hots && c->nulls != 0)
        atomicAdd(&s->counts->nulls[lane], (unsigned long long)c->nulls);
}

#endif
