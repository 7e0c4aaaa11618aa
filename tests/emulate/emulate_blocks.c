/*
 * emulate_blocks.c: threads as fibers, and who runs next. What they do together: emulate_calls.c.
 *
 * The variables of shared memory are those of one section, lr_shared: it holds the block that runs, and
 * is exchanged when another one does. One launch runs at a time (emulate_runtime.c sees to it), on the
 * thread of the host that waits for it.
 */
#include "emulate_blocks.h"

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
    STACK_BYTES = 256 << 10, /* touched are a few pages of it */
    IDLE_ROUNDS_MAX = 2000   /* rounds in which all that can run spins, before that is a deadlock */
};

extern uint8_t __start_lr_shared[] __attribute__((weak, visibility("hidden")));
extern uint8_t __stop_lr_shared[] __attribute__((weak, visibility("hidden")));

lr_emulate_place lr_emulated;
lr_emulate_state lr_emulate_now;

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
    return (uint32_t)((draw(&lr_emulate_now.rng) >> 32) * n >> 32);
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
    lr_emulate_now.catching = true;
    lr_emulate_now.failed = false;
}

const char *lr_emulate_caught(void)
{
    lr_emulate_now.catching = false;
    return lr_emulate_now.failed ? lr_emulate_now.report : NULL;
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

void lr_emulate_leave(bool for_ever)
{
    lane *self = lr_emulate_now.self;

    in_fiber = false;
    SWITCH_BEGIN(for_ever ? NULL : &self->fake_stack, lr_emulate_now.scheduler_bottom,
                 lr_emulate_now.scheduler_size);
    lr_emulate_switch(&self->stack_pointer, lr_emulate_now.scheduler);
    SWITCH_END(self->fake_stack, &lr_emulate_now.scheduler_bottom, &lr_emulate_now.scheduler_size);
    self->fake_stack = NULL;
    if (lr_emulate_now.giving_up)
        lr_emulate_leave(true);
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

void lr_emulate_fail(const char *what, const block *b, const lane *l, const lane *other)
{
    static const char *const orders[] = {"drawn", "forward", "backward", "random"};
    char first[160] = "", second[160] = "";

    if (lr_emulate_now.failed)
        return;
    if (l != NULL)
        describe(first, sizeof first, b, l);
    if (other != NULL)
        describe(second, sizeof second, b, other);
    snprintf(lr_emulate_now.report, sizeof lr_emulate_now.report,
             "emulation: %s: %s: %s%s%s (%s, %u blocks at once; seed %llu)",
             lr_emulate_now.launch->name, what, first, other != NULL ? "; " : "", second,
             orders[lr_emulate_now.order], lr_emulate_now.limit,
             (unsigned long long)lr_emulate.seed);
    if (!lr_emulate_now.catching) {
        fprintf(stderr, "%s\n", lr_emulate_now.report);
        abort();
    }
    lr_emulate_now.failed = true;
    if (in_fiber)
        lr_emulate_leave(true);
}

/* Called at every basic block of a .cu source, and at every atomic operation and fence. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    if (!in_fiber)
        return;
    if (++lr_emulate_now.steps > lr_emulate.steps_max)
        lr_emulate_fail("a loop without end, or one that waits without lr_spin()",
                        lr_emulate_now.running, lr_emulate_now.self, NULL);
    if (lr_emulate_now.preempt == 0 || lr_emulate_now.budget-- > 0)
        return;
    lr_emulate_now.budget = below(lr_emulate_now.preempt);
    lr_emulate_now.quantum = 0;
    lr_emulate_leave(false);
}

void lr_emulate_set_ready(block *b, lane *l)
{
    const uint32_t i = (uint32_t)(l - b->lanes);

    l->state = READY;
    b->ready[i / WARP] |= 1u << i % WARP;
}

void lr_emulate_set_waiting(block *b, lane *l, lane_state state)
{
    const uint32_t i = (uint32_t)(l - b->lanes);

    l->state = state;
    b->ready[i / WARP] &= ~(1u << i % WARP);
}

/* A thread has done its work. */
static void depart(block *b, lane *self)
{
    lane *warp = self - (self - b->lanes) % WARP;

    lr_emulate_set_waiting(b, self, GONE);
    b->alive--;
    lr_emulate_now.idle_rounds = lr_emulate_now.steps = 0;
    if (b->arrived > 0)
        for (uint32_t i = 0; i < lr_emulate_now.launch->block; i++)
            if (b->lanes[i].state == IN_BLOCK)
                lr_emulate_fail("a barrier that a thread never reaches", b, &b->lanes[i], self);
    for (uint32_t i = 0; i < WARP; i++)
        if (warp[i].state == IN_WARP && (warp[i].mask >> (self - warp) & 1) != 0)
            lr_emulate_fail("a mask that names a lane that has gone", b, &warp[i], self);
}

/* The first frame of a fiber. */
static void fiber_main(void)
{
    SWITCH_END(NULL, &lr_emulate_now.scheduler_bottom, &lr_emulate_now.scheduler_size);
    in_fiber = true;
    lr_emulate_now.launch->enter(lr_emulate_now.arguments);
    in_fiber = false;
    depart(lr_emulate_now.running, lr_emulate_now.self);
    lr_emulate_leave(true);
}

static void resume(block *b, lane *l)
{
    void *fake = NULL; /* of the scheduler */
    const uint32_t i = (uint32_t)(l - b->lanes);

    lr_emulate_now.running = b;
    lr_emulate_now.self = l;
    lr_emulated.thread.x = i;
    lr_emulated.block.x = b->number;
    SWITCH_BEGIN(&fake, l->stack, STACK_BYTES);
    lr_emulate_switch(&lr_emulate_now.scheduler, l->stack_pointer);
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

    if (lr_emulate_now.entered == b)
        return;
    if (lr_emulate_now.entered != NULL && n > 0)
        memcpy(lr_emulate_now.entered->shared, __start_lr_shared, n);
    if (b != NULL && n > 0)
        memcpy(__start_lr_shared, b->shared, n);
    lr_emulate_now.entered = b;
}

static void start_block(block **slot)
{
    if (*slot == NULL) {
        *slot = map_or_die(sizeof **slot);
        (*slot)->shared = map_or_die(section_bytes() + 1);
    }
    block *b = *slot;
    const uint32_t n = lr_emulate_now.launch->block;

    b->number = lr_emulate_now.numbers[lr_emulate_now.started++];
    b->alive = n;
    b->arrived = 0;
    memset(b->shared, 0xA5, section_bytes());
    for (uint32_t i = 0; i < THREADS_MAX; i++)
        b->lanes[i].state = GONE;
    memset(b->ready, 0, sizeof b->ready);
    for (uint32_t i = 0; i < n; i++) {
        begin_lane(&b->lanes[i]);
        lr_emulate_set_ready(b, &b->lanes[i]);
    }
    lr_emulate_now.n_resident++;
}

/* The schedule. */

/* The bit of a mask that comes next; -1: none. */
static int pick_bit(uint32_t mask)
{
    if (mask == 0)
        return -1;
    if (lr_emulate_now.order == LR_EMULATE_FORWARD)
        return __builtin_ctz(mask);
    if (lr_emulate_now.order == LR_EMULATE_BACKWARD)
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

    for (uint32_t i = 0; i < lr_emulate_now.limit; i++)
        if (lr_emulate_now.blocks[i] != NULL && lr_emulate_now.blocks[i]->alive > 0 &&
            pick_lane(lr_emulate_now.blocks[i]) >= 0)
            able |= 1u << i;
    const int i = pick_bit(able);
    return i < 0 ? NULL : lr_emulate_now.blocks[i];
}

/* Nothing runs but what spins: let it look again. False: nothing ever will run. */
static bool wake_spinners(void)
{
    bool any = false;

    for (uint32_t i = 0; i < lr_emulate_now.limit; i++) {
        block *b = lr_emulate_now.blocks[i];
        if (b == NULL || b->alive == 0)
            continue;
        for (uint32_t t = 0; t < lr_emulate_now.launch->block; t++)
            if (b->lanes[t].state == SPINS) {
                lr_emulate_set_ready(b, &b->lanes[t]);
                any = true;
            }
    }
    return any && ++lr_emulate_now.idle_rounds < IDLE_ROUNDS_MAX;
}

/* All wait: which thread spins, or else two that wait for each other. */
static void report_deadlock(void)
{
    const lane *two[2] = {NULL, NULL};
    const block *b = NULL;

    for (uint32_t i = 0; i < lr_emulate_now.limit; i++) {
        const block *other = lr_emulate_now.blocks[i];
        for (uint32_t t = 0; other != NULL && other->alive > 0 && t < lr_emulate_now.launch->block;
             t++) {
            const lane *l = &other->lanes[t];
            if (lr_emulate_now.idle_rounds > 0 && l->state != READY)
                continue;
            if (lr_emulate_now.idle_rounds > 0) {
                lr_emulate_fail("blocks wait for ever for what is not resident, or never comes",
                                other, l, NULL);
                return;
            }
            if (l->state != GONE && (b == NULL || b == other)) {
                b = other;
                two[two[0] != NULL] = l;
            }
        }
    }
    lr_emulate_fail("threads wait for each other for ever", b, two[0], two[1]);
}

/* Fibers that will not go on give back what AddressSanitizer keeps for them: 3 MB each. */
static void give_up(void)
{
    lr_emulate_now.giving_up = true;
    for (uint32_t i = 0; i < lr_emulate_now.limit; i++)
        for (uint32_t t = 0; lr_emulate_now.blocks[i] != NULL && t < THREADS_MAX; t++)
            if (lr_emulate_now.blocks[i]->lanes[t].fake_stack != NULL)
                resume(lr_emulate_now.blocks[i], &lr_emulate_now.blocks[i]->lanes[t]);
    lr_emulate_now.giving_up = false;
}

static void run_block(block *b)
{
    enter_block(b);
    lr_emulate_now.quantum =
        lr_emulate_now.order == LR_EMULATE_RANDOM ? 1 + below(200) : UINT32_MAX;
    for (int i; lr_emulate_now.quantum > 0 && !lr_emulate_now.failed && (i = pick_lane(b)) >= 0;
         lr_emulate_now.quantum -= lr_emulate_now.quantum > 0)
        resume(b, &b->lanes[i]);
    if (b->alive == 0) {
        lr_emulate_now.n_resident--;
        lr_emulate_now.done++;
    }
}

static void order_blocks(uint32_t grid)
{
    lr_emulate_now.numbers = malloc(grid * sizeof *lr_emulate_now.numbers);
    for (uint32_t i = 0; i < grid; i++)
        lr_emulate_now.numbers[i] = lr_emulate_now.order == LR_EMULATE_BACKWARD ? grid - 1 - i : i;
    for (uint32_t i = grid; lr_emulate_now.order == LR_EMULATE_RANDOM && i > 1; i--) {
        const uint32_t other = below(i), kept = lr_emulate_now.numbers[i - 1];
        lr_emulate_now.numbers[i - 1] = lr_emulate_now.numbers[other];
        lr_emulate_now.numbers[other] = kept;
    }
}

static void prepare(const lr_emulate_launch *launch, void *arguments)
{
    static const uint32_t often[] = {0, 2, 6, 50, 500};

    lr_emulate_now.launch = launch;
    lr_emulate_now.arguments = arguments;
    lr_emulate_now.rng = lr_emulate_random();
    lr_emulate_now.order = lr_emulate.order;
    if (lr_emulate_now.order == LR_EMULATE_DRAWN) {
        const uint32_t drawn = below(4);
        lr_emulate_now.order =
            drawn < 3 ? (lr_emulate_order)(LR_EMULATE_FORWARD + drawn) : LR_EMULATE_RANDOM;
    }
    const uint32_t limit = lr_emulate.resident > 0 ? lr_emulate.resident : 1 + below(RESIDENT_MAX);
    lr_emulate_now.limit = limit < RESIDENT_MAX ? limit : RESIDENT_MAX;
    lr_emulate_now.preempt = lr_emulate_now.order == LR_EMULATE_RANDOM ? often[below(5)] : 0;
    lr_emulate_now.budget = lr_emulate_now.preempt;
    lr_emulate_now.n_resident = lr_emulate_now.started = lr_emulate_now.done =
        lr_emulate_now.idle_rounds = lr_emulate_now.steps = 0;
    lr_emulate_now.failed = false;
    lr_emulate_now.entered = NULL;
    for (uint32_t i = 0; i < RESIDENT_MAX; i++)
        if (lr_emulate_now.blocks[i] != NULL)
            lr_emulate_now.blocks[i]->alive = 0;
    lr_emulated.block_dim = (lr_emulate_index){launch->block, 1, 1};
    lr_emulated.grid_dim = (lr_emulate_index){launch->grid, 1, 1};
    order_blocks(launch->grid);
}

bool lr_emulate_run(const lr_emulate_launch *launch, void *arguments)
{
    prepare(launch, arguments);
    while (lr_emulate_now.done < launch->grid && !lr_emulate_now.failed) {
        for (uint32_t i = 0; i < lr_emulate_now.limit && lr_emulate_now.started < launch->grid; i++)
            if (lr_emulate_now.blocks[i] == NULL || lr_emulate_now.blocks[i]->alive == 0)
                start_block(&lr_emulate_now.blocks[i]);
        block *b = pick_block();
        if (b != NULL)
            run_block(b);
        else if (!wake_spinners())
            report_deadlock();
    }
    if (lr_emulate_now.failed)
        give_up();
    lr_emulate_now.entered = NULL;
    free(lr_emulate_now.numbers);
    return !lr_emulate_now.failed;
}
