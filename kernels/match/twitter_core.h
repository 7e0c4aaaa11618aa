/*
 * twitter_core.h: mentions as twitter-text 3.1 finds them (CONTRACT section 2): its expressions
 * validMentionOrList and endMentionMatch, read character by character. Included by mentions_core.h.
 */
#ifndef LR_TWITTER_CORE_H
#define LR_TWITTER_CORE_H

enum { LR_AT = '@', LR_AT_WIDE = 0xFF20, LR_NAME_MAX = 20, LR_LIST_MAX = 25 };

/*
 * What stands before the character at hand: the last three characters since the last match, the
 * latest in the lowest place. A match consumes, so what it took is not seen again; the start of the
 * text is a character of its own.
 */
typedef struct lr_before {
    uint32_t code[3];
} lr_before;

enum { LR_BEFORE_START = 0x110000, LR_BEFORE_CONSUMED = 0x110001 };

LR_HD lr_before lr_before_of(uint32_t code)
{
    return (lr_before){{code, LR_BEFORE_CONSUMED, LR_BEFORE_CONSUMED}};
}

LR_HD lr_before lr_before_then(lr_before b, uint32_t code)
{
    return (lr_before){{code, b.code[0], b.code[1]}};
}

LR_HD bool lr_is_at(uint32_t code)
{
    return code == LR_AT || code == LR_AT_WIDE;
}

LR_HD bool lr_is_one_of(uint32_t code, const char *some)
{
    for (; *some != '\0'; some++)
        if (code == (uint8_t)*some)
            return true;
    return false;
}

/* May a mention follow these? A colon behind RT may be passed over: it may itself stand before. */
LR_HD bool lr_may_precede(lr_before b)
{
    const uint32_t last = b.code[0];

    if (last == LR_BEFORE_START)
        return true;
    if (last == LR_BEFORE_CONSUMED)
        return false;
    if (!lr_is_word_ascii(last) && !lr_is_at(last) && !lr_is_one_of(last, "!#$%&*"))
        return true;
    if ((last | 0x20) != 't' || (b.code[1] | 0x20) != 'r' || b.code[2] == LR_BEFORE_CONSUMED)
        return false;
    return !lr_is_word_ascii(b.code[2]) && !lr_is_one_of(b.code[2], "+~.-");
}

/* Latin letters with accents and combining accents (twitter-text's latinAccentChars). */
LR_HD bool lr_is_latin_accent(uint32_t c)
{
    if (c >= 0xC0 && c <= 0x24F)
        return c != 0xD7 && c != 0xF7;
    if (c >= 0x300 && c <= 0x36F)
        return true;
    if (c >= 0x1E00 && c <= 0x1EFF)
        return true;
    return c == 0x253 || c == 0x254 || c == 0x256 || c == 0x257 || c == 0x259 || c == 0x25B ||
           c == 0x263 || c == 0x268 || c == 0x26F || c == 0x272 || c == 0x289 || c == 0x28B ||
           c == 0x2BB;
}

/* Behind the list part at p, or p where there is none: a slash, a letter, up to 24 more. */
LR_HD const uint8_t *lr_list_end(const uint8_t *p, const uint8_t *end, bool escaped)
{
    const uint8_t *at = p, *behind = p;

    if (at == end || lr_char_next(&at, end, escaped) != '/')
        return p;
    for (int i = 0; i < LR_LIST_MAX && at < end; i++) {
        const uint32_t code = lr_char_next(&at, end, escaped);
        if (i == 0 ? (code | 0x20) - 'a' >= 26 : !lr_is_word_ascii(code) && code != '-')
            break;
        behind = at;
    }
    return behind;
}

/* Does what stands at p forbid the mention before it? */
LR_HD bool lr_forbids(const uint8_t *p, const uint8_t *end, bool escaped)
{
    if (p == end)
        return false;
    const uint32_t code = lr_char_next(&p, end, escaped);
    if (lr_is_at(code) || lr_is_latin_accent(code))
        return true;
    for (int i = 0; i < 2; i++)
        if (code != ':' || p == end || lr_char_next(&p, end, escaped) != '/')
            return false;
    return true;
}

/*
 * The next name in the text that starts at begin, not before *p: true where there is one, and *p
 * moves behind what its match consumed; else *p moves to the end. *p is begin or behind a match.
 */
LR_HD bool lr_twitter_next(const uint8_t *begin, const uint8_t **p, const uint8_t *end,
                           bool escaped, lr_name *name)
{
    lr_before before = lr_before_of(*p == begin ? LR_BEFORE_START : LR_BEFORE_CONSUMED);

    while (*p < end) {
        const uint32_t code = lr_char_next(p, end, escaped);
        if (!lr_is_at(code) || !lr_may_precede(before)) {
            before = lr_before_then(before, code);
            continue;
        }
        *name = (lr_name){*p, *p, false};
        lr_name_grow(name, end, escaped, LR_MENTIONS_ASCII, LR_NAME_MAX);
        if (name->end == name->begin) {
            before = lr_before_then(before, code);
            continue;
        }
        *p = lr_list_end(name->end, end, escaped);
        if (*p == name->end && !lr_forbids(*p, end, escaped))
            return true;
        before = lr_before_of(LR_BEFORE_CONSUMED);
    }
    return false;
}

#endif
