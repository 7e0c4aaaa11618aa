/* emoji_set.c: the symbols of a set. */
#include "match/emoji_set.h"

size_t lr_emoji_count(const lr_emoji_set *set)
{
    return set->n;
}

lr_bytes lr_emoji_text(const lr_emoji_set *set, uint32_t symbol)
{
    const uint32_t at = set->at[symbol];
    return (lr_bytes){(const uint8_t *)set->text + at, set->at[symbol + 1] - at};
}
