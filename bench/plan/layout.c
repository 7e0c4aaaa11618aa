/*
 * layout.c: the plans, as sizes.
 *
 * The memory plan divides its budget once, before it begins, and nothing grows after: a slice buffer
 * and a table of fixed size for each thread, the rest for one long record. The time plan lets tables
 * grow until the budget, if there is one, is used up.
 */
#include "layout.h"

#include "measure.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>

enum {
    MEMORY_DEFAULT = 16 << 20,
    /* What comes to be resident by running: code, zstd, libgomp, malloc; stacks, batches. Measured with
     * tests/test_memory.py; a quarter of it is for a loaded machine, where more of the code comes in. */
    RESERVE = 768 << 10,
    RESERVE_THREAD = 128 << 10,
    /* What a thread needs to spill one: zstd, 161 KiB and its code; a block before and after it. */
    RESERVE_STORE = 400 << 10,
    SLACK = 640 << 10,         /* how much more may be resident at the beginning of another run */
    SLICE_HEADROOM = 16 << 10, /* of the 64 KiB before a slice: the end of a record is shorter */
    STORE_BITS_MIN = 10,
    STORE_BITS_MAX = 24
};

static size_t store_bytes(uint32_t bits)
{
    return (sizeof(lr_group) + sizeof(lr_group) / 4) << bits; /* slots, and an arena for texts */
}

static lr_store_size store_within(uint64_t bytes)
{
    lr_store_size size = {STORE_BITS_MIN, 0};

    while (size.bits < STORE_BITS_MAX && store_bytes(size.bits + 1) <= bytes)
        size.bits++;
    size.arena_bytes = store_bytes(size.bits) - (sizeof(lr_group) << size.bits);
    return size;
}

lr_store_size lr_layout_store_now(const lr_layout *layout)
{
#ifdef __GLIBC__
    malloc_trim(0); /* what was freed is resident until then */
#endif
    const uint64_t resident = lr_rss_now() + RESERVE_STORE + RESERVE_THREAD;
    const uint64_t left = layout->budget > resident ? layout->budget - resident : 0;
    return store_within(left - left / 3); /* the tail keeps rows and texts of its own */
}

bool lr_layout_exceeded(const lr_layout *layout)
{
    return layout->budget != UINT64_MAX && lr_rss_now() > layout->budget;
}

uint64_t lr_layout_allowance(const lr_layout *layout)
{
    const uint64_t resident = lr_rss_now() + RESERVE;

    if (layout->budget == UINT64_MAX)
        return UINT64_MAX;
    return layout->budget > resident ? layout->budget - resident : 0;
}

/* A budget divided: slices, tables, and what is left for a long record. */
static lr_status divide(lr_layout *out, uint32_t threads, size_t n_stores, lr_error *err)
{
    const size_t n = threads * n_stores;
    const uint64_t fixed =
        lr_rss_now() + RESERVE + (uint64_t)threads * RESERVE_THREAD + (uint64_t)n * RESERVE_STORE;

    /* A quarter of a small budget for slices: 64 to 256 KiB each. */
    size_t slice = 256 << 10;
    while (slice > 64 << 10 && (uint64_t)(threads + 1) * slice > out->budget / 8)
        slice /= 2;
    const uint64_t slices = (uint64_t)(threads + 1) * (slice + SLICE_HEADROOM);
    const uint64_t smallest = fixed + slices + n * store_bytes(STORE_BITS_MIN);
    if (smallest > out->budget)
        return lr_fail(err, LR_E_RESOURCE,
                       "--memory: too little; this run needs at least %" PRIu64 "KiB",
                       (smallest + SLACK) >> 10);

    /* Half of what is left for tables, so that a record may be long; all of it where that is little:
     * a table that is too small spills more. */
    const uint64_t left = out->budget - fixed - slices;
    out->store = store_within((left > 8 << 20 ? left / 2 : left - left / 8) / (n == 0 ? 1 : n));
    const uint64_t tables = n * store_bytes(out->store.bits);
    const uint64_t rest = left > tables ? left - tables : 0;
    out->slice_bytes = slice;
    out->record_max_bytes = slice + (rest / 2 < out->budget / 2 ? rest / 2 : out->budget / 2);
    snprintf(out->why, sizeof out->why,
             "plan: memory, %" PRIu64 " KiB: %" PRIu64
             " KiB resident before and in reserve, %" PRIu64 " KiB slices, %" PRIu64
             " KiB tables, %" PRIu64 " KiB for long records\n",
             out->budget >> 10, fixed >> 10, slices >> 10, tables >> 10, rest >> 10);
    return LR_OK;
}

lr_status lr_layout_choose(lr_layout *out, const lr_options *options, uint32_t threads,
                           size_t n_stores, lr_error *err)
{
    enum { TIME_BITS = 14 }; /* 512 KiB: stays in L2 until it grows */
    const uint64_t given = options->memory_max_bytes;
    const uint64_t half_free = lr_free_memory_now() / 2;
    const bool small = given != 0 && given < 128 << 20;

    *out = (lr_layout){.plan = LR_PLAN_TIME,
                       .budget = given != 0 ? given : UINT64_MAX,
                       .map = options->map && given == 0,
                       .slice_bytes = options->slice_bytes,
                       .store = {TIME_BITS, 0}};
    if (options->plan == LR_PLAN_MEMORY || (options->plan == LR_PLAN_AUTO && small)) {
        out->plan = LR_PLAN_MEMORY;
        out->spills = true;
        out->map = false;
        out->budget = given != 0 ? given : MEMORY_DEFAULT;
        lr_drop_code();
        LR_TRY(divide(out, threads, n_stores, err));
        if (options->slice_bytes != 0)
            out->slice_bytes = options->slice_bytes;
        return LR_OK;
    }
    out->record_max_bytes = given / 2;
    if (options->plan == LR_PLAN_AUTO) { /* as fast as may be, within half of what is free */
        out->spills = true;
        out->budget = given != 0 ? given : half_free;
    }
    snprintf(out->why, sizeof out->why, "plan: time%s\n",
             options->plan == LR_PLAN_TIME ? ""
             : given != 0                  ? ": --memory leaves room for it"
                          : ": its groups may take half of the free memory, the rest is spilled");
    return LR_OK;
}
