/* gpu_words.h: of 16 bytes in words, those that equal one: where that is all that is asked, it takes less
 * than planes do. And words that stand anywhere. */
#ifndef LR_GPU_WORDS_H
#define LR_GPU_WORDS_H

#include "base.h"
#include "device.h"

/* 0x80 in each byte of x that equals c, 0 in the others (exact: no carry leaves a byte). */
LR_HD uint32_t lr_word_eq(uint32_t x, uint8_t c)
{
    const uint32_t t = x ^ (c * 0x01010101u);
    return ~(((t & 0x7F7F7F7Fu) + 0x7F7F7F7Fu) | t | 0x7F7F7F7Fu);
}

/* The sum of the four products of bytes, and sum: one instruction of a device. */
LR_HD uint32_t lr_dot4(uint32_t a, uint32_t b, uint32_t sum)
{
#ifdef __CUDA_ARCH__
    return __dp4a(a, b, sum);
#else
    for (int i = 0; i < 32; i += 8)
        sum += (a >> i & 0xFF) * (b >> i & 0xFF);
    return sum;
#endif
}

/* The bits 0x80 of 16 bytes, side by side: bit i for byte i. */
LR_HD uint32_t lr_mask_of(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t low = lr_dot4(b, 0x80402010u, lr_dot4(a, 0x08040201u, 0));
    const uint32_t high = lr_dot4(d, 0x80402010u, lr_dot4(c, 0x08040201u, 0));
    return low >> 7 | high << 1;
}

/* Of the 16 bytes in w, those that equal c. */
LR_HD uint32_t lr_mask_eq(const uint32_t w[4], uint8_t c)
{
    return lr_mask_of(lr_word_eq(w[0], c), lr_word_eq(w[1], c), lr_word_eq(w[2], c),
                      lr_word_eq(w[3], c));
}

/* Word i of those that stand at src[at], which need not be aligned, as src is; up to four bytes more are read. */
static __device__ uint32_t load_word(const uint8_t *src, uint32_t at, uint32_t i)
{
    const uint32_t *from = (const uint32_t *)(src + (at & ~3u)) + i;

    return __funnelshift_r(from[0], from[1], at % 4 * 8);
}

/* The eight bytes at src[at]. */
static __device__ uint64_t load_eight(const uint8_t *src, uint32_t at)
{
    return load_word(src, at, 0) | (uint64_t)load_word(src, at, 1) << 32;
}

#endif
