/* date_words.h: a date as most are written, in words of four characters. */
#ifndef LR_DATE_WORDS_H
#define LR_DATE_WORDS_H

#include "gpu_words.h"
#include "parse/dates_core.h"

/* Of a word: are the bytes in `digits` digits, and those in `marks` those of `mark`? */
LR_HD bool lr_date_word(uint32_t word, uint32_t digits, uint32_t marks, uint32_t mark)
{
    const uint32_t values = word ^ 0x30303030u; /* a digit is 0 to 9, and no other byte is */
    return ((values | (values + 0x76767676u)) & 0x80808080u & digits) == 0 &&
           (word & marks) == mark;
}

/*
 * The date that src[at, at + n) says; 0: none, or one that is not written YYYY-MM-DD, alone or before Thh:mm:ss,
 * alone or before +hh:mm. Words are loaded where bytes would be: of 32 lanes, each with a text of
 * its own, a load costs the same.
 */
static __device__ lr_date read_date(const uint8_t *src, uint32_t at, uint32_t n)
{
    if (n != 10 && n != 19 && n != 25)
        return 0;
    const uint32_t year = load_word(src, at, 0), month = load_word(src, at, 1);
    const uint32_t day = load_word(src, at, 2);
    const uint32_t y = year ^ 0x30303030u, m = month ^ 0x30303030u, d = day ^ 0x30303030u;

    if (!lr_date_word(year, ~0u, 0, 0) ||
        !lr_date_word(month, 0x00FFFF00u, 0xFF0000FFu, 0x2D00002Du) ||
        !lr_date_word(day, 0x0000FFFFu, 0, 0))
        return 0;
    if (n > 10) { /* hh:mm:ss, of which the first h stands behind the day and its T */
        const uint32_t minute = load_word(src, at, 3), second = load_word(src, at, 4);
        const uint32_t t = minute ^ 0x30303030u, s = second ^ 0x30303030u;
        const uint32_t between = day >> 16 & 0xFF;
        if ((between != 'T' && between != ' ') || !lr_date_word(day, 0xFF000000u, 0, 0) ||
            !lr_date_word(minute, 0xFFFF00FFu, 0xFF00u, 0x3A00u) ||
            !lr_date_word(second, 0x00FFFF00u, 0xFFu, 0x3Au) || (d >> 24) * 10 + (t & 0xFF) > 23 ||
            lr_dot4(t, 0x010A0000u, 0) > 59 || lr_dot4(s, 0x00010A00u, 0) > 60)
            return 0;
        const uint32_t sign = second >> 24;
        if (n == 25 && ((sign != '+' && sign != '-') ||
                        !lr_date_word(load_word(src, at, 5), 0xFF00FFFFu, 0xFF0000u, 0x3A0000u) ||
                        !lr_date_word(load_word(src, at, 6), 0xFFu, 0, 0)))
            return 0;
    }
    const uint32_t years = lr_dot4(y, 0x010Au, 0) * 100 + lr_dot4(y, 0x010A0000u, 0);
    const uint32_t months = lr_dot4(m, 0x00010A00u, 0), days = lr_dot4(d, 0x010Au, 0);
    return lr_date_exists(years, months, days) ? years * 10000 + months * 100 + days : 0;
}

#endif
