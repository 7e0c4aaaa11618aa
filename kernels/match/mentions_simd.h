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

/* ---- many plain rows ---- */

enum {
    LR_NAME(mention_windows) = 5, /* of 64 bytes, looked at together: most texts are no longer */
    LR_NAME(mention_places_max) = 512, /* of @ in some rows */
    LR_NAME(mention_many) = 8          /* rows, for which this is worth it */
};

/* Where an @ is, and where its text ends, from src on. */
typedef struct LR_NAME(mention_place) {
    uint32_t at, end;
} LR_NAME(mention_place);

/* The places of the bits of mask, of which there are seldom more than two, for which out has room whatever
 * there is. Returns how many there are. */
static inline size_t LR_NAME(mention_put)(LR_NAME(mention_place) * out, uint64_t mask, uint32_t at,
                                          uint32_t end)
{
    const size_t n = (size_t)__builtin_popcountll(mask);

    out[0] = (LR_NAME(mention_place)){at + (uint32_t)_tzcnt_u64(mask), end};
    mask &= mask - 1;
    out[1] = (LR_NAME(mention_place)){at + (uint32_t)_tzcnt_u64(mask), end};
    for (size_t i = 2; LR_UNLIKELY(i < n); i++) {
        mask &= mask - 1;
        out[i] = (LR_NAME(mention_place)){at + (uint32_t)_tzcnt_u64(mask), end};
    }
    return n;
}

/* The places of @ in the text of a row. False: they have no room. */
static inline bool LR_NAME(mention_places)(const uint8_t *src, lr_span span,
                                           LR_NAME(mention_place) * out, size_t *n)
{
    enum { STEP = LR_NAME(mention_windows) * 64 };
    const size_t end = (size_t)span.offset + span.length;

    for (size_t at = span.offset; at < end; at += STEP) {
        if (LR_UNLIKELY(*n > LR_NAME(mention_places_max) - STEP))
            return false;
#pragma GCC unroll 5
        for (size_t w = 0; w < LR_NAME(mention_windows); w++) {
            const size_t from = at + w * 64 < end ? at + w * 64 : end, left = end - from;
            const uint64_t mask = block_eq(block_load(src + from), '@') &
                                  _bzhi_u64(UINT64_MAX, left < 64 ? (uint32_t)left : 64);
            *n += LR_NAME(mention_put)(out + *n, mask, (uint32_t)from, (uint32_t)end);
        }
    }
    return true;
}

/* The names at n places, all in plain texts. Returns how many there are. */
static inline size_t LR_NAME(mention_names)(const uint8_t *src,
                                            const LR_NAME(mention_place) * places, size_t n,
                                            lr_mentions mode, lr_column out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *const p = src + places[i].at + 1, *const end = src + places[i].end;
        const block b = block_load(p);
        const uint64_t letters = block_in(block_or(b, 0x20), 'a', 'z');
        const uint64_t others = ~(letters | block_in(b, '0', '9') | block_eq(b, '_'));
        const size_t length = (size_t)_tzcnt_u64(others), most = (size_t)(end - p);
        lr_name name = {p, p + (length < most ? length : most), false};
        if (LR_UNLIKELY(name.end < end && (length == 64 || *name.end >= 0x80))) {
            const lr_row row = {p, end, false};
            LR_NAME(mention_grow)(&name, &row, mode);
        }
        lr_name_put(&name, src, out, found);
        found += name.end > p;
    }
    return found;
}

/* find_mentions for plain rows, as far as there are such: first where an @ is in many of them, then what stands
 * there, so that neither how long a text is nor whether it has one decides a branch. */
static inline size_t LR_NAME(mention_plain)(const uint8_t *src, lr_column texts, size_t n_rows,
                                            lr_mentions mode, lr_cursor *cursor, lr_column out,
                                            size_t max)
{
    LR_NAME(mention_place) places[LR_NAME(mention_places_max) + 2];
    size_t found = 0;
    bool more = true;

    while (more && cursor->row < n_rows) {
        size_t n = 0, row = cursor->row;
        for (; more && row < n_rows; row++) {
            const size_t before = n;
            if (texts.kinds[row] == LR_ESCAPED)
                more = false;
            else if (texts.kinds[row] == LR_PLAIN)
                more = LR_NAME(mention_places)(src, texts.spans[row], places, &n);
            if (!more)
                n = before;
            if (!more || n >= LR_NAME(mention_places_max) / 8) {
                row += more;
                break;
            }
        }
        if (n > max - found)
            break;
        more = more || row > cursor->row;
        cursor->row = row;
        const lr_column rest = {out.spans + found, out.kinds + found};
        found += LR_NAME(mention_names)(src, places, n, mode, rest);
    }
    return found;
}

/* Many rows. Out of line, so that a record by itself pays nothing for this. */
static __attribute__((noinline)) size_t
LR_NAME(mention_many_rows)(const uint8_t *src, lr_column texts, size_t n_rows, lr_mentions mode,
                           lr_cursor *cursor, lr_column out, size_t max)
{
    const size_t found = LR_NAME(mention_plain)(src, texts, n_rows, mode, cursor, out, max);
    const lr_column rest = {out.spans + found, out.kinds + found};

    return found + LR_NAME(mention_rows)(src, texts, n_rows, mode, cursor, rest, max - found);
}

/* A loop of its own for twitter's rules: 14, not 16 ns per tweet in the others (ascii, avx512). */
static size_t LR_NAME(find_mentions)(const uint8_t *src, lr_column texts, size_t n_rows,
                                     lr_mentions mode, lr_cursor *cursor, lr_column out, size_t max)
{
    if (mode == LR_MENTIONS_TWITTER)
        return LR_NAME(mention_rows)(src, texts, n_rows, LR_MENTIONS_TWITTER, cursor, out, max);
    if (n_rows - cursor->row >= LR_NAME(mention_many) && mode != LR_MENTIONS_FIRST &&
        cursor->at == 0)
        return LR_NAME(mention_many_rows)(src, texts, n_rows, mode, cursor, out, max);
    return LR_NAME(mention_rows)(src, texts, n_rows, mode, cursor, out, max);
}
