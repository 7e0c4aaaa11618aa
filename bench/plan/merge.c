/*
 * merge.c: one range of hashes at a time, as wide as a table holds, comes from the tables of all threads, and
 * what they have set aside; or all of them from the spill, where they did not fit into memory. So there is
 * never a table of all groups: fresh memory is slow, and q1 needs 16 MiB for it.
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

lr_status lr_merge_stores(lr_store *const *stores, size_t n, lr_spill *spill,
                          const lr_layout *layout, lr_error *err)
{
    if (!lr_spill_used(spill) && (layout->plan != LR_PLAN_MEMORY || merge_fixed(stores, n) == n))
        return LR_OK;
    for (size_t t = 0; t < n; t++) {
        if (stores[t]->groups.slots != NULL)
            LR_TRY(lr_store_spill(stores[t], err));
        lr_store_free(stores[t]);
    }
    return LR_OK;
}

/* The ranges of a merge in memory: 2^bits of them, which threads take one by one. */
typedef struct ranges {
    lr_store *const *stores;
    size_t n;
    lr_store_size room; /* of the table for one range */
    const uint64_t *seed;
    const lr_group_sink *sinks; /* one for each thread, */
    bool shared;                /* or one of one thread at a time */
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
            fits =
                lr_groups_take(&table->groups, &r->stores[t]->groups) &&
                (r->stores[t]->aside == NULL || lr_aside_take(&table->groups, r->stores[t]->aside));
        if (fits)
            return LR_OK;
        lr_store_free(table);
        size.bits++;
        size.arena_bytes *= 2;
        LR_TRY(lr_store_init(table, size, r->seed, NULL, NULL, err));
    }
}

/* The groups of the table to the thread's sink, or in its turn to that of all. */
static lr_status push_range(const ranges *r, const lr_groups *groups, lr_error *err)
{
    lr_status status;

    if (!r->shared)
        return push_groups(groups, &r->sinks[omp_get_thread_num()], err);
#pragma omp critical
    status = push_groups(groups, r->sinks, err);
    return status;
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
        if (status == LR_OK)
            status = push_range(r, &table.groups, err);
        lr_groups_empty(&table.groups);
    }
    lr_store_free(&table);
    return status;
}

/* The groups of tables that grew, and of what is aside; neither is changed. */
static lr_status push_merged(lr_store *const *stores, size_t n, const uint64_t seed[2],
                             const lr_group_sink *sinks, size_t n_sinks, lr_error *err)
{
    enum { ROOM_BITS = 13, ROOM_GROUPS = 6000 }; /* 256 KiB: stays in L2 */
    enum { RECORD_BYTES = 18, FAR_SHARE = 4 }; /* guesses: of a record aside; texts over 16 bytes */
    ranges r = {.stores = stores,
                .n = n,
                .room = {ROOM_BITS, 0, true},
                .seed = seed,
                .sinks = sinks,
                .shared = n_sinks < n};
    size_t groups = 0, arena = 0;

    for (size_t t = 0; t < n; t++) {
        const uint64_t aside = stores[t]->aside == NULL ? 0 : lr_aside_bytes(stores[t]->aside);
        groups += stores[t]->groups.n + aside / RECORD_BYTES;
        arena += stores[t]->groups.arena_n + aside / FAR_SHARE;
        r.bits = aside > 0 ? LR_PARTS_BITS : r.bits;
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
                        const lr_layout *layout, const lr_group_sink *sinks, size_t n_sinks,
                        lr_error *err)
{
    if (lr_spill_used(spill))
        return lr_spill_merge(spill, seed, lr_layout_merge_now(layout), (uint32_t)n, sinks, err);
    const lr_status status = layout->plan == LR_PLAN_MEMORY || (n == 1 && stores[0]->aside == NULL)
                                 ? push_groups(&stores[0]->groups, sinks, err)
                                 : push_merged(stores, n, seed, sinks, n_sinks, err);
    for (size_t t = 0; t < n; t++)
        lr_store_free(stores[t]);
    return status;
}
