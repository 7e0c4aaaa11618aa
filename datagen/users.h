/*
 * users.h: user objects as snscrape writes them. A user's profile is a function of seed and number:
 * the same in every tweet. So who comes often is made once and then copied: a few megabytes hold the
 * users of most tweets.
 */
#ifndef LR_DATAGEN_USERS_H
#define LR_DATAGEN_USERS_H

#include "recipe.h"

#include <stdatomic.h>

typedef enum user_form {
    USER_FULL,     /* all 21 keys */
    USER_MENTIONED /* username, displayname, id and url; null in the 17 others */
} user_form;

/* Users as they were written, of those that came first; all threads read and fill it. */
typedef struct user_store {
    uint32_t n_users;     /* users below this may be kept */
    _Atomic uint32_t *at; /* where user k stands in bytes, plus 1; 0: not there */
    uint8_t *bytes;       /* of each: its length, then it */
    size_t bytes_max;
    _Atomic size_t used; /* at most bytes_max, and then some */
} user_store;

enum { STORE_USERS = 1 << 17, STORED_HEAD = sizeof(uint32_t) };

/* Room for bytes_max bytes of users 0 to n_users - 1, whoever comes first. */
lr_status user_store_init(user_store *out, uint32_t n_users, size_t bytes_max, lr_error *err);
void user_store_free(user_store *s);

uint8_t *put_user(const gen *g, uint64_t k, user_form form, bool typed, uint8_t *at);

/* Of the millisecond of a tweet and a number below 2^22: "Announcing Snowflake", Twitter 2010. */
uint64_t tweet_id(uint64_t ms, uint32_t low);

#endif
