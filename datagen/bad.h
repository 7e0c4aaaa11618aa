/*
 * bad.h: tweets broken on purpose.
 */
#ifndef LR_DATAGEN_BAD_H
#define LR_DATAGEN_BAD_H

#include "recipe.h"

lr_status bad_open(gen *g, lr_error *err);
uint8_t *bad_record(const gen *g, uint64_t i, uint8_t *at, meaning *m);
const char *bad_name(uint32_t broken);

#endif
