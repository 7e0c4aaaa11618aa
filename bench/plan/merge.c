/*
 * merge.c: in memory pair by pair, where all groups fit; else everything goes to the spill and comes
 * back one range of hashes at a time, as wide as the table holds.
 */
#include "merge.h"

#include "threads.h"

#include <omp.h>

static lr_status push_groups(const lr_groups *groups, lr_tail *tail, lr_error *err)
{
    const size_t n = (size_t)1 << groups->bits;

    for (size_t i = 0; i < n; i++)
        if (groups->slots[i].n != 0)
            LR_TRY(lr_tail_push(tail, groups->slots[i].tag,
                                lr_group_text(groups, &groups->slots[i]), groups->slots[i].n, err));
    return LR_OK;
}

/* Pairs, pairs of pairs, and so on, into the first. */
static lr_status merge_growing(lr_store *const *stores, size_t n, lr_error *err)
{
    lr_status status = LR_OK;

    for (size_t step = 1; step < n && status == LR_OK; step *= 2) {
#pragma omp parallel for num_threads((int)n) schedule(dynamic, 1)
        for (size_t t = 0; t < n - step; t += 2 * step) {
            lr_error error;
            const lr_status one = lr_store_merge(stores[t], stores[t + step], &error);
            if (one != LR_OK)
#pragma omp critical
            {
                status = one;
                if (err != NULL)
                    *err = error;
            }
        }
    }
    return status;
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

/*
 * The spill's groups, range by range. The same group may stand in many runs, so how wide a range fits
 * is not known before: one that does not is halved, and what one held tells how wide the next may be.
 */
static lr_status merge_spilled(lr_spill *spill, lr_store *store, const lr_layout *layout,
                               lr_tail *tail, lr_error *err)
{
    lr_groups *groups = &store->groups;
    double share = 1;                       /* of the groups in the runs: so many are distinct */
    uint64_t first = 0, width = UINT64_MAX; /* of the range less 1; of the form 2^k - 1 */

    for (;;) {
        while (width > UINT64_MAX - first ||
               (width > 0 && (double)lr_spill_estimate(spill, first, first + width) * share >
                                 0.9 * (double)groups->n_max))
            width /= 2;
        const uint64_t last = first + width;
        bool fits;
        groups->base = first;
        groups->lead = (uint32_t)__builtin_clzll(width | 1);
        LR_TRY(lr_spill_read(spill, &store->room, groups, &fits, err));
        if (!fits && groups->n <= 1)
            return lr_fail(err, LR_E_RESOURCE, "a key is longer than --memory leaves for groups");
        if (!fits) { /* more of them are distinct than thought, or their texts are longer */
            width /= 2;
            share = share * 1.5 < 1 ? share * 1.5 : 1;
            empty(groups);
            continue;
        }
        LR_TRY(push_groups(groups, tail, err));
        if (lr_layout_exceeded(layout))
            return lr_fail(err, LR_E_RESOURCE,
                           "--memory: the rows of the answer, or of its dates, do not fit into it");
        if (last == UINT64_MAX)
            return LR_OK;
        share = (double)groups->n / (double)lr_spill_estimate(spill, first, last) * 1.1;
        empty(groups);
        first = last + 1;
        width = width << 2 | 3;
    }
}

static lr_status spill_all(lr_store *const *stores, size_t n, lr_spill *spill, lr_error *err)
{
    for (size_t t = 0; t < n; t++) {
        if (stores[t]->groups.slots != NULL && stores[t]->groups.n > 0)
            LR_TRY(lr_spill_write(spill, &stores[t]->room, &stores[t]->groups, err));
        lr_store_free(stores[t]);
    }
    return LR_OK;
}

lr_status lr_merge_stores(lr_store *const *stores, size_t n, lr_spill *spill,
                          const lr_layout *layout, lr_error *err)
{
    if (!lr_spill_used(spill)) {
        if (layout->plan == LR_PLAN_MEMORY) {
            if (merge_fixed(stores, n) == n)
                return LR_OK;
        } else {
            const lr_status status = merge_growing(stores, n, err);
            if (status != LR_E_RESOURCE || spill == NULL)
                return status;
        }
    }
    return spill_all(stores, n, spill, err);
}

lr_status lr_merge_push(lr_store *store, lr_spill *spill, const uint64_t seed[2],
                        const lr_layout *layout, lr_tail *tail, lr_error *err)
{
    lr_status status;

    if (!lr_spill_used(spill)) {
        status = push_groups(&store->groups, tail, err);
        lr_store_free(store);
        return status;
    }
    lr_store all; /* of all the memory that there is now */
    const lr_store_size size = lr_layout_store_now(layout);
    LR_TRY(lr_store_init(&all, size, seed, NULL, NULL, err));
    status = merge_spilled(spill, &all, layout, tail, err);
    lr_store_free(&all);
    return status;
}
