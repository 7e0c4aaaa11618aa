/* escape_core.h: one escape of a JSON string (RFC 8259, section 7). */
#ifndef LR_ESCAPE_CORE_H
#define LR_ESCAPE_CORE_H

#include "parse/utf8_core.h"

/* The value of a hexadecimal digit; 16 of any other byte. */
LR_HD uint32_t lr_hex(uint8_t c)
{
    const uint32_t digit = c - (uint32_t)'0', letter = (c | 0x20u) - 'a';
    return digit < 10 ? digit : letter < 6 ? letter + 10 : 16;
}

/* The code unit of the four digits at src; 0x10000 or more where one of them is none. */
LR_HD uint32_t lr_hex4(const uint8_t *src)
{
    const uint32_t a = lr_hex(src[0]), b = lr_hex(src[1]), c = lr_hex(src[2]), d = lr_hex(src[3]);
    return (a | b | c | d) > 15 ? 0x10000u : a << 12 | b << 8 | c << 4 | d;
}

/* The byte that the escape of letter c stands for; 0 where c is u or no such escape is. */
LR_HD uint8_t lr_escape_of(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* Is the backslash at src, with n (> 0) bytes from it on, the start of a whole escape? Its length: 2
 * or 6; else 0. A surrogate needs no partner. */
LR_HD size_t lr_escape_length(const uint8_t *src, size_t n)
{
    if (n >= 2 && lr_escape_of(src[1]) != 0)
        return 2;
    return n >= 6 && src[1] == 'u' && lr_hex4(src + 2) < 0x10000 ? 6 : 0;
}

/*
 * Decodes the escape at src (valid; n bytes from it on) to out (4 bytes) and sets *length to its
 * bytes there; a pair of surrogates is one escape, an unpaired one is U+FFFD. Returns how many bytes
 * of src it took. A byte that starts no valid escape stands for itself.
 */
LR_HD size_t lr_escape_decode(const uint8_t *src, size_t n, uint8_t *out, size_t *length)
{
    const size_t taken = lr_escape_length(src, n);

    if (taken < 6) {
        out[0] = taken == 0 ? src[0] : lr_escape_of(src[1]);
        *length = 1;
        return taken == 0 ? 1 : 2;
    }
    uint32_t code = lr_hex4(src + 2);
    if (code >= 0xD800 && code < 0xE000) {
        if (code < 0xDC00 && n >= 12 && src[6] == '\\' && src[7] == 'u') {
            const uint32_t second = lr_hex4(src + 8);
            if (second >= 0xDC00 && second < 0xE000) {
                code = 0x10000 + ((code & 0x3FF) << 10) + (second & 0x3FF);
                *length = lr_utf8_write(code, out);
                return 12;
            }
        }
        code = 0xFFFD;
    }
    *length = lr_utf8_write(code, out);
    return 6;
}

#endif
