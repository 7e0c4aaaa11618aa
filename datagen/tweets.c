/*
 * tweets.c: tweets as snscrape wrote them in early 2021: 21 keys in its order, a tweet per line, as
 * Python's json.dumps writes it. README.md says where each figure comes from.
 */
#include "tweets.h"
#include "bad.h"
#include "names.h"
#include "shuffle.h"
#include "users.h"

#include <assert.h>
#include <stdlib.h>

enum { NEWEST_DAY = 18682, NEWEST_DAY_SECONDS = 33816 }; /* 2021-02-24 */

/* A knob's list as weights to draw by. */
static lr_status weights_of_knob(weights *out, const gen *g, uint32_t knob, lr_error *err)
{
    distribution read;
    const bool known =
        distribution_read(&g->options->recipe->knobs[knob], g->options->lists[knob], &read);

    assert(known);
    (void)known;
    return weights_init(out, read.weights, read.n, err);
}

void tweets_close(gen *g)
{
    tweets_state *const s = g->state;

    if (s == NULL)
        return;
    weights_free(&s->users);
    weights_free(&s->mentioned);
    weights_free(&s->languages);
    weights_free(&s->mention_counts);
    weights_free(&s->emoji_counts);
    user_store_free(&s->store);
    free(s->before);
    free(s);
    g->state = NULL;
}

/* Behind the last of the list it begins anew. */
static void add_days(const gen *g, tweets_state *s)
{
    distribution read;

    s->days = (uint32_t)g->options->knobs[KNOB_DAYS];
    if (distribution_read(&tweets_knobs[KNOB_DAY_WEIGHTS], g->options->lists[KNOB_DAY_WEIGHTS],
                          &read))
        for (uint32_t i = 0; i < s->days; i++)
            s->before[i + 1] = s->before[i] + read.numbers[i % read.n];
}

lr_status tweets_open(gen *g, lr_error *err)
{
    const uint64_t *const knob = g->options->knobs;
    tweets_state *const s = calloc(1, sizeof *s);

    g->state = s;
    if (s == NULL || (s->before = calloc(knob[KNOB_DAYS] + 1, sizeof *s->before)) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the tweets");
    add_days(g, s);
    LR_TRY(user_store_init(&s->store, (uint32_t)(knob[KNOB_USERS] + knob[KNOB_MENTIONED]),
                           g->keep_max_bytes, err));
    LR_TRY(weights_zipf(&s->users, (uint32_t)knob[KNOB_USERS], knob[KNOB_USERS_OFFSET], err));
    LR_TRY(weights_zipf(&s->mentioned, (uint32_t)knob[KNOB_MENTIONED], knob[KNOB_MENTIONED_OFFSET],
                        err));
    LR_TRY(weights_of_knob(&s->languages, g, KNOB_LANGUAGES, err));
    LR_TRY(weights_of_knob(&s->mention_counts, g, KNOB_MENTION_COUNTS, err));
    LR_TRY(weights_of_knob(&s->emoji_counts, g, KNOB_EMOJI_COUNTS, err));
    weights_free(&g->material.emoji_weights);
    memcpy(g->material.habits, g->lists + KNOB_TEXT, sizeof g->material.habits);
    return weights_of_knob(&g->material.emoji_weights, g, KNOB_EMOJI_WEIGHTS, err);
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
    uint8_t *const end = put_tweet(g, &d, &t, at, m);
    if (draw_chance(&d, g->options->knobs[KNOB_SHUFFLED]))
        shuffle_keys(&d, at, end);
    return end;
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
    .format = LR_GEN_NDJSON, .delimiter = ',', .record_max_bytes = (size_t)512 << 10,              \
    .block_records = 64, .close = tweets_close, .n_dates = tweets_dates, .n_users = tweets_users,  \
    .n_mentionable = tweets_mentionable, .first_mentionable = tweets_users,                        \
    .date_text = tweets_date, .user_text = tweets_user, .has_field = true

const lr_recipe recipe_tweets = {
    .name = "tweets",
    .title = "tweets of early 2021, 21 keys each",
    .knobs = tweets_knobs,
    .open = tweets_open,
    .record = tweets_record,
    .record_mean_bytes = 3490,
    BOTH,
};

const lr_recipe recipe_tweets_later = {
    .name = "tweets-later",
    .title = "tweets as later versions wrote them: _type first, 28 keys",
    .knobs = tweets_later_knobs,
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
