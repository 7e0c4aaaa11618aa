/*
 * lines.cu: where the lines of a slice end. One pass with decoupled look-back (Merrill and Garland 2016):
 * a block counts the line feeds of its tile, tells the count, adds up what the tiles before it have told,
 * and writes its offsets. Bound: a read of the slice.
 *
 * Tiles are handed out by a counter, so that a tile's predecessors are always at work or done, whatever
 * the order in which blocks are started: else waiting for them could be for ever.
 */
#include "gpu_passes.h"
#include "gpu_words.h"

enum { THREADS = 256, WORDS = 4, TILE_BYTES = THREADS * WORDS * 16 };

/* A tile's state is one word, so that it is read whole: its kind, above a count. */
#define TOLD_COUNT (1ull << 62) /* of the tile */
#define TOLD_SUM (2ull << 62)   /* of all up to it */
#define TOLD_MASK (3ull << 62)

size_t lr_gpu_lines_tiles(size_t n)
{
    return (n + TILE_BYTES - 1) / TILE_BYTES;
}

/* Of 16 bytes, those that are c: bit i for byte i. */
static __device__ uint32_t newlines_of(uint4 bytes)
{
    const uint32_t words[4] = {bytes.x, bytes.y, bytes.z, bytes.w};
    return lr_mask_eq(words, '\n');
}

/* The line feeds before the tile: the sum of what its predecessors told, 32 at a time, from the
 * nearest back to one that knows all before it. Called by one whole warp. */
static __device__ uint32_t look_back(volatile uint64_t *told, uint32_t tile)
{
    const uint32_t lane = threadIdx.x % LR_WARP;
    uint32_t sum = 0;

    for (uint32_t window = tile; window > 0; window = window > LR_WARP ? window - LR_WARP : 0) {
        /* Behind the first tile stands an empty sum. */
        uint64_t state = TOLD_SUM;
        if (lane < window)
            while (((state = told[window - 1 - lane]) & TOLD_MASK) == 0)
                lr_spin();
        const uint32_t sums = __ballot_sync(LR_ALL_LANES, (state & TOLD_SUM) != 0);
        const uint32_t first = sums != 0 ? __ffs((int)sums) - 1 : LR_WARP;
        sum += warp_sum(lane <= first ? (uint32_t)state : 0);
        if (sums != 0)
            break;
    }
    return sum;
}

/* ends[i] is the offset of line feed i, for the first ends_max of them; *n_ends counts all. told: a word
 * for each tile, and *ticket, are 0 before. Bytes before `from` are passed over. */
__global__ void lines_scan(const uint8_t *src, uint32_t from, uint32_t n, uint32_t *ends,
                           uint32_t ends_max, uint32_t *n_ends, uint64_t *told, uint32_t *ticket)
{
    __shared__ uint32_t shared_tile, shared_before;
    __shared__ uint32_t warp_sums[THREADS / LR_WARP];
    const uint32_t thread = threadIdx.x, lane = thread % LR_WARP, warp = thread / LR_WARP;

    if (thread == 0)
        shared_tile = atomicAdd(ticket, 1);
    __syncthreads();
    const uint32_t tile = shared_tile;

    /* A warp has 2 KiB in a row, of which a lane has 16 bytes in each of four loads. */
    const uint32_t warp_at = tile * TILE_BYTES + warp * (LR_WARP * WORDS * 16);
    uint32_t masks[WORDS], own = 0;
    for (int w = 0; w < WORDS; w++) {
        const uint32_t at = warp_at + (w * LR_WARP + lane) * 16;
        uint32_t mask = at < n ? newlines_of(*(const uint4 *)(src + at)) : 0;
        if (at < n && n - at < 16)
            mask &= (1u << (n - at)) - 1;
        if (at < from)
            mask &= from - at < 16 ? ~0u << (from - at) : 0;
        masks[w] = mask;
        own += (uint32_t)__popc(mask);
    }
    const uint32_t total = warp_sum(own);
    if (lane == 0)
        warp_sums[warp] = total;
    __syncthreads();

    if (warp == 0) {
        const uint32_t mine = lane < THREADS / LR_WARP ? warp_sums[lane] : 0;
        const uint32_t sum = sum_up_to(lane, mine);
        const uint32_t all = broadcast(sum, THREADS / LR_WARP - 1);
        if (lane == 0 && tile > 0)
            atomicExch((unsigned long long *)&told[tile], TOLD_COUNT | all);
        const uint32_t before = look_back(told, tile);
        if (lane == 0) {
            atomicExch((unsigned long long *)&told[tile], TOLD_SUM | (before + all));
            shared_before = before;
            if ((uint64_t)tile * TILE_BYTES + TILE_BYTES >= n) /* the last one */
                *n_ends = before + all;
        }
        if (lane < THREADS / LR_WARP)
            warp_sums[lane] = sum - mine;
    }
    __syncthreads();

    /* Within the warp: load by load, and in each lane by lane. */
    uint32_t next = shared_before + warp_sums[warp];
    for (int w = 0; w < WORDS; w++) {
        const uint32_t mine = (uint32_t)__popc(masks[w]), sum = sum_up_to(lane, mine);
        uint32_t i = next + sum - mine;
        for (uint32_t rest = masks[w]; rest != 0; rest &= rest - 1, i++)
            if (i < ends_max)
                ends[i] = warp_at + (w * LR_WARP + lane) * 16 + (uint32_t)__ffs((int)rest) - 1;
        next += broadcast(sum, LR_WARP - 1);
    }
}

void lr_gpu_lines(const uint8_t *src, uint32_t from, uint32_t n, uint32_t *ends, uint32_t ends_max,
                  uint32_t *n_ends, uint64_t *told, uint32_t *ticket, cudaStream_t stream)
{
    LR_LAUNCH(lines_scan, (uint32_t)lr_gpu_lines_tiles(n), THREADS, 0, stream, src, from, n, ends,
              ends_max, n_ends, told, ticket);
}
