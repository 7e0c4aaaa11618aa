/* mentions_core.h: the rules of mentions, character by character (CONTRACT section 2). */
#ifndef LR_MENTIONS_CORE_H
#define LR_MENTIONS_CORE_H

#include "match.h"
#include "match/text_core.h"

/* A name: where it begins and ends, and whether it holds escapes. */
typedef struct lr_name {
    const uint8_t *begin, *end;
    bool escaped;
} lr_name;

/* [A-Za-z0-9_] */
LR_HD bool lr_is_word_ascii(uint32_t code)
{
    return (code | 0x20) - 'a' < 26 || code - '0' < 10 || code == '_';
}

/* \w of Python's re (word_ranges.c, made by make_word.py). */
bool lr_is_word(uint32_t code);

LR_HD bool lr_is_word_of(lr_mentions mode, uint32_t code)
{
    return lr_is_word_ascii(code) ||
           (code >= 0x80 && mode == LR_MENTIONS_UNICODE && lr_is_word(code));
}

/* The name of 0 to max characters at p, the place behind an @. */
LR_HD lr_name lr_name_at(const uint8_t *p, const uint8_t *end, bool escaped, lr_mentions mode,
                         uint32_t max)
{
    lr_name name = {p, p, false};

    for (uint32_t i = 0; i < max && p < end; i++) {
        const bool is_escape = escaped && *p == '\\';
        if (!lr_is_word_of(mode, lr_char_next(&p, end, escaped)))
            break;
        name.escaped |= is_escape;
        name.end = p;
    }
    return name;
}

/*
 * The next name in a text from begin on, not before *p, by the modes ascii, unicode and first: true
 * where there is one, and *p moves behind it; else *p moves to the end.
 */
LR_HD bool lr_mention_next(const uint8_t **p, const uint8_t *end, bool escaped, lr_mentions mode,
                           lr_name *name)
{
    while (*p < end) {
        if (lr_char_next(p, end, escaped) != '@')
            continue;
        *name = lr_name_at(*p, end, escaped, mode, UINT32_MAX);
        *p = name->end;
        if (name->end > name->begin)
            return true;
    }
    return false;
}

#include "match/twitter_core.h"
#endif
