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

/* The bits 0x80 of four bytes, side by side: bit i for byte i. */
LR_HD uint32_t lr_word_bits(uint32_t marks)
{
    return (marks >> 7) * 0x10204080u >> 28;
}

/* Of the 16 bytes in w, those that equal c. */
LR_HD uint32_t lr_mask_eq(const uint32_t w[4], uint8_t c)
{
    return lr_word_bits(lr_word_eq(w[0], c)) | lr_word_bits(lr_word_eq(w[1], c)) << 4 |
           lr_word_bits(lr_word_eq(w[2], c)) << 8 | lr_word_bits(lr_word_eq(w[3], c)) << 12;
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
    return lr_word_bits(w[0] & 0x80808080u) | lr_word_bits(w[1] & 0x80808080u) << 4 |
           lr_word_bits(w[2] & 0x80808080u) << 8 | lr_word_bits(w[3] & 0x80808080u) << 12;
}

/* Those from '0' to '9'. */
LR_HD uint32_t lr_mask_digits(const uint32_t w[4])
{
    uint32_t mask = 0;

    for (int i = 0; i < 4; i++) { /* in 0x30 to 0x3F, and below 0x3A */
        const uint32_t low = w[i] & 0x7F7F7F7Fu;
        const uint32_t from_0 = low + 0x50505050u, from_colon = low + 0x46464646u;
        mask |= lr_word_bits(from_0 & ~from_colon & ~w[i] & 0x80808080u) << (4 * i);
    }
    return mask;
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
