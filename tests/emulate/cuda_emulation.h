/*
 * cuda_emulation.h: CUDA's names, emulated: what device.h includes where LR_EMULATED is defined. For C++ only.
 * What is missing here is added when a kernel needs it.
 */
#ifndef LR_CUDA_EMULATION_H
#define LR_CUDA_EMULATION_H

#include "emulate.h"
#include "emulate_runtime.h"

#include <stdlib.h>
#include <string.h>
#include <tuple>
#include <type_traits>

#define __host__
#define __device__
#define __global__
#define __constant__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("lr_shared")))

#define threadIdx lr_emulated.thread
#define blockIdx lr_emulated.block
#define blockDim lr_emulated.block_dim
#define gridDim lr_emulated.grid_dim
#define warpSize 32

#define LR_EMULATE_STRING_(x) #x
#define LR_EMULATE_STRING(x) LR_EMULATE_STRING_(x)
#define LR_EMULATE_HERE __FILE__ ":" LR_EMULATE_STRING(__LINE__)

struct uint2 {
    unsigned x, y;
} __attribute__((aligned(8)));
struct uint4 {
    unsigned x, y, z, w;
} __attribute__((aligned(16)));
struct ulonglong2 {
    unsigned long long x, y;
} __attribute__((aligned(16)));
typedef struct uint2 uint2;
typedef struct uint4 uint4;
typedef struct ulonglong2 ulonglong2;

static inline uint2 make_uint2(unsigned x, unsigned y)
{
    return uint2{x, y};
}

static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w)
{
    return uint4{x, y, z, w};
}

static inline ulonglong2 make_ulonglong2(unsigned long long x, unsigned long long y)
{
    return ulonglong2{x, y};
}

/* Together. */
#define __syncthreads() ((void)lr_emulate_block(LR_EMULATE_BARRIER, 0, LR_EMULATE_HERE))
#define __syncthreads_or(x) lr_emulate_block(LR_EMULATE_BARRIER_OR, (x) != 0, LR_EMULATE_HERE)
#define __syncthreads_and(x) lr_emulate_block(LR_EMULATE_BARRIER_AND, (x) != 0, LR_EMULATE_HERE)
#define __syncthreads_count(x) lr_emulate_block(LR_EMULATE_BARRIER_COUNT, (x) != 0, LR_EMULATE_HERE)

#define LR_EMULATE_VOTE(call, mask, x) lr_emulate_warp(call, mask, (x) != 0, 0, LR_EMULATE_HERE)
#define LR_EMULATE_MASK(...) LR_EMULATE_MASK_(__VA_ARGS__ __VA_OPT__(, ) 0xFFFFFFFFu)
#define LR_EMULATE_MASK_(mask, ...) (mask)
#define __syncwarp(...)                                                                            \
    ((void)LR_EMULATE_VOTE(LR_EMULATE_SYNCWARP, LR_EMULATE_MASK(__VA_ARGS__), 0))
#define __ballot_sync(mask, x) ((unsigned)LR_EMULATE_VOTE(LR_EMULATE_BALLOT, mask, x))
#define __any_sync(mask, x) ((int)LR_EMULATE_VOTE(LR_EMULATE_ANY, mask, x))
#define __all_sync(mask, x) ((int)LR_EMULATE_VOTE(LR_EMULATE_ALL, mask, x))
#define __match_any_sync(mask, x)                                                                  \
    ((unsigned)lr_emulate_warp(LR_EMULATE_MATCH, mask, (uint64_t)(x), 0, LR_EMULATE_HERE))
#define __activemask() lr_emulate_active()

enum lr_emulate_way { LR_EMULATE_INDEX, LR_EMULATE_UP, LR_EMULATE_DOWN, LR_EMULATE_XOR };

/* The lane that a shuffle reads: see the CUDA C++ Programming Guide, warp shuffle functions. */
static inline unsigned lr_emulate_source(lr_emulate_way way, unsigned by, unsigned width)
{
    const unsigned lane = threadIdx.x % 32, base = lane & ~(width - 1);

    switch (way) {
    case LR_EMULATE_UP:
        return lane >= base + by ? lane - by : lane;
    case LR_EMULATE_DOWN:
        return lane + by < base + width ? lane + by : lane;
    case LR_EMULATE_XOR:
        return (lane ^ by) < base + width ? (lane ^ by) & 31 : lane;
    default:
        return base | (by & (width - 1));
    }
}

template <typename T>
static inline T lr_emulate_shuffle(const char *where, lr_emulate_way way, unsigned mask, T x,
                                   unsigned by, unsigned width = 32)
{
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable<T>::value, "a number");
    uint64_t bits = 0;

    memcpy(&bits, &x, sizeof x);
    bits =
        lr_emulate_warp(LR_EMULATE_SHUFFLE, mask, bits, lr_emulate_source(way, by, width), where);
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define __shfl_sync(...) lr_emulate_shuffle(LR_EMULATE_HERE, LR_EMULATE_INDEX, __VA_ARGS__)
#define __shfl_up_sync(...) lr_emulate_shuffle(LR_EMULATE_HERE, LR_EMULATE_UP, __VA_ARGS__)
#define __shfl_down_sync(...) lr_emulate_shuffle(LR_EMULATE_HERE, LR_EMULATE_DOWN, __VA_ARGS__)
#define __shfl_xor_sync(...) lr_emulate_shuffle(LR_EMULATE_HERE, LR_EMULATE_XOR, __VA_ARGS__)

/* Of a whole warp. */
static inline unsigned lr_emulate_sum(const char *where, unsigned mask, unsigned x)
{
    for (unsigned by = 16; by > 0; by /= 2)
        x += lr_emulate_shuffle(where, LR_EMULATE_XOR, mask, x, by);
    return x;
}

#define __reduce_add_sync(mask, x) lr_emulate_sum(LR_EMULATE_HERE, mask, x)

/* Fences and atomic operations: one fiber runs at a time, so that they are plain; each may be followed by a
 * switch. */
extern "C" void __sanitizer_cov_trace_pc(void);
#define __threadfence() __sanitizer_cov_trace_pc()
#define __threadfence_block() __sanitizer_cov_trace_pc()
#define __threadfence_system() __sanitizer_cov_trace_pc()
#define __nanosleep(n) lr_emulate_spin()

static inline void lr_spin(void)
{
    lr_emulate_spin();
}

template <typename T> struct lr_same {
    typedef T type;
};

/* One instruction, for a fiber may be stopped wherever a basic block begins. */
template <typename T> static inline bool lr_emulate_exchange(T *at, T *compare, T x)
{
    return __atomic_compare_exchange_n(at, compare, x, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

#define LR_EMULATE_ATOMIC(name, expression)                                                        \
    template <typename T> static inline T name(T *at, typename lr_same<T>::type x)                 \
    {                                                                                              \
        T old = *at;                                                                               \
        __sanitizer_cov_trace_pc();                                                                \
        while (!lr_emulate_exchange(at, &old, (T)(expression)))                                    \
            ;                                                                                      \
        __sanitizer_cov_trace_pc();                                                                \
        return old;                                                                                \
    }
LR_EMULATE_ATOMIC(atomicAdd, old + x)
LR_EMULATE_ATOMIC(atomicSub, old - x)
LR_EMULATE_ATOMIC(atomicExch, x)
LR_EMULATE_ATOMIC(atomicMin, old < x ? old : x)
LR_EMULATE_ATOMIC(atomicMax, old > x ? old : x)
LR_EMULATE_ATOMIC(atomicAnd, old &x)
LR_EMULATE_ATOMIC(atomicOr, old | x)
LR_EMULATE_ATOMIC(atomicXor, old ^ x)

template <typename T>
static inline T atomicCAS(T *at, typename lr_same<T>::type compare, typename lr_same<T>::type x)
{
    T old = compare;

    __sanitizer_cov_trace_pc();
    lr_emulate_exchange(at, &old, (T)x);
    __sanitizer_cov_trace_pc();
    return old;
}

template <typename T> static inline T __ldg(const T *at)
{
    return *at;
}

template <typename T> static inline T __ldcg(const T *at)
{
    return *at;
}

template <typename T> static inline T __ldcs(const T *at)
{
    return *at;
}

/* Bits. Arguments are as wide as CUDA's, so that a wrong width shows. */
static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}

static inline int __popcll(unsigned long long x)
{
    return __builtin_popcountll(x);
}

static inline int __ffs(int x)
{
    return __builtin_ffs(x);
}

static inline int __ffsll(long long x)
{
    return __builtin_ffsll(x);
}

static inline int __clz(int x)
{
    return x == 0 ? 32 : __builtin_clz((unsigned)x);
}

static inline int __clzll(long long x)
{
    return x == 0 ? 64 : __builtin_clzll((unsigned long long)x);
}

static inline unsigned __brev(unsigned x)
{
    unsigned out = 0;

    for (int i = 0; i < 32; i++)
        out |= (x >> i & 1) << (31 - i);
    return out;
}

static inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned n)
{
    return (unsigned)((((uint64_t)high << 32 | low) << (n & 31)) >> 32);
}

static inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned n)
{
    return (unsigned)(((uint64_t)high << 32 | low) >> (n & 31));
}

static inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector)
{
    const uint64_t bytes = (uint64_t)y << 32 | x;
    unsigned out = 0;

    for (int i = 0; i < 4; i++) {
        const unsigned byte = (unsigned)(bytes >> 8 * (selector >> 4 * i & 7)) & 0xFF;
        const bool sign = (selector >> 4 * i & 8) != 0;
        out |= (sign ? (byte >> 7) * 0xFF : byte) << 8 * i;
    }
    return out;
}

#define LR_EMULATE_BYTES(name, expression)                                                         \
    static inline unsigned name(unsigned x, unsigned y)                                            \
    {                                                                                              \
        unsigned out = 0;                                                                          \
        for (int i = 0; i < 32; i += 8) {                                                          \
            const unsigned a = x >> i & 0xFF, b = y >> i & 0xFF;                                   \
            out |= (expression ? 0xFFu : 0u) << i;                                                 \
        }                                                                                          \
        return out;                                                                                \
    }
LR_EMULATE_BYTES(__vcmpeq4, a == b)
LR_EMULATE_BYTES(__vcmpne4, a != b)
LR_EMULATE_BYTES(__vcmpltu4, a < b)
LR_EMULATE_BYTES(__vcmpleu4, a <= b)
LR_EMULATE_BYTES(__vcmpgtu4, a > b)
LR_EMULATE_BYTES(__vcmpgeu4, a >= b)

/* The sum of c and the products of the bytes of a and b. */
static inline unsigned __dp4a(unsigned a, unsigned b, unsigned c)
{
    for (int i = 0; i < 32; i += 8)
        c += (a >> i & 0xFF) * (b >> i & 0xFF);
    return c;
}

static inline int __dp4a(int a, int b, int c)
{
    for (int i = 0; i < 32; i += 8)
        c += (int8_t)(a >> i) * (int8_t)(b >> i);
    return c;
}

static inline unsigned __umulhi(unsigned x, unsigned y)
{
    return (unsigned)((uint64_t)x * y >> 32);
}

static inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y)
{
    return (unsigned long long)((unsigned __int128)x * y >> 64);
}

/* A launch: the arguments are copied when it is told, as CUDA does it. */
template <typename... Parameters> struct lr_emulate_kernel {
    void (*kernel)(Parameters...);
    std::tuple<std::decay_t<Parameters>...> arguments;

    static void enter(void *self)
    {
        const lr_emulate_kernel *k = (const lr_emulate_kernel *)self;
        std::apply(k->kernel, k->arguments);
    }
};

template <typename... Parameters, typename... Arguments>
static inline void lr_emulate_start(const char *name, void (*kernel)(Parameters...), unsigned grid,
                                    unsigned block, size_t shared_bytes, cudaStream_t stream,
                                    Arguments... arguments)
{
    typedef lr_emulate_kernel<Parameters...> Kernel;
    static_assert((sizeof(Parameters) + ... + 0) <= 4096, "4 KiB of parameters");
    static_assert((std::is_trivially_copyable<std::decay_t<Parameters>>::value && ...),
                  "plain data");
    const lr_emulate_launch launch = {name, grid, block, shared_bytes, Kernel::enter};
    const Kernel k = {kernel, {arguments...}};
    lr_emulate_enqueue(&launch, &k, sizeof k, stream);
}

#define LR_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                  \
    lr_emulate_start(#kernel, kernel, grid, block, shared_bytes, stream, __VA_ARGS__)

/* Of the runtime, what is a template there too. */
template <typename T> static inline cudaError_t cudaMalloc(T **out, size_t n)
{
    return cudaMalloc((void **)out, n);
}

template <typename T> static inline cudaError_t cudaHostAlloc(T **out, size_t n, unsigned flags)
{
    return cudaHostAlloc((void **)out, n, flags);
}

template <typename T>
static inline cudaError_t cudaMemcpyToSymbol(T &symbol, const void *src, size_t n, size_t at = 0)
{
    memcpy((char *)&symbol + at, src, n);
    return cudaSuccess;
}

template <typename T> static inline cudaError_t cudaFuncSetAttribute(T *, cudaFuncAttribute, int)
{
    return cudaSuccess;
}

template <typename T>
static inline cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *n, T *, int, size_t)
{
    *n = 2;
    return cudaSuccess;
}

#endif
