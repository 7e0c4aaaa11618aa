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
    /* What comes to be resident by running: code, zstd, libgomp, malloc; stacks, batches. Measured with
     * tests/test_memory.py; a quarter of it is for a loaded machine, where more of the code comes in. */
    RESERVE = 768 << 10,
    RESIDENT = 2688 << 10, /* and with what is resident before, this at least */
    RESERVE_THREAD = 128 << 10,
    RESERVE_STORE = 192 << 10,   /* to spill one: zstd, 120 KiB; a block before and after it */
    RESERVE_SPILL = 128 << 10,   /* the code for it */
    RESERVE_REJECTS = 768 << 10, /* a bad record of 64 KiB as JSON, while its room doubles */
    STARTING =
        3840 << 10,      /* a process has so much resident before it begins, of which half stays */
    SLACK = 640 << 10,   /* how much more may be resident at the beginning of another run */
    HEADROOM = 64 << 10, /* before a slice, for the end of a record */
    FRAME_ROOM = 160 << 10, /* what decompresses one */
    SLICE_MIN = 64 << 10,
    SLICE_MAX = 256 << 10,
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

/* What of the budget is not resident at this moment, but for so many bytes. */
static uint64_t left_now(const lr_layout *layout, uint64_t reserve)
{
#ifdef __GLIBC__
    malloc_trim(0); /* what was freed is resident until then */
#endif
    const bool exact = layout->plan == LR_PLAN_MEMORY;
    const uint64_t resident = (exact ? lr_rss_now() : lr_rss_about_now()) + reserve;
    return layout->budget > resident ? layout->budget - resident : 0;
}

/* Of that, what spilling will not need. */
static uint64_t left_to_spill(const lr_layout *layout)
{
    return left_now(layout, RESERVE_STORE + RESERVE_SPILL + RESERVE_THREAD);
}

uint64_t lr_layout_merge_now(const lr_layout *layout)
{
    const uint64_t left = left_to_spill(layout);
    return left - left / 3;
}

uint64_t lr_layout_tail_now(const lr_layout *layout)
{
    return layout->budget == UINT64_MAX ? UINT64_MAX : left_to_spill(layout) / 3;
}

void lr_layout_trim(const lr_layout *layout)
{
    if (layout->plan == LR_PLAN_MEMORY)
        lr_drop_code();
}

lr_source_options lr_layout_source(const lr_layout *layout, const lr_options *options)
{
    return (lr_source_options){.input = options->input,
                               .delimiter = options->delimiter,
                               .slice_bytes = layout->slice_bytes,
                               .record_max_bytes = layout->record_max_bytes,
                               .input_max_bytes = options->max_input_bytes,
                               .frame_max_bytes = layout->frame_max_bytes,
                               .stream_max_bytes = layout->stream_max_bytes,
                               .memory_base_bytes = layout->memory_base_bytes,
                               .map = layout->map};
}

void lr_layout_trim_between(const lr_layout *layout, uint64_t slices)
{
    enum { FIRST = 8, EVERY = 2048 };

    if (slices == FIRST || slices % EVERY == 0)
        lr_layout_trim(layout);
}

uint64_t lr_layout_allowance(const lr_layout *layout)
{
    return layout->budget == UINT64_MAX ? UINT64_MAX : left_now(layout, RESERVE);
}

/* What runs before a table holds anything; *rss: that more is resident than in the command alone. */
static uint64_t fixed_bytes(const lr_layout_needs *needs, bool *rss)
{
    const size_t n = needs->threads * needs->n_stores;
    const uint64_t now = lr_rss_now() + RESERVE;

    *rss = now > RESIDENT;
    return (*rss ? now : RESIDENT) + needs->source.list_bytes +
           (uint64_t)needs->threads * RESERVE_THREAD + (uint64_t)n * RESERVE_STORE +
           (n > 0 ? RESERVE_SPILL : 0) + (needs->rejects ? RESERVE_REJECTS : 0) + needs->own_bytes;
}

/* The smallest budget that works, of which `least` is what the run itself takes. */
static uint64_t smallest_budget(const lr_layout_needs *needs, uint64_t least, bool rss)
{
    const uint64_t peak = needs->peak_bytes == 0 ? STARTING : needs->peak_bytes + SLACK;

    least += rss ? SLACK : 0;
    return least > peak ? least : peak;
}

/* The buffers of all threads and what is left over between them; of slices of so many bytes. */
static uint64_t slices_bytes(const lr_layout_needs *needs, size_t slice)
{
    return (uint64_t)(needs->threads + 1) * (needs->source.wide ? 2 : 1) * (slice + HEADROOM);
}

/* A quarter of the budget for slices, 64 to 256 KiB each; or 64 KiB where it must do. */
static size_t slice_within(const lr_layout_needs *needs, uint64_t budget, uint64_t others)
{
    size_t slice = SLICE_MAX;

    while (slice > SLICE_MIN && ((uint64_t)(needs->threads + 1) * slice > budget / 8 ||
                                 others + slices_bytes(needs, slice) > budget))
        slice /= 2;
    return slice;
}

/* A budget divided: slices, tables, a decompressor, and what is left for a long record. */
static lr_status divide(lr_layout *out, const lr_layout_needs *needs, lr_error *err)
{
    const size_t n = needs->threads * needs->n_stores;
    const uint32_t width = needs->source.wide ? 2 : 1;
    bool rss;
    const uint64_t fixed = fixed_bytes(needs, &rss);
    const uint64_t others = fixed + n * store_bytes(STORE_BITS_MIN) +
                            needs->threads * (needs->thread_bytes + needs->room_bytes);
    const uint64_t least = others + slices_bytes(needs, SLICE_MIN) + needs->source.stream_bytes;

    if (least > out->budget ||
        out->budget < (needs->peak_bytes == 0 ? STARTING : needs->peak_bytes))
        return lr_fail(err, LR_E_RESOURCE,
                       "--memory: too little; this run needs at least %" PRIu64 "KiB",
                       (smallest_budget(needs, least, rss) + 1023) >> 10);
    const size_t slice = slice_within(needs, out->budget, others + needs->source.stream_bytes);
    const uint64_t slices = slices_bytes(needs, slice);

    /* Of what comes through a pipe nothing is known; a quarter is for what decompresses it. */
    uint64_t left = out->budget - others - slices;
    out->memory_base_bytes = others + slices_bytes(needs, SLICE_MAX);
    out->stream_max_bytes = needs->source.stream_bytes;
    if (needs->source.unseen && out->stream_max_bytes < left / 4)
        out->stream_max_bytes = left / 4;
    left -= out->stream_max_bytes;
    if (out->stream_max_bytes == 0)
        out->stream_max_bytes = 1; /* none, which 0 is not */

    /* A quarter of it for the caller's own. */
    const uint64_t more = needs->room_max_bytes - needs->room_bytes;
    const uint64_t most = left / 4 / needs->threads;
    out->room_bytes = needs->room_bytes + (size_t)(more < most ? more : most);
    left -= needs->threads * (out->room_bytes - needs->room_bytes);

    /* Half of what is left for tables, so that a record may be long; all of it where that is little:
     * a table that is too small spills more. */
    left += n * store_bytes(STORE_BITS_MIN);
    out->store = store_within((left > 8 << 20 ? left / 2 : left - left / 8) / (n == 0 ? 1 : n));
    const uint64_t tables = n * store_bytes(out->store.bits);
    const uint64_t rest = left > tables ? left - tables : 0;
    /* There is one at a time; it stands there once or twice, and so may a text without its escapes. A
     * quarter is for frames. */
    const uint64_t longer = rest / 4 * 3 / (width + needs->decodes);
    const uint64_t frame = rest / (4 * width * needs->threads);
    out->slice_bytes = slice;
    out->record_max_bytes = slice + (longer < out->budget / 2 ? longer : out->budget / 2);
    out->frame_max_bytes = frame > FRAME_ROOM ? (size_t)(frame - FRAME_ROOM) / 2 + 1 : 1;
    if (out->frame_max_bytes > 4 << 20)
        out->frame_max_bytes = 4 << 20;
    snprintf(out->why, sizeof out->why,
             "plan: memory, %" PRIu64 " KiB: %" PRIu64
             " KiB resident before and in reserve, %" PRIu64 " KiB slices, %" PRIu64
             " KiB tables, %" PRIu64 " KiB to decompress, %" PRIu64 " KiB for long records\n",
             out->budget >> 10, fixed >> 10, slices >> 10, tables >> 10,
             out->stream_max_bytes >> 10, rest >> 10);
    return LR_OK;
}

/* Will it be the memory plan? A budget of less than 128 MiB is not for the time plan. */
static bool is_memory(const lr_options *options)
{
    const uint64_t given = options->memory_max_bytes;
    const bool small = given != 0 && given < 128 << 20;

    return options->plan == LR_PLAN_MEMORY || (options->plan == LR_PLAN_AUTO && small);
}

lr_status lr_layout_choose(lr_layout *out, const lr_options *options, const char *const *files,
                           size_t n_files, lr_layout_needs *needs, lr_error *err)
{
    enum { TIME_BITS = 14 }; /* 512 KiB: stays in L2 until it grows */
    const uint64_t given = options->memory_max_bytes;
    const uint64_t half_free = lr_free_memory_now() / 2;

    *out = (lr_layout){.plan = LR_PLAN_TIME,
                       .budget = given != 0 ? given : UINT64_MAX,
                       .map = options->map && given == 0,
                       .slice_bytes = options->slice_bytes,
                       .store = {TIME_BITS, 0}};
    if (is_memory(options)) {
        out->plan = LR_PLAN_MEMORY;
        out->spills = true;
        out->map = false;
        out->budget = given != 0 ? given : LR_MEMORY_DEFAULT_BYTES;
        lr_drop_code(); /* what began the process and will not come again */
        LR_TRY(lr_source_look(files, n_files, options->input, &needs->source, err));
        lr_status status;
        do {
            lr_drop_code(); /* what is resident is measured */
            status = divide(out, needs, err);
        } while (status == LR_E_RESOURCE && needs->threads-- > 1);
        LR_TRY(status);
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
