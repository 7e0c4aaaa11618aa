/*
 * groups_simd.h: groups_add, in two passes over a few rows: the first hashes and prefetches, the
 * second counts. A table larger than the cache costs a miss per row; this way they overlap.
 */
#include "aggregate/groups_core.h"

static size_t LR_NAME(groups_add)(lr_groups *groups, const lr_group_rows *rows)
{
    enum { AHEAD = 32 };
    group_key keys[AHEAD];
    size_t of[AHEAD];

    for (size_t i = 0; i < rows->n;) {
        size_t n = 0;
        for (; i < rows->n && n < AHEAD; i++) {
            if (rows->kinds[i] != LR_PLAIN)
                continue;
            keys[n] = group_key_of(groups->seed, rows->src + rows->spans[i].offset,
                                   rows->spans[i].length, rows->tags != NULL ? rows->tags[i] : 0);
            __builtin_prefetch(&groups->slots[group_home(groups, keys[n].hash)], 1);
            of[n] = i;
            n += group_in_range(groups, keys[n].hash);
        }
        for (size_t j = 0; j < n; j++)
            if (!group_count(groups, &keys[j], 1))
                return of[j];
    }
    return rows->n;
}
