/* text_warp.h: a warp looks at a text: is it good, and what in it matters to what comes next? */
#ifndef LR_TEXT_WARP_H
#define LR_TEXT_WARP_H

#include "parse/json_warp.h"

/* The 16 bytes of a lane in a text; what is behind it reads as 0. */
typedef struct lane_text {
    uint32_t at, valid, words[4];
} lane_text;

static __device__ lane_text load_text(const uint8_t *src, uint32_t at, uint32_t from, uint32_t to)
{
    lane_text t;
    const uint4 bytes = at < to ? *(const uint4 *)(src + at) : make_uint4(0, 0, 0, 0);

    t.at = at;
    t.valid = lr_mask_between(at, from, to);
    t.words[0] = bytes.x;
    t.words[1] = bytes.y;
    t.words[2] = bytes.z;
    t.words[3] = bytes.w;
    return t;
}

LR_CALLED uint32_t escape_length(const uint8_t *p, const uint8_t *end)
{
    return (uint32_t)lr_escape_length(p, (size_t)(end - p));
}

typedef struct text_look {
    bool escaped; /* holds escapes */
    bool hides;   /* of these, one that stands for an ASCII character by number, such as \u0040 */
    uint32_t ats; /* how many @ */
} text_look;

/*
 * Looks at the inside of a string. False: it holds a control character, a bad escape or bad UTF-8. The
 * bytes that go on with a sequence are counted, and so are those that the first bytes ask for: where the
 * numbers are the same, each has its sequence.
 */
static __device__ bool look_at_text(const warp_line *l, uint32_t from, uint32_t to, text_look *out)
{
    uint32_t escaped = 0, asked = 0, ats = 0;
    bool bad = false, hides = false, any_escape = false;

    for (uint32_t at = from & ~15u; at < to; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 16, from, to);
        const uint32_t back = lr_mask_eq(t.words, '\\') & t.valid;
        bad |= (lr_mask_control(t.words) & t.valid) != 0;
        ats += (uint32_t)__popc(lr_mask_eq(t.words, '@') & t.valid);
        for (uint32_t rest = lr_mask_high(t.words) & t.valid; rest != 0; rest &= rest - 1) {
            const uint8_t *p = l->src + t.at + (uint32_t)__ffs((int)rest) - 1;
            const uint32_t n = (*p & 0xC0) == 0x80 ? 0 : utf8_length(p, l->src + to);
            bad |= n == 0 && (*p & 0xC0) != 0x80;
            asked += n - 1; /* of a byte that goes on: one less */
        }
        if (!any_lane(back != 0) && escaped == 0)
            continue;
        any_escape = true;
        const uint32_t first = escaped_before(l->below, back, &escaped);
        for (uint32_t rest = lr_escapes16(back, first); rest != 0; rest &= rest - 1) {
            const uint8_t *p = l->src + t.at + (uint32_t)__ffs((int)rest) - 1;
            const uint32_t n = escape_length(p, l->src + to);
            bad |= n == 0;
            hides |= n == 6 && p[2] == '0' && p[3] == '0' && p[4] < '8';
        }
    }
    out->escaped = any_escape;
    out->hides = any_lane(hides);
    out->ats = warp_sum(ats);
    return !any_lane(bad) && warp_sum(asked) == 0;
}

#endif
