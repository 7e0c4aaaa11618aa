/*
 * spill.c: runs of groups in one unnamed file. A record is its tag, length and count as variable-
 * length integers (LEB128), then its text: never more than the key and a few bytes. The table of
 * blocks stays in memory: 32 bytes for 32 KiB.
 */
#include "spill.h"

#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef LR_HAVE_ZSTD
#include <zstd.h>
#endif

/* A block holds groups with hashes in [first, last]. */
typedef struct block {
    uint64_t first, last, at;
    uint32_t packed, raw;
} block;

struct lr_spill {
    int fd;
    bool tight;
    pthread_mutex_t lock; /* of all below */
    uint64_t end;
    block *blocks;
    size_t n, n_max;
    uint64_t groups[LR_SPILL_PARTS];
};

enum { RECORD_EXTRA = 5 + 5 + 10 }; /* tag, length and count take at most so many bytes */

lr_status lr_spill_new(lr_spill **out, bool tight, lr_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to spill");
    (*out)->fd = -1;
    (*out)->tight = tight;
    pthread_mutex_init(&(*out)->lock, NULL);
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
    free(spill->blocks);
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

/* ---- integers of variable length (LEB128, as in DWARF 5, section 7.6) ---- */

static size_t put_number(uint8_t *out, uint64_t x)
{
    size_t n = 0;
    for (; x >= 0x80; x >>= 7)
        out[n++] = (uint8_t)(x | 0x80);
    out[n++] = (uint8_t)x;
    return n;
}

static const uint8_t *get_number(const uint8_t *src, uint64_t *x)
{
    uint32_t shift = 0;
    for (*x = 0; *src & 0x80; shift += 7)
        *x |= (uint64_t)(*src++ & 0x7F) << shift;
    *x |= (uint64_t)*src++ << shift;
    return src;
}

/* ---- room ---- */

static lr_status make_room(uint8_t **memory, size_t *max, size_t wanted, lr_error *err)
{
    if (wanted <= *max)
        return LR_OK;
    uint8_t *larger = realloc(*memory, wanted);
    if (larger == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to spill blocks of %zu bytes", wanted);
    *memory = larger;
    *max = wanted;
    return LR_OK;
}

static lr_status io_failed(const char *what, lr_error *err)
{
    return lr_fail(err, LR_E_IO, "spill file: %s: %s", what, strerror(errno));
}

static lr_status write_all(int fd, const uint8_t *data, size_t n, uint64_t at, lr_error *err)
{
    while (n > 0) {
        const ssize_t done = pwrite(fd, data, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? ENOSPC : errno;
            return io_failed("write", err);
        }
        data += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return LR_OK;
}

static lr_status read_all(int fd, uint8_t *data, size_t n, uint64_t at, lr_error *err)
{
    while (n > 0) {
        const ssize_t done = pread(fd, data, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return io_failed("read", err);
        }
        data += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return LR_OK;
}

/* ---- blocks ---- */

/* The raw bytes of the room, packed; without zstd, or where it gains nothing, as they are. */
static lr_status pack(lr_spill_room *room, size_t n, const uint8_t **out, size_t *packed,
                      lr_error *err)
{
    *out = room->raw;
    *packed = n;
#ifdef LR_HAVE_ZSTD
    enum { FASTEST = -1 }; /* level 1 costs twice the time for 8 % */
    LR_TRY(make_room(&room->packed, &room->packed_max, ZSTD_compressBound(n), err));
    if (room->compressor == NULL && (room->compressor = ZSTD_createCCtx()) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to compress");
    const size_t size =
        ZSTD_compressCCtx(room->compressor, room->packed, room->packed_max, room->raw, n, FASTEST);
    if (!ZSTD_isError(size) && size < n) {
        *out = room->packed;
        *packed = size;
    }
#endif
    return LR_OK;
}

/* With the lock held: a place at the end of the file for the block, and a row for it. */
static lr_status place_block(lr_spill *spill, block *b, lr_error *err)
{
    LR_TRY(open_file(spill, err));
    if (spill->n == spill->n_max) {
        const size_t more = spill->n_max == 0 ? 64 : spill->n_max * 2;
        block *blocks = reallocarray(spill->blocks, more, sizeof *blocks);
        if (blocks == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %zu spilled blocks", more);
        spill->blocks = blocks;
        spill->n_max = more;
    }
    b->at = spill->end;
    spill->blocks[spill->n++] = *b;
    spill->end += b->packed;
    return LR_OK;
}

/* Writes the n bytes that the room holds as a block of groups with hashes in [first, last]. */
static lr_status write_block(lr_spill *spill, lr_spill_room *room, size_t n, uint64_t first,
                             uint64_t last, lr_error *err)
{
    const uint8_t *data;
    size_t packed;

    if (n == 0)
        return LR_OK;
    LR_TRY(pack(room, n, &data, &packed, err));
    block b = {first, last, 0, (uint32_t)packed, (uint32_t)n};
    pthread_mutex_lock(&spill->lock);
    const lr_status status = place_block(spill, &b, err);
    pthread_mutex_unlock(&spill->lock);
    return status == LR_OK ? write_all(spill->fd, data, packed, b.at, err) : status;
}

lr_status lr_spill_write(lr_spill *spill, lr_spill_room *room, lr_groups *groups, lr_error *err)
{
    const size_t n_slots = (size_t)1 << groups->bits;
    uint64_t first = UINT64_MAX, last = 0, counts[LR_SPILL_PARTS] = {0};
    size_t n = 0;

    if (spill->tight)
        lr_drop_code();
    for (size_t i = 0; i < n_slots; i++) {
        const lr_group *group = &groups->slots[i];
        if (group->n == 0)
            continue;
        const lr_bytes text = lr_group_text(groups, group);
        const uint64_t hash = lr_group_hash(groups, group);
        if (n > 0 && n + RECORD_EXTRA + text.n > LR_SPILL_BLOCK) {
            LR_TRY(write_block(spill, room, n, first, last, err));
            first = UINT64_MAX, last = 0, n = 0;
        }
        LR_TRY(make_room(&room->raw, &room->raw_max,
                         (n + text.n < LR_SPILL_BLOCK ? LR_SPILL_BLOCK : n + text.n) + 64, err));
        n += put_number(room->raw + n, group->tag);
        n += put_number(room->raw + n, text.n);
        n += put_number(room->raw + n, group->n);
        memcpy(room->raw + n, text.data, text.n);
        n += text.n;
        first = hash < first ? hash : first;
        last = hash > last ? hash : last;
        counts[hash / (UINT64_MAX / LR_SPILL_PARTS + 1)]++;
    }
    LR_TRY(write_block(spill, room, n, first, last, err));
    pthread_mutex_lock(&spill->lock);
    for (size_t p = 0; p < LR_SPILL_PARTS; p++)
        spill->groups[p] += counts[p];
    pthread_mutex_unlock(&spill->lock);

    memset(groups->slots, 0, n_slots * sizeof *groups->slots);
    groups->n = groups->arena_n = 0;
    return LR_OK;
}

/* Reads a block into the room's raw bytes, with LR_PADDING behind them. */
static lr_status read_block(lr_spill *spill, lr_spill_room *room, const block *b, lr_error *err)
{
    LR_TRY(make_room(&room->raw, &room->raw_max, b->raw + LR_PADDING, err));
    if (b->packed == b->raw)
        return read_all(spill->fd, room->raw, b->raw, b->at, err);
#ifdef LR_HAVE_ZSTD
    LR_TRY(make_room(&room->packed, &room->packed_max, b->packed, err));
    LR_TRY(read_all(spill->fd, room->packed, b->packed, b->at, err));
    if (room->decompressor == NULL && (room->decompressor = ZSTD_createDCtx()) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to decompress");
    if (ZSTD_decompressDCtx(room->decompressor, room->raw, b->raw, room->packed, b->packed) !=
        b->raw)
        return lr_fail(err, LR_E_IO, "spill file: a block is not what was written");
#endif
    return LR_OK;
}

lr_status lr_spill_read(lr_spill *spill, lr_spill_room *room, lr_groups *into, bool *fits,
                        lr_error *err)
{
    const uint64_t first = into->base, last = first + (UINT64_MAX >> into->lead);

    *fits = true;
    for (size_t i = 0; i < spill->n; i++) {
        const block *b = &spill->blocks[i];
        if (b->last < first || b->first > last)
            continue;
        LR_TRY(read_block(spill, room, b, err));
        for (const uint8_t *at = room->raw, *end = at + b->raw; at < end;) {
            uint64_t tag, length, n;
            at = get_number(at, &tag);
            at = get_number(at, &length);
            at = get_number(at, &n);
            if (!lr_groups_count(into, at, (uint32_t)length, (uint32_t)tag, n)) {
                *fits = false;
                return LR_OK;
            }
            at += length;
        }
    }
    return LR_OK;
}

uint64_t lr_spill_estimate(const lr_spill *spill, uint64_t first, uint64_t last)
{
    const uint64_t width = UINT64_MAX / LR_SPILL_PARTS + 1;
    double sum = 0;

    for (uint64_t p = first / width; p <= last / width; p++) {
        const uint64_t low = p * width > first ? p * width : first;
        const uint64_t high = p * width + (width - 1) < last ? p * width + (width - 1) : last;
        sum += (double)spill->groups[p] * ((double)(high - low) + 1) / (double)width;
    }
    return (uint64_t)sum + 1;
}

bool lr_spill_used(const lr_spill *spill)
{
    return spill != NULL && spill->n > 0;
}

uint64_t lr_spill_bytes(const lr_spill *spill)
{
    return spill->end;
}
