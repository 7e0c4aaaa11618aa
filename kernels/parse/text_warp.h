/*
 * text_warp.h: a warp looks at the texts of 32 records at once: they are laid end to end, 32 bytes a lane, so that
 * no lane is without work where texts are short. The last piece of a text holds the byte behind it, which
 * counts as none: so what a lane is told of the one before (is its first byte escaped, must it go on a sequence)
 * is nothing where a text begins, if the one before is good; if it is not, both are in doubt.
 */
#ifndef LR_TEXT_WARP_H
#define LR_TEXT_WARP_H

#include "parse/strings_warp.h"

/* The texts of a warp, lane r's that of record r. A piece is what a lane holds in a step: 32 aligned bytes. */
typedef struct warp_texts {
    lr_gpu_span own;
    uint32_t begin, end; /* of the lane's text, its first piece, and the one behind the last */
    uint32_t n;          /* pieces */
} warp_texts;

/* has: the lane has a text. */
static __device__ warp_texts lay_texts(const warp_line *l, bool has, lr_gpu_span own)
{
    const uint32_t n = has ? (own.to - (own.from & ~31u)) / 32 + 1 : 0;
    const uint32_t end = sum_up_to(l->lane, n);
    const warp_texts texts = {own, end - n, end, broadcast(end, LR_WARP - 1)};
    return texts;
}

/* A lane's piece. */
typedef struct lane_text {
    uint32_t record, from, to; /* whose text it is, and where this stands */
    uint32_t at, valid;        /* where the piece stands; which of its bytes are the text's */
    lr_planes x;
} lane_text;

/* The pieces from `piece` on, one a lane. */
static __device__ lane_text load_texts(const warp_line *l, const warp_texts *texts, uint32_t piece)
{
    const uint32_t mine = piece + l->lane;
    lane_text t;

    t.record = 0; /* as many texts end before this piece */
    for (uint32_t step = LR_WARP / 2; step > 0; step /= 2)
        t.record += broadcast(texts->end, t.record + step - 1) <= mine ? step : 0;
    const uint32_t begin = broadcast(texts->begin, t.record);
    t.from = broadcast(texts->own.from, t.record);
    t.to = broadcast(texts->own.to, t.record);
    t.at = (t.from & ~31u) + (mine - begin) * 32;
    t.valid = mine < texts->n ? bytes_between(t.at, t.from, t.to) : 0;
    t.x = load_planes(l->src, t.at, mine < texts->n ? t.to + 1 : 0);
    return t;
}

/* The sum of x over the pieces of the lane's own text, of those from `piece` on. */
static __device__ uint32_t sum_of_text(const warp_line *l, const warp_texts *texts, uint32_t piece,
                                       uint32_t x)
{
    const uint32_t up_to = sum_up_to(l->lane, x);
    const uint32_t begin = texts->begin > piece ? texts->begin - piece : 0;
    const uint32_t end = texts->end > piece ? texts->end - piece : 0;
    const uint32_t before = broadcast(up_to, (begin - 1) % LR_WARP);
    const uint32_t all = broadcast(up_to, (end < LR_WARP ? end - 1 : LR_WARP - 1) % LR_WARP);

    return begin < LR_WARP && begin < end ? all - (begin > 0 ? before : 0) : 0;
}

/* What was seen of texts. Bits are records, and each lane has its share of them. */
typedef struct text_look {
    uint32_t bad;   /* it holds bad UTF-8, or of JSON a control character or a bad escape */
    uint32_t hides; /* an escape stands for an ASCII character by number, such as \u0040 */
    uint32_t ats;   /* of the lane's own text: how many @ */
} text_look;

/* Between steps; see string_look. */
typedef struct text_carry {
    uint32_t sequences, us, escaped, zeros;
} text_carry;

/* The escapes of a step of JSON. */
static __device__ void look_at_escapes(const warp_line *l, const lane_text *t, uint32_t back,
                                       bool proved, text_carry *carry, text_look *look)
{
    const uint32_t first = escaped_before(l->below, back, &carry->escaped);
    const uint32_t letters = escapes_of(back, first) << 1 | first;
    uint64_t us;
    const uint32_t wrong = escapes_step(l, &t->x, letters & t->valid, t->valid, &carry->us, &us);
    const uint32_t zeros = bytes_eq(&t->x, '0'), before = (uint32_t)us, u = (uint32_t)(us >> 32);
    const uint32_t zeros_before = lane_before(l->lane, zeros, &carry->zeros);
    const uint32_t hides = behind_by(before, u, 3) & behind_by(zeros_before, zeros, 2) &
                           behind_by(zeros_before, zeros, 1) & bytes_digits(&t->x) & ~t->x.bit[3];

    if (!proved && (wrong | (letters & ~t->valid)) != 0)
        look->bad |= 1u << t->record;
    if (hides != 0)
        look->hides |= 1u << t->record;
}

/* Looks at the texts. proved: it is known that they are not bad. */
static __device__ text_look look_at_texts(const warp_line *l, const warp_texts *texts, bool json,
                                          bool proved)
{
    text_carry carry = {0, 0, 0, 0};
    text_look look = {0, 0, 0};

    for (uint32_t piece = 0; piece < texts->n; piece += LR_WARP) {
        const lane_text t = load_texts(l, texts, piece);
        const uint32_t ats = (uint32_t)__popc(bytes_eq(&t.x, '@') & t.valid);
        const uint32_t back = json ? bytes_eq(&t.x, '\\') & t.valid : 0;
        uint32_t bad = 0;
        if (any_lane(ats != 0))
            look.ats += sum_of_text(l, texts, piece, ats);
        if (!proved) {
            bad = json ? bytes_control(&t.x) & t.valid : 0;
            if (any_lane((t.x.bit[7] & t.valid) != 0 || (l->lane == 0 && carry.sequences != 0)))
                bad |= sequences_step(l, &t.x, t.valid, &carry.sequences);
            if (bad != 0)
                look.bad |= 1u << t.record;
        }
        if (json && any_lane(back != 0 || (l->lane == 0 && (carry.us | carry.escaped) != 0)))
            look_at_escapes(l, &t, back, proved, &carry, &look);
    }
    return look;
}

#endif
