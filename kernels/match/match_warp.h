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

/* May the character of more than one byte at p matter to emojis? Most do not, by the first byte, or the first
 * digits of an escape. */
static __device__ bool may_matter(const lr_gpu_emojis *may, const uint8_t *p)
{
    if (*p != '\\')
        return (may->leads >> (*p & 63) & 1) != 0;
    const uint32_t digit = (p[2] & 15u) + (p[2] >> 6) * 9u;
    return p[1] == 'u' && (may->digits >> (digit & 15) & 1) != 0 &&
           (digit != 0 || !may->only_00 || p[3] == '0');
}

/*
 * Where in a lane an emoji may begin: bit i + 1 for byte i, bit 0 for the byte before. It begins with a
 * character of more than one byte, as it is stored, or with an ASCII one (of keycaps) before such a one.
 * starts: the escapes of the lane; before: those of the lane before.
 */
static __device__ uint64_t emoji_places(const warp_line *l, const lr_gpu_prefix *prefix,
                                        const lane_text *t, uint32_t starts, uint32_t before,
                                        uint32_t from, uint32_t to, bool escapes)
{
    const lr_emoji_set *set = &prefix->emojis;
    const uint32_t leads = t->x.bit[7] & t->x.bit[6] & t->valid;
    const uint32_t ended = behind_by(before, starts, 6); /* behind escapes of six bytes */
    uint64_t places = 0;

    for (uint32_t rest = leads | starts; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1, at = t->at + bit;
        const uint8_t *p = l->src + at;
        if (!may_matter(&prefix->may, p))
            continue;
        const uint8_t last = at > from ? p[-1] : 0;
        const uint32_t code = char_at(p, l->src + to, escapes);
        if (lr_emoji_first(set, code) != 0)
            places |= 2ull << bit;
        /* A digit before it may be the last one of an escape. */
        if (at > from && code >= 0x80 && last < 0x80 && lr_emoji_first(set, last) != 0 &&
            (ended >> bit & 1) == 0)
            places |= 1ull << bit;
    }
    return places;
}

/* Counts the emojis in src[from, to) by symbol. escapes: a backslash is JSON's. */
static __device__ void count_emojis(const warp_line *l, const lr_gpu_prefix *prefix, uint32_t from,
                                    uint32_t to, bool escapes)
{
    uint32_t escaped = 0, last_starts = 0, cursor = from;

    for (uint32_t at = from & ~31u; at < to; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 32, from, to);
        const uint32_t back = escapes ? bytes_eq(&t.x, '\\') & t.valid : 0;
        const uint32_t first = escaped_before(l->below, back, &escaped);
        const uint32_t starts = escapes_of(back, first);
        const uint32_t before = lane_before(l->lane, starts, &last_starts);
        uint64_t places = emoji_places(l, prefix, &t, starts, before, from, to, escapes);

        for (uint32_t lanes; (lanes = __ballot_sync(LR_ALL_LANES, places != 0)) != 0;) {
            const uint32_t lane = (uint32_t)__ffs((int)lanes) - 1;
            uint32_t end = cursor;
            if (l->lane == lane) {
                const uint32_t place = t.at + (uint32_t)__ffsll((long long)places) - 2;
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

/* How many bytes of a name stand at `at`. words: which of the 32 bytes there and the 32 behind them are a
 * name's; from byte `known` on nothing is known. */
static __device__ uint32_t name_length(const uint8_t *src, uint32_t at, uint32_t to, uint64_t words,
                                       uint32_t known)
{
    const uint64_t others = ~(words >> at % 32);
    const uint32_t n = others != 0 ? (uint32_t)__ffsll((long long)others) - 1 : 64;
    uint32_t end = at + n;

    if (at % 32 + n >= known)
        while (end < to && lr_is_word_ascii(src[end]))
            end++;
    return end - at;
}

/* A row that is none. Whoever counts rows reads them whole, so all of it is written. */
static __device__ lr_gpu_row no_row(void)
{
    const lr_gpu_row none = {0, UINT32_MAX, 0, 0};
    return none;
}

/* Writes the first max names that src[from, to) mentions to out; the rest of its room becomes no rows. The
 * text hides nothing, so an @ and the letters of a name stand as themselves. */
static __device__ void list_mentions(const warp_line *l, uint32_t hot, uint32_t from, uint32_t to,
                                     lr_gpu_row *out, uint32_t max)
{
    uint32_t n = 0, last_at = 0;

    for (uint32_t at = from & ~31u; at < to && n < max; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 32, from, to);
        const uint32_t ats = bytes_eq(&t.x, '@') & t.valid, words = bytes_word(&t.x) & t.valid;
        const uint32_t before = lane_before(l->lane, ats, &last_at);
        const uint32_t names = behind_by(before, ats, 1) & words; /* their first letters */
        const uint32_t next = __shfl_down_sync(LR_ALL_LANES, words, 1);
        const bool last = l->lane == LR_WARP - 1;
        const uint64_t both = (uint64_t)(last ? 0 : next) << 32 | words;
        if (!any_lane(names != 0))
            continue;
        const uint32_t mine = (uint32_t)__popc(names), sum = sum_up_to(l->lane, mine);
        uint32_t i = n + sum - mine;
        n += broadcast(sum, LR_WARP - 1);
        for (uint32_t rest = names; rest != 0 && i < max; rest &= rest - 1, i++) {
            const uint32_t name = t.at + (uint32_t)__ffs((int)rest) - 1;
            const lr_gpu_row row = {name, name_length(l->src, name, to, both, last ? 32 : 64), 0,
                                    hot};
            out[i] = row;
        }
    }
    for (uint32_t i = n + l->lane; i < max; i += LR_WARP)
        out[i] = no_row();
}

#endif
