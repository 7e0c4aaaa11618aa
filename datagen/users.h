/*
 * users.h: user objects as snscrape writes them. A user's profile is a function of seed and number:
 * the same in every tweet, and never kept in memory.
 */
#ifndef LR_DATAGEN_USERS_H
#define LR_DATAGEN_USERS_H

#include "recipe.h"

typedef enum user_form {
    USER_FULL,     /* all 21 keys */
    USER_MENTIONED /* username, displayname, id and url; null in the 17 others */
} user_form;

uint8_t *put_user(const gen *g, uint64_t k, user_form form, bool typed, uint8_t *at);

/* Of the millisecond of a tweet and a number below 2^22: "Announcing Snowflake", Twitter 2010. */
uint64_t tweet_id(uint64_t ms, uint32_t low);

#endif
