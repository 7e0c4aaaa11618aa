/*
 * put.h: writing at a cursor. Every function writes at `at` and returns the byte behind what it
 * wrote; the caller has the room. Pieces are copied 32 bytes at a time, so a cursor's buffer has
 * PUT_SLACK bytes more than what is to be in it.
 */
#ifndef LR_DATAGEN_PUT_H
#define LR_DATAGEN_PUT_H

#include "base.h"

#include <string.h>

enum { PUT_SLACK = 64 };

/* A constant text: its length is known to the compiler. */
#define PUT(at, literal) ((uint8_t *)memcpy(at, literal, sizeof literal - 1) + sizeof literal - 1)

/* Text as the output encodes it, with 32 readable bytes behind its start. */
typedef struct piece {
    const uint8_t *data;
    uint32_t n;
    uint32_t chars; /* characters that it stands for */
} piece;

static inline uint8_t *put_piece(uint8_t *at, const piece *p)
{
    memcpy(at, p->data, 32);
    if (LR_UNLIKELY(p->n > 32))
        memcpy(at + 32, p->data + 32, p->n - 32);
    return at + p->n;
}

static inline uint8_t *put_bytes(uint8_t *at, const void *data, size_t n)
{
    return (uint8_t *)memcpy(at, data, n) + n;
}

/* Exactly two digits, of a value below 100. */
static inline uint8_t *put_two(uint8_t *at, uint32_t value)
{
    static const char pairs[201] = "00010203040506070809101112131415161718192021222324"
                                   "25262728293031323334353637383940414243444546474849"
                                   "50515253545556575859606162636465666768697071727374"
                                   "75767778798081828384858687888990919293949596979899";

    return put_bytes(at, pairs + 2 * value, 2);
}

static inline uint8_t *put_number(uint8_t *at, uint64_t value)
{
    uint8_t digits[20];
    size_t n = sizeof digits;

    for (; value >= 100; value /= 100)
        put_two(digits + (n -= 2), (uint32_t)(value % 100));
    put_two(digits + (n -= 2), (uint32_t)value);
    n += value < 10;
    return put_bytes(at, digits + n, sizeof digits - n);
}

/* n letters and digits as in short links, six bits of the numbers each. */
static inline uint8_t *put_token(uint8_t *at, uint64_t bits, size_t n)
{
    static const char letters[65] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789xK";

    for (size_t i = 0; i < n; i++, bits >>= 6)
        at[i] = (uint8_t)letters[bits & 63];
    return at + n;
}

/* "2021-02-24", of days since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms"). */
static inline uint8_t *put_day(uint8_t *at, uint32_t days)
{
    const uint32_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    const uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    const uint32_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
    const uint32_t year = yoe + era * 400 + (month <= 2);

    at = put_two(put_two(at, year / 100), year % 100);
    *at++ = '-';
    at = put_two(at, month);
    *at++ = '-';
    return put_two(at, day);
}

/* "2021-02-24T09:23:35+00:00", of seconds since 1970. */
static inline uint8_t *put_time(uint8_t *at, uint64_t seconds)
{
    const uint32_t of_day = (uint32_t)(seconds % 86400);

    at = put_day(at, (uint32_t)(seconds / 86400));
    *at++ = 'T';
    at = put_two(at, of_day / 3600);
    *at++ = ':';
    at = put_two(at, of_day / 60 % 60);
    *at++ = ':';
    at = put_two(at, of_day % 60);
    return PUT(at, "+00:00");
}

#endif
