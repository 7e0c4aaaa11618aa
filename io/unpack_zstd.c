/* unpack_zstd.c: zstd (RFC 8878): all frames, one after the other; skippable ones are skipped. */
#include "unpack.h"

#ifdef LR_HAVE_ZSTD
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

typedef struct unpack_zstd {
    lr_packed packed;
    ZSTD_DCtx *context;
    bool inside;                         /* a frame */
    size_t step;                         /* bytes of it that zstd may write at a time */
    unsigned long long content, written; /* of it: declared, or unknown; so far */
} unpack_zstd;

static lr_status fail(const unpack_zstd *z, const char *why, lr_error *err)
{
    return lr_fail(err, LR_E_DATA, "%s: zstd: %s", z->packed.name, why);
}

uint64_t lr_zstd_window(const uint8_t *header, size_t n)
{
    if (n < 6 || header[0] != 0x28) /* a skippable frame has none */
        return 0;
    if ((header[4] >> 5 & 1) == 0) {
        const uint64_t base = 1ull << (10 + (header[5] >> 3));
        return base + base / 8 * (header[5] & 7);
    }
    const unsigned long long content = ZSTD_getFrameContentSize(header, n); /* a single segment */
    return content == ZSTD_CONTENTSIZE_ERROR || content == ZSTD_CONTENTSIZE_UNKNOWN ? 0 : content;
}

uint64_t lr_zstd_room(const uint8_t *header, size_t n)
{
    const uint64_t window = lr_zstd_window(header, n);
    const unsigned long long content = window == 0 ? 0 : ZSTD_getFrameContentSize(header, n);

    return content < window ? content : window; /* unknown and an error are the largest numbers */
}

bool lr_zstd_narrow(const uint8_t *header, size_t n)
{
    const uint64_t window = lr_zstd_window(header, n);

    return window != 0 && window < ZSTD_BLOCKSIZE_MAX &&
           ZSTD_getFrameContentSize(header, n) > window; /* not known: the largest number */
}

/* A frame begins: is it one, and one that we read? By zstd's own limit it would depend on how much of
 * the frame is at hand whether it is. */
static lr_status begin_frame(unpack_zstd *z, lr_error *err)
{
    const uint8_t *header = z->packed.in + z->packed.at;
    const size_t n = z->packed.n - z->packed.at;

    if (lr_detect_compression(header, n) != LR_COMPRESSION_ZSTD)
        return fail(z, "garbage after the last frame", err);
    if (lr_zstd_window(header, n) > LR_ZSTD_WINDOW_MAX)
        return fail(z, LR_ZSTD_WINDOW_REASON, err);
    if (n >= LR_ZSTD_HEADER_MAX) /* else the file ends here, and fills no window */
        LR_TRY(lr_unpack_check(&z->packed, LR_COMPRESSION_ZSTD, lr_zstd_room(header, n), err));
    z->content = ZSTD_getFrameContentSize(header, n);
    z->written = 0;
    z->step = lr_zstd_narrow(header, n) ? (size_t)lr_zstd_window(header, n) : SIZE_MAX;
    return LR_OK;
}

/* A frame ended: is it as long as it says (RFC 8878, 3.1.1.1.4)? A stream of zstd does not always ask. */
static lr_status check_length(const unpack_zstd *z, lr_error *err)
{
    return z->content == ZSTD_CONTENTSIZE_UNKNOWN || z->content == z->written
               ? LR_OK
               : fail(z, "the length is wrong", err);
}

static lr_status zstd_read(lr_stream *stream, uint8_t *out, size_t n, size_t *got, lr_error *err)
{
    unpack_zstd *z = (unpack_zstd *)stream;
    lr_packed *p = &z->packed;
    lr_status status = LR_OK;
    ZSTD_outBuffer to = {out, 0, 0};

    while (status == LR_OK && to.pos < n) {
        status = lr_packed_need(p, z->inside ? 1 : LR_ZSTD_HEADER_MAX, err);
        if (status != LR_OK || (!z->inside && p->at == p->n))
            break;
        if (!z->inside && (status = begin_frame(z, err)) != LR_OK)
            break;
        ZSTD_inBuffer from = {p->in, p->n, p->at};
        const size_t before = to.pos;
        to.size = n - to.pos < z->step ? n : to.pos + z->step;
        const size_t wants = ZSTD_decompressStream(z->context, &to, &from);
        LR_WROTE(out + before, to.pos - before);
        if (ZSTD_getErrorCode(wants) == ZSTD_error_memory_allocation)
            status = lr_fail(err, LR_E_RESOURCE, "%s: zstd: no memory", z->packed.name);
        else if (ZSTD_isError(wants))
            status = fail(z, ZSTD_getErrorName(wants), err);
        else if (wants != 0 && from.pos == p->at && to.pos == before)
            status = fail(z, "truncated", err);
        p->at = from.pos;
        z->inside = wants != 0;
        z->written += to.pos - before;
        if (status == LR_OK && !z->inside)
            status = check_length(z, err);
    }
    *got = to.pos;
    return status;
}

static void zstd_free(lr_stream *stream)
{
    ZSTD_freeDCtx(((unpack_zstd *)stream)->context);
    lr_packed_free(stream);
}

lr_packed *lr_unpack_zstd(void)
{
    unpack_zstd *z = calloc(1, sizeof *z);

    if (z == NULL)
        return NULL;
    z->packed.stream = (lr_stream){.read = zstd_read, .free = zstd_free};
    z->context = ZSTD_createDCtx();
    if (z->context == NULL) {
        free(z);
        return NULL;
    }
    return &z->packed;
}
#endif
