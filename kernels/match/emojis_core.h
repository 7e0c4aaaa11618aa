/* emojis_core.h: the longest emoji at a place of a text: a walk down the set's trie. */
#ifndef LR_EMOJIS_CORE_H
#define LR_EMOJIS_CORE_H

#include "match/emoji_set.h"
#include "match/text_core.h"

/* The root's child for a code point; 0 where no sequence begins with it. */
LR_HD uint32_t lr_emoji_first(const lr_emoji_set *set, uint32_t code)
{
    if (code >= LR_EMOJI_CODES)
        return 0;
    return set->root[set->stage[code / LR_EMOJI_STAGE]][code % LR_EMOJI_STAGE];
}

/* The child of a node for a code point, or 0. */
LR_HD uint32_t lr_emoji_child(const lr_emoji_set *set, uint32_t node, uint32_t code)
{
    const uint32_t end = set->nodes[node + 1].first;

    for (uint32_t child = set->nodes[node].first; child < end; child++)
        if (set->nodes[child].code == code)
            return child;
    return 0;
}

/*
 * The longest sequence of the set at *p: 1 + its symbol, and *p moves behind it; 0 where there is
 * none, and *p moves behind the one character. A walk goes as far as there are children and then
 * falls back to where a sequence last ended: half of the sequences have a shorter one as prefix.
 */
LR_HD uint32_t lr_emoji_at(const lr_emoji_set *set, const uint8_t **p, const uint8_t *end,
                           bool escaped)
{
    uint32_t node = lr_emoji_first(set, lr_char_next(p, end, escaped));
    uint32_t found = set->nodes[node].symbol; /* the root is no symbol */
    const uint8_t *behind = *p, *walk = *p;

    while (node != 0 && set->nodes[node].first < set->nodes[node + 1].first && walk < end) {
        node = lr_emoji_child(set, node, lr_char_next(&walk, end, escaped));
        if (set->nodes[node].symbol != 0) {
            found = set->nodes[node].symbol;
            behind = walk;
        }
    }
    *p = behind;
    return found;
}

#endif
