/* mentions_ref.h: find_mentions, character by character: the definition. */
#include "match/mentions_core.h"

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
        found += lr_mentions_row(src, &row, mode, &cursor->at, rest, max - found);
        if (cursor->at < span.length)
            break; /* out is full */
    }
    return found;
}
