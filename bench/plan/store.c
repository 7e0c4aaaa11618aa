/*
 * store.c: group tables in memory of the system's. Fresh memory costs more than the counting itself
 * (0.5 to 3 GB/s at its first touch), so a table grows fourfold, and asks for huge pages from 2 MiB
 * on. A bounded table does neither: when it is full, it is written out and begins again. Of one that
 * would grow out of the caches the groups are set aside, if they hardly recur.
 */
#include "store.h"

#include "measure.h"
#include "sample.h"
#include "spill_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum {
    HUGE = 2 << 20,
    ASIDE_BITS = 16,          /* 2 MiB; 15 to 18 made no difference */
    ASIDE_LONG_MAX = 1 << 20, /* bytes of texts that cannot go aside with the rest of a table */
    ASIDE_TAKES = 2 * LR_ASIDE_BLOCK, /* as much again is left for the rows of the answer */
    ASIDE_BLOCKS_MIN = 4,    /* twice a chunk for each part: what is spilled at once is not less */
    PART_BITS_MIN = 10,      /* slots for one part of what is aside, when it is spilled */
    ASIDE_RESERVE = 3 << 20, /* to group what was set aside, a part at a time */
};

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

/* ---- keys set aside ---- */

/* What is aside, as a run: by ranges of hashes in their order, as wide as the table, which is empty, holds. */
static lr_status spill_aside(lr_store *store, lr_error *err)
{
    lr_groups *groups = &store->groups;
    const lr_groups whole = *groups;
    const uint32_t lead = whole.lead + LR_PARTS_BITS;
    const uint64_t end = whole.base + (whole.lead == 0 ? 0 : (uint64_t)1 << (64 - whole.lead));
    const uint64_t bytes = lr_aside_bytes(store->aside);
    lr_spill_run run;
    lr_status status = lr_spill_run_begin(&run, store->spill, &store->room,
                                          bytes / LR_PART_RECORD_MIN, bytes, err);

    while (groups->bits > PART_BITS_MIN &&
           bytes >> (LR_PARTS_BITS + 4) < groups_max(groups->bits) / 4)
        groups->bits--; /* a part's groups at some 16 bytes take a quarter to half of the table */
    groups->n_max = groups_max(groups->bits);
    groups->lead = lead;
    while (status == LR_OK) {
        if (!lr_aside_take(groups, store->aside)) {
            lr_groups_empty(groups);
            if (++groups->lead == 64)
                status = no_room(err, bytes); /* more keys of one hash than fit: there are none */
            continue;
        }
        status = lr_spill_run_add_all(&run, groups, err);
        groups->base += (uint64_t)1 << (64 - groups->lead);
        if (groups->base == end)
            break;
        if (groups->base << lead == whole.base << lead)
            groups->lead = lead;
    }
    *groups = whole;
    return status == LR_OK ? lr_spill_run_end(&run, err) : status;
}

lr_status lr_store_spill(lr_store *store, lr_error *err)
{
    if (store->groups.n > 0)
        LR_TRY(lr_spill_write(store->spill, &store->room, &store->groups, err));
    if (store->aside == NULL || lr_aside_bytes(store->aside) == 0)
        return LR_OK;
    LR_TRY(spill_aside(store, err));
    lr_aside_empty(store->aside);
    return LR_OK;
}

/* What of a table cannot go aside, and how many rows its groups stand for. */
typedef struct aside_look {
    uint64_t rows, n_long, long_bytes;
} aside_look;

static aside_look look_at(const lr_groups *groups)
{
    aside_look look = {0, 0, 0};

    for (size_t i = 0; i < (size_t)1 << groups->bits; i++) {
        const lr_group *group = &groups->slots[i];
        const bool is_long = group->n != 0 && group->length > LR_PART_TEXT_MAX;
        look.rows += group->n;
        look.n_long += is_long;
        look.long_bytes += is_long ? group->length : 0;
    }
    return look;
}

/* All other groups have gone aside. */
static lr_status keep_long(lr_store *store, lr_error *err)
{
    lr_groups *groups = &store->groups;
    const size_t n_slots = (size_t)1 << groups->bits;
    lr_store kept;
    size_t at = 0;
    lr_status status =
        lr_store_init(&kept, (lr_store_size){.bits = 4}, groups->seed, NULL, NULL, err);

    for (size_t i = 0; i < n_slots && status == LR_OK; i++)
        if (groups->slots[i].n != 0 && groups->slots[i].length > LR_PART_TEXT_MAX)
            status =
                lr_store_count(&kept, groups->slots[i].tag,
                               lr_group_text(groups, &groups->slots[i]), groups->slots[i].n, err);
    if (status == LR_OK) {
        lr_groups_empty(groups);
        const bool all = lr_groups_merge(groups, &kept.groups, &at, (size_t)1 << kept.groups.bits);
        assert(all);
        (void)all;
    }
    lr_store_free(&kept);
    return status;
}

static void aside_end(lr_store *store)
{
    const uint64_t blocks = store->aside == NULL ? 0 : store->aside->n_blocks;

    give_back(store, blocks * ASIDE_TAKES + ASIDE_RESERVE);
    lr_aside_free(store->aside);
    store->aside = NULL;
}

static lr_status aside_grow(lr_store *store, lr_error *err)
{
    LR_TRY(take(store, ASIDE_TAKES, err));
    if (lr_aside_grow(store->aside))
        return LR_OK;
    give_back(store, ASIDE_TAKES);
    return no_room(err, LR_ASIDE_BLOCK);
}

/* A new chunk for the part, of a new block where all are used up. */
static lr_status next_chunk(lr_store *store, size_t part, lr_error *err)
{
    if (lr_aside_next(store->aside, part))
        return LR_OK;
    LR_TRY(aside_grow(store, err));
    lr_aside_next(store->aside, part);
    return LR_OK;
}

/* What sets groups aside, with a chunk for each part and some more, and with what is needed to group or to
 * spill them later. */
static lr_status aside_begin(lr_store *store, lr_error *err)
{
    lr_status status = take(store, ASIDE_RESERVE, err);

    if (status != LR_OK)
        return status;
    store->aside = lr_aside_new(&store->groups);
    status = store->aside != NULL ? LR_OK : no_room(err, sizeof *store->aside);
    if (status == LR_OK && store->groups.arena == NULL)
        status = grow_arena(store, 0, err);
    while (status == LR_OK && store->aside->n_blocks < ASIDE_BLOCKS_MIN)
        status = aside_grow(store, err);
    if (status != LR_OK)
        aside_end(store);
    return status;
}

/*
 * Sets the groups of a full table aside, if that is better than a larger table: they are written one behind
 * the other, and the table stays in the cache. Where groups recur in table after table that would take more
 * than one table of all of them. *done: it did. Where hardly two rows were one group, the rows to come are set
 * aside as they are.
 */
static lr_status set_aside(lr_store *store, bool *done, lr_error *err)
{
    size_t at = 0, part;

    *done = false;
    if (store->spill == NULL || store->groups.bits < ASIDE_BITS)
        return LR_OK;
    if (store->sample == NULL && (store->sample = lr_sample_new()) == NULL)
        return LR_OK;
    if (lr_sample_table(store->sample, &store->groups))
        return LR_OK;
    const aside_look look = look_at(&store->groups);
    if (look.n_long > store->groups.n / 8 || look.long_bytes > ASIDE_LONG_MAX)
        return LR_OK;
    if (store->aside == NULL && aside_begin(store, NULL) != LR_OK)
        return LR_OK;
    *done = true;
    const bool passes = 4 * look.rows <= 5 * (uint64_t)store->groups.n;
    /* What is moved now will be noted with the chunk that it fills: not twice, that looks like recurring. */
    if (passes && !store->passes_by)
        lr_sample_empty(store->sample);
    store->passes_by = passes;
    while (!lr_parts_move(&store->aside->parts, &store->groups, &at, &part)) {
        const lr_status status = next_chunk(store, part, err);
        if (status == LR_OK)
            continue;
        if (!lr_spill_has_disk(store->spill))
            return status;
        /* What is aside is in the table no more, and this is no table before all goes to the disk. */
        while (at-- > 0)
            if (store->groups.slots[at].length <= LR_PART_TEXT_MAX)
                store->groups.slots[at].n = 0;
        return lr_store_spill(store, err);
    }
    if (look.n_long > 0)
        return keep_long(store, err);
    lr_groups_empty(&store->groups);
    return LR_OK;
}

/* Notes the keys of a part's full chunk, if the sample is of such. Do they recur? */
static bool part_recurs(const lr_store *store, size_t part)
{
    uint64_t hashes[LR_ASIDE_HASHES];

    if (!lr_sample_has(store->sample, (uint64_t)part << (64 - LR_PARTS_BITS)))
        return false;
    const size_t n = lr_aside_hashes(store->aside, part, hashes);
    return lr_sample_hashes(store->sample, &store->groups, hashes, n);
}

/* Makes room for one more row in a part. */
static lr_status make_room_aside(lr_store *store, size_t part, lr_error *err)
{
    if (part_recurs(store, part))
        store->passes_by = false;
    const lr_status status = next_chunk(store, part, err);
    return status == LR_OK || !lr_spill_has_disk(store->spill) ? status
                                                               : lr_store_spill(store, err);
}

/* Makes room for one more group with a text of length bytes. */
static lr_status make_room(lr_store *store, uint32_t length, lr_error *err)
{
    if (!store->fixed) {
        bool done = false;
        if (store->groups.n == store->groups.n_max)
            LR_TRY(set_aside(store, &done, err));
        if (done)
            return LR_OK;
        const lr_status status = grow(store, length, err);
        if (status == LR_OK || store->spill == NULL || !lr_spill_has_disk(store->spill))
            return status;
    }
    if (store->groups.n == 0)
        return lr_fail(err, LR_E_RESOURCE,
                       "a key of %u bytes is more than --memory leaves for groups", length);
    return lr_spill_write(store->spill, &store->room, &store->groups, err);
}

/* The rows to come, without the first n. */
static void skip(lr_group_rows *rows, size_t n)
{
    rows->spans += n;
    rows->kinds += n;
    rows->tags = rows->tags != NULL ? rows->tags + n : NULL;
    rows->n -= n;
}

/* Sets rows aside, up to one that has no room; those with long texts are counted. */
static lr_status add_aside(lr_store *store, lr_group_rows *rest, lr_error *err)
{
    size_t part;

    skip(rest, lr_parts_add(&store->aside->parts, rest, &part));
    if (rest->n == 0)
        return LR_OK;
    if (part < LR_PARTS)
        return make_room_aside(store, part, err);
    const lr_bytes text = {rest->src + rest->spans->offset, rest->spans->length};
    LR_TRY(lr_store_count(store, rest->tags != NULL ? *rest->tags : 0, text, 1, err));
    skip(rest, 1);
    return LR_OK;
}

lr_status lr_store_add(lr_store *store, const lr_kernels *k, const lr_group_rows *rows,
                       lr_error *err)
{
    lr_group_rows rest = *rows;

    while (rest.n > 0) {
        if (store->passes_by) {
            LR_TRY(add_aside(store, &rest, err));
            continue;
        }
        skip(&rest, k->groups_add(&store->groups, &rest));
        if (rest.n > 0)
            LR_TRY(make_room(store, rest.spans->length, err));
    }
    return LR_OK;
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
    if (store->aside != NULL)
        aside_end(store);
    unmap(store->groups.slots, store->slots_bytes);
    unmap(store->groups.arena, store->arena_bytes);
    lr_spill_room_free(&store->room);
    free(store->sample);
    memset(store, 0, sizeof *store);
}
