/* unit_patterns.c: sets of patterns: what they count, and what is refused. */
#include "match_text.h"
#include "pattern.h"

static lr_pattern literal(const char *text)
{
    return (lr_pattern){.text = {(const uint8_t *)text, strlen(text)}, .literal = true};
}

/* flags of i, s, m, u */
static lr_pattern regex(const char *text, const char *flags)
{
    return (lr_pattern){.text = {(const uint8_t *)text, strlen(text)},
                        .caseless = strchr(flags, 'i') != NULL,
                        .dot_all = strchr(flags, 's') != NULL,
                        .multiline = strchr(flags, 'm') != NULL,
                        .unicode = strchr(flags, 'u') != NULL};
}

static lr_patterns *compiled(const lr_pattern *patterns, size_t n)
{
    lr_patterns *set;
    lr_pattern_fault fault;
    lr_error error;

    const lr_status status = lr_patterns_new(&set, patterns, n, &fault, &error);
    if (status == LR_E_RESOURCE) {
        printf("SKIPPED: patterns: %s\n", error.message);
        exit(0);
    }
    CHECK(status == LR_OK, "%s", error.message);
    return set;
}

static void count(const lr_patterns *set, const lr_kernels *k, texts *t, uint64_t *records)
{
    lr_pattern_counter *counter;
    lr_error error;

    CHECK(lr_pattern_counter_new(&counter, set, &error) == LR_OK, "%s", error.message);
    for (int i = 0; i < 2; i++) /* it may be used again */
        CHECK(lr_pattern_count(counter, k, t->src, texts_column(t), t->n, records, &error) == LR_OK,
              "%s", error.message);
    lr_pattern_counter_free(counter);
}

/* Goal: each text counts once for each pattern in it. Method: answers by hand. */
static void check_counts(const lr_kernels *k)
{
    static uint8_t src[TEXTS_BYTES + LR_PADDING];
    static const struct {
        const char *text;
        lr_kind kind;
    } rows[] = {
        {"foo foo FOO", LR_PLAIN},
        {"fo", LR_PLAIN},
        {"o bar", LR_PLAIN}, /* "foo" is in none of the two, nor is it where they meet */
        {"", LR_PLAIN},
        {"\\u0066oo\\nbar\\ud83d\\ude4f", LR_ESCAPED},
        {"foo", LR_NULL},
        {"foo", LR_NUMBER},
        {"caf\xC3\xA9 \xC3\x89", LR_PLAIN},
        {"a\\\\nb", LR_ESCAPED},
    };
    const lr_pattern patterns[] = {
        literal("foo"),              /* 2 */
        regex("^foo", ""),           /* 2 */
        regex("foo", "i"),           /* 2 */
        regex("FOO", "i"),           /* 2 */
        literal("FOO"),              /* 1 */
        regex("^bar", ""),           /* 0 */
        regex("^bar", "m"),          /* 1: behind the line feed */
        regex("foo.bar", ""),        /* 0 */
        regex("foo.bar", "s"),       /* 1 */
        literal("\xF0\x9F\x99\x8F"), /* 1 */
        regex("caf.\\s", ""),        /* 1: a character, not a byte */
        regex("\xC3\xA9", "i"),      /* 1 */
        regex("\\x{c9}", ""),        /* 1 */
        literal("\\n"),              /* 1: a backslash and an n */
        literal("foo"),              /* 2: again */
        regex("^\\w+ .$", "u"),      /* 1: letters beyond ASCII */
        regex("^\\w+ .$", ""),       /* 0 */
        literal("o"),                /* 4 */
        literal("fo"),               /* 3 */
        regex("o$", ""),             /* 1 */
    };
    static const uint64_t due[] = {2, 2, 2, 2, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 2, 1, 0, 4, 3, 1};
    uint64_t records[LR_COUNT_OF(patterns)] = {0};
    texts t = {.src = src};

    for (size_t i = 0; i < LR_COUNT_OF(rows); i++)
        texts_add(&t, rows[i].text, strlen(rows[i].text), rows[i].kind);
    lr_patterns *set = compiled(patterns, LR_COUNT_OF(patterns));
    count(set, k, &t, records);
    for (size_t i = 0; i < LR_COUNT_OF(patterns); i++)
        CHECK(records[i] == 2 * due[i], "pattern %zu, %.*s: %llu, due %llu", i,
              (int)patterns[i].text.n, (const char *)patterns[i].text.data,
              (unsigned long long)records[i] / 2, (unsigned long long)due[i]);
    lr_patterns_free(set);
}

/* Goal: texts that fill several blocks, and one longer than a block, count the same. */
static void check_blocks(const lr_kernels *k)
{
    enum { LONG = 70000, ROWS = 3000 };
    static uint8_t src[LONG + 2 * ROWS + LR_PADDING];
    static lr_span spans[ROWS + 1];
    static uint8_t kinds[ROWS + 1];
    const lr_pattern patterns[] = {literal("aab"), regex("^b$", ""), literal("b")};
    uint64_t records[3] = {0};
    lr_pattern_counter *counter;
    lr_error error;

    memset(src, 'a', LONG);
    src[LONG - 1] = 'b';
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(src + LONG + 2 * i, i % 3 == 0 ? "ab" : "ba", 2);
        spans[i] = (lr_span){(uint32_t)(LONG + 2 * i + (i % 3 == 0)), 1};
        kinds[i] = LR_PLAIN;
    }
    spans[ROWS] = spans[17];
    kinds[ROWS] = kinds[17];
    spans[17] = (lr_span){0, LONG};
    lr_patterns *set = compiled(patterns, 3);
    CHECK(lr_pattern_counter_new(&counter, set, &error) == LR_OK, "%s", error.message);
    CHECK(lr_pattern_count(counter, k, src, (lr_column){spans, kinds}, ROWS + 1, records, &error) ==
              LR_OK,
          "%s", error.message);
    CHECK(records[0] == 1 && records[1] == ROWS && records[2] == ROWS + 1, "%llu %llu %llu",
          (unsigned long long)records[0], (unsigned long long)records[1],
          (unsigned long long)records[2]);
    lr_pattern_counter_free(counter);
    lr_patterns_free(set);
}

/* Goal: a bad pattern is named, with its place where there is one. */
static void check_refused(void)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {{"a(b", 1}, {"ab[", 2}, {"a*", 0}, {"(a)\\1", 0}, {"x{3,1}", 1}};

    for (size_t i = 0; i < LR_COUNT_OF(bad); i++) {
        const lr_pattern patterns[] = {literal("a"), regex("b", ""), regex(bad[i].text, ""),
                                       literal("c")};
        lr_patterns *set;
        lr_pattern_fault fault;
        lr_error error;
        const lr_status status = lr_patterns_new(&set, patterns, 4, &fault, &error);
        CHECK(status == LR_E_USAGE && set == NULL, "%s: %d", bad[i].text, status);
        CHECK(fault.pattern == 2, "%s: pattern %zu", bad[i].text, fault.pattern);
        CHECK(fault.at == bad[i].at, "%s: at %zu", bad[i].text, fault.at);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("pattern_counts", &rng))
            check_counts(&tiers[i]);
        if (check_begin("pattern_blocks", &rng))
            check_blocks(&tiers[i]);
    }
    if (check_begin("pattern_refused", &rng))
        check_refused();
    return 0;
}
