/* match_warp.h: a warp finds the emojis and the mentions of a text that is good. */
#ifndef LR_MATCH_WARP_H
#define LR_MATCH_WARP_H

#include "match/emojis_core.h"
#include "match/mentions_core.h"
#include "parse/text_warp.h"

/* The character at p. */
LR_CALLED uint32_t char_at(const uint8_t *p, const uint8_t *end, bool escapes)
{
    return lr_char_next(&p, end, escapes);
}

/* lr_emoji_at: the symbol, and above it how many bytes it takes. */
LR_CALLED uint64_t emoji_at(const lr_emoji_node *nodes, const uint8_t *stage,
                            const uint16_t (*root)[LR_EMOJI_STAGE], const uint8_t *p,
                            const uint8_t *end, bool escapes)
{
    const uint8_t *const begin = p;
    lr_emoji_set set = {0, NULL, NULL, stage, root, nodes};
    const uint64_t symbol = lr_emoji_at(&set, &p, end, escapes);

    return symbol | (uint64_t)(p - begin) << 32;
}

/*
 * Where in a lane an emoji may begin: bit i + 1 for byte i, bit 0 for the byte before. It begins with a
 * character of more than one byte, as it is stored, or with an ASCII one (of keycaps) before such a one.
 * starts: the escapes of the lane, above those of the lane before.
 */
static __device__ uint32_t emoji_places(const warp_line *l, const lr_emoji_set *set,
                                        const lane_text *t, uint32_t starts, uint32_t from,
                                        uint32_t to, bool escapes)
{
    uint32_t leads = lr_mask_high(t->words) & t->valid, places = 0;

    for (uint32_t rest = leads; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1;
        if ((l->src[t->at + bit] & 0xC0) == 0x80)
            leads &= ~(1u << bit);
    }
    for (uint32_t rest = leads | starts >> 16; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1, at = t->at + bit;
        const uint8_t *p = l->src + at;
        const uint8_t before = at > from ? p[-1] : 0;
        const uint32_t code = char_at(p, l->src + to, escapes);
        if (lr_emoji_first(set, code) != 0)
            places |= 2u << bit;
        /* A digit before it may be the last one of an escape. */
        if (at > from && code >= 0x80 && before < 0x80 && lr_emoji_first(set, before) != 0 &&
            (starts >> (10 + bit) & 1) == 0)
            places |= 1u << bit;
    }
    return places;
}

/* Counts the emojis in src[from, to) by symbol. escapes: a backslash is JSON's. */
static __device__ void count_emojis(const warp_line *l, const lr_gpu_prefix *prefix, uint32_t from,
                                    uint32_t to, bool escapes)
{
    uint32_t escaped = 0, last_starts = 0, cursor = from;

    for (uint32_t at = from & ~15u; at < to; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 16, from, to);
        const uint32_t back = escapes ? lr_mask_eq(t.words, '\\') & t.valid : 0;
        const uint32_t first = escaped_before(l->below, back, &escaped);
        const uint32_t own = lr_escapes16(back, first);
        const uint32_t lower = __shfl_up_sync(LR_ALL_LANES, own, 1);
        const uint32_t starts = own << 16 | (l->lane > 0 ? lower : last_starts);
        uint32_t places = emoji_places(l, &prefix->emojis, &t, starts, from, to, escapes);

        last_starts = broadcast(own, LR_WARP - 1);
        for (uint32_t lanes; (lanes = __ballot_sync(LR_ALL_LANES, places != 0)) != 0;) {
            const uint32_t lane = (uint32_t)__ffs((int)lanes) - 1;
            uint32_t end = cursor;
            if (l->lane == lane) {
                const uint32_t place = t.at + (uint32_t)__ffs((int)places) - 2;
                places &= places - 1;
                const uint64_t found =
                    place < cursor
                        ? 0
                        : emoji_at(prefix->emojis.nodes, prefix->emojis.stage, prefix->emojis.root,
                                   l->src + place, l->src + to, escapes);
                if ((uint32_t)found != 0) {
                    atomicAdd(&prefix->symbols[(uint32_t)found - 1], 1ull);
                    end = place + (uint32_t)(found >> 32);
                }
            }
            cursor = broadcast(end, lane);
        }
    }
}

/* The sum of x over the lanes up to this one. */
static __device__ uint32_t sum_up_to(uint32_t lane, uint32_t x)
{
    for (uint32_t step = 1; step < LR_WARP; step *= 2) {
        const uint32_t other = __shfl_up_sync(LR_ALL_LANES, x, step);
        x += lane >= step ? other : 0;
    }
    return x;
}

/* Writes the first max names that src[from, to) mentions to out; the rest of its room becomes no rows. The text hides nothing, so an @ and the letters of a name stand as themselves. */
static __device__ void list_mentions(const warp_line *l, uint32_t hot, uint32_t from, uint32_t to,
                                     lr_gpu_row *out, uint32_t max)
{
    uint32_t n = 0;

    for (uint32_t at = from & ~15u; at < to && n < max; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 16, from, to);
        const uint32_t ats = lr_mask_eq(t.words, '@') & t.valid;
        if (!any_lane(ats != 0))
            continue;
        uint32_t names = 0;
        for (uint32_t rest = ats; rest != 0; rest &= rest - 1) {
            const uint32_t next = t.at + (uint32_t)__ffs((int)rest);
            if (next < to && lr_is_word_ascii(l->src[next]))
                names |= rest & (0 - rest);
        }
        const uint32_t sum = sum_up_to(l->lane, (uint32_t)__popc(names));
        uint32_t i = n + sum - (uint32_t)__popc(names);
        n += broadcast(sum, LR_WARP - 1);
        for (uint32_t rest = names; rest != 0 && i < max; rest &= rest - 1, i++) {
            const uint32_t name = t.at + (uint32_t)__ffs((int)rest);
            uint32_t end = name;
            while (end < to && lr_is_word_ascii(l->src[end]))
                end++;
            const lr_gpu_row row = {name, end - name, 0, hot};
            out[i] = row;
        }
    }
    for (uint32_t i = n + l->lane; i < max; i += LR_WARP)
        out[i].length = UINT32_MAX;
}

#endif
