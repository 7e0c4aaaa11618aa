/* text_warp.h: a warp looks at a text: is it good, and what in it matters to what comes next? */
#ifndef LR_TEXT_WARP_H
#define LR_TEXT_WARP_H

#include "parse/strings_warp.h"

/* The 32 bytes of a lane in a text; what is behind it reads as 0, if it is all of the lane. */
typedef struct lane_text {
    uint32_t at, valid;
    lr_planes x;
} lane_text;

static __device__ lane_text load_text(const uint8_t *src, uint32_t at, uint32_t from, uint32_t to)
{
    lane_text t;

    t.at = at;
    t.valid = bytes_between(at, from, to);
    t.x = load_planes(src, at, to);
    return t;
}

typedef struct text_look {
    bool foreign; /* holds escapes, or bytes above ASCII */
    bool escaped; /* holds escapes */
    bool hides;   /* of these, one that stands for an ASCII character by number, such as \u0040 */
    uint32_t ats; /* how many @ */
} text_look;

/* Looks at a text of at most 32 bytes, a lane a byte. False: it is not of plain characters alone. */
static __device__ bool look_at_short(const warp_line *l, uint32_t from, uint32_t to, text_look *out)
{
    const uint8_t c = l->lane < to - from ? l->src[from + l->lane] : 'a';

    out->foreign = out->escaped = out->hides = false;
    out->ats = (uint32_t)__popc(__ballot_sync(LR_ALL_LANES, c == '@'));
    return !any_lane(c < 0x20 || c >= 0x80 || c == '\\');
}

/* Looks at the inside of a string. False: it holds a control character, a bad escape or bad UTF-8. proved:
 * it is known that it does not. */
static __device__ bool look_at_text(const warp_line *l, uint32_t from, uint32_t to, bool proved,
                                    text_look *out)
{
    uint32_t escaped = 0, ats = 0, bad = 0, hides = 0, high = 0, last_zeros = 0;
    string_look open = {0, 0};
    bool any_escape = false;

    if (to - from <= LR_WARP && look_at_short(l, from, to, out))
        return true;
    for (uint32_t at = from & ~31u; at < to; at += LR_STEP) {
        const lane_text t = load_text(l->src, at + l->lane * 32, from, to);
        const uint32_t back = bytes_eq(&t.x, '\\') & t.valid;
        ats += (uint32_t)__popc(bytes_eq(&t.x, '@') & t.valid);
        high |= t.x.bit[7] & t.valid;
        if (!proved) {
            bad |= bytes_control(&t.x) & t.valid;
            if (any_lane((t.x.bit[7] & t.valid) != 0 || (l->lane == 0 && open.sequences != 0)))
                bad |= sequences_step(l, &t.x, t.valid, &open.sequences);
        }
        if (!any_lane(back != 0) && !any_escape)
            continue;
        any_escape = true;
        const uint32_t first = escaped_before(l->below, back, &escaped);
        const uint32_t letters = (escapes_of(back, first) << 1 | first) & t.valid;
        uint64_t us;
        const uint32_t wrong = escapes_step(l, &t.x, letters, t.valid, &open.us, &us);
        bad |= proved ? 0 : wrong;
        const uint32_t zeros = bytes_eq(&t.x, '0'), before = (uint32_t)us, u = (uint32_t)(us >> 32);
        const uint32_t zeros_before = lane_before(l->lane, zeros, &last_zeros);
        hides |= behind_by(before, u, 3) & behind_by(zeros_before, zeros, 2) &
                 behind_by(zeros_before, zeros, 1) & bytes_digits(&t.x) & ~t.x.bit[3];
    }
    out->escaped = any_escape;
    out->foreign = any_escape || any_lane(high != 0);
    out->hides = any_lane(hides != 0);
    out->ats = warp_sum(ats);
    return !any_lane(bad != 0) && nothing_open(l, &open) && escaped == 0;
}

#endif
