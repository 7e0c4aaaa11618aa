/*
 * emojis_simd.h: find_emojis: masks say where an emoji may begin, a walk down the trie says whether
 * one does. Instantiated once per tier.
 *
 * make_emoji.py checks that every sequence begins in one of the ways that the masks look for, but
 * for the keycaps: those begin with ASCII, and are found by what comes second (U+FE0F or U+20E3).
 */
#include "match/emojis_core.h"

/* A mask looks up to four bytes ahead, so the last four of a block are left to the next. */
enum { LR_NAME(emoji_stride) = 60 };

/* Where raw UTF-8 may begin one: C2 A9, C2 AE; E2, but for the quotes and dashes of E2 80; E3 80,
 * E3 8A; EF B8 (variation selectors, behind a key); F0 9F. */
static inline uint64_t LR_NAME(emoji_raw)(block b)
{
    const uint64_t is_80 = block_eq(b, '\x80') >> 1;
    uint64_t at = block_eq(b, '\xE2') & ~(is_80 & ~(block_eq(b, '\xBC') >> 2));

    at |= block_eq(b, '\xF0') & block_eq(b, '\x9F') >> 1;
    at |= block_eq(b, '\xC2') & (block_eq(b, '\xA9') | block_eq(b, '\xAE')) >> 1;
    at |= block_eq(b, '\xE3') & (is_80 | block_eq(b, '\x8A') >> 1);
    return at | (block_eq(b, '\xEF') & block_eq(b, '\xB8') >> 1);
}

/* Where escapes may, given those of \u: \u002, \u003, \u00a; \u2, but for \u200 to \u202 (quotes and
 * dashes); \u3, but for the kana from \u304 on; \ud8; \ufe. Any \u would not do: all of Hindi is. */
static inline uint64_t LR_NAME(emoji_escaped)(block b, uint64_t escapes)
{
    const block lower = block_or(b, 0x20); /* digits stay what they are */
    const uint64_t is_0 = block_eq(b, '0'), is_1 = block_eq(b, '1'), is_2 = block_eq(b, '2');
    const uint64_t is_3 = block_eq(b, '3'), is_a = block_eq(lower, 'a');
    const uint64_t second_0 = is_0 >> 3;

    uint64_t at = is_2 >> 2 & ~(second_0 & (is_0 | is_1 | is_2) >> 4);
    at |= is_3 >> 2 & ~(second_0 & ~(is_3 >> 4));
    at |= is_0 >> 2 & second_0 & (is_2 | is_3 | is_a) >> 4;
    at |= block_eq(lower, 'd') >> 2 & block_eq(b, '8') >> 3;
    at |= block_eq(lower, 'f') >> 2 & block_eq(lower, 'e') >> 3;
    return at & escapes;
}

static inline uint64_t LR_NAME(emoji_triggers)(const uint8_t *p, bool escaped)
{
    const block b = block_load(p);
    uint64_t triggers = 0;

    if (block_high(b) != 0)
        triggers = LR_NAME(emoji_raw)(b);
    if (escaped) {
        /* Not \u01 to \u0f: what most texts beyond ASCII are made of ends here, in one branch. */
        const uint64_t zeros = block_eq(b, '0');
        const uint64_t escapes =
            block_eq(b, '\\') & block_eq(b, 'u') >> 1 & ~(zeros >> 2 & ~(zeros >> 3));
        if (LR_UNLIKELY(escapes != 0))
            triggers |= LR_NAME(emoji_escaped)(b, escapes);
    }
    return triggers;
}

/* Is there a raw ASCII character at p, not before from, rather than the end of an escape? */
static inline bool LR_NAME(emoji_key)(const uint8_t *p, const uint8_t *from, bool escaped)
{
    if (p < from || *p >= 0x80)
        return false;
    return !escaped || p - from < 5 || p[-5] != '\\' || p[-4] != 'u' || lr_hex4(p - 3) >= 0x10000 ||
           !lr_escape_begins(p - 5, from);
}

/* The emoji of which a trigger at *p is the first or second character: as lr_emoji_at. Nothing
 * before from may belong to it. */
static inline uint32_t LR_NAME(emoji_near)(const lr_emoji_set *set, const uint8_t **p,
                                           const uint8_t *from, const uint8_t *end, bool escaped)
{
    const uint8_t *const at = *p, *again = at;

    if (*at == '\\' && !lr_escape_begins(at, from))
        return 0;
    const uint32_t symbol = lr_emoji_at(set, p, end, escaped);
    if (symbol != 0)
        return symbol;
    const uint32_t code = lr_char_next(&again, end, escaped);
    if ((code != 0xFE0F && code != 0x20E3) || !LR_NAME(emoji_key)(at - 1, from, escaped))
        return 0;
    *p = at - 1;
    return lr_emoji_at(set, p, end, escaped);
}

static size_t LR_NAME(find_emojis)(const uint8_t *src, lr_column texts, size_t n_rows,
                                   const lr_emoji_set *set, lr_cursor *cursor, uint32_t *out,
                                   size_t max)
{
    size_t found = 0;

    for (; cursor->row < n_rows && found < max; cursor->row++, cursor->at = 0) {
        const uint8_t kind = texts.kinds[cursor->row];
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        const uint8_t *const begin = src + texts.spans[cursor->row].offset;
        const uint8_t *const end = begin + texts.spans[cursor->row].length;
        const uint8_t *from = begin + cursor->at; /* what is before it has been looked at */

        for (const uint8_t *window = from; window < end; window += LR_NAME(emoji_stride)) {
            uint64_t triggers = LR_NAME(emoji_triggers)(window, kind == LR_ESCAPED);
            if (end - window < 64)
                triggers &= (1ull << (end - window)) - 1;
            for (; triggers != 0; triggers &= triggers - 1) {
                const uint8_t *p = window + __builtin_ctzll(triggers);
                if (p < from)
                    continue;
                const uint32_t symbol = LR_NAME(emoji_near)(set, &p, from, end, kind == LR_ESCAPED);
                if (symbol == 0)
                    continue;
                out[found++] = symbol - 1;
                from = p;
                if (found == max) {
                    cursor->at = (uint32_t)(p - begin);
                    return found;
                }
            }
        }
    }
    return found;
}
