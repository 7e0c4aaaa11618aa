/*
 * mentions_simd.h: find_mentions: masks say where an @ may be and how far a name goes; what holds
 * escapes or letters beyond ASCII is read character by character. Instantiated once per tier.
 */
#include "match/mentions_core.h"

/* A mask looks up to four bytes ahead, so the last four of a block are left to the next. */
enum { LR_NAME(mention_stride) = 60 };

/* Where an @ may be: @, and the escapes from \u0040 on; for twitter the wide one too, which is
 * EF BC A0 or \uff20. */
static inline uint64_t LR_NAME(mention_triggers)(const uint8_t *p, bool escaped, bool wide)
{
    const block b = block_load(p);
    uint64_t triggers = block_eq(b, '@');

    if (wide)
        triggers |= block_eq(b, '\xEF');
    if (escaped) {
        /* Without a branch: whether there are escapes is hard to predict. */
        const uint64_t escapes = block_eq(b, '\\') & block_eq(b, 'u') >> 1;
        const uint64_t zeros = block_eq(b, '0');
        triggers |= escapes & zeros >> 2 & zeros >> 3 & block_eq(b, '4') >> 4;
        if (wide)
            triggers |= escapes & block_eq(block_or(b, 0x20), 'f') >> 2;
    }
    return triggers;
}

/* What the masks do not read of a name: more than 64 bytes, escapes, letters beyond ASCII. */
static __attribute__((noinline)) void LR_NAME(mention_grow)(lr_name *name, const lr_row *row,
                                                            lr_mentions mode)
{
    lr_name_grow(name, row->end, row->escaped, mode, UINT32_MAX);
}

/* The name behind a trigger at p, by the modes ascii, unicode and first; false where there is none.
 * *from, before which nothing belongs to it, moves behind it. */
static inline bool LR_NAME(mention_at)(const uint8_t *p, const uint8_t **from, const lr_row *row,
                                       lr_mentions mode, lr_name *name)
{
    if (*p == '\\' && !lr_escape_begins(p, *from))
        return false;
    if (lr_char_next(&p, row->end, row->escaped) != '@' || p >= row->end)
        return false;

    const block b = block_load(p);
    const uint64_t letters = block_in(block_or(b, 0x20), 'a', 'z');
    const uint64_t others = ~(letters | block_in(b, '0', '9') | block_eq(b, '_'));
    const size_t n = others == 0 ? 64 : (size_t)__builtin_ctzll(others);
    const size_t n_max = (size_t)(row->end - p);

    *name = (lr_name){p, p + (n < n_max ? n : n_max), false};
    if (name->end < row->end && (n == 64 || *name->end == '\\' || *name->end >= 0x80))
        LR_NAME(mention_grow)(name, row, mode);
    *from = name->end;
    return name->end > p;
}

/* Out of line, so that the other modes keep their registers. */
static __attribute__((noinline)) bool
LR_NAME(mention_twitter)(const uint8_t *p, const uint8_t **from, const lr_row *row, lr_name *name)
{
    return lr_twitter_here(p, from, row, name);
}

/* lr_mentions_row, from trigger to trigger. */
static inline __attribute__((always_inline)) size_t
LR_NAME(mention_row)(const uint8_t *src, const lr_row *row, lr_mentions mode, uint32_t *at,
                     lr_column out, size_t max)
{
    const bool twitter = mode == LR_MENTIONS_TWITTER;
    const uint8_t *from = row->begin + *at; /* what is before it has been looked at */
    size_t found = 0;
    lr_name name;

    for (const uint8_t *window = from; window < row->end; window += LR_NAME(mention_stride)) {
        uint64_t triggers = LR_NAME(mention_triggers)(window, row->escaped, twitter);
        if (row->end - window < 64)
            triggers &= (1ull << (row->end - window)) - 1;
        for (; triggers != 0; triggers &= triggers - 1) {
            const uint8_t *const p = window + __builtin_ctzll(triggers);
            if (p < from)
                continue;
            if (found == max) {
                *at = (uint32_t)(from - row->begin);
                return found;
            }
            if (twitter ? !LR_NAME(mention_twitter)(p, &from, row, &name)
                        : !LR_NAME(mention_at)(p, &from, row, mode, &name))
                continue;
            lr_name_put(&name, src, out, found++);
            if (mode == LR_MENTIONS_FIRST)
                goto done;
        }
    }
done:
    *at = (uint32_t)(row->end - row->begin);
    return found;
}

/* find_mentions; mode is a constant where it is called. */
static inline __attribute__((always_inline)) size_t
LR_NAME(mention_rows)(const uint8_t *src, lr_column texts, size_t n_rows, lr_mentions mode,
                      lr_cursor *cursor, lr_column out, size_t max)
{
    size_t found = 0;

    for (; cursor->row < n_rows; cursor->row++, cursor->at = 0) {
        const uint8_t kind = texts.kinds[cursor->row];
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        const lr_span span = texts.spans[cursor->row];
        const lr_row row = {src + span.offset, src + span.offset + span.length, kind == LR_ESCAPED};
        const lr_column rest = {out.spans + found, out.kinds + found};
        found += LR_NAME(mention_row)(src, &row, mode, &cursor->at, rest, max - found);
        if (cursor->at < span.length)
            break; /* out is full */
    }
    return found;
}

/* A loop of its own for twitter's rules: 14, not 16 ns per tweet in the others (ascii, avx512). */
static size_t LR_NAME(find_mentions)(const uint8_t *src, lr_column texts, size_t n_rows,
                                     lr_mentions mode, lr_cursor *cursor, lr_column out, size_t max)
{
    if (mode == LR_MENTIONS_TWITTER)
        return LR_NAME(mention_rows)(src, texts, n_rows, LR_MENTIONS_TWITTER, cursor, out, max);
    return LR_NAME(mention_rows)(src, texts, n_rows, mode, cursor, out, max);
}
