/* unit_aside.c: keys that hardly recur, set aside in parts and grouped afterwards, or spilled. */
#include "check.h"

#include "plan/merge.h"
#include "plan/spill_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES = 300000,
    NAME = 8,
    LONG = 200,     /* bytes of a name that is not set aside; */
    LONG_EACH = 500 /* so many names have one of these */
};

/* Numbered names, one behind the other. */
typedef struct names {
    uint8_t *src;
    lr_span spans[NAMES];
    uint8_t kinds[NAMES];
    lr_date tags[NAMES];
} names;

static void make_names(names *all, bool with_long)
{
    size_t at = 0;

    free(all->src);
    all->src = malloc((size_t)NAMES * (NAME + LONG / LONG_EACH + 1) + LR_PADDING + LONG);
    CHECK(all->src != NULL, "memory");
    for (size_t i = 0; i < NAMES; i++) {
        const size_t length = with_long && i % LONG_EACH == 0 ? LONG : NAME + i % 3 * 7;
        memset(all->src + at, 'x', length + LR_PADDING);
        snprintf((char *)all->src + at, NAME + 1, "%08zu", i);
        all->src[at + NAME] = 'x'; /* in place of the 0 */
        all->spans[i] = (lr_span){(uint32_t)at, (uint32_t)length};
        all->kinds[i] = i % 1000 == 7 ? LR_NULL : LR_PLAIN;
        all->tags[i] = (lr_date)(i % 5);
        at += with_long && i % LONG_EACH == 0 ? LONG : NAME; /* the others overlap */
    }
}

/* How often each name came out; a name comes out once. */
static uint32_t counts[NAMES];

static lr_status take_names(void *context, const lr_counted *groups, size_t n, lr_error *err)
{
    const names *all = context;

    (void)err;
    for (size_t i = 0; i < n; i++) {
        char digits[NAME + 1] = "";
        memcpy(digits, groups[i].text.data, NAME);
        const size_t name = (size_t)strtoul(digits, NULL, 10);
        CHECK(name < NAMES && counts[name] == 0, "the name %zu, a second time?", name);
        CHECK(groups[i].text.n == all->spans[name].length && groups[i].tag == all->tags[name] &&
                  memcmp(groups[i].text.data, all->src + all->spans[name].offset,
                         groups[i].text.n) == 0,
              "the name %zu has changed", name);
        counts[name] = (uint32_t)groups[i].n;
    }
    return LR_OK;
}

/* How a case adds names, and where they go. */
typedef struct aside_case {
    const char *name;
    size_t n, times; /* the first n names, so many times, one round after the other; */
    size_t each;     /* and each piece of them so many times at once */
    bool alone;      /* to one of the two stores; else to both in turn */
    bool with_long, bounded, disk;
    uint32_t lead; /* of a range of hashes at a time */
    bool passes;   /* rows pass the table by at the end */
} aside_case;

static const aside_case cases[] = {
    {.name = "once", .n = NAMES, .times = 1, .each = 1, .passes = true},
    {.name = "long names", .n = NAMES, .times = 1, .each = 1, .with_long = true, .passes = true},
    {.name = "in pairs", .n = NAMES, .times = 1, .each = 2},
    {.name = "again and again", .n = 80000, .times = 20, .each = 1, .alone = true},
    {.name = "disk", .n = NAMES, .times = 1, .each = 1, .bounded = true, .disk = true},
    {.name = "no disk", .n = NAMES, .times = 1, .each = 1, .bounded = true},
    {.name = "long names on disk",
     .n = NAMES,
     .times = 1,
     .each = 1,
     .with_long = true,
     .bounded = true,
     .disk = true},
    {.name = "long names in pairs on disk",
     .n = NAMES,
     .times = 1,
     .each = 2,
     .alone = true,
     .with_long = true,
     .bounded = true,
     .disk = true},
    {.name = "ranges", .n = NAMES, .times = 1, .each = 1, .lead = 1},
    {.name = "ranges on disk",
     .n = NAMES,
     .times = 1,
     .each = 1,
     .bounded = true,
     .disk = true,
     .lead = 1},
};

static lr_status add_names(const aside_case *c, const lr_kernels *k, const names *all,
                           lr_store *stores)
{
    enum { PIECE = 1000 };
    lr_status status = LR_OK;

    for (size_t i = 0; i < c->n * c->times; i += PIECE)
        for (size_t e = 0; e < c->each && status == LR_OK; e++) {
            const size_t at = i % c->n;
            const lr_group_rows piece = {all->src, all->spans + at, all->kinds + at, all->tags + at,
                                         PIECE};
            status = lr_store_add(&stores[c->alone ? 0 : i / PIECE % 2], k, &piece, NULL);
        }
    return status;
}

/* One range of hashes of a case. */
static void run_case(const aside_case *c, const lr_kernels *k, names *all, uint64_t base)
{
    static const uint64_t seed[2] = {0x123456789ABCDEF1, 0xFEDCBA987654321};
    atomic_ullong allowance = 24 << 20;
    lr_store stores[2], *both[2] = {&stores[0], &stores[1]};
    lr_spill *spill;

    CHECK(lr_spill_new(&spill, c->disk, false, NULL) == LR_OK, "spill");
    for (size_t t = 0; t < 2; t++) {
        CHECK(lr_store_init(&stores[t], (lr_store_size){4, 0}, seed, spill,
                            c->bounded ? &allowance : NULL, NULL) == LR_OK,
              "store");
        stores[t].groups.base = base;
        stores[t].groups.lead = c->lead;
    }
    const lr_status status = add_names(c, k, all, stores);
    CHECK(status == (c->bounded && !c->disk ? LR_E_RESOURCE : LR_OK), "%s: %d", c->name,
          (int)status);
    CHECK(stores[0].aside != NULL || stores[1].aside != NULL, "%s: nothing is aside", c->name);
    CHECK(!c->passes || (stores[0].passes_by && stores[0].groups.n < 1000), "%s: passes", c->name);
    CHECK(c->each == 1 || !stores[0].passes_by, "%s: pairs pass", c->name);
    CHECK(c->times == 1 || stores[0].groups.n > 49152, "%s: names that recur", c->name);
    CHECK(lr_spill_used(spill) == c->disk, "%s: on disk?", c->name);
    if (status == LR_OK) {
        const lr_layout layout = {.plan = LR_PLAN_TIME, .budget = UINT64_MAX};
        const lr_group_sink sink = {take_names, all};
        CHECK(lr_merge_stores(both, 2, spill, &layout, NULL) == LR_OK, "%s: merge", c->name);
        CHECK(lr_merge_push(both, 2, spill, seed, &layout, &sink, 1, NULL) == LR_OK, "%s: push",
              c->name);
    }
    for (size_t t = 0; t < 2; t++)
        lr_store_free(&stores[t]);
    lr_spill_free(spill);
    if (c->bounded && status == LR_OK)
        CHECK(atomic_load(&allowance) >= 24 << 20, "%s: %llu bytes are not given back", c->name,
              (24ull << 20) - atomic_load(&allowance));
}

/*
 * Goal: of a store that would grow out of the caches the keys are set aside, if they do not recur, and no
 * longer if they do; where memory ends they go to the disk, if they may; each comes out once, with its text, tag
 * and count.
 * Method: numbered names, some long, some not plain: all once; in pairs, which a table counts as one; few of
 * them again and again, so that each table is full of new ones; an allowance that ends on the way; a range of
 * hashes at a time.
 */
static void check_aside(const lr_kernels *k)
{
    static names all;

    for (size_t i = 0; i < LR_COUNT_OF(cases); i++) {
        const aside_case *c = &cases[i];
        make_names(&all, c->with_long);
        memset(counts, 0, sizeof counts);
        for (uint64_t range = 0; range < 1ull << c->lead; range++)
            run_case(c, k, &all, c->lead == 0 ? 0 : range << (64 - c->lead));
        for (size_t n = 0; n < c->n && !(c->bounded && !c->disk); n++) {
            const size_t due = all.kinds[n] == LR_PLAIN ? c->times * c->each : 0;
            CHECK(counts[n] == due, "%s: the name %zu: %u", c->name, n, counts[n]);
        }
    }
    free(all.src);
    all.src = NULL;
}

/*
 * Goal: keys that never recur pass the table by to the end, whatever the seed: a larger table would be several
 * times the memory.
 * Method: names that come once, to one store, with seeds by chance; no sample of them may say that they recur.
 */
static void check_once(const lr_kernels *k, check_rng *rng)
{
    static names all;
    const aside_case once = {.name = "once", .n = NAMES, .times = 1, .each = 1, .alone = true};

    make_names(&all, false);
    for (int round = 0; round < 20; round++) {
        const uint64_t seed[2] = {check_random(rng), check_random(rng)};
        lr_store store;
        lr_spill *spill;
        CHECK(lr_spill_new(&spill, false, false, NULL) == LR_OK, "spill");
        CHECK(lr_store_init(&store, (lr_store_size){4, 0}, seed, spill, NULL, NULL) == LR_OK,
              "store");
        CHECK(add_names(&once, k, &all, &store) == LR_OK, "names");
        CHECK(store.passes_by && store.groups.n == 0, "round %d: %llu in the table", round,
              (unsigned long long)store.groups.n);
        lr_store_free(&store);
        lr_spill_free(spill);
    }
    free(all.src);
    all.src = NULL;
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++)
        if (check_begin("aside", &rng))
            check_aside(&tiers[i]);
    if (check_begin("once", &rng))
        check_once(&tiers[n - 1], &rng);
    return 0;
}
