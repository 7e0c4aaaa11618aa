/*
 * grammar_warp.h: is what a warp reads of a line all of RFC 8259? Each token is proved by the one before it, as
 * masks: a lane sees its 32 bytes, and of the lane before what its last token makes of the next one.
 * Whether a comma stands in an object or in an array is known from the walk over the brackets. Anything
 * unusual is a doubt: two blanks between tokens, more than 32 levels, an exponent.
 *
 * Literals are proved by counting: as many letters stand outside of strings as those literals have that were
 * found where words begin.
 */
#ifndef LR_GRAMMAR_WARP_H
#define LR_GRAMMAR_WARP_H

#include "parse/strings_warp.h"

/* Between steps. What is of the last lane is meaningful in the first. */
typedef struct grammar {
    uint32_t tokens;   /* see token_links */
    uint32_t ends;     /* see end_links */
    uint32_t key;      /* the string at hand, over a step's end, is a key */
    uint32_t fraction; /* the digits at hand are a fraction's */
    uint32_t letters;  /* of this lane: outside of strings, less those of literals */
    string_look open;
} grammar;

static __device__ void grammar_begin(grammar *g)
{
    g->tokens = g->ends = g->key = g->fraction = g->letters = 0;
    g->open.sequences = g->open.us = 0;
}

/* The bytes that have one of the mask before them, with one blank between them or none. last: that of
 * the lane before, see last_of. */
static __device__ uint32_t behind(uint32_t mask, uint32_t blanks, uint32_t last)
{
    const uint32_t wide = mask | ((mask << 1 | last) & blanks);
    return wide << 1 | last;
}

/* Does a lane end with a byte of the mask, or such a one and a blank? Shifts the answer into *bits. */
static __device__ void last_of(uint32_t *bits, uint32_t mask, uint32_t blanks)
{
    *bits = __funnelshift_l(mask | (mask << 1 & blanks), *bits, 1);
}

/* Words: numbers, and letters of literals. Bits of the lane before. */
enum { LAST_WORD, LAST_DIGIT, LAST_MINUS, LAST_POINT, LAST_ZERO, LAST_LETTER };

typedef struct word_masks {
    uint32_t words, digits, minus, points, letters;
    uint32_t starts, zeros; /* zeros that begin a number's digits */
} word_masks;

/* Those of a lane, but for its first byte, whose word may begin in the lane before. */
static __device__ word_masks words_of(const lr_planes *x, uint32_t words)
{
    word_masks w;

    w.words = words;
    w.digits = words & bytes_digits(x);
    w.minus = words & bytes_eq(x, '-');
    w.points = words & bytes_eq(x, '.');
    w.letters = words & ~(w.digits | w.minus | w.points);
    w.starts = words & ~(words << 1);
    w.zeros = bytes_eq(x, '0') & words & (w.starts | w.minus << 1);
    return w;
}

static __device__ uint32_t last_word(const word_masks *w)
{
    return w->words >> 31 << LAST_WORD | w->digits >> 31 << LAST_DIGIT |
           w->minus >> 31 << LAST_MINUS | w->points >> 31 << LAST_POINT |
           w->zeros >> 31 << LAST_ZERO | w->letters >> 31 << LAST_LETTER;
}

/* A literal that begins at `at`: how many letters it has, or 0. What follows them is looked at by words_step. */
static __device__ uint32_t literal_at(const warp_line *l, uint32_t at)
{
    const uint64_t bytes = load_eight(l->src, at);
    const uint32_t four = (uint32_t)bytes;

    if (four == 0x65757274u || four == 0x6C6C756Eu) /* true, null */
        return 4;
    return four == 0x736C6166u && (bytes >> 32 & 0xFF) == 'e' ? 5 : 0; /* false */
}

/* Are the words numbers, -? int frac?, and literals? last: what last_word says of the lane before. Completes
 * w. Returns bytes that are bad; letters are counted. */
static __device__ uint32_t words_step(grammar *g, const warp_line *l, const lane_masks *m,
                                      word_masks *w, const lr_planes *x, uint32_t last)
{
    const uint32_t after_minus = w->minus << 1 | (last >> LAST_MINUS & 1);
    const uint32_t after_point = w->points << 1 | (last >> LAST_POINT & 1);
    const uint32_t after_digit = w->digits << 1 | (last >> LAST_DIGIT & 1);
    const uint32_t after_letter = w->letters << 1 | (last >> LAST_LETTER & 1);
    uint32_t bad;

    w->starts &= ~(last >> LAST_WORD & 1);
    w->zeros = bytes_eq(x, '0') & w->words & (w->starts | after_minus);
    bad = (w->minus & ~w->starts) | (w->points & ~after_digit) |
          ((after_minus | after_point) & ~w->digits) |
          ((w->zeros << 1 | (last >> LAST_ZERO & 1)) & w->digits) |
          (after_letter & w->words & ~w->letters) | (w->letters & ~w->starts & ~after_letter);
    if (any_lane(w->points != 0) || g->fraction != 0) { /* a second point is carried to */
        const uint32_t marks = after_point & w->digits, sum = w->digits + marks;
        bad |= (sum + carried(l, sum < marks, sum == 0xFFFFFFFFu, &g->fraction)) & w->points;
    }
    for (uint32_t rest = w->starts & w->letters; rest != 0; rest &= rest - 1)
        g->letters -= literal_at(l, m->at + (uint32_t)__ffs((int)rest) - 1);
    g->letters += (uint32_t)__popc(w->letters);
    return bad;
}

/* The insides of strings: control characters, escapes, UTF-8. Returns bytes that are bad. */
static __device__ uint32_t strings_step(grammar *g, const warp_line *l, const lane_masks *m,
                                        const lr_planes *x)
{
    const bool first = l->lane == 0;
    uint32_t bad = bytes_control(x) & m->inside;
    uint64_t us;

    if (any_lane((x->bit[7] & m->valid) != 0 || (first && g->open.sequences != 0)))
        bad |= sequences_step(l, x, m->valid, &g->open.sequences);
    if (any_lane(m->escaped != 0 || (first && g->open.us != 0)))
        bad |= escapes_step(l, x, m->escaped, m->valid, &g->open.us, &us);
    return bad;
}

/* Tokens, by what may come next. */
typedef struct token_masks {
    uint32_t colons, commas, blanks;
    uint32_t wants_value, wants_key;
    word_masks words;
} token_masks;

static __device__ token_masks tokens_of(const lane_masks *m, const lr_planes *x, uint32_t in_object)
{
    const uint32_t outside = m->valid & ~m->inside & ~m->quotes, braces = x->bit[5];
    token_masks t;

    t.colons = bytes_eq(x, ':') & outside;
    t.commas = bytes_eq(x, ',') & outside;
    t.blanks = bytes_eq(x, ' ') & outside; /* another one is a doubt, as a word */
    t.wants_value = t.colons | (m->opens & ~braces) | (t.commas & ~in_object);
    t.wants_key = (m->opens & braces) | (t.commas & in_object);
    t.words = words_of(x, outside & ~(m->opens | m->closes | t.colons | t.commas | t.blanks));
    return t;
}

/* What the next lane must know of these: see last_of and last_word. */
static __device__ uint32_t token_links(const token_masks *t, uint32_t opens)
{
    uint32_t links = last_word(&t->words);

    last_of(&links, opens, t->blanks);
    last_of(&links, t->wants_key, t->blanks);
    last_of(&links, t->wants_value, t->blanks);
    last_of(&links, t->blanks, 0);
    return links;
}

static __device__ uint32_t end_links(uint32_t key_ends, uint32_t value_ends, uint32_t blanks)
{
    uint32_t links = 0;

    last_of(&links, key_ends, blanks);
    last_of(&links, value_ends, blanks);
    return links;
}

/*
 * A step of the grammar:
 *
 *   a string behind { or a comma in an object                 is a key
 *   another string, a word, [ or {                            stands behind a colon, [ or another comma
 *   a colon                                                   behind a key
 *   a comma                                                   behind a value
 *   } or ]                                                    behind a value, or { or [
 *
 * in_object: see walk_step. escaped: closing quotes of strings with escapes; a key with one is a doubt.
 */
static __device__ bool grammar_step(grammar *g, const warp_line *l, const lane_masks *m,
                                    const lr_planes *x, uint32_t in_object, uint32_t escaped)
{
    const uint32_t opening = m->quotes & m->inside, closing = m->quotes & ~m->inside;
    const uint32_t first = l->begin - m->at < 32 ? 1u << (l->begin - m->at) : 0;
    token_masks t = tokens_of(m, x, in_object);
    uint32_t bad;

    const uint32_t before = lane_before(l->lane, token_links(&t, m->opens), &g->tokens);
    const uint32_t may_value = behind(t.wants_value, t.blanks, before >> 1 & 1);
    const uint32_t may_key = behind(t.wants_key, t.blanks, before >> 2 & 1);
    const uint32_t after_open = behind(m->opens, t.blanks, before >> 3 & 1);
    bad = words_step(g, l, m, &t.words, x, before >> 4);
    bad |= t.blanks & (t.blanks << 1 | (before & 1));

    /* A key's mark goes through its string to the closing quote, as a carry. */
    const uint32_t keys = opening & may_key, sum = m->inside + keys;
    const uint32_t carry = carried(l, sum < keys, sum == 0xFFFFFFFFu, &g->key);
    const uint32_t key_ends = (sum + carry) & closing;
    /* Each byte of a word counts as a value's end: another one behind it is no start. */
    const uint32_t value_ends = t.words.words | m->closes | (closing & ~key_ends);
    const uint32_t ends = lane_before(l->lane, end_links(key_ends, value_ends, t.blanks), &g->ends);
    const uint32_t after_key = behind(key_ends, t.blanks, ends >> 1);
    const uint32_t after_value = behind(value_ends, t.blanks, ends & 1);

    bad |= opening & ~(may_value | may_key);
    bad |= (t.words.starts | m->opens) & ~(may_value | first);
    bad |= (t.colons & ~after_key) | (t.commas & ~after_value);
    bad |= m->closes & ~(after_value | after_open);
    bad |= key_ends & escaped;
    bad |= strings_step(g, l, m, x);
    return !any_lane(bad != 0);
}

/* At the end: is all that was to be proved proved? */
static __device__ bool grammar_end(const grammar *g, const warp_line *l)
{
    return warp_sum(g->letters) == 0 && nothing_open(l, &g->open);
}

#endif
