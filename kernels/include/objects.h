/*
 * objects.h: one text of every object of an array: `username` of the objects in mentionedUsers.
 */
#ifndef LR_OBJECTS_H
#define LR_OBJECTS_H

#include "match.h"

/*
 * Checks a column of arrays that are valid JSON. A row of kind LR_ARRAY in which an element is no
 * object, or one's last member `name` is neither text nor null, becomes LR_BAD + LR_WRONG_TYPE.
 */
void lr_objects_check(const uint8_t *src, lr_column arrays, size_t n_rows, const char *name);

/*
 * The texts of the members `name`, of the arrays in order, after lr_objects_check: those that are null
 * or absent are passed over. cursor, out, max and what is returned: as for find_mentions (kernels.h).
 */
size_t lr_objects_texts(const uint8_t *src, lr_column arrays, size_t n_rows, const char *name,
                        lr_cursor *cursor, lr_column out, size_t max);

#endif
