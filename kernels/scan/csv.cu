/*
 * csv.cu: where the records of a slice of CSV end. One pass with decoupled look-back, as lines.cu; what is
 * carried is whether the quotes before are odd in number, so that a tile tells both counts of record ends:
 * entered outside quotes, and inside. Bound: a read of the slice.
 *
 * That an odd number of quotes means "in quotes" holds where each quote stands where RFC 4180 has it: an
 * opening one where a field begins, or right behind one that closed; behind a closing one a quote or the
 * end of the field. Where one does not (it may be a literal one), the slice is refused: by induction over
 * its records the ends before that quote are right, and of those behind it nothing is known.
 */
#include "gpu_passes.h"

/* A thread holds so many pieces of 32 bytes, a warp's width apart. */
enum { THREADS = 256, PIECES = 2, TILE_BYTES = THREADS * PIECES * 32, WARPS = THREADS / LR_WARP };

/* A tile's state is one word, so that it is read whole. Of the tile: its line feeds outside quotes if it
 * is entered so, above them all of them. Of all up to it: the record ends. */
#define TOLD_COUNT (1ull << 62)
#define TOLD_SUM (2ull << 62)
#define TOLD_MASK (3ull << 62)
#define TOLD_ODD (1ull << 61) /* quotes: of the tile, or of all up to it */

/* What is before a tile: record ends, and whether it begins in quotes. */
typedef struct csv_before {
    uint32_t ends, odd;
} csv_before;

/* See lines.cu. Called by one whole warp: its lane i reads the tile 1 + i before the nearer ones. */
static __device__ csv_before look_back(volatile uint64_t *told, uint32_t tile)
{
    const uint32_t lane = threadIdx.x % LR_WARP;
    uint32_t if_out = 0, if_in = 0, odd = 0; /* of the tiles that have been read */

    for (uint32_t window = tile;; window = window > LR_WARP ? window - LR_WARP : 0) {
        uint64_t state = TOLD_SUM; /* before the first tile: nothing */
        if (lane < window)
            while (((state = told[window - 1 - lane]) & TOLD_MASK) == 0)
                lr_spin();
        const uint32_t sums = __ballot_sync(LR_ALL_LANES, (state & TOLD_SUM) != 0);
        const uint32_t first = sums != 0 ? (uint32_t)__ffs((int)sums) - 1 : (uint32_t)LR_WARP;
        const uint32_t odds = __ballot_sync(LR_ALL_LANES, lane <= first && (state & TOLD_ODD) != 0);
        /* How this lane's tile is entered, if the window is entered outside quotes. */
        const bool in = (__popc(odds >> lane >> 1) & 1) != 0;
        const uint32_t out_count = (uint32_t)state & 0xFFFF;
        const uint32_t in_count = ((uint32_t)state >> 16) - out_count;
        uint32_t a = in ? in_count : out_count, b = in ? out_count : in_count;
        if (lane >= first) {
            a = lane == first ? (uint32_t)state : 0;
            b = 0;
        }
        a = warp_sum(a);
        b = warp_sum(b);
        const uint32_t window_odd = (uint32_t)__popc(odds) & 1;
        const uint32_t next_out = a + (window_odd ? if_in : if_out);
        if_in = b + (window_odd ? if_out : if_in);
        if_out = next_out;
        odd ^= window_odd;
        if (sums != 0) {
            const csv_before before = {if_out, odd};
            return before;
        }
    }
}

/* Is the quote at src[at] where it may be? opens: the quotes up to it are odd in number. */
static __device__ bool is_placed(const uint8_t *src, uint32_t from, uint32_t n, uint32_t at,
                                 bool opens, uint8_t delimiter)
{
    if (opens) {
        const uint8_t before = at > from ? src[at - 1] : '\n';
        return before == '\n' || before == delimiter || before == '"';
    }
    const uint8_t next = at + 1 < n ? src[at + 1] : '\n';
    return next == '\n' || next == delimiter || next == '"' ||
           (next == '\r' && at + 2 < n && src[at + 2] == '\n');
}

/* What a thread holds of its pieces: quotes and line feeds, and the bytes behind an odd number of the
 * warp's quotes. */
typedef struct csv_masks {
    uint32_t quotes[PIECES], feeds[PIECES], inside[PIECES];
} csv_masks;

/* Reads a warp's 2 KiB. Returns its quotes' parity. */
static __device__ uint32_t read_masks(const uint8_t *src, uint32_t from, uint32_t n, uint32_t at,
                                      csv_masks *out)
{
    const uint32_t below = (1u << threadIdx.x % LR_WARP) - 1;
    uint4 bytes[2 * PIECES];
    uint32_t odd = 0;

    for (int w = 0; w < PIECES; w++) {
        const uint32_t piece = at + w * LR_WARP * 32;
        const uint4 *words = (const uint4 *)(src + piece), none = make_uint4(0, 0, 0, 0);
        bytes[2 * w] = piece < n ? words[0] : none;
        bytes[2 * w + 1] = piece < n ? words[1] : none;
    }
    for (int w = 0; w < PIECES; w++) {
        const lr_planes x = planes_of(bytes[2 * w], bytes[2 * w + 1]);
        const uint32_t valid = bytes_between(at + w * LR_WARP * 32, from, n);
        out->quotes[w] = bytes_eq(&x, '"') & valid;
        out->feeds[w] = bytes_eq(&x, '\n') & valid;
        out->inside[w] = xor_up_to(below, out->quotes[w], &odd);
    }
    return odd;
}

/* Tells of a tile, and learns what is before it: shared[i] becomes what is before warp i, from what it
 * holds. shared[i]: as a tile's state. Called by the first warp. */
static __device__ void tell(lr_gpu_slice s, uint32_t tile, uint64_t *shared)
{
    const uint32_t lane = threadIdx.x % LR_WARP;
    const uint64_t own = lane < WARPS ? shared[lane] : 0;
    const uint32_t odds = __ballot_sync(LR_ALL_LANES, (own & TOLD_ODD) != 0);
    const uint32_t odd = (uint32_t)__popc(odds & ((1u << lane) - 1)) & 1;
    const uint32_t out_count = (uint32_t)own & 0xFFFF, all = (uint32_t)own >> 16 & 0xFFFF;
    /* In a half each: the ends of the warps up to this one, and all line feeds. */
    const uint32_t mine = (odd ? all - out_count : out_count) | all << 16;
    const uint32_t sum = sum_up_to(lane, mine);
    const uint32_t both = broadcast(sum, WARPS - 1);
    const uint64_t parity = (__popc(odds) & 1) != 0 ? TOLD_ODD : 0;
    if (lane == 0 && tile > 0)
        atomicExch((unsigned long long *)&s.told[tile], TOLD_COUNT | parity | both);
    const csv_before before = look_back(s.told, tile);
    const uint32_t ends =
        before.ends + (before.odd ? (both >> 16) - (both & 0xFFFF) : both & 0xFFFF);
    const uint64_t after = before.odd ? parity ^ TOLD_ODD : parity;
    if (lane == 0) {
        atomicExch((unsigned long long *)&s.told[tile], TOLD_SUM | after | ends);
        atomicAdd(&s.counts->feeds, both >> 16);
        if ((uint64_t)tile * TILE_BYTES + TILE_BYTES >= s.n) { /* the last one */
            s.counts->n_ends = ends;
            if (after != 0)
                s.counts->misplaced = 1; /* a quote is open */
        }
    }
    if (lane < WARPS) {
        const uint32_t before_out = (sum - mine) & 0xFFFF, before_all = (sum - mine) >> 16;
        shared[lane] = (odd ^ before.odd ? TOLD_ODD : 0) |
                       (before.ends + (before.odd ? before_all - before_out : before_out));
    }
}

/* Record ends to s.ends, as lines_scan. */
__global__ void csv_scan(lr_gpu_csv csv, lr_gpu_slice s)
{
    __shared__ uint32_t shared_tile;
    __shared__ uint64_t shared[WARPS];
    const uint32_t thread = threadIdx.x, lane = thread % LR_WARP, warp = thread / LR_WARP;
    csv_masks m;

    if (thread == 0)
        shared_tile = atomicAdd(&s.counts->ticket, 1);
    __syncthreads();
    const uint32_t at = shared_tile * TILE_BYTES + warp * (LR_WARP * PIECES * 32) + lane * 32;
    const uint32_t odd = read_masks(s.src, s.from, s.n, at, &m);
    uint32_t counts = 0;
    for (int w = 0; w < PIECES; w++)
        counts += (uint32_t)__popc(m.feeds[w] & ~m.inside[w]) | (uint32_t)__popc(m.feeds[w]) << 16;
    counts = warp_sum(counts);
    if (lane == 0)
        shared[warp] = (odd ? TOLD_ODD : 0) | counts;
    __syncthreads();
    if (warp == 0)
        tell(s, shared_tile, shared);
    __syncthreads();

    const uint32_t enters = (shared[warp] & TOLD_ODD) != 0 ? 0xFFFFFFFFu : 0;
    uint32_t next = (uint32_t)shared[warp];
    bool good = true;
    for (int w = 0; w < PIECES; w++) {
        const uint32_t piece = at + w * LR_WARP * 32, inside = m.inside[w] ^ enters;
        const uint32_t ends = m.feeds[w] & ~inside;
        for (uint32_t rest = m.quotes[w]; rest != 0; rest &= rest - 1) {
            const uint32_t bit = (uint32_t)__ffs((int)rest) - 1;
            good = is_placed(s.src, s.from, s.n, piece + bit, (inside >> bit & 1) != 0,
                             csv.delimiter) &&
                   good;
        }
        const uint32_t mine = (uint32_t)__popc(ends), sum = sum_up_to(lane, mine);
        uint32_t i = next + sum - mine;
        for (uint32_t rest = ends; rest != 0; rest &= rest - 1, i++)
            if (i < s.ends_max)
                s.ends[i] = piece + (uint32_t)__ffs((int)rest) - 1;
        next += broadcast(sum, LR_WARP - 1);
    }
    if (!good)
        s.counts->misplaced = 1;
}

void lr_gpu_csv_ends(const lr_gpu_csv *csv, const lr_gpu_slice *slice, cudaStream_t stream)
{
    LR_LAUNCH(csv_scan, (uint32_t)((slice->n + TILE_BYTES - 1) / TILE_BYTES), THREADS, 0, stream,
              *csv, *slice);
}
