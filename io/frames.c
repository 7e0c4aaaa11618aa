/*
 * frames.c: zstd files of many frames (RFC 8878, 3.1), which threads decompress beside each other. A frame
 * is one of these if it says how long its content is, and that is little; where one does not, the
 * rest of the file is read as a stream. Where a frame ends its block headers say, so no table is needed.
 */
#include "unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef LR_HAVE_ZSTD
#include <zstd.h>

enum { SKIPPABLE_HEADER = 8, BLOCK_HEADER = 3, CHECKSUM = 4 };

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static lr_status fail(const lr_reader *reader, const char *why, lr_error *err)
{
    return lr_fail(err, LR_E_DATA, "%s: zstd: %s", reader->name, why);
}

/* Up to n bytes at `at`, as many as there are. */
static lr_status read_some(const lr_reader *reader, uint64_t at, uint8_t *out, size_t n,
                           size_t *got, lr_error *err)
{
    *got = at >= reader->size ? 0 : reader->size - at < n ? (size_t)(reader->size - at) : n;
    return lr_reader_read_at(reader, out, *got, at, err);
}

/* The bytes of a frame's header: magic, descriptor, window, dictionary, content size (3.1.1.1). */
static size_t header_length(uint8_t descriptor)
{
    static const size_t dictionary[] = {0, 1, 2, 4}, content[] = {0, 2, 4, 8};
    const bool single = (descriptor >> 5 & 1) != 0;
    const size_t n = content[descriptor >> 6];

    return 5 + !single + dictionary[descriptor & 3] + (n == 0 && single ? 1 : n);
}

/* Follows the block headers from `at` on to the frame's end. */
static lr_status find_end(const lr_reader *reader, uint64_t at, bool checksum, uint64_t *end,
                          lr_error *err)
{
    uint8_t header[BLOCK_HEADER];
    size_t got;

    for (bool last = false; !last;) {
        LR_TRY(read_some(reader, at, header, BLOCK_HEADER, &got, err));
        if (got < BLOCK_HEADER)
            return fail(reader, "truncated", err);
        const uint32_t bits =
            (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16;
        last = (bits & 1) != 0;
        at +=
            BLOCK_HEADER + ((bits >> 1 & 3) == 1 ? 1 : bits >> 3); /* type 1: one byte, repeated */
    }
    *end = at + (checksum ? CHECKSUM : 0);
    return *end > reader->size ? fail(reader, "truncated", err) : LR_OK;
}

lr_status lr_frames_next(lr_reader *reader, lr_error *err)
{
    uint8_t header[LR_ZSTD_HEADER_MAX];
    uint64_t at = reader->frame.at + reader->frame.n, end = 0;
    size_t got;

    for (;;) { /* over the skippable ones */
        reader->frame = (lr_frame){.at = at};
        LR_TRY(read_some(reader, at, header, LR_ZSTD_HEADER_MAX, &got, err));
        if (got == 0)
            return LR_OK;
        if (lr_detect_compression(header, got) != LR_COMPRESSION_ZSTD)
            return fail(reader, "garbage after the last frame", err);
        if (header[0] == 0x28)
            break;
        if (got < SKIPPABLE_HEADER || u32(header + 4) > reader->size - at - SKIPPABLE_HEADER)
            return fail(reader, "truncated", err);
        at += SKIPPABLE_HEADER + u32(header + 4);
    }
    const unsigned long long content = ZSTD_getFrameContentSize(header, got);
    if (content > reader->frame_max) /* unknown and an error are the largest numbers */
        return LR_E_UNSUPPORTED;
    if (lr_zstd_window(header, got) > LR_ZSTD_WINDOW_MAX)
        return fail(reader, LR_ZSTD_WINDOW_REASON, err);
    if (lr_zstd_narrow(header, got))
        return LR_E_UNSUPPORTED;
    LR_TRY(find_end(reader, at + header_length(header[4]), (header[4] >> 2 & 1) != 0, &end, err));
    /* What does not compress is longer than its content, but not by much; else it is not sane. */
    if (end - at > ZSTD_compressBound((size_t)content) + LR_ZSTD_HEADER_MAX + 1024)
        return LR_E_UNSUPPORTED;
    reader->frame = (lr_frame){at, (size_t)(end - at), (size_t)content};
    return LR_OK;
}

lr_status lr_frame_read(const lr_reader *reader, const lr_frame *frame, lr_slice_buffer *mine,
                        uint8_t *out, lr_error *err)
{
    if (mine->decoder == NULL)
        mine->decoder = ZSTD_createDCtx();
    if (mine->packed_max < frame->n) {
        free(mine->packed);
        mine->packed = malloc(frame->n);
        mine->packed_max = mine->packed == NULL ? 0 : frame->n;
    }
    if (mine->packed == NULL || mine->decoder == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory to decompress it", reader->name);
    LR_TRY(lr_reader_read_at(reader, mine->packed, frame->n, frame->at, err));
    const size_t n =
        ZSTD_decompressDCtx(mine->decoder, out, frame->content, mine->packed, frame->n);
    LR_WROTE(out, frame->content);
    if (ZSTD_isError(n))
        return fail(reader, ZSTD_getErrorName(n), err);
    return n == frame->content ? LR_OK : fail(reader, "the length is wrong", err);
}

void lr_frame_free(lr_slice_buffer *buffer)
{
    ZSTD_freeDCtx(buffer->decoder);
    free(buffer->packed);
}
#else
lr_status lr_frames_next(lr_reader *reader, lr_error *err)
{
    return LR_E_UNSUPPORTED;
}

lr_status lr_frame_read(const lr_reader *reader, const lr_frame *frame, lr_slice_buffer *mine,
                        uint8_t *out, lr_error *err)
{
    return LR_E_UNSUPPORTED;
}

void lr_frame_free(lr_slice_buffer *buffer)
{
}
#endif
