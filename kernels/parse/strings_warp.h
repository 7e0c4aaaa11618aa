/*
 * strings_warp.h: UTF-8 and escapes of JSON strings in the 32 bytes of each lane, by planes. What a sequence asks
 * for may lie in the next lane: each gets from the one before it what that one leaves open, and the
 * first lane of a step from the last one of the step before.
 */
#ifndef LR_STRINGS_WARP_H
#define LR_STRINGS_WARP_H

#include "parse/json_warp.h"

/* Left open by the step before; meaningful in the first lane. Zeros at first. */
typedef struct string_look {
    uint32_t sequences; /* see sequences_step */
    uint32_t us;        /* the letters of escapes by number */
} string_look;

/*
 * UTF-8 (RFC 3629, section 4): where bytes that go on must stand is known from the first bytes, and some of
 * these bound the second one. What the last bytes leave open: who must go on 1, 2 and 3 bytes behind,
 * in 1, 2 and 3 bits, and the four that bound. valid: the bytes that count. Returns those that are bad;
 * behind the last valid one they say that a sequence is cut off.
 */
static __device__ uint32_t sequences_step(const warp_line *l, const lr_planes *x, uint32_t valid,
                                          uint32_t *carry)
{
    const uint32_t *b = x->bit;
    const uint32_t high = b[7] & valid, lead = high & b[6], goes_on = high & ~b[6];
    const uint32_t three = lead & b[5], four = three & b[4];
    const uint32_t e0 = three & ~b[4] & ~(b[3] | b[2] | b[1] | b[0]);
    const uint32_t ed = three & ~b[4] & b[3] & b[2] & ~b[1] & b[0];
    const uint32_t f0 = four & ~(b[2] | b[1] | b[0]), f4 = four & b[2];
    const uint32_t left = lead >> 31 | three >> 30 << 1 | four >> 29 << 3 | e0 >> 31 << 6 |
                          ed >> 31 << 7 | f0 >> 31 << 8 | f4 >> 31 << 9;
    const uint32_t before = lane_before(l->lane, left, carry);
    const uint32_t asked = (lead << 1 | (before & 1)) | (three << 2 | (before >> 1 & 3)) |
                           (four << 3 | (before >> 3 & 7));
    uint32_t bad = asked ^ goes_on;

    bad |= lead & ~b[5] & ~(b[4] | b[3] | b[2] | b[1]);           /* C0, C1 */
    bad |= four & (b[3] | (b[2] & (b[1] | b[0])));                /* F5 and above */
    bad |= (e0 << 1 | (before >> 6 & 1)) & ~b[5];                 /* could be shorter */
    bad |= (ed << 1 | (before >> 7 & 1)) & b[5];                  /* surrogates */
    bad |= (f0 << 1 | (before >> 8 & 1)) & ~(b[5] | b[4]);        /* could be shorter */
    return bad | ((f4 << 1 | (before >> 9 & 1)) & (b[5] | b[4])); /* above U+10FFFF */
}

/* Escapes (RFC 8259, section 7): letters is what stands behind the backslashes. Behind a u stand four
 * digits. Returns the bytes that are bad. *us: the u of the lane, below those of the lane before. */
static __device__ uint32_t escapes_step(const warp_line *l, const lr_planes *x, uint32_t letters,
                                        uint32_t valid, uint32_t *carry, uint64_t *us)
{
    const uint32_t *b = x->bit;
    const uint32_t u = bytes_eq(x, 'u') & letters;
    const uint32_t low = ~b[7] & b[6] & b[5]; /* b f n r t: 02 06 0E 12 14 */
    const uint32_t small =
        low & ~b[0] & ((~b[4] & b[1] & (~b[3] | b[2])) | (b[4] & ~b[3] & (b[2] ^ b[1])));
    const uint32_t good = u | small | bytes_eq(x, '"') | bytes_eq(x, '\\') | bytes_eq(x, '/');
    const uint32_t before = lane_before(l->lane, u, carry);
    const uint32_t digits = behind_by(before, u, 1) | behind_by(before, u, 2) |
                            behind_by(before, u, 3) | behind_by(before, u, 4);

    *us = (uint64_t)u << 32 | before;
    return (letters & ~good) | (digits & ~(bytes_hex(x) & valid));
}

/* At the end of a text: is nothing left open? */
static __device__ bool nothing_open(const warp_line *l, const string_look *look)
{
    return !any_lane(l->lane == 0 && (look->sequences != 0 || look->us >> 28 != 0));
}

#endif
