/* unpack.c: which decompressor, and the compressed bytes that it reads. */
#include "unpack.h"

#include <stdlib.h>
#include <string.h>

lr_status lr_packed_need(lr_packed *packed, size_t n, lr_error *err)
{
    size_t got = 0;

    if (packed->n - packed->at >= n || packed->ended)
        return LR_OK;
    memmove(packed->in, packed->in + packed->at, packed->n - packed->at);
    packed->n -= packed->at;
    packed->at = 0;
    LR_TRY(packed->inner->read(packed->inner, packed->in + packed->n, LR_PACKED_BYTES - packed->n,
                               &got, err));
    packed->ended = packed->n + got < LR_PACKED_BYTES;
    packed->n += got;
    packed->stream.raw_bytes += got;
    return LR_OK;
}

void lr_packed_free(lr_stream *stream)
{
    lr_packed *packed = (lr_packed *)stream;

    packed->inner->free(packed->inner);
    free(packed->in);
    free(packed);
}

#ifndef LR_HAVE_ZSTD
lr_packed *lr_unpack_zstd(void)
{
    return NULL;
}

uint64_t lr_zstd_room(const uint8_t *header, size_t n)
{
    return 0;
}
#endif
#ifndef LR_HAVE_ISAL
lr_packed *lr_unpack_gzip(void)
{
    return NULL;
}

lr_packed *lr_unpack_zip(void)
{
    return NULL;
}
#endif

/* NULL, or the name of a compression that this build was made without. */
static const char *missing(lr_compression compression)
{
#ifndef LR_HAVE_ZSTD
    if (compression == LR_COMPRESSION_ZSTD)
        return "zstd";
#endif
#ifndef LR_HAVE_ISAL
    if (compression == LR_COMPRESSION_GZIP || compression == LR_COMPRESSION_ZIP)
        return compression == LR_COMPRESSION_GZIP ? "gzip" : "zip";
#endif
    return NULL;
}

uint64_t lr_unpack_bytes(lr_compression compression, uint64_t window)
{
    enum { DEFLATE = 160 << 10, ZSTD = 576 << 10 }; /* their states, buffers and code */

    return compression == LR_COMPRESSION_NONE   ? 0
           : compression == LR_COMPRESSION_ZSTD ? LR_PACKED_BYTES + ZSTD + window
                                                : LR_PACKED_BYTES + DEFLATE;
}

lr_status lr_unpack_check(const lr_packed *packed, lr_compression compression, uint64_t window,
                          lr_error *err)
{
    const lr_source_options *options = packed->options;
    const uint64_t bytes = lr_unpack_bytes(compression, window);

    if (options->stream_max_bytes == 0 || bytes <= options->stream_max_bytes)
        return LR_OK;
    return lr_fail(err, LR_E_RESOURCE,
                   "%s: to decompress it takes %llu KiB; --memory must be at least %lluKiB",
                   packed->name, (unsigned long long)bytes >> 10,
                   (unsigned long long)(options->memory_base_bytes + 4 * bytes) >> 10);
}

lr_status lr_stream_unpack(lr_compression compression, lr_stream *inner, const lr_reader *reader,
                           const uint8_t *head, size_t n, lr_stream **out, lr_error *err)
{
    const char *name = reader->name;
    lr_packed *packed = compression == LR_COMPRESSION_GZIP   ? lr_unpack_gzip()
                        : compression == LR_COMPRESSION_ZSTD ? lr_unpack_zstd()
                                                             : lr_unpack_zip();

    *out = NULL;
    if (missing(compression) != NULL) {
        inner->free(inner);
        return lr_fail(err, LR_E_DATA, "%s: %s: this build cannot read it", name,
                       missing(compression));
    }
    uint8_t *in = malloc(LR_PACKED_BYTES);
    if (packed == NULL || in == NULL) {
        inner->free(inner);
        free(in);
        free(packed);
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory to decompress it", name);
    }
    packed->inner = inner;
    packed->name = name;
    packed->options = reader->options;
    packed->in = in;
    packed->n = n;
    packed->stream.raw_bytes = n;
    if (n > 0)
        memcpy(in, head, n);
    *out = &packed->stream;
    return compression == LR_COMPRESSION_ZSTD ? LR_OK /* each frame is looked at */
                                              : lr_unpack_check(packed, compression, 0, err);
}
