/*
 * merge.c: one range of hashes at a time, as wide as a table holds, comes from the tables of all threads; or
 * all of them from the spill, where they did not fit into memory. So there is never a table of all groups:
 * fresh memory is slow, and q1 needs 16 MiB for it.
 */
#include "merge.h"

#include "threads.h"

#include <omp.h>
#include <stdatomic.h>

static lr_status push_groups(const lr_groups *groups, const lr_group_sink *sink, lr_error *err)
{
    const size_t slots = (size_t)1 << groups->bits;
    lr_counted some[LR_COUNTED_MAX];
    size_t n = 0;

    for (size_t i = 0; i < slots; i++) {
        const lr_group *group = &groups->slots[i];
        if (group->n == 0)
            continue;
        some[n++] =
            (lr_counted){.n = group->n, .text = lr_group_text(groups, group), .tag = group->tag};
        if (n < LR_COUNTED_MAX)
            continue;
        LR_TRY(sink->take(sink->context, some, n, err));
        n = 0;
    }
    return sink->take(sink->context, some, n, err);
}

/* Into the first as long as they fit. Returns how many are in, the first included. */
static size_t merge_fixed(lr_store *const *stores, size_t n)
{
    size_t done = 1;
    while (done < n && lr_store_merge_bounded(stores[0], stores[done]))
        done++;
    return done;
}

static void empty(lr_groups *groups)
{
    for (size_t i = 0; i < (size_t)1 << groups->bits; i++)
        groups->slots[i].n = 0;
    groups->n = groups->arena_n = 0;
}

static lr_status spill_all(lr_store *const *stores, size_t n, lr_spill *spill, bool memory,
                           lr_error *err)
{
    for (size_t t = 0; t < n; t++) {
        if (stores[t]->groups.slots != NULL && stores[t]->groups.n > 0)
            LR_TRY(lr_spill_write(spill, &stores[t]->room, &stores[t]->groups,
                                  !lr_spill_on_disk(spill) && memory, err));
        lr_store_free(stores[t]);
    }
    return LR_OK;
}

lr_status lr_merge_stores(lr_store *const *stores, size_t n, lr_spill *spill,
                          const lr_layout *layout, lr_error *err)
{
    if (!lr_spill_used(spill) && (layout->plan != LR_PLAN_MEMORY || merge_fixed(stores, n) == n))
        return LR_OK;
    return spill_all(stores, n, spill, layout->plan != LR_PLAN_MEMORY, err);
}

/* The ranges of a merge in memory: 2^bits of them, which threads take one by one. */
typedef struct ranges {
    lr_store *const *stores;
    size_t n;
    lr_store_size room; /* of the table for one range */
    const uint64_t *seed;
    const lr_group_sink *sink; /* of one thread at a time */
    uint32_t bits;
    atomic_uint_fast64_t next;
    atomic_bool failed;
    lr_status status;
    lr_error error;
} ranges;

/* The groups of range i into an empty table; it is made larger until they fit. */
static lr_status take_range(const ranges *r, uint64_t i, lr_store *table, lr_error *err)
{
    const lr_groups *whole =
        &r->stores[0]->groups; /* of one range of hashes itself, in some runs */
    lr_store_size size = {table->groups.bits, table->arena_bytes, true};

    for (;;) {
        bool fits = true;
        table->groups.lead = whole->lead + r->bits;
        table->groups.base = whole->base + (r->bits == 0 ? 0 : i << (64 - table->groups.lead));
        for (size_t t = 0; t < r->n && fits; t++)
            fits = lr_groups_take(&table->groups, &r->stores[t]->groups);
        if (fits)
            return LR_OK;
        lr_store_free(table);
        size.bits++;
        size.arena_bytes *= 2;
        LR_TRY(lr_store_init(table, size, r->seed, NULL, NULL, err));
    }
}

static lr_status push_ranges(ranges *r, lr_error *err)
{
    lr_store table;
    lr_status status = lr_store_init(&table, r->room, r->seed, NULL, NULL, err);

    while (status == LR_OK && !atomic_load(&r->failed)) {
        const uint64_t i = atomic_fetch_add(&r->next, 1);
        if (i >> r->bits != 0)
            break;
        status = take_range(r, i, &table, err);
#pragma omp critical
        if (status == LR_OK)
            status = push_groups(&table.groups, r->sink, err);
        empty(&table.groups);
    }
    lr_store_free(&table);
    return status;
}

/* The groups of tables that grew, which are not changed. */
static lr_status push_merged(lr_store *const *stores, size_t n, const uint64_t seed[2],
                             const lr_group_sink *sink, lr_error *err)
{
    enum { ROOM_BITS = 13, ROOM_GROUPS = 4096 }; /* 256 KiB: stays in L2 */
    ranges r = {.stores = stores, .n = n, .room = {ROOM_BITS, 0, true}, .seed = seed, .sink = sink};
    size_t groups = 0, arena = 0;

    for (size_t t = 0; t < n; t++) {
        groups += stores[t]->groups.n;
        arena += stores[t]->groups.arena_n;
    }
    while (groups >> r.bits > ROOM_GROUPS)
        r.bits++;
    r.room.arena_bytes = 2 * (arena >> r.bits) + (4 << 10);

#pragma omp parallel num_threads((int)n)
    {
        lr_error error;
        const lr_status status = push_ranges(&r, &error);
        if (status != LR_OK && !atomic_exchange(&r.failed, true)) {
            r.status = status;
            r.error = error;
        }
    }
    if (r.status != LR_OK && err != NULL)
        *err = r.error;
    return r.status;
}

lr_status lr_merge_push(lr_store *const *stores, size_t n, lr_spill *spill, const uint64_t seed[2],
                        const lr_layout *layout, const lr_group_sink *sink, lr_error *err)
{
    if (lr_spill_used(spill))
        return lr_spill_merge(spill, seed, lr_layout_merge_now(layout), (uint32_t)n, sink, err);
    const lr_status status = layout->plan == LR_PLAN_MEMORY || n == 1
                                 ? push_groups(&stores[0]->groups, sink, err)
                                 : push_merged(stores, n, seed, sink, err);
    for (size_t t = 0; t < n; t++)
        lr_store_free(stores[t]);
    return status;
}
