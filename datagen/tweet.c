/* tweet.c: a tweet as snscrape wrote it, in its early shape and in a later one. */
#include "media.h"
#include "text.h"
#include "tweets.h"
#include "users.h"

/* Chosen users are all different, as in mentionedUsers. */
static uint32_t choose_mentions(const gen *g, draw *d, uint32_t *out)
{
    const tweets_state *const s = g->state;
    const uint64_t *const knob = g->options->knobs;

    if (!draw_chance(d, knob[KNOB_MENTIONS]))
        return 0;
    const uint32_t n = g->lists[KNOB_MENTION_COUNTS].numbers[weights_draw(&s->mention_counts, d)];
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
    if (quoted == NULL && !has_media && !draw_chance(d, g->options->knobs[KNOB_LINKS]))
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

    plan.chars = curve_at(&g->lists[KNOB_CONTENT_LENGTH], draw_word(d));
    /* "und" is nothing but hashtags and links; the others take six bytes per letter. */
    if (plan.words == WORDS_HASHTAGS || (plan.words >= WORDS_HINDI && plan.words <= WORDS_TAMIL))
        plan.chars = (uint32_t)(plan.chars * knob[KNOB_DENSE_SCRIPTS] / 1000000);
    plan.n_hashtags = curve_at(&g->lists[KNOB_HASHTAGS], draw_word(d));
    if (draw_chance(d, knob[KNOB_EMOJIS]))
        plan.n_emojis = g->lists[KNOB_EMOJI_COUNTS].numbers[weights_draw(&s->emoji_counts, d)];
    plan.n_traps = draw_chance(d, knob[KNOB_TRAPS]);
    return put_text_of(&g->material, d, &plan, at, m);
}

static uint8_t *put_source(const gen *g, draw *d, uint8_t *at)
{
    switch (item_at(&g->lists[KNOB_SOURCES], draw_word(d))) {
    case 0:
        return PUT(at, "\"source\": \"<a href=\\\"http://twitter.com/download/android\\\" "
                       "rel=\\\"nofollow\\\">Twitter for Android</a>\", "
                       "\"sourceUrl\": \"http://twitter.com/download/android\", "
                       "\"sourceLabel\": \"Twitter for Android\"");
    case 1:
        return PUT(at, "\"source\": \"<a href=\\\"http://twitter.com/download/iphone\\\" "
                       "rel=\\\"nofollow\\\">Twitter for iPhone</a>\", "
                       "\"sourceUrl\": \"http://twitter.com/download/iphone\", "
                       "\"sourceLabel\": \"Twitter for iPhone\"");
    case 2:
        return PUT(at, "\"source\": \"<a href=\\\"https://mobile.twitter.com\\\" "
                       "rel=\\\"nofollow\\\">Twitter Web App</a>\", "
                       "\"sourceUrl\": \"https://mobile.twitter.com\", "
                       "\"sourceLabel\": \"Twitter Web App\"");
    case 3:
        return PUT(at, "\"source\": \"<a href=\\\"https://about.twitter.com/products/tweetdeck\\\" "
                       "rel=\\\"nofollow\\\">TweetDeck</a>\", "
                       "\"sourceUrl\": \"https://about.twitter.com/products/tweetdeck\", "
                       "\"sourceLabel\": \"TweetDeck\"");
    default:
        return PUT(at, "\"source\": \"\", \"sourceUrl\": null, \"sourceLabel\": null");
    }
}

/* How many binary digits the i-th count of reactions has: four bits of r say it, and what is left of r
 * between two sixteenths. An odd number is none of them: most tweets get none. */
static uint32_t digits_of(const short_list *lengths, uint32_t r, uint32_t i)
{
    const uint32_t bits = r >> (4 * i) & 15, sixteenth = (~bits & 1) << 3 | bits >> 1;
    return lengths->numbers[item_at(lengths, sixteenth << 28 | (r * 0x9E3779B9u >> 4))];
}

static uint8_t *put_reactions(const gen *g, draw *d, const tweet *t, const language *lang,
                              uint8_t *at)
{
    static const char *const names[4] = {
        ", \"replyCount\": ", ", \"retweetCount\": ", ", \"likeCount\": ", ", \"quoteCount\": "};
    const uint64_t *const knob = g->options->knobs;
    const uint32_t r = draw_word(d), age = curve_at(&g->lists[KNOB_REPLY_AGE], r << 8);

    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t bits = t->depth > 0 ? (uint32_t)knob[KNOB_QUOTED_REACTIONS]
                                           : digits_of(&g->lists[KNOB_REACTIONS], r, i);
        at = put_bytes(at, names[i], strlen(names[i]));
        at = put_number(at, draw_word(d) & ((1u << bits) - 1));
    }
    const bool reply = (uint64_t)(r >> 16) * 1000000 >> 16 < knob[KNOB_REPLIES];
    const uint64_t first = reply ? tweet_id(t->ms - age, r) : t->id;
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
    const uint64_t ms = t->ms - curve_at(&g->lists[KNOB_QUOTED_AGE], draw_word(d));

    return (tweet){weights_draw(&s->users, d), ms, tweet_id(ms, draw_word(d)), t->depth + 1,
                   t->typed};
}

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

    *at++ = '{';
    if (t->typed)
        at = PUT(at, "\"_type\": \"snscrape.modules.twitter.Tweet\", ");
    at = PUT(at, "\"url\": \"https://twitter.com/");
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

/* One link or none; the later shape has null for none. */
static uint8_t *put_outlinks(const links *l, bool typed, uint8_t *at)
{
    if (l->tco_n == 0)
        return typed ? PUT(at, ", \"outlinks\": null, \"tcooutlinks\": null")
                     : PUT(at, ", \"outlinks\": [], \"tcooutlinks\": []");
    at = put_bytes(PUT(at, ", \"outlinks\": [\""), l->target, l->target_n);
    at = put_bytes(PUT(at, "\"], \"tcooutlinks\": [\""), l->tco, l->tco_n);
    return PUT(at, "\"]");
}

/* Seven keys that the later shape has behind the early ones, mentionedUsers among them. */
static uint8_t *put_later_keys(const gen *g, draw *d, const tweet *t, const uint32_t *mentions,
                               uint32_t n_mentions, uint8_t *at)
{
    const tweets_state *const s = g->state;
    const uint64_t *const knob = g->options->knobs;

    if (draw_chance(d, knob[KNOB_LATER_REPLIES])) {
        at = put_number(PUT(at, ", \"inReplyToTweetId\": "), t->id - draw_word(d) - 1);
        at = PUT(at, ", \"inReplyToUser\": ");
        at = put_user(g, weights_draw(&s->users, d), USER_FULL, true, at);
    } else {
        at = PUT(at, ", \"inReplyToTweetId\": null, \"inReplyToUser\": null");
    }
    at = put_mentioned(g, t, mentions, n_mentions, at);
    if (draw_chance(d, knob[KNOB_LATER_PLACES]))
        at = PUT(at, ", \"coordinates\": {\"_type\": \"snscrape.modules.twitter.Coordinates\", "
                     "\"longitude\": -87.940033, \"latitude\": 41.644102}, "
                     "\"place\": {\"_type\": \"snscrape.modules.twitter.Place\", "
                     "\"fullName\": \"Chicago, IL\", \"name\": \"Chicago\", "
                     "\"type\": \"city\", \"country\": \"United States\", "
                     "\"countryCode\": \"US\"}");
    else
        at = PUT(at, ", \"coordinates\": null, \"place\": null");
    at = draw_chance(d, knob[KNOB_LATER_HASHTAGS]) ? PUT(at, ", \"hashtags\": [\"FarmersProtest\"]")
                                                   : PUT(at, ", \"hashtags\": null");
    return PUT(at, ", \"cashtags\": null}");
}

/* What stands behind the user: the early shape has links first, the later one reactions. */
static uint8_t *put_tail(const gen *g, draw *d, const tweet *t, const language *lang,
                         const links *l, bool has_media, uint8_t *at)
{
    if (!t->typed)
        at = put_outlinks(l, false, at);
    at = put_reactions(g, d, t, lang, at);
    at = put_source(g, d, at);
    if (t->typed)
        at = put_outlinks(l, true, at);
    at = PUT(at, ", \"media\": ");
    at = has_media ? put_media(g, d, t->id, t->typed, at) : PUT(at, "null");
    return PUT(at, ", \"retweetedTweet\": null, \"quotedTweet\": ");
}

uint8_t *put_tweet(const gen *g, draw *d, const tweet *t, uint8_t *at, meaning *m)
{
    const uint64_t *const knob = g->options->knobs;
    const uint64_t quotes[] = {knob[KNOB_QUOTES], knob[KNOB_QUOTES_2], knob[KNOB_QUOTES_3], 0};
    uint32_t mentions[MEANT_MENTIONS_MAX];
    links l;
    tweet other;
    const tweet *quoted = NULL;

    const language *const lang =
        &languages[weights_draw(&((const tweets_state *)g->state)->languages, d)];
    const uint32_t n_mentions = choose_mentions(g, d, mentions);
    const bool has_media = draw_chance(d, knob[KNOB_MEDIA]);
    if (draw_chance(d, quotes[t->depth])) {
        other = quoted_by(g, d, t);
        quoted = &other;
    }
    make_links(g, d, quoted, has_media, &l);

    at = put_head(g, d, t, lang, mentions, n_mentions, &l, at, m);
    at = put_tail(g, d, t, lang, &l, has_media, at);
    at = put_quoted(g, d, quoted, at);
    if (t->typed)
        return put_later_keys(g, d, t, mentions, n_mentions, at);
    at = put_mentioned(g, t, mentions, n_mentions, at);
    *at++ = '}';
    return at;
}
