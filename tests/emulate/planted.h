/* planted.h: kernels whose result is known, and kernels with a fault planted in them, for unit_emulate.c. */
#ifndef LR_PLANTED_H
#define LR_PLANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PLANTED_BLOCK = 128, PLANTED_ROUNDS = 8 };

/* Each of these runs one launch over src and out, arrays of n of the host, and gives CUDA's error. */
typedef int planted(const uint32_t *src, uint32_t *out, uint32_t n);

planted planted_rotate, planted_rotate_without_barrier; /* out[t] = src[t + 33] in each block */
planted planted_swap, planted_swap_without_syncwarp;    /* out[t] = src[t ^ 1] */
planted planted_scan, planted_scan_by_block_number;     /* inclusive prefix sums */
planted planted_scan_without_spin;                      /* waits in a loop of its own */
planted planted_count, planted_count_without_atomics;   /* out[src[t]]: how often, in 8 rounds */
planted planted_distinct;                               /* out: a table of the distinct numbers */
planted planted_collectives;                            /* 16 results a thread: see the check */
planted planted_blocks;                             /* 8 results a thread of barriers that vote */
planted planted_half_barrier, planted_two_barriers; /* divergence, in several ways */
planted planted_gone_lane, planted_two_masks, planted_foreign_lane, planted_not_named,
    planted_early;
planted planted_behind_the_end, planted_touch_device, planted_free_wild; /* end the process */
planted planted_without_wait, planted_other_stream; /* the host does not wait */

#ifdef __cplusplus
}
#endif
#endif
