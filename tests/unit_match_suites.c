/* unit_match_suites.c: the matchers against public lists: emoji sequences, Python's \w, twitter-text. */
#include "match_text.h"

static FILE *suite(const char *name)
{
    char path[4200];

    if (suites() == NULL)
        return NULL;
    snprintf(path, sizeof path, "%s/%s", suites(), name);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL, "%s", path);
    return file;
}

/* The code points in hexadecimal at the head of line, as UTF-8. */
static size_t sequence(const char *line, char *out)
{
    size_t n = 0;

    for (char *end; *line != '\t'; line = *end == ' ' ? end + 1 : end)
        n += utf8_put((uint32_t)strtoul(line, &end, 16), out + n);
    return n;
}

/* Expects that exactly the symbol is found in the text, in every way of writing it. */
static void expect_symbol(const lr_kernels *k, const lr_emoji_set *set, const char *text, size_t n,
                          uint32_t symbol, check_rng *rng)
{
    static uint8_t src[TEXTS_BYTES + LR_PADDING];
    char written[512];

    for (int how = 0; how < WRITINGS + 4; how++) {
        const writing w = how < WRITINGS ? (writing)how : WRITE_MIXED;
        const size_t length = write_text(text, n, w, rng, written);
        texts t = {.src = src};
        lr_cursor cursor = {0, 0};
        uint32_t found[4] = {0};

        t.n_bytes = check_below(rng, 130);
        memset(src, 'a', t.n_bytes);
        texts_add(&t, written, length, w == WRITE_PLAIN ? LR_PLAIN : LR_ESCAPED);
        const size_t n_found = k->find_emojis(src, texts_column(&t), 1, set, &cursor, found, 4);
        CHECK(n_found == 1 && found[0] == symbol && cursor.row == 1,
              "%s: %s: %zu found, %u, due %u", lr_isa_name(k->isa), written, n_found, found[0],
              symbol);
    }
}

/*
 * Goal: the set holds the sequences of the list and no other, numbered by their UTF-8 bytes, and each
 * is found whole. Method: the list in its own order, which is that of code points, which is that.
 */
static void check_set(const lr_kernels *k, const lr_emoji_set *set, const char *name, size_t n,
                      check_rng *rng)
{
    FILE *file = suite(name);
    char line[1024], text[64], last[64] = "";
    uint32_t symbol = 0;

    if (file == NULL)
        return;
    CHECK(lr_emoji_count(set) == n, "%zu", lr_emoji_count(set));
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#')
            continue;
        const size_t length = sequence(line, text);
        text[length] = '\0';
        CHECK(symbol < n && strcmp(last, text) < 0, "%s", line);
        const lr_bytes is = lr_emoji_text(set, symbol);
        CHECK(is.n == length && memcmp(is.data, text, length) == 0, "symbol %u: %s", symbol, line);
        expect_symbol(k, set, text, length, symbol++, rng);
        strcpy(last, text);
    }
    CHECK(symbol == n, "%u", symbol);
    fclose(file);
}

/* Goal: \w is what Python says, for every code point. */
static void check_word(void)
{
    FILE *file = suite("python-word.tsv");
    char line[256];
    uint32_t next = 0, first, last;

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%x\t%x", &first, &last) != 2)
            continue;
        for (; next < first; next++)
            CHECK(!lr_is_word(next), "U+%04X", next);
        for (; next <= last; next++)
            CHECK(lr_is_word(next), "U+%04X", next);
    }
    for (; next < 0x110000; next++)
        CHECK(!lr_is_word(next), "U+%04X", next);
    fclose(file);
}

/* The next string in quotes from *p on; *p moves behind it. NULL where there is none. */
static char *quoted(char **p)
{
    char *begin = strchr(*p, '"');
    if (begin == NULL)
        return NULL;
    for (*p = begin + 1; **p != '"'; ++*p)
        if (**p == '\\')
            ++*p;
    *(*p)++ = '\0';
    return begin + 1;
}

/* Goal: twitter-text's own cases. Its file holds one a line, as JSON: the text is taken escaped. */
static void check_twitter(const lr_kernels *k)
{
    static uint8_t src[TEXTS_BYTES + LR_PADDING];
    FILE *file = suite("twitter-text/mentions.json");
    char line[4096];
    int cases = 0;

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        char *p = line, *text, *name;
        if (strncmp(line, "{\"text\"", 7) != 0)
            continue;
        quoted(&p);
        text = quoted(&p);
        quoted(&p);
        texts t = {.src = src};
        lr_span spans[8];
        uint8_t kinds[8];
        lr_cursor cursor = {0, 0};
        texts_add(&t, text, strlen(text), LR_ESCAPED);
        const size_t n = k->find_mentions(src, texts_column(&t), 1, LR_MENTIONS_TWITTER, &cursor,
                                          (lr_column){spans, kinds}, 8);
        size_t due = 0;
        for (; (name = quoted(&p)) != NULL; due++)
            CHECK(due < n && spans[due].length == strlen(name) &&
                      memcmp(src + spans[due].offset, name, strlen(name)) == 0,
                  "%s: %s", text, name);
        CHECK(n == due, "%s: %zu, due %zu", text, n, due);
        cases++;
    }
    CHECK(cases == 25, "%d cases", cases);
    fclose(file);
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    if (check_begin("word", &rng))
        check_word();
    for (size_t i = 0; i < n; i++) {
        if (check_begin("emoji_sets", &rng)) {
            check_set(&tiers[i], lr_emoji_set_1_4_1(), "emoji/emoji-1.4.1.tsv", 3521, &rng);
            check_set(&tiers[i], lr_emoji_set_2_16(), "emoji/emoji-2.16.0.tsv", 5244, &rng);
        }
        if (check_begin("twitter", &rng))
            check_twitter(&tiers[i]);
    }
    return 0;
}
