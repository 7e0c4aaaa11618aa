/*
 * media.h: the value of the key media, as snscrape writes it.
 */
#ifndef LR_DATAGEN_MEDIA_H
#define LR_DATAGEN_MEDIA_H

#include "recipe.h"

/* typed: in the later shape. An array of one to four photos, or of a video or an animation. */
uint8_t *put_media(const gen *g, draw *d, uint64_t id, bool typed, uint8_t *at);

#endif
