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
        uint64_t escapes = block_eq(b, '\\');
        if (escapes != 0 && (escapes &= block_eq(b, 'u') >> 1) != 0) {
            const uint64_t zeros = block_eq(b, '0');
            triggers |= escapes & zeros >> 2 & zeros >> 3 & block_eq(b, '4') >> 4;
            if (wide)
                triggers |= escapes & block_eq(block_or(b, 0x20), 'f') >> 2;
        }
    }
    return triggers;
}

/* Does the row hold no @? Then it is done. */
static bool LR_NAME(mention_none)(const lr_row *row, bool wide)
{
    for (const uint8_t *p = row->begin; p < row->end; p += LR_NAME(mention_stride)) {
        uint64_t triggers = LR_NAME(mention_triggers)(p, row->escaped, wide);
        if (row->end - p < 64)
            triggers &= (1ull << (row->end - p)) - 1;
        if (triggers != 0)
            return false;
    }
    return true;
}

/* The name behind a trigger at p, not before from; false where there is none. */
static inline bool LR_NAME(mention_at)(const uint8_t *p, const uint8_t *from, const lr_row *row,
                                       lr_mentions mode, lr_name *name)
{
    if (*p == '\\' && !lr_escape_begins(p, from))
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
        lr_name_grow(name, row->end, row->escaped, mode, UINT32_MAX);
    return name->end > p;
}

/* lr_mentions_row for the modes ascii, unicode and first. */
static inline size_t LR_NAME(mention_row)(const uint8_t *src, const lr_row *row, lr_mentions mode,
                                          uint32_t *at, lr_column out, size_t max)
{
    const uint8_t *from = row->begin + *at; /* what is before it has been looked at */
    size_t found = 0;
    lr_name name;

    for (const uint8_t *window = from; window < row->end; window += LR_NAME(mention_stride)) {
        uint64_t triggers = LR_NAME(mention_triggers)(window, row->escaped, false);
        if (row->end - window < 64)
            triggers &= (1ull << (row->end - window)) - 1;
        for (; triggers != 0; triggers &= triggers - 1) {
            const uint8_t *const p = window + __builtin_ctzll(triggers);
            if (p < from || !LR_NAME(mention_at)(p, from, row, mode, &name))
                continue;
            if (found == max) {
                *at = (uint32_t)(p - row->begin);
                return found;
            }
            lr_name_put(&name, src, out, found++);
            from = name.end;
            if (mode == LR_MENTIONS_FIRST)
                goto done;
        }
    }
done:
    *at = (uint32_t)(row->end - row->begin);
    return found;
}

static size_t LR_NAME(find_mentions)(const uint8_t *src, lr_column texts, size_t n_rows,
                                     lr_mentions mode, lr_cursor *cursor, lr_column out, size_t max)
{
    size_t found = 0;

    for (; cursor->row < n_rows; cursor->row++, cursor->at = 0) {
        const uint8_t kind = texts.kinds[cursor->row];
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        const lr_span span = texts.spans[cursor->row];
        const lr_row row = {src + span.offset, src + span.offset + span.length, kind == LR_ESCAPED};
        const lr_column rest = {out.spans + found, out.kinds + found};
        if (mode != LR_MENTIONS_TWITTER)
            found += LR_NAME(mention_row)(src, &row, mode, &cursor->at, rest, max - found);
        else if (LR_NAME(mention_none)(&row, true))
            continue;
        else
            found += lr_mentions_row(src, &row, mode, &cursor->at, rest, max - found);
        if (cursor->at < span.length)
            break; /* out is full */
    }
    return found;
}
