/* unit_gen.c: the generator's random numbers, names and draws. */
#include "check.h"

#include "../datagen/names.h"
#include "../datagen/weights.h"

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

int main(void)
{
    check_rng rng;

    if (check_begin("philox", &rng))
        check_philox();
    if (check_begin("names", &rng))
        check_names();
    if (check_begin("weights", &rng))
        check_weights(&rng);
    return 0;
}
