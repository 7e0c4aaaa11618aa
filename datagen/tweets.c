/*
 * tweets.c: tweets as snscrape wrote them in early 2021: 21 keys in its order, a tweet per line, as
 * Python's json.dumps writes it. README.md says where each figure comes from.
 */
#include "tweets.h"
#include "bad.h"
#include "names.h"
#include "users.h"

#include <stdlib.h>

#define TWEET_KNOBS                                                                                \
    {"users", LR_KNOB_COUNT, 52000, 1, 1u << 24, "who may tweet; of 117,407 tweets 26,500 do"},    \
        {"users-offset",                                                                           \
         LR_KNOB_COUNT,                                                                            \
         10,                                                                                       \
         0,                                                                                        \
         1u << 20,                                                                                 \
         "user k tweets in proportion to 1/(k+offset)"},                                           \
        {"mentioned", LR_KNOB_COUNT, 8300, 50, 1u << 24, "who may be mentioned"},                  \
        {"mentioned-offset", LR_KNOB_COUNT, 5, 0, 1u << 20, "as users-offset, for mentions"},      \
        {"days", LR_KNOB_COUNT, 13, 1, 3650, "days of the tweets, back from 2021-02-24"},          \
        {"quotes", LR_KNOB_PERCENT, 353000, 0, 1000000, "tweets that quote another one"},          \
        {"quotes-2", LR_KNOB_PERCENT, 19400,                                                       \
         0,          1000000,         "of these, those that quote a quoting one"},                 \
        {"quotes-3", LR_KNOB_PERCENT, 16200, 0, 1000000, "of these, those one deeper"},            \
        {"mentions", LR_KNOB_PERCENT, 324000, 0, 1000000, "tweets that mention users"},            \
        {"emojis", LR_KNOB_PERCENT, 144000, 0, 1000000, "contents with emojis"},                   \
        {"media", LR_KNOB_PERCENT, 239000, 0, 1000000, "tweets with photos, videos, animations"},  \
    {                                                                                              \
        "traps", LR_KNOB_PERCENT, 10000, 0, 1000000,                                               \
            "contents with a text that is easy to miscount"                                        \
    }

static const lr_knob knobs[] = {TWEET_KNOBS, {0}};
static const lr_knob bad_knobs[] = {
    TWEET_KNOBS,
    {"each", LR_KNOB_COUNT, 10, 0, 1000000, "broken records of each kind"},
    {0},
};

/* How many per tweet that has some; weights. Means 2.7 (published, at most 50) and 2.54. */
const uint64_t tweet_mention_counts[13][2] = {{1, 400}, {2, 220}, {3, 140}, {4, 90},  {5, 55},
                                              {6, 35},  {7, 20},  {8, 15},  {10, 12}, {15, 6},
                                              {25, 3},  {40, 1},  {50, 1}};
const uint64_t tweet_emoji_counts[9][2] = {{1, 400}, {2, 220}, {3, 160}, {4, 90}, {5, 50},
                                           {6, 30},  {8, 25},  {10, 15}, {20, 5}};

/* Tweets of a day, oldest first; ten of these are published, the rest of the file falls on the
 * others. The newest day ends at 09:23:35. */
static const uint64_t day_weights[13] = {12347, 11296, 10249, 9197, 10443, 11087, 9625,
                                         8204,  8502,  7400,  7300, 8417,  3340};
enum { NEWEST_DAY = 18682, NEWEST_DAY_SECONDS = 33816 }; /* 2021-02-24 */

static lr_status counts_init(weights *out, const uint64_t (*counts)[2], uint32_t n, lr_error *err)
{
    uint64_t of[16];

    for (uint32_t i = 0; i < n; i++)
        of[i] = counts[i][1];
    return weights_init(out, of, n, err);
}

void tweets_close(gen *g)
{
    tweets_state *const s = g->state;

    if (s == NULL)
        return;
    weights_free(&s->users);
    weights_free(&s->mentioned);
    weights_free(&s->mention_counts);
    weights_free(&s->emoji_counts);
    user_store_free(&s->store);
    free(s->before);
    free(s);
    g->state = NULL;
}

lr_status tweets_open(gen *g, lr_error *err)
{
    const uint64_t *const knob = g->options->knobs;
    tweets_state *const s = calloc(1, sizeof *s);

    g->state = s;
    if (s == NULL || (s->before = calloc(knob[KNOB_DAYS] + 1, sizeof *s->before)) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the tweets");
    s->days = (uint32_t)knob[KNOB_DAYS];
    for (uint32_t i = 0; i < s->days; i++)
        s->before[i + 1] = s->before[i] + day_weights[12 - i % 13];
    LR_TRY(user_store_init(&s->store, (uint32_t)(knob[KNOB_USERS] + knob[KNOB_MENTIONED]),
                           g->keep_max_bytes, err));
    LR_TRY(weights_zipf(&s->users, (uint32_t)knob[KNOB_USERS], knob[KNOB_USERS_OFFSET], err));
    LR_TRY(weights_zipf(&s->mentioned, (uint32_t)knob[KNOB_MENTIONED], knob[KNOB_MENTIONED_OFFSET],
                        err));
    LR_TRY(counts_init(&s->mention_counts, tweet_mention_counts, LR_COUNT_OF(tweet_mention_counts),
                       err));
    return counts_init(&s->emoji_counts, tweet_emoji_counts, LR_COUNT_OF(tweet_emoji_counts), err);
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

static uint8_t *put_record(const gen *g, uint64_t i, bool typed, uint8_t *at, meaning *m)
{
    const tweets_state *const s = g->state;
    draw d = draw_start(g->options->seed, STREAM_RECORD, i);
    const uint64_t ms = time_of(g, i);
    /* The low bits fall from tweet to tweet: no two numbers are the same, and they descend. */
    const tweet t = {weights_draw(&s->users, &d), ms, tweet_id(ms, ~(uint32_t)i), 0, typed};

    m->date = (int32_t)(NEWEST_DAY - ms / 86400000);
    m->user = (uint32_t)t.user;
    return put_tweet(g, &d, &t, at, m);
}

uint8_t *tweets_record(const gen *g, uint64_t i, uint8_t *at, meaning *m)
{
    return put_record(g, i, false, at, m);
}

static uint8_t *later_record(const gen *g, uint64_t i, uint8_t *at, meaning *m)
{
    return put_record(g, i, true, at, m);
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

/* What both have in common; record_mean_bytes is a measurement. */
#define BOTH                                                                                       \
    .format = LR_GEN_NDJSON, .delimiter = ',', .record_max_bytes = (size_t)256 << 10,              \
    .block_records = 64, .close = tweets_close, .n_dates = tweets_dates, .n_users = tweets_users,  \
    .n_mentionable = tweets_mentionable, .first_mentionable = tweets_users,                        \
    .date_text = tweets_date, .user_text = tweets_user, .has_field = true

const lr_recipe recipe_tweets = {
    .name = "tweets",
    .title = "tweets of early 2021, 21 keys each",
    .knobs = knobs,
    .open = tweets_open,
    .record = tweets_record,
    .record_mean_bytes = 3490,
    BOTH,
};

const lr_recipe recipe_tweets_later = {
    .name = "tweets-later",
    .title = "tweets as later versions wrote them: _type first, 28 keys",
    .knobs = knobs,
    .open = tweets_open,
    .record = later_record,
    .record_mean_bytes = 4400,
    BOTH,
};

const lr_recipe recipe_bad = {
    .name = "bad",
    .title = "tweets, a given number of them broken in each of many ways",
    .knobs = bad_knobs,
    .open = bad_open,
    .record = bad_record,
    .record_mean_bytes = 3490,
    .broken_name = bad_name,
    .lines_only = true,
    BOTH,
};
