/* sample.c */
#include "sample.h"

#include <stdlib.h>

enum { SLOTS = 1024, SHIFT = 6 };

struct lr_sample {
    uint64_t hash[SLOTS];  /* 0 is a free slot */
    uint64_t times[SLOTS]; /* how often it came */
    uint64_t seen;         /* the sum of times */
    uint32_t shift, n;
};

lr_sample *lr_sample_new(void)
{
    lr_sample *sample = malloc(sizeof *sample);

    if (sample != NULL)
        lr_sample_empty(sample);
    return sample;
}

void lr_sample_empty(lr_sample *sample)
{
    *sample = (lr_sample){.shift = SHIFT};
}

static void add(lr_sample *sample, uint64_t hash, uint64_t times)
{
    size_t i = hash % SLOTS; /* the low bits: its high ones are all the same */

    hash += hash == 0;
    while (sample->hash[i] != 0 && sample->hash[i] != hash)
        i = (i + 1) % SLOTS;
    sample->n += sample->hash[i] == 0;
    sample->hash[i] = hash;
    sample->times[i] += times;
    sample->seen += times;
}

static uint64_t place_of(const lr_groups *groups, uint64_t hash)
{
    return (hash - groups->base) << groups->lead;
}

bool lr_sample_has(const lr_sample *sample, uint64_t place)
{
    return place >> (64 - sample->shift) == 0;
}

/* Half as many hashes. */
static void halve(lr_sample *sample, const lr_groups *groups)
{
    const lr_sample old = *sample;

    *sample = (lr_sample){.shift = old.shift + 1};
    for (size_t i = 0; i < SLOTS; i++)
        if (old.hash[i] != 0 && lr_sample_has(sample, place_of(groups, old.hash[i])))
            add(sample, old.hash[i], old.times[i]);
}

static void note(lr_sample *sample, const lr_groups *groups, uint64_t hash)
{
    if (!lr_sample_has(sample, place_of(groups, hash)))
        return;
    if (sample->n >= SLOTS / 4 * 3)
        halve(sample, groups);
    add(sample, hash, 1);
}

static bool recurs(const lr_sample *sample)
{
    return 4 * sample->seen > 5 * (uint64_t)sample->n;
}

bool lr_sample_hashes(lr_sample *sample, const lr_groups *groups, const uint64_t *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        note(sample, groups, hashes[i]);
    return recurs(sample);
}

bool lr_sample_table(lr_sample *sample, const lr_groups *groups)
{
    /* Groups stand in the order of their places, but for some that were pushed on. */
    for (size_t i = 0; i < (size_t)1 << groups->bits >> sample->shift; i++)
        if (groups->slots[i].n != 0)
            note(sample, groups, lr_group_hash(groups, &groups->slots[i]));
    return recurs(sample);
}
