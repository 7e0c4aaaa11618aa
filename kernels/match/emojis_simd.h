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

/* The ways to begin in raw UTF-8, a bit each: two bytes, of which tables give what the halves of each
 * allow. */
#define F0_9F 0x01     /* most */
#define C2_SIGN 0x02   /* C2 A9, C2 AE */
#define E3_KANA 0x04   /* E3 80, E3 8A */
#define EF_B8 0x08     /* a variation selector, behind a key */
#define E2_FAR 0x10    /* E2 90 to BF */
#define E2_NEAR 0x20   /* E2 81 to 8F */
#define E2_QUOTES 0x40 /* E2 80: quotes and dashes, but for E2 80 BC */

static const uint8_t emoji_first_high[16] = {
    [0xC] = C2_SIGN,
    [0xE] = E3_KANA | EF_B8 | E2_FAR | E2_NEAR | E2_QUOTES,
    [0xF] = F0_9F,
};

static const uint8_t emoji_first_low[16] = {
    [0x0] = F0_9F,
    [0x2] = C2_SIGN | E2_FAR | E2_NEAR | E2_QUOTES,
    [0x3] = E3_KANA,
    [0xF] = EF_B8,
};

static const uint8_t emoji_second_high[16] = {
    [0x8] = E3_KANA | E2_NEAR | E2_QUOTES,
    [0x9] = F0_9F | E2_FAR,
    [0xA] = C2_SIGN | E2_FAR,
    [0xB] = EF_B8 | E2_FAR,
};

static const uint8_t emoji_second_low[16] = {
    E2_FAR | E3_KANA | E2_QUOTES, /* 0 */
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR, /* 4 */
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR | EF_B8, /* 8 */
    E2_FAR | E2_NEAR | C2_SIGN,
    E2_FAR | E2_NEAR | E3_KANA,
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR, /* C */
    E2_FAR | E2_NEAR,
    E2_FAR | E2_NEAR | C2_SIGN,
    E2_FAR | E2_NEAR | F0_9F,
};

/* Where raw UTF-8 may begin one. */
static inline uint64_t LR_NAME(emoji_raw)(block b)
{
    const block high = block_high_nibbles(b), low = block_and(b, block_set(15));
    const block first =
        block_and(block_lookup(emoji_first_high, high), block_lookup(emoji_first_low, low));
    const block second =
        block_and(block_lookup(emoji_second_high, high), block_lookup(emoji_second_low, low));
    const block pairs = block_and(block_before1(block_zero(), first), second);

    return block_test(pairs, F0_9F | C2_SIGN | E3_KANA | EF_B8 | E2_FAR | E2_NEAR) >> 1 |
           (block_test(pairs, E2_QUOTES) >> 1 & block_eq(b, '\xBC') >> 2);
}

#undef F0_9F
#undef C2_SIGN
#undef E3_KANA
#undef EF_B8
#undef E2_FAR
#undef E2_NEAR
#undef E2_QUOTES

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

    if (!escaped || block_high(b) != 0) /* what has escapes is mostly ASCII */
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

/*
 * The emoji at *p of raw text, as emoji_near, where it is one character and nothing may follow; else 0.
 * Its length decides no branch, and most characters behind one are ASCII: no sequence goes on so.
 */
static inline uint32_t LR_NAME(emoji_alone)(const lr_emoji_set *set, const uint8_t **p,
                                            const uint8_t *end)
{
    /* By length: what of four bytes is the code, what says that the others go on, and how. */
    static const uint32_t code_bits[5] = {0, 0, 0x1F3F0000, 0x0F3F3F00, 0x073F3F3F};
    static const uint32_t more_bits[5] = {0, 0, 0x00C00000, 0x00C0C000, 0x00C0C0C0};
    const uint8_t *const at = *p;
    const uint32_t length = 2u + (*at >= 0xE0) + (*at >= 0xF0);
    uint32_t word;

    memcpy(&word, at, sizeof word);
    word = __builtin_bswap32(word);
    if ((size_t)(end - at) < length ||
        (word & more_bits[length]) != (0x80808080 & more_bits[length]))
        return 0;
    const uint32_t node = lr_emoji_first(set, _pext_u32(word, code_bits[length]));
    const bool may_go_on = set->nodes[node].first < set->nodes[node + 1].first &&
                           at + length < end && at[length] >= 0x80;
    if (node == 0 || may_go_on)
        return 0;
    *p = at + length;
    return set->nodes[node].symbol;
}

/* Where an emoji may begin, and in which row. */
typedef struct emoji_place {
    const uint8_t *p;
    size_t row;
} emoji_place;

enum { EMOJI_PLACES = 128 };

/* The places from cursor on, until there are EMOJI_PLACES or all; the cursor moves behind them. */
static inline size_t LR_NAME(emoji_places)(const uint8_t *src, lr_column texts, size_t n_rows,
                                           lr_cursor *cursor, emoji_place *out)
{
    size_t n = 0, row = cursor->row, at = cursor->at;

    for (; row < n_rows; row++, at = 0) {
        const uint8_t kind = texts.kinds[row];
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        const uint8_t *const begin = src + texts.spans[row].offset;
        const size_t length = texts.spans[row].length;
        for (; at < length && n < EMOJI_PLACES; at += LR_NAME(emoji_stride)) {
            uint64_t triggers = LR_NAME(emoji_triggers)(begin + at, kind == LR_ESCAPED);
            const size_t due =
                length - at < LR_NAME(emoji_stride) ? length - at : LR_NAME(emoji_stride);
            triggers &= (1ull << due) - 1;
            out[n] = (emoji_place){begin + at + _tzcnt_u64(triggers), row};
            const size_t more = n + (size_t)__builtin_popcountll(triggers);
            for (n += triggers != 0; n < more; n++) {
                triggers &= triggers - 1;
                out[n] = (emoji_place){begin + at + _tzcnt_u64(triggers), row};
            }
        }
        if (at < length)
            break;
    }
    *cursor = (lr_cursor){(uint32_t)row, (uint32_t)at};
    return n;
}

/* Places first, of many rows, then what is there: how many a row has would be a wrong guess in each. */
static size_t LR_NAME(find_emojis)(const uint8_t *src, lr_column texts, size_t n_rows,
                                   const lr_emoji_set *set, lr_cursor *cursor, uint32_t *out,
                                   size_t max)
{
    emoji_place places[EMOJI_PLACES + 64];
    size_t found = 0, row = cursor->row;
    lr_cursor next = *cursor;
    size_t at = cursor->at; /* in row: what is before it has been looked at */

    if (max == 0)
        return 0;
    while (next.row < n_rows) {
        const size_t n = LR_NAME(emoji_places)(src, texts, n_rows, &next, places);
        for (size_t i = 0; i < n; i++) {
            at = places[i].row == row ? at : 0;
            row = places[i].row;
            const uint8_t *const begin = src + texts.spans[row].offset, *const from = begin + at;
            const uint8_t *const end = begin + texts.spans[row].length, *p = places[i].p;
            const bool escaped = texts.kinds[row] == LR_ESCAPED;
            if (p < from)
                continue;
            uint32_t symbol = escaped ? 0 : LR_NAME(emoji_alone)(set, &p, end);
            if (symbol == 0)
                symbol = LR_NAME(emoji_near)(set, &p, from, end, escaped);
            if (symbol == 0)
                continue;
            out[found++] = symbol - 1;
            at = (size_t)(p - begin);
            if (found == max) {
                *cursor = (lr_cursor){(uint32_t)row, (uint32_t)at};
                return found;
            }
        }
    }
    *cursor = next;
    return found;
}
