/*
 * shuffle.h: the keys of a record in random order.
 */
#ifndef LR_DATAGEN_SHUFFLE_H
#define LR_DATAGEN_SHUFFLE_H

#include "draw.h"

/*
 * Puts the members of every object of the record from..end in another order, each order as likely as
 * any. The record is one of ours (RFC 8259, ", " between members) and as long as before; as many bytes
 * behind its end are written to.
 */
void shuffle_keys(draw *d, uint8_t *from, uint8_t *end);

#endif
