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

static inline uint64_t block_below(block b, uint8_t c) /* where byte i < c, unsigned */
{
    return block_mask(_mm512_cmplt_epu8_mask(b.all, _mm512_set1_epi8((char)c)));
}

static inline uint64_t block_in(block b, uint8_t low, uint8_t high) /* where low <= byte i <= high */
{
    return block_mask(_mm512_cmple_epu8_mask(_mm512_sub_epi8(b.all, _mm512_set1_epi8((char)low)),
                                             _mm512_set1_epi8((char)(high - low))));
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

#include "simd/prefix_xor.h"
#endif
