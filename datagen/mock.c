/*
 * mock.c: the four columns that the challenge's scripts make with Faker: id, date, content, username;
 * random words with emojis and mentions, dates over some 55 years, names that hardly ever repeat.
 */
#include "names.h"
#include "recipe.h"

#include <stdlib.h>

enum { KNOB_USERS, KNOB_DAYS, KNOB_MENTIONED, KNOB_MENTIONED_OFFSET, KNOB_MENTIONS, KNOB_EMOJIS };

static const lr_knob knobs[] = {
    {"users", LR_KNOB_COUNT, 100000000, 1, 4000000000, "names drawn from; 2000: they repeat often"},
    {"days", LR_KNOB_COUNT, 20000, 1, 100000, "dates drawn from, evenly, from 1970-01-01 on"},
    {"mentioned", LR_KNOB_COUNT, 5000, 1, 1u << 24, "names that are mentioned"},
    {"mentioned-offset", LR_KNOB_COUNT, 5, 0, 1u << 20, "the k-th in proportion to 1/(k+offset)"},
    {"mentions", LR_KNOB_PERCENT, 250000, 0, 1000000, "gaps between phrases with a mention"},
    {"emojis", LR_KNOB_PERCENT, 250000, 0, 1000000, "gaps between phrases with an emoji"},
    {0},
};

enum { PHRASES = 1024, PHRASE_BYTES_MAX = 72, GAPS_LEAST = 4, GAPS_RANGE = 4 };

/* Copied whole, whatever its length: to branch on it costs more than the bytes. */
typedef struct phrase {
    uint8_t bytes[PHRASE_BYTES_MAX];
    uint8_t n;
    bool quoted; /* a CSV field with it stands in quotes */
} phrase;

typedef struct mock_state {
    weights mentioned;
    phrase phrases[PHRASES];
    uint64_t mention_below, emoji_below; /* of 2^32 */
    bool delimiter_anywhere;             /* it may stand in names or emojis as well */
} mock_state;

static void mock_close(gen *g)
{
    mock_state *const s = g->state;

    if (s != NULL)
        weights_free(&s->mentioned);
    free(s);
    g->state = NULL;
}

/* Phrases of four to seven words. They are drawn once: a content is then a few copies, not forty. */
static void make_phrases(mock_state *s, const material *mat, char delimiter)
{
    const piece_list *const words = &mat->words[WORDS_ENGLISH];
    draw d = draw_start(0, STREAM_SHORT, UINT64_MAX);

    for (size_t i = 0; i < PHRASES; i++) {
        phrase *const p = &s->phrases[i];
        const uint32_t n = 4 + draw_below(&d, 4);
        for (uint32_t word = 0; word < n; word++) {
            const piece *const w = &words->pieces[draw_below(&d, words->n)];
            if (p->n + w->n + 2 > PHRASE_BYTES_MAX)
                break;
            if (word > 0)
                p->bytes[p->n++] = ' ';
            memcpy(p->bytes + p->n, w->data, w->n);
            p->n = (uint8_t)(p->n + w->n);
        }
        p->quoted =
            memchr(p->bytes, '"', p->n) != NULL || memchr(p->bytes, delimiter, p->n) != NULL;
    }
}

static uint8_t *put_phrase(uint8_t *at, const phrase *p)
{
    memcpy(at, p->bytes, sizeof p->bytes);
    return at + p->n;
}

static lr_status mock_open(gen *g, lr_error *err)
{
    const uint64_t *const knob = g->options->knobs;
    mock_state *const s = calloc(1, sizeof *s);

    g->state = s;
    if (s == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the phrases");
    make_phrases(s, &g->material, g->delimiter);
    s->delimiter_anywhere = strchr(",;\t|~", g->delimiter) == NULL;
    s->mention_below = (knob[KNOB_MENTIONS] << 32) / 1000000;
    s->emoji_below = s->mention_below + (knob[KNOB_EMOJIS] << 32) / 1000000;
    return weights_zipf(&s->mentioned, (uint32_t)knob[KNOB_MENTIONED], knob[KNOB_MENTIONED_OFFSET],
                        err);
}

static void mock_who(const gen *g, uint64_t i, uint32_t *date, uint64_t *user)
{
    const uint64_t seed = g->options->seed;
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)i, (uint32_t)(i >> 32), 0, STREAM_SHORT};
    uint32_t words[4];

    philox4x32(counter, key, words);
    *date = (uint32_t)((uint64_t)words[0] * g->options->knobs[KNOB_DAYS] >> 32);
    *user = (uint64_t)words[1] * g->options->knobs[KNOB_USERS] >> 32;
}

static uint8_t *put_mention(const mock_state *s, draw *d, uint8_t *at, meaning *m)
{
    const uint32_t user = weights_draw(&s->mentioned, d);

    m->mentions[m->n_mentions++] = user;
    return put_username(PUT(at, " @"), user);
}

/* *quoted: what is written has a quote or a delimiter between names and emojis. */
static uint8_t *put_content(const gen *g, draw *d, uint8_t *at, meaning *m, bool *quoted)
{
    static const char ends[8] = ".,!. .?,";
    const mock_state *const s = g->state;
    const uint32_t r = draw_word(d), n = GAPS_LEAST + (r >> 28) % GAPS_RANGE;
    const phrase *p = &s->phrases[r % PHRASES];
    bool any = p->quoted;

    at = put_phrase(at, p);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t what = draw_word(d), which = draw_word(d);
        if (what < s->mention_below) {
            at = put_mention(s, d, at, m);
        } else if (what < s->emoji_below) {
            const uint32_t emoji = (uint32_t)((uint64_t)(which >> 10) * n_emoji_entries >> 22);
            *at++ = ' ';
            at = put_piece(at, &g->material.emojis.pieces[emoji]);
            m->emojis[m->n_emojis++] = (uint16_t)emoji;
        } else {
            any |= ends[which >> 29] == g->delimiter;
            *at++ = (uint8_t)ends[which >> 29];
        }
        *at++ = ' ';
        p = &s->phrases[which % PHRASES];
        any |= p->quoted;
        at = put_phrase(at, p);
    }
    *quoted = any;
    return PUT(at, ".");
}

/* In quotes where Python's csv module would put it in quotes. */
static uint8_t *put_csv_content(const gen *g, draw *d, uint8_t *at, meaning *m)
{
    const mock_state *const s = g->state;
    bool quoted;
    uint8_t *const end = put_content(g, d, at + 1, m, &quoted);
    const size_t n = (size_t)(end - at) - 1;

    if (s->delimiter_anywhere && memchr(at + 1, g->delimiter, n) != NULL)
        quoted = true;
    if (!quoted) {
        memmove(at, at + 1, n);
        return at + n;
    }
    *at = '"';
    *end = '"';
    return end + 1;
}

static uint8_t *mock_record(const gen *g, uint64_t i, uint8_t *at, meaning *m)
{
    draw d = draw_start(g->options->seed, STREAM_RECORD, i);
    uint64_t user;
    uint32_t date;
    bool quoted;

    mock_who(g, i, &date, &user);
    m->date = (int32_t)date;
    if (g->format == LR_GEN_CSV) {
        at = put_number(at, i + 1);
        *at++ = (uint8_t)g->delimiter;
        at = put_day(at, date);
        *at++ = (uint8_t)g->delimiter;
        at = put_csv_content(g, &d, at, m);
        *at++ = (uint8_t)g->delimiter;
        return put_username(at, user);
    }
    at = put_number(PUT(at, "{\"id\": "), i + 1);
    at = put_day(PUT(at, ", \"date\": \""), date);
    at = put_content(g, &d, PUT(at, "\", \"content\": \""), m, &quoted);
    at = put_username(PUT(at, "\", \"username\": \""), user);
    return PUT(at, "\"}");
}

static uint8_t *mock_header(const gen *g, uint8_t *at)
{
    static const char *const columns[] = {"id", "date", "content", "username"};

    for (size_t i = 0; i < LR_COUNT_OF(columns); i++) {
        if (i > 0)
            *at++ = (uint8_t)g->delimiter;
        at = put_bytes(at, columns[i], strlen(columns[i]));
    }
    *at++ = '\n';
    return at;
}

static uint32_t mock_dates(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_DAYS];
}

static uint32_t mock_users(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_USERS];
}

static uint32_t mock_mentionable(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_MENTIONED];
}

static uint32_t mock_first_mentionable(const gen *g)
{
    (void)g;
    return 0;
}

static uint8_t *mock_date(const gen *g, uint32_t date, uint8_t *at)
{
    (void)g;
    return put_day(at, date);
}

static uint8_t *mock_user(const gen *g, uint64_t user, uint8_t *at)
{
    (void)g;
    return put_username(at, user);
}

const lr_recipe recipe_mock = {
    .name = "mock",
    .title = "id, date, content, username, as the challenge's Faker scripts make them",
    .knobs = knobs,
    .format = LR_GEN_CSV,
    .delimiter = ',',
    .record_max_bytes = (size_t)2 << 10,
    .block_records = 512,
    .record_mean_bytes = 266,
    .open = mock_open,
    .close = mock_close,
    .record = mock_record,
    .header = mock_header,
    .n_dates = mock_dates,
    .n_users = mock_users,
    .n_mentionable = mock_mentionable,
    .first_mentionable = mock_first_mentionable,
    .date_text = mock_date,
    .user_text = mock_user,
    .who = mock_who,
};
