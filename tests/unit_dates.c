/* unit_dates.c: dates, written by hand, and every tier against the definition. */
#include "match_text.h"

typedef struct dated {
    const char *text;
    lr_date date; /* 0: none */
} dated;

static const dated dates[] = {
    {"2021-02-24", 20210224},
    {"2021-02-24T09:23:35+00:00", 20210224},
    {"2021-02-24 09:23:35+00:00", 20210224},
    {"2021-02-24T09:23:35Z", 20210224},
    {"2021-02-24T09:23:35-0330", 20210224},
    {"2021-02-24T09:23:35+99:99", 20210224},
    {"2021-02-24T09:23", 20210224},
    {"2021-02-24T09:23Z", 20210224},
    {"2021-02-24T09:23+0000", 20210224},
    {"2021-02-24T09:23:35", 20210224},
    {"2021-02-24T09:23:35.1", 20210224},
    {"2021-02-24T09:23:35.123456789012345678901234567890123456789012345678901234567890123456Z",
     20210224},
    {"2021-02-24T23:59:60Z", 20210224},
    {"2021-02-24T00:00:00Z", 20210224},
    {"0001-01-01", 10101},
    {"9999-12-31T23:59:59.999+00:00", 99991231},
    {"2020-02-29", 20200229},
    {"2000-02-29", 20000229},
    {"1900-02-29", 0},
    {"2021-02-29", 0},
    {"2021-02-29T09:23:35+00:00", 0},
    {"2021-04-31", 0},
    {"2021-01-31", 20210131},
    {"2021-01-32", 0},
    {"2021-01-00", 0},
    {"2021-00-01", 0},
    {"2021-13-01", 0},
    {"0000-01-01", 0},
    {"", 0},
    {"2021", 0},
    {"2021-02-2", 0},
    {"2021-2-24", 0},
    {"21-02-24", 0},
    {"2021/02/24", 0},
    {"20210224", 0},
    {" 2021-02-24", 0},
    {"2021-02-24 ", 0},
    {"2021-02-24T", 0},
    {"2021-02-24Z", 0},
    {"2021-02-24+00:00", 0},
    {"2021-02-24T09", 0},
    {"2021-02-24T09Z", 0},
    {"2021-02-24T9:23", 0},
    {"2021-02-24T24:00", 0},
    {"2021-02-24T24:00:00", 0},
    {"2021-02-24T23:60:00", 0},
    {"2021-02-24T23:59:61", 0},
    {"2021-02-24T09:23:", 0},
    {"2021-02-24T09:23:3", 0},
    {"2021-02-24T09:23:35.", 0},
    {"2021-02-24T09:23:35.Z", 0},
    {"2021-02-24T09:23:35,5", 0},
    {"2021-02-24T09:23.5", 0},
    {"2021-02-24t09:23:35Z", 0},
    {"2021-02-24T09:23:35z", 0},
    {"2021-02-24  09:23:35", 0},
    {"2021-02-24T09:23:35 Z", 0},
    {"2021-02-24T09:23:35ZZ", 0},
    {"2021-02-24T09:23:35+00", 0},
    {"2021-02-24T09:23:35+0:00", 0},
    {"2021-02-24T09:23:35+00:0", 0},
    {"2021-02-24T09:23:35+00:000", 0},
    {"2021-02-24T09:23:35+00::00", 0},
    {"2021-02-24T09:23:35+00:00Z", 0},
    {"2021-02-24T09:23:35\xE2\x88\x92"
     "00:00",
     0}, /* a minus sign, not a hyphen */
    {"２０２１-02-24", 0},
    {"2021-02-2４", 0},
    {"2021-02-24T09:23:35+00:00\n", 0},
    {"-021-02-24", 0},
    {"+2021-02-24", 0},
};

static void expect(const lr_kernels *k, const char *text, size_t n, lr_kind kind, lr_date date)
{
    static uint8_t *end;
    lr_span span = {0, (uint32_t)n};
    uint8_t is = (uint8_t)kind;
    lr_date got = 1;

    if (end == NULL)
        end = check_guarded(2048 + LR_PADDING) + 2048;
    memset(end, '0', LR_PADDING); /* a digit more would change the answer */
    memcpy(end - n, text, n);
    k->dates(end - n, (lr_column){&span, &is}, 1, &got);
    CHECK(got == date, "%s: \"%s\" is %u, due %u", lr_isa_name(k->isa), text, got, date);
    CHECK(is == (date != 0 ? kind : LR_BAD + LR_BAD_DATE), "%s: kind %d", text, is);
}

/* Goal: every tier reads dates by the contract, escaped or not. Method: answers by hand. */
static void check_dates(const lr_kernels *k, check_rng *rng)
{
    char written[2048];

    for (size_t i = 0; i < LR_COUNT_OF(dates); i++) {
        for (int how = 0; how < WRITINGS; how++) {
            const size_t n =
                write_text(dates[i].text, strlen(dates[i].text), (writing)how, rng, written);
            expect(k, written, n, how == WRITE_PLAIN ? LR_PLAIN : LR_ESCAPED, dates[i].date);
        }
    }
}

/*
 * Goal: every tier reads every column as the definition does.
 * Method: good dates, most of them of one day as in a file, with up to two bytes replaced by others
 * of the grammar; rows of every kind among them; any number of rows.
 */
static void check_against(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    static const char *const letters = "0123456789-:.TZ+ \\u/";
    static const char *const good[] = {"2021-02-24T09:23:35+00:00", "2021-02-24",
                                       "2020-02-29 23:59:60.25Z", "2021-02-24T09:23Z",
                                       "2021-02-24T09:23:35+0000"};
    static uint8_t src[TEXTS_BYTES + LR_PADDING];

    for (int round = 0; round < 20000; round++) {
        texts want = {.src = src};
        lr_date want_dates[TEXTS_MAX], got_dates[TEXTS_MAX + 1];
        const size_t rows = check_below(rng, TEXTS_MAX);

        while (want.n < rows) {
            char text[64];
            const size_t n =
                (size_t)sprintf(text, "%s", good[check_below(rng, 2 + 3 * (round % 2))]);
            for (uint64_t change = check_below(rng, 6); change > 3; change--)
                text[check_below(rng, n)] = letters[check_below(rng, strlen(letters))];
            if (check_below(rng, 3) == 0)
                text[8 + check_below(rng, 2)] = (char)('0' + check_below(rng, 10));
            texts_add(&want, text, check_below(rng, 8) == 0 ? check_below(rng, n + 1) : n,
                      check_below(rng, 9) == 0 ? (lr_kind)check_below(rng, LR_BAD + 3) : LR_PLAIN);
        }
        texts got = want;
        got_dates[rows] = 77;
        ref->dates(src, texts_column(&want), rows, want_dates);
        k->dates(src, texts_column(&got), rows, got_dates);
        CHECK(got_dates[rows] == 77, "written behind the end");
        for (size_t i = 0; i < rows; i++)
            CHECK(want_dates[i] == got_dates[i] && want.kinds[i] == got.kinds[i],
                  "%s: \"%.*s\": %u, due %u", lr_isa_name(k->isa), (int)want.spans[i].length,
                  (char *)src + want.spans[i].offset, got_dates[i], want_dates[i]);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("dates", &rng))
            check_dates(&tiers[i], &rng);
        if (i > 0 && check_begin("dates_against", &rng))
            check_against(&tiers[0], &tiers[i], &rng);
    }
    return 0;
}
