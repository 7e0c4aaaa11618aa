/* unpack.h: compressed input as a stream of what it holds. Private to io/. */
#ifndef LR_UNPACK_H
#define LR_UNPACK_H

#include "reader.h"

/* What the decompressors share: the compressed bytes in[at .. n) that wait to be read. */
typedef struct lr_packed {
    lr_stream stream;
    lr_stream *inner; /* owned */
    const char *name;
    const lr_source_options *options;
    uint8_t *in;
    size_t n, at;
    bool ended; /* behind in[n] there is nothing */
} lr_packed;

enum { LR_PACKED_BYTES = 256 << 10 }; /* room in `in`; a zip's local header may be half as long */

/* Reads on where fewer than n bytes wait; fewer do only at the end. */
lr_status lr_packed_need(lr_packed *packed, size_t n, lr_error *err);
void lr_packed_free(lr_stream *stream);

/* A frame of zstd that asks for a larger window is refused, as the command zstd does: so much memory a
 * stream may need, however it is read. */
#define LR_ZSTD_WINDOW_MAX (128ull << 20)
#define LR_ZSTD_WINDOW_REASON "a frame needs a window of more than 128 MiB"
enum { LR_ZSTD_HEADER_MAX = 18 };

/* The window of the frame whose header the n bytes at `header` hold (RFC 8878, 3.1.1.1): what it needs
 * to be read as a stream. 0: they are no whole header. */
uint64_t lr_zstd_window(const uint8_t *header, size_t n);

/* What zstd allocates for it: the window, or the content where that is shorter. */
uint64_t lr_zstd_room(const uint8_t *header, size_t n);

/*
 * Whether it is a frame whose window is smaller than a block may be, and than its content. Its blocks are
 * then smaller too (3.1.1.2.4), which zstd sees to only where it does not have the whole frame at once:
 * so it never gets that.
 */
bool lr_zstd_narrow(const uint8_t *header, size_t n);

/* What a decompressor takes, of zstd with this window; as tests/test_memory.py measures it. */
uint64_t lr_unpack_bytes(lr_compression compression, uint64_t window);

/* LR_E_RESOURCE: it takes more than the options of its source allow. */
lr_status lr_unpack_check(const lr_packed *packed, lr_compression compression, uint64_t window,
                          lr_error *err);

/* Constructors: the object with its own fields set, of which an lr_packed is the first; NULL: no
 * memory, or this build has no such library. */
lr_packed *lr_unpack_zstd(void);
lr_packed *lr_unpack_gzip(void);
lr_packed *lr_unpack_zip(void);

/*
 * The bytes in the compressed stream inner, of which the n bytes at head were read already. inner is
 * the new stream's from now on, on failure too. What it finds wrong is LR_E_DATA, `FILE: gzip: reason`.
 */
lr_status lr_stream_unpack(lr_compression compression, lr_stream *inner, const lr_reader *reader,
                           const uint8_t *head, size_t n, lr_stream **out, lr_error *err);

#endif
