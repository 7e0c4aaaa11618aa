/* emojis_ref.h: find_emojis, character by character: the definition. */
#include "match/emojis_core.h"

static size_t LR_NAME(find_emojis)(const uint8_t *src, lr_column texts, size_t n_rows,
                                   const lr_emoji_set *set, lr_cursor *cursor, uint32_t *out,
                                   size_t max)
{
    size_t found = 0;

    for (; cursor->row < n_rows; cursor->row++, cursor->at = 0) {
        const uint8_t kind = texts.kinds[cursor->row];
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        const uint8_t *const begin = src + texts.spans[cursor->row].offset;
        const uint8_t *const end = begin + texts.spans[cursor->row].length;

        for (const uint8_t *p = begin + cursor->at; p < end;) {
            if (found == max) {
                cursor->at = (uint32_t)(p - begin);
                return found;
            }
            const uint32_t symbol = lr_emoji_at(set, &p, end, kind == LR_ESCAPED);
            if (symbol != 0)
                out[found++] = symbol - 1;
        }
    }
    return found;
}
