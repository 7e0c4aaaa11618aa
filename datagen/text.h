/*
 * text.h: contents of tweets, built from constructs whose meaning is known.
 */
#ifndef LR_DATAGEN_TEXT_H
#define LR_DATAGEN_TEXT_H

#include "names.h"
#include "recipe.h"

/* What a text is to hold. */
typedef struct text_plan {
    vocabulary words;
    uint32_t chars; /* about so many characters */
    uint32_t n_mentions, n_emojis, n_hashtags, n_traps;
    const uint32_t *mentions; /* users */
    bool lone_surrogates;     /* traps may hold them */
} text_plan;

/* Writes the text and adds what it means to m. */
uint8_t *put_text_of(const material *mat, draw *d, const text_plan *plan, uint8_t *at, meaning *m);

/* A few words with an emoji now and then, that mean nothing to the queries: names, descriptions. */
uint8_t *put_words(const material *mat, draw *d, vocabulary words, uint32_t chars,
                   uint32_t n_emojis, uint8_t *at);

/*
 * A number from the quantile curve of n points: curve[0] at 0, curve[n - 1] at 1, evenly spaced,
 * straight in between.
 */
static inline uint32_t draw_quantile(draw *d, const uint32_t *curve, uint32_t n)
{
    const uint64_t at = (uint64_t)draw_word(d) * (n - 1);
    const uint32_t i = (uint32_t)(at >> 32), low = curve[i], high = curve[i + 1];
    return low + (uint32_t)((uint64_t)(high - low) * (uint32_t)at >> 32);
}

#endif
