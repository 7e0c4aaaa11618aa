/* unit_elements.c: json_elements and json_lined of every tier against their definitions. */
#include "check.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 64 << 10, ELEMENTS = 60, N_KEYS = 3 };

static const lr_keys keys = {
    .key = {{"date", 4, -1}, {"user", 4, -1}, {"username", 8, 1}}, .n = N_KEYS, .enough = 1 | 4};

typedef struct batch {
    lr_records records;
    uint32_t offset[LR_BATCH_MAX];
    uint8_t reason[LR_BATCH_MAX], kinds[N_KEYS][LR_BATCH_MAX];
    lr_span spans[N_KEYS][LR_BATCH_MAX];
    size_t each; /* rows that each was called for */
} batch;

static void note(void *context, const uint8_t *src, const lr_records *records, size_t row)
{
    batch *const b = context;
    (void)src;
    CHECK(row == b->each && row + 1 == records->n, "each: %zu after %zu", row, b->each);
    b->each++;
}

static void batch_init(batch *b)
{
    memset(b, 0, sizeof *b);
    b->records.offset = b->offset;
    b->records.reason = b->reason;
    b->records.each = note;
    b->records.context = b;
    for (size_t i = 0; i < N_KEYS; i++)
        b->records.keys[i] = (lr_column){b->spans[i], b->kinds[i]};
}

/* An element of a few skeletons, some with a byte that is another one, or with a second value on another
 * line, so that the first line by itself is a good record. */
static size_t put_element(check_rng *rng, char *out, bool faults)
{
    static const char *const words[] = {"null", "1", "true", "\"a\"", "\"\\u0061\\\"}, {\""};
    const char *word = words[check_below(rng, LR_COUNT_OF(words))];
    const char *rest = check_below(rng, 3) == 0 ? "[{},\"]\",[1, 2]]" : "\"a tail of no interest\"";
    const size_t n = (size_t)sprintf(
        out,
        "{\"id\": %d, \"date\": %s, \"user\": {\"x\": [], \"username\": \"u%d\"}, \"k\": %s, "
        "\"long\": \"%0*d\"}",
        (int)check_below(rng, 1000), word, (int)check_below(rng, 99), rest,
        (int)check_below(rng, 300), 7);
    if (faults && check_below(rng, 40) == 0)
        out[check_below(rng, n)] = "\"\\{}[],:x1 \n\x01"[check_below(rng, 13)];
    else if (faults && check_below(rng, 80) == 0)
        return n + (size_t)sprintf(out + n, "\n{}");
    return n;
}

static void check_rows(const batch *want, const batch *got, size_t round)
{
    for (size_t i = 0; i < want->records.n; i++)
        for (size_t key = 0; key < N_KEYS; key++)
            CHECK(got->offset[i] == want->offset[i] && got->kinds[key][i] == want->kinds[key][i] &&
                      got->spans[key][i].offset == want->spans[key][i].offset &&
                      got->spans[key][i].length == want->spans[key][i].length,
                  "round %zu: row %zu, key %zu", round, i, key);
}

/*
 * Goal: every tier says of elements what the reference says, row for row, and calls each for the good ones.
 * Method: elements of a few skeletons between commas of any layout, read on behind each fault; the rows
 * of the calls stand behind each other. Only of an element with a line feed may a tier say more, where
 * used validation does not read it.
 */
static void check_elements(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    static const char *const between[] = {",", ",\n", "\n,  ", " ,\r\n"};
    static batch want, got;
    static char text[TEXT_MAX];
    uint32_t starts[ELEMENTS], ends[ELEMENTS];
    uint8_t *const end = check_guarded(TEXT_MAX) + TEXT_MAX;
    uint64_t good = 0, bad = 0;

    for (size_t round = 0; round < 4000; round++) {
        size_t n = 0;
        for (size_t i = 0; i < ELEMENTS; i++) {
            starts[i] = (uint32_t)n;
            n += put_element(rng, text + n, round % 2 == 0);
            ends[i] = (uint32_t)n;
            n += (size_t)sprintf(text + n, "%s", between[check_below(rng, 4)]);
        }
        n = ends[ELEMENTS - 1];
        uint8_t *const src = end - LR_PADDING - n;
        memcpy(src, text, n);
        check_fill_runs(rng, end - LR_PADDING, LR_PADDING, "\"}\\\n{:, 1\x80\xE2", 20);
        const lr_validate validate = check_below(rng, 2) == 0 ? LR_VALIDATE_FULL : LR_VALIDATE_USED;
        batch_init(&want);
        batch_init(&got);
        for (size_t at = 0; at < ELEMENTS; at++) {
            const size_t left = ELEMENTS - at;
            const size_t a = ref->json_elements(src, starts + at, ends + at, left, &keys, validate,
                                                &want.records);
            const size_t b =
                k->json_elements(src, starts + at, ends + at, a, &keys, validate, &got.records);
            CHECK(a == b, "round %zu: %zu, not %zu", round, b, a);
            good += a;
            at += a;
            if (at == ELEMENTS)
                break;
            const size_t more =
                k->json_elements(src, starts + at, ends + at, 1, &keys, validate, &got.records);
            const bool feed = memchr(src + starts[at], '\n', ends[at] - starts[at]) != NULL;
            CHECK(more == 0 || (feed && validate == LR_VALIDATE_USED), "round %zu", round);
            got.records.n -= more;
            got.each -= more;
            bad++;
            CHECK(got.records.n == want.records.n && got.each == want.each, "round %zu", round);
            if (!feed) { /* its row is not counted by each: the next is in its place */
                CHECK(got.reason[got.each] == want.reason[want.each], "round %zu", round);
                got.records.n = want.records.n = want.each;
            }
        }
        check_rows(&want, &got, round);
    }
    CHECK(good > 100000 && bad > 500, "%llu good, %llu bad", (unsigned long long)good,
          (unsigned long long)bad);
}

/*
 * Goal: every tier reads lines of elements as far as the reference does, and says the same of them.
 * Method: elements of a few skeletons, nearly all in a line of their own; read on behind the line where reading
 * stopped.
 */
static void check_lined(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    static const char *const between[] = {",", " ,\n", ", \n", "\n", ",\n\n", ",\r\n  "};
    static batch want, got;
    static char text[TEXT_MAX];
    uint8_t *const end = check_guarded(TEXT_MAX) + TEXT_MAX;
    uint64_t good = 0, stops = 0;

    for (size_t round = 0; round < 4000; round++) {
        const bool faults = round % 2 == 0;
        size_t n = 0, from = 0;
        for (size_t i = 0; i < ELEMENTS; i++) {
            n += put_element(rng, text + n, faults);
            const char *usual = round % 8 < 6 ? ",\n" : ",\r\n";
            n += (size_t)sprintf(text + n, "%s",
                                 check_below(rng, 20) == 0 ? between[check_below(rng, 6)] : usual);
        }
        uint8_t *const src = end - LR_PADDING - n;
        memcpy(src, text, n);
        check_fill_runs(rng, end - LR_PADDING, LR_PADDING, "\"}\\\n{:, 1\x80\xE2", 20);
        while (from < n) {
            batch_init(&want);
            batch_init(&got);
            const size_t a = ref->json_lined(src, n, from, &keys, &want.records);
            const size_t b = k->json_lined(src, n, from, &keys, &got.records);
            CHECK(a == b && got.records.n == want.records.n && got.each == want.each &&
                      got.each == got.records.n && got.records.lines == want.records.lines,
                  "round %zu: from %zu to %zu, not %zu", round, from, b, a);
            check_rows(&want, &got, round);
            good += want.records.n;
            stops += a < n;
            const uint8_t *feed = memchr(src + a, '\n', n - a);
            from = feed == NULL ? n : (size_t)(feed - src) + 1;
        }
    }
    CHECK(good > 100000 && stops > 5000, "%llu good, %llu stops", (unsigned long long)good,
          (unsigned long long)stops);
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 1; i < n; i++)
        if (check_begin("elements_tiers", &rng))
            check_elements(&tiers[0], &tiers[i], &rng);
    for (size_t i = 1; i < n; i++)
        if (check_begin("lined_tiers", &rng))
            check_lined(&tiers[0], &tiers[i], &rng);
    return 0;
}
