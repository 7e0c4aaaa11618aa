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
    bool inside; /* a frame */
} unpack_zstd;

static lr_status fail(const unpack_zstd *z, const char *why, lr_error *err)
{
    return lr_fail(err, LR_E_DATA, "%s: zstd: %s", z->packed.name, why);
}

static lr_status zstd_read(lr_stream *stream, uint8_t *out, size_t n, size_t *got, lr_error *err)
{
    unpack_zstd *z = (unpack_zstd *)stream;
    lr_packed *p = &z->packed;
    lr_status status = LR_OK;
    ZSTD_outBuffer to = {out, n, 0};

    while (status == LR_OK && to.pos < n) {
        status = lr_packed_need(p, z->inside ? 1 : 4, err);
        if (status != LR_OK || (!z->inside && p->at == p->n))
            break;
        if (!z->inside &&
            lr_detect_compression(p->in + p->at, p->n - p->at) != LR_COMPRESSION_ZSTD) {
            status = fail(z, "garbage after the last frame", err);
            break;
        }
        ZSTD_inBuffer from = {p->in, p->n, p->at};
        const size_t before = to.pos;
        const size_t wants = ZSTD_decompressStream(z->context, &to, &from);
        if (ZSTD_getErrorCode(wants) == ZSTD_error_memory_allocation)
            status = lr_fail(err, LR_E_RESOURCE, "%s: zstd: no memory", z->packed.name);
        else if (ZSTD_isError(wants))
            status = fail(z, ZSTD_getErrorName(wants), err);
        else if (wants != 0 && from.pos == p->at && to.pos == before)
            status = fail(z, "truncated", err);
        p->at = from.pos;
        z->inside = wants != 0;
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
