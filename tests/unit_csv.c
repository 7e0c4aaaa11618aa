/* unit_csv.c: the CSV kernels: expected values by hand, and every tier against the definition. */
#include "check.h"

enum { LENGTH_MAX = 700, SHAPED_MAX = 20000 };

/* Room for the records of a batch; two of them are compared. */
typedef struct room {
    lr_records records;
    uint32_t offset[LR_BATCH_MAX];
    uint8_t reason[LR_BATCH_MAX];
    lr_span spans[LR_KEYS_MAX][LR_BATCH_MAX];
    uint8_t kinds[LR_KEYS_MAX][LR_BATCH_MAX];
} room;

static void room_init(room *r)
{
    memset(r, 0, sizeof *r);
    r->records.offset = r->offset;
    r->records.reason = r->reason;
    for (size_t k = 0; k < LR_KEYS_MAX; k++)
        r->records.keys[k] = (lr_column){r->spans[k], r->kinds[k]};
}

/* Value k of record i is this text; NULL: null. */
static void expect_value(const room *r, const uint8_t *src, size_t i, uint32_t k, const char *text)
{
    const lr_span span = r->spans[k][i];

    if (text == NULL) {
        CHECK(r->kinds[k][i] == LR_NULL, "record %zu column %u is no null", i, k);
        return;
    }
    CHECK(r->kinds[k][i] == LR_PLAIN && span.length == strlen(text) &&
              memcmp(src + span.offset, text, span.length) == 0,
          "record %zu column %u: %.*s, not %s", i, k, (int)span.length, src + span.offset, text);
}

/* Goal: the rules of CONTRACT section 4, as a reader of them expects them. */
static void check_rules(const lr_kernels *k, check_rng *rng)
{
    static const char text[] = "a,b,c\n"                    /* 0 */
                               "\"x\"\"y\",\"1,2\n3\",\r\n" /* 6 */
                               "\n\r\n"                     /* 23 */
                               "a\"b\"c,\"\",d\r\n"         /* 26 */
                               "1,2\n"                      /* 38 */
                               "1,\"2\"x,3\n"               /* 42 */
                               "\r,\\\",\"\"\"\"\n"         /* 51 */
                               ",,\"e\"";                   /* 61 */
    static const uint8_t reasons[] = {LR_GOOD, LR_GOOD, LR_GOOD, LR_CSV_FIELDS, LR_CSV_AFTER_QUOTE,
                                      LR_GOOD, LR_GOOD};
    static const uint32_t offsets[] = {0, 6, 26, 38, 42, 51, 61};
    static const char *const values[][3] = {
        {"a", "b", "c"}, {"x\"y", "1,2\n3", NULL}, {"a\"b\"c", NULL, "d"}, {NULL},
        {NULL},          {"\r", "\\\"", "\""},     {NULL, NULL, "e"}};
    const lr_csv csv = {',', 3, 3, {0, 1, 2}};
    const size_t n = sizeof text - 1, at = n + LR_PADDING;
    uint8_t *const src = check_guarded(at + n + LR_PADDING);
    static room r;

    memset(src, '"', at + n + LR_PADDING);
    memcpy(src, text, n);
    room_init(&r);
    CHECK(k->csv_records(src, n, 0, &csv, at, &r.records) == n, "not all");
    CHECK(r.records.n == LR_COUNT_OF(offsets), "%zu records", r.records.n);
    CHECK(r.records.lines == 9, "%llu lines", (unsigned long long)r.records.lines);
    for (size_t i = 0; i < r.records.n; i++) {
        CHECK(r.offset[i] == offsets[i] && r.reason[i] == reasons[i], "record %zu: %u %u", i,
              r.offset[i], r.reason[i]);
        for (uint32_t c = 0; c < 3 && reasons[i] == LR_GOOD; c++)
            expect_value(&r, src, i, c, values[i][c]);
    }
    static const char open[] = "1,2,3\n4,\"5,6\n7,8,9\n";
    memcpy(src, open, sizeof open - 1);
    room_init(&r);
    CHECK(k->csv_records(src, sizeof open - 1, 0, &csv, at, &r.records) == sizeof open - 1, "open");
    CHECK(r.records.n == 2 && r.reason[1] == LR_CSV_OPEN_QUOTE && r.offset[1] == 6, "open quote");
}

/* Bytes that are mostly as they should be, or not at all. */
static void make_csv(check_rng *rng, uint8_t *out, size_t n)
{
    static const char *const good[] = {
        "\"a\"\"b\"", ",",    "\n", "\r\n", "word",
        "\"x,y\nz\"", "\"\"", ",",  ",",    "\"a long text of more than one block, so to say\""};
    static const char letters[] = "\"\",\n\raa";

    if (check_below(rng, 2) == 0) {
        check_fill_runs(rng, out, n, letters, 1 + check_below(rng, 8));
        return;
    }
    for (size_t i = 0; i < n;) {
        const char *piece = good[check_below(rng, LR_COUNT_OF(good))];
        for (; *piece != 0 && i < n; piece++)
            out[i++] = (uint8_t)*piece;
        if (i < n && check_below(rng, 60) == 0)
            out[i++] = (uint8_t)letters[check_below(rng, sizeof letters - 1)];
    }
}

/* Records of one shape, three columns, as a file has them: texts of many blocks, some full of doubled
 * quotes; a few records of another shape, or a byte that should not be there. */
static void make_shaped(check_rng *rng, uint8_t *out, size_t n)
{
    static const char *const fields[] = {"",
                                         "plain",
                                         "2021-02-13",
                                         "\"\"",
                                         "\"a, b\nc\"",
                                         "\"say \"\"x\"\"\"",
                                         "it\xE2\x80\x99s so"};
    static const char *const odd[] = {"\n",        "\r\n",       "one field\n",
                                      "1,2,3,4\n", "a\"b,2,3\n", "\"a\"b,2,3\n"};
    const uint32_t longest = 1 + check_below(rng, 3000), faults = check_below(rng, 40);
    const char *newline = check_below(rng, 2) == 0 ? "\n" : "\r\n";
    size_t i = 0;

    while (i < n) {
        for (uint32_t c = 0; c < 3; c++) {
            const char *text = fields[check_below(rng, LR_COUNT_OF(fields))];
            const uint32_t more = check_below(rng, 8) == 0 ? check_below(rng, longest) : 0;
            const char *filling = check_below(rng, 2) == 0 ? "\"\"" : "ab";
            for (uint32_t k = 0; more > 0 && k < 2 * more + 2 && i < n; k++)
                out[i++] = k == 0 || k == 2 * more + 1 ? '"' : (uint8_t)filling[(k - 1) % 2];
            for (; more == 0 && *text != 0 && i < n; text++)
                out[i++] = (uint8_t)*text;
            for (text = c < 2 ? "," : newline; *text != 0 && i < n; text++)
                out[i++] = (uint8_t)*text;
        }
        if (check_below(rng, 40) < faults / 8)
            for (const char *text = odd[check_below(rng, LR_COUNT_OF(odd))]; *text != 0 && i < n;)
                out[i++] = (uint8_t)*text++;
    }
}

/*
 * Goal: every tier reads the records, and splits a run of them, as the definition does.
 * Method: random bytes, good and bad, of every length up to eleven blocks, or records of one shape up to
 * some pieces of those whose marks a tier makes at a time; one to four columns, any set of them; the
 * padding is full of quotes and ends at a guard page, as does the room for texts.
 */
static void check_tiers_agree(const lr_kernels *ref, const lr_kernels *k, check_rng *rng,
                              size_t length_max, size_t rounds)
{
    static room want, got;
    uint8_t *const end =
        check_guarded(2 * (length_max + LR_PADDING)) + 2 * (length_max + LR_PADDING);

    for (size_t round = 0; round < rounds; round++) {
        const bool shaped = length_max > LENGTH_MAX;
        const size_t n = check_below(rng, (uint32_t)length_max + 1), at = n + LR_PADDING;
        uint8_t *const src = end - 2 * at, *const copy = malloc(2 * at);
        lr_csv csv = {',', 1 + (uint32_t)check_below(rng, 4), 0, {0}};

        if (shaped)
            csv.n_columns = check_below(rng, 16) == 0 ? csv.n_columns : 3;
        (shaped ? make_shaped : make_csv)(rng, src, n);
        memset(src + n, '"', LR_PADDING);
        memcpy(copy, src, at);
        for (uint32_t c = 0; c < csv.n_columns; c++)
            if (check_below(rng, 2) == 0)
                csv.column[csv.n++] = c;
        for (lr_csv_place place = LR_CSV_START; place <= LR_CSV_QUOTE; place++) {
            lr_csv_place want_place = place, got_place = place;
            const size_t want_end = ref->csv_split(src, n, ',', &want_place);
            const size_t got_end = k->csv_split(src, n, ',', &got_place);
            CHECK(got_end == want_end && got_place == want_place, "split: n=%zu place=%d", n,
                  place);
        }
        room_init(&want);
        room_init(&got);
        for (size_t from = 0; from < n;) {
            const size_t next = ref->csv_records(copy, n, from, &csv, at, &want.records);
            CHECK(k->csv_records(src, n, from, &csv, at, &got.records) == next, "next: n=%zu", n);
            CHECK(got.records.n == want.records.n && got.records.lines == want.records.lines,
                  "n=%zu: %zu records, not %zu", n, got.records.n, want.records.n);
            for (size_t i = 0; i < want.records.n; i++) {
                CHECK(got.offset[i] == want.offset[i] && got.reason[i] == want.reason[i],
                      "n=%zu record %zu: reason %u, not %u", n, i, got.reason[i], want.reason[i]);
                for (uint32_t c = 0; c < csv.n; c++) {
                    const lr_span a = want.spans[c][i], b = got.spans[c][i];
                    CHECK(got.kinds[c][i] == want.kinds[c][i], "n=%zu record %zu", n, i);
                    CHECK(want.reason[i] != LR_GOOD ||
                              (a.length == b.length &&
                               memcmp(copy + a.offset, src + b.offset, a.length) == 0),
                          "n=%zu record %zu column %u", n, i, c);
                }
            }
            CHECK(memcmp(src, copy, n) == 0, "the source was changed");
            from = next;
        }
        free(copy);
    }
}

/* Goal: a batch that is full is gone on with where it ended. */
static void check_batches(const lr_kernels *k, check_rng *rng)
{
    enum { RECORDS = 5000 };
    static room r;
    const lr_csv csv = {';', 2, 1, {1}};
    const size_t n = RECORDS * 8, at = n + LR_PADDING;
    uint8_t *const src = check_guarded(2 * at);
    size_t records = 0;

    for (size_t i = 0; i < RECORDS; i++) {
        char line[16];
        snprintf(line, sizeof line, i % 7 == 0 ? "\n;%05zu\n" : "a;%05zu\n", i);
        memcpy(src + i * 8, line, 8);
    }
    room_init(&r);
    for (size_t from = 0; from < n;) {
        from = k->csv_records(src, n, from, &csv, at, &r.records);
        CHECK(r.records.n > 0, "an empty batch");
        for (size_t i = 0; i < r.records.n; i++, records++) {
            char number[8];
            snprintf(number, sizeof number, "%05zu", records);
            expect_value(&r, src, i, 0, number);
        }
    }
    CHECK(records == RECORDS && r.records.lines == RECORDS + (RECORDS + 6) / 7, "%zu records",
          records);
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("csv_rules", &rng))
            check_rules(&tiers[i], &rng);
        if (check_begin("csv_batches", &rng))
            check_batches(&tiers[i], &rng);
        if (i > 0 && check_begin("csv_tiers", &rng))
            check_tiers_agree(&tiers[0], &tiers[i], &rng, LENGTH_MAX, 40 * LENGTH_MAX);
        if (i > 0 && check_begin("csv_shaped", &rng))
            check_tiers_agree(&tiers[0], &tiers[i], &rng, SHAPED_MAX, 400);
    }
    return 0;
}
