/*
 * emulate_blocks.h: what the two halves of a launch share: emulate_blocks.c, in which threads are fibers
 * and the schedule says who runs, and emulate_calls.c, which is what they do together.
 */
#ifndef LR_EMULATE_BLOCKS_H
#define LR_EMULATE_BLOCKS_H

#include "emulate.h"

enum { WARP = 32, THREADS_MAX = 1024, WARPS_MAX = THREADS_MAX / WARP, RESIDENT_MAX = 4 };

typedef enum lane_state { GONE, READY, SPINS, IN_WARP, IN_BLOCK } lane_state;

typedef struct lane {
    void *stack_pointer, *fake_stack;
    uint8_t *stack;
    lane_state state;
    lr_emulate_call call; /* what it waits in, with what, and what came of it */
    uint32_t mask, source;
    uint64_t value, result;
    const char *where;
} lane;

typedef struct block {
    uint32_t number, alive, arrived; /* threads not gone; of these, in the barrier */
    uint32_t ready[WARPS_MAX];
    uint8_t *shared; /* its section, while another one runs */
    lane lanes[THREADS_MAX];
} block;

/* The launch that runs; one at a time. */
typedef struct lr_emulate_state {
    const lr_emulate_launch *launch;
    void *arguments;
    lr_emulate_order order;
    uint32_t limit, n_resident, started, done, quantum;
    uint32_t *numbers; /* the order in which blocks start */
    block *blocks[RESIDENT_MAX], *entered, *running;
    lane *self;
    uint64_t rng;
    uint32_t preempt; /* at most so many basic blocks without a switch; 0: no such switches */
    uint32_t budget, idle_rounds, steps;
    void *scheduler;
    const void *scheduler_bottom;
    size_t scheduler_size;
    bool catching, failed, giving_up;
    char report[512];
} lr_emulate_state;

extern lr_emulate_state lr_emulate_now;

/* From a fiber to the scheduler; for_ever: it does not come back. */
void lr_emulate_leave(bool for_ever);

/* Says what is wrong with the launch, and ends it; a fiber that calls it does not go on. l and other,
 * threads of b, may be NULL. */
void lr_emulate_fail(const char *what, const block *b, const lane *l, const lane *other);

void lr_emulate_set_ready(block *b, lane *l);
void lr_emulate_set_waiting(block *b, lane *l, lane_state state);

#endif
