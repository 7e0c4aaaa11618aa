/*
 * utf8_simd.h: UTF-8 by three lookups per byte; instantiated once per tier.
 *
 * Every fault shows in two bytes in a row, or in a continuation byte that is missing or too many
 * (Keiser and Lemire 2020, section 6). Tables give the faults that the high and the low half of the
 * first byte and the high half of the second one allow; what all three allow has happened.
 */
#include "parse/utf8_core.h"

/* The faults, a bit each. */
#define TOO_SHORT 0x01  /* a first byte, then none that continues */
#define TOO_LONG 0x02   /* ASCII, then one that continues */
#define OVERLONG_3 0x04 /* E0, then 80 to 9F */
#define TOO_LARGE 0x08  /* F4 to FF, then 90 to BF */
#define SURROGATE 0x10  /* ED, then A0 to BF */
#define OVERLONG_2 0x20 /* C0 or C1 */
#define OVERLONG_4 0x40 /* F0, then 80 to 8F; or F5 to FF, then 80 to 8F */
#define TWO_MORE 0x80   /* two that continue: right as third and fourth byte only */
#define CARRY (TOO_SHORT | TOO_LONG | TWO_MORE)

static const uint8_t utf8_first_high[16] = {
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TWO_MORE,
    TWO_MORE,
    TWO_MORE,
    TWO_MORE,
    TOO_SHORT | OVERLONG_2,             /* C */
    TOO_SHORT,                          /* D */
    TOO_SHORT | OVERLONG_3 | SURROGATE, /* E */
    TOO_SHORT | TOO_LARGE | OVERLONG_4, /* F */
};

static const uint8_t utf8_first_low[16] = {
    CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, /* 0 */
    CARRY | OVERLONG_2,
    CARRY,
    CARRY,
    CARRY | TOO_LARGE, /* 4 */
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4, /* 8 */
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4, /* C */
    CARRY | TOO_LARGE | OVERLONG_4 | SURROGATE,
    CARRY | TOO_LARGE | OVERLONG_4,
    CARRY | TOO_LARGE | OVERLONG_4,
};

static const uint8_t utf8_second_high[16] = {
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_LONG | OVERLONG_2 | TWO_MORE | OVERLONG_3 | OVERLONG_4, /* 8 */
    TOO_LONG | OVERLONG_2 | TWO_MORE | OVERLONG_3 | TOO_LARGE,  /* 9 */
    TOO_LONG | OVERLONG_2 | TWO_MORE | SURROGATE | TOO_LARGE,   /* A */
    TOO_LONG | OVERLONG_2 | TWO_MORE | SURROGATE | TOO_LARGE,   /* B */
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
};

#undef TOO_SHORT
#undef TOO_LONG
#undef OVERLONG_3
#undef TOO_LARGE
#undef SURROGATE
#undef OVERLONG_2
#undef OVERLONG_4
#undef TWO_MORE
#undef CARRY

/* What is not zero where there is a fault that ends in b. last is the block before it. A sequence that
 * b cuts off is none yet: what follows shows it (an ASCII byte behind the text, at the latest). */
static inline block utf8_faults(block last, block b)
{
    const block before1 = block_before1(last, b);
    const block faults =
        block_and(block_and(block_lookup(utf8_first_high, block_high_nibbles(before1)),
                            block_lookup(utf8_first_low, block_and(before1, block_set(15)))),
                  block_lookup(utf8_second_high, block_high_nibbles(b)));

    /* From E0 on two bytes before, from F0 on three before: here two in a row must continue. */
    const block third = block_less(block_before2(last, b), 0xE0 - 0x80);
    const block fourth = block_less(block_before3(last, b), 0xF0 - 0x80);
    const block due = block_and(block_either(third, fourth), block_set(0x80));
    return block_xor(due, faults);
}

static inline bool utf8_block_is_bad(block last, block b)
{
    return !block_is_zero(utf8_faults(last, b));
}

/* Does b end within a sequence, as far as its first bytes tell? */
static inline bool utf8_block_goes_on(uint64_t high, const uint8_t *end)
{
    return high >> 61 != 0 && (end[-1] >= 0xC0 || end[-2] >= 0xE0 || end[-3] >= 0xF0);
}

/* Where the sequence starts that the byte before src[i] may belong to, when all up to it is good. */
static inline size_t utf8_back_up(const uint8_t *src, size_t i)
{
    for (size_t back = 1; back <= 3 && back <= i && src[i - back] >= 0x80; back++)
        if (src[i - back] >= 0xC0)
            return i - back;
    return i;
}

/* How many of the n bytes, four blocks at a time, are ASCII or hold no fault but for a sequence that goes
 * on behind them. In texts with a few letters beyond ASCII no branch can tell which block has them. */
static inline size_t utf8_fours(const uint8_t *src, size_t n, block *last)
{
    size_t i = 0;

    for (; n - i >= 256; i += 256) {
        const block a = block_load(src + i), b = block_load(src + i + 64);
        const block c = block_load(src + i + 128), d = block_load(src + i + 192);
        const block all = block_either(block_either(a, b), block_either(c, d));
        if (block_high(block_either(all, *last)) != 0) {
            const block faults =
                block_either(block_either(utf8_faults(*last, a), utf8_faults(a, b)),
                             block_either(utf8_faults(b, c), utf8_faults(c, d)));
            if (!block_is_zero(faults))
                break;
        }
        *last = d;
    }
    return i;
}

static size_t LR_NAME(utf8_valid)(const uint8_t *src, size_t n)
{
    block last = block_zero();
    size_t i = utf8_fours(src, n, &last);
    bool goes_on = i > 0 && utf8_block_goes_on(block_high(last), src + i);

    for (; i < n; i += 64) {
        block b = block_load(src + i);
        if (n - i < 64)
            b = block_cut(b, n - i);
        const uint64_t high = block_high(b);
        if ((high != 0 || goes_on) && utf8_block_is_bad(last, b))
            break;
        goes_on = n - i >= 64 && utf8_block_goes_on(high, src + i + 64);
        last = b;
    }
    if (i >= n && !goes_on)
        return n;
    const size_t at = utf8_back_up(src, i < n ? i : n);
    return at + lr_utf8_prefix(src + at, n - at);
}
