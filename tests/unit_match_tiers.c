/* unit_match_tiers.c: find_emojis and find_mentions of every tier against their definitions. */
#include "match_text.h"
#include "pattern.h"

enum { ROOM = 4096, FOUND_MAX = 1 << 17 };

/* What texts are made of: all that a mask looks for, halves of it, and what stands beside it. */
static const char *const pieces[] = {
    "@",
    "@a",
    "_",
    "a",
    "Z9",
    "RT",
    "rt:",
    ":",
    "/",
    "://",
    "/l-",
    "!",
    " ",
    "\n",
    "0",
    "1",
    "#",
    "*",
    "\\",
    "\\\\",
    "\\n",
    "\\\"",
    "\\/",
    "\\u",
    "u",
    "ud83d",
    "u0040",
    "u2764",
    "\\u00",
    "\\u0040",
    "\\u0041",
    "\\u005f",
    "\\u005F",
    "\\u0061",
    "\\u0031",
    "\\u0023",
    "\\u002A",
    "\\u00a9",
    "\\u00Ae",
    "\\u00a1",
    "\\u2764",
    "\\u2019",
    "\\u201c",
    "\\u203c",
    "\\u20e3",
    "\\uFE0F",
    "\\ufe0f",
    "\\ufe0e",
    "\\u200d",
    "\\u3030",
    "\\u3042",
    "\\u303d",
    "\\u3297",
    "\\ud83d",
    "\\ude00",
    "\\uD83C",
    "\\uddee",
    "\\uddf3",
    "\\udffb",
    "\\uff20",
    "\\u00ec",
    "\\u0915",
    "\\ud83d\\ude00",
    "\\u000",
    "\\uzzzz",
    "\xEF\xB8\x8F",
    "\xE2\x83\xA3",
    "\xE2\x80\x8D",
    "\xE2\x80\xBC",
    "\xE2\x80\x99",
    "\xC2\xA9",
    "\xC2\xA0",
    "\xE3\x80\xB0",
    "\xE3\x81\x82",
    "\xEF\xBC\xA0",
    "\xC3\xAC",
    "\xE0\xA4\x95",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F\x87\xAE",
    "\xF0\x9F\x87\xB3",
    "\xF0\x9F\x8F\xBB",
    "\xF0\x9F",
    "\xE2",
    "\x80",
    "\xFF",
};

typedef struct task {
    const lr_kernels *k;
    const lr_emoji_set *set; /* NULL: mentions of the mode */
    lr_mentions mode;
    lr_hyper_thread *hyper; /* NULL: the kernel */
} task;

typedef struct answer {
    size_t n;
    uint32_t symbols[FOUND_MAX];
    lr_span spans[FOUND_MAX];
    uint8_t kinds[FOUND_MAX];
} answer;

static size_t find_some(const task *do_this, texts *t, lr_cursor *cursor, answer *out, size_t max)
{
    const lr_kernels *k = do_this->k;
    const lr_column column = texts_column(t), names = {out->spans + out->n, out->kinds + out->n};
    uint32_t *symbols = out->symbols + out->n;

    if (do_this->set != NULL)
        return do_this->hyper != NULL
                   ? lr_hyper_emojis(do_this->hyper, k, t->src, column, t->n, cursor, symbols, max)
                   : k->find_emojis(t->src, column, t->n, do_this->set, cursor, symbols, max);
    return do_this->hyper != NULL
               ? lr_hyper_mentions(do_this->hyper, k, t->src, column, t->n, cursor, names, max)
               : k->find_mentions(t->src, column, t->n, do_this->mode, cursor, names, max);
}

/* All that is found in t, taking max at a time. */
static void find_all(const task *do_this, texts *t, size_t max, answer *out)
{
    lr_cursor cursor = {0, 0};

    out->n = 0;
    while (cursor.row < t->n) {
        CHECK(out->n + max <= FOUND_MAX, "too many");
        const size_t n = find_some(do_this, t, &cursor, out, max);
        CHECK(n <= max && (n == max || cursor.row == t->n), "returned early");
        out->n += n;
    }
}

static bool same(const task *what, const answer *a, const answer *b)
{
    if (a->n != b->n)
        return false;
    if (what->set != NULL)
        return memcmp(a->symbols, b->symbols, a->n * sizeof a->symbols[0]) == 0;
    return memcmp(a->spans, b->spans, a->n * sizeof a->spans[0]) == 0 &&
           memcmp(a->kinds, b->kinds, a->n) == 0;
}

/* One piece of text; returns its length. */
static size_t random_piece(check_rng *rng, char *out)
{
    const lr_emoji_set *set = lr_emoji_set_2_16();

    switch (check_below(rng, 8)) {
    case 0: { /* a sequence, whole or cut off, in some way of writing */
        const lr_bytes text = lr_emoji_text(set, (uint32_t)check_below(rng, lr_emoji_count(set)));
        const size_t n =
            write_text(text.data, text.n, (writing)check_below(rng, WRITINGS), rng, out);
        return check_below(rng, 3) == 0 ? check_below(rng, n + 1) : n;
    }
    case 1: { /* a run */
        const size_t n = check_below(rng, 90);
        memset(out, "a\\_1@ "[check_below(rng, 6)], n);
        return n;
    }
    case 2:
        out[0] = (char)check_random(rng);
        return 1;
    default: {
        const char *piece = pieces[check_below(rng, LR_COUNT_OF(pieces))];
        return (size_t)(stpcpy(out, piece) - out);
    }
    }
}

/* Fills t with rows of random kinds that end with its memory; or with many, most of them plain, one right behind the
 * other. */
static void random_texts(check_rng *rng, uint8_t *end, texts *t)
{
    static char text[ROOM + 1024];
    const size_t n_max =
        check_below(rng, ROOM / 4) + check_below(rng, 2) * check_below(rng, ROOM / 2);
    const bool many = check_below(rng, 3) == 0;
    const size_t rows = 2 + check_below(rng, 16);
    size_t n = 0;

    while (n < n_max)
        n += random_piece(rng, text + n);
    n = n < n_max ? n : n_max;
    for (size_t at = n / 4; many && n % 8 == 0 && at < n / 4 * 3; at++)
        text[at] = "@a"[at % 2];
    *t = (texts){.src = end - n};
    memcpy(t->src, text, n);
    for (size_t at = 0; at < n && t->n < TEXTS_MAX;) {
        const size_t skip = check_below(rng, 8) == 0 ? check_below(rng, n - at + 1) : 0;
        const size_t rest = n - at - skip;
        const size_t most = many && rest > n / rows ? n / rows : rest;
        const size_t length = check_below(rng, 2) == 0 ? most : check_below(rng, most + 1);
        const uint64_t kind = many && check_below(rng, 16) != 0 ? 0 : check_below(rng, 12);
        t->spans[t->n] = (lr_span){(uint32_t)(at + skip), (uint32_t)length};
        t->kinds[t->n++] = kind < 5 ? LR_PLAIN : kind < 11 ? LR_ESCAPED : (uint8_t)LR_NULL;
        at += skip + length + !many;
    }
}

enum { TASKS = 6 };

static task task_of(const lr_kernels *k, int what)
{
    if (what < 4)
        return (task){k, NULL, (lr_mentions)what, NULL};
    return (task){k, what == 4 ? lr_emoji_set_1_4_1() : lr_emoji_set_2_16(), 0, NULL};
}

/*
 * Goal: every tier finds what the definition finds, in all modes and sets, however often it is
 * interrupted; also in texts that are not valid. Method: random texts rich in triggers, rows at every
 * alignment, the last one ending at the padding, which is random and ends at a guard page.
 */
static void check_tier(const lr_kernels *ref, const lr_kernels *k, check_rng *rng, int rounds)
{
    static answer want, got;
    static uint8_t *end;

    if (end == NULL)
        end = check_guarded(ROOM + LR_PADDING) + ROOM;
    for (int round = 0; round < rounds; round++) {
        texts t;
        random_texts(rng, end, &t);
        for (size_t i = 0; i < LR_PADDING; i++)
            end[i] = (uint8_t)("@\\u0040a1\xF0\x9F\x98\x80\xEF\xB8\x8F"[check_below(rng, 16)]);
        for (int what = 0; what < TASKS; what++) {
            task do_this = task_of(ref, what);
            find_all(&do_this, &t, 1 + check_below(rng, 5), &want);
            do_this.k = k;
            const size_t most = check_below(rng, 4) == 0 ? 2000 : 100;
            find_all(&do_this, &t, 1 + (size_t)(check_below(rng, 2) * check_below(rng, most)),
                     &got);
            CHECK(same(&do_this, &want, &got),
                  "%s, what %d, round %d: %zu found, due %zu in \"%.*s\"", lr_isa_name(k->isa),
                  what, round, got.n, want.n, (int)t.spans[t.n - 1].length,
                  (char *)t.src + t.spans[t.n - 1].offset);
        }
    }
}

/* Fills t with rows of 0 to 3000 bytes, now and then one of 30000, to the end of its memory. */
static void long_texts(check_rng *rng, texts *t)
{
    size_t n = 0;

    while (t->n < TEXTS_MAX - 1) {
        const size_t begin = n, wanted = check_below(rng, check_below(rng, 40) == 0 ? 30000 : 3000);
        if (begin + wanted + 512 > TEXTS_BYTES)
            break;
        while (n < begin + wanted)
            n += random_piece(rng, (char *)t->src + n);
        t->spans[t->n] = (lr_span){(uint32_t)begin, (uint32_t)(n - begin)};
        t->kinds[t->n++] = check_below(rng, 2) == 0 ? LR_PLAIN : LR_ESCAPED;
    }
}

/*
 * Goal: Hyperscan with its second step finds what the definition finds. Method: as above, and texts
 * that fill several of its blocks or none.
 */
static void check_hyper(const lr_kernels *ref, const lr_kernels *k, check_rng *rng, int rounds)
{
    static answer want, got;
    static uint8_t src[TEXTS_BYTES + LR_PADDING];
    static uint8_t *end;
    lr_error error;

    if (end == NULL)
        end = check_guarded(ROOM + LR_PADDING) + ROOM;
    for (int what = 0; what < TASKS; what++) {
        const task by_ref = task_of(ref, what);
        task by_hyper = task_of(k, what);
        lr_hyper *hyper;
        const lr_status status = lr_hyper_new(&hyper, by_ref.set, by_ref.mode, &error);
        if (status == LR_E_RESOURCE) {
            printf("SKIPPED: Hyperscan's matcher: %s\n", error.message);
            return;
        }
        CHECK(status == LR_OK, "%s", error.message);
        CHECK(lr_hyper_thread_new(&by_hyper.hyper, hyper, &error) == LR_OK, "%s", error.message);
        for (int round = 0; round < rounds; round++) {
            texts t = {.src = src};
            if (round % 50 == 0)
                long_texts(rng, &t);
            else
                random_texts(rng, end, &t);
            find_all(&by_ref, &t, FOUND_MAX / 2, &want);
            find_all(&by_hyper, &t, 1 + (size_t)(check_below(rng, 2) * check_below(rng, 100)),
                     &got);
            CHECK(same(&by_ref, &want, &got), "what %d, round %d: %zu found, due %zu", what, round,
                  got.n, want.n);
        }
        lr_hyper_thread_free(by_hyper.hyper);
        lr_hyper_free(hyper);
    }
}

int main(void)
{
    const char *given = getenv("BENCH_ROUNDS");
    const int rounds = given != NULL ? atoi(given) : 20000;
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 1; i < n; i++)
        if (check_begin("match_tiers", &rng))
            check_tier(&tiers[0], &tiers[i], &rng, rounds);
    if (check_begin("hyper", &rng))
        check_hyper(&tiers[0], &tiers[n - 1], &rng, rounds / 4);
    return 0;
}
