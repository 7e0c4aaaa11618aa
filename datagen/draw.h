/*
 * draw.h: random numbers that are a function of (seed, stream, index) and their place in the draw.
 *
 * Philox4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011, section 3.3. A record's numbers do not depend on those of another record, so any thread
 * makes any record.
 */
#ifndef LR_DATAGEN_DRAW_H
#define LR_DATAGEN_DRAW_H

#include "base.h"

/* One block of four numbers: ten rounds over counter under key. */
static inline void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u; /* Weyl sequences: the golden ratio, and the root of 3 less 1 */
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* What the numbers are for. Streams never share numbers. */
typedef enum draw_stream {
    STREAM_RECORD,   /* index: the record */
    STREAM_QUOTED,   /* the same, for the tweet that it quotes; + 1, + 2 one deeper */
    STREAM_USER = 8, /* index: the user */
    STREAM_SHORT     /* index: the record; the few numbers that a second pass needs again */
} draw_stream;

enum { DRAW_BLOCKS = 4, DRAW_WORDS = 4 * DRAW_BLOCKS };

typedef struct draw {
    uint32_t key[2], counter[4];
    uint32_t words[DRAW_WORDS];
    uint32_t n; /* of words used */
} draw;

static inline void draw_refill(draw *d)
{
    /* Four blocks at a time: their rounds have no common dependency and overlap. */
    for (uint32_t i = 0; i < DRAW_BLOCKS; i++) {
        const uint32_t counter[4] = {d->counter[0], d->counter[1], d->counter[2] + i,
                                     d->counter[3]};
        philox4x32(counter, d->key, d->words + 4 * i);
    }
    d->counter[2] += DRAW_BLOCKS;
    d->n = 0;
}

static inline draw draw_start(uint64_t seed, uint32_t stream, uint64_t index)
{
    draw d;

    d.key[0] = (uint32_t)seed;
    d.key[1] = (uint32_t)(seed >> 32);
    d.counter[0] = (uint32_t)index;
    d.counter[1] = (uint32_t)(index >> 32);
    d.counter[2] = 0;
    d.counter[3] = stream;
    draw_refill(&d);
    return d;
}

static inline uint32_t draw_word(draw *d)
{
    if (d->n == DRAW_WORDS)
        draw_refill(d);
    return d->words[d->n++];
}

/* A number below n. Multiply and shift: its bias is below n / 2^32, which no profile can see. */
static inline uint32_t draw_below(draw *d, uint32_t n)
{
    return (uint32_t)((uint64_t)draw_word(d) * n >> 32);
}

static inline uint64_t draw_below_u64(draw *d, uint64_t n)
{
    const uint64_t high = draw_word(d);
    return (uint64_t)((unsigned __int128)(high << 32 | draw_word(d)) * n >> 64);
}

/* True in `millionths` of a million cases. */
static inline bool draw_chance(draw *d, uint64_t millionths)
{
    return (uint64_t)draw_word(d) * 1000000 >> 32 < millionths;
}

#endif
