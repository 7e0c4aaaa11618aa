/*
 * emulate_blocks.c: threads as fibers, and who runs next.
 *
 * The variables of shared memory are those of one section, lr_shared: it holds the block that runs, and
 * is exchanged when another one does. One launch runs at a time (emulate_runtime.c sees to it), on the
 * thread of the host that waits for it.
 */
#include "emulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SWITCH_BEGIN(save, bottom, n) __sanitizer_start_switch_fiber(save, bottom, n)
#define SWITCH_END(save, bottom, n) __sanitizer_finish_switch_fiber(save, bottom, n)
#else
#define SWITCH_BEGIN(save, bottom, n) ((void)(save))
#define SWITCH_END(save, bottom, n) ((void)(save))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)0)
#endif

enum {
    WARP = 32,
    THREADS_MAX = 1024,
    WARPS_MAX = THREADS_MAX / WARP,
    RESIDENT_MAX = 4,
    STACK_BYTES = 256 << 10, /* touched are a few pages of it */
    IDLE_ROUNDS_MAX = 2000   /* rounds in which all that can run spins, before that is a deadlock */
};

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

extern uint8_t __start_lr_shared[] __attribute__((weak, visibility("hidden")));
extern uint8_t __stop_lr_shared[] __attribute__((weak, visibility("hidden")));

lr_emulate_place lr_emulated;

static struct {
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
    void *scheduler, *scheduler_fake;
    const void *scheduler_bottom;
    size_t scheduler_size;
    bool catching, failed;
    char report[512];
} now;

static __thread bool in_fiber;

static uint64_t draw(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((draw(&now.rng) >> 32) * n >> 32);
}

uint64_t lr_emulate_random(void)
{
    static uint64_t state, seed;
    static bool seeded;

    if (!seeded || seed != lr_emulate.seed)
        state = seed = lr_emulate.seed;
    seeded = true;
    return draw(&state);
}

void lr_emulate_catch(void)
{
    now.catching = true;
    now.failed = false;
}

const char *lr_emulate_caught(void)
{
    now.catching = false;
    return now.failed ? now.report : NULL;
}

/* Switching. A fiber saves what the calling convention says it must, and its stack pointer. */
#ifndef __x86_64__
#error "the emulation switches fibers on x86-64 only"
#endif
void lr_emulate_switch(void **from, void *to);
__asm__(".text\n"
        ".globl lr_emulate_switch\n"
        ".type lr_emulate_switch, @function\n"
        "lr_emulate_switch:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n"
        "    pushq %r13\n    pushq %r14\n    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n"
        "    popq %r12\n    popq %rbx\n    popq %rbp\n"
        "    ret\n"
        ".size lr_emulate_switch, .-lr_emulate_switch\n");

/* From a fiber to the scheduler; for_ever: it does not come back. */
static void leave(bool for_ever)
{
    lane *self = now.self;

    in_fiber = false;
    SWITCH_BEGIN(for_ever ? NULL : &self->fake_stack, now.scheduler_bottom, now.scheduler_size);
    lr_emulate_switch(&self->stack_pointer, now.scheduler);
    SWITCH_END(self->fake_stack, &now.scheduler_bottom, &now.scheduler_size);
    in_fiber = true;
}

static void describe(char *out, size_t n, const block *b, const lane *l)
{
    static const char *const names[] = {
        "__syncwarp",        "__ballot_sync",      "__any_sync",    "__all_sync",
        "__shfl_sync",       "__match_any_sync",   "__syncthreads", "__syncthreads_or",
        "__syncthreads_and", "__syncthreads_count"};

    const int at = snprintf(out, n, "block %u thread %u", b->number, (uint32_t)(l - b->lanes));
    if (l->state == IN_WARP)
        snprintf(out + at, n - (size_t)at, " in %s(0x%08x) at %s", names[l->call], l->mask,
                 l->where);
    else if (l->state == IN_BLOCK)
        snprintf(out + at, n - (size_t)at, " in %s() at %s", names[l->call], l->where);
    else
        snprintf(out + at, n - (size_t)at, "%s",
                 l->state == GONE    ? " (gone)"
                 : l->state == SPINS ? " (spinning)"
                                     : "");
}

/* Says what is wrong with the launch, and ends it; a fiber that calls it does not go on. */
static void fail(const char *what, const block *b, const lane *l, const lane *other)
{
    static const char *const orders[] = {"drawn", "forward", "backward", "random"};
    char first[160] = "", second[160] = "";

    if (now.failed)
        return;
    if (l != NULL)
        describe(first, sizeof first, b, l);
    if (other != NULL)
        describe(second, sizeof second, b, other);
    snprintf(now.report, sizeof now.report,
             "emulation: %s: %s: %s%s%s (%s, %u blocks at once; seed %llu)", now.launch->name, what,
             first, other != NULL ? "; " : "", second, orders[now.order], now.limit,
             (unsigned long long)lr_emulate.seed);
    if (!now.catching) {
        fprintf(stderr, "%s\n", now.report);
        abort();
    }
    now.failed = true;
    if (in_fiber)
        leave(true);
}

/* What is done together. */

static void set_ready(block *b, lane *l)
{
    const uint32_t i = (uint32_t)(l - b->lanes);

    l->state = READY;
    b->ready[i / WARP] |= 1u << i % WARP;
}

static void set_waiting(block *b, lane *l, lane_state state)
{
    const uint32_t i = (uint32_t)(l - b->lanes);

    l->state = state;
    b->ready[i / WARP] &= ~(1u << i % WARP);
}

static uint64_t warp_result(const lane *warp, const lane *l, uint32_t votes)
{
    uint32_t same = 0;

    switch (l->call) {
    case LR_EMULATE_BALLOT:
        return votes;
    case LR_EMULATE_ANY:
        return votes != 0;
    case LR_EMULATE_ALL:
        return votes == l->mask;
    case LR_EMULATE_SHUFFLE:
        return warp[l->source].value;
    case LR_EMULATE_MATCH:
        for (uint32_t i = 0; i < WARP; i++)
            if ((l->mask >> i & 1) != 0 && warp[i].value == l->value)
                same |= 1u << i;
        return same;
    default:
        return 0;
    }
}

/* The last lane of the mask has come: all have their results, and go on. */
static void finish_warp(block *b, lane *warp, uint32_t mask)
{
    uint32_t votes = 0;

    now.steps = 0;
    for (uint32_t i = 0; i < WARP; i++)
        if ((mask >> i & 1) != 0 && warp[i].value != 0)
            votes |= 1u << i;
    for (uint32_t i = 0; i < WARP; i++)
        if ((mask >> i & 1) != 0) {
            lane *l = &warp[i];
            if (l->call == LR_EMULATE_SHUFFLE && (mask >> l->source & 1) == 0)
                fail("a shuffle from a lane outside its mask", b, l, NULL);
            l->result = warp_result(warp, l, votes);
        }
    for (uint32_t i = 0; i < WARP; i++)
        if ((mask >> i & 1) != 0)
            set_ready(b, &warp[i]);
}

uint64_t lr_emulate_warp(lr_emulate_call call, uint32_t mask, uint64_t value, uint32_t source,
                         const char *where)
{
    block *b = now.running;
    lane *self = now.self, *warp = self - (self - b->lanes) % WARP;
    bool all = true;

    self->call = call;
    self->mask = mask;
    self->source = source;
    self->value = value;
    self->where = where;
    set_waiting(b, self, IN_WARP);
    if ((mask >> (self - warp) & 1) == 0)
        fail("a mask that does not name its own lane", b, self, NULL);
    for (uint32_t i = 0; i < WARP; i++) {
        const lane *l = &warp[i];
        if ((mask >> i & 1) == 0)
            continue;
        if (l->state == GONE)
            fail("a mask that names a lane that has gone", b, self, l);
        if (l->state == IN_BLOCK)
            fail("a lane of the mask waits in a barrier", b, self, l);
        const bool same = l->state == IN_WARP && l->call == call && l->mask == mask;
        if (l->state == IN_WARP && !same && (l->mask >> (self - warp) & 1) != 0)
            fail("lanes of one mask in different calls", b, self, l);
        all = all && same; /* who waits in a call of fewer lanes will come */
    }
    if (all)
        finish_warp(b, warp, mask);
    leave(false);
    return self->result;
}

int lr_emulate_block(lr_emulate_call call, int value, const char *where)
{
    block *b = now.running;
    lane *self = now.self;
    const uint32_t n = now.launch->block;
    uint64_t votes = 0;

    self->call = call;
    self->value = value != 0;
    self->where = where;
    set_waiting(b, self, IN_BLOCK);
    b->arrived++;
    for (uint32_t i = 0; i < n; i++) {
        const lane *l = &b->lanes[i];
        if (l->state == GONE)
            fail("a barrier that a thread never reaches", b, self, l);
        if (l->state == IN_BLOCK && (l->call != call || strcmp(l->where, where) != 0))
            fail("threads of a block in different barriers", b, self, l);
        votes += l->state == IN_BLOCK ? l->value : 0;
    }
    if (b->arrived == n) {
        b->arrived = 0;
        now.idle_rounds = now.steps = 0;
        for (uint32_t i = 0; i < n; i++) {
            b->lanes[i].result = call == LR_EMULATE_BARRIER_OR    ? votes != 0
                                 : call == LR_EMULATE_BARRIER_AND ? votes == n
                                                                  : votes;
            set_ready(b, &b->lanes[i]);
        }
    }
    leave(false);
    return (int)self->result;
}

void lr_emulate_spin(void)
{
    set_waiting(now.running, now.self, SPINS);
    leave(false);
}

uint32_t lr_emulate_active(void)
{
    const block *b = now.running;
    const lane *warp = now.self - (now.self - b->lanes) % WARP;
    uint32_t mask = 0;

    for (uint32_t i = 0; i < WARP; i++)
        mask |= (uint32_t)(warp[i].state != GONE) << i;
    return mask;
}

/* Called at every basic block of a .cu source, and at every atomic operation and fence. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    if (!in_fiber)
        return;
    if (++now.steps > lr_emulate.steps_max)
        fail("a loop without end, or one that waits without lr_spin()", now.running, now.self,
             NULL);
    if (now.preempt == 0 || now.budget-- > 0)
        return;
    now.budget = below(now.preempt);
    now.quantum = 0;
    leave(false);
}

/* A thread has done its work. */
static void depart(block *b, lane *self)
{
    lane *warp = self - (self - b->lanes) % WARP;

    set_waiting(b, self, GONE);
    b->alive--;
    now.idle_rounds = now.steps = 0;
    if (b->arrived > 0)
        for (uint32_t i = 0; i < now.launch->block; i++)
            if (b->lanes[i].state == IN_BLOCK)
                fail("a barrier that a thread never reaches", b, &b->lanes[i], self);
    for (uint32_t i = 0; i < WARP; i++)
        if (warp[i].state == IN_WARP && (warp[i].mask >> (self - warp) & 1) != 0)
            fail("a mask that names a lane that has gone", b, &warp[i], self);
}

/* The first frame of a fiber. */
static void fiber_main(void)
{
    SWITCH_END(NULL, &now.scheduler_bottom, &now.scheduler_size);
    in_fiber = true;
    now.launch->enter(now.arguments);
    in_fiber = false;
    depart(now.running, now.self);
    leave(true);
}

static void resume(block *b, lane *l)
{
    void *fake = NULL; /* of the scheduler */
    const uint32_t i = (uint32_t)(l - b->lanes);

    now.running = b;
    now.self = l;
    lr_emulated.thread.x = i;
    lr_emulated.block.x = b->number;
    SWITCH_BEGIN(&fake, l->stack, STACK_BYTES);
    lr_emulate_switch(&now.scheduler, l->stack_pointer);
    SWITCH_END(fake, NULL, NULL);
}

/* Blocks. */

static void *map_or_die(size_t n)
{
    void *at =
        mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED) {
        fprintf(stderr, "emulation: no memory\n");
        abort();
    }
    return at;
}

static void begin_lane(lane *l)
{
    if (l->stack == NULL) {
        const size_t page = 4096;
        l->stack = (uint8_t *)map_or_die(STACK_BYTES + page) + page;
        mprotect(l->stack - page, page, PROT_NONE);
    }
    ASAN_UNPOISON_MEMORY_REGION(l->stack, STACK_BYTES); /* of frames that were given up */
    void **top = (void **)(l->stack + STACK_BYTES) - 8;
    memset(top, 0, 8 * sizeof *top);
    top[-1] = NULL; /* no caller */
    top[-2] = (void *)fiber_main;
    memset(top - 8, 0, 6 * sizeof *top);
    l->stack_pointer = top - 8;
    l->fake_stack = NULL;
}

static size_t section_bytes(void)
{
    return (size_t)(__stop_lr_shared - __start_lr_shared);
}

/* Makes b the block whose shared memory is in place. */
static void enter_block(block *b)
{
    const size_t n = section_bytes();

    if (now.entered == b)
        return;
    if (now.entered != NULL && n > 0)
        memcpy(now.entered->shared, __start_lr_shared, n);
    if (b != NULL && n > 0)
        memcpy(__start_lr_shared, b->shared, n);
    now.entered = b;
}

static void start_block(block **slot)
{
    if (*slot == NULL) {
        *slot = map_or_die(sizeof **slot);
        (*slot)->shared = map_or_die(section_bytes() + 1);
    }
    block *b = *slot;
    const uint32_t n = now.launch->block;

    b->number = now.numbers[now.started++];
    b->alive = n;
    b->arrived = 0;
    memset(b->shared, 0xA5, section_bytes());
    for (uint32_t i = 0; i < THREADS_MAX; i++)
        b->lanes[i].state = GONE;
    memset(b->ready, 0, sizeof b->ready);
    for (uint32_t i = 0; i < n; i++) {
        begin_lane(&b->lanes[i]);
        set_ready(b, &b->lanes[i]);
    }
    now.n_resident++;
}

/* The schedule. */

/* The bit of a mask that comes next; -1: none. */
static int pick_bit(uint32_t mask)
{
    if (mask == 0)
        return -1;
    if (now.order == LR_EMULATE_FORWARD)
        return __builtin_ctz(mask);
    if (now.order == LR_EMULATE_BACKWARD)
        return 31 - __builtin_clz(mask);
    const uint32_t turn = below(32), turned = mask >> turn | mask << (32 - turn) % 32;
    return (int)((__builtin_ctz(turned) + turn) % 32);
}

static int pick_lane(const block *b)
{
    uint32_t warps = 0;

    for (uint32_t w = 0; w < WARPS_MAX; w++)
        warps |= (uint32_t)(b->ready[w] != 0) << w;
    const int warp = pick_bit(warps);
    return warp < 0 ? -1 : warp * WARP + pick_bit(b->ready[warp]);
}

/* The resident block that runs next: one with threads that can; NULL: there is none. */
static block *pick_block(void)
{
    uint32_t able = 0;

    for (uint32_t i = 0; i < now.limit; i++)
        if (now.blocks[i] != NULL && now.blocks[i]->alive > 0 && pick_lane(now.blocks[i]) >= 0)
            able |= 1u << i;
    const int i = pick_bit(able);
    return i < 0 ? NULL : now.blocks[i];
}

/* Nothing runs but what spins: let it look again. False: nothing ever will run. */
static bool wake_spinners(void)
{
    bool any = false;

    for (uint32_t i = 0; i < now.limit; i++) {
        block *b = now.blocks[i];
        if (b == NULL || b->alive == 0)
            continue;
        for (uint32_t t = 0; t < now.launch->block; t++)
            if (b->lanes[t].state == SPINS) {
                set_ready(b, &b->lanes[t]);
                any = true;
            }
    }
    return any && ++now.idle_rounds < IDLE_ROUNDS_MAX;
}

/* All wait: which thread spins, or else two that wait for each other. */
static void report_deadlock(void)
{
    const lane *two[2] = {NULL, NULL};
    const block *b = NULL;

    for (uint32_t i = 0; i < now.limit; i++) {
        const block *other = now.blocks[i];
        for (uint32_t t = 0; other != NULL && other->alive > 0 && t < now.launch->block; t++) {
            const lane *l = &other->lanes[t];
            if (now.idle_rounds > 0 && l->state != READY)
                continue;
            if (now.idle_rounds > 0) {
                fail("blocks wait for ever for what is not resident, or never comes", other, l,
                     NULL);
                return;
            }
            if (l->state != GONE && (b == NULL || b == other)) {
                b = other;
                two[two[0] != NULL] = l;
            }
        }
    }
    fail("threads wait for each other for ever", b, two[0], two[1]);
}

static void run_block(block *b)
{
    enter_block(b);
    now.quantum = now.order == LR_EMULATE_RANDOM ? 1 + below(200) : UINT32_MAX;
    for (int i; now.quantum > 0 && !now.failed && (i = pick_lane(b)) >= 0;
         now.quantum -= now.quantum > 0)
        resume(b, &b->lanes[i]);
    if (b->alive == 0) {
        now.n_resident--;
        now.done++;
    }
}

static void order_blocks(uint32_t grid)
{
    now.numbers = malloc(grid * sizeof *now.numbers);
    for (uint32_t i = 0; i < grid; i++)
        now.numbers[i] = now.order == LR_EMULATE_BACKWARD ? grid - 1 - i : i;
    for (uint32_t i = grid; now.order == LR_EMULATE_RANDOM && i > 1; i--) {
        const uint32_t other = below(i), kept = now.numbers[i - 1];
        now.numbers[i - 1] = now.numbers[other];
        now.numbers[other] = kept;
    }
}

static void prepare(const lr_emulate_launch *launch, void *arguments)
{
    static const uint32_t often[] = {0, 2, 6, 50, 500};

    now.launch = launch;
    now.arguments = arguments;
    now.rng = lr_emulate_random();
    now.order = lr_emulate.order;
    if (now.order == LR_EMULATE_DRAWN) {
        const uint32_t drawn = below(4);
        now.order = drawn < 3 ? (lr_emulate_order)(LR_EMULATE_FORWARD + drawn) : LR_EMULATE_RANDOM;
    }
    const uint32_t limit = lr_emulate.resident > 0 ? lr_emulate.resident : 1 + below(RESIDENT_MAX);
    now.limit = limit < RESIDENT_MAX ? limit : RESIDENT_MAX;
    now.preempt = now.order == LR_EMULATE_RANDOM ? often[below(5)] : 0;
    now.budget = now.preempt;
    now.n_resident = now.started = now.done = now.idle_rounds = now.steps = 0;
    now.failed = false;
    now.entered = NULL;
    for (uint32_t i = 0; i < RESIDENT_MAX; i++)
        if (now.blocks[i] != NULL)
            now.blocks[i]->alive = 0;
    lr_emulated.block_dim = (lr_emulate_index){launch->block, 1, 1};
    lr_emulated.grid_dim = (lr_emulate_index){launch->grid, 1, 1};
    order_blocks(launch->grid);
}

bool lr_emulate_run(const lr_emulate_launch *launch, void *arguments)
{
    prepare(launch, arguments);
    while (now.done < launch->grid && !now.failed) {
        for (uint32_t i = 0; i < now.limit && now.started < launch->grid; i++)
            if (now.blocks[i] == NULL || now.blocks[i]->alive == 0)
                start_block(&now.blocks[i]);
        block *b = pick_block();
        if (b != NULL)
            run_block(b);
        else if (!wake_spinners())
            report_deadlock();
    }
    now.entered = NULL;
    free(now.numbers);
    return !now.failed;
}
