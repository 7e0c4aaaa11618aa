/* unpack_gzip.c: gzip (RFC 1952): all members, their CRC and length checked. */
#include "unpack.h"

#ifdef LR_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

typedef struct unpack_gzip {
    lr_packed packed;
    struct inflate_state state;
    bool inside; /* a member */
} unpack_gzip;

static lr_status fail(const unpack_gzip *z, const char *why, lr_error *err)
{
    return lr_fail(err, LR_E_DATA, "%s: gzip: %s", z->packed.name, why);
}

/* Inflates what waits, up to room bytes. */
static lr_status inflate_some(unpack_gzip *z, uint8_t *out, size_t room, size_t *got, lr_error *err)
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
    if (result == ISAL_INCORRECT_CHECKSUM)
        return fail(z, "the checksum or the length is wrong", err);
    if (result == ISAL_INVALID_WRAPPER || result == ISAL_UNSUPPORTED_METHOD)
        return fail(z, "not a header", err);
    if (result < 0)
        return fail(z, "corrupt", err);
    z->inside = s->block_state != ISAL_BLOCK_FINISH;
    if (z->inside && avail_in == s->avail_in && *got == 0)
        return fail(z, "truncated", err);
    return LR_OK;
}

static lr_status gzip_read(lr_stream *stream, uint8_t *out, size_t n, size_t *got, lr_error *err)
{
    unpack_gzip *z = (unpack_gzip *)stream;
    lr_packed *p = &z->packed;
    lr_status status = LR_OK;
    size_t more = 0;

    *got = 0;
    while (status == LR_OK && *got < n) {
        status = lr_packed_need(p, z->inside ? 1 : 2, err);
        if (status != LR_OK || (!z->inside && p->at == p->n))
            break;
        if (!z->inside) {
            if (lr_detect_compression(p->in + p->at, p->n - p->at) != LR_COMPRESSION_GZIP) {
                status = fail(z, "garbage after the last member", err);
                break;
            }
            isal_inflate_reset(&z->state);
            z->state.crc_flag = ISAL_GZIP;
        }
        status = inflate_some(z, out + *got, n - *got, &more, err);
        *got += more;
    }
    return status;
}

lr_packed *lr_unpack_gzip(void)
{
    unpack_gzip *z = calloc(1, sizeof *z);

    if (z == NULL)
        return NULL;
    z->packed.stream = (lr_stream){.read = gzip_read, .free = lr_packed_free};
    isal_inflate_init(&z->state);
    return &z->packed;
}
#endif
