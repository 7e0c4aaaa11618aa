/* date_warp.h: a warp reads a date as most are written. */
#ifndef LR_DATE_WARP_H
#define LR_DATE_WARP_H

#include "parse/dates_core.h"
#include "parse/json_warp.h"

/*
 * The date that src[from, to) says; 0: none, or one that is not written YYYY-MM-DDThh:mm:ss+hh:mm, as most
 * are, or begins so: a lane a character, and the numbers as sums.
 */
static __device__ lr_date read_date(const warp_line *l, uint32_t from, uint32_t to)
{
    const uint32_t n = to - from, i = l->lane;
    const uint8_t c = i < n && i < 25 ? l->src[from + i] : 0;
    const uint32_t digit = c - (uint32_t)'0';
    const bool is_mark = ((i == 4 || i == 7) && c == '-') || (i == 10 && (c == 'T' || c == ' ')) ||
                         ((i == 13 || i == 16 || i == 22) && c == ':') ||
                         (i == 19 && (c == '+' || c == '-'));
    const uint32_t digits = __ballot_sync(LR_ALL_LANES, digit < 10);
    const uint32_t marks = __ballot_sync(LR_ALL_LANES, is_mark);

    const uint32_t all = n < 32 ? (1u << n) - 1 : 0; /* the characters of the text */

    if ((n != 25 && n != 19 && n != 10) || (digits | marks) != all || marks != (0x492490u & all))
        return 0;
    /* The digit's place: 7 to 0 in the date, 5 to 0 in the time; then ten to its power. */
    const uint32_t place = i < 10 ? 7 - i + (i > 4) + (i > 7) : 16 - i + (i > 13) + (i > 16);
    const uint32_t power =
        ((place & 1) != 0 ? 10 : 1) * ((place & 2) != 0 ? 100 : 1) * ((place & 4) != 0 ? 10000 : 1);
    const uint32_t part = digit < 10 && i < 19 ? digit * power : 0;
    const lr_date date = warp_sum(i < 10 ? part : 0);
    const uint32_t time = warp_sum(i < 10 ? 0 : part);
    const bool is_time = time / 10000 < 24 && time / 100 % 100 < 60 && time % 100 <= 60;
    return is_time && lr_date_exists(date / 10000, date / 100 % 100, date % 100) ? date : 0;
}

#endif
