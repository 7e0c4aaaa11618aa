/* groups.c: what is done with whole group tables: merging, and reading them. */
#include "aggregate/groups_core.h"

bool lr_groups_merge(lr_groups *into, const lr_groups *from, size_t *at, size_t end)
{
    enum { AHEAD = 16 };

    assert(into->seed[0] == from->seed[0] && into->seed[1] == from->seed[1]);
    while (*at < end) {
        group_key keys[AHEAD];
        size_t of[AHEAD], n = 0, i = *at;
        for (; i < end && n < AHEAD; i++) {
            if (from->slots[i].n == 0)
                continue;
            keys[n] = group_key_in(from, &from->slots[i]);
            __builtin_prefetch(&into->slots[group_home(into, keys[n].hash)], 1);
            of[n++] = i;
        }
        for (size_t j = 0; j < n; j++)
            if (!group_count(into, &keys[j], from->slots[of[j]].n)) {
                *at = of[j];
                return false;
            }
        *at = i;
    }
    return true;
}

bool lr_groups_take(lr_groups *into, const lr_groups *from)
{
    const size_t mask = ((size_t)1 << from->bits) - 1;
    const size_t first = group_home(from, into->base);
    const size_t last = group_home(from, into->base + (UINT64_MAX >> into->lead));
    const size_t due = last - first + 1; /* slots; then those of a run that goes on behind them */

    assert(into->seed[0] == from->seed[0] && into->seed[1] == from->seed[1]);
    /* A group stands at its home or behind it, with no free slot between; no slot is seen twice. */
    for (size_t seen = 0; seen <= mask; seen++) {
        const lr_group *slot = &from->slots[(first + seen) & mask];
        if (slot->n == 0 && seen >= due)
            break;
        if (slot->n == 0)
            continue;
        const group_key key = group_key_in(from, slot);
        if (group_in_range(into, key.hash) && !group_count(into, &key, slot->n))
            return false;
    }
    return true;
}

bool lr_groups_count(lr_groups *groups, const uint8_t *text, uint32_t length, uint32_t tag,
                     uint64_t n)
{
    const group_key key = group_key_of(groups->seed, text, length, tag);
    return !group_in_range(groups, key.hash) || group_count(groups, &key, n);
}

void lr_groups_move(lr_groups *groups, const lr_group *group)
{
    const size_t mask = ((size_t)1 << groups->bits) - 1;
    size_t i = group_home(groups, group_key_in(groups, group).hash);

    assert(groups->n < groups->n_max);
    while (groups->slots[i].n != 0)
        i = (i + 1) & mask;
    groups->slots[i] = *group;
    groups->n++;
}

uint64_t lr_group_key_hash(const uint64_t seed[2], const uint8_t *text, uint32_t length,
                           uint32_t tag)
{
    return group_key_of(seed, text, length, tag).hash;
}

int lr_group_key_compare(const lr_group_key *a, const lr_group_key *b)
{
    if (LR_LIKELY(a->hash != b->hash))
        return a->hash < b->hash ? -1 : 1;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    if (a->tag != b->tag)
        return a->tag < b->tag ? -1 : 1;
    return memcmp(a->text, b->text, a->length);
}

static lr_group_key key_alone(const lr_groups *groups, const lr_group *slot)
{
    return (lr_group_key){lr_group_hash(groups, slot), lr_group_text(groups, slot).data,
                          slot->length, slot->tag};
}

void lr_groups_empty(lr_groups *groups)
{
    memset(groups->slots, 0, sizeof *groups->slots << groups->bits);
    groups->n = groups->arena_n = 0;
}

/* By insertion: a group stands a few slots from its place, for slots are ordered by the first bits of the
 * hash. Only the few whose probes went round the end move far. */
void lr_groups_sort(lr_groups *groups)
{
    lr_group *slots = groups->slots;
    lr_group_key last = {0}; /* of the groups so far */
    size_t n = 0;

    for (size_t i = 0; i < (size_t)1 << groups->bits; i++) {
        if (slots[i].n == 0)
            continue;
        const lr_group group = slots[i];
        lr_group_key key = key_alone(groups, &group);
        size_t at = n++;
        if (at == 0 || lr_group_key_compare(&last, &key) < 0) { /* nearly all: one hash each */
            slots[at] = group;
            key.text = lr_group_text(groups, &slots[at]).data;
            last = key;
            continue;
        }
        for (; at > 0; at--) {
            const lr_group_key before = key_alone(groups, &slots[at - 1]);
            if (lr_group_key_compare(&before, &key) < 0)
                break;
            slots[at] = slots[at - 1];
        }
        slots[at] = group;
        last.text = lr_group_text(groups, &slots[n - 1]).data;
    }
    groups->n = n;
}

uint64_t lr_group_hash(const lr_groups *groups, const lr_group *group)
{
    return group_key_in(groups, group).hash;
}

lr_bytes lr_group_text(const lr_groups *groups, const lr_group *group)
{
    const bool near = group->length <= LR_GROUP_INLINE;
    return (lr_bytes){near ? group->text : groups->arena + group->far.at, group->length};
}
