/* pages.h: large pieces of memory that come and go. Private to io/. */
#ifndef LR_PAGES_H
#define LR_PAGES_H

#include "base.h"

enum { LR_PAGE = 4096 };

/* n bytes, a multiple of LR_PAGE. NULL: no memory. */
uint8_t *lr_pages_new(size_t n);

/* n_old bytes become n, more of them. NULL: no memory, and the old ones stay. */
uint8_t *lr_pages_grow(uint8_t *data, size_t n_old, size_t n);

/* n: as many as there are. data may be NULL. */
void lr_pages_free(uint8_t *data, size_t n);

#endif
