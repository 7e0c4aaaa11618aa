/* groups_core.h: keys, their hash, and one step into the table. All tiers and the merge share it. */
#ifndef LR_GROUPS_CORE_H
#define LR_GROUPS_CORE_H

#include "groups.h"

#include <assert.h>
#include <string.h>

/* A key at hand: its text as in a slot where it fits there (low, high), else the bytes themselves. */
typedef struct group_key {
    uint64_t low, high, hash;
    const uint8_t *text;
    uint32_t length, tag;
} group_key;

static inline uint64_t group_load(const uint8_t *src)
{
    uint64_t x;
    memcpy(&x, src, sizeof x);
    return x;
}

/* The two halves of the 128-bit product, folded: one multiplication mixes 128 bits into 64. With
 * secret operands nobody can aim at collisions (the mum of wyhash; seeds come from the system). */
static inline uint64_t group_mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t group_hash(const uint64_t seed[2], uint64_t low, uint64_t high,
                                  uint32_t length, uint32_t tag)
{
    const uint64_t text = group_mix(low ^ seed[0], high ^ seed[1]);
    return group_mix(text ^ seed[1], ((uint64_t)tag << 32 | length) ^ seed[0]);
}

/* Folds a text of more than LR_GROUP_INLINE bytes to two words; the last 16 bytes may overlap. */
static inline void group_fold(const uint64_t seed[2], const uint8_t *text, uint32_t length,
                              uint64_t *low, uint64_t *high)
{
    uint64_t a = seed[1], b = seed[0];
    for (uint32_t i = 0; i + 16 < length; i += 16) {
        a = group_mix(a ^ group_load(text + i), seed[0] ^ group_load(text + i + 8));
        b += a;
    }
    *low = a ^ group_load(text + length - 16);
    *high = b ^ group_load(text + length - 8);
}

/* The key of length bytes at text, which has 16 readable bytes wherever it ends. */
static inline group_key group_key_of(const uint64_t seed[2], const uint8_t *text, uint32_t length,
                                     uint32_t tag)
{
    group_key key = {.text = text, .length = length, .tag = tag};

    if (length <= LR_GROUP_INLINE) {
        const uint32_t low = length < 8 ? length : 8, high = length - low;
        key.low = low == 0 ? 0 : group_load(text) & (UINT64_MAX >> (64 - 8 * low));
        key.high = high == 0 ? 0 : group_load(text + 8) & (UINT64_MAX >> (64 - 8 * high));
    } else {
        group_fold(seed, text, length, &key.low, &key.high);
    }
    key.hash = group_hash(seed, key.low, key.high, length, tag);
    return key;
}

static inline bool group_is(const lr_groups *groups, const lr_group *slot, const group_key *key)
{
    if (slot->length != key->length || slot->tag != key->tag)
        return false;
    if (key->length <= LR_GROUP_INLINE)
        return group_load(slot->text) == key->low && group_load(slot->text + 8) == key->high;
    return slot->far.hash == key->hash &&
           memcmp(groups->arena + slot->far.at, key->text, key->length) == 0;
}

static inline bool group_in_range(const lr_groups *groups, uint64_t hash)
{
    return ((hash - groups->base) & ~(UINT64_MAX >> groups->lead)) == 0;
}

static inline size_t group_home(const lr_groups *groups, uint64_t hash)
{
    return (size_t)((hash - groups->base) << groups->lead >> (64 - groups->bits));
}

/* Counts n into the group of key. False: it is a new one and there is no room for it. */
static inline bool group_count(lr_groups *groups, const group_key *key, uint64_t n)
{
    const size_t mask = ((size_t)1 << groups->bits) - 1;
    size_t i = group_home(groups, key->hash);

    for (; groups->slots[i].n != 0; i = (i + 1) & mask)
        if (group_is(groups, &groups->slots[i], key)) {
            groups->slots[i].n += n;
            return true;
        }
    if (groups->n == groups->n_max)
        return false;

    lr_group *slot = &groups->slots[i];
    if (key->length <= LR_GROUP_INLINE) {
        memcpy(slot->text, &key->low, 8);
        memcpy(slot->text + 8, &key->high, 8);
    } else {
        /* 16 bytes stay free behind the last text, so that it can be read as a key again. */
        if (groups->arena_max - groups->arena_n < (size_t)key->length + 16)
            return false;
        memcpy(groups->arena + groups->arena_n, key->text, key->length);
        slot->far.at = groups->arena_n;
        slot->far.hash = key->hash;
        groups->arena_n += key->length;
    }
    slot->length = key->length;
    slot->tag = key->tag;
    slot->n = n;
    groups->n++;
    return true;
}

/* The key of a slot, as it was counted in. */
static inline group_key group_key_in(const lr_groups *groups, const lr_group *slot)
{
    if (slot->length <= LR_GROUP_INLINE)
        return group_key_of(groups->seed, slot->text, slot->length, slot->tag);
    return (group_key){.hash = slot->far.hash,
                       .text = groups->arena + slot->far.at,
                       .length = slot->length,
                       .tag = slot->tag};
}

#endif
