/* planted.cu: see planted.h. */
#include "device.h"
#include "planted.h"

enum { N = PLANTED_BLOCK };

static __global__ void rotate(const uint32_t *src, uint32_t *out, uint32_t n, bool right)
{
    __shared__ uint32_t tile[N];
    const uint32_t i = blockIdx.x * N + threadIdx.x;

    tile[threadIdx.x] = src[i];
    if (right)
        __syncthreads();
    out[i] = tile[(threadIdx.x + 33) % N];
}

static __global__ void swap_pairs(const uint32_t *src, uint32_t *out, uint32_t n, bool right)
{
    __shared__ uint32_t tile[N];
    const uint32_t i = blockIdx.x * N + threadIdx.x;

    tile[threadIdx.x] = src[i];
    if (right)
        __syncwarp();
    out[i] = tile[threadIdx.x ^ 1];
}

/* state[0] is the ticket; state[1 + b] is 1 + the sum up to tile b, when it is known. */
static __global__ void scan(const uint32_t *src, uint32_t *out, uint32_t n, uint32_t *state,
                            int way)
{
    __shared__ uint32_t sums[N], shared_tile, shared_before;
    const uint32_t t = threadIdx.x;

    if (t == 0)
        shared_tile = way > 0 ? blockIdx.x : atomicAdd(&state[0], 1u);
    __syncthreads();
    const uint32_t tile = shared_tile;
    sums[t] = src[tile * N + t];
    for (uint32_t step = 1; step < N; step *= 2) {
        __syncthreads();
        const uint32_t other = t >= step ? sums[t - step] : 0;
        __syncthreads();
        sums[t] += other;
    }
    if (t == N - 1) {
        uint32_t before = 0;
        if (tile > 0)
            while ((before = ((volatile uint32_t *)state)[tile]) == 0)
                if (way != 2)
                    lr_spin();
        before -= tile > 0;
        shared_before = before;
        __threadfence();
        atomicExch(&state[1 + tile], 1 + before + sums[t]);
    }
    __syncthreads();
    out[tile * N + t] = shared_before + sums[t];
}

static __global__ void count(const uint32_t *src, uint32_t *out, uint32_t n, bool right)
{
    for (uint32_t k = 0; k < PLANTED_ROUNDS; k++) {
        uint32_t *at = &out[src[(blockIdx.x * N + threadIdx.x + k) % n]];
        if (right) {
            atomicAdd(at, 1u);
            continue;
        }
        const uint32_t old = *(volatile uint32_t *)at;
        if (old != 0xFFFFFFFF) /* a basic block begins */
            *(volatile uint32_t *)at = old + 1;
    }
}

/* out is a table of n slots without a zero; numbers are not 0. */
static __global__ void distinct(const uint32_t *src, uint32_t *out, uint32_t n)
{
    const uint32_t key = src[blockIdx.x * N + threadIdx.x];

    for (uint32_t i = key % n;; i = (i + 1) % n) {
        const uint32_t old = atomicCAS(&out[i], 0u, key);
        if (old == 0 || old == key)
            return;
    }
}

static __global__ void collectives(const uint32_t *src, uint32_t *out, uint32_t n)
{
    const uint32_t i = blockIdx.x * N + threadIdx.x, lane = threadIdx.x % 32, x = src[i];
    const uint32_t all = 0xFFFFFFFFu, half = lane < 16 ? 0xFFFFu : 0xFFFF0000u;
    uint32_t *o = out + 16 * i;

    o[0] = __ballot_sync(all, lane % 3 == 0);
    o[1] = (uint32_t)__any_sync(all, lane == 31) + 2u * (uint32_t)__any_sync(all, lane == 32);
    o[2] = (uint32_t)__all_sync(all, lane < 32) + 2u * (uint32_t)__all_sync(all, lane < 31);
    o[3] = __shfl_sync(all, x, 5);
    o[4] = __shfl_sync(all, x, (int)lane + 1, 8);
    o[5] = __shfl_up_sync(all, x, 3);
    o[6] = __shfl_up_sync(all, x, 3, 8);
    o[7] = __shfl_down_sync(all, x, 3);
    o[8] = __shfl_down_sync(all, x, 3, 16);
    o[9] = __shfl_xor_sync(all, x, 9);
    o[10] = lane < 16 ? __ballot_sync(half, lane % 2) : __ballot_sync(half, lane % 2 == 0);
    o[11] = (uint32_t)(__shfl_sync(all, (uint64_t)x << 32 | lane, 7) >> 32);
    o[12] = __match_any_sync(all, lane / 8);
    o[13] = __activemask() >> lane & 1; /* others may have gone */
    o[14] = atomicMax(&o[15], lane);
    o[14] += atomicMin(&o[15], 7u);
}

static __global__ void votes(const uint32_t *src, uint32_t *out, uint32_t n)
{
    uint32_t *o = out + 8 * (blockIdx.x * N + threadIdx.x);

    o[0] = (uint32_t)__syncthreads_count(threadIdx.x % 5 == 0);
    o[1] = (uint32_t)(__syncthreads_or(threadIdx.x == 77) != 0);
    o[2] = (uint32_t)(__syncthreads_or(threadIdx.x == N) != 0);
    o[3] = (uint32_t)(__syncthreads_and(threadIdx.x < N) != 0);
    o[4] = (uint32_t)(__syncthreads_and(threadIdx.x != 77) != 0);
    o[5] = gridDim.x;
    o[6] = blockDim.x;
    o[7] = blockIdx.x;
}

static __global__ void diverges(const uint32_t *src, uint32_t *out, uint32_t n, int how)
{
    const uint32_t t = threadIdx.x, lane = t % 32;
    uint32_t x = 0;

    if (how == 0 && t < 17)
        __syncthreads();
    if (how == 1) {
        if (t < 64)
            __syncthreads();
        else
            __syncthreads();
    }
    if (how == 2 && lane == 9)
        return;
    if (how == 2)
        x = __ballot_sync(0xFFFFFFFFu, 1);
    if (how == 3)
        x = __ballot_sync(lane % 28 == 3 ? 0xFFFFFFFFu : 0x7FFFFFFFu, 1);
    if (how == 4 && lane < 16)
        x = __shfl_sync(0xFFFFu, t, 20);
    if (how == 5)
        x = __ballot_sync(0xFFFFu, 1);
    if (how == 6) {
        if (lane == 9)
            return;
        __syncthreads();
    }
    out[blockIdx.x * N + t] = x;
}

static __global__ void behind(uint32_t *out, uint32_t n)
{
    out[n + blockIdx.x * N + threadIdx.x] = 1;
}

/* What all launches need. */
typedef struct room {
    uint32_t *src, *out, *state;
    size_t src_bytes, out_bytes, state_bytes;
} room;

static cudaError_t room_open(room *r, const uint32_t *src, const uint32_t *out, uint32_t n,
                             uint32_t per_thread)
{
    r->src_bytes = n * sizeof *src;
    r->out_bytes = r->src_bytes * per_thread;
    r->state_bytes = (n / N + 2) * sizeof *src;
    if (cudaMalloc(&r->src, r->src_bytes) == cudaSuccess &&
        cudaMalloc(&r->out, r->out_bytes) == cudaSuccess &&
        cudaMalloc(&r->state, r->state_bytes) == cudaSuccess) {
        cudaMemcpy(r->src, src, r->src_bytes, cudaMemcpyHostToDevice);
        cudaMemcpy(r->out, out, r->out_bytes, cudaMemcpyHostToDevice);
        cudaMemset(r->state, 0, r->state_bytes);
    }
    return cudaGetLastError();
}

static int room_close(room *r, uint32_t *out, cudaError_t error)
{
    if (error == cudaSuccess)
        error = cudaGetLastError();
    if (error == cudaSuccess)
        error = cudaDeviceSynchronize();
    if (error == cudaSuccess)
        error = cudaMemcpy(out, r->out, r->out_bytes, cudaMemcpyDeviceToHost);
    cudaFree(r->src);
    cudaFree(r->out);
    cudaFree(r->state);
    return (int)error;
}

#define PLANTED(name, per_thread, kernel, ...)                                                     \
    int name(const uint32_t *src, uint32_t *out, uint32_t n)                                       \
    {                                                                                              \
        room r = {};                                                                               \
        const cudaError_t error = room_open(&r, src, out, n, per_thread);                          \
        if (error == cudaSuccess)                                                                  \
            LR_LAUNCH(kernel, n / N, N, 0, 0, __VA_ARGS__);                                        \
        return room_close(&r, out, error);                                                         \
    }
PLANTED(planted_rotate, 1, rotate, r.src, r.out, n, true)
PLANTED(planted_rotate_without_barrier, 1, rotate, r.src, r.out, n, false)
PLANTED(planted_swap, 1, swap_pairs, r.src, r.out, n, true)
PLANTED(planted_swap_without_syncwarp, 1, swap_pairs, r.src, r.out, n, false)
PLANTED(planted_scan, 1, scan, r.src, r.out, n, r.state, 0)
PLANTED(planted_scan_by_block_number, 1, scan, r.src, r.out, n, r.state, 1)
PLANTED(planted_scan_without_spin, 1, scan, r.src, r.out, n, r.state, 2)
PLANTED(planted_count, 1, count, r.src, r.out, n, true)
PLANTED(planted_count_without_atomics, 1, count, r.src, r.out, n, false)
PLANTED(planted_distinct, 1, distinct, r.src, r.out, n)
PLANTED(planted_collectives, 16, collectives, r.src, r.out, n)
PLANTED(planted_blocks, 8, votes, r.src, r.out, n)
PLANTED(planted_half_barrier, 1, diverges, r.src, r.out, n, 0)
PLANTED(planted_two_barriers, 1, diverges, r.src, r.out, n, 1)
PLANTED(planted_gone_lane, 1, diverges, r.src, r.out, n, 2)
PLANTED(planted_two_masks, 1, diverges, r.src, r.out, n, 3)
PLANTED(planted_foreign_lane, 1, diverges, r.src, r.out, n, 4)
PLANTED(planted_not_named, 1, diverges, r.src, r.out, n, 5)
PLANTED(planted_early, 1, diverges, r.src, r.out, n, 6)
PLANTED(planted_behind_the_end, 1, behind, r.out, n)

int planted_touch_device(const uint32_t *src, uint32_t *out, uint32_t n)
{
    room r = {};
    const cudaError_t error = room_open(&r, src, out, n, 1);

    out[0] = *(volatile uint32_t *)r.out;
    return room_close(&r, out, error);
}

int planted_free_wild(const uint32_t *src, uint32_t *out, uint32_t n)
{
    room r = {};

    room_open(&r, src, out, n, 1);
    return (int)cudaFree(r.out + 4);
}

/* The stream is not waited for before its result is read. */
int planted_without_wait(const uint32_t *src, uint32_t *out, uint32_t n)
{
    room r = {};
    cudaStream_t stream;
    uint32_t *result;

    room_open(&r, src, out, n, 1);
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    cudaHostAlloc(&result, r.out_bytes, cudaHostAllocPortable);
    LR_LAUNCH(rotate, n / N, N, 0, stream, r.src, r.out, n, true);
    cudaMemcpyAsync(result, r.out, r.out_bytes, cudaMemcpyDeviceToHost, stream);
    memcpy(out, result, r.out_bytes);
    cudaStreamDestroy(stream);
    cudaFreeHost(result);
    cudaFree(r.src);
    cudaFree(r.out);
    cudaFree(r.state);
    return 0;
}

/* Zeros are told to the standard stream, which one that does not block never waits for. */
int planted_other_stream(const uint32_t *src, uint32_t *out, uint32_t n)
{
    room r = {};
    cudaStream_t stream;

    room_open(&r, src, out, n, 1);
    cudaMemset(r.out, 0, r.out_bytes);
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    LR_LAUNCH(count, n / N, N, 0, stream, r.src, r.out, n, true);
    cudaStreamSynchronize(stream);
    const int error = room_close(&r, out, cudaSuccess);
    cudaStreamDestroy(stream);
    return error;
}
