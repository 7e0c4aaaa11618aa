/* block_avx2.h: 64 bytes are two registers, a comparison is two moves of signs. */
#ifndef LR_BLOCK_H
#define LR_BLOCK_H

#include "base.h"

#include <immintrin.h>

typedef struct block {
    __m256i low, high;
} block;

static inline uint64_t block_mask(__m256i low, __m256i high) /* the top bit of every byte */
{
    return (uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline block block_load(const uint8_t *src)
{
    return (block){_mm256_loadu_si256((const __m256i *)src),
                   _mm256_loadu_si256((const __m256i *)(src + 32))};
}

static inline uint64_t block_eq(block b, char c) /* bit i is set where byte i equals c */
{
    const __m256i all = _mm256_set1_epi8(c);
    return block_mask(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}

static inline uint64_t block_in(block b, uint8_t low, uint8_t high) /* where low <= byte i <= high */
{
    const __m256i from = _mm256_set1_epi8((char)low), width = _mm256_set1_epi8((char)(high - low));
    const __m256i x = _mm256_sub_epi8(b.low, from), y = _mm256_sub_epi8(b.high, from);
    return block_mask(_mm256_cmpeq_epi8(_mm256_min_epu8(x, width), x),
                      _mm256_cmpeq_epi8(_mm256_min_epu8(y, width), y));
}

static inline uint64_t block_below(block b, uint8_t c) /* where byte i < c, unsigned; c > 0 */
{
    return block_in(b, 0, (uint8_t)(c - 1));
}

static inline uint64_t block_high(block b) /* where byte i >= 0x80 */
{
    return block_mask(b.low, b.high);
}

static inline block block_or(block b, char c) /* every byte | c */
{
    const __m256i all = _mm256_set1_epi8(c);
    return (block){_mm256_or_si256(b.low, all), _mm256_or_si256(b.high, all)};
}

static inline bool block_any4(const uint8_t *src, char c) /* is c among the 256 bytes at src? */
{
    const __m256i all = _mm256_set1_epi8(c);
    __m256i any = _mm256_setzero_si256();
    for (int i = 0; i < 256; i += 32)
        any = _mm256_or_si256(
            any, _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(src + i)), all));
    return !_mm256_testz_si256(any, any);
}

#include "simd/prefix_xor.h"
#endif
