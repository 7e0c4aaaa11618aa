/* unit_separators.c: scan_separators and flatten: by hand, and every tier against the definition. */
#include "check.h"

enum { LENGTH_MAX = 400 };

/* Goal: commas of the level and brackets below it are found, and no others. */
static void check_rules(const lr_kernels *k, check_rng *rng)
{
    static const char text[] = "[{\"a,]\":[1,2],\"b\\\",\":{}},3,[4,5]]";
    uint8_t *const src = check_guarded(sizeof text - 1 + LR_PADDING);
    const size_t n = sizeof text - 1;
    lr_json_place place = {0, 0, 1, 7};
    uint32_t out[8];
    size_t at = 1;

    memset(src, '"', n + LR_PADDING);
    memcpy(src, text, n);
    place.depth = 1;
    CHECK(k->scan_separators(src, n, &at, &place, out, 8) == 3, "how many");
    CHECK(out[0] == 24 && out[1] == 26 && out[2] == 32, "%u %u %u", out[0], out[1], out[2]);
    CHECK(at == n && place.depth == 0 && place.level == 0 && place.string == 0 && place.lines == 7,
          "state");
    uint8_t flat[64];
    memcpy(src, "{\n\"\\\"\n\\\\\"\n}", 11);
    k->flatten(src, 11, flat);
    CHECK(memcmp(flat, "{ \"\\\"\x01\\\\\" }", 11) == 0, "flat");
}

/*
 * Goal: every tier finds the separators that the reference finds, and flattens as it does.
 * Method: runs of the bytes that matter, every length up to six blocks and a bit, every string state,
 * levels around the depth, little and much room; the padding is random and ends at a guard page.
 */
static void check_tiers_agree(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    uint8_t *const end = check_guarded(LENGTH_MAX + LR_PADDING) + LENGTH_MAX + LR_PADDING;
    uint32_t want[LENGTH_MAX + 1], got[LENGTH_MAX + 1];
    uint8_t want_flat[LENGTH_MAX + 1], got_flat[LENGTH_MAX + 1];

    for (size_t round = 0; round < 60 * LENGTH_MAX; round++) {
        const size_t n = round % (LENGTH_MAX + 1);
        uint8_t *const src = end - LR_PADDING - n;
        check_fill_runs(rng, src, n + LR_PADDING, "\"\"\\[]{},,\na", 1 + check_below(rng, 70));
        const int64_t depth = (int64_t)check_below(rng, 6);
        const lr_json_place start = {(uint32_t)check_below(rng, 4), depth,
                                     (int64_t)check_below(rng, (uint64_t)depth + 1),
                                     check_below(rng, 3)};
        lr_json_place want_place = start, got_place = start;
        const size_t max = 1 + check_below(rng, round % 2 == 0 ? 4 : LENGTH_MAX);
        size_t want_at = check_below(rng, n + 1), got_at = want_at;
        for (size_t n_want = 1; n_want != 0;) {
            memset(want, 0xA5, sizeof want);
            memset(got, 0xA5, sizeof got);
            n_want = ref->scan_separators(src, n, &want_at, &want_place, want, max);
            const size_t n_got = k->scan_separators(src, n, &got_at, &got_place, got, max);
            CHECK(n_got == n_want && got_at == want_at, "n=%zu max=%zu", n, max);
            CHECK(memcmp(got, want, sizeof want) == 0, "n=%zu max=%zu", n, max);
            CHECK(got_place.string == want_place.string && got_place.depth == want_place.depth &&
                      got_place.level == want_place.level && got_place.lines == want_place.lines,
                  "n=%zu max=%zu: the state", n, max);
        }
        memset(want_flat, 0xA5, sizeof want_flat);
        memset(got_flat, 0xA5, sizeof got_flat);
        ref->flatten(src, n, want_flat);
        k->flatten(src, n, got_flat);
        CHECK(memcmp(got_flat, want_flat, sizeof want_flat) == 0, "n=%zu: flatten", n);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("separators_rules", &rng))
            check_rules(&tiers[i], &rng);
        if (i > 0 && check_begin("separators_tiers", &rng))
            check_tiers_agree(&tiers[0], &tiers[i], &rng);
    }
    return 0;
}
