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
    KNOB_TEXT, /* TEXT_KNOBS of them */
    KNOB_EMOJI_WEIGHTS = KNOB_TEXT + TEXT_KNOBS,
    KNOB_LANGUAGES,
    KNOB_CONTENT_LENGTH,
    KNOB_DENSE_SCRIPTS,
    KNOB_HASHTAGS,
    KNOB_MENTION_COUNTS,
    KNOB_EMOJI_COUNTS,
    KNOB_DAY_WEIGHTS,
    KNOB_LINKS,
    KNOB_SOURCES,
    KNOB_REACTIONS,
    KNOB_QUOTED_REACTIONS,
    KNOB_REPLIES,
    KNOB_REPLY_AGE,
    KNOB_QUOTED_AGE,
    KNOB_MEDIA_KINDS,
    KNOB_VIDEO_SECONDS,
    KNOB_VIDEO_VARIANTS,
    KNOB_NAME_SCRIPTS,
    KNOB_NAME_EMOJIS,
    KNOB_NAME_EMOJI_COUNTS,
    KNOB_DESCRIPTION_LENGTH,
    KNOB_DESCRIPTION_LANGUAGES,
    KNOB_DESCRIPTION_EMOJIS,
    KNOB_DESCRIPTION_EMOJI_COUNTS,
    KNOB_USER_IDS,
    KNOB_VERIFIED,
    KNOB_CREATED,
    KNOB_FOLLOWERS,
    KNOB_FRIENDS,
    KNOB_STATUSES,
    KNOB_FAVOURITES,
    KNOB_LISTED,
    KNOB_MEDIA_COUNT,
    KNOB_LOCATIONS,
    KNOB_LOCATION_LENGTH,
    KNOB_PROFILE_LINKS,
    KNOB_BANNERS,
    KNOB_SHUFFLED,
    TWEET_KNOBS, /* what follows is one recipe's */
    KNOB_EACH = TWEET_KNOBS,
    KNOB_LATER_REPLIES = TWEET_KNOBS,
    KNOB_LATER_PLACES,
    KNOB_LATER_HASHTAGS
};

extern const lr_knob tweets_knobs[], tweets_later_knobs[], bad_knobs[];

typedef struct tweets_state {
    weights users, mentioned, languages;
    weights mention_counts, emoji_counts; /* of the numbers in the knobs' lists */
    uint64_t *before; /* tweets up to day i, newest first, in units of the day-weights */
    uint32_t days;
    user_store store;
} tweets_state;

typedef struct tweet {
    uint64_t user, ms, id;
    uint32_t depth;
    bool typed; /* the later shape: _type first, more keys */
} tweet;

/* The recipe tweets, on which bad builds. */
lr_status tweets_open(gen *g, lr_error *err);
void tweets_close(gen *g);
uint8_t *tweets_record(const gen *g, uint64_t i, uint8_t *at, meaning *m);

/* Writes the tweet and what it quotes; m: what its content means. */
uint8_t *put_tweet(const gen *g, draw *d, const tweet *t, uint8_t *at, meaning *m);

#endif
