/*
 * output.h: output files that are there whole, or not at all (CONTRACT section 7).
 *
 * A regular file is written beside its target without a name (O_TMPFILE) or under a temporary one, and
 * takes the target's name only in lr_output_commit, after everything is on the disk. Any other target
 * (a FIFO, /dev/null, /dev/full) is written directly. "-" is standard output.
 */
#ifndef LR_OUTPUT_H
#define LR_OUTPUT_H

#include "base.h"

typedef struct lr_output lr_output;

/* LR_E_USAGE where path is one of the inputs (the same file, by whatever name); LR_E_IO names the
 * reason. inputs may be NULL. */
lr_status lr_output_open(lr_output **out, const char *path, const char *const *inputs,
                         size_t n_inputs, lr_error *err);

/* Appends n bytes; buffered. */
lr_status lr_output_write(lr_output *output, const void *data, size_t n, lr_error *err);

/* From now on past the page cache where that can be: true. Writes that are no multiples of 4 KiB at
 * addresses that are end it, so that the last one may be of any size. */
bool lr_output_bypass_cache(lr_output *output);

/* All that was written is on the disk: lr_output_commit has little more to do than give the name. */
lr_status lr_output_flush(lr_output *output, lr_error *err);

/* Flushes, fsyncs, renames and closes; on failure nothing is left behind. Frees output either way. */
lr_status lr_output_commit(lr_output *output, lr_error *err);

/* Leaves nothing behind; frees output. */
void lr_output_abandon(lr_output *output);

/* Unlinks temporary files that have a name. Async-signal-safe: for a handler that then ends us. */
void lr_output_unlink_all(void);

#endif
