/* prefix_xor.h: what both vector tiers do with one carry-less multiplication. */
#ifndef LR_PREFIX_XOR_H
#define LR_PREFIX_XOR_H

/* Bit i of the result is the xor of bits 0 to i of x: between pairs of quotes it is 1. The product
 * with all ones without carries (Langdale and Lemire 2019, 3.1.1). */
static inline uint64_t lr_prefix_xor(uint64_t x)
{
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)x), _mm_set1_epi8((char)0xFF), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

#endif
