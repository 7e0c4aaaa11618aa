/* packed.c: zstd frames with checksums by libzstd, gzip members by ISA-L. */
#include "packed.h"

#include <stdlib.h>
#include <string.h>
#ifdef LR_HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef LR_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), end_n = strlen(end);
    return n > end_n && strcmp(name + n - end_n, end) == 0;
}

lr_status packing_of(const char *name, packing *out, lr_error *err)
{
    *out = PACK_NONE;
    if (ends_with(name, ".zst"))
        *out = PACK_ZSTD;
    else if (ends_with(name, ".gz"))
        *out = PACK_GZIP;
#ifndef LR_HAVE_ZSTD
    if (*out == PACK_ZSTD)
        return lr_fail(err, LR_E_USAGE, "%s: this build is without zstd", name);
#endif
#ifndef LR_HAVE_ISAL
    if (*out == PACK_GZIP)
        return lr_fail(err, LR_E_USAGE, "%s: this build is without ISA-L, so without gzip", name);
#endif
    return LR_OK;
}

static lr_status make_room(packed *out, size_t n_max, lr_error *err)
{
    if (out->n_max >= n_max)
        return LR_OK;
    uint8_t *const more = realloc(out->bytes, n_max);
    if (more == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to compress %zu bytes", n_max);
    out->bytes = more;
    out->n_max = n_max;
    return LR_OK;
}

#ifdef LR_HAVE_ZSTD
static lr_status pack_zstd(packer *p, const uint8_t *data, size_t n, packed *out, lr_error *err)
{
    if (p->context == NULL) {
        p->context = ZSTD_createCCtx();
        if (p->context == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for zstd");
        ZSTD_CCtx_setParameter(p->context, ZSTD_c_compressionLevel, 2); /* as small as 3 here */
        ZSTD_CCtx_setParameter(p->context, ZSTD_c_checksumFlag, 1);
    }
    LR_TRY(make_room(out, ZSTD_compressBound(n), err));
    out->n = ZSTD_compress2(p->context, out->bytes, out->n_max, data, n);
    if (ZSTD_isError(out->n))
        return lr_fail(err, LR_E_RESOURCE, "zstd: %s", ZSTD_getErrorName(out->n));
    return LR_OK;
}
#endif

#ifdef LR_HAVE_ISAL
static lr_status pack_gzip(packer *p, const uint8_t *data, size_t n, packed *out, lr_error *err)
{
    struct isal_zstream stream;

    if (p->context == NULL && (p->context = malloc(ISAL_DEF_LVL1_DEFAULT)) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for gzip");
    LR_TRY(make_room(out, n + n / 8 + 4096, err)); /* stored blocks need 5 bytes per 64 KiB */
    isal_deflate_stateless_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.level = 1;
    stream.level_buf = p->context;
    stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    stream.next_in = (uint8_t *)data;
    stream.avail_in = (uint32_t)n;
    stream.next_out = out->bytes;
    stream.avail_out = (uint32_t)out->n_max;
    stream.end_of_stream = 1;
    if (isal_deflate_stateless(&stream) != COMP_OK)
        return lr_fail(err, LR_E_RESOURCE, "gzip: a block could not be compressed");
    out->n = stream.total_out;
    return LR_OK;
}
#endif

lr_status pack_block(packer *p, const uint8_t *data, size_t n, packed *out, lr_error *err)
{
#ifdef LR_HAVE_ZSTD
    if (p->kind == PACK_ZSTD)
        return pack_zstd(p, data, n, out, err);
#endif
#ifdef LR_HAVE_ISAL
    if (p->kind == PACK_GZIP)
        return pack_gzip(p, data, n, out, err);
#endif
    return lr_fail(err, LR_E_UNSUPPORTED, "nothing to compress with");
}

void packer_free(packer *p)
{
#ifdef LR_HAVE_ZSTD
    if (p->kind == PACK_ZSTD)
        ZSTD_freeCCtx(p->context);
#endif
    if (p->kind == PACK_GZIP)
        free(p->context);
    *p = (packer){0};
}
