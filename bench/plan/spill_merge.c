/*
 * spill_merge.c: runs become one: of each run one block is in memory, and a heap says which of them has
 * the next key (Knuth, The Art of Computer Programming, volume 3, section 5.4.1). Where there is room for
 * the blocks of several threads, each takes a range of hashes after the other; for each run says in which
 * block a range begins.
 */
#include "room.h"
#include "spill_run.h"

#include <assert.h>
#include <fcntl.h>
#include <omp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#ifdef LR_HAVE_ZSTD
#include <zstd.h>
#endif

enum {
    ALIGNMENT = 16,
    TEXTS_BYTES = 4 << 10,   /* of keys on their way to the sink */
    THREAD_BYTES = 256 << 10 /* what one more thread takes: a decompressor, a block, the texts */
};

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
    uint32_t range; /* of hashes; */
    uint64_t first, last;
    bool whole; /* or all of them */
    const lr_group_sink *sink;
    lr_counted out[LR_COUNTED_MAX]; /* what it will be given, with the texts of it */
    size_t n_out, n_texts;
    uint8_t texts[TEXTS_BYTES];
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

    LR_TRY(lr_room_make(&room->packed, &room->packed_max, n, "spilled blocks", err));
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

/* The next record; *more is false where the run is at its end, or at that of the range. */
static lr_status advance(merge *m, cursor *c, bool *more, lr_error *err)
{
    uint64_t tag = 0, length;

    *more = c->next < c->end || c->head.raw > 0;
    if (!*more) {
        if (m->whole) /* its place on the disk is free, where the file system knows how */
            fallocate(m->spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)c->first,
                      (off_t)(c->at - c->first));
        return LR_OK;
    }
    if (c->next == c->end)
        LR_TRY(read_block(m, c, err));
    c->next = get_number(c->next, &length);
    c->n = 1;
    if ((length & LR_RECORD_TAG) != 0)
        c->next = get_number(c->next, &tag);
    if ((length & LR_RECORD_N) != 0)
        c->next = get_number(c->next, &c->n);
    length >>= 2;
    c->key = (lr_group_key){lr_group_key_hash(m->seed, c->next, (uint32_t)length, (uint32_t)tag),
                            c->next, (uint32_t)length, (uint32_t)tag};
    c->next += length;
    *more = c->key.hash <= m->last;
    return LR_OK;
}

/* ---- what comes out ---- */

static lr_status flush(merge *m, lr_error *err)
{
    const size_t n = m->n_out;

    m->n_out = m->n_texts = 0;
    pthread_mutex_lock(&m->spill->lock);
    const lr_status status = m->sink->take(m->sink->context, m->out, n, err);
    pthread_mutex_unlock(&m->spill->lock);
    return status;
}

/* A key whose text is gone when its run advances. */
static lr_status put(merge *m, const lr_group_key *key, uint64_t n, lr_error *err)
{
    const bool fits = key->length <= TEXTS_BYTES - m->n_texts;

    if (m->n_out == LR_COUNTED_MAX || (!fits && m->n_out > 0))
        LR_TRY(flush(m, err));
    const uint8_t *text = key->text;
    if (key->length <= TEXTS_BYTES) {
        text = memcpy(m->texts + m->n_texts, key->text, key->length);
        m->n_texts += key->length;
    }
    m->out[m->n_out++] = (lr_counted){key->hash, n, {text, key->length}, key->tag};
    return key->length <= TEXTS_BYTES ? LR_OK : flush(m, err);
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
static lr_status drain(merge *m, lr_error *err)
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
        LR_TRY(put(m, &least->key, n, err));
        LR_TRY(next_at(m, 0, err));
    }
    return flush(m, err);
}

/* ---- which runs ---- */

/* What a run takes of the area. */
static size_t run_bytes(const lr_spill_run_head *head)
{
    const size_t n = sizeof(cursor) + head->block_max + LR_PADDING;
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Opens the run at *at if there is room for its blocks, and moves *at to the one before it. */
static lr_status open_run(merge *m, uint64_t *at, bool *fits, lr_error *err)
{
    lr_spill_run_head head;
    lr_block_head block;

    LR_TRY(lr_spill_pread(m->spill, &head, sizeof head, *at, err));
    const size_t needed = run_bytes(&head);
    *fits = needed + (m->n + 1) * sizeof(entry) <= m->left;
    if (!*fits)
        return LR_OK;
    const uint64_t begin = m->whole ? *at + sizeof head : head.at[m->range];
    LR_TRY(lr_spill_pread(m->spill, &block, sizeof block, begin, err));
    cursor *c = (cursor *)(void *)(m->area + m->left - needed);
    *c = (cursor){.first = *at, .at = begin + sizeof block, .head = block};
    *at = head.before;
    bool more;
    do /* the block may begin with what is before the range */
        LR_TRY(advance(m, c, &more, err));
    while (more && c->key.hash < m->first);
    if (!more)
        return LR_OK;
    m->left -= needed;
    m->heap[m->n++] = (entry){c->key.hash, c};
    return LR_OK;
}

/* As many runs as there is room for, from *at on; at least two, or all. */
static lr_status open_runs(merge *m, uint64_t *at, lr_error *err)
{
    bool fits = true;

    m->first = m->whole ? 0 : (uint64_t)m->range << (64 - LR_RANGE_BITS);
    m->last = m->whole ? UINT64_MAX : m->first + (UINT64_MAX >> LR_RANGE_BITS);

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

static lr_status take_into_run(void *run, const lr_counted *groups, size_t n, lr_error *err)
{
    for (size_t i = 0; i < n; i++)
        LR_TRY(lr_spill_run_add(run, &groups[i], err));
    return LR_OK;
}

/* The runs that are open become one. */
static lr_status merge_to_run(merge *m, lr_error *err)
{
    lr_spill_run run;
    const lr_group_sink sink = {take_into_run, &run}, *last = m->sink;

    LR_TRY(lr_spill_run_begin(&run, m->spill, &m->room, 0, 0, err));
    m->sink = &sink;
    LR_TRY(drain(m, err));
    m->sink = last;
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

/* By one thread, whatever the number of runs. */
static lr_status merge_all(merge *m, lr_error *err)
{
    m->whole = true;
    for (;;) {
        uint64_t at = m->spill->last;
        LR_TRY(open_runs(m, &at, err));
        if (at == LR_RUN_NONE)
            return drain(m, err);
        LR_TRY(shorten(m, err));
    }
}

/* One range after the other, until all are taken. */
static lr_status merge_ranges(merge *m, atomic_uint *next, lr_error *err)
{
    while ((m->range = atomic_fetch_add(next, 1)) < LR_RANGES) {
        uint64_t at = m->spill->last;
        LR_TRY(open_runs(m, &at, err));
        assert(at == LR_RUN_NONE);
        LR_TRY(drain(m, err));
    }
    return LR_OK;
}

/* A thread's share: of the ranges, or where `next` is NULL of all hashes. */
static lr_status merge_within(lr_spill *spill, const uint64_t seed[2], size_t bytes,
                              atomic_uint *next, const lr_group_sink *sink, lr_error *err)
{
    merge *m = malloc(sizeof *m);
    uint8_t *area = malloc(bytes);
    lr_status status;

    if (m == NULL || area == NULL) {
        status = lr_fail(err, LR_E_RESOURCE, "no memory to merge %zu bytes", bytes);
    } else {
        *m = (merge){.spill = spill, .seed = seed, .area = area, .area_bytes = bytes, .sink = sink};
        m->heap = (entry *)(void *)area;
        status = next == NULL ? merge_all(m, err) : merge_ranges(m, next, err);
        lr_spill_room_free(&m->room);
    }
    free(area);
    free(m);
    return status;
}

/* What all runs take, if that is not more than bytes. */
static lr_status bytes_needed(const lr_spill *spill, uint64_t bytes, uint64_t *needed,
                              lr_error *err)
{
    *needed = 0;
    for (uint64_t at = spill->last; at != LR_RUN_NONE && *needed < bytes;) {
        lr_spill_run_head head;
        LR_TRY(lr_spill_pread(spill, &head, sizeof head, at, err));
        *needed += sizeof(entry) + run_bytes(&head);
        at = head.before;
    }
    return LR_OK;
}

lr_status lr_spill_merge(lr_spill *spill, const uint64_t seed[2], uint64_t bytes, uint32_t threads,
                         const lr_group_sink *sink, lr_error *err)
{
    uint64_t needed;
    atomic_uint next = 0;
    lr_status status = LR_OK;

    LR_TRY(bytes_needed(spill, bytes, &needed, err));
    while (threads > 1 && needed + THREAD_BYTES > bytes / threads)
        threads--;
    const size_t area = (size_t)(needed < bytes ? needed : bytes) / ALIGNMENT * ALIGNMENT;
    if (threads == 1)
        return merge_within(spill, seed, area, NULL, sink, err);
#pragma omp parallel num_threads((int)threads)
    {
        lr_error error;
        const lr_status mine = merge_within(spill, seed, area, &next, sink, &error);
        if (mine != LR_OK)
            atomic_store(&next, LR_RANGES); /* nobody need go on */
        pthread_mutex_lock(&spill->lock);
        if (mine != LR_OK && status == LR_OK) {
            status = mine;
            if (err != NULL)
                *err = error;
        }
        pthread_mutex_unlock(&spill->lock);
    }
    return status;
}
