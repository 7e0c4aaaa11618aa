/*
 * gpu_planes.h: the 32 bytes of a lane as eight planes: bit i of plane b is bit b of byte i. What a byte is, is
 * then a formula of its bits for all 32 at once (Cameron, Herdy and Lin 2008): two or three
 * instructions a class, where comparing words takes 52.
 */
#ifndef LR_GPU_PLANES_H
#define LR_GPU_PLANES_H

#include "base.h"
#include "gpu_warp.h"

typedef struct lr_planes {
    uint32_t bit[8];
} lr_planes;

/* Byte i of out[j] is byte j of word i. */
static __device__ void transpose_bytes(uint32_t a, uint32_t b, uint32_t c, uint32_t d,
                                       uint32_t out[4])
{
    const uint32_t ab = __byte_perm(a, b, 0x5140), cd = __byte_perm(c, d, 0x5140);
    const uint32_t high_ab = __byte_perm(a, b, 0x7362), high_cd = __byte_perm(c, d, 0x7362);

    out[0] = __byte_perm(ab, cd, 0x5410);
    out[1] = __byte_perm(ab, cd, 0x7632);
    out[2] = __byte_perm(high_ab, high_cd, 0x5410);
    out[3] = __byte_perm(high_ab, high_cd, 0x7632);
}

/* Exchanges the bits of a that are not in mask with those of b that are, `by` places apart. */
static __device__ void swap_bits(uint32_t *a, uint32_t *b, uint32_t mask, int by)
{
    const uint32_t low = (*a & mask) | (*b << by & ~mask);

    *b = (*a >> by & mask) | (*b & ~mask);
    *a = low;
}

/* The planes of the words of 32 bytes. */
static __device__ lr_planes planes_of(uint4 first, uint4 second)
{
    lr_planes x;

    /* Byte k of row j is byte 8 k + j; then three exchanges make rows of bits (Warren 2012, 7-3). */
    transpose_bytes(first.x, first.z, second.x, second.z, x.bit);
    transpose_bytes(first.y, first.w, second.y, second.w, x.bit + 4);
    for (int j = 0; j < 4; j++)
        swap_bits(&x.bit[j], &x.bit[j + 4], 0x0F0F0F0Fu, 4);
    for (int j = 0; j < 2; j++) {
        swap_bits(&x.bit[j], &x.bit[j + 2], 0x33333333u, 2);
        swap_bits(&x.bit[j + 4], &x.bit[j + 6], 0x33333333u, 2);
    }
    for (int j = 0; j < 8; j += 2)
        swap_bits(&x.bit[j], &x.bit[j + 1], 0x55555555u, 1);
    return x;
}

/* The bytes that equal c, in those bits of it that `care` has. */
static __device__ uint32_t bytes_like(const lr_planes *x, uint32_t c, uint32_t care)
{
    uint32_t mask = 0xFFFFFFFFu;

    for (int b = 7; b >= 0; b--)
        if ((care >> b & 1) != 0)
            mask &= (c >> b & 1) != 0 ? x->bit[b] : ~x->bit[b];
    return mask;
}

static __device__ uint32_t bytes_eq(const lr_planes *x, uint32_t c)
{
    return bytes_like(x, c, 0xFF);
}

/* The same of a byte that is known only when it runs: differs[b] is 0 where its bit b is set, else all bits. */
static __device__ uint32_t bytes_same(const lr_planes *x, const uint32_t *differs, uint32_t care)
{
    uint32_t mask = 0xFFFFFFFFu;

    for (int b = 7; b >= 0; b--)
        if ((care >> b & 1) != 0)
            mask &= x->bit[b] ^ differs[b];
    return mask;
}

/* '0' to '9' */
static __device__ uint32_t bytes_digits(const lr_planes *x)
{
    return bytes_like(x, '0', 0xF0) & ~(x->bit[3] & (x->bit[2] | x->bit[1]));
}

/* A hexadecimal digit */
static __device__ uint32_t bytes_hex(const lr_planes *x)
{
    const uint32_t all = x->bit[2] & x->bit[1] & x->bit[0];
    const uint32_t any = x->bit[2] | x->bit[1] | x->bit[0];
    return bytes_digits(x) | (bytes_like(x, 0x40, 0xD8) & any & ~all);
}

/* [A-Za-z0-9_] */
static __device__ uint32_t bytes_word(const lr_planes *x)
{
    const uint32_t *b = x->bit;
    const uint32_t zero = ~(b[4] | b[3] | b[2] | b[1] | b[0]);
    const uint32_t above = b[4] & b[3] & (b[2] | (b[1] & b[0])); /* 27 and more */
    return bytes_digits(x) | (bytes_like(x, 0x40, 0xC0) & ~zero & ~above) | bytes_eq(x, '_');
}

/* Below 0x20 */
static __device__ uint32_t bytes_control(const lr_planes *x)
{
    return bytes_like(x, 0, 0xE0);
}

/* Of the bytes of which `backslashes` are, those that escape the next one: see lr_escapes. */
static __device__ uint32_t escapes_of(uint32_t backslashes, uint32_t first_is_escaped)
{
    const uint32_t odd = 0xAAAAAAAAu, candidates = backslashes & ~first_is_escaped;
    return (((candidates << 1 | odd) - candidates) ^ odd) & backslashes;
}

/* Of the 32 bytes at `at`, those in [begin, end). */
static __device__ uint32_t bytes_between(uint32_t at, uint32_t begin, uint32_t end)
{
    uint32_t mask = 0xFFFFFFFFu;

    if (at < begin)
        mask = begin - at < 32 ? mask << (begin - at) : 0;
    if (end < at + 32)
        mask = end > at ? mask & 0xFFFFFFFFu >> (32 - (end - at)) : 0;
    return mask;
}

/* x moved up by n (1 to 31) bytes; `before` is that of the lane before. */
static __device__ uint32_t behind_by(uint32_t before, uint32_t x, uint32_t n)
{
    return __funnelshift_l(before, x, n);
}

#endif
