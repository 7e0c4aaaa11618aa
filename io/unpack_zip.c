/*
 * unpack_zip.c: zip (PKWARE's APPNOTE 6.3): one member, stored or deflated, zip64 too. It is read from
 * front to back, so a pipe will do: the local header, the data, what may describe the data, and the
 * directory, whose sizes and CRC the data must have. Where nothing before stored data says how long they
 * are, they end where a descriptor with their own length and CRC stands before a directory.
 */
#include "unpack.h"

#ifdef LR_HAVE_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_BYTES = 30,   /* 4.3.7 */
    CENTRAL_BYTES = 46, /* 4.3.12 */
    END64_BYTES = 12,   /* 4.3.14: without what its size field counts */
    LOCATOR_BYTES = 20, /* 4.3.15 */
    END_BYTES = 22,     /* 4.3.16 */
    DESCRIPTOR_MAX = 24,
    FLAG_ENCRYPTED = 1,
    FLAG_DESCRIPTOR = 8,
    STORED = 0,
    DEFLATED = 8
};

typedef struct unpack_zip {
    lr_packed packed;
    struct inflate_state state;
    enum { AT_START, IN_DATA, AT_END, DONE } place;
    uint32_t flags, method, crc;
    uint64_t n_stored; /* of a stored member: bytes left, or, */
    bool endless;      /* where its length is not known yet, bytes that are surely its */
    size_t searched;   /* bytes at hand in which there is no directory */
    uint64_t n_out;
} unpack_zip;

static lr_status fail(const unpack_zip *z, const char *why, lr_error *err)
{
    return lr_fail(err, LR_E_DATA, "%s: zip: %s", z->packed.name, why);
}

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
    return u32(p) | (uint64_t)u32(p + 4) << 32;
}

/* The uncompressed and the compressed size: two 32-bit fields at `at`, or, where they are full, 64-bit
 * ones in the extra field (4.5.3). */
static bool sizes(const uint8_t *fields, const uint8_t *extra, size_t n_extra, uint64_t *n_in,
                  uint64_t *n_out)
{
    *n_in = u32(fields);
    *n_out = u32(fields + 4);
    if (*n_in != UINT32_MAX && *n_out != UINT32_MAX)
        return true;
    for (size_t i = 0; i + 4 <= n_extra; i += 4 + u16(extra + i + 2)) {
        const uint8_t *value = extra + i + 4;
        const size_t n = u16(extra + i + 2);
        const size_t need = 8 * ((*n_in == UINT32_MAX) + (*n_out == UINT32_MAX));
        if (u16(extra + i) != 1)
            continue;
        if (n < need || i + 4 + n > n_extra)
            return false;
        if (*n_out == UINT32_MAX) {
            *n_out = u64(value);
            value += 8;
        }
        if (*n_in == UINT32_MAX)
            *n_in = u64(value);
        return true;
    }
    return false;
}

/* Reads the local header. */
static lr_status read_start(unpack_zip *z, lr_error *err)
{
    lr_packed *p = &z->packed;
    uint64_t n_out;

    LR_TRY(lr_packed_need(p, LOCAL_BYTES, err));
    const uint8_t *header = p->in + p->at;
    if (p->n - p->at >= 4 && memcmp(header, "PK\5\6", 4) == 0)
        return fail(z, "it has no member", err);
    if (p->n - p->at < LOCAL_BYTES)
        return fail(z, "truncated", err);
    const size_t n_name = u16(header + 26), n_extra = u16(header + 28);
    const size_t n = LOCAL_BYTES + n_name + n_extra;
    LR_TRY(lr_packed_need(p, n, err));
    header = p->in + p->at;
    if (p->n - p->at < n)
        return fail(z, "truncated", err);
    z->flags = u16(header + 6);
    z->method = u16(header + 8);
    if (z->flags & FLAG_ENCRYPTED)
        return fail(z, "encrypted", err);
    if (z->method != STORED && z->method != DEFLATED)
        return fail(z, "neither stored nor deflated", err);
    z->endless = z->method == STORED && (z->flags & FLAG_DESCRIPTOR) != 0;
    if (z->method == STORED && !z->endless &&
        !sizes(header + 18, header + LOCAL_BYTES + n_name, n_extra, &z->n_stored, &n_out))
        return fail(z, "a size is missing", err);
    p->at += n;
    isal_inflate_init(&z->state);
    z->place = IN_DATA;
    return LR_OK;
}

/* The length of the descriptor that ends at src[at], before the directory, and describes all that was
 * read and what stands before it in src: with or without a signature, with sizes of 32 or of 64 bits
 * (4.3.9). SIZE_MAX: none does. */
static size_t descriptor_before(const unpack_zip *z, const uint8_t *src, size_t at)
{
    for (size_t i = 0; i < 4; i++) {
        const bool wide = i / 2, marked = i % 2;
        const size_t n = (marked ? 4 : 0) + 4 + (wide ? 16 : 8);
        if (n > at)
            continue;
        const uint8_t *d = src + at - n;
        if (marked && memcmp(d, "PK\7\10", 4) != 0)
            continue;
        d += marked ? 4 : 0;
        const uint64_t n_out = z->n_out + (at - n);
        const bool long_enough = wide ? u64(d + 4) == n_out && u64(d + 12) == n_out
                                      : u32(d + 4) == n_out && u32(d + 8) == n_out;
        if (long_enough && u32(d) == crc32_gzip_refl(z->crc, src, at - n))
            return n;
    }
    return SIZE_MAX;
}

/* Sets n_stored: to the bytes before the descriptor, if that is near, else to those before whatever may
 * be one. A file in a file has directories too, but they describe other data. */
static lr_status find_stored_end(unpack_zip *z, lr_error *err)
{
    lr_packed *p = &z->packed;

    LR_TRY(lr_packed_need(p, 2 * DESCRIPTOR_MAX, err));
    const uint8_t *src = p->in + p->at;
    const size_t n = p->n - p->at;
    for (;; z->searched++) {
        const uint8_t *central = memmem(src + z->searched, n - z->searched, "PK\1\2", 4);
        if (central == NULL && p->ended)
            return fail(z, "truncated, or no directory after the member", err);
        const size_t at = central == NULL ? n - 3 : (size_t)(central - src);
        z->searched = at;
        if (at > DESCRIPTOR_MAX) {
            z->n_stored = at - DESCRIPTOR_MAX;
            return LR_OK;
        }
        const size_t length = descriptor_before(z, src, at);
        if (length != SIZE_MAX) {
            z->n_stored = at - length;
            z->endless = false;
            return LR_OK;
        }
    }
}

static lr_status read_stored(unpack_zip *z, uint8_t *out, size_t room, size_t *got, lr_error *err)
{
    lr_packed *p = &z->packed;

    if (z->endless && z->n_stored == 0)
        LR_TRY(find_stored_end(z, err));
    size_t n = room < z->n_stored ? room : (size_t)z->n_stored;
    n = n < p->n - p->at ? n : p->n - p->at;
    if (n == 0 && z->n_stored > 0 && room > 0)
        return fail(z, "truncated", err);
    memcpy(out, p->in + p->at, n);
    p->at += n;
    z->n_stored -= n;
    z->searched -= z->endless ? n : 0;
    *got = n;
    if (z->n_stored == 0 && !z->endless)
        z->place = AT_END;
    return LR_OK;
}

static lr_status read_deflated(unpack_zip *z, uint8_t *out, size_t room, size_t *got, lr_error *err)
{
    lr_packed *p = &z->packed;
    struct inflate_state *s = &z->state;
    const uint32_t avail_out = room < (1u << 30) ? (uint32_t)room : 1u << 30;
    const uint32_t avail_in = (uint32_t)(p->n - p->at);

    s->next_in = p->in + p->at;
    s->avail_in = avail_in;
    s->next_out = out;
    s->avail_out = avail_out;
    const int result = isal_inflate(s);
    p->at = p->n - s->avail_in;
    *got = avail_out - s->avail_out;
    LR_WROTE(out, *got);
    if (result < 0)
        return fail(z, "corrupt", err);
    if (s->block_state == ISAL_BLOCK_FINISH) {
        /* The library may hold whole bytes behind the data. They were read last, so they are what
         * stands before `at`, if that was not read anew since; else they are put back there. */
        const size_t n_back = (size_t)s->read_in_length / 8;
        uint64_t bits = s->read_in >> (s->read_in_length % 8);
        if (p->at < n_back) {
            memmove(p->in + n_back, p->in + p->at, p->n - p->at);
            p->n += n_back - p->at;
            p->at = n_back;
        }
        p->at -= n_back;
        for (size_t i = 0; i < n_back; i++, bits >>= 8)
            p->in[p->at + i] = (uint8_t)bits;
        z->place = AT_END;
    } else if (avail_in == s->avail_in && *got == 0) {
        return fail(z, "truncated", err);
    }
    return LR_OK;
}

/* The length of what may stand between the data and the directory: with or without a signature, with
 * sizes of 32 or of 64 bits (4.3.9). SIZE_MAX: nothing fits. */
static size_t descriptor_length(const unpack_zip *z, const uint8_t *src, size_t n)
{
    static const size_t lengths[] = {12, 16, 20, 24};

    if ((z->flags & FLAG_DESCRIPTOR) == 0)
        return 0;
    for (size_t i = 0; i < LR_COUNT_OF(lengths); i++) {
        const uint8_t *crc = src + (lengths[i] % 8 == 0 ? 4 : 0);
        if (n >= lengths[i] + 4 && memcmp(src + lengths[i], "PK\1\2", 4) == 0 && u32(crc) == z->crc)
            return lengths[i];
    }
    return SIZE_MAX;
}

/* Reads what stands behind the data, all of it, and compares. */
static lr_status read_end(unpack_zip *z, lr_error *err)
{
    lr_packed *p = &z->packed;
    uint64_t n_in, n_out;

    LR_TRY(lr_packed_need(p, LR_PACKED_BYTES, err));
    const uint8_t *src = p->in + p->at;
    const size_t n = p->n - p->at;
    if (!p->ended)
        return fail(z, "more than one member, or garbage after it", err);
    size_t at = descriptor_length(z, src, n);
    if (at == SIZE_MAX)
        return fail(z, "the checksum is wrong, or the directory is missing", err);
    if (n - at >= 4 && memcmp(src + at, "PK\3\4", 4) == 0)
        return fail(z, "more than one member", err);
    if (n - at < CENTRAL_BYTES || memcmp(src + at, "PK\1\2", 4) != 0)
        return fail(z, "truncated, or no directory after the member", err);
    const uint8_t *central = src + at;
    const size_t n_name = u16(central + 28), n_extra = u16(central + 30);
    at += CENTRAL_BYTES + n_name + n_extra + u16(central + 32);
    if (at > n)
        return fail(z, "truncated", err);
    if (!sizes(central + 20, central + CENTRAL_BYTES + n_name, n_extra, &n_in, &n_out))
        return fail(z, "a size is missing", err);
    if (u32(central + 16) != z->crc || n_out != z->n_out)
        return fail(z, "the checksum or the length is wrong", err);
    if (n - at >= 4 && memcmp(src + at, "PK\1\2", 4) == 0)
        return fail(z, "more than one member", err);
    if (n - at >= END64_BYTES && memcmp(src + at, "PK\6\6", 4) == 0 &&
        u64(src + at + 4) <= n - at - END64_BYTES)
        at += END64_BYTES + (size_t)u64(src + at + 4);
    if (n - at >= LOCATOR_BYTES && memcmp(src + at, "PK\6\7", 4) == 0)
        at += LOCATOR_BYTES;
    if (n - at < END_BYTES || memcmp(src + at, "PK\5\6", 4) != 0)
        return fail(z, "truncated, or no end of the directory", err);
    if (n - at != END_BYTES + u16(src + at + 20))
        return fail(z, "truncated, or garbage after the directory", err);
    z->place = DONE;
    return LR_OK;
}

static lr_status zip_read(lr_stream *stream, uint8_t *out, size_t n, size_t *got, lr_error *err)
{
    unpack_zip *z = (unpack_zip *)stream;
    lr_packed *p = &z->packed;

    *got = 0;
    if (z->place == AT_START)
        LR_TRY(read_start(z, err));
    while (*got < n && z->place == IN_DATA) {
        size_t more = 0;
        LR_TRY(lr_packed_need(p, 1, err));
        const lr_status status = z->method == STORED
                                     ? read_stored(z, out + *got, n - *got, &more, err)
                                     : read_deflated(z, out + *got, n - *got, &more, err);
        z->crc = crc32_gzip_refl(z->crc, out + *got, more);
        z->n_out += more;
        *got += more;
        if (status != LR_OK)
            return status;
    }
    return *got < n && z->place == AT_END ? read_end(z, err) : LR_OK;
}

lr_packed *lr_unpack_zip(void)
{
    unpack_zip *z = calloc(1, sizeof *z);

    if (z == NULL)
        return NULL;
    z->packed.stream = (lr_stream){.read = zip_read, .free = lr_packed_free};
    return &z->packed;
}
#endif
