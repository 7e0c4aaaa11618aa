/*
 * recipe.h: what a recipe is to the producer: it writes record i and says what the record means.
 */
#ifndef LR_DATAGEN_RECIPE_H
#define LR_DATAGEN_RECIPE_H

#include "datagen.h"
#include "material.h"

enum { MEANT_EMOJIS_MAX = 32, MEANT_MENTIONS_MAX = 50, MEANT_TRAPS_MAX = 4, NO_CONSTRUCT = -1 };

/* Which answers a broken record is left out of: a wrong date hurts nobody who reads no dates. */
enum { BAD_FOR_Q1 = 1, BAD_FOR_CONTENT = 2, BAD_FOR_FIELD = 4, BAD_FOR_ALL = 7 };

/* What a record says to the queries: counted into the answer key, and nothing else is. */
typedef struct meaning {
    int32_t date;  /* which of the recipe's dates; NO_CONSTRUCT: none, or no user */
    uint32_t user; /* which of its users */
    uint32_t n_emojis, n_mentions, n_traps;
    uint8_t broken;           /* how the record is broken, of the recipe's ways; 0: it is not */
    uint8_t bad_for;          /* BAD_FOR_*: who does not take it */
    bool mentions_trap_first; /* the first mention of the mode ascii stands in traps[first_trap] */
    uint32_t first_trap;
    uint16_t emojis[MEANT_EMOJIS_MAX];
    uint16_t traps[MEANT_TRAPS_MAX];
    uint32_t mentions[MEANT_MENTIONS_MAX]; /* users, in the order of the text */
} meaning;

/* A run of the generator; recipes read it, threads share it. */
typedef struct gen {
    const lr_gen_options *options;
    lr_gen_format format; /* never AUTO */
    char delimiter;
    uint64_t records_planned;       /* over all parts; what size_bytes amounts to, about */
    size_t keep_max_bytes;          /* of what a recipe may keep to be faster */
    short_list lists[LR_KNOBS_MAX]; /* the knobs that are lists of at most SHORT_MAX */
    material material;
    void *state; /* the recipe's */
} gen;

struct lr_recipe {
    const char *name, *title;
    const lr_knob *knobs;
    lr_gen_format format;
    char delimiter;
    size_t record_max_bytes;    /* no record is longer */
    uint32_t block_records;     /* a thread makes so many in a row */
    uint32_t record_mean_bytes; /* about: what a size amounts to in records */

    lr_status (*open)(gen *g, lr_error *err);
    void (*close)(gen *g);

    /* Record i without separators: no line end, no comma. */
    uint8_t *(*record)(const gen *g, uint64_t i, uint8_t *at, meaning *m);

    /* The first line of CSV, with its line end. */
    uint8_t *(*header)(const gen *g, uint8_t *at);

    /* For the key: how many dates and users there are, and their texts. */
    uint32_t (*n_dates)(const gen *g);
    uint32_t (*n_users)(const gen *g);
    uint32_t (*n_mentionable)(const gen *g); /* users first_mentionable to + this - 1 */
    uint32_t (*first_mentionable)(const gen *g);
    uint8_t *(*date_text)(const gen *g, uint32_t date, uint8_t *at);
    uint8_t *(*user_text)(const gen *g, uint64_t user, uint8_t *at);
    bool has_field; /* mentionedUsers lists the mentions */

    /*
     * Where dates times users are too many to count: who wrote record i, and when, so that the key
     * can ask again for the dates that matter. NULL: every pair is counted.
     */
    void (*who)(const gen *g, uint64_t i, uint32_t *date, uint64_t *user);

    /* Where records are broken on purpose: in what way, from 1. NULL: all are good. */
    const char *(*broken_name)(uint32_t broken);
    bool lines_only; /* NDJSON is the only format */
};

extern const lr_recipe recipe_tweets, recipe_tweets_later, recipe_mock, recipe_adversarial,
    recipe_bad;

#endif
