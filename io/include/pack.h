/* pack.h: a file as independent zstd frames with a seek table: the zstd seekable format. */
#ifndef LR_PACK_H
#define LR_PACK_H

#include "kernels.h"
#include "output.h"

typedef struct lr_pack_options {
    int level;          /* of zstd; 0: its default */
    uint32_t threads;   /* 0: one */
    size_t frame_bytes; /* of content in a frame; 0: 1 MiB */
    const lr_kernels *kernels;
} lr_pack_options;

typedef struct lr_pack_report {
    uint64_t bytes, packed_bytes, frames;
} lr_pack_report;

/*
 * Writes the bytes of the file ("-": standard input; decompressed, if it is compressed) to out as frames
 * with checksums and the length of their content, then the seek table (zstd's contrib/seekable_format,
 * version 0.1.0). What is written does not depend on threads. LR_E_UNSUPPORTED: a build without zstd.
 */
lr_status lr_pack(const char *file, lr_output *out, const lr_pack_options *options,
                  lr_pack_report *report, lr_error *err);

#endif
