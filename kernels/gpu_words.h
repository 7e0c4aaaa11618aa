/* gpu_words.h: four bytes at a time in a word, and 16 in a lane of a warp: masks without vector registers. */
#ifndef LR_GPU_WORDS_H
#define LR_GPU_WORDS_H

#include "base.h"

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

/* Those in which the bit is set. */
LR_HD uint32_t lr_mask_bit(const uint32_t w[4], int bit)
{
    return lr_mask_of(w[0] << (7 - bit) & 0x80808080u, w[1] << (7 - bit) & 0x80808080u,
                      w[2] << (7 - bit) & 0x80808080u, w[3] << (7 - bit) & 0x80808080u);
}

/* Those that equal c once the bits `fold` are set in them. */
LR_HD uint32_t lr_mask_eq_folded(const uint32_t w[4], uint8_t fold, uint8_t c)
{
    const uint32_t bits = fold * 0x01010101u;
    const uint32_t folded[4] = {w[0] | bits, w[1] | bits, w[2] | bits, w[3] | bits};
    return lr_mask_eq(folded, c);
}

/* Those below 0x20. */
LR_HD uint32_t lr_mask_control(const uint32_t w[4])
{
    const uint32_t high[4] = {w[0] & 0xE0E0E0E0u, w[1] & 0xE0E0E0E0u, w[2] & 0xE0E0E0E0u,
                              w[3] & 0xE0E0E0E0u};
    return lr_mask_eq(high, 0);
}

/* Those from 0x80 on. */
LR_HD uint32_t lr_mask_high(const uint32_t w[4])
{
    return lr_mask_bit(w, 7);
}

/* 0x80 in each byte of x from low to high, which are below 0x80. */
LR_HD uint32_t lr_word_range(uint32_t x, uint32_t low, uint32_t high)
{
    const uint32_t seven = x & 0x7F7F7F7Fu;
    return (seven + (0x80 - low) * 0x01010101u) & ~(seven + (0x7F - high) * 0x01010101u) & ~x &
           0x80808080u;
}

/* Those from low to high, which are below 0x80, once the bits `fold` are set in them. */
LR_HD uint32_t lr_mask_range(const uint32_t w[4], uint32_t fold, uint32_t low, uint32_t high)
{
    const uint32_t bits = fold * 0x01010101u;
    return lr_mask_of(lr_word_range(w[0] | bits, low, high), lr_word_range(w[1] | bits, low, high),
                      lr_word_range(w[2] | bits, low, high), lr_word_range(w[3] | bits, low, high));
}

/* Those from '0' to '9'. */
LR_HD uint32_t lr_mask_digits(const uint32_t w[4])
{
    return lr_mask_range(w, 0, '0', '9');
}

/* Bit i is set where an odd number of the bits 0 to i are. */
LR_HD uint32_t lr_prefix_xor16(uint32_t x)
{
    x ^= x << 1;
    x ^= x << 2;
    x ^= x << 4;
    x ^= x << 8;
    return x & 0xFFFF;
}

/* Of 16 bytes of which `backslashes` are, those that escape the next byte: see lr_escapes. */
LR_HD uint32_t lr_escapes16(uint32_t backslashes, uint32_t first_is_escaped)
{
    const uint32_t odd = 0xAAAAAAAAu, candidates = backslashes & ~first_is_escaped;
    return (((candidates << 1 | odd) - candidates) ^ odd) & backslashes;
}

/* Of the 16 bytes at `at`, those in [begin, end). */
LR_HD uint32_t lr_mask_between(uint32_t at, uint32_t begin, uint32_t end)
{
    uint32_t mask = 0xFFFF;

    if (at < begin)
        mask = begin - at < 16 ? mask & (0xFFFFu << (begin - at)) : 0;
    if (end < at + 16)
        mask = end > at ? mask & (0xFFFFu >> (16 - (end - at))) : 0;
    return mask & 0xFFFF;
}

#endif
