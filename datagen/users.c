/* users.c: user objects. */
#include "users.h"

#include "text.h"
#include "tweets.h"

#include <stdlib.h>

static bool chance_of(const gen *g, draw *d, uint32_t knob)
{
    return draw_chance(d, g->options->knobs[knob]);
}

static uint32_t curve_of(const gen *g, draw *d, uint32_t knob)
{
    return curve_at(&g->lists[knob], draw_word(d));
}

uint64_t tweet_id(uint64_t ms, uint32_t low)
{
    return (ms - 1288834974657u) << 22 | (low & 0x3FFFFF);
}

/* Counts of followers and the like: their logarithm is about evenly spread. */
static uint8_t *put_count(const gen *g, draw *d, uint32_t knob, uint8_t *at)
{
    const uint32_t r = draw_word(d), bits = curve_at(&g->lists[knob], r & ~255u);
    return put_number(at, ((uint64_t)1 << bits) - 1 + (r & ((1u << bits) - 1)));
}

static vocabulary words_of_user(const gen *g, draw *d)
{
    static const vocabulary words[] = {WORDS_ENGLISH, WORDS_PUNJABI, WORDS_HINDI, WORDS_URDU};
    return words[item_at(&g->lists[KNOB_DESCRIPTION_LANGUAGES], draw_word(d))];
}

static uint8_t *put_displayname(const gen *g, draw *d, uint64_t k, uint8_t *at)
{
    static const vocabulary words[] = {WORDS_PUNJABI, WORDS_HINDI};
    const uint32_t script = item_at(&g->lists[KNOB_NAME_SCRIPTS], draw_word(d));

    if (script < LR_COUNT_OF(words))
        at = put_words(&g->material, d, words[script], 9, 0, at);
    else
        at = put_fullname(at, k);
    if (!chance_of(g, d, KNOB_NAME_EMOJIS))
        return at;
    *at++ = ' ';
    const uint32_t n = curve_of(g, d, KNOB_NAME_EMOJI_COUNTS);
    return put_words(&g->material, d, WORDS_ENGLISH, 0, n, at);
}

static uint8_t *put_counts(const gen *g, draw *d, uint8_t *at)
{
    at = put_count(g, d, KNOB_FOLLOWERS, PUT(at, ", \"followersCount\": "));
    at = put_count(g, d, KNOB_FRIENDS, PUT(at, ", \"friendsCount\": "));
    at = put_count(g, d, KNOB_STATUSES, PUT(at, ", \"statusesCount\": "));
    at = put_count(g, d, KNOB_FAVOURITES, PUT(at, ", \"favouritesCount\": "));
    at = put_count(g, d, KNOB_LISTED, PUT(at, ", \"listedCount\": "));
    return put_count(g, d, KNOB_MEDIA_COUNT, PUT(at, ", \"mediaCount\": "));
}

static uint8_t *put_links(const gen *g, draw *d, uint64_t id, uint8_t *at)
{
    const uint64_t bits = (uint64_t)draw_word(d) << 32 | draw_word(d);

    if (chance_of(g, d, KNOB_PROFILE_LINKS)) {
        at = PUT(at, ", \"linkUrl\": \"https://www.");
        at = put_token(at, bits ^ bits >> 20, 9);
        at = PUT(at, ".org\", \"linkTcourl\": \"https://t.co/");
        at = put_token(at, bits, 10);
        *at++ = '"';
    } else {
        at = PUT(at, ", \"linkUrl\": null, \"linkTcourl\": null");
    }
    at = PUT(at, ", \"profileImageUrl\": \"https://pbs.twimg.com/profile_images/");
    at = put_number(at, tweet_id(1500000000000u + (bits & 0x1FFFFFFFFF) / 2, (uint32_t)bits));
    *at++ = '/';
    at = put_token(at, bits * 0x9E3779B97F4A7C15u, 8);
    at = PUT(at, "_normal.jpg\"");
    if (!chance_of(g, d, KNOB_BANNERS))
        return PUT(at, ", \"profileBannerUrl\": null");
    at = PUT(at, ", \"profileBannerUrl\": \"https://pbs.twimg.com/profile_banners/");
    at = put_number(at, id);
    *at++ = '/';
    at = put_number(at, 1400000000 + (bits >> 38));
    *at++ = '"';
    return at;
}

static uint8_t *put_description(const gen *g, draw *d, uint8_t *at)
{
    const vocabulary words = words_of_user(g, d);
    uint32_t chars = curve_of(g, d, KNOB_DESCRIPTION_LENGTH);
    if (words != WORDS_ENGLISH) /* six bytes per letter: people write less there */
        chars = (uint32_t)(chars * g->options->knobs[KNOB_DENSE_SCRIPTS] / 1000000);
    const uint32_t emojis = chars > 0 && chance_of(g, d, KNOB_DESCRIPTION_EMOJIS)
                                ? curve_of(g, d, KNOB_DESCRIPTION_EMOJI_COUNTS)
                                : 0;

    at = PUT(at, ", \"description\": \"");
    uint8_t *const text = at;
    at = put_words(&g->material, d, words, chars, emojis, at);
    const size_t n = (size_t)(at - text);
    at = PUT(at, "\", \"rawDescription\": \"");
    return put_bytes(at, text, n);
}

static uint8_t *put_profile(const gen *g, draw *d, uint64_t id, bool typed, uint8_t *at)
{
    at = put_description(g, d, at);
    at = typed ? PUT(at, "\", \"descriptionUrls\": null") : PUT(at, "\", \"descriptionUrls\": []");
    at = PUT(at, ", \"verified\": ");
    at = chance_of(g, d, KNOB_VERIFIED) ? PUT(at, "true") : PUT(at, "false");
    at = PUT(at, ", \"created\": \"");
    at = put_time(at, curve_of(g, d, KNOB_CREATED));
    *at++ = '"';
    at = put_counts(g, d, at);
    at = PUT(at, ", \"location\": \"");
    if (chance_of(g, d, KNOB_LOCATIONS))
        at = put_words(&g->material, d, WORDS_PLACES, curve_of(g, d, KNOB_LOCATION_LENGTH), 0, at);
    at = PUT(at, "\", \"protected\": false");
    return put_links(g, d, id, at);
}

static uint8_t *make_user(const gen *g, uint64_t k, user_form form, bool typed, uint8_t *at)
{
    static const char type[] = "\"_type\": \"snscrape.modules.twitter.User\", ";
    draw d = draw_start(g->options->seed, STREAM_USER, k);
    uint8_t name[NAME_MAX_BYTES], display[1024];
    const size_t name_n = (size_t)(put_username(name, k) - name);
    const size_t display_n = (size_t)(put_displayname(g, &d, k, display) - display);
    const uint32_t r =
        ~draw_word(&d); /* its last two bits decide: so the defaults keep their bytes */
    const uint64_t id =
        item_at(&g->lists[KNOB_USER_IDS], r >> 2 | r << 30) == 0
            ? draw_word(&d)
            : tweet_id(1500000000000u + ((uint64_t)draw_word(&d) << 4), draw_word(&d));

    *at++ = '{';
    if (typed)
        at = PUT(at, type);
    at = PUT(at, "\"username\": \"");
    at = put_bytes(at, name, name_n);
    if (!typed) {
        at = PUT(at, "\", \"displayname\": \"");
        at = put_bytes(at, display, display_n);
        at = put_number(PUT(at, "\", \"id\": "), id);
    } else {
        at = put_number(PUT(at, "\", \"id\": "), id);
        at = PUT(at, ", \"displayname\": \"");
        at = put_bytes(at, display, display_n);
        *at++ = '"';
    }
    if (form == USER_FULL)
        at = put_profile(g, &d, id, typed, at);
    else
        at =
            PUT(at, ", \"description\": null, \"rawDescription\": null, \"descriptionUrls\": null, "
                    "\"verified\": null, \"created\": null, \"followersCount\": null, "
                    "\"friendsCount\": null, \"statusesCount\": null, \"favouritesCount\": null, "
                    "\"listedCount\": null, \"mediaCount\": null, \"location\": null, "
                    "\"protected\": null, \"linkUrl\": null, \"linkTcourl\": null, "
                    "\"profileImageUrl\": null, \"profileBannerUrl\": null");
    at = PUT(at, ", \"url\": \"https://twitter.com/");
    at = put_bytes(at, name, name_n);
    return PUT(at, "\"}");
}

lr_status user_store_init(user_store *out, uint32_t n_users, size_t bytes_max, lr_error *err)
{
    *out = (user_store){.n_users = n_users < STORE_USERS ? n_users : STORE_USERS,
                        .bytes_max = bytes_max};
    out->at = calloc(out->n_users, sizeof *out->at);
    out->bytes = malloc(bytes_max);
    return out->at != NULL && out->bytes != NULL
               ? LR_OK
               : lr_fail(err, LR_E_RESOURCE, "no memory for the users");
}

void user_store_free(user_store *s)
{
    free(s->at);
    free(s->bytes);
    *s = (user_store){0};
}

/* Keeps a copy of n bytes, if there is room. Two threads may keep the same user: that is only waste. */
static void keep(user_store *s, uint64_t k, const uint8_t *bytes, size_t n)
{
    if (atomic_load_explicit(&s->used, memory_order_relaxed) > s->bytes_max)
        return;
    const size_t at = atomic_fetch_add_explicit(&s->used, n + STORED_HEAD, memory_order_relaxed);
    if (at + n + STORED_HEAD > s->bytes_max)
        return;
    const uint32_t length = (uint32_t)n;
    memcpy(s->bytes + at, &length, STORED_HEAD);
    memcpy(s->bytes + at + STORED_HEAD, bytes, n);
    atomic_store_explicit(&s->at[k], (uint32_t)at + 1, memory_order_release);
}

uint8_t *put_user(const gen *g, uint64_t k, user_form form, bool typed, uint8_t *at)
{
    user_store *const s = &((tweets_state *)g->state)->store;
    uint32_t length;

    if (k >= s->n_users)
        return make_user(g, k, form, typed, at);
    const uint32_t stored = atomic_load_explicit(&s->at[k], memory_order_acquire);
    if (stored != 0) {
        const uint8_t *const from = s->bytes + stored - 1;
        memcpy(&length, from, STORED_HEAD);
        return put_bytes(at, from + STORED_HEAD, length);
    }
    uint8_t *const end = make_user(g, k, form, typed, at);
    keep(s, k, at, (size_t)(end - at));
    return end;
}
