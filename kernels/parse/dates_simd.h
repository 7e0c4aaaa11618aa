/*
 * dates_simd.h: dates: the usual forms, YYYY-MM-DD, and with Thh:mm:ss and nothing, Z or an offset behind
 * it, are checked with three masks; all others are read character by character. Instantiated once per
 * tier.
 */
#include "parse/dates_core.h"

/* The positions of the usual forms, as bits: digits, hyphens and colons, with +hh:mm behind. */
enum {
    LR_NAME(day_digits) = 0x0036f,       /* 0-3 5-6 8-9 */
    LR_NAME(date_digits) = 0x6db6f,      /* 0-3 5-6 8-9 11-12 14-15 17-18 */
    LR_NAME(date_hyphens) = 0x000090,    /* 4 7 */
    LR_NAME(date_colons) = 0x012000,     /* 13 16 */
    LR_NAME(offset_digits) = 0x01B00000, /* 20-21 23-24 */
    LR_NAME(offset_colon) = 0x00400000   /* 22 */
};

static inline uint32_t LR_NAME(two_digits)(const uint8_t *p)
{
    return (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
}

/* The date that the first ten bytes at src say, of which it is known where digits stand. */
static inline lr_date LR_NAME(usual_day)(const uint8_t *src)
{
    const uint32_t year = LR_NAME(two_digits)(src) * 100 + LR_NAME(two_digits)(src + 2);
    const uint32_t month = LR_NAME(two_digits)(src + 5), day = LR_NAME(two_digits)(src + 8);

    return lr_date_exists(year, month, day) ? year * 10000 + month * 100 + day : 0;
}

/* The date of the n bytes at src if they have a usual form and it is good, else 0. */
static inline lr_date LR_NAME(usual_date)(const uint8_t *src, size_t n)
{
    uint64_t digits = LR_NAME(date_digits), colons = LR_NAME(date_colons);
    const block b = block_load(src);
    const uint64_t all_digits = block_in(b, '0', '9');
    const bool hyphens = (block_eq(b, '-') & LR_NAME(date_hyphens)) == LR_NAME(date_hyphens);

    if (n == 10)
        return hyphens && (all_digits & LR_NAME(day_digits)) == LR_NAME(day_digits)
                   ? LR_NAME(usual_day)(src)
                   : 0;
    if (n == 25 && (src[19] == '+' || src[19] == '-')) {
        digits |= LR_NAME(offset_digits);
        colons |= LR_NAME(offset_colon);
    } else if (!(n == 19 || (n == 20 && src[19] == 'Z'))) {
        return 0;
    }
    const bool form = (all_digits & digits) == digits && hyphens &&
                      (block_eq(b, ':') & colons) == colons && (src[10] == 'T' || src[10] == ' ');
    if (!form || LR_NAME(two_digits)(src + 11) > 23 || LR_NAME(two_digits)(src + 14) > 59 ||
        LR_NAME(two_digits)(src + 17) > 60)
        return 0;
    return LR_NAME(usual_day)(src);
}

static void LR_NAME(dates)(const uint8_t *src, lr_column texts, size_t n_rows, lr_date *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        const uint8_t kind = texts.kinds[i];
        const uint8_t *const text = src + texts.spans[i].offset;
        const size_t n = texts.spans[i].length;

        out[i] = 0;
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        if (kind == LR_PLAIN)
            out[i] = LR_NAME(usual_date)(text, n);
        if (out[i] == 0)
            out[i] = lr_date_read(text, n, kind == LR_ESCAPED);
        if (out[i] == 0)
            texts.kinds[i] = LR_BAD + LR_BAD_DATE;
    }
}
