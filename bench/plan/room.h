/* room.h: memory that grows to what is asked for and is used again. */
#ifndef LR_ROOM_H
#define LR_ROOM_H

#include "base.h"

/* Room of so many bytes, of which what is there stays. what: it is for, in messages. */
lr_status lr_room_make(uint8_t **memory, size_t *max, size_t wanted, const char *what,
                       lr_error *err);

#endif
