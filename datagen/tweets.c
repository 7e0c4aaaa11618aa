/*
 * tweets.c: tweets as snscrape wrote them in early 2021: 21 keys in its order, a tweet per line, as
 * Python's json.dumps writes it. README.md says where each figure comes from.
 */
#include "media.h"
#include "text.h"
#include "users.h"

#include <stdlib.h>

enum {
    KNOB_USERS,
    KNOB_USERS_OFFSET,
    KNOB_MENTIONED,
    KNOB_MENTIONED_OFFSET,
    KNOB_DAYS,
    KNOB_QUOTES,
    KNOB_QUOTES_2,
    KNOB_QUOTES_3,
    KNOB_MENTIONS,
    KNOB_EMOJIS,
    KNOB_MEDIA,
    KNOB_TRAPS
};

static const lr_knob knobs[] = {
    {"users", LR_KNOB_COUNT, 52000, 1, 1u << 24, "who may tweet; of 117,407 tweets 26,500 do"},
    {"users-offset", LR_KNOB_COUNT, 10, 0, 1u << 20, "user k tweets in proportion to 1/(k+offset)"},
    {"mentioned", LR_KNOB_COUNT, 8300, 50, 1u << 24, "who may be mentioned"},
    {"mentioned-offset", LR_KNOB_COUNT, 5, 0, 1u << 20, "as users-offset, for mentions"},
    {"days", LR_KNOB_COUNT, 13, 1, 3650, "days of the tweets, back from 2021-02-24"},
    {"quotes", LR_KNOB_PERCENT, 353000, 0, 1000000, "tweets that quote another one"},
    {"quotes-2", LR_KNOB_PERCENT, 19400, 0, 1000000, "of these, those that quote a quoting one"},
    {"quotes-3", LR_KNOB_PERCENT, 16200, 0, 1000000, "of these, those one deeper"},
    {"mentions", LR_KNOB_PERCENT, 324000, 0, 1000000, "tweets that mention users"},
    {"emojis", LR_KNOB_PERCENT, 144000, 0, 1000000, "contents with emojis"},
    {"media", LR_KNOB_PERCENT, 239000, 0, 1000000, "tweets with photos, videos, animations"},
    {"traps", LR_KNOB_PERCENT, 10000, 0, 1000000, "contents with a text that is easy to miscount"},
    {0},
};

/* How many per tweet that has some; weights. Means 2.7 (published, at most 50) and 2.54. */
static const uint64_t mention_counts[][2] = {{1, 400}, {2, 220}, {3, 140}, {4, 90},  {5, 55},
                                             {6, 35},  {7, 20},  {8, 15},  {10, 12}, {15, 6},
                                             {25, 3},  {40, 1},  {50, 1}};
static const uint64_t emoji_counts[][2] = {{1, 400}, {2, 220}, {3, 160}, {4, 90}, {5, 50},
                                           {6, 30},  {8, 25},  {10, 15}, {20, 5}};

/* Tweets of a day, oldest first; ten of these are published, the rest of the file falls on the
 * others. The newest day ends at 09:23:35. */
static const uint64_t day_weights[13] = {12347, 11296, 10249, 9197, 10443, 11087, 9625,
                                         8204,  8502,  7400,  7300, 8417,  3340};
enum { NEWEST_DAY = 18682, NEWEST_DAY_SECONDS = 33816 }; /* 2021-02-24 */

static const uint32_t content_curve[] = {2,   24,  56,  86,  114, 142, 168,
                                         194, 220, 242, 260, 272, 296};

typedef struct tweets_state {
    weights users, mentioned, mention_counts, emoji_counts;
    uint64_t *before; /* tweets up to day i, newest first, in units of day_weights */
    uint32_t days;
} tweets_state;

typedef struct tweet {
    uint64_t user, ms, id;
    uint32_t depth;
    bool typed;
} tweet;

static lr_status counts_init(weights *out, const uint64_t (*counts)[2], uint32_t n, lr_error *err)
{
    uint64_t of[16];

    for (uint32_t i = 0; i < n; i++)
        of[i] = counts[i][1];
    return weights_init(out, of, n, err);
}

static void tweets_close(gen *g)
{
    tweets_state *const s = g->state;

    if (s == NULL)
        return;
    weights_free(&s->users);
    weights_free(&s->mentioned);
    weights_free(&s->mention_counts);
    weights_free(&s->emoji_counts);
    free(s->before);
    free(s);
    g->state = NULL;
}

static lr_status tweets_open(gen *g, lr_error *err)
{
    const uint64_t *const knob = g->options->knobs;
    tweets_state *const s = calloc(1, sizeof *s);

    g->state = s;
    if (s == NULL || (s->before = calloc(knob[KNOB_DAYS] + 1, sizeof *s->before)) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the tweets");
    s->days = (uint32_t)knob[KNOB_DAYS];
    for (uint32_t i = 0; i < s->days; i++)
        s->before[i + 1] = s->before[i] + day_weights[12 - i % 13];
    LR_TRY(weights_zipf(&s->users, (uint32_t)knob[KNOB_USERS], knob[KNOB_USERS_OFFSET], err));
    LR_TRY(weights_zipf(&s->mentioned, (uint32_t)knob[KNOB_MENTIONED], knob[KNOB_MENTIONED_OFFSET],
                        err));
    LR_TRY(counts_init(&s->mention_counts, mention_counts, LR_COUNT_OF(mention_counts), err));
    return counts_init(&s->emoji_counts, emoji_counts, LR_COUNT_OF(emoji_counts), err);
}

/* The millisecond of tweet i: they fall evenly over the weights of the days, newest first. */
static uint64_t time_of(const gen *g, uint64_t i)
{
    const tweets_state *const s = g->state;
    const uint64_t n = g->records_planned, sum = s->before[s->days];
    const unsigned __int128 at = (unsigned __int128)(i < n ? i : n - 1) * sum * 4096 / n;
    uint32_t day = 0;

    while (day + 1 < s->days && at >= (unsigned __int128)s->before[day + 1] * 4096)
        day++;
    const uint64_t weight = (s->before[day + 1] - s->before[day]) * 4096;
    const uint64_t length = (day == 0 ? NEWEST_DAY_SECONDS : 86400) * 1000ull;
    const uint64_t into =
        (uint64_t)((at - (unsigned __int128)s->before[day] * 4096) * length / weight);
    return (NEWEST_DAY - day) * 86400000ull + length - 1 - into;
}

/* Chosen users are all different, as in mentionedUsers. */
static uint32_t choose_mentions(const gen *g, draw *d, uint32_t *out)
{
    const tweets_state *const s = g->state;
    const uint64_t *const knob = g->options->knobs;

    if (!draw_chance(d, knob[KNOB_MENTIONS]))
        return 0;
    const uint32_t n = (uint32_t)mention_counts[weights_draw(&s->mention_counts, d)][0];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = weights_draw(&s->mentioned, d);
        for (uint32_t j = 0; j < i; j++) {
            if (out[j] == k) { /* the next one; from the start, for it may be there too */
                k = k + 1 < s->mentioned.n ? k + 1 : 0;
                j = UINT32_MAX;
            }
        }
        out[i] = k;
    }
    for (uint32_t i = 0; i < n; i++) /* their numbers lie behind those who tweet */
        out[i] += (uint32_t)knob[KNOB_USERS];
    return n;
}

/* What a tweet's end links to: a quoted tweet, a page, or (no link of its own) its media. */
typedef struct links {
    uint8_t text[64];     /* " https://t.co/...", or nothing */
    uint8_t rendered[96]; /* the same as people see it */
    uint8_t target[128], tco[32];
    size_t text_n, rendered_n, target_n, tco_n;
} links;

static void make_links(const gen *g, draw *d, const tweet *quoted, bool has_media, links *l)
{
    uint8_t name[NAME_MAX_BYTES], *at;
    const uint64_t bits = (uint64_t)draw_word(d) << 32 | draw_word(d);

    l->text_n = l->rendered_n = l->target_n = l->tco_n = 0;
    if (quoted == NULL && !has_media && !draw_chance(d, 90000))
        return;
    l->tco_n = (size_t)(put_token(PUT(l->tco, "https://t.co/"), bits, 10) - l->tco);
    l->text[0] = l->rendered[0] = ' ';
    l->text_n = (size_t)(put_bytes(l->text + 1, l->tco, l->tco_n) - l->text);
    if (quoted == NULL && has_media) { /* media links are shown as they are, and are no outlinks */
        l->rendered_n = (size_t)(put_bytes(l->rendered, l->text, l->text_n) - l->rendered);
        l->tco_n = 0;
        return;
    }
    if (quoted != NULL) {
        const size_t name_n = (size_t)(put_username(name, quoted->user) - name);
        at = put_bytes(PUT(l->target, "https://twitter.com/"), name, name_n);
        at = put_number(PUT(at, "/status/"), quoted->id);
        l->target_n = (size_t)(at - l->target);
    } else {
        at = put_token(PUT(l->target, "https://www.news-"), bits >> 7, 6);
        at = put_token(PUT(at, ".com/2021/02/"), bits * 0x9E3779B97F4A7C15u, 24 + (bits & 15));
        l->target_n = (size_t)(at - l->target);
    }
    at = put_bytes(l->rendered + 1, l->target + (quoted != NULL ? 8 : 12), 24);
    at = g->material.encoding == TEXT_JSON ? PUT(at, "\\u2026") : PUT(at, "\xE2\x80\xA6");
    l->rendered_n = (size_t)(at - l->rendered);
}

/* Writes the content without its link. */
static uint8_t *put_content(const gen *g, draw *d, const language *lang, const uint32_t *mentions,
                            uint32_t n_mentions, uint8_t *at, meaning *m)
{
    const tweets_state *const s = g->state;
    const uint64_t *const knob = g->options->knobs;
    text_plan plan = {.words = lang->words, .n_mentions = n_mentions, .mentions = mentions};

    plan.chars = draw_quantile(d, content_curve, LR_COUNT_OF(content_curve));
    if (plan.words == WORDS_HASHTAGS) /* "und": nothing but hashtags and links */
        plan.chars = plan.chars * 5 / 8;
    else if (plan.words >= WORDS_HINDI && plan.words <= WORDS_TAMIL)
        plan.chars = plan.chars * 5 / 8;
    plan.n_hashtags = 1 + (draw_word(d) >> 30);
    if (draw_chance(d, knob[KNOB_EMOJIS]))
        plan.n_emojis = (uint32_t)emoji_counts[weights_draw(&s->emoji_counts, d)][0];
    plan.n_traps = draw_chance(d, knob[KNOB_TRAPS]);
    return put_text_of(&g->material, d, &plan, at, m);
}

static uint8_t *put_source(draw *d, uint8_t *at)
{
    const uint32_t r = draw_word(d) >> 24;

    if (r < 140)
        return PUT(at, "\"source\": \"<a href=\\\"http://twitter.com/download/android\\\" "
                       "rel=\\\"nofollow\\\">Twitter for Android</a>\", "
                       "\"sourceUrl\": \"http://twitter.com/download/android\", "
                       "\"sourceLabel\": \"Twitter for Android\"");
    if (r < 196)
        return PUT(at, "\"source\": \"<a href=\\\"http://twitter.com/download/iphone\\\" "
                       "rel=\\\"nofollow\\\">Twitter for iPhone</a>\", "
                       "\"sourceUrl\": \"http://twitter.com/download/iphone\", "
                       "\"sourceLabel\": \"Twitter for iPhone\"");
    if (r < 244)
        return PUT(at, "\"source\": \"<a href=\\\"https://mobile.twitter.com\\\" "
                       "rel=\\\"nofollow\\\">Twitter Web App</a>\", "
                       "\"sourceUrl\": \"https://mobile.twitter.com\", "
                       "\"sourceLabel\": \"Twitter Web App\"");
    if (r < 251)
        return PUT(at, "\"source\": \"<a href=\\\"https://about.twitter.com/products/tweetdeck\\\" "
                       "rel=\\\"nofollow\\\">TweetDeck</a>\", "
                       "\"sourceUrl\": \"https://about.twitter.com/products/tweetdeck\", "
                       "\"sourceLabel\": \"TweetDeck\"");
    return PUT(at, "\"source\": \"\", \"sourceUrl\": null, \"sourceLabel\": null");
}

static uint8_t *put_reactions(draw *d, const tweet *t, const language *lang, uint8_t *at)
{
    static const char *const names[4] = {
        ", \"replyCount\": ", ", \"retweetCount\": ", ", \"likeCount\": ", ", \"quoteCount\": "};
    const uint32_t r = draw_word(d);

    for (uint32_t i = 0; i < 4; i++) { /* most tweets get none */
        const uint32_t bits = t->depth > 0 ? 10 : r >> (4 * i) & 1 ? 0 : r >> (4 * i + 1) & 7;
        at = put_bytes(at, names[i], strlen(names[i]));
        at = put_number(at, draw_word(d) & ((1u << bits) - 1));
    }
    /* A fifth of the tweets answer another one, of up to some hours before. */
    const uint64_t first = r >> 16 < 13000 ? tweet_id(t->ms - (r & 0xFFFFFF) - 1, r) : t->id;
    at = put_number(PUT(at, ", \"conversationId\": "), first);
    at = put_bytes(PUT(at, ", \"lang\": \""), lang->code, strlen(lang->code));
    return PUT(at, "\", ");
}

static uint8_t *put_mentioned(const gen *g, const tweet *t, const uint32_t *mentions, uint32_t n,
                              uint8_t *at)
{
    at = PUT(at, ", \"mentionedUsers\": ");
    if (n == 0)
        return PUT(at, "null");
    *at++ = '[';
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            at = PUT(at, ", ");
        at = put_user(g, mentions[i], USER_MENTIONED, t->typed, at);
    }
    *at++ = ']';
    return at;
}

/* The tweet that t quotes: somebody else's, of up to three days before. */
static tweet quoted_by(const gen *g, draw *d, const tweet *t)
{
    const tweets_state *const s = g->state;
    const uint64_t ms = t->ms - 1000 - draw_below(d, 3 * 86400000);

    return (tweet){weights_draw(&s->users, d), ms, tweet_id(ms, draw_word(d)), t->depth + 1,
                   t->typed};
}

static uint8_t *put_tweet(const gen *g, draw *d, const tweet *t, uint8_t *at, meaning *m);

static uint8_t *put_quoted(const gen *g, draw *d, const tweet *quoted, uint8_t *at)
{
    meaning unused;

    if (quoted == NULL)
        return PUT(at, "null");
    unused.n_emojis = unused.n_mentions = unused.n_traps = 0;
    return put_tweet(g, d, quoted, at, &unused);
}

/* Up to the key user: the texts and the number. */
static uint8_t *put_head(const gen *g, draw *d, const tweet *t, const language *lang,
                         const uint32_t *mentions, uint32_t n_mentions, const links *l, uint8_t *at,
                         meaning *m)
{
    uint8_t name[NAME_MAX_BYTES];
    const size_t name_n = (size_t)(put_username(name, t->user) - name);

    at = PUT(at, "{\"url\": \"https://twitter.com/");
    at = put_bytes(at, name, name_n);
    at = put_number(PUT(at, "/status/"), t->id);
    at = put_time(PUT(at, "\", \"date\": \""), t->ms / 1000);
    at = PUT(at, "\", \"content\": \"");
    const uint8_t *const text = at;
    at = put_content(g, d, lang, mentions, n_mentions, at, m);
    const size_t text_n = (size_t)(at - text);
    at = put_bytes(at, l->text, l->text_n);
    at = PUT(at, "\", \"renderedContent\": \"");
    at = put_bytes(at, text, text_n);
    at = put_bytes(at, l->rendered, l->rendered_n);
    at = put_number(PUT(at, "\", \"id\": "), t->id);
    return put_user(g, t->user, USER_FULL, t->typed, PUT(at, ", \"user\": "));
}

static uint8_t *put_tweet(const gen *g, draw *d, const tweet *t, uint8_t *at, meaning *m)
{
    const uint64_t *const knob = g->options->knobs;
    const uint64_t quotes[] = {knob[KNOB_QUOTES], knob[KNOB_QUOTES_2], knob[KNOB_QUOTES_3], 0};
    uint32_t mentions[MEANT_MENTIONS_MAX];
    links l;
    tweet other;
    const tweet *quoted = NULL;

    const language *const lang = &languages[weights_draw(&g->material.language_weights, d)];
    const uint32_t n_mentions = choose_mentions(g, d, mentions);
    const bool has_media = draw_chance(d, knob[KNOB_MEDIA]);
    if (draw_chance(d, quotes[t->depth])) {
        other = quoted_by(g, d, t);
        quoted = &other;
    }
    make_links(g, d, quoted, has_media, &l);

    at = put_head(g, d, t, lang, mentions, n_mentions, &l, at, m);
    at = PUT(at, ", \"outlinks\": [");
    if (l.tco_n > 0) {
        *at++ = '"';
        at = put_bytes(at, l.target, l.target_n);
        at = PUT(at, "\"], \"tcooutlinks\": [\"");
        at = put_bytes(at, l.tco, l.tco_n);
        at = PUT(at, "\"]");
    } else {
        at = PUT(at, "], \"tcooutlinks\": []");
    }
    at = put_reactions(d, t, lang, at);
    at = PUT(put_source(d, at), ", \"media\": ");
    at = has_media ? put_media(d, t->id, at) : PUT(at, "null");
    at = PUT(at, ", \"retweetedTweet\": null, \"quotedTweet\": ");
    at = put_quoted(g, d, quoted, at);
    at = put_mentioned(g, t, mentions, n_mentions, at);
    *at++ = '}';
    return at;
}

static uint8_t *tweets_record(const gen *g, uint64_t i, uint8_t *at, meaning *m)
{
    const tweets_state *const s = g->state;
    draw d = draw_start(g->options->seed, STREAM_RECORD, i);
    const uint64_t ms = time_of(g, i);
    /* The low bits fall from tweet to tweet: no two numbers are the same, and they descend. */
    const tweet t = {weights_draw(&s->users, &d), ms, tweet_id(ms, ~(uint32_t)i), 0, false};

    m->date = (int32_t)(NEWEST_DAY - ms / 86400000);
    m->user = (uint32_t)t.user;
    return put_tweet(g, &d, &t, at, m);
}

static uint32_t tweets_dates(const gen *g)
{
    return ((const tweets_state *)g->state)->days;
}

static uint32_t tweets_users(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_USERS];
}

static uint32_t tweets_mentionable(const gen *g)
{
    return (uint32_t)g->options->knobs[KNOB_MENTIONED];
}

static uint8_t *tweets_date(const gen *g, uint32_t date, uint8_t *at)
{
    (void)g;
    return put_day(at, NEWEST_DAY - date);
}

static uint8_t *tweets_user(const gen *g, uint64_t user, uint8_t *at)
{
    (void)g;
    return put_username(at, user);
}

const lr_recipe recipe_tweets = {
    .name = "tweets",
    .title = "tweets of early 2021, 21 keys each",
    .knobs = knobs,
    .format = LR_GEN_NDJSON,
    .delimiter = ',',
    .record_max_bytes = (size_t)256 << 10,
    .block_records = 64,
    .record_mean_bytes = 3490,
    .open = tweets_open,
    .close = tweets_close,
    .record = tweets_record,
    .n_dates = tweets_dates,
    .n_users = tweets_users,
    .n_mentionable = tweets_mentionable,
    .first_mentionable = tweets_users, /* behind those who tweet */
    .date_text = tweets_date,
    .user_text = tweets_user,
    .has_field = true,
};
