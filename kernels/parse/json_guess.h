/* json_guess.h: learning a line for the guess of json_records. */
#ifndef LR_JSON_GUESS_H
#define LR_JSON_GUESS_H

#include "keys.h"

/* Adds the nodes of the line src[line, end): all of it (full), or up to where enough is known (used).
 * Nothing that is not JSON up to there is learned, nor what has no room. */
void lr_json_learn(lr_guess *guess, const uint8_t *src, size_t line, size_t end,
                   const lr_keys *keys, lr_validate validate);

#endif
