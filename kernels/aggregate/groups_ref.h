/* groups_ref.h: groups_add, one row at a time: the definition. */
#include "aggregate/groups_core.h"

static size_t LR_NAME(groups_add)(lr_groups *groups, const lr_group_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->kinds[i] != LR_PLAIN)
            continue;
        const group_key key =
            group_key_of(groups->seed, rows->src + rows->spans[i].offset, rows->spans[i].length,
                         rows->tags != NULL ? rows->tags[i] : 0);
        if (group_in_range(groups, key.hash) && !group_count(groups, &key, 1))
            return i;
    }
    return rows->n;
}
