/*
 * match.h: what is looked for in texts: emojis and mentions.
 */
#ifndef LR_MATCH_H
#define LR_MATCH_H

#include "base.h"

/* A set of emoji sequences, compiled for leftmost-longest matching; constant data. Its symbols are
 * numbered from 0 in the order of their UTF-8 bytes. */
typedef struct lr_emoji_set lr_emoji_set;

const lr_emoji_set *lr_emoji_set_1_4_1(void); /* the 3521 sequences of python emoji 1.4.1 */
const lr_emoji_set *lr_emoji_set_2_16(void);  /* the 5244 sequences of python emoji 2.16.0 */
size_t lr_emoji_count(const lr_emoji_set *set);
lr_bytes lr_emoji_text(const lr_emoji_set *set, uint32_t symbol); /* UTF-8 */

typedef enum lr_mentions {
    LR_MENTIONS_ASCII,   /* every @[A-Za-z0-9_]+ */
    LR_MENTIONS_UNICODE, /* every @\w+, by lr_is_word */
    LR_MENTIONS_FIRST,   /* the first ASCII one of each text */
    LR_MENTIONS_TWITTER, /* twitter-text 3.1 */
    LR_MENTIONS_FIELD    /* not matched: the field mentionedUsers[].username */
} lr_mentions;

/* Is the code point one of \w in Python 3.11's re (Unicode 14)? */
bool lr_is_word(uint32_t code);

/* Where a matcher goes on: the row, and the byte of its text. Starts as {0, 0}. */
typedef struct lr_cursor {
    size_t row;
    uint32_t at;
} lr_cursor;

#endif
