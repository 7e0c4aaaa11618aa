/*
 * tweets.h: what the recipes of tweets share: the knobs, and the tables that are drawn from.
 */
#ifndef LR_DATAGEN_TWEETS_H
#define LR_DATAGEN_TWEETS_H

#include "users.h"

enum {
    KNOB_USERS,
    KNOB_USERS_OFFSET,
    KNOB_MENTIONED,
    KNOB_MENTIONED_OFFSET,
    KNOB_DAYS,
    KNOB_QUOTES,
    KNOB_QUOTES_2,
    KNOB_QUOTES_3,
    KNOB_MENTIONS,
    KNOB_EMOJIS,
    KNOB_MEDIA,
    KNOB_TRAPS,
    KNOB_EACH /* of the recipe bad */
};

typedef struct tweets_state {
    weights users, mentioned, mention_counts, emoji_counts; /* counts: of the tables below */
    uint64_t *before; /* tweets up to day i, newest first, in units of day_weights */
    uint32_t days;
    user_store store;
} tweets_state;

typedef struct tweet {
    uint64_t user, ms, id;
    uint32_t depth;
    bool typed; /* the later shape: _type first, more keys */
} tweet;

/* How many mentions and emojis a tweet has that has some, and weights. */
extern const uint64_t tweet_mention_counts[13][2], tweet_emoji_counts[9][2];

/* The recipe tweets, on which bad builds. */
lr_status tweets_open(gen *g, lr_error *err);
void tweets_close(gen *g);
uint8_t *tweets_record(const gen *g, uint64_t i, uint8_t *at, meaning *m);

/* Writes the tweet and what it quotes; m: what its content means. */
uint8_t *put_tweet(const gen *g, draw *d, const tweet *t, uint8_t *at, meaning *m);

#endif
