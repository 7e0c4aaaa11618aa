/*
 * spill_merge.c: runs become one: of each run one block is in memory, and a heap says which of them has
 * the next key (Knuth, The Art of Computer Programming, volume 3, section 5.4.1).
 */
#include "spill_run.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#ifdef LR_HAVE_ZSTD
#include <zstd.h>
#endif

enum { ALIGNMENT = 16 };

/* A run that is being read, and its record at hand. What follows it in memory is its block. */
typedef struct cursor {
    uint64_t first, at; /* where the run stands, and its next block's bytes */
    lr_block_head head; /* of that block; of no bytes: there is none */
    const uint8_t *next, *end;
    lr_group_key key;
    uint64_t n;
} cursor;

typedef struct entry {
    uint64_t hash; /* of the record at hand: most comparisons need no more */
    cursor *cursor;
} entry;

typedef struct merge {
    lr_spill *spill;
    const uint64_t *seed;
    lr_spill_room room;
    uint8_t *area; /* entries from its beginning, cursors and blocks from its end */
    size_t area_bytes, left;
    entry *heap;
    size_t n;
} merge;

/* ---- a run ---- */

static const uint8_t *get_number(const uint8_t *src, uint64_t *x)
{
    uint32_t shift = 0;
    for (*x = 0; *src & 0x80; shift += 7)
        *x |= (uint64_t)(*src++ & 0x7F) << shift;
    *x |= (uint64_t)*src++ << shift;
    return src;
}

/* The run's next block, with LR_PADDING behind it, and the head of the one after it. */
static lr_status read_block(merge *m, cursor *c, lr_error *err)
{
    lr_spill_room *room = &m->room;
    uint8_t *block = (uint8_t *)(c + 1);
    const lr_block_head head = c->head;
    const size_t n = head.packed + sizeof head;

    LR_TRY(lr_spill_make_room(&room->packed, &room->packed_max, n, err));
    LR_TRY(lr_spill_pread(m->spill, room->packed, n, c->at, err));
    c->at += n;
    memcpy(&c->head, room->packed + head.packed, sizeof head);
    c->next = block;
    c->end = block + head.raw;
    if (head.packed == head.raw) {
        memcpy(block, room->packed, head.raw);
        return LR_OK;
    }
#ifdef LR_HAVE_ZSTD
    if (room->decompressor == NULL && (room->decompressor = ZSTD_createDCtx()) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to decompress");
    LR_WROTE(block, head.raw);
    if (ZSTD_decompressDCtx(room->decompressor, block, head.raw, room->packed, head.packed) ==
        head.raw)
        return LR_OK;
#endif
    return lr_fail(err, LR_E_IO, "spill file: a block is not what was written");
}

/* The next record; *more is false where the run is at its end. */
static lr_status advance(merge *m, cursor *c, bool *more, lr_error *err)
{
    uint64_t tag, length;

    *more = c->next < c->end || c->head.raw > 0;
    if (!*more) { /* its place on the disk is free, where the file system knows how */
        fallocate(m->spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)c->first,
                  (off_t)(c->at - c->first));
        return LR_OK;
    }
    if (c->next == c->end)
        LR_TRY(read_block(m, c, err));
    c->next = get_number(c->next, &tag);
    c->next = get_number(c->next, &length);
    c->next = get_number(c->next, &c->n);
    c->key = (lr_group_key){lr_group_key_hash(m->seed, c->next, (uint32_t)length, (uint32_t)tag),
                            c->next, (uint32_t)length, (uint32_t)tag};
    c->next += length;
    return LR_OK;
}

/* ---- the heap: the least key at its root ---- */

static bool is_before(const entry *a, const entry *b)
{
    return a->hash != b->hash ? a->hash < b->hash
                              : lr_group_key_compare(&a->cursor->key, &b->cursor->key) < 0;
}

static void sift_down(merge *m, size_t i)
{
    const entry moved = m->heap[i];

    for (size_t child; (child = 2 * i + 1) < m->n; i = child) {
        if (child + 1 < m->n && is_before(&m->heap[child + 1], &m->heap[child]))
            child++;
        if (!is_before(&m->heap[child], &moved))
            break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = moved;
}

/* The run at i goes on to its next record, or out. Nothing above it is later than what it had. */
static lr_status next_at(merge *m, size_t i, lr_error *err)
{
    bool more;

    LR_TRY(advance(m, m->heap[i].cursor, &more, err));
    if (more)
        m->heap[i].hash = m->heap[i].cursor->key.hash;
    else
        m->heap[i] = m->heap[--m->n];
    if (i < m->n)
        sift_down(m, i);
    return LR_OK;
}

/* All runs that are open, to their ends. Runs that stand at the root's key are its children, or theirs. */
static lr_status drain(merge *m, const lr_group_sink *sink, lr_error *err)
{
    while (m->n > 0) {
        const cursor *least = m->heap[0].cursor;
        uint64_t n = least->n;

        for (size_t child = 1; child < 3 && child < m->n;) {
            if (m->heap[child].hash != m->heap[0].hash ||
                lr_group_key_compare(&m->heap[child].cursor->key, &least->key) != 0) {
                child++;
                continue;
            }
            n += m->heap[child].cursor->n;
            LR_TRY(next_at(m, child, err));
        }
        const lr_bytes text = {least->key.text, least->key.length};
        LR_TRY(sink->take(sink->context, least->key.tag, text, n, err));
        LR_TRY(next_at(m, 0, err));
    }
    return LR_OK;
}

/* ---- which runs ---- */

/* Opens the run at *at if there is room for its blocks, and moves *at to the one before it. */
static lr_status open_run(merge *m, uint64_t *at, bool *fits, lr_error *err)
{
    struct {
        lr_spill_run_head run;
        lr_block_head block;
    } head;

    LR_TRY(lr_spill_pread(m->spill, &head, sizeof head, *at, err));
    const size_t n = sizeof(cursor) + head.run.block_max + LR_PADDING;
    const size_t needed = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *fits = needed + (m->n + 1) * sizeof(entry) <= m->left;
    if (!*fits)
        return LR_OK;
    m->left -= needed;
    cursor *c = (cursor *)(void *)(m->area + m->left);
    *c = (cursor){.first = *at, .at = *at + sizeof head, .head = head.block};
    bool more;
    LR_TRY(advance(m, c, &more, err));
    m->heap[m->n++] = (entry){c->key.hash, c}; /* no run is empty */
    *at = head.run.before;
    return LR_OK;
}

/* As many runs as there is room for, from *at on; at least two, or all. */
static lr_status open_runs(merge *m, uint64_t *at, lr_error *err)
{
    bool fits = true;

    m->n = 0;
    m->left = m->area_bytes;
    while (*at != LR_RUN_NONE && fits)
        LR_TRY(open_run(m, at, &fits, err));
    if (m->n < 2 && *at != LR_RUN_NONE)
        return lr_fail(err, LR_E_RESOURCE, "a key is longer than --memory leaves for groups");
    for (size_t i = m->n / 2; i-- > 0;)
        sift_down(m, i);
    return LR_OK;
}

static lr_status take_into_run(void *run, uint32_t tag, lr_bytes text, uint64_t n, lr_error *err)
{
    return lr_spill_run_add(run, tag, text, n, err);
}

/* The runs that are open become one. */
static lr_status merge_to_run(merge *m, lr_error *err)
{
    lr_spill_run run;
    const lr_group_sink sink = {take_into_run, &run};

    LR_TRY(lr_spill_run_begin(&run, m->spill, &m->room, 0, 0, err));
    LR_TRY(drain(m, &sink, err));
    return lr_spill_run_end(&run, err);
}

/* So many runs of common blocks can be open. */
static uint64_t runs_max(const merge *m)
{
    return m->area_bytes / (sizeof(entry) + sizeof(cursor) + LR_SPILL_BLOCK + LR_PADDING);
}

/* Merges runs, from the last one on, until those that are left and the merged ones can all be open. */
static lr_status shorten(merge *m, lr_error *err)
{
    lr_spill *spill = m->spill;
    uint64_t rest = spill->last, n_rest = spill->n;

    spill->last = LR_RUN_NONE;
    spill->n = 0;
    uint64_t oldest = LR_RUN_NONE;
    do {
        LR_TRY(open_runs(m, &rest, err));
        n_rest -= m->n;
        LR_TRY(merge_to_run(m, err));
        oldest = spill->n == 1 ? spill->last : oldest;
    } while (rest != LR_RUN_NONE && n_rest + spill->n > runs_max(m));
    spill->n += n_rest;
    return lr_spill_pwrite(spill, &rest, sizeof rest, oldest + offsetof(lr_spill_run_head, before),
                           err);
}

static lr_status merge_all(merge *m, const lr_group_sink *sink, lr_error *err)
{
    for (;;) {
        uint64_t at = m->spill->last;
        LR_TRY(open_runs(m, &at, err));
        if (at == LR_RUN_NONE)
            return drain(m, sink, err);
        LR_TRY(shorten(m, err));
    }
}

lr_status lr_spill_merge(lr_spill *spill, const uint64_t seed[2], uint64_t bytes,
                         const lr_group_sink *sink, lr_error *err)
{
    merge m = {.spill = spill, .seed = seed};
    uint64_t needed = 0;

    for (uint64_t at = spill->last; at != LR_RUN_NONE && needed < bytes;) {
        lr_spill_run_head head;
        LR_TRY(lr_spill_pread(spill, &head, sizeof head, at, err));
        needed += sizeof(entry) + sizeof(cursor) + head.block_max + LR_PADDING + ALIGNMENT;
        at = head.before;
    }
    m.area_bytes = (needed < bytes ? needed : bytes) / ALIGNMENT * ALIGNMENT;
    m.area = malloc(m.area_bytes);
    if (m.area == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to merge %zu bytes", m.area_bytes);
    m.heap = (entry *)(void *)m.area;
    const lr_status status = merge_all(&m, sink, err);
    lr_spill_room_free(&m.room);
    free(m.area);
    return status;
}
