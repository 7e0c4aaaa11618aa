/* block_avx512.h: 64 bytes are one register, a comparison is a mask. */
#ifndef LR_BLOCK_H
#define LR_BLOCK_H

#include "base.h"

#include <immintrin.h>

typedef struct block {
    __m512i all;
} block;

/* gcc 12 would otherwise go on computing in mask registers: 7.4, not 11.4 GB/s in scan_strings. */
static inline uint64_t block_mask(__mmask64 m)
{
    uint64_t mask = m;
    __asm__("" : "+r"(mask));
    return mask;
}

static inline block block_load(const uint8_t *src)
{
    return (block){_mm512_loadu_si512(src)};
}

static inline uint64_t block_eq(block b, char c) /* bit i is set where byte i equals c */
{
    return block_mask(_mm512_cmpeq_epi8_mask(b.all, _mm512_set1_epi8(c)));
}

static inline uint64_t block_differ(block a, block b) /* where byte i of a is not that of b */
{
    return block_mask(_mm512_cmpneq_epi8_mask(a.all, b.all));
}

static inline uint64_t block_test(block b, uint8_t bits) /* where byte i has one of the bits */
{
    return block_mask(_mm512_test_epi8_mask(b.all, _mm512_set1_epi8((char)bits)));
}

static inline uint64_t block_below(block b, uint8_t c) /* where byte i < c, unsigned */
{
    return block_mask(_mm512_cmplt_epu8_mask(b.all, _mm512_set1_epi8((char)c)));
}

static inline uint64_t block_in(block b, uint8_t low,
                                uint8_t high) /* where low <= byte i <= high */
{
    return block_mask(_mm512_cmple_epu8_mask(_mm512_sub_epi8(b.all, _mm512_set1_epi8((char)low)),
                                             _mm512_set1_epi8((char)(high - low))));
}

static inline uint64_t block_unusual(block b) /* where byte i < 0x20 or >= 0x80 */
{
    return block_mask(_mm512_cmplt_epi8_mask(b.all, _mm512_set1_epi8(0x20)));
}

static inline uint64_t block_high(block b) /* where byte i >= 0x80 */
{
    return block_mask(_mm512_movepi8_mask(b.all));
}

static inline block block_or(block b, char c) /* every byte | c */
{
    return (block){_mm512_or_si512(b.all, _mm512_set1_epi8(c))};
}

static inline bool block_any4(const uint8_t *src, char c) /* is c among the 256 bytes at src? */
{
    const __m512i all = _mm512_set1_epi8(c);
    const __m512i a = _mm512_xor_si512(_mm512_loadu_si512(src), all);
    const __m512i b = _mm512_xor_si512(_mm512_loadu_si512(src + 64), all);
    const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(src + 128), all);
    const __m512i y = _mm512_xor_si512(_mm512_loadu_si512(src + 192), all);
    const __m512i least = _mm512_min_epu8(_mm512_min_epu8(a, b), _mm512_min_epu8(x, y));
    return _mm512_testn_epi8_mask(least, least) != 0;
}

static inline block block_cut(block b, size_t n) /* its first n (< 64) bytes, then spaces */
{
    return (block){_mm512_mask_blend_epi8(UINT64_MAX << n, b.all, _mm512_set1_epi8(' '))};
}

static inline block block_zero(void)
{
    return (block){_mm512_setzero_si512()};
}

static inline block block_set(uint8_t c)
{
    return (block){_mm512_set1_epi8((char)c)};
}

static inline block block_and(block a, block b)
{
    return (block){_mm512_and_si512(a.all, b.all)};
}

static inline block block_either(block a, block b)
{
    return (block){_mm512_or_si512(a.all, b.all)};
}

static inline block block_least(block a, block b) /* byte by byte, the lesser one, unsigned */
{
    return (block){_mm512_min_epu8(a.all, b.all)};
}

static inline block block_xor(block a, block b)
{
    return (block){_mm512_xor_si512(a.all, b.all)};
}

static inline block block_less(block a, uint8_t c) /* every byte - c, 0 where that is negative */
{
    return (block){_mm512_subs_epu8(a.all, _mm512_set1_epi8((char)c))};
}

static inline block block_high_nibbles(block b)
{
    return (block){_mm512_and_si512(_mm512_srli_epi16(b.all, 4), _mm512_set1_epi8(15))};
}

static inline block block_lookup(const uint8_t *table,
                                 block b) /* table[byte], for bytes below 16 */
{
    const __m512i all = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
    return (block){_mm512_shuffle_epi8(all, b.all)};
}

static inline bool block_is_zero(block b)
{
    return _mm512_test_epi8_mask(b.all, b.all) == 0;
}

/* The bytes one, two and three before those of b, where last is the block before it. */
static inline block block_before1(block last, block b)
{
    return (block){_mm512_alignr_epi8(b.all, _mm512_alignr_epi32(b.all, last.all, 12), 15)};
}

static inline block block_before2(block last, block b)
{
    return (block){_mm512_alignr_epi8(b.all, _mm512_alignr_epi32(b.all, last.all, 12), 14)};
}

static inline block block_before3(block last, block b)
{
    return (block){_mm512_alignr_epi8(b.all, _mm512_alignr_epi32(b.all, last.all, 12), 13)};
}

static inline void block_store(uint8_t *out, block b)
{
    _mm512_storeu_si512(out, b.all);
}

#include "simd/prefix_xor.h"
#endif
