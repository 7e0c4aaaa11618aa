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

/* Flushes, fsyncs, renames and closes; on failure nothing is left behind. Frees output either way. */
lr_status lr_output_commit(lr_output *output, lr_error *err);

/* Leaves nothing behind; frees output. */
void lr_output_abandon(lr_output *output);

/* Unlinks temporary files that have a name. Async-signal-safe: for a handler that then ends us. */
void lr_output_unlink_all(void);

#endif
