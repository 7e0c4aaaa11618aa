/*
 * adversarial.c: small records full of what the definition of the answers is particular about: keys in
 * any order, escaped, doubled, nested and hidden in texts; dates in every form; names that are empty,
 * long, in any script; fields that are null or absent; blanks, CRs and blank lines between things.
 * Every record is good.
 */
#include "names.h"
#include "recipe.h"
#include "text.h"

#include <assert.h>
#include <stdlib.h>

enum { KNOB_DENSITY, KNOB_DUPLICATES, KNOB_USERS, KNOB_MENTIONED, KNOB_DAYS };

static const lr_knob knobs[] = {
    {"density", LR_KNOB_PERCENT, 300000, 0, 1000000, "chance of each trap in each place"},
    {"duplicates", LR_KNOB_PERCENT, 50000, 0, 1000000,
     "records with a key twice; 0 for --validate used, which is not for them"},
    {"users", LR_KNOB_COUNT, 200, 40, 1u << 20, "names; the first 25 are peculiar"},
    {"mentioned", LR_KNOB_COUNT, 300, 1, 1u << 20, "names that are mentioned"},
    {"days", LR_KNOB_COUNT, 40, 4, 3000, "dates: three far ones, the others from 2020-02-10 on"},
    {0},
};

/* As they are meant; written with escapes where JSON or the mood asks for them. */
static const char *const names[] = {
    "",
    " ",
    "a b",
    "ann",
    "Ann",
    "名前",
    "नाम",
    "🙏",
    "a\"b",
    "a\\b",
    "a\nb",
    "a\tb",
    "\xC3\xA9",
    "e\xCC\x81", /* the same letter to the eye: two names all the same */
    "abcdefghijklmno",
    "abcdefghijklmnop",
    "abcdefghijklmnopq",
    "a-name-that-is-longer-than-any-register-and-any-short-string",
    "null",
    "{\"username\": \"x\"}",
    "date",
    "@ann",
    "a\x01z",
    "\x7F",
    "\xEF\xBF\xBD",
};

enum { TIME_FORMS = 10, FIRST_DAY = 18302, FAR_DAYS = 3, MEMBERS_MAX = 24, NAME_BYTES_MAX = 512 };
static const char *const far_days[FAR_DAYS] = {"0001-01-01", "9999-12-31", "1600-02-29"};

/* Members of a record, written apart so that they can be put in any order. */
typedef struct members {
    const gen *g;
    draw *d;
    uint32_t n;
    size_t start[MEMBERS_MAX], end[MEMBERS_MAX];
    uint8_t bytes[40 << 10];
} members;

static lr_status adversarial_open(gen *g, lr_error *err)
{
    (void)g;
    (void)err;
    return LR_OK;
}

static void adversarial_close(gen *g)
{
    (void)g;
}

static bool trapped(const gen *g, draw *d)
{
    return draw_chance(d, g->options->knobs[KNOB_DENSITY]);
}

static uint8_t *put_hex(uint8_t *at, uint32_t unit, uint32_t upper)
{
    const char *const digits = upper != 0 ? "0123456789ABCDEF" : "0123456789abcdef";

    at = PUT(at, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = (uint8_t)digits[unit >> shift & 15];
    return at;
}

/*
 * The same JSON text with some ASCII characters as escapes: for a reader nothing has changed. What is
 * escaped already stays. A backslash in front makes the slash an escape of its own.
 */
static uint8_t *put_respelt(draw *d, const uint8_t *text, size_t n, uint8_t *at)
{
    for (size_t i = 0; i < n;) {
        const uint32_t r = draw_word(d);
        const size_t length = text[i] != '\\' ? 1 : text[i + 1] == 'u' ? 6 : 2;
        if (length == 1 && text[i] < 0x80 && (r & 7) == 0)
            at = put_hex(at, text[i], r >> 8 & 1);
        else if (text[i] == '/')
            at = PUT(at, "\\/");
        else
            at = put_bytes(at, text + i, length);
        i += length;
    }
    return at;
}

static uint8_t *put_respelt_maybe(const gen *g, draw *d, const char *text, uint8_t *at)
{
    const size_t n = strlen(text);
    return trapped(g, d) ? put_respelt(d, (const uint8_t *)text, n, at) : put_bytes(at, text, n);
}

/* A little white space; never a newline, which would end the record. */
static uint8_t *put_blank(const gen *g, draw *d, uint8_t *at)
{
    const uint32_t r = draw_word(d);

    if (!trapped(g, d))
        return at;
    for (uint32_t i = 0; i < (r & 3); i++)
        *at++ = (uint8_t) " \t\r "[r >> (4 + 2 * i) & 3];
    return at;
}

/* Begins a member: the key, perhaps respelt, and the colon. */
static uint8_t *begin_member(members *m, const char *key)
{
    uint8_t *at = m->bytes + (m->n > 0 ? m->end[m->n - 1] : 0);

    m->start[m->n] = (size_t)(at - m->bytes);
    *at++ = '"';
    at = put_respelt_maybe(m->g, m->d, key, at);
    *at++ = '"';
    at = put_blank(m->g, m->d, at);
    *at++ = ':';
    return put_blank(m->g, m->d, at);
}

static void end_member(members *m, const uint8_t *at)
{
    m->end[m->n++] = (size_t)(at - m->bytes);
    assert(m->n < MEMBERS_MAX && m->end[m->n - 1] < sizeof m->bytes);
}

static void add_member(members *m, const char *key, const char *value)
{
    uint8_t *const at = begin_member(m, key);
    end_member(m, put_bytes(at, value, strlen(value)));
}

static uint8_t *put_name(const gen *g, draw *d, uint64_t user, uint8_t *at)
{
    uint8_t plain[NAME_MAX_BYTES], spelt[NAME_BYTES_MAX];
    const text_encoding encoding = g->material.encoding;

    *at++ = '"';
    if (user < LR_COUNT_OF(names)) {
        const char *const name = names[user];
        const uint8_t *const end = text_encode(encoding, name, strlen(name), spelt);
        if (user == LR_COUNT_OF(names) - 1 && (draw_word(d) & 1) != 0)
            at = PUT(at, "\\uD83D"); /* half a pair stands for U+FFFD */
        else if (trapped(g, d))
            at = put_respelt(d, spelt, (size_t)(end - spelt), at);
        else
            at = put_bytes(at, spelt, (size_t)(end - spelt));
    } else {
        const size_t n = (size_t)(put_username(plain, user) - plain);
        at = trapped(g, d) ? put_respelt(d, plain, n, at) : put_bytes(at, plain, n);
    }
    *at++ = '"';
    return at;
}

static uint8_t *adversarial_date(const gen *g, uint32_t date, uint8_t *at)
{
    (void)g;
    return date < FAR_DAYS ? put_bytes(at, far_days[date], 10) : put_day(at, FIRST_DAY + date);
}

static void add_date(members *m, uint32_t date)
{
    static const char *const forms[TIME_FORMS] = {"",
                                                  "T00:00",
                                                  " 23:59",
                                                  "T09:08:07",
                                                  " 23:59:60",
                                                  "T12:00:00Z",
                                                  "T12:00Z",
                                                  "T23:30:00.123456789+05:30",
                                                  " 00:00:00.0-2359",
                                                  "T10:10:10+00:00"};
    uint8_t plain[64], *end = adversarial_date(m->g, date, plain);
    const char *const form = forms[draw_below(m->d, TIME_FORMS)];
    uint8_t *at = begin_member(m, "date");

    end = put_bytes(end, form, strlen(form));
    *at++ = '"';
    if (trapped(m->g, m->d))
        at = put_respelt(m->d, plain, (size_t)(end - plain), at);
    else
        at = put_bytes(at, plain, (size_t)(end - plain));
    *at++ = '"';
    end_member(m, at);
}

/* The user where the definition looks for it; or decoys only. Returns whether there is one. */
static bool add_user(members *m, uint64_t user)
{
    const bool top = trapped(m->g, m->d), lacks = draw_chance(m->d, 50000);
    uint8_t *at;

    if (lacks && top) { /* the object counts, and it has no name */
        add_member(m, "user", "{\"Username\": \"decoy\", \"u\": {\"username\": \"decoy\"}}");
        add_member(m, "username", "\"decoy\"");
        return false;
    }
    if (lacks) {
        add_member(m, "user", draw_word(m->d) & 1 ? "{\"username\": null}" : "{}");
        return false;
    }
    if (top) {
        at = begin_member(m, "username");
        end_member(m, put_name(m->g, m->d, user, at));
        if (draw_word(m->d) & 1)
            add_member(m, "user", "null");
        return true;
    }
    at = begin_member(m, "user");
    at = PUT(at, "{");
    if (trapped(m->g, m->d))
        at =
            PUT(at, "\"id\":[{\"username\":\"decoy\"}],\"x\":\"\\\"username\\\": \\\"decoy\\\"\",");
    at = put_bytes(at, "\"username\" :", 12);
    at = put_name(m->g, m->d, user, at);
    if (trapped(m->g, m->d))
        at = PUT(at, ",\"displayname\":\"}\",\"status\":{\"username\":\"decoy\"}");
    *at++ = '}';
    end_member(m, at);
    if (trapped(m->g, m->d))
        add_member(m, "username", "\"decoy\"");
    return true;
}

/* mentionedUsers has the users of the content; where there are none, one of the ways to say so. */
static void add_mentioned(members *m, const meaning *of)
{
    static const char *const none[] = {"null", "[]", "[{}]", "[{\"username\": null}, {\"id\": 5}]"};
    const uint32_t way = draw_below(m->d, LR_COUNT_OF(none) + 1);

    if (of->n_mentions == 0 && way == LR_COUNT_OF(none))
        return;
    if (of->n_mentions == 0) {
        add_member(m, "mentionedUsers", none[way]);
        return;
    }
    uint8_t *at = begin_member(m, "mentionedUsers");
    *at++ = '[';
    for (uint32_t i = 0; i < of->n_mentions; i++) {
        at = i > 0 ? PUT(at, ", {") : PUT(at, "{");
        if (trapped(m->g, m->d))
            at = PUT(at, "\"user\": {\"username\": \"decoy\"}, ");
        at = PUT(at, "\"username\": ");
        at = PUT(put_name(m->g, m->d, of->mentions[i], at), "}");
    }
    *at++ = ']';
    end_member(m, at);
}

static void add_content(members *m, meaning *of)
{
    uint8_t text[8 << 10], *end;
    uint32_t mentions[4];
    draw *const d = m->d;
    const uint32_t base = (uint32_t)m->g->options->knobs[KNOB_USERS];
    text_plan plan = {.words = (vocabulary)draw_below(d, WORDS_HASHTAGS),
                      .mentions = mentions,
                      .lone_surrogates = true};

    if (draw_chance(d, 50000)) {
        if (draw_word(d) & 1)
            add_member(m, "content", "null");
        return;
    }
    plan.chars = draw_below(d, 4) * draw_below(d, 40);
    plan.n_mentions = trapped(m->g, d) ? draw_below(d, 4) : 0;
    plan.n_emojis = trapped(m->g, d) ? draw_below(d, 9) : 0;
    plan.n_traps = trapped(m->g, d) ? draw_below(d, MEANT_TRAPS_MAX + 1) : 0;
    for (uint32_t i = 0; i < plan.n_mentions; i++)
        mentions[i] = base + draw_below(d, (uint32_t)m->g->options->knobs[KNOB_MENTIONED]);
    end = put_text_of(&m->g->material, d, &plan, text, of);

    uint8_t *at = begin_member(m, "content");
    *at++ = '"';
    if (trapped(m->g, d))
        at = put_respelt(d, text, (size_t)(end - text), at);
    else
        at = put_bytes(at, text, (size_t)(end - text));
    *at++ = '"';
    end_member(m, at);
}

/* Keys that are none of ours, and values that look like ours. */
static void add_decoys(members *m)
{
    static const char *const decoys[][2] = {
        {"quotedTweet", "{\"date\": \"1999-01-01\", \"content\": \"@decoy \\ud83d\\ude4f\", "
                        "\"user\": {\"username\": \"decoy\"}}"},
        {"text", "\"{\\\"content\\\": \\\"@decoy\\\", \\\"date\\\": \\\"1999-01-01\\\"}\""},
        {"con\\\\u0074ent", "\"@decoy\""},
        {"Content", "\"@decoy\""},
        {"content ", "\"@decoy\""},
        {"conten", "\"@decoy\""},
        {"", "\"@decoy\""},
        {"user.username", "\"decoy\""},
        {"a\\\"content\\\":\\\"b", "[]"},
        {"brackets", "\"]}[{\\\\\\\"\""},
        {"numbers", "[0, -0, 1e400, -1.5E-7, 123456789012345678901234567890]"},
        {"literals", "[true, false, null]"},
        {"escapes", "\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\ud800\\udc00\\udfff\""},
    };
    uint8_t *at;

    for (size_t i = 0; i < LR_COUNT_OF(decoys); i++)
        if (m->n + 6 < MEMBERS_MAX && trapped(m->g, m->d) && (draw_word(m->d) & 1) != 0)
            add_member(m, decoys[i][0], decoys[i][1]);
    if (draw_chance(m->d, 10000)) { /* the record's braces are the first of 1024 levels */
        at = begin_member(m, "deep");
        memset(at, '[', 1023);
        memset(at + 1023, ']', 1023);
        end_member(m, at + 2046);
    }
    if (draw_chance(m->d, 10000)) {
        at = begin_member(m, "long");
        *at++ = '"';
        memset(at, ',', 9000);
        at[9000] = '"';
        end_member(m, at + 9001);
    }
}

/* The members in any order, between braces; those from `fixed` on stay at the end. */
static uint8_t *put_members(members *m, const char *before, uint32_t fixed, uint8_t *at)
{
    uint32_t order[MEMBERS_MAX];

    for (uint32_t i = 0; i < m->n; i++)
        order[i] = i;
    for (uint32_t i = fixed; i > 1; i--) {
        const uint32_t j = draw_below(m->d, i), swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
    *at++ = '{';
    at = put_bytes(at, before, strlen(before));
    for (uint32_t i = 0; i < m->n; i++) {
        const uint32_t k = order[i];
        at = put_blank(m->g, m->d, at);
        at = put_bytes(at, m->bytes + m->start[k], m->end[k] - m->start[k]);
        at = put_blank(m->g, m->d, at);
        if (i + 1 < m->n)
            *at++ = ',';
    }
    *at++ = '}';
    return at;
}

/* Before a record: a BOM before the first, blank lines, white space. */
static uint8_t *put_lead(const gen *g, draw *d, uint64_t i, uint8_t *at)
{
    if (g->format == LR_GEN_NDJSON && i == 0)
        at = PUT(at, "\xEF\xBB\xBF");
    if (g->format == LR_GEN_NDJSON && draw_chance(d, 20000))
        at = PUT(at, " \t\r\n");
    if (g->format == LR_GEN_NDJSON && draw_chance(d, 20000))
        at = PUT(at, "\n\r\n");
    return put_blank(g, d, at);
}

static uint8_t *adversarial_record(const gen *g, uint64_t i, uint8_t *at, meaning *m)
{
    static const char *const earlier[] = {
        "\"date\": 5,", "\"user\": {\"username\": \"decoy\"}, \"user\": [],",
        "\"content\": {\"content\": \"@decoy\"},", "\"content\": \"@decoy\", \"date\": \"x\","};
    const uint64_t *const knob = g->options->knobs;
    draw d = draw_start(g->options->seed, STREAM_RECORD, i);
    members list = {.g = g, .d = &d, .n = 0};
    const char *before = "";

    const uint32_t date = draw_below(&d, (uint32_t)knob[KNOB_DAYS]);
    m->user = draw_below(&d, (uint32_t)knob[KNOB_USERS]);
    bool has_user = add_user(&list, m->user);
    add_content(&list, m);
    add_mentioned(&list, m);
    const bool has_date = !draw_chance(&d, 50000);
    if (has_date)
        add_date(&list, date);
    else if (draw_word(&d) & 1)
        add_member(&list, "date", "null");
    add_decoys(&list);
    const uint32_t fixed = list.n;
    if (draw_chance(&d, knob[KNOB_DUPLICATES])) {
        const uint32_t which = draw_below(&d, LR_COUNT_OF(earlier) + 1);
        if (which < LR_COUNT_OF(earlier)) { /* what comes later replaces it, if it comes */
            before = earlier[which];
        } else {
            add_member(&list, "user", "{\"username\": null}");
            has_user = false;
        }
    }
    if (before[0] != '\0') { /* so it must come */
        list.n = 0;
        m->n_emojis = m->n_mentions = m->n_traps = 0;
        m->mentions_trap_first = has_user = false;
        add_member(&list, "date", "null");
        add_member(&list, "user", "null");
        add_member(&list, "content", "null");
    }
    m->date = has_date && has_user ? (int32_t)date : NO_CONSTRUCT;
    at = put_lead(g, &d, i, at);
    at = put_members(&list, before, before[0] != '\0' ? 3 : fixed, at);
    return put_blank(g, &d, at);
}

static uint32_t adversarial_dates(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_DAYS];
}

static uint32_t adversarial_users(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_USERS];
}

static uint32_t adversarial_mentionable(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_MENTIONED];
}

static uint8_t *adversarial_user(const gen *g, uint64_t user, uint8_t *at)
{
    (void)g;
    if (user < LR_COUNT_OF(names))
        return put_bytes(at, names[user], strlen(names[user]));
    return put_username(at, user);
}

const lr_recipe recipe_adversarial = {
    .name = "adversarial",
    .title = "small good records full of traps",
    .knobs = knobs,
    .format = LR_GEN_NDJSON,
    .delimiter = ',',
    .record_max_bytes = (size_t)64 << 10,
    .block_records = 256,
    .record_mean_bytes = 800,
    .open = adversarial_open,
    .close = adversarial_close,
    .record = adversarial_record,
    .n_dates = adversarial_dates,
    .n_users = adversarial_users,
    .n_mentionable = adversarial_mentionable,
    .first_mentionable = adversarial_users,
    .date_text = adversarial_date,
    .user_text = adversarial_user,
    .has_field = true,
};
