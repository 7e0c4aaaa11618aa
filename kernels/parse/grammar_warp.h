/*
 * grammar_warp.h: is what a warp reads of a line all of RFC 8259? Tokens are proved by what stands before
 * them, as masks: a lane sees its 16 bytes and the few before. Whether a comma stands in an object or in an
 * array is known from the brackets before it: a scan over the lanes composes them, as in a stack of one bit
 * a level. Anything unusual is a doubt: two blanks between tokens, more than 30 levels, a number that is
 * not an integer or a plain fraction.
 *
 * What needs more than its neighbours is proved by counting: bytes of words that are no digits must be as
 * many as the literals, points and signs that were checked have; bytes that go on with a sequence of UTF-8
 * as many as the first bytes ask for.
 */
#ifndef LR_GRAMMAR_WARP_H
#define LR_GRAMMAR_WARP_H

#include "parse/json_warp.h"

/* What kinds of tokens a byte is the end of, or is: bits of a byte's class, each a mask of a lane. */
typedef struct token_masks {
    uint32_t key_end;   /* closing quote of a key */
    uint32_t value_end; /* closing quote of another string, last byte of a word, closing bracket */
    uint32_t object;    /* { */
    uint32_t array;     /* [ */
    uint32_t colon;
    uint32_t comma_key;   /* a comma in an object */
    uint32_t comma_value; /* one in an array */
    uint32_t blank;
} token_masks;

/* Between steps. */
typedef struct grammar {
    uint32_t tail;   /* of the last lane before: see tail_of */
    uint32_t us;     /* there, the letters of escapes by number */
    uint32_t key;    /* the string at hand, over a step's end, is a key */
    uint32_t stack;  /* bit 0: the innermost level is an object; bit 1: the one around it ... */
    uint32_t levels; /* in it */
    uint32_t words, asked; /* of this lane: bytes to be proved less those proved */
} grammar;

/* Brackets as what they do to a stack: close `closes` levels, whose kinds (bit 0: the first) must be
 * `closed`, then open `opens`, of kinds `opened` (bit 0: the last). bad: they do not fit among themselves. */
typedef struct bracket_move {
    uint32_t closed, opened, closes, opens;
    bool bad;
} bracket_move;

enum { LR_LEVELS_MAX = 30 };

static __device__ uint32_t low_bits(uint32_t n)
{
    return (1u << n) - 1; /* n is at most 30 */
}

/* First a, then b. */
static __device__ bracket_move move_then(bracket_move a, bracket_move b)
{
    bracket_move out = a;
    const uint32_t meet = a.opens < b.closes ? a.opens : b.closes;

    out.bad = a.bad || b.bad || ((a.opened ^ b.closed) & low_bits(meet)) != 0 ||
              a.closes + b.closes > LR_LEVELS_MAX || a.opens + b.opens > LR_LEVELS_MAX;
    if (out.bad) {
        out.closes = out.opens = 0;
        return out;
    }
    out.closed |= (b.closed >> meet) << a.closes; /* what is left closes what stood before a */
    out.closes += b.closes - meet;
    out.opened = (a.opened >> meet) << b.opens | b.opened;
    out.opens += b.opens - meet;
    return out;
}

static __device__ bracket_move shift_up(bracket_move m, uint32_t step)
{
    bracket_move out;

    out.closed = __shfl_up_sync(LR_ALL_LANES, m.closed, step);
    out.opened = __shfl_up_sync(LR_ALL_LANES, m.opened, step);
    const uint32_t counts =
        __shfl_up_sync(LR_ALL_LANES, m.closes | m.opens << 8 | (uint32_t)m.bad << 16, step);
    out.closes = counts & 0xFF;
    out.opens = counts >> 8 & 0xFF;
    out.bad = counts >> 16 != 0;
    return out;
}

/* A lane's own brackets, composed. objects: which of them are of objects. At most 16: no overflow. */
static __device__ bracket_move own_moves(const lane_masks *m, uint32_t objects)
{
    bracket_move move = {0, 0, 0, 0, false};

    for (uint32_t rest = m->opens | m->closes; rest != 0; rest &= rest - 1) {
        const uint32_t bit = rest & (0 - rest), object = (objects & bit) != 0;
        if ((m->opens & bit) != 0) {
            move.opened = move.opened << 1 | object;
            move.opens++;
        } else if (move.opens > 0) {
            move.bad |= (move.opened & 1) != object;
            move.opened >>= 1;
            move.opens--;
        } else {
            move.closed |= object << move.closes++;
        }
    }
    return move;
}

/*
 * Which bytes of the lane stand in an object (the bracket that opens it not, the one that closes it
 * yes), by the brackets of this step and the stack, which moves behind it. *good: they have partners.
 */
static __device__ uint32_t in_objects(grammar *g, const warp_line *l, const lane_masks *m,
                                      uint32_t objects, bool *good)
{
    const bracket_move none = {0, 0, 0, 0, false}, stack = {0, g->stack, 0, g->levels, false};
    bracket_move all = own_moves(m, objects);

    *good = true;
    if (!any_lane((m->opens | m->closes) != 0))
        return (g->stack & 1) != 0 ? 0xFFFF : 0;
    for (uint32_t step = 1; step < LR_WARP; step *= 2) {
        const bracket_move lower = shift_up(all, step);
        if (l->lane >= step)
            all = move_then(lower, all);
    }
    const bracket_move lower = shift_up(all, 1), before = l->lane > 0 ? lower : none;
    bracket_move here = move_then(stack, before);
    const bracket_move whole = move_then(stack, all);
    *good = !any_lane(whole.bad || whole.closes > 0);
    g->stack = broadcast(whole.opened, LR_WARP - 1);
    g->levels = broadcast(whole.opens, LR_WARP - 1);

    uint32_t in = (here.opened & 1) != 0 && here.opens > 0 ? 0xFFFF : 0;
    for (uint32_t rest = m->opens | m->closes; rest != 0; rest &= rest - 1) {
        const uint32_t bit = rest & (0 - rest), behind = 0xFFFF & ~(bit | (bit - 1));
        if ((m->opens & bit) != 0) {
            here.opened = here.opened << 1 | ((objects & bit) != 0);
            here.opens++;
        } else {
            here.opened >>= 1;
            here.opens -= here.opens > 0;
        }
        in = (in & ~behind) | (here.opens > 0 && (here.opened & 1) != 0 ? behind : 0);
    }
    return in;
}

static __device__ void grammar_begin(grammar *g)
{
    g->tail = g->us = g->key = g->levels = g->words = g->asked = 0;
    g->stack = 0;
}

/* What the next lane must know of a lane: its last two bits of each mask, side by side. */
static __device__ uint32_t tail_of(const token_masks *t, uint32_t words)
{
    return t->key_end >> 14 | t->value_end >> 14 << 2 | t->object >> 14 << 4 | t->array >> 14 << 6 |
           t->colon >> 14 << 8 | t->comma_key >> 14 << 10 | t->comma_value >> 14 << 12 |
           t->blank >> 14 << 14 | words >> 14 << 16;
}

/* The tail of the lane before; *tail: that of the step before, then of this one. */
static __device__ uint32_t tail_before(const warp_line *l, uint32_t own, uint32_t *tail)
{
    const uint32_t lower = __shfl_up_sync(LR_ALL_LANES, own, 1),
                   before = l->lane > 0 ? lower : *tail;

    *tail = broadcast(own, LR_WARP - 1);
    return before;
}

/* A literal, or a number that is more than digits, that begins at p: its bytes that are no digits; 0: it
 * is neither, or what follows it is part of it. */
LR_CALLED uint32_t check_word(const uint8_t *p)
{
    uint32_t n = 0, marks = 0;

    if (*p == 't' && p[1] == 'r' && p[2] == 'u' && p[3] == 'e')
        n = marks = 4;
    else if (*p == 'n' && p[1] == 'u' && p[2] == 'l' && p[3] == 'l')
        n = marks = 4;
    else if (*p == 'f' && p[1] == 'a' && p[2] == 'l' && p[3] == 's' && p[4] == 'e')
        n = marks = 5;
    if (n == 0) { /* -? int frac?, of at most 40 bytes */
        if (p[n] == '-')
            n++, marks++;
        const uint32_t first = n;
        while (n < 40 && p[n] - (uint32_t)'0' < 10)
            n++;
        if (n == first || (p[first] == '0' && n > first + 1))
            return 0;
        if (p[n] == '.') {
            const uint32_t point = n++;
            marks++;
            while (n < 40 && p[n] - (uint32_t)'0' < 10)
                n++;
            if (n == point + 1)
                return 0;
        }
    }
    const uint8_t next = p[n];
    return next == ',' || next == '}' || next == ']' || is_blank(next) ? marks : 0;
}

/* The words of a step: numbers and literals. False: a doubt. */
static __device__ bool check_words(grammar *g, const warp_line *l, const lane_masks *m,
                                   const uint32_t w[4], uint32_t words, uint32_t starts)
{
    const uint32_t digits = lr_mask_digits(w), marks = words & ~digits;
    const uint32_t zeros = lr_mask_eq(w, '0');
    /* Of digits alone, unless a zero begins more of them: nothing more to be seen. */
    uint32_t odd = starts & (~digits | zeros);
    bool bad = false;

    g->words += (uint32_t)__popc(marks);
    /* A word may turn out to be a fraction behind its first digits: it begins at a start all the same. */
    for (uint32_t rest = marks & ~starts; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1;
        if (l->src[m->at + bit] != '.')
            continue;
        uint32_t at = m->at + bit;
        while (at > l->begin && m->at + bit - at < 32 && l->src[at - 1] - (uint32_t)'0' < 10)
            at--;
        if (at > l->begin && l->src[at - 1] == '-')
            continue; /* a minus sign is a start that is looked at */
        if (l->src[at] == '0' && at + 1 == m->at + bit)
            continue; /* and so is a zero */
        const uint32_t proved = check_word(l->src + at);
        bad |= proved == 0;
        g->words -= proved;
    }
    for (; odd != 0; odd &= odd - 1) {
        const uint32_t at = m->at + (uint32_t)__ffs((int)odd) - 1;
        const uint8_t c = l->src[at], next = l->src[at + 1];
        if (c == '0' && (next == ',' || next == '}' || next == ']' || is_blank(next)))
            continue;
        const uint32_t proved = check_word(l->src + at);
        bad |= proved == 0;
        g->words -= proved;
    }
    return !any_lane(bad);
}

/*
 * Escapes: letters is what stands behind the backslashes. Of \\u the four bytes behind it must be hexadecimal
 * digits; it may stand in the lane before. A string that ends too early has a quote among them.
 */
static __device__ bool check_escapes(grammar *g, const warp_line *l, const lane_masks *m,
                                     const uint32_t w[4])
{
    const uint32_t letters = m->escaped;
    const uint32_t us = lr_mask_eq(w, 'u') & letters;
    const uint32_t lower = __shfl_up_sync(LR_ALL_LANES, us, 1);
    const uint32_t both = us << 4 | (l->lane > 0 ? lower : g->us) >> 12;
    const uint32_t wanted = ((both | both << 1 | both << 2 | both << 3) >> 3) & 0xFFFF;
    const uint32_t hex = lr_mask_digits(w) | lr_mask_range(w, 0x20, 'a', 'f');
    bool bad = (wanted & ~hex) != 0;

    g->us = broadcast(us, LR_WARP - 1);
    /* The four most frequent ones by mask, the others one by one. */
    uint32_t rest = letters & ~(us | lr_mask_eq(w, 'n') | lr_mask_eq(w, '"'));
    for (; rest != 0; rest &= rest - 1)
        bad |= lr_escape_of(l->src[m->at + (uint32_t)__ffs((int)rest) - 1]) == 0;
    return !any_lane(bad);
}

/* The insides of strings: control characters, escapes, UTF-8. */
static __device__ bool check_strings(grammar *g, const warp_line *l, const lane_masks *m,
                                     const uint32_t w[4])
{
    const uint32_t valid = lr_mask_between(m->at, l->begin, l->end);
    const uint32_t high = lr_mask_high(w) & valid;
    bool bad = (lr_mask_control(w) & m->inside) != 0 || (high & ~m->inside) != 0;

    for (uint32_t rest = high; rest != 0; rest &= rest - 1) {
        const uint8_t *p = l->src + m->at + (uint32_t)__ffs((int)rest) - 1;
        const uint32_t n = (*p & 0xC0) == 0x80 ? 0 : utf8_length(p, l->src + l->end);
        bad |= n == 0 && (*p & 0xC0) != 0x80;
        g->asked += n - 1;
    }
    if (any_lane(m->escaped != 0) || g->us != 0)
        bad |= !check_escapes(g, l, m, w);
    return !any_lane(bad);
}

/* Where a byte stands behind one of the mask, with one blank between them or none. Kind: where the mask's
 * bits are in the tail of the lane before. */
static __device__ uint32_t behind(uint32_t mask, uint32_t tail, int kind, uint32_t blanks)
{
    const uint32_t both = mask << 2 | (tail >> kind & 3); /* bit 2 + i is byte i */
    return ((both << 1 | (both << 2 & blanks << 1)) >> 2) & 0xFFFF;
}

/*
 * A step of the grammar. With "prev" for the token before, of the kinds above:
 *
 *   a key (a string with prev { or a comma in an object)      closes to a key's end
 *   another string, a word, [ or {                            prev is a colon, [ or a comma in an array
 *   a colon                                                   prev is a key's end
 *   a comma                                                   prev is a value's end
 *   } or ]                                                    prev is a value's end, or { or [ beside it
 *   and behind a key's end stands a colon.
 */
static __device__ bool grammar_step(grammar *g, const warp_line *l, const lane_masks *m,
                                    const uint32_t w[4])
{
    const uint32_t valid = lr_mask_between(m->at, l->begin, l->end);
    const uint32_t outside = valid & ~m->inside & ~m->quotes;
    const uint32_t braces = lr_mask_bit(w, 5); /* { and } have it, [ and ] do not */
    const uint32_t colons = lr_mask_eq(w, ':') & outside, commas = lr_mask_eq(w, ',') & outside;
    const uint32_t blanks = lr_mask_eq(w, ' ') & outside; /* another one is a doubt, as a word */
    const uint32_t words = outside & ~(m->opens | m->closes | colons | commas | blanks);
    const uint32_t opening = m->quotes & m->inside, closing = m->quotes & ~m->inside & valid;
    token_masks t;
    bool partners;

    const uint32_t in = in_objects(g, l, m, braces, &partners);
    t.key_end = 0;
    t.value_end = words | m->closes;
    t.blank = blanks;
    t.object = m->opens & braces;
    t.array = m->opens & ~braces;
    t.colon = colons;
    t.comma_key = commas & in;
    t.comma_value = commas & ~in;
    /* A key's mark goes through its string to the closing quote, as a carry. */
    const uint32_t tail = g->tail; /* but for the ends of strings, which the next exchange brings */
    uint32_t last = tail;
    const uint32_t before = tail_before(l, tail_of(&t, words), &last);
    const uint32_t blank_both = blanks << 2 | (before >> 14 & 3);
    const uint32_t keys = opening & (behind(t.object, before, 4, blank_both) |
                                     behind(t.comma_key, before, 10, blank_both));
    const uint32_t sum = m->inside + keys;
    const uint32_t carry = carried(l, (sum >> 16) != 0, (sum & 0xFFFF) == 0xFFFF, &g->key);
    t.key_end = (sum + carry) & closing;
    /* A word's last byte is known one byte later: every byte of a word counts as an end, and what stands
     * behind it is told from more of the word by its start. */
    t.value_end |= closing & ~t.key_end;
    const uint32_t ends = tail_before(l, tail_of(&t, words), &g->tail);
    const uint32_t key_end = behind(t.key_end, ends, 0, blank_both);
    const uint32_t value_end = behind(t.value_end, ends, 2, blank_both);
    const uint32_t may_begin = behind(t.colon, before, 8, blank_both) |
                               behind(t.array, before, 6, blank_both) |
                               behind(t.comma_value, before, 12, blank_both);
    const uint32_t may_close = value_end | behind(t.object, before, 4, blank_both) |
                               behind(t.array, before, 6, blank_both);
    const uint32_t word_starts = words & ~((words << 2 | (before >> 16 & 3)) >> 1);

    const uint32_t values = (opening & ~keys) | word_starts | m->opens;
    const uint32_t first =
        m->at <= l->begin && l->begin - m->at < 16 ? 1u << (l->begin - m->at) : 0;
    const uint32_t tokens = values | keys | colons | commas | m->closes;
    bool bad = (values & ~first & ~may_begin) != 0;
    bad |= (colons & ~key_end) != 0 || (tokens & ~colons & key_end) != 0;
    bad |= (commas & ~value_end) != 0;
    bad |= (m->closes & ~may_close) != 0;
    bad |= (blanks & blank_both >> 1) != 0; /* two blanks */
    if (any_lane(bad) || !partners || !check_words(g, l, m, w, words, word_starts))
        return false;
    return check_strings(g, l, m, w);
}

/* At the end: is all that was to be proved proved? */
static __device__ bool grammar_end(const grammar *g)
{
    return g->levels == 0 && warp_sum(g->words) == 0 && warp_sum(g->asked) == 0;
}

#endif
