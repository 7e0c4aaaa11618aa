/*
 * writer.h: a thread that writes to a file past the page cache while others make records.
 *
 * Pages of the cache cost more than the disk: 2.2 GB take 1.4 to 6 s of system time there, and what
 * was written lies in the cache in small pieces, which every later run over a map of it pays for.
 */
#ifndef LR_DATAGEN_WRITER_H
#define LR_DATAGEN_WRITER_H

#include "output.h"

typedef struct writer writer;

/* Gathers buffer_bytes (whole pages) at a time, in two buffers. *out NULL: the output is none that
 * can be written in this way; write to it as to any other. */
lr_status writer_start(writer **out, lr_output *output, size_t buffer_bytes, lr_error *err);

/* Copies n bytes; waits only where the disk is slower than who calls. One caller at a time. An error
 * is that of an earlier call, maybe. */
lr_status writer_put(writer *w, const void *bytes, size_t n, lr_error *err);

/* Hands over what is left, if anybody still wants it, and ends the thread. w may be NULL. */
lr_status writer_end(writer *w, bool wanted, lr_error *err);

#endif
