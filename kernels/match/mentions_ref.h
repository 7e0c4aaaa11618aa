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
        const uint8_t *const begin = src + texts.spans[cursor->row].offset;
        const uint8_t *const end = begin + texts.spans[cursor->row].length;
        const uint8_t *p = begin + cursor->at;

        for (lr_name name; p < end;) {
            if (found == max) {
                cursor->at = (uint32_t)(p - begin);
                return found;
            }
            if (!(mode == LR_MENTIONS_TWITTER
                      ? lr_twitter_next(begin, &p, end, kind == LR_ESCAPED, &name)
                      : lr_mention_next(&p, end, kind == LR_ESCAPED, mode, &name)))
                break;
            out.spans[found] =
                (lr_span){(uint32_t)(name.begin - src), (uint32_t)(name.end - name.begin)};
            out.kinds[found++] = name.escaped ? LR_ESCAPED : LR_PLAIN;
            if (mode == LR_MENTIONS_FIRST)
                break;
        }
    }
    return found;
}
