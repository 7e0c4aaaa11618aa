/* aside.c */
#include "aside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct aside_chunk {
    struct aside_chunk *before; /* of the same part */
    size_t n;                   /* bytes of records; of the last chunk its part knows */
} aside_chunk;

typedef struct aside_block {
    struct aside_block *before;
} aside_block;

enum { CHUNKS = LR_ASIDE_BLOCK / LR_ASIDE_CHUNK - 1 }; /* of a block; its first is for its head */

_Static_assert(sizeof(aside_chunk) + LR_PART_RECORD_MAX + LR_PART_PADDING <= LR_ASIDE_CHUNK,
               "a chunk holds a record");

lr_aside *lr_aside_new(const lr_groups *like)
{
    lr_aside *aside = calloc(1, sizeof *aside);

    if (aside == NULL)
        return NULL;
    aside->parts.seed[0] = like->seed[0];
    aside->parts.seed[1] = like->seed[1];
    aside->parts.base = like->base;
    aside->parts.lead = like->lead;
    return aside;
}

void lr_aside_empty(lr_aside *aside)
{
    while (aside->blocks != NULL) {
        aside_block *block = aside->blocks;
        aside->blocks = block->before;
        block->before = aside->spare;
        aside->spare = block;
    }
    memset(aside->last, 0, sizeof aside->last);
    memset(aside->parts.part, 0, sizeof aside->parts.part);
    aside->left = 0;
    aside->bytes = 0;
}

void lr_aside_free(lr_aside *aside)
{
    if (aside == NULL)
        return;
    lr_aside_empty(aside);
    for (aside_block *before; aside->spare != NULL; aside->spare = before) {
        before = aside->spare->before;
        munmap(aside->spare, LR_ASIDE_BLOCK);
    }
    free(aside);
}

bool lr_aside_grow(lr_aside *aside)
{
    void *memory = mmap(NULL, LR_ASIDE_BLOCK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return false;
    madvise(memory, LR_ASIDE_BLOCK, MADV_HUGEPAGE);
    aside_block *block = memory;
    block->before = aside->spare;
    aside->spare = block;
    aside->n_blocks++;
    return true;
}

static uint8_t *records_of(const aside_chunk *chunk)
{
    return (uint8_t *)(uintptr_t)(chunk + 1);
}

bool lr_aside_next(lr_aside *aside, size_t p)
{
    lr_part *part = &aside->parts.part[p];
    aside_chunk *last = aside->last[p];

    if (aside->left == 0) {
        aside_block *block = aside->spare;
        if (block == NULL)
            return false;
        aside->spare = block->before;
        block->before = aside->blocks;
        aside->blocks = block;
        aside->left = CHUNKS;
    }
    if (last != NULL) {
        last->n = (size_t)(part->at - records_of(last));
        aside->bytes += last->n;
    }
    uint8_t *at = (uint8_t *)aside->blocks + (CHUNKS + 1 - aside->left--) * LR_ASIDE_CHUNK;
    aside_chunk *chunk = (aside_chunk *)(void *)at;
    chunk->before = last;
    chunk->n = 0;
    aside->last[p] = chunk;
    *part = (lr_part){records_of(chunk), at + LR_ASIDE_CHUNK};
    return true;
}

size_t lr_aside_hashes(const lr_aside *aside, size_t p, uint64_t *out)
{
    if (aside->last[p] == NULL)
        return 0;
    const uint8_t *records = records_of(aside->last[p]);
    return lr_parts_hashes(&aside->parts, records, (size_t)(aside->parts.part[p].at - records),
                           out);
}

uint64_t lr_aside_bytes(const lr_aside *aside)
{
    uint64_t bytes = aside->bytes;

    for (size_t p = 0; p < LR_PARTS; p++)
        if (aside->last[p] != NULL)
            bytes += (uint64_t)(aside->parts.part[p].at - records_of(aside->last[p]));
    return bytes;
}

bool lr_aside_take(lr_groups *into, const lr_aside *aside)
{
    const lr_parts *parts = &aside->parts;
    const uint64_t first = (into->base - parts->base) << parts->lead;
    const uint64_t last = first + (UINT64_MAX >> (into->lead - parts->lead));

    for (size_t p = (size_t)(first >> (64 - LR_PARTS_BITS)); p <= last >> (64 - LR_PARTS_BITS); p++)
        for (const aside_chunk *chunk = aside->last[p]; chunk != NULL; chunk = chunk->before) {
            const size_t n = chunk == aside->last[p]
                                 ? (size_t)(parts->part[p].at - records_of(chunk))
                                 : chunk->n;
            if (!lr_parts_take(into, records_of(chunk), n))
                return false;
        }
    return true;
}
