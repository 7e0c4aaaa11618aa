/* text.c: contents of tweets. */
#include "text.h"

/* The constructs of a text; what stands between two of them depends on both. */
typedef enum construct { BEGINNING, WORD, HASHTAG, MENTION, TRAP, EMOJI } construct;

typedef struct builder {
    const material *mat;
    draw *d;
    const text_plan *plan;
    meaning *m;
    construct before;
    uint32_t chars;
    uint32_t mentions, emojis, hashtags, traps; /* written so far */
    bool mentioned;                             /* a mention of the mode ascii is written */
} builder;

const lr_knob text_knobs[TEXT_KNOBS] = {TEXT_KNOB_ROWS};

/* Which item of the text's habits the random word r falls on. */
static uint32_t habit(const builder *b, uint32_t which, uint32_t r)
{
    return item_at(&b->mat->habits[which], r);
}

/* r's low bits first. */
static uint32_t rotated(uint32_t r, uint32_t by)
{
    return r >> by | r << (32 - by);
}

/* White space, mostly a space. In JSON a newline is an escape, in CSV itself. */
static uint8_t *put_white(builder *b, uint8_t *at, uint32_t r)
{
    const uint32_t n = habit(b, TEXT_GAPS, r);

    b->chars += n == 0 ? 1 : n;
    if (n == 0) {
        *at++ = ' ';
        return at;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (b->mat->encoding == TEXT_CSV)
            *at++ = '\n';
        else
            at = PUT(at, "\\n");
    }
    return at;
}

/*
 * Before and behind mentions, hashtags and traps stands white space: then their meaning is that of
 * the tables in every mode. A mention may end in a comma or colon; words have punctuation, and
 * emojis may touch words and each other.
 */
static uint8_t *put_gap(builder *b, construct next, uint8_t *at)
{
    static const char marks[16] = ",.,.!?:;,.-,.!,.";
    const uint32_t r = draw_word(b->d), choice = rotated(r, 8);

    if (b->before == BEGINNING)
        return at;
    if (next == EMOJI &&
        (b->before == EMOJI || (b->before == WORD && habit(b, TEXT_EMOJI_JOINS, choice) == 0)))
        return at;
    if (b->before == EMOJI && next == WORD && habit(b, TEXT_WORD_JOINS, choice) == 0)
        return at;
    if ((b->before == WORD || b->before == MENTION) && next != EMOJI &&
        habit(b, TEXT_MARKS, rotated(r, 16)) == 0) {
        *at++ = (uint8_t)marks[r >> 16 & 15];
        b->chars++;
    }
    return put_white(b, at, choice);
}

static uint8_t *put_list_piece(builder *b, const piece_list *list, uint32_t i, uint8_t *at)
{
    b->chars += list->pieces[i].chars;
    return put_piece(at, &list->pieces[i]);
}

static uint8_t *put_mention(builder *b, uint8_t *at)
{
    const uint32_t user = b->plan->mentions[b->mentions++];
    uint8_t *const start = at;

    b->m->mentions[b->m->n_mentions++] = user;
    b->mentioned = true;
    *at++ = '@';
    at = put_username(at, user);
    b->chars += (uint32_t)(at - start);
    return at;
}

static uint8_t *put_trap(builder *b, uint8_t *at)
{
    const uint32_t i = draw_below(b->d, b->plan->lone_surrogates ? n_traps : n_traps_for_all);

    b->traps++;
    if (!b->mentioned && traps[i].ascii != NULL) {
        b->mentioned = true;
        b->m->mentions_trap_first = true;
        b->m->first_trap = i;
    }
    b->m->traps[b->m->n_traps++] = (uint16_t)i;
    return put_list_piece(b, &b->mat->traps, i, at);
}

static uint8_t *put_emoji(builder *b, uint8_t *at)
{
    /* People repeat an emoji more often than they vary it. */
    const bool again =
        b->before == EMOJI && habit(b, TEXT_REPEATS, rotated(~draw_word(b->d), 2)) == 0;
    const uint32_t i =
        again ? b->m->emojis[b->m->n_emojis - 1] : weights_draw(&b->mat->emoji_weights, b->d);

    b->emojis++;
    b->m->emojis[b->m->n_emojis++] = (uint16_t)i;
    return put_list_piece(b, &b->mat->emojis, i, at);
}

static uint8_t *put_construct(builder *b, construct next, uint8_t *at)
{
    const material *const mat = b->mat;
    const piece_list *const words = &mat->words[next == HASHTAG ? WORDS_HASHTAGS : b->plan->words];

    at = put_gap(b, next, at);
    switch (next) {
    case MENTION:
        at = put_mention(b, at);
        break;
    case TRAP:
        at = put_trap(b, at);
        break;
    case EMOJI:
        at = put_emoji(b, at);
        break;
    default:
        b->hashtags += next == HASHTAG;
        at = put_list_piece(b, words, draw_below(b->d, words->n), at);
        break;
    }
    b->before = next;
    return at;
}

/* Replies begin with whom they answer; the rest is strewn over the text. */
static construct choose(builder *b)
{
    const text_plan *const plan = b->plan;
    const uint32_t words_left = b->chars < plan->chars ? (plan->chars - b->chars) / 6 + 1 : 0;
    const uint32_t mentions = plan->n_mentions - b->mentions, emojis = plan->n_emojis - b->emojis;
    const uint32_t hashtags = plan->n_hashtags - b->hashtags, n_trap = plan->n_traps - b->traps;
    const uint32_t others = mentions + emojis + hashtags + n_trap;

    if (mentions > 0 && (b->before == BEGINNING || b->before == MENTION))
        return MENTION;
    if (emojis > 0 && b->before == EMOJI && habit(b, TEXT_RUNS, rotated(~draw_word(b->d), 2)) == 0)
        return EMOJI;
    if (others == 0)
        return words_left > 0 ? WORD : BEGINNING;
    uint32_t r = draw_below(b->d, words_left + others);
    if (r < words_left)
        return WORD;
    r -= words_left;
    if (r < mentions)
        return MENTION;
    r -= mentions;
    if (r < hashtags)
        return HASHTAG;
    return r - hashtags < emojis ? EMOJI : TRAP;
}

uint8_t *put_text_of(const material *mat, draw *d, const text_plan *plan, uint8_t *at, meaning *m)
{
    builder b = {.mat = mat, .d = d, .plan = plan, .m = m, .before = BEGINNING};

    for (construct next; (next = choose(&b)) != BEGINNING;)
        at = put_construct(&b, next, at);
    return at;
}

uint8_t *put_words(const material *mat, draw *d, vocabulary words, uint32_t chars,
                   uint32_t n_emojis, uint8_t *at)
{
    meaning unused;
    const text_plan plan = {.words = words, .chars = chars, .n_emojis = n_emojis};

    unused.n_emojis = unused.n_mentions = unused.n_traps = 0;
    return put_text_of(mat, d, &plan, at, &unused);
}
