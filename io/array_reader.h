/* array_reader.h: the elements of a JSON array as batches. Private to io/. */
#ifndef LR_ARRAY_READER_H
#define LR_ARRAY_READER_H

#include "source.h"

/* As lr_read_batch, of a slice of an array. What is wrong with the array, not with one element, is a row
 * of its own, at the place of the element in or after which it stands. */
size_t lr_array_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                           const lr_slice *slice, size_t from, lr_batch *out);

#endif
