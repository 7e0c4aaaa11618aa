/*
 * text_core.h: the characters of a text, one by one, as it is stored: UTF-8, and in JSON's escapes.
 *
 * Texts are valid by the time they are matched. What is not, all the same, is read without harm and
 * alike by every tier: a byte that begins no sequence, and a backslash that begins no escape, is
 * U+FFFD and one byte long.
 */
#ifndef LR_TEXT_CORE_H
#define LR_TEXT_CORE_H

#include "parse/escape_core.h"

enum { LR_NO_CHARACTER = 0xFFFD }; /* also what an unpaired surrogate stands for */

/* The character whose escape begins at the backslash *p, which moves behind it. */
LR_HD uint32_t lr_escape_next(const uint8_t **p, const uint8_t *end)
{
    const uint8_t *const at = *p;
    uint32_t high, low;

    *p = at + 1;
    if (end - at < 2)
        return LR_NO_CHARACTER;
    if (at[1] != 'u') {
        const uint8_t code = lr_escape_of(at[1]);
        *p += code != 0;
        return code != 0 ? code : (uint32_t)LR_NO_CHARACTER;
    }
    if (end - at < 6 || (high = lr_hex4(at + 2)) >= 0x10000)
        return LR_NO_CHARACTER;
    *p = at + 6;
    if (high < 0xD800 || high >= 0xE000)
        return high;
    if (high < 0xDC00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
        (low = lr_hex4(at + 8)) >= 0xDC00 && low < 0xE000) {
        *p = at + 12;
        return 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
    }
    return LR_NO_CHARACTER;
}

/* The character at *p, which is before end and moves behind it. */
LR_HD uint32_t lr_char_next(const uint8_t **p, const uint8_t *end, bool escaped)
{
    const uint8_t *const at = *p;
    const uint32_t lead = *at;

    if (escaped && lead == '\\')
        return lr_escape_next(p, end);
    *p = at + 1;
    if (lead < 0x80)
        return lead;

    const size_t length = lr_utf8_sequence(at, (size_t)(end - at));
    if (length == 0)
        return LR_NO_CHARACTER;
    uint32_t code = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3Fu);
    *p = at + length;
    return code;
}

/* Does the backslash at p begin an escape? It does not where it is itself escaped. begin is where a
 * character of the text begins. */
LR_HD bool lr_escape_begins(const uint8_t *p, const uint8_t *begin)
{
    const uint8_t *run = p;

    while (run > begin && run[-1] == '\\')
        run--;
    return (p - run) % 2 == 0;
}

#endif
