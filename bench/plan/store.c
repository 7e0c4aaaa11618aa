/*
 * store.c: group tables in memory of the system's. Fresh memory costs more than the counting itself
 * (0.5 to 3 GB/s at its first touch), so a table grows fourfold, and asks for huge pages from 2 MiB
 * on. A bounded table does neither: when it is full, it is written out and begins again. So does one that
 * would grow out of the caches, as a run in memory, if its groups hardly recur.
 */
#include "store.h"

#include "measure.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum {
    HUGE = 2 << 20,
    RUN_BITS = 16, /* 2 MiB; 15 to 18 made no difference */
    SAMPLE_SLOTS = 1024,
    SAMPLE_SHIFT = 6
};

/* Which groups of a part of all hashes, 2^-shift of them, went into runs; and how often one did. */
typedef struct lr_store_sample {
    uint64_t hash[SAMPLE_SLOTS]; /* 0 is a free slot */
    uint32_t shift, n;
    uint64_t seen;
} lr_store_sample;

/*
 * Zeroed memory; NULL where there is none. At once: it is resident as a whole, which is not for a budget, as
 * huge pages or, of less, from the start. A slot is read before it is written, so of a small table each page
 * would fault twice, and the second time interrupt the other threads, for which a page of zeros gives way to
 * another one: that took q3 over 100 MB a fifth of its time.
 */
static void *map_zeros(size_t n, bool at_once)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, n, PROT_READ | PROT_WRITE,
                        at_once && n < HUGE ? flags | MAP_POPULATE : flags, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (at_once && n >= HUGE)
        madvise(memory, n, MADV_HUGEPAGE); /* advice: without it things are slower, not wrong */
    return memory;
}

static void unmap(void *memory, size_t n)
{
    if (memory != NULL)
        munmap(memory, n);
}

static lr_status no_room(lr_error *err, size_t n)
{
    return lr_fail(err, LR_E_RESOURCE, "no memory for %zu bytes of groups", n);
}

/* Takes n bytes of what stores may grow by. */
static lr_status take(const lr_store *store, uint64_t n, lr_error *err)
{
    if (store->allowance == NULL)
        return LR_OK;
    unsigned long long left = atomic_load(store->allowance);
    while (left >= n)
        if (atomic_compare_exchange_weak(store->allowance, &left, left - n))
            return LR_OK;
    return lr_fail(err, LR_E_RESOURCE,
                   "--memory: the groups need more; --plan memory keeps to it, on disk");
}

static void give_back(const lr_store *store, uint64_t n)
{
    if (store->allowance != NULL)
        atomic_fetch_add(store->allowance, n);
}

/* How many groups 2^bits slots take: three quarters, so that probes stay short. */
static size_t groups_max(uint32_t bits)
{
    return ((size_t)3 << bits) / 4;
}

void lr_store_seed(uint64_t seed[2])
{
    uint64_t random[2];

    seed[0] = 0x243F6A8885A308D3u ^ (uint64_t)(lr_seconds_now() * 1e9);
    seed[1] = 0x13198A2E03707344u ^ (uint64_t)(uintptr_t)&seed;
    if (getrandom(random, sizeof random, GRND_NONBLOCK) == sizeof random)
        memcpy(seed, random, sizeof random);
}

lr_status lr_store_init(lr_store *store, lr_store_size size, const uint64_t seed[2],
                        lr_spill *spill, atomic_ullong *allowance, lr_error *err)
{
    memset(store, 0, sizeof *store);
    store->slots_bytes = sizeof(lr_group) << size.bits;
    store->groups.bits = size.bits;
    store->groups.n_max = groups_max(size.bits);
    store->fixed = size.arena_bytes > 0;
    store->spill = spill;
    store->allowance = allowance;
    if (store->fixed && (store->groups.arena = map_zeros(size.arena_bytes, false)) == NULL)
        return no_room(err, size.arena_bytes);
    store->groups.arena_max = store->arena_bytes = size.arena_bytes;
    memcpy(store->groups.seed, seed, sizeof store->groups.seed);
    store->groups.slots = map_zeros(store->slots_bytes, !store->fixed || size.at_once);
    return store->groups.slots != NULL ? LR_OK : no_room(err, store->slots_bytes);
}

/* 2^bits slots; the groups move, their texts stay where they are. */
static lr_status grow_slots(lr_store *store, uint32_t bits, lr_error *err)
{
    lr_groups *groups = &store->groups;
    const size_t n_old = (size_t)1 << groups->bits, old_bytes = store->slots_bytes;
    const size_t fresh_bytes = sizeof(lr_group) << bits;

    LR_TRY(take(store, fresh_bytes, err));
    lr_group *old = groups->slots, *fresh = map_zeros(fresh_bytes, true);
    if (fresh == NULL)
        return no_room(err, fresh_bytes);
    groups->bits = bits;
    groups->n_max = groups_max(bits);
    groups->slots = fresh;
    groups->n = 0;
    store->slots_bytes = fresh_bytes;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].n != 0)
            lr_groups_move(groups, &old[i]);
    unmap(old, old_bytes);
    give_back(store, old_bytes);
    return LR_OK;
}

/* Room for texts of n bytes more. */
static lr_status grow_arena(lr_store *store, size_t n, lr_error *err)
{
    size_t wanted = store->arena_bytes == 0 ? 64 << 10 : store->arena_bytes * 2;
    while (wanted < store->groups.arena_n + n + LR_PADDING)
        wanted *= 2;

    LR_TRY(take(store, wanted - store->arena_bytes, err));
    void *fresh = store->groups.arena == NULL
                      ? map_zeros(wanted, wanted >= HUGE)
                      : mremap(store->groups.arena, store->arena_bytes, wanted, MREMAP_MAYMOVE);
    if (fresh == NULL || fresh == MAP_FAILED)
        return no_room(err, wanted);
    store->groups.arena = fresh;
    store->groups.arena_max = store->arena_bytes = wanted;
    return LR_OK;
}

static lr_status grow(lr_store *store, uint32_t length, lr_error *err)
{
    if (store->groups.n < store->groups.n_max)
        return grow_arena(store, length, err);
    const lr_status status = grow_slots(store, store->groups.bits + 2, err);
    return status == LR_OK ? LR_OK : grow_slots(store, store->groups.bits + 1, err);
}

/* ---- runs in memory ---- */

static void sample_add(lr_store_sample *sample, uint64_t hash)
{
    size_t i = hash % SAMPLE_SLOTS; /* the low bits: its high ones are all the same */

    hash += hash == 0;
    while (sample->hash[i] != 0 && sample->hash[i] != hash)
        i = (i + 1) % SAMPLE_SLOTS;
    sample->n += sample->hash[i] == 0;
    sample->hash[i] = hash;
}

/* Where a hash is in the range of the table's, as a part of 2^64. */
static uint64_t place_of(const lr_groups *groups, uint64_t hash)
{
    return (hash - groups->base) << groups->lead;
}

/* Half as many hashes. */
static void sample_halve(lr_store_sample *sample, const lr_groups *groups)
{
    const lr_store_sample old = *sample;

    *sample = (lr_store_sample){.shift = old.shift + 1, .seen = old.seen / 2};
    for (size_t i = 0; i < SAMPLE_SLOTS; i++)
        if (old.hash[i] != 0 && place_of(groups, old.hash[i]) >> (64 - sample->shift) == 0)
            sample_add(sample, old.hash[i]);
}

/* Takes note of the groups of a full table. Does every fourth one recur? */
static bool recurs(lr_store_sample *sample, const lr_groups *groups)
{
    for (size_t i = 0; i < (size_t)1 << groups->bits >> sample->shift; i++) {
        if (groups->slots[i].n == 0)
            continue;
        if (sample->n >= SAMPLE_SLOTS / 4 * 3)
            sample_halve(sample, groups);
        sample_add(sample, lr_group_hash(groups, &groups->slots[i]));
        sample->seen++;
    }
    return 4 * sample->seen > 5 * (uint64_t)sample->n;
}

/*
 * Writes the groups of a full table out as a run in memory, if that is better than a larger table: a run
 * takes a third of its memory, in order, and the table stays in the cache. Where groups recur in table after
 * table their runs would be longer than one table of all of them. *done: it did.
 */
static lr_status make_run(lr_store *store, bool *done, lr_error *err)
{
    *done = false;
    if (store->spill == NULL || store->groups.bits < RUN_BITS || lr_spill_on_disk(store->spill))
        return LR_OK;
    if (store->sample == NULL && (store->sample = calloc(1, sizeof *store->sample)) == NULL)
        return LR_OK;
    if (store->sample->shift == 0)
        store->sample->shift = SAMPLE_SHIFT;
    if (recurs(store->sample, &store->groups))
        return LR_OK;
    /* As much again is left for what merges them. */
    *done = take(store, 2 * lr_spill_run_bytes(&store->groups), NULL) == LR_OK;
    return *done ? lr_spill_write(store->spill, &store->room, &store->groups, true, err) : LR_OK;
}

/* Makes room for one more group with a text of length bytes. */
static lr_status make_room(lr_store *store, uint32_t length, lr_error *err)
{
    if (!store->fixed) {
        bool done = false;
        if (store->groups.n == store->groups.n_max)
            LR_TRY(make_run(store, &done, err));
        if (done)
            return LR_OK;
        const lr_status status = grow(store, length, err);
        if (status == LR_OK || store->spill == NULL || !lr_spill_has_disk(store->spill))
            return status;
    }
    if (store->groups.n == 0)
        return lr_fail(err, LR_E_RESOURCE,
                       "a key of %u bytes is more than --memory leaves for groups", length);
    return lr_spill_write(store->spill, &store->room, &store->groups, false, err);
}

lr_status lr_store_add(lr_store *store, const lr_kernels *k, const lr_group_rows *rows,
                       lr_error *err)
{
    lr_group_rows rest = *rows;

    for (;;) {
        const size_t done = k->groups_add(&store->groups, &rest);
        if (done == rest.n)
            return LR_OK;
        rest.spans += done;
        rest.kinds += done;
        rest.tags = rest.tags != NULL ? rest.tags + done : NULL;
        rest.n -= done;
        LR_TRY(make_room(store, rest.spans->length, err));
    }
}

lr_status lr_store_count(lr_store *store, uint32_t tag, lr_bytes text, uint64_t n, lr_error *err)
{
    while (!lr_groups_count(&store->groups, text.data, (uint32_t)text.n, tag, n))
        LR_TRY(make_room(store, (uint32_t)text.n, err));
    return LR_OK;
}

bool lr_store_merge_bounded(lr_store *store, lr_store *from)
{
    const lr_groups *more = &from->groups;
    size_t at = 0;

    if (store->groups.n + more->n > store->groups.n_max ||
        store->groups.arena_n + more->arena_n + 16 > store->groups.arena_max)
        return false;
    const bool all = lr_groups_merge(&store->groups, more, &at, (size_t)1 << more->bits);
    assert(all);
    lr_store_free(from);
    return all;
}

void lr_store_free(lr_store *store)
{
    if (!store->fixed)
        give_back(store, store->slots_bytes + store->arena_bytes);
    unmap(store->groups.slots, store->slots_bytes);
    unmap(store->groups.arena, store->arena_bytes);
    lr_spill_room_free(&store->room);
    free(store->sample);
    memset(store, 0, sizeof *store);
}
