/* gpu_records.h: the records of a slice whose ends are found, and what becomes of them. */
#ifndef LR_GPU_RECORDS_H
#define LR_GPU_RECORDS_H

#include "gpu_passes.h"

/* The next `n` records are this warp's, from the one that is returned on: a few at a time, for records differ in
 * length, and which blocks run at once is the device's affair. next: the pass's counter. */
static __device__ uint32_t claim_records(uint32_t *next, uint32_t n)
{
    const uint32_t first = threadIdx.x % LR_WARP == 0 ? atomicAdd(next, n) : 0;
    return broadcast(first, 0);
}

/* Record i, without its line feed: those before it end at s->ends[0] to [i - 1]. */
static __device__ lr_gpu_doubt record_at(const lr_gpu_slice *s, uint32_t i, uint32_t n_ends)
{
    const lr_gpu_doubt record = {i == 0 ? s->from : s->ends[i - 1] + 1,
                                 i < n_ends ? s->ends[i] : s->n};
    return record;
}

/* Column f of record i. */
static __device__ lr_gpu_span *span_at(const lr_gpu_slice *s, uint32_t f, uint32_t i)
{
    return &s->spans[(size_t)f * (s->ends_max + 1) + i];
}

/* A row that is none. Whoever counts rows reads them whole, so all of it is written. */
static __device__ lr_gpu_row no_row(void)
{
    const lr_gpu_row none = {0, UINT32_MAX, 0, 0};
    return none;
}

/* Leaves the record to the host. Called by one lane. */
static __device__ void leave(const lr_gpu_slice *s, lr_gpu_doubt record)
{
    s->doubts[atomicAdd(&s->counts->n_doubts, 1)] = record;
}

#endif
