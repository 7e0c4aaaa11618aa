/*
 * spill.c: runs of groups, written to one unnamed file. A run's place is
 * reserved as a whole before it is written, so that threads do not wait for each other; what is not used of it is a hole, which takes no
 * room on the disk.
 */
#include "spill_run.h"

#include "measure.h"
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef LR_HAVE_ZSTD
#include <zstd.h>
#endif

enum { RECORD_EXTRA = 5 + 5 + 10 }; /* tag, length and count take at most so many bytes */

lr_status lr_spill_new(lr_spill **out, bool disk, bool tight, lr_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to spill");
    (*out)->fd = -1;
    (*out)->disk = disk;
    (*out)->tight = tight;
    (*out)->last = LR_RUN_NONE;
    /* It is held for some microseconds, 64 groups: less than a thread takes to sleep and wake. */
    pthread_mutexattr_t spins;
    pthread_mutexattr_init(&spins);
#ifdef __GLIBC__
    pthread_mutexattr_settype(&spins, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    pthread_mutex_init(&(*out)->lock, &spins);
    pthread_mutexattr_destroy(&spins);
    return LR_OK;
}

/* With the lock held: the file, if there is none yet. */
static lr_status open_file(lr_spill *spill, lr_error *err)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";

    if (spill->fd >= 0)
        return LR_OK;
    if (spill->tight)
        lr_drop_code(); /* before the code for spilling comes in; each time costs q3 in 4 MiB 11 % */
    spill->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spill->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
        char name[4096]; /* not every file system has files without a name */
        if ((size_t)snprintf(name, sizeof name, "%s/linerate-XXXXXX", folder) < sizeof name &&
            (spill->fd = mkostemp(name, O_CLOEXEC)) >= 0)
            unlink(name);
    }
    if (spill->fd < 0)
        return lr_fail(err, LR_E_UNSUPPORTED, "%s: cannot spill: %s", folder, strerror(errno));
    return LR_OK;
}

void lr_spill_free(lr_spill *spill)
{
    if (spill == NULL)
        return;
    if (spill->fd >= 0)
        close(spill->fd);
    pthread_mutex_destroy(&spill->lock);
    free(spill);
}

void lr_spill_room_free(lr_spill_room *room)
{
    free(room->raw);
    free(room->packed);
#ifdef LR_HAVE_ZSTD
    ZSTD_freeCCtx(room->compressor);
    ZSTD_freeDCtx(room->decompressor);
#endif
    memset(room, 0, sizeof *room);
}

static lr_status io_failed(const char *what, lr_error *err)
{
    return lr_fail(err, LR_E_IO, "spill file: %s: %s", what, strerror(errno));
}

lr_status lr_spill_pwrite(const lr_spill *spill, const void *data, size_t n, uint64_t at,
                          lr_error *err)
{
    const uint8_t *from = data;

    while (n > 0) {
        const ssize_t done = pwrite(spill->fd, from, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? ENOSPC : errno;
            return io_failed("write", err);
        }
        from += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return LR_OK;
}

lr_status lr_spill_pread(const lr_spill *spill, void *data, size_t n, uint64_t at, lr_error *err)
{
    uint8_t *into = data;

    while (n > 0) {
        const ssize_t done = pread(spill->fd, into, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return io_failed("read", err);
        }
        into += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return LR_OK;
}

/* ---- a run ---- */

/* What a run takes at most. */
static uint64_t run_bytes(uint64_t records, uint64_t text_bytes)
{
    const uint64_t raw = records * RECORD_EXTRA + text_bytes;
    /* A block that is full has less than one record's room left, so two of them hold one block's bytes. */
    const uint64_t blocks = 2 * (raw / LR_SPILL_BLOCK) + 2;

    return sizeof(lr_spill_run_head) + raw + blocks * sizeof(lr_block_head);
}

lr_status lr_spill_run_begin(lr_spill_run *run, lr_spill *spill, lr_spill_room *room,
                             uint64_t records, uint64_t text_bytes, lr_error *err)
{
    const uint64_t bytes = run_bytes(records, text_bytes);

    *run = (lr_spill_run){
        .spill = spill, .room = room, .head = {.before = LR_RUN_NONE, .block_max = LR_SPILL_BLOCK}};
    pthread_mutex_lock(&spill->lock);
    const lr_status status = open_file(spill, err);
    run->first = spill->end;
    spill->end += bytes;
    run->at = run->first + sizeof(lr_spill_run_head);
    pthread_mutex_unlock(&spill->lock);
    return status;
}

enum { BLOCK_HEAD = sizeof(lr_block_head) };

#ifdef LR_HAVE_ZSTD
/* Compresses what the room holds; *size is 0 where that is not worth it. Where a block gains less than a
 * quarter, the next ones are not tried. */
static lr_status pack(lr_spill_room *room, size_t n, uint32_t *size, lr_error *err)
{
    enum { FASTEST = -1, UNTRIED = 31 }; /* level 1 costs twice the time for 8 % */

    *size = 0;
    if (room->untried > 0) {
        room->untried--;
        return LR_OK;
    }
    LR_TRY(lr_room_make(&room->packed, &room->packed_max, BLOCK_HEAD + ZSTD_compressBound(n),
                        "blocks to spill", err));
    if (room->compressor == NULL && (room->compressor = ZSTD_createCCtx()) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to compress");
    const size_t packed =
        ZSTD_compressCCtx(room->compressor, room->packed + BLOCK_HEAD,
                          room->packed_max - BLOCK_HEAD, room->raw + BLOCK_HEAD, n, FASTEST);
    if (!ZSTD_isError(packed) && packed < n) {
        LR_WROTE(room->packed + BLOCK_HEAD, packed);
        *size = (uint32_t)packed;
    }
    room->untried = *size == 0 || *size > n - n / 4 ? UNTRIED : 0;
    return LR_OK;
}
#endif

/* Writes what the room holds as a block: compressed, or as it is. */
static lr_status write_block(lr_spill_run *run, lr_error *err)
{
    lr_spill_room *room = run->room;
    lr_block_head head = {(uint32_t)run->n, (uint32_t)run->n};
    uint8_t *data = room->raw;

#ifdef LR_HAVE_ZSTD
    uint32_t packed;
    LR_TRY(pack(room, run->n, &packed, err));
    if (packed != 0) {
        head.packed = packed;
        data = room->packed;
    }
#endif
    memcpy(data, &head, BLOCK_HEAD);
    LR_TRY(lr_spill_pwrite(run->spill, data, BLOCK_HEAD + head.packed, run->at, err));
    run->at += BLOCK_HEAD + head.packed;
    if (run->head.block_max < run->n)
        run->head.block_max = run->n;
    run->n = 0;
    return LR_OK;
}

static size_t put_number(uint8_t *out, uint64_t x)
{
    size_t n = 0;
    for (; x >= 0x80; x >>= 7)
        out[n++] = (uint8_t)(x | 0x80);
    out[n++] = (uint8_t)x;
    return n;
}

lr_status lr_spill_run_add(lr_spill_run *run, const lr_counted *group, lr_error *err)
{
    const lr_bytes text = group->text;
    lr_spill_room *room = run->room;

    if (run->n > 0 && run->n + RECORD_EXTRA + text.n > LR_SPILL_BLOCK)
        LR_TRY(write_block(run, err));
    while (run->ranges <= group->hash >> (64 - LR_RANGE_BITS))
        run->head.at[run->ranges++] = run->at;
    const size_t most = run->n + RECORD_EXTRA + text.n;
    LR_TRY(lr_room_make(&room->raw, &room->raw_max,
                        sizeof(lr_block_head) + (most > LR_SPILL_BLOCK ? most : LR_SPILL_BLOCK),
                        "blocks to spill", err));
    uint8_t *at = room->raw + sizeof(lr_block_head) + run->n;
    at += put_number(at, text.n << 2 | (group->tag != 0 ? LR_RECORD_TAG : 0) |
                             (group->n != 1 ? LR_RECORD_N : 0));
    at += group->tag != 0 ? put_number(at, group->tag) : 0;
    at += group->n != 1 ? put_number(at, group->n) : 0;
    memcpy(at, text.data, text.n);
    run->n = (size_t)(at + text.n - room->raw) - sizeof(lr_block_head);
    return LR_OK;
}

lr_status lr_spill_run_add_all(lr_spill_run *run, lr_groups *groups, lr_error *err)
{
    lr_groups_sort(groups);
    for (size_t i = 0; i < groups->n; i++) {
        const lr_group *group = &groups->slots[i];
        const lr_counted counted = {lr_group_hash(groups, group), group->n,
                                    lr_group_text(groups, group), group->tag};
        LR_TRY(lr_spill_run_add(run, &counted, err));
    }
    lr_groups_empty(groups);
    return LR_OK;
}

lr_status lr_spill_run_end(lr_spill_run *run, lr_error *err)
{
    const lr_block_head none = {0, 0};
    lr_spill *spill = run->spill;

    if (run->n > 0)
        LR_TRY(write_block(run, err));
    while (run->ranges < LR_RANGES) /* nothing of them */
        run->head.at[run->ranges++] = run->at;
    LR_TRY(lr_spill_pwrite(spill, &none, sizeof none, run->at, err));
    pthread_mutex_lock(&spill->lock);
    run->head.before = spill->last;
    const lr_status status = lr_spill_pwrite(spill, &run->head, sizeof run->head, run->first, err);
    spill->last = run->first;
    spill->n++;
    if (spill->end < run->at + sizeof none)
        spill->end = run->at + sizeof none;
    spill->written += run->at + sizeof none - run->first;
    pthread_mutex_unlock(&spill->lock);
    return status;
}

lr_status lr_spill_write(lr_spill *spill, lr_spill_room *room, lr_groups *groups, lr_error *err)
{
    /* Which texts in slots are shorter is not looked for. */
    const uint64_t text_bytes = groups->n * LR_GROUP_INLINE + groups->arena_n;
    lr_spill_run run;

    LR_TRY(lr_spill_run_begin(&run, spill, room, groups->n, text_bytes, err));
    LR_TRY(lr_spill_run_add_all(&run, groups, err));
    return lr_spill_run_end(&run, err);
}

bool lr_spill_used(const lr_spill *spill)
{
    return spill != NULL && spill->n > 0;
}

bool lr_spill_has_disk(const lr_spill *spill)
{
    return spill->disk;
}

uint64_t lr_spill_bytes(const lr_spill *spill)
{
    return spill->written;
}
