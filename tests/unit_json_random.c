/* unit_json_random.c: the JSON kernels of every tier against their definitions, on lines made at
 * random: good ones, good ones with a few bytes changed, and soups of the bytes that matter. */
#include "check.h"

#include <sys/mman.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 6000, TEXT_MAX_BYTES = 1 << 16, N_KEYS = 7 };

static const lr_keys keys = {
    .key = {{"date", 4, -1},
            {"content", 7, -1},
            {"user", 4, -1},
            {"username", 8, 2},
            {"username", 8, -1},
            {"deep", 4, 2},
            {"k", 1, 5}},
    .n = N_KEYS,
    .enough = 1u << 0 | 1u << 1 | 1u << 3 | 1u << 6,
};

typedef struct batch {
    lr_records records;
    uint32_t offset[LR_BATCH_MAX];
    uint8_t reason[LR_BATCH_MAX];
    lr_span spans[N_KEYS][LR_BATCH_MAX];
    uint8_t kinds[N_KEYS][LR_BATCH_MAX];
} batch;

static void batch_init(batch *b)
{
    memset(b, 0xA5, sizeof *b);
    b->records = (lr_records){.offset = b->offset, .reason = b->reason};
    for (size_t k = 0; k < N_KEYS; k++)
        b->records.keys[k] = (lr_column){b->spans[k], b->kinds[k]};
}

/* A text that grows, from a seed. */
typedef struct writer {
    check_rng *rng;
    uint8_t *text;
    size_t n;
    uint32_t style; /* of white space: 0 none, 1 as Python writes, 2 any */
    bool raw;       /* other letters than ASCII as they are, not as escapes */
} writer;

static void put(writer *w, const char *text)
{
    const size_t n = strlen(text);
    memcpy(w->text + w->n, text, n);
    w->n += n;
}

static uint64_t below(writer *w, uint64_t n)
{
    return check_below(w->rng, n);
}

static void put_blanks(writer *w)
{
    if (w->style == 2)
        for (uint64_t i = below(w, 8) == 0 ? below(w, 100) : below(w, 2); i > 0; i--)
            w->text[w->n++] = (uint8_t) " \t\r"[below(w, 3)];
}

static void put_string(writer *w)
{
    static const char *const parts[] = {"\\n",
                                        "\\\\",
                                        "\\\"",
                                        "\\ud83d\\ude4f",
                                        "\\u00e4",
                                        "\\/",
                                        "\\ud83d",
                                        "\\u0000",
                                        "{\\\"date\\\": \\\"x\\\"}",
                                        "\\b\\f\\r\\t",
                                        "{}[],:",
                                        " ",
                                        "\\uD83D\\uDE4F"};
    static const char *const letters[] = {"\xC3\xA4",     "\xE2\x82\xAC",     "\xF0\x9F\x99\x8F",
                                          "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"};
    put(w, "\"");
    for (uint64_t i = below(w, 6) == 0 ? below(w, 60) : below(w, 5); i > 0; i--) {
        const uint64_t what = below(w, 8);
        if (what == 0)
            for (uint64_t run = below(w, 66); run > 0; run--)
                put(w, "\\\\"); /* backslashes up to 130 in a row */
        else if (what < 3)
            put(w, parts[below(w, LR_COUNT_OF(parts))]);
        else if (what == 3 && w->raw)
            put(w, letters[below(w, LR_COUNT_OF(letters))]);
        else
            for (uint64_t run = below(w, 30); run > 0; run--)
                w->text[w->n++] = (uint8_t)('a' + below(w, 26));
    }
    put(w, "\"");
}

static void put_key(writer *w)
{
    static const char *const names[] = {
        "\"date\"",       "\"content\"",  "\"user\"",       "\"username\"",
        "\"deep\"",       "\"k\"",        "\"date\"",       "\"user\"",
        "\"deep\"",       "\"username\"", "\"d\\u0061te\"", "\"user\\u006e\\u0061me\"",
        "\"\\u0075ser\"", "\"\\\"date\"", "\"update\"",     "\"renderedContent\"",
        "\"\"",           "\"e\""};
    const uint64_t which = below(w, 3 * LR_COUNT_OF(names));
    if (which < LR_COUNT_OF(names))
        put(w, names[which]);
    else
        put_string(w);
}

static void put_value(writer *w, uint32_t depth);

static void put_nested(writer *w, uint32_t depth)
{
    const bool array = below(w, 3) == 0;
    const uint64_t n = below(w, 6);

    put(w, array ? "[" : "{");
    for (uint64_t i = 0; i < n && w->n < LINE_MAX_BYTES / 2; i++) {
        if (i > 0) {
            put_blanks(w);
            put(w, w->style == 1 ? ", " : ",");
        }
        put_blanks(w);
        if (!array) {
            put_key(w);
            put_blanks(w);
            put(w, w->style == 1 ? ": " : ":");
            put_blanks(w);
        }
        put_value(w, depth + 1);
    }
    put_blanks(w);
    put(w, array ? "]" : "}");
}

static void put_value(writer *w, uint32_t depth)
{
    static const char *const words[] = {
        "null",    "true", "false", "0",    "-0", "12", "1373061723117207559",
        "-1.5e+7", "1E5",  "0.25",  "3e-2", "10", "100"};
    const uint64_t what = below(w, 10);

    if (what < 3 && depth < 9)
        put_nested(w, depth);
    else if (what < 6)
        put(w, words[below(w, LR_COUNT_OF(words))]);
    else
        put_string(w);
}

static void put_record(writer *w)
{
    static const char *const top[] = {"\"date\"", "\"content\"", "\"user\"", "\"username\"",
                                      "\"id\""};
    const uint64_t n = below(w, 9);

    put(w, "{");
    for (uint64_t i = 0; i < n && w->n < LINE_MAX_BYTES / 2; i++) {
        if (i > 0)
            put(w, w->style == 1 ? ", " : ",");
        put_blanks(w);
        if (below(w, 2) == 0)
            put(w, top[below(w, LR_COUNT_OF(top))]);
        else
            put_key(w);
        put_blanks(w);
        put(w, w->style == 1 ? ": " : ":");
        put_blanks(w);
        put_value(w, 1);
    }
    put_blanks(w);
    put(w, "}");
    put_blanks(w);
}

/* Changes, drops, doubles or swaps a few bytes. */
static void mutate(writer *w, size_t from)
{
    static const char soup[] =
        "{}[]\",:\\ \t\r\n0123456789-+.eEtrufalsn\x01\x1F\x7F\x80\xBF\xC2\xE2\xED\xF0\xFF";

    for (uint64_t i = 1 + below(w, 3); i > 0 && w->n > from; i--) {
        const size_t at = from + below(w, w->n - from);
        const uint64_t what = below(w, 4);
        if (what == 0) {
            memmove(w->text + at, w->text + at + 1, w->n - at - 1);
            w->n--;
        } else if (what == 1) {
            memmove(w->text + at + 1, w->text + at, w->n - at);
            w->text[at] = (uint8_t)soup[below(w, sizeof soup - 1)];
            w->n++;
        } else {
            w->text[at] = (uint8_t)soup[below(w, sizeof soup - 1)];
        }
    }
}

static void put_soup(writer *w)
{
    static const char *const parts[] = {
        "{",     "}",        "[",   "]", "\"",   ",",         ":",          "\\",
        " ",     "\n",       "1",   "0", "null", "\"date\":", "\"user\":{", "\"username\"",
        "\"a\"", "\xE2\x82", "\x01"};
    for (uint64_t i = below(w, 60); i > 0; i--) {
        const uint64_t which = below(w, LR_COUNT_OF(parts));
        for (uint64_t run = below(w, 30) == 0 ? below(w, 130) : 1; run > 0; run--)
            put(w, parts[which]);
    }
}

static void check_same(const uint8_t *src, size_t n, const batch *want, const batch *got,
                       const char *tier)
{
    CHECK(got->records.n == want->records.n && got->records.lines == want->records.lines,
          "%s: %zu records, not %zu, of: %.*s", tier, got->records.n, want->records.n, (int)n, src);
    for (size_t i = 0; i < want->records.n; i++) {
        const int left = (int)(n - want->offset[i]);
        const uint8_t *line = src + want->offset[i];
        CHECK(got->offset[i] == want->offset[i], "%s: record %zu of: %.*s", tier, i, (int)n, src);
        CHECK(got->reason[i] == want->reason[i], "%s: %s, not %s: %.*s", tier,
              lr_reason_text(got->reason[i]), lr_reason_text(want->reason[i]), left, line);
        for (size_t k = 0; k < N_KEYS; k++) {
            const lr_span a = want->spans[k][i], b = got->spans[k][i];
            CHECK(want->kinds[k][i] == got->kinds[k][i], "%s: key %zu is %d, not %d: %.*s", tier, k,
                  got->kinds[k][i], want->kinds[k][i], left, line);
            CHECK(a.offset == b.offset && a.length == b.length,
                  "%s: key %zu %u+%u, not %u+%u: %.*s", tier, k, b.offset, b.length, a.offset,
                  a.length, left, line);
        }
    }
}

/*
 * Goal: every tier says of every line what the reference says: reasons, kinds and spans, in both kinds
 * of validation; and most good lines do not need the slow path.
 * Method: one to four lines, each of them good, mutated or soup; the last one may lack its line feed;
 * after them padding of random bytes and a guard page. The slow share is counted over good lines with
 * unique keys only, which is what the generator's plain style makes.
 */
static void check_random_lines(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    static batch want, got;
    static uint8_t text[TEXT_MAX_BYTES];
    uint8_t *const end = check_guarded(TEXT_MAX_BYTES) + TEXT_MAX_BYTES;
    uint64_t good = 0, bad = 0;

    for (size_t round = 0; round < 60000; round++) {
        writer w = {rng, text, 0, (uint32_t)check_below(rng, 3), check_below(rng, 2) == 0};
        for (uint64_t line = 1 + below(&w, 4); line > 0 && w.n < TEXT_MAX_BYTES / 4; line--) {
            const size_t from = w.n;
            const uint64_t what = below(&w, 8);
            if (what == 0)
                put_soup(&w);
            else
                put_record(&w);
            if (what > 4)
                mutate(&w, from);
            put(&w, "\n");
        }
        w.n -= below(&w, 2);
        uint8_t *const src = end - LR_PADDING - w.n;
        memcpy(src, text, w.n);
        check_fill_runs(rng, end - LR_PADDING, LR_PADDING, "\"}\\\n{:, 1\x80\xE2", 20);
        for (lr_validate validate = LR_VALIDATE_FULL; validate <= LR_VALIDATE_USED; validate++) {
            batch_init(&want);
            batch_init(&got);
            const size_t a = ref->json_records(src, w.n, 0, &keys, validate, &want.records);
            const size_t b = k->json_records(src, w.n, 0, &keys, validate, &got.records);
            CHECK(a == b && a == w.n, "round %zu", round);
            check_same(src, w.n, &want, &got, lr_isa_name(k->isa));
            for (size_t i = 0; i < want.records.n; i++)
                *(want.reason[i] == LR_GOOD ? &good : &bad) += 1;
        }
    }
    CHECK(good > 60000 && bad > 20000, "%llu good, %llu bad: the generator is off",
          (unsigned long long)good, (unsigned long long)bad);
}

/* A record whose keys and brackets are those that seed gives, and whose values are new each time. */
static void put_skeleton(writer *w, uint64_t seed, uint32_t depth)
{
    static const char *const names[] = {"\"date\"",     "\"content\"",    "\"user\"",
                                        "\"username\"", "\"deep\"",       "\"k\"",
                                        "\"id\"",       "\"d\\u0061te\"", "\"a\\\"b\""};
    check_rng shape = {seed};
    const uint64_t n = 1 + check_below(&shape, 7);
    const bool array = depth > 0 && check_below(&shape, 4) == 0;

    put(w, array ? "[" : "{");
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t what = check_below(&shape, 8), inner = check_random(&shape);
        put(w, i == 0 ? "" : w->style == 1 ? ", " : ",");
        if (!array) {
            put(w, names[(inner >> 32) % LR_COUNT_OF(names)]);
            put(w, w->style == 1 ? ": " : ":");
        }
        if (what < 3 && depth < 4 && below(w, 8) != 0)
            put_skeleton(w, inner, depth + 1);
        else if (what < 5)
            put_value(w, 9);
        else
            put_string(w);
    }
    put(w, array ? "]" : "}");
}

/*
 * Goal: what was learned of some lines changes the answer of no other.
 * Method: some hundred lines of three skeletons that share keys, some of them mutated, read by one
 * batch, in parts of any size, as full and as used by turns, so that what is learned stays.
 */
static void check_learned_lines(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    enum { LINES = 200, BYTES = LINES * 2 * LINE_MAX_BYTES };
    static batch want, got;
    uint8_t *const end = check_guarded(BYTES) + BYTES, *const text = malloc(BYTES);
    uint64_t good = 0, bad = 0, learned = 0;

    CHECK(text != NULL, "no memory");
    for (size_t round = 0; round < 300; round++) {
        writer w = {rng, text, 0, (uint32_t)check_below(rng, 2), check_below(rng, 2) == 0};
        const uint64_t seed = check_random(rng), mutants = below(&w, 3) * 8;
        for (size_t line = 0; line < LINES && w.n < BYTES / 2; line++) {
            const size_t from = w.n; /* a skeleton may be large: the other half is for one */
            put_skeleton(&w, seed + below(&w, 3), 0);
            if (below(&w, 64) < mutants)
                mutate(&w, from);
            put(&w, below(&w, 9) == 0 ? " \r\n" : "\n");
        }
        w.n -= below(&w, 3) == 0 ? 1 + below(&w, 40) : 0;
        uint8_t *const src = end - LR_PADDING - w.n;
        memcpy(src, text, w.n);
        memcpy(end - LR_PADDING, text, LR_PADDING); /* as if another line began there */
        for (lr_validate validate = LR_VALIDATE_FULL; validate <= LR_VALIDATE_USED; validate++) {
            batch_init(&want);
            batch_init(&got);
            for (size_t n = 0, a = 0; a < w.n;) {
                const uint8_t *const feed = memchr(src + a, '\n', w.n - a);
                n = below(&w, 4) == 0 && feed != NULL ? (size_t)(feed - src) + 1 : w.n;
                const size_t b = a;
                a = ref->json_records(src, n, b, &keys, validate, &want.records);
                CHECK(k->json_records(src, n, b, &keys, validate, &got.records) == a, "%zu", round);
                check_same(src, n, &want, &got, lr_isa_name(k->isa));
                for (size_t i = 0; i < want.records.n; i++)
                    *(want.reason[i] == LR_GOOD ? &good : &bad) += 1;
            }
            learned += got.records.guess.n > 1;
        }
    }
    CHECK(good > 60000 && bad > 1000 && learned > 300, "%llu good, %llu bad, %llu times learned",
          (unsigned long long)good, (unsigned long long)bad, (unsigned long long)learned);
    free(text);
}

/* Reads src as full, by both; what they learned of other texts stays. */
static void check_full(const lr_kernels *ref, const lr_kernels *k, const uint8_t *src, size_t n,
                       batch *want, batch *got)
{
    for (size_t at = 0; at < n;) {
        const size_t from = at;
        at = ref->json_records(src, n, from, &keys, LR_VALIDATE_FULL, &want->records);
        CHECK(k->json_records(src, n, from, &keys, LR_VALIDATE_FULL, &got->records) == at, "%zu",
              from);
        check_same(src, n, want, got, lr_isa_name(k->isa));
    }
}

/*
 * Goal: no fault in a value slips through where the line is like those that were learned.
 * Method: lines of one skeleton, learned first, with each fault (and each thing that looks like one)
 * at every distance from the start of the line up to three blocks and a bit; a line that is too long
 * to be read along what was learned; one that ends early, at the very start of a page.
 */
static void check_learned_faults(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    enum { PAD_MAX = 200, LONG = 70000, BYTES = 1 << 17 };
    static const char *const parts[] = {"\\u123G",
                                        "\\u12",
                                        "\\x",
                                        "\\",
                                        "\x01",
                                        "\t",
                                        "\xC3",
                                        "\x80",
                                        "\xED\xA0\x80",
                                        "\xE2\x82\xAC",
                                        "\xF0\x9F\x99\x8F",
                                        "\\\\",
                                        "\\\"",
                                        "\\u00e4",
                                        "a\"b",
                                        "\n"};
    static const char *const words[] = {"12",
                                        "0",
                                        "-1",
                                        "1.5",
                                        "null",
                                        "01",
                                        "1x",
                                        "",
                                        "true",
                                        "1 ",
                                        " 1",
                                        "1\"",
                                        "123456789012345678901"};
    static const char teach[] = "{\"id\": 7, \"content\": \"ab\", \"k\": null, \"z\": false}\n"
                                "{\"id\": 80, \"content\": \"\", \"k\": null, \"z\": true}\n"
                                "{\"a\":5                ,\"b\":\"x\"}\n";
    static const char early[] = "{\"a\":5\"";
    static batch want, got;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *const text = check_guarded(BYTES), *const start = check_guarded(2 * page) + page;
    writer w = {rng, text, 0, 0, false};

    batch_init(&want);
    batch_init(&got);
    CHECK(mprotect(start - page, page, PROT_NONE) == 0, "mprotect");
    put(&w, teach);
    check_full(ref, k, text, w.n, &want, &got);
    for (size_t i = 0; i < LR_COUNT_OF(parts) * LR_COUNT_OF(words); i++) {
        const char *const part = parts[i / LR_COUNT_OF(words)];
        w.n = 0;
        for (size_t pad = 0; pad < PAD_MAX; pad++) {
            put(&w, "{\"id\": ");
            put(&w, pad % 8 == 0 ? words[i % LR_COUNT_OF(words)] : "5");
            put(&w, ", \"content\": \"");
            memset(text + w.n, 'a', pad);
            w.n += pad;
            put(&w, pad % 8 == 0 ? "" : part);
            put(&w, pad % 3 == 0 ? "4\"" : "\"");
            put(&w, ", \"k\": null, \"z\": true}\n");
            put(&w, teach);
        }
        check_full(ref, k, text, w.n, &want, &got);
    }
    w.n = 0;
    put(&w, "{\"id\": 7, \"content\": \"");
    memset(text + w.n, 'a', LONG);
    w.n += LONG;
    put(&w, "\", \"k\": null, \"z\": true}");
    check_full(ref, k, text, w.n, &want, &got);
    memcpy(start, early, sizeof early - 1);
    check_full(ref, k, start, sizeof early - 1, &want, &got);
    CHECK(got.records.guess.n > 4 && got.records.guess.pause == 0, "nothing was learned");
}

/*
 * Goal: every tier decodes every string as the reference does, and writes nowhere else.
 * Method: the strings of the generator, at every distance from the guard page.
 */
static void check_random_text(const lr_kernels *ref, const lr_kernels *k, check_rng *rng)
{
    static uint8_t text[TEXT_MAX_BYTES], want[TEXT_MAX_BYTES];
    uint8_t *const end = check_guarded(TEXT_MAX_BYTES) + TEXT_MAX_BYTES;
    uint8_t *const out_end = check_guarded(TEXT_MAX_BYTES) + TEXT_MAX_BYTES;

    for (size_t round = 0; round < 30000; round++) {
        writer w = {rng, text, 0, 0, true};
        put_string(&w);
        const size_t n = w.n - 2;
        uint8_t *const src = end - LR_PADDING - n, *const out = out_end - LR_PADDING - n;
        memcpy(src, text + 1, n);
        check_fill_runs(rng, end - LR_PADDING, LR_PADDING, "\\u0\"\x80\xBF", 9);
        const size_t a = ref->unescape(src, n, want), b = k->unescape(src, n, out);
        CHECK(a == b && memcmp(want, out, a) == 0, "%zu bytes, not %zu, of: %.*s", b, a, (int)n,
              src);
        CHECK(ref->utf8_valid(want, a) == a, "what came out of: %.*s", (int)n, src);

        for (uint64_t i = below(&w, 4); i > 0 && n > 0; i--)
            src[below(&w, n)] = (uint8_t)(0x80 + below(&w, 0x80));
        CHECK(k->utf8_valid(src, n) == ref->utf8_valid(src, n), "UTF-8 of: %.*s", (int)n, src);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 1; i < n; i++) {
        if (check_begin("json_random_lines", &rng))
            check_random_lines(&tiers[0], &tiers[i], &rng);
        if (check_begin("json_learned_lines", &rng))
            check_learned_lines(&tiers[0], &tiers[i], &rng);
        if (check_begin("json_learned_faults", &rng))
            check_learned_faults(&tiers[0], &tiers[i], &rng);
        if (check_begin("json_random_text", &rng))
            check_random_text(&tiers[0], &tiers[i], &rng);
    }
    return 0;
}
