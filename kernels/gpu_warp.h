/* gpu_warp.h: what the lanes of a warp know together. Called by all lanes at once. */
#ifndef LR_GPU_WARP_H
#define LR_GPU_WARP_H

#include "device.h"

static __device__ bool any_lane(bool x)
{
    return __any_sync(LR_ALL_LANES, x) != 0;
}

static __device__ uint32_t broadcast(uint32_t x, uint32_t lane)
{
    return __shfl_sync(LR_ALL_LANES, x, (int)lane);
}

static __device__ uint32_t warp_sum(uint32_t x)
{
    return __reduce_add_sync(LR_ALL_LANES, x);
}

static __device__ uint32_t warp_or(uint32_t x)
{
    for (int step = 1; step < LR_WARP; step *= 2)
        x |= __shfl_xor_sync(LR_ALL_LANES, x, step);
    return x;
}

/* The sum of x over the lanes up to this one. */
static __device__ uint32_t sum_up_to(uint32_t lane, uint32_t x)
{
    for (uint32_t step = 1; step < LR_WARP; step *= 2) {
        const uint32_t other = __shfl_up_sync(LR_ALL_LANES, x, step);
        x += lane >= step ? other : 0;
    }
    return x;
}

/* Bit i is set where an odd number of the bits 0 to i are. */
static __device__ uint32_t prefix_xor(uint32_t x)
{
    x ^= x << 1;
    x ^= x << 2;
    x ^= x << 4;
    x ^= x << 8;
    return x ^ x << 16;
}

/* The same, on from the lanes before (`below`, as bits) and from *odd, 0 or 1, which was before them: with x the
 * quotes, the bytes in quotes. *odd: then what is behind the last lane. */
static __device__ uint32_t xor_up_to(uint32_t below, uint32_t x, uint32_t *odd)
{
    const uint32_t own = prefix_xor(x);
    const uint32_t odds = __ballot_sync(LR_ALL_LANES, (own >> 31) != 0);
    const uint32_t first = ((uint32_t)__popc(odds & below) + *odd) & 1;

    *odd = (*odd + (uint32_t)__popc(odds)) & 1;
    return own ^ (0 - first);
}

/* What lane - 1 has; the first lane gets what the last one had in the step before. *carry holds that. */
static __device__ uint32_t lane_before(uint32_t lane, uint32_t x, uint32_t *carry)
{
    const uint32_t turned = __shfl_sync(LR_ALL_LANES, x, (int)(lane + LR_WARP - 1) % LR_WARP);
    const uint32_t before = lane == 0 ? *carry : turned;

    *carry = turned;
    return before;
}

#endif
