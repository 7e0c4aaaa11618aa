/*
 * pages.c: room for slices. From 100 KiB on it is mapped, so that it is given back at once and grows
 * without a copy: what malloc is given back it may keep, and with eight threads did, three records for
 * one of 8 MB that was read at a time.
 */
#include "pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAPPED_BYTES = 100 << 10 };

static bool is_mapped(size_t n)
{
    return n > MAPPED_BYTES;
}

uint8_t *lr_pages_new(size_t n)
{
    if (!is_mapped(n))
        return aligned_alloc(LR_PAGE, n);
    void *data = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return data == MAP_FAILED ? NULL : data;
}

void lr_pages_free(uint8_t *data, size_t n)
{
    if (data != NULL && is_mapped(n))
        munmap(data, n);
    else
        free(data);
}

uint8_t *lr_pages_grow(uint8_t *data, size_t n_old, size_t n)
{
    if (!is_mapped(n))
        return realloc(data, n);
    if (data != NULL && is_mapped(n_old)) {
        void *moved = mremap(data, n_old, n, MREMAP_MAYMOVE);
        return moved == MAP_FAILED ? NULL : moved;
    }
    uint8_t *fresh = lr_pages_new(n);
    if (fresh != NULL && n_old > 0)
        memcpy(fresh, data, n_old);
    if (fresh != NULL)
        free(data);
    return fresh;
}
