/*
 * key.h: the answer key: counts of what records mean, and the answers that follow from them.
 */
#ifndef LR_DATAGEN_KEY_H
#define LR_DATAGEN_KEY_H

#include "recipe.h"

#include <stdio.h>

enum { KEY_ROWS = 100 }; /* rows per answer; q1: dates */

/* One per thread, summed at the end. */
typedef struct tally {
    uint32_t n_dates, n_users, n_mentionable, first_mentionable;
    uint32_t *dates;          /* records with date and user */
    uint32_t *pairs;          /* n_dates rows of n_users; NULL: the recipe says who, asked again */
    uint64_t *emojis, *traps; /* texts with them, every one counted */
    uint64_t bad[3];    /* records that q1, those who read contents, the mode field leave out */
    uint64_t *mentions; /* of user first_mentionable + i, in plain words: the same in every mode */
    uint64_t *field;    /* the same, of records whose mentionedUsers are good */
    uint64_t *first;    /* ... that are their record's first */
    uint64_t *first_traps; /* traps that hold their record's first */
} tally;

/* LR_E_RESOURCE: no memory for it. */
lr_status tally_init(tally *out, const gen *g, lr_error *err);
void tally_count(tally *t, const meaning *m);
void tally_add(tally *sum, const tally *other);
void tally_free(tally *t);

/* A broken record of the file. */
typedef struct place {
    uint64_t line, byte; /* from 1, from 0 */
    uint8_t broken, bad_for;
} place;

/* What stands at the head of the key. */
typedef struct key_head {
    uint64_t first_record, records, bytes;
    const place *places;
    size_t n_places;
    char xxh128[33]; /* of the data before compression, as xxhsum -H128 prints it */
} key_head;

/* A text as a JSON string, with only what must be escaped. */
void key_write_text(const char *text, FILE *out);

/* The answer of q1, as a line of the key. */
lr_status key_write_q1(const gen *g, const tally *t, const key_head *head, FILE *out,
                       lr_error *err);

/* Writes the key as JSON. LR_E_RESOURCE; whether out took it, its owner asks. */
lr_status key_write(const gen *g, const tally *t, const key_head *head, FILE *out, lr_error *err);

#endif
