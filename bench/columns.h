/* columns.h: the fields that a user names on the command line: "id,date,content,user.username". */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "fields.h"

/* The columns of a list, split in place; n of them. user.username is named username, which may also
 * stand at the top, so that what is written is input again. type is that of all; LR_E_USAGE: too many,
 * an empty one, one twice. label begins the message. */
lr_status columns_read(char *list, lr_type type, lr_field out[LR_FIELDS_MAX], size_t *n,
                       const char *label, lr_error *err);

#endif
