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
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
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

static inline uint64_t block_in(block b, uint8_t low,
                                uint8_t high) /* where low <= byte i <= high */
{
    const __m256i from = _mm256_set1_epi8((char)low), width = _mm256_set1_epi8((char)(high - low));
    const __m256i x = _mm256_sub_epi8(b.low, from), y = _mm256_sub_epi8(b.high, from);
    return block_mask(_mm256_cmpeq_epi8(_mm256_min_epu8(x, width), x),
                      _mm256_cmpeq_epi8(_mm256_min_epu8(y, width), y));
}

static inline uint64_t block_differ(block a, block b) /* where byte i of a is not that of b */
{
    return ~block_mask(_mm256_cmpeq_epi8(a.low, b.low), _mm256_cmpeq_epi8(a.high, b.high));
}

static inline uint64_t block_test(block b, uint8_t bits) /* where byte i has one of the bits */
{
    const __m256i all = _mm256_set1_epi8((char)bits), none = _mm256_setzero_si256();
    return ~block_mask(_mm256_cmpeq_epi8(_mm256_and_si256(b.low, all), none),
                       _mm256_cmpeq_epi8(_mm256_and_si256(b.high, all), none));
}

static inline uint64_t block_below(block b, uint8_t c) /* where byte i < c, unsigned; c > 0 */
{
    return block_in(b, 0, (uint8_t)(c - 1));
}

static inline uint64_t block_unusual(block b) /* where byte i < 0x20 or >= 0x80 */
{
    const __m256i all = _mm256_set1_epi8(0x20);
    return block_mask(_mm256_cmpgt_epi8(all, b.low), _mm256_cmpgt_epi8(all, b.high));
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

static inline block block_cut(block b, size_t n) /* its first n (< 64) bytes, then spaces */
{
    static const uint8_t edge[128] = {[64 ... 127] = 0xFF};
    const __m256i space = _mm256_set1_epi8(' ');
    return (block){
        _mm256_blendv_epi8(b.low, space, _mm256_loadu_si256((const __m256i *)(edge + 64 - n))),
        _mm256_blendv_epi8(b.high, space, _mm256_loadu_si256((const __m256i *)(edge + 96 - n)))};
}

static inline block block_zero(void)
{
    return (block){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

static inline block block_set(uint8_t c)
{
    return (block){_mm256_set1_epi8((char)c), _mm256_set1_epi8((char)c)};
}

static inline block block_and(block a, block b)
{
    return (block){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
}

static inline block block_either(block a, block b)
{
    return (block){_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
}

static inline block block_least(block a, block b) /* byte by byte, the lesser one, unsigned */
{
    return (block){_mm256_min_epu8(a.low, b.low), _mm256_min_epu8(a.high, b.high)};
}

static inline block block_xor(block a, block b)
{
    return (block){_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high)};
}

static inline block block_less(block a, uint8_t c) /* every byte - c, 0 where that is negative */
{
    const __m256i all = _mm256_set1_epi8((char)c);
    return (block){_mm256_subs_epu8(a.low, all), _mm256_subs_epu8(a.high, all)};
}

static inline block block_high_nibbles(block b)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    return (block){_mm256_and_si256(_mm256_srli_epi16(b.low, 4), nibble),
                   _mm256_and_si256(_mm256_srli_epi16(b.high, 4), nibble)};
}

static inline block block_lookup(const uint8_t *table,
                                 block b) /* table[byte], for bytes below 16 */
{
    const __m256i all = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
    return (block){_mm256_shuffle_epi8(all, b.low), _mm256_shuffle_epi8(all, b.high)};
}

static inline bool block_is_zero(block b)
{
    const __m256i any = _mm256_or_si256(b.low, b.high);
    return _mm256_testz_si256(any, any);
}

/* The bytes one, two and three before those of b, where last is the block before it. */
static inline block block_before1(block last, block b)
{
    return (block){_mm256_alignr_epi8(b.low, _mm256_permute2x128_si256(last.high, b.low, 0x21), 15),
                   _mm256_alignr_epi8(b.high, _mm256_permute2x128_si256(b.low, b.high, 0x21), 15)};
}

static inline block block_before2(block last, block b)
{
    return (block){_mm256_alignr_epi8(b.low, _mm256_permute2x128_si256(last.high, b.low, 0x21), 14),
                   _mm256_alignr_epi8(b.high, _mm256_permute2x128_si256(b.low, b.high, 0x21), 14)};
}

static inline block block_before3(block last, block b)
{
    return (block){_mm256_alignr_epi8(b.low, _mm256_permute2x128_si256(last.high, b.low, 0x21), 13),
                   _mm256_alignr_epi8(b.high, _mm256_permute2x128_si256(b.low, b.high, 0x21), 13)};
}

static inline void block_store(uint8_t *out, block b)
{
    _mm256_storeu_si256((__m256i *)out, b.low);
    _mm256_storeu_si256((__m256i *)(out + 32), b.high);
}

#include "simd/prefix_xor.h"
#endif
