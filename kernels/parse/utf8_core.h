/* utf8_core.h: one sequence of UTF-8, as RFC 3629 (section 4) writes its grammar. */
#ifndef LR_UTF8_CORE_H
#define LR_UTF8_CORE_H

#include "base.h"

/* The length of the sequence that starts at src, of which n (> 0) bytes may be looked at; 0 where it
 * is invalid or cut off. Overlong forms, surrogates and all above U+10FFFF are invalid. */
LR_HD size_t lr_utf8_sequence(const uint8_t *src, size_t n)
{
    const uint8_t first = src[0];
    uint8_t low = 0x80, high = 0xBF; /* the range of the second byte */

    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    if (n < length || src[1] < low || src[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((src[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

/* The length of the longest prefix of the n bytes at src that is whole sequences. */
LR_HD size_t lr_utf8_prefix(const uint8_t *src, size_t n)
{
    size_t i = 0;

    while (i < n) {
        const size_t length = lr_utf8_sequence(src + i, n - i);
        if (length == 0)
            break;
        i += length;
    }
    return i;
}

/* Writes code (a code point, no surrogate) to out; returns the number of bytes, 1 to 4. */
LR_HD size_t lr_utf8_write(uint32_t code, uint8_t *out)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xC0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xE0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (code & 0x3F));
    return 4;
}

#endif
