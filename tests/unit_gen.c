/* unit_gen.c: the generator's random numbers, names and draws. */
#include "check.h"

#include "../datagen/distribution.h"
#include "../datagen/names.h"

/*
 * Goal: our Philox is the published one.
 * Method: the known-answer vectors of its authors (Random123, kat_vectors, philox4x32 with 10 rounds).
 */
static void check_philox(void)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    uint32_t got[4];

    for (size_t i = 0; i < LR_COUNT_OF(vectors); i++) {
        philox4x32(vectors[i].counter, vectors[i].key, got);
        CHECK(memcmp(got, vectors[i].want, sizeof got) == 0, "vector %zu", i);
    }
    draw d = draw_start(0, 0, 0);
    CHECK(draw_word(&d) == 0x6627e8d5 && draw_word(&d) == 0xe169c58d, "the first words of a draw");
}

/*
 * Goal: no two users share a name, and names are names.
 * Method: a set of the names of users 0 to N - 1 (open addressing, whole names compared).
 */
static void check_names(void)
{
    enum { N = 400000, SLOTS = 1 << 20 };
    static char set[SLOTS][NAME_MAX_BYTES];

    for (uint64_t k = 0; k < N; k++) {
        char name[NAME_MAX_BYTES];
        const size_t n = (size_t)(put_username((uint8_t *)name, k) - (uint8_t *)name);
        memset(name + n, 0, sizeof name - n);
        CHECK(n >= 4 && n < NAME_MAX_BYTES - 1 && (k >> 16 > 0 || n <= 20), "%s", name);
        size_t slot = 0;
        for (size_t i = 0; i < n; i++) {
            CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_",
                         name[i]) != NULL &&
                      name[i] != 0,
                  "%s", name);
            slot = (slot * 31 + (uint8_t)name[i]) & (SLOTS - 1);
        }
        for (; set[slot][0] != 0; slot = (slot + 1) & (SLOTS - 1))
            CHECK(strcmp(set[slot], name) != 0, "%s twice", name);
        memcpy(set[slot], name, sizeof name);
    }
}

/*
 * Goal: an alias table draws in proportion to its weights.
 * Method: a million draws over weights from 0 to large; each count within six standard deviations.
 */
static void check_weights(check_rng *rng)
{
    static const uint64_t of[] = {1, 0, 1000, 3, 250, 250, 4000, 0, 496};
    enum { DRAWS = 1000000 };
    uint64_t counts[LR_COUNT_OF(of)] = {0};
    weights w;

    CHECK(weights_init(&w, of, LR_COUNT_OF(of), NULL) == LR_OK, "no table");
    draw d = draw_start(check_random(rng), 0, 0);
    for (uint32_t i = 0; i < DRAWS; i++)
        counts[weights_draw(&w, &d)]++;
    for (size_t i = 0; i < LR_COUNT_OF(of); i++) {
        const double want = (double)of[i] / 6000 * DRAWS;
        const double off = (double)counts[i] - want;
        CHECK(off * off <= 36 * want + 1e-9, "weight %zu: %llu draws", i,
              (unsigned long long)counts[i]);
    }
    weights_free(&w);
}

/*
 * Goal: a knob's list is read as it is documented, and draws fall where its weights and quantiles say.
 * Method: values by hand, at both ends and both sides of each border; texts that must be refused.
 */
static void check_lists(void)
{
    static const lr_knob named = {"k", LR_KNOB_NAMED, 0, 0, 1000000, "", "a:1,bc:2,d:3"};
    static const lr_knob numbers = {"k", LR_KNOB_NUMBERS, 0, 1, 50, "", "1:1"};
    static const lr_knob curve = {"k", LR_KNOB_CURVE, 0, 0, 100, "", "0,1"};
    static const lr_knob list = {"k", LR_KNOB_LIST, 0, 1, 100, "", "1"};
    static const struct {
        const lr_knob *knob;
        const char *text;
    } wrong[] = {{&named, ""},       {&named, "a"},         {&named, "a:"},
                 {&named, "a:1,"},   {&named, "a:1,,d:1"},  {&named, "e:1"},
                 {&named, "b:1"},    {&named, "a:0"},       {&named, "a:1,a:1"},
                 {&named, "a:-1"},   {&named, "a:1000001"}, {&numbers, "0:1"},
                 {&numbers, "51:1"}, {&numbers, "x:1"},     {&numbers, "1x:1"},
                 {&numbers, "1"},    {&curve, "1"},         {&curve, "2,1"},
                 {&curve, "0,101"},  {&curve, "0, 1"},      {&curve, "1:1,2:1"},
                 {&list, "0"},       {&list, "1,"},         {&list, "18446744073709551616"}};
    distribution read;
    short_list l;

    for (size_t i = 0; i < LR_COUNT_OF(wrong); i++)
        CHECK(!distribution_read(wrong[i].knob, wrong[i].text, &read), "'%s'", wrong[i].text);
    CHECK(distribution_read(&named, "d:3,a:1", &read) && read.n == 3, "a list of names");
    short_list_init(&l, &named, &read);
    CHECK(item_at(&l, 0) == 0 && item_at(&l, (1u << 30) - 1) == 0, "a quarter is a");
    CHECK(item_at(&l, 1u << 30) == 2 && item_at(&l, UINT32_MAX) == 2, "the rest is d");
    CHECK(distribution_read(&numbers, "7:1,50:1", &read), "numbers");
    short_list_init(&l, &numbers, &read);
    CHECK(l.numbers[item_at(&l, 0)] == 7 && l.numbers[item_at(&l, 1u << 31)] == 50, "7 or 50");
    CHECK(distribution_read(&curve, "0,10,30", &read), "a curve");
    short_list_init(&l, &curve, &read);
    CHECK(curve_at(&l, 0) == 0 && curve_at(&l, (1u << 31) - 1) == 9, "its first half");
    CHECK(curve_at(&l, 1u << 31) == 10 && curve_at(&l, 3u << 30) == 20, "its second half");
    CHECK(curve_at(&l, UINT32_MAX) == 29, "its end is not reached");
}

int main(void)
{
    check_rng rng;

    if (check_begin("philox", &rng))
        check_philox();
    if (check_begin("names", &rng))
        check_names();
    if (check_begin("weights", &rng))
        check_weights(&rng);
    if (check_begin("lists", &rng))
        check_lists();
    return 0;
}
