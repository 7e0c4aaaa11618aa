/* passes.h: the passes of a device over memory of the host, one launch each, for unit_passes.c. */
#ifndef LR_PASSES_H
#define LR_PASSES_H

#include "gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a pass found; ends is the caller's, with room for ends_max. */
typedef struct passes_ends {
    uint32_t *ends, ends_max;
    uint32_t n_ends, feeds, misplaced; /* the last two of CSV only */
} passes_ends;

/* src: n bytes from an allocation of the device, aligned, with LR_PADDING behind it. Each gives CUDA's
 * error. */
int passes_lines(const uint8_t *src, uint32_t from, uint32_t n, passes_ends *out);
int passes_csv_ends(const uint8_t *src, uint32_t from, uint32_t n, uint8_t delimiter,
                    passes_ends *out);

/* Counts hits into one table of 2^bits slots. take gets every group; rows has room for n_hits: those that
 * found no room. */
int passes_groups(const uint8_t *src, uint32_t n, const lr_gpu_row *hits, uint32_t n_hits,
                  uint32_t bits, uint64_t arena_units, uint32_t blocks, lr_gpu_take take,
                  void *context, uint32_t *rows, uint32_t *n_rows);

#ifdef __cplusplus
}
#endif
#endif
