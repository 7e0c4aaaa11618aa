/* match_warp.h: a warp finds the emojis and the mentions of texts that are good. */
#ifndef LR_MATCH_WARP_H
#define LR_MATCH_WARP_H

#include "gpu_records.h"
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

/* Characters of more than one byte that may matter to emojis, as masks of a lane: the first bytes of those that
 * are stored so, and the first digits of those that are escapes. Most do not matter, by these. */
typedef struct emoji_marks {
    uint32_t leads, digits;
    uint32_t ended; /* of both, those whose character stands right behind an escape of six bytes */
} emoji_marks;

/* starts: the escapes of the lane; before: those of the lane before. */
static __device__ emoji_marks emoji_marks_of(const warp_line *l, const lr_gpu_emojis *may,
                                             const lane_text *t, uint32_t starts, uint32_t before)
{
    const uint32_t high = t->x.bit[7] & t->x.bit[6] & t->valid;
    emoji_marks m = {0, 0, 0};

    if (any_lane(high != 0)) {
        for (uint32_t i = 0; i < may->n_leads; i++)
            m.leads |= bytes_same(&t->x, may->leads[i].differs, 0x3F);
        m.leads = may->all ? high : m.leads & high;
    }
    if (any_lane((starts | before) != 0)) {
        const uint32_t zeros = bytes_eq(&t->x, '0');
        const uint32_t next = __shfl_down_sync(LR_ALL_LANES, zeros, 1);
        const uint32_t above = l->lane < LR_WARP - 1 ? next : 0xFFFFFFFFu;
        for (uint32_t i = 0; i < may->n_digits; i++)
            m.digits |= bytes_same(&t->x, may->digits[i].differs, 0x4F);
        if (may->zeros)
            m.digits |= zeros & __funnelshift_r(zeros, above, 1);
        m.digits &= behind_by(before, starts, 2) & t->valid;
    }
    m.ended = (behind_by(before, starts, 6) & m.leads) | (behind_by(before, starts, 8) & m.digits);
    return m;
}

/*
 * Where in a lane an emoji may begin: bit i + 3 for byte i, the lower ones for the bytes before. It begins with a
 * character of more than one byte, as it is stored, or with an ASCII one (of keycaps) before such a one.
 */
static __device__ uint64_t emoji_places(const warp_line *l, const lr_emoji_set *set,
                                        const lane_text *t, const emoji_marks *m, bool escapes)
{
    uint64_t places = 0;

    for (uint32_t rest = m->leads | m->digits; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1, back = (m->digits >> bit & 1) * 2;
        const uint32_t at = t->at + bit - back;
        const uint8_t *p = l->src + at;
        const uint8_t last = at > t->from ? p[-1] : 0xFF;
        const uint32_t code = char_at(p, l->src + t->to, escapes);
        if (lr_emoji_first(set, code) != 0)
            places |= 8ull << bit >> back;
        /* A digit before it may be the last one of an escape. */
        if (code >= 0x80 && last < 0x80 && lr_emoji_first(set, last) != 0 &&
            (m->ended >> bit & 1) == 0)
            places |= 4ull << bit >> back;
    }
    return places;
}

/* Counts the emojis at the places of a step, in their order: one that stands in another is none. All lanes look
 * at once, each at its next place; then it is decided lane by lane. *cursor: behind the last emoji. */
static __device__ void count_places(const warp_line *l, const lr_gpu_prefix *prefix,
                                    const lane_text *t, uint64_t places, bool escapes,
                                    uint32_t *cursor)
{
    const lr_emoji_set *set = &prefix->emojis;

    for (uint32_t lanes; (lanes = __ballot_sync(LR_ALL_LANES, places != 0)) != 0;) {
        const uint32_t bit = (uint32_t)__ffsll((long long)places) - 1, place = t->at + bit - 3;
        const uint64_t found = places == 0 || place < *cursor
                                   ? 0
                                   : emoji_at(set->nodes, set->stage, set->root, l->src + place,
                                              l->src + t->to, escapes);
        const uint32_t length = (uint32_t)(found >> 32);
        uint32_t lane, more;
        do {
            uint32_t end = *cursor;
            lane = (uint32_t)__ffs((int)lanes) - 1;
            lanes &= lanes - 1;
            if (l->lane == lane) {
                places &= places - 1;
                if ((uint32_t)found != 0 && place >= end) {
                    atomicAdd(&prefix->symbols[(uint32_t)found - 1], 1ull);
                    end = place + length;
                    places = bit + length < 64 ? places & ~(uint64_t)0 << (bit + length) : 0;
                }
            }
            *cursor = broadcast(end, lane);
            more = broadcast(places != 0, lane);
        } while (lanes != 0 && more == 0); /* else its next place comes first */
    }
}

/* Counts the emojis in texts by symbol. escapes: a backslash is JSON's. */
static __device__ void count_emojis(const warp_line *l, const lr_gpu_prefix *prefix,
                                    const warp_texts *texts, bool escapes)
{
    uint32_t escaped = 0, last_starts = 0;
    uint32_t cursor = 0; /* the texts of records stand in their order */

    for (uint32_t piece = 0; piece < texts->n; piece += LR_WARP) {
        const lane_text t = load_texts(l, texts, piece);
        uint32_t starts = 0, before = 0;
        if (escapes) {
            const uint32_t back = bytes_eq(&t.x, '\\') & t.valid;
            starts = escapes_of(back, escaped_before(l->below, back, &escaped));
            before = lane_before(l->lane, starts, &last_starts);
        }
        const emoji_marks m = emoji_marks_of(l, &l->program->may, &t, starts, before);
        if (any_lane((m.leads | m.digits) != 0))
            count_places(l, prefix, &t, emoji_places(l, &prefix->emojis, &t, &m, escapes), escapes,
                         &cursor);
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

/*
 * Writes the names that texts mention to out, of room for max; what is left of it becomes no rows. first: of
 * each text only the first one. The texts hide nothing, so an @ and the letters of a name stand as themselves.
 */
static __device__ void list_mentions(const warp_line *l, uint32_t hot, const warp_texts *texts,
                                     bool first, lr_gpu_row *out, uint32_t max)
{
    uint32_t n = 0, last_at = 0, found = 0;

    for (uint32_t piece = 0; piece < texts->n; piece += LR_WARP) {
        const lane_text t = load_texts(l, texts, piece);
        const uint32_t ats = bytes_eq(&t.x, '@') & t.valid, words = bytes_word(&t.x) & t.valid;
        uint32_t names = behind_by(lane_before(l->lane, ats, &last_at), ats, 1) & words;
        const uint32_t next = __shfl_down_sync(LR_ALL_LANES, words, 1);
        const bool last = l->lane == LR_WARP - 1;
        const uint64_t both = (uint64_t)(last ? 0 : next) << 32 | words;
        if (!any_lane(names != 0))
            continue;
        if (first) {
            const uint32_t same = __match_any_sync(LR_ALL_LANES, t.record);
            const uint32_t lanes = __ballot_sync(LR_ALL_LANES, names != 0);
            const bool is_first = (lanes & same & l->below) == 0 && (found >> t.record & 1) == 0;
            found |= warp_or(names != 0 ? 1u << t.record : 0);
            names = is_first ? names & (0 - names) : 0;
        }
        const uint32_t mine = (uint32_t)__popc(names), sum = sum_up_to(l->lane, mine);
        uint32_t i = n + sum - mine;
        n += broadcast(sum, LR_WARP - 1);
        for (uint32_t rest = names; rest != 0; rest &= rest - 1, i++) {
            const uint32_t name = t.at + (uint32_t)__ffs((int)rest) - 1;
            const lr_gpu_row row = {name, name_length(l->src, name, t.to, both, last ? 32 : 64), 0,
                                    hot};
            out[i] = row;
        }
    }
    for (uint32_t i = n + l->lane; i < max; i += LR_WARP)
        out[i] = no_row();
}

#endif
