/*
 * names.h: user k's name. Two users never have the same one: the name can be read back into k.
 */
#ifndef LR_DATAGEN_NAMES_H
#define LR_DATAGEN_NAMES_H

#include "put.h"

enum { NAME_MAX_BYTES = 32 };

/* Both write up to eight bytes behind the end that they return, within NAME_MAX_BYTES. */

/* "SimranjitDhillon", "gurdeep_mann7": [A-Za-z0-9_], 4 to 17 bytes for k below 65536. */
uint8_t *put_username(uint8_t *at, uint64_t k);

/* "Simranjit Dhillon": the same two names, as people write them. */
uint8_t *put_fullname(uint8_t *at, uint64_t k);

#endif
