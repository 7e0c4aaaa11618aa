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

#endif
