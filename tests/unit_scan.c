/* unit_scan.c: the scanning kernels of every tier against their definitions. */
#include "check.h"

enum { LENGTH_MAX = 4 * 64 + 17 };

/*
 * Goal: every tier finds the strings that the reference finds.
 * Method: runs of 1 to 130 quotes, backslashes or newlines (so that one fills whole blocks), every
 * length up to four blocks and a bit, every start state. The padding is random too, so a tier that
 * lets it in is caught; it ends at a guard page, so a tier that reads past it faults; one mask more
 * is compared than is due, so a tier that writes past them is seen. src takes every alignment.
 */
static void check_scan_strings(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    uint64_t want[LENGTH_MAX / 64 + 2], got[LENGTH_MAX / 64 + 2];
    uint8_t *const end = check_guarded(LENGTH_MAX + LR_PADDING) + LENGTH_MAX + LR_PADDING;

    for (size_t n = 0; n <= LENGTH_MAX; n++) {
        uint8_t *const src = end - LR_PADDING - n;
        check_fill_runs(rng, src, n + LR_PADDING, "\"\"\\\\\na", 130);

        for (uint32_t start = 0; start < 4; start++) {
            uint32_t want_state = start, got_state = start;
            memset(want, 0xA5, sizeof want);
            memset(got, 0xA5, sizeof got);
            ref->scan_strings(src, n, &want_state, want);
            k->scan_strings(src, n, &got_state, got);
            CHECK(memcmp(got, want, sizeof want) == 0, "n=%zu start=%u", n, start);
            CHECK(got_state == want_state, "n=%zu start=%u", n, start);
        }
    }
}

/*
 * Goal: every tier finds the line ends that the reference finds, and goes on where it left off.
 * Method: as above, over lengths that reach the four-block loop, with little and much room for them.
 */
static void check_scan_lines(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    enum { LINES_MAX = 1100 };
    uint8_t *const end = check_guarded(LINES_MAX + LR_PADDING) + LINES_MAX + LR_PADDING;
    uint32_t want[LINES_MAX + 1], got[LINES_MAX + 1];

    for (size_t n = 0; n <= LINES_MAX; n += 1 + n / 200) {
        uint8_t *const src = end - LR_PADDING - n;
        check_fill_runs(rng, src, n + LR_PADDING, "\naaaaaaa", 300);
        for (size_t max = 1; max <= LINES_MAX; max *= 7) {
            size_t want_at = check_below(rng, n + 1), got_at = want_at;
            for (size_t n_want = 1; n_want != 0;) {
                memset(want, 0xA5, sizeof want);
                memset(got, 0xA5, sizeof got);
                n_want = ref->scan_lines(src, n, &want_at, want, max);
                const size_t n_got = k->scan_lines(src, n, &got_at, got, max);
                CHECK(n_got == n_want && got_at == want_at, "n=%zu max=%zu", n, max);
                CHECK(memcmp(got, want, sizeof want) == 0, "n=%zu max=%zu", n, max);
            }
        }
        CHECK(k->count_lines(src, n) == ref->count_lines(src, n), "n=%zu", n);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 1; i < n; i++) {
        if (check_begin("scan_strings", &rng))
            check_scan_strings(&tiers[0], &tiers[i], &rng);
        if (check_begin("scan_lines", &rng))
            check_scan_lines(&tiers[0], &tiers[i], &rng);
    }
    return 0;
}
