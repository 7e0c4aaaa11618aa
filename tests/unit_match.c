/* unit_match.c: emojis and mentions in texts whose answers were written by hand. */
#include "match_text.h"

typedef struct example {
    const char *text, *found; /* what is found in it, joined by spaces */
} example;

/* CONTRACT section 2, with what stands around the sequences varied. */
static const example emojis[] = {
    {"", ""},
    {"no emoji at all, however long the text may be, and this one fills more than one block of 64",
     ""},
    {"❤️", "❤"},
    {"❤", "❤"},
    {"❤︎", "❤"},
    {"🤲🏾✍🏽", "🤲🏾 ✍🏽"},
    {"🇮🇳", "🇮🇳"},
    {"🇮", ""},
    {"🇮🇳🇮", "🇮🇳"},
    {"🇽🇽", ""},
    {"🇽🇮🇳", "🇮🇳"},
    {"🏴‍☠️", "🏴‍☠️"},
    {"🏴‍☠", "🏴 ☠"},
    {"1️⃣", "1️⃣"},
    {"1⃣", ""},
    {"1", ""},
    {"11️⃣1", "1️⃣"},
    {"1️", ""},
    {"#️⃣*️⃣0️⃣9️⃣", "#️⃣ *️⃣ 0️⃣ 9️⃣"},
    {"a️⃣", ""},
    {"❤️️⃣", "❤"},
    {"© ® ™ ‼ ℹ", "© ® ™ ‼ ℹ"},
    {"¡ª¬¯\xC2\xA0", ""},
    {"🐱‍🐶", "🐱 🐶"},
    {"🏾", "🏾"},
    {"a🏾", "🏾"},
    {"🫠", ""},
    {"🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE\xF3\xA0\x81\xA7\xF3\xA0"
     "\x81\xBF", /* England */
     "🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE\xF3\xA0\x81\xA7\xF3\xA0"
     "\x81\xBF"},
    {"🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE\xF3\xA0\x81\xA7",
     "🏴"}, /* cut off */
    {"🏴\xF3\xA0\x81\xB8\xF3\xA0\x81\xB8\xF3\xA0\x81\xB8\xF3\xA0\x81\xBF",
     "🏴"}, /* no such region */
    {"❤️‍x", "❤"},
    {"❤️‍", "❤"},
    {"❤️‍🔥", "❤️‍🔥"},
    {"👨‍👩‍👧‍👦👨‍👩‍👧👨‍👩👨",
     "👨‍👩‍👧‍👦 👨‍👩‍👧 👨 👩 👨"},
    {"👨‍👩‍👧‍👧‍👧", "👨‍👩‍👧‍👧 👧"},
    {"नमस्ते 🙏 किसान 🚜🌾", "🙏 🚜 🌾"},
    {"“quoted” – it’s… 2₃ ⃣ 〰〽㊗㊙ ㊖ かな 漢字 豈 ﷺ", "〰 〽 ㊗ ㊙"},
    {"\\ud83d\\ude00", ""},
    {"\\😀", "😀"},
    {"\"😀\"\n😀\t\x01😀", "😀 😀 😀"},
    {"#1 * 2 # 3\xEF\xB8\x8F", ""},
    {"😀aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa😀1️⃣",
     "😀 😀 1️⃣"},
};

/* Escaped texts that UTF-8 cannot write. */
static const example escaped_emojis[] = {
    {"\\ud83d\\ude00", "😀"},
    {"\\uD83D\\uDE00", "😀"},
    {"\\\\ud83d\\ude00", ""},
    {"\\\\\\ud83d\\ude00", "😀"},
    {"\\\\\\\\ud83d\\ude00", ""},
    {"\\ud83d\\ud83d\\ude00", "😀"},
    {"\\ude00\\ud83d", ""},
    {"\\ud83d \\ude00", ""},
    {"\\ud83d\\n\\ude00", ""},
    {"\\u00a9\\u00AE\\u00a8", "© ®"},
    {"\\u0031\\ufe0f\\u20e3", "1️⃣"},
    {"1\\uFE0F\\u20E3", "1️⃣"},
    {"\\u0031️⃣", "1️⃣"},
    {"\\u0023\\ufe0f⃣\\u002A️\\u20e3", "#️⃣ *️⃣"},
    {"\\u00a1\\ufe0f\\u20e3", ""},          /* not 1 but an inverted exclamation mark */
    {"\\\\u00a1\\ufe0f\\u20e3", "1️⃣"}, /* here it is 1 */
    {"\\\\\\u00a1\\ufe0f\\u20e3", ""},
    {"\\\\u0031\\ufe0f\\u20e3", "1️⃣"},
    {"\\n1\\ufe0f\\u20e3", "1️⃣"},
    {"\\u2764\\ufe0f\\u200d\\ud83d\\udd25", "❤️‍🔥"},
    {"\\u2764\\ufe0f\\u200d\\ud83d", "❤"},
    {"\\ud83c\\uddee\\ud83c\\uddf3\\ud83c", "🇮🇳"},
    {"\\/\\ud83d\\ude00\\/", "😀"},
};

/* mode ascii; those of other modes below */
static const example mentions_ascii[] = {
    {"", ""},
    {"@", ""},
    {"@a", "a"},
    {"a@b.com f!@kn @@a @_@", "b kn a _"},
    {"@a@b", "a b"},
    {"@Kisanektamorcha, @RakeshTikaitBKU! (@x_1)", "Kisanektamorcha RakeshTikaitBKU x_1"},
    {"@किसान @aliceì @é", "alice"},
    {"＠wide", ""},
    {"@a\\b @c\"d @e\nf", "a c e"},
    {"@aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh_",
     "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh_"},
    {"@[\\]^`{|}~:;<=>?/ @Z@z@0@9@_@A@a", "Z z 0 9 _ A a"},
};

static const example mentions_unicode[] = {
    {"@किसान @aliceì @é @a-b @\xC2\xB2 @日本x ＠no", "क aliceì é a \xC2\xB2 日本x"},
    {"@a\xCC\x80", "a"}, /* a combining accent is no \w */
    {"@ªº @٣ @😀", "ªº ٣"},
};

static const example mentions_first[] = {
    {"@ @a @b", "a"},
    {"no", ""},
    {"@a@b", "a"},
};

static const example mentions_twitter[] = {
    {"a@b.com", ""},
    {"f!@kn", ""},
    {"@@a", ""},
    {"@a@b", ""},
    {"@_@", ""},
    {"@http://x", ""},
    {"@http:/x", "http"},
    {"@aliceì", ""},
    {"@alice\xCC\x80", ""},
    {"@a× @b÷", "a b"},
    {"の@userに", "user"},
    {"RT:@a", "a"},
    {"rt@a RT @b Rt:@c rT@d", "a b c d"},
    {"aRT@b", ""},
    {"aRT:@b", "b"}, /* a colon may stand before a mention */
    {"$RT@a +RT@b ~RT@c .RT@d -RT@e _RT@f &RT@g", "a g"},
    {".@a", "a"},
    {"＠a", "a"},
    {"@a＠b", ""},
    {"@user/list", ""},
    {"@user/7x", "user"},
    {"@user/", "user"},
    {"@u/l-@bob", ""},
    {"@u/l-RT@bob @x", "x"},
    {"@u/abcdefghijklmnopqrstuvwxy @v", "v"},
    {"@u/abcdefghijklmnopqrstuvwxyz@v", ""},
    {"@u/abcdefghijklmnopqrstuvwxy-@v", "v"},
    {"@u/abcdefghijklmnopqrstuvwx-@v", ""},
    {"@u/l @v", "v"},
    {"@aaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa"},
    {"@aaaaaaaaaaaaaaaaaaaaRT@b", "aaaaaaaaaaaaaaaaaaaa"},
    {"@aaaaaaaaaaaaaaaaaaaa@b", ""},
    {"@a @b", "a b"},
    {"@a\n@b", "a b"},
    {"@a:@b", "a b"},
    {"@a://b @c", "c"},
};

typedef struct finder {
    const lr_kernels *k;
    bool emoji;
    lr_mentions mode;
} finder;

/* What is found in all rows of t, joined by spaces, taking max at a time. */
static void find(const finder *f, texts *t, size_t max, char *out)
{
    const lr_emoji_set *set = lr_emoji_set_1_4_1();
    uint32_t symbols[TEXTS_MAX];
    lr_span spans[TEXTS_MAX];
    uint8_t kinds[TEXTS_MAX];
    lr_cursor cursor = {0, 0};
    char *end = out;

    *out = '\0';
    while (cursor.row < t->n) {
        const lr_column names = {spans, kinds};
        const size_t n =
            f->emoji
                ? f->k->find_emojis(t->src, texts_column(t), t->n, set, &cursor, symbols, max)
                : f->k->find_mentions(t->src, texts_column(t), t->n, f->mode, &cursor, names, max);
        CHECK(n <= max && (n == max || cursor.row == t->n), "returned early");
        for (size_t i = 0; i < n; i++) {
            if (end > out)
                *end++ = ' ';
            if (f->emoji) {
                const lr_bytes text = lr_emoji_text(set, symbols[i]);
                memcpy(end, text.data, text.n);
                end += text.n;
                continue;
            }
            const uint8_t *name = t->src + spans[i].offset;
            CHECK((kinds[i] == LR_ESCAPED) == (memchr(name, '\\', spans[i].length) != NULL),
                  "kind");
            end += read_text(name, spans[i].length, kinds[i] == LR_ESCAPED, end);
        }
        *end = '\0';
    }
}

/* Finds in one text, at every alignment and with every small max. */
static void expect(const finder *f, const char *text, size_t n, bool escaped, const char *found)
{
    static uint8_t *room;
    static char got[TEXTS_BYTES];

    if (room == NULL)
        room = check_guarded(4096 + LR_PADDING);
    for (size_t at = 0; at < 70; at++) {
        /* The row ends where the padding begins; what follows it would lengthen a match. */
        texts t = {.src = room + 4096 - n - at};
        memset(t.src, '@', n + at);
        memset(room + 4096, at % 2 == 0 ? '1' : 0xF0, LR_PADDING);
        t.n_bytes = at;
        texts_add(&t, text, n, escaped ? LR_ESCAPED : LR_PLAIN);
        texts_add(&t, "", 0, LR_PLAIN);
        find(f, &t, at % 3 == 0 ? 1 : at % 3 == 1 ? 2 : TEXTS_MAX, got);
        CHECK(strcmp(got, found) == 0, "%s, in \"%.*s\": \"%s\", due \"%s\"",
              lr_isa_name(f->k->isa), (int)n, text, got, found);
    }
}

/*
 * Goal: every tier finds what the contract says, in texts as they are and in every way that JSON may
 * write them. Method: answers by hand; a text ends at the padding, at any alignment.
 */
static void check_examples(const finder *f, const example *some, size_t n, bool only_escaped,
                           check_rng *rng)
{
    static char written[TEXTS_BYTES];

    for (size_t i = 0; i < n; i++) {
        if (only_escaped) {
            expect(f, some[i].text, strlen(some[i].text), true, some[i].found);
            continue;
        }
        for (int how = 0; how < WRITINGS + 3; how++) {
            const writing w = how < WRITINGS ? (writing)how : WRITE_MIXED;
            const size_t length = write_text(some[i].text, strlen(some[i].text), w, rng, written);
            expect(f, written, length, w != WRITE_PLAIN, some[i].found);
        }
    }
}

/* Goal: rows that are not text are passed over, and rows do not run into each other. */
static void check_rows(const lr_kernels *k)
{
    static uint8_t src[TEXTS_BYTES + LR_PADDING];
    static char got[TEXTS_BYTES];
    texts t = {.src = src};

    texts_add(&t, "@a 1", 4, LR_PLAIN);
    texts_add(&t, "\xEF\xB8\x8F\xE2\x83\xA3@b", 8, LR_PLAIN);
    texts_add(&t, "@no\xE2\x9D\xA4", 6, LR_ABSENT);
    texts_add(&t, "@no\xE2\x9D\xA4", 6, LR_NULL);
    texts_add(&t, "@no\xE2\x9D\xA4", 6, LR_NUMBER);
    texts_add(&t, "@no\xE2\x9D\xA4", 6, LR_BAD + LR_WRONG_TYPE);
    texts_add(&t, "\\ud83d", 6, LR_ESCAPED);
    texts_add(&t, "\\ude00 @", 8, LR_ESCAPED);
    texts_add(&t, "c @d\xE2\x9D", 6, LR_PLAIN);
    texts_add(&t, "\xA4 \xE2\x9D\xA4 @", 8, LR_PLAIN);
    texts_add(&t, "@e", 2, LR_PLAIN);
    for (size_t max = 1; max < 5; max++) {
        find(&(finder){k, true, 0}, &t, max, got);
        CHECK(strcmp(got, "❤") == 0, "%s", got);
        find(&(finder){k, false, LR_MENTIONS_ASCII}, &t, max, got);
        CHECK(strcmp(got, "a b d e") == 0, "%s", got);
        find(&(finder){k, false, LR_MENTIONS_TWITTER}, &t, max, got);
        CHECK(strcmp(got, "a b d e") == 0, "%s", got);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        const finder emoji = {&tiers[i], true, 0};
        if (check_begin("emojis", &rng)) {
            check_examples(&emoji, emojis, LR_COUNT_OF(emojis), false, &rng);
            check_examples(&emoji, escaped_emojis, LR_COUNT_OF(escaped_emojis), true, &rng);
        }
        if (check_begin("mentions", &rng)) {
            finder f = {&tiers[i], false, LR_MENTIONS_ASCII};
            check_examples(&f, mentions_ascii, LR_COUNT_OF(mentions_ascii), false, &rng);
            f.mode = LR_MENTIONS_UNICODE;
            check_examples(&f, mentions_unicode, LR_COUNT_OF(mentions_unicode), false, &rng);
            f.mode = LR_MENTIONS_FIRST;
            check_examples(&f, mentions_first, LR_COUNT_OF(mentions_first), false, &rng);
            f.mode = LR_MENTIONS_TWITTER;
            check_examples(&f, mentions_twitter, LR_COUNT_OF(mentions_twitter), false, &rng);
        }
        if (check_begin("rows", &rng))
            check_rows(&tiers[i]);
    }
    return 0;
}
