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

LR_HD bool lr_is_word_of(lr_mentions mode, uint32_t code)
{
    return lr_is_word_ascii(code) ||
           (code >= 0x80 && mode == LR_MENTIONS_UNICODE && lr_is_word(code));
}

/* Adds to a name what follows it before end, up to max characters. */
LR_HD void lr_name_grow(lr_name *name, const uint8_t *end, bool escaped, lr_mentions mode,
                        uint32_t max)
{
    const uint8_t *p = name->end;

    for (uint32_t i = 0; i < max && p < end; i++) {
        const bool is_escape = escaped && *p == '\\';
        if (!lr_is_word_of(mode, lr_char_next(&p, end, escaped)))
            break;
        name->escaped |= is_escape;
        name->end = p;
    }
}

/* The next name, not before *p, by the modes ascii, unicode and first: true where there is one, and
 * *p moves behind it; else *p moves to the end. */
LR_HD bool lr_mention_next(const uint8_t **p, const uint8_t *end, bool escaped, lr_mentions mode,
                           lr_name *name)
{
    while (*p < end) {
        if (lr_char_next(p, end, escaped) != '@')
            continue;
        *name = (lr_name){*p, *p, false};
        lr_name_grow(name, end, escaped, mode, UINT32_MAX);
        *p = name->end;
        if (name->end > name->begin)
            return true;
    }
    return false;
}

#include "match/twitter_core.h"

/* A row of texts: what find_mentions is at. */
typedef struct lr_row {
    const uint8_t *begin, *end;
    bool escaped;
} lr_row;

/*
 * The name whose @ may be at p, by the modes ascii, unicode and first; false where there is none.
 * Nothing before *from belongs to it, and *from moves behind it.
 */
LR_HD bool lr_mention_here(const uint8_t *p, const uint8_t **from, const lr_row *row,
                           lr_mentions mode, lr_name *name)
{
    if (*p == '\\' && !lr_escape_begins(p, *from))
        return false;
    if (lr_char_next(&p, row->end, row->escaped) != '@')
        return false;
    *name = (lr_name){p, p, false};
    lr_name_grow(name, row->end, row->escaped, mode, UINT32_MAX);
    *from = name->end;
    return name->end > name->begin;
}

/* The next name that lr_twitter_next finds whose @ is at p or later. It starts at the last space
 * before p: a space may stand before a mention, and what is before a space matters to none. */
LR_HD bool lr_twitter_here(const uint8_t *p, const uint8_t **from, const lr_row *row, lr_name *name)
{
    while (p > *from && *p != ' ')
        p--;
    *from = p;
    return lr_twitter_next(row->begin, from, row->end, row->escaped, name);
}

/* Puts a name into row i of out. */
LR_HD void lr_name_put(const lr_name *name, const uint8_t *src, lr_column out, size_t i)
{
    out.spans[i] = (lr_span){(uint32_t)(name->begin - src), (uint32_t)(name->end - name->begin)};
    out.kinds[i] = name->escaped ? LR_ESCAPED : LR_PLAIN;
}

/* The names in one row from *at on, up to max; returns how many. *at moves behind the last where
 * out is full, else to the end. */
LR_HD size_t lr_mentions_row(const uint8_t *src, const lr_row *row, lr_mentions mode, uint32_t *at,
                             lr_column out, size_t max)
{
    const uint8_t *p = row->begin + *at;
    size_t found = 0;
    lr_name name;

    while (found < max && (mode == LR_MENTIONS_TWITTER
                               ? lr_twitter_next(row->begin, &p, row->end, row->escaped, &name)
                               : lr_mention_next(&p, row->end, row->escaped, mode, &name))) {
        lr_name_put(&name, src, out, found++);
        if (mode == LR_MENTIONS_FIRST)
            p = row->end;
    }
    *at = (uint32_t)(p - row->begin);
    return found;
}

#endif
