/* unit_groups.c: the group table of every tier, and stores that grow and merge. */
#include "check.h"

#include "plan/spill_run.h"
#include "plan/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4000, TEXTS = 300, LENGTH_MAX = 40, ARENA = 1 << 16 };

/* Rows whose texts come from a pool of few, some with equal beginnings, of 0 to 40 bytes; a quarter
 * is not plain. They lie in memory with a guard page behind the padding. */
typedef struct rows {
    uint8_t *src;
    lr_span spans[ROWS];
    uint8_t kinds[ROWS];
    lr_date tags[ROWS];
} rows;

static void make_rows(check_rng *rng, rows *r)
{
    static const size_t n = TEXTS * LENGTH_MAX;

    r->src = check_guarded(n + LR_PADDING);
    check_fill_runs(rng, r->src, n + LR_PADDING, "ab", 60);
    for (size_t i = 0; i < ROWS; i++) {
        const uint32_t length = (uint32_t)check_below(rng, LENGTH_MAX + 1);
        const size_t place = check_below(rng, TEXTS);
        const uint32_t offset =
            place == 0 ? (uint32_t)(n - length) : (uint32_t)(place * LENGTH_MAX - length);
        r->spans[i] = (lr_span){offset, length};
        r->kinds[i] = (uint8_t)(check_below(rng, 4) == 0 ? check_below(rng, LR_BAD + 2) : LR_PLAIN);
        r->tags[i] = (lr_date)check_below(rng, 3);
    }
}

/* How often the plain rows [0, n) have the text and tag of row i. */
static uint64_t occurrences(const rows *r, size_t n, size_t i)
{
    uint64_t count = 0;
    for (size_t j = 0; j < n; j++)
        count += r->kinds[j] == LR_PLAIN && r->tags[j] == r->tags[i] &&
                 r->spans[j].length == r->spans[i].length &&
                 memcmp(r->src + r->spans[j].offset, r->src + r->spans[i].offset,
                        r->spans[i].length) == 0;
    return count;
}

/* Do the groups hold the rows [0, n), `times` times each, and nothing else? */
static void check_holds(const lr_groups *groups, const rows *r, size_t n, uint64_t times)
{
    uint64_t total = 0, plain = 0, found = 0;

    for (size_t i = 0; i < n; i++)
        plain += r->kinds[i] == LR_PLAIN;
    for (size_t s = 0; s < (size_t)1 << groups->bits; s++) {
        const lr_group *group = &groups->slots[s];
        if (group->n == 0)
            continue;
        total += group->n;
        found++;
        const lr_bytes text = lr_group_text(groups, group);
        size_t i = 0;
        while (i < n && !(r->kinds[i] == LR_PLAIN && r->tags[i] == group->tag &&
                          r->spans[i].length == text.n &&
                          memcmp(r->src + r->spans[i].offset, text.data, text.n) == 0))
            i++;
        CHECK(i < n, "a group that no row has: %.*s", (int)text.n, (const char *)text.data);
        CHECK(group->n == times * occurrences(r, n, i), "row %zu", i);
    }
    CHECK(total == times * plain, "%zu rows", n);
    CHECK(found == groups->n, "%zu groups", groups->n);
}

/*
 * Goal: every tier counts the rows that take part, by their whole keys, and stops where a group or a
 * text finds no room, with the rows before it in.
 * Method: a naive count over the rows; tables with little room for groups, and for texts.
 */
static void check_groups_add(const lr_kernels *k, check_rng *rng)
{
    static lr_group slots[1 << 12];
    static uint8_t arena[ARENA];
    static rows r;

    make_rows(rng, &r);
    for (int round = 0; round < 40; round++) {
        lr_groups groups = {.slots = slots,
                            .bits = 12,
                            .n_max = 3000,
                            .arena = arena,
                            .arena_max = ARENA,
                            .seed = {check_random(rng), check_random(rng)}};
        if (round % 4 == 1)
            groups.n_max = check_below(rng, 300);
        if (round % 4 == 2)
            groups.arena_max = 16 + check_below(rng, 2000);
        memset(slots, 0, sizeof slots);
        const bool tags = round % 2 == 0;
        rows seen = r;
        if (!tags)
            memset(seen.tags, 0, sizeof seen.tags);

        const size_t n = check_below(rng, ROWS);
        const lr_group_rows all = {r.src, r.spans, r.kinds, tags ? r.tags : NULL, n};
        const size_t done = k->groups_add(&groups, &all);
        CHECK(done <= n && groups.n <= groups.n_max, "%zu of %zu", done, n);
        CHECK(done == n || groups.n == groups.n_max ||
                  groups.arena_n + r.spans[done].length + 16 > groups.arena_max,
              "stopped at row %zu of %zu", done, n);
        check_holds(&groups, &seen, done, 1);
    }
}

/*
 * Goal: the ranges of hashes of two tables hold each group once, and only its whole count.
 * Method: 2^k ranges, also more than there are slots, into a table
 * for a range and from there into one for all.
 */
static void check_ranges(const lr_groups *a, const lr_groups *b, const rows *r, size_t n,
                         check_rng *rng)
{
    static lr_group slots[1 << 12], sum_slots[1 << 12];
    static uint8_t arena[ARENA], sum_arena[ARENA];
    lr_groups sum = {sum_slots, 12, 0, 3000, sum_arena, 0, ARENA, {a->seed[0], a->seed[1]}, 0, 0};
    const uint32_t bits = check_below(rng, 2) == 0 ? 0 : (uint32_t)check_below(rng, 9);

    memset(sum_slots, 0, sizeof sum_slots);
    for (uint64_t i = 0; i < 1ull << bits; i++) {
        lr_groups range = {.slots = slots,
                           .bits = 12,
                           .n_max = 3000,
                           .arena = arena,
                           .arena_max = ARENA,
                           .seed = {a->seed[0], a->seed[1]},
                           .base = bits == 0 ? 0 : i << (64 - bits),
                           .lead = bits};
        memset(slots, 0, sizeof slots);
        CHECK(lr_groups_take(&range, a) && lr_groups_take(&range, b), "range %d", (int)i);
        for (size_t s = 0; s < (size_t)1 << 12; s++) {
            const lr_bytes text = lr_group_text(&range, &slots[s]);
            const size_t before = sum.n;
            if (slots[s].n == 0)
                continue;
            CHECK(lr_groups_count(&sum, text.data, slots[s].length, slots[s].tag, slots[s].n),
                  "sum");
            CHECK(sum.n == before + 1, "a group of two ranges");
        }
        range.n_max = range.n == 0 ? 0 : range.n - 1;
        range.n = 0;
        memset(slots, 0, sizeof slots);
        CHECK(range.n_max == 0 || !lr_groups_take(&range, a) || !lr_groups_take(&range, b), "room");
    }
    check_holds(&sum, r, n, 2);
}

/*
 * Goal: stores grow as they must, and what ranges of hashes take from both is the sum.
 * Method: two stores of two slots at first, filled with different shares of the rows.
 */
static void check_stores(const lr_kernels *k, check_rng *rng)
{
    static rows r;
    const uint64_t seed[2] = {check_random(rng), check_random(rng)};

    make_rows(rng, &r);
    for (int round = 0; round < 10; round++) {
        lr_store a, b;
        const size_t n = check_below(rng, ROWS), most = round % 2 == 0 ? n : n / 10;
        CHECK(lr_store_init(&a, (lr_store_size){1, 0}, seed, NULL, NULL, NULL) == LR_OK, "a");
        CHECK(lr_store_init(&b, (lr_store_size){1, 0}, seed, NULL, NULL, NULL) == LR_OK, "b");
        const lr_group_rows first = {r.src, r.spans, r.kinds, r.tags, most};
        const lr_group_rows second = {r.src, r.spans + most, r.kinds + most, r.tags + most,
                                      n - most};
        CHECK(lr_store_add(&a, k, &first, NULL) == LR_OK, "a");
        CHECK(lr_store_add(&b, k, &second, NULL) == LR_OK, "b");
        CHECK(lr_store_add(&b, k, &second, NULL) == LR_OK, "b again");
        CHECK(lr_store_add(&a, k, &first, NULL) == LR_OK, "a again");
        check_ranges(&a.groups, &b.groups, &r, n, rng);
        lr_store_free(&a);
        lr_store_free(&b);
    }
}

/* What comes out of a spill, in one table; each key once. */
static lr_status take_groups(void *context, const lr_counted *groups, size_t n, lr_error *err)
{
    lr_store *all = context;

    for (size_t i = 0; i < n; i++) {
        const size_t before = all->groups.n;
        LR_TRY(lr_store_count(all, groups[i].tag, groups[i].text, groups[i].n, err));
        CHECK(all->groups.n == before + 1, "a key twice: %.*s", (int)groups[i].text.n,
              (const char *)groups[i].text.data);
    }
    return LR_OK;
}

/*
 * Goal: what bounded stores spill comes out whole, each key once, however many runs there are and however
 * few of them fit into memory; of many runs some are merged to longer ones before; what has no room for
 * two runs fails; ranges of hashes that threads merge side by side are the whole.
 * Method: two stores of few groups with one spill, rows in pieces; room for two runs, for a few, for all, and
 * for all of three threads.
 */
static void check_spill(const lr_kernels *k, check_rng *rng)
{
    enum { RUN_BYTES = LR_SPILL_BLOCK + 256 }; /* what one takes to be merged, at least, less 256 */
    static rows r;
    const uint64_t seed[2] = {check_random(rng), check_random(rng)};

    make_rows(rng, &r);
    for (int round = 0; round < 12; round++) {
        lr_store stores[2], all;
        lr_spill *spill;
        const size_t n = check_below(rng, ROWS);
        const bool ranges = round % 4 == 3; /* of runs of many blocks */
        const lr_store_size small = {(uint32_t)(2 + check_below(rng, 5)), 128};
        const lr_store_size size = ranges ? (lr_store_size){10, ARENA} : small;
        CHECK(lr_spill_new(&spill, true, false, NULL) == LR_OK, "spill");
        for (size_t t = 0; t < 2; t++)
            CHECK(lr_store_init(&stores[t], size, seed, spill, NULL, NULL) == LR_OK, "store");
        CHECK(lr_store_init(&all, (lr_store_size){1, 0}, seed, NULL, NULL, NULL) == LR_OK, "all");
        for (size_t i = 0; i < n; i += 37) {
            const size_t some = n - i < 37 ? n - i : 37;
            const lr_group_rows piece = {r.src, r.spans + i, r.kinds + i, r.tags + i, some};
            CHECK(lr_store_add(&stores[i % 2], k, &piece, NULL) == LR_OK, "row %zu", i);
        }
        for (size_t t = 0; t < 2; t++) {
            if (stores[t].groups.n > 0)
                CHECK(lr_spill_write(spill, &stores[t].room, &stores[t].groups, NULL) == LR_OK,
                      "run");
            CHECK(stores[t].groups.n == 0, "the store is empty");
            lr_store_free(&stores[t]);
        }
        const uint64_t runs = spill->n, written = lr_spill_bytes(spill);
        const uint64_t few = round % 3 == 0 ? 2 : 2 + check_below(rng, 9);
        const uint64_t fit = ranges || round % 3 == 2 ? runs : few;
        const lr_group_sink sink = {take_groups, &all};
        if (runs > 1)
            CHECK(lr_spill_merge(spill, seed, RUN_BYTES, 2, &sink, NULL) == LR_E_RESOURCE,
                  "one fits");
        const uint64_t room = ranges ? 3 * (runs * RUN_BYTES + (1 << 20)) : fit * RUN_BYTES;
        CHECK(lr_spill_merge(spill, seed, room, 3, &sink, NULL) == LR_OK, "merge");
        CHECK((lr_spill_bytes(spill) > written) == (runs > fit), "%d of %d", (int)fit, (int)runs);
        check_holds(&all.groups, &r, n, 1);
        lr_store_free(&all);
        lr_spill_free(spill);
    }
}

enum { COLLIDING = 1500 };

static lr_status take_colliding(void *context, const lr_counted *groups, size_t n, lr_error *err)
{
    uint64_t *counts = context;

    (void)err;
    for (size_t i = 0; i < n; i++) {
        char digits[9] = "";
        memcpy(digits, groups[i].text.data + 8, 8);
        const size_t name = (size_t)strtoul(digits, NULL, 16);
        CHECK(name < COLLIDING && counts[name] == 0, "the name %zu, a second time?", name);
        CHECK(groups[i].hash == groups[0].hash, "the name %zu does not collide", name);
        counts[name] = groups[i].n;
    }
    return LR_OK;
}

/*
 * Goal: names that all have one hash are counted each by itself, spilled and merged.
 * Method: names that begin with the first half of the seed, which is secret otherwise: the product that is
 * their hash is 0 then, whatever follows. Small stores, room for two runs, for some, for all and threads.
 */
static void check_colliding(const lr_kernels *k, check_rng *rng)
{
    static uint8_t src[COLLIDING * 16 + LR_PADDING + 1];
    static lr_span spans[COLLIDING];
    static uint8_t kinds[COLLIDING];
    uint64_t seed[2] = {0, check_random(rng)};

    memcpy(seed, "collide:", 8);
    for (size_t i = 0; i < COLLIDING; i++) {
        snprintf((char *)src + i * 16, 17, "collide:%08zx", i);
        spans[i] = (lr_span){(uint32_t)(i * 16), 16};
        kinds[i] = LR_PLAIN;
    }
    for (int round = 0; round < 4; round++) {
        uint64_t counts[COLLIDING] = {0};
        lr_store store;
        lr_spill *spill;
        CHECK(lr_spill_new(&spill, true, false, NULL) == LR_OK, "spill");
        CHECK(lr_store_init(&store, (lr_store_size){5, 128}, seed, spill, NULL, NULL) == LR_OK,
              "store");
        for (size_t n = COLLIDING; n > 0; n /= 2) { /* the first ones come more often */
            const lr_group_rows some = {src, spans, kinds, NULL, n};
            CHECK(lr_store_add(&store, k, &some, NULL) == LR_OK, "%zu names", n);
        }
        CHECK(lr_spill_write(spill, &store.room, &store.groups, NULL) == LR_OK, "run");
        const uint64_t rooms[] = {2, 2 + check_below(rng, 40), spill->n, 3 * spill->n + 1000};
        const lr_group_sink sink = {take_colliding, counts};
        CHECK(lr_spill_merge(spill, seed, rooms[round] * (LR_SPILL_BLOCK + 256), 3, &sink, NULL) ==
                  LR_OK,
              "merge");
        for (size_t i = 0; i < COLLIDING; i++) {
            uint64_t want = 0;
            for (size_t n = COLLIDING; n > i; n /= 2)
                want++;
            CHECK(counts[i] == want, "the name %zu: %d", i, (int)counts[i]);
        }
        lr_store_free(&store);
        lr_spill_free(spill);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("groups_add", &rng))
            check_groups_add(&tiers[i], &rng);
        if (check_begin("stores", &rng))
            check_stores(&tiers[i], &rng);
        if (check_begin("spill", &rng))
            check_spill(&tiers[i], &rng);
        if (check_begin("colliding", &rng))
            check_colliding(&tiers[i], &rng);
    }
    return 0;
}
