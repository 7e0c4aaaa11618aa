/*
 * emulate.h: a graphics processor emulated on the CPU, for tests only: blocks, warps, shared memory, barriers,
 * shuffles, atomics, and that part of the CUDA runtime that host code uses. cuda_emulation.h makes CUDA's
 * names of it, in which the same .cu sources are compiled by a C++ compiler.
 *
 * Every thread of a block is a fiber (emulate_blocks.c). Some blocks are resident at once; which fiber
 * runs next is the schedule's choice, drawn from a seed: forward, backward, or at random, and then a fiber may
 * also be stopped at any basic block (the .cu sources are compiled with -fsanitize-coverage=trace-pc). So
 * a missing barrier shows, and so does a wait for a block that is not resident.
 *
 * Reported, with the seed that repeats it: a barrier that not all threads of a block reach, or reach at
 * different places; a shuffle or ballot whose mask names a lane that has gone, or that lanes call with different
 * masks; a shuffle from a lane outside its mask; blocks that wait for ever. Not seen: what a weak order of
 * memory may do (a missing fence), and kernels that touch memory of the host.
 *
 * What is told to a stream (emulate_runtime.c) is done at once or only when something waits for it, by the seed.
 * Memory of the device is filled with 0xA5 at first, has unreadable pages at both ends, and cannot be touched
 * by the host.
 */
#ifndef LR_EMULATE_H
#define LR_EMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lr_emulate_order {
    LR_EMULATE_DRAWN, /* one of these, drawn for each launch */
    LR_EMULATE_FORWARD,
    LR_EMULATE_BACKWARD,
    LR_EMULATE_RANDOM
} lr_emulate_order;

/* Taken from the environment at first; a test may change them between launches. */
typedef struct lr_emulate_options {
    uint64_t seed;          /* LR_EMULATE_SEED, or BENCH_SEED */
    lr_emulate_order order; /* LR_EMULATE_ORDER: forward, backward, random */
    uint32_t resident;   /* LR_EMULATE_RESIDENT: blocks at once; 0: drawn for each launch, 1 to 4 */
    uint32_t processors; /* LR_EMULATE_PROCESSORS: how many it says it has (1) */
    uint32_t devices;    /* LR_EMULATE_DEVICES (1) */
    uint32_t
        steps_max; /* basic blocks in which nobody gets on, before that is a hang (20 million) */
    uint64_t memory_bytes; /* LR_EMULATE_MEMORY: of the device (16 MiB) */
    /* LR_EMULATE_FAIL=CALL:N: the N-th call of that name, or of `any`, fails: one that allocates has no
     * memory, at any other the device is lost, and all later ones fail too. "launch" is a call. */
    const char *fail_call;
    uint64_t fail_at;
} lr_emulate_options;

extern lr_emulate_options lr_emulate;

/* Reports end the program; between these two calls only the launch, and are handed out by the second
 * one: NULL, there was none. The text is good until the next launch. */
void lr_emulate_catch(void);
const char *lr_emulate_caught(void);

/* What the names of CUDA are made of. */
typedef struct lr_emulate_index {
    uint32_t x, y, z;
} lr_emulate_index;

typedef struct lr_emulate_place {
    lr_emulate_index thread, block, block_dim, grid_dim;
} lr_emulate_place;

extern lr_emulate_place lr_emulated; /* the thread that runs */

typedef enum lr_emulate_call {
    LR_EMULATE_SYNCWARP,
    LR_EMULATE_BALLOT,
    LR_EMULATE_ANY,
    LR_EMULATE_ALL,
    LR_EMULATE_SHUFFLE,
    LR_EMULATE_MATCH,
    LR_EMULATE_BARRIER,
    LR_EMULATE_BARRIER_OR,
    LR_EMULATE_BARRIER_AND,
    LR_EMULATE_BARRIER_COUNT
} lr_emulate_call;

/* What all lanes of the mask do together. source: of a shuffle. */
uint64_t lr_emulate_warp(lr_emulate_call call, uint32_t mask, uint64_t value, uint32_t source,
                         const char *where);
/* What all threads of the block do together. */
int lr_emulate_block(lr_emulate_call call, int value, const char *where);
void lr_emulate_spin(void);
uint32_t lr_emulate_active(void); /* the lanes of this warp that have not gone */

/* One launch, run to its end. enter(arguments) is what each thread does. False: there was a report, and
 * it is caught. */
typedef struct lr_emulate_launch {
    const char *name;
    uint32_t grid, block;
    size_t shared_bytes;
    void (*enter)(void *arguments);
} lr_emulate_launch;

bool lr_emulate_run(const lr_emulate_launch *launch, void *arguments);

/* A number from the seed, for whatever is drawn. */
uint64_t lr_emulate_random(void);

#ifdef __cplusplus
}
#endif
#endif
