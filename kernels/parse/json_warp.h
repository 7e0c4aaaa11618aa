/*
 * json_warp.h: a warp reads a line of JSON, 512 bytes a step, 16 of them a lane.
 *
 * Masks of quotes and brackets come from words; what a lane must know of the lanes before it (is its first
 * byte escaped, is it in a string) is a ballot and a count of bits. Keys that are looked for are found
 * where strings begin; brackets are walked one by one only in steps that hold such a key or may leave the
 * level that is looked at. All lanes hold the same state, but for the values of the keys: those of
 * key k are lane k's.
 *
 * A line is proved good or is in doubt, see gpu.h. Under `used` it is read as json_used_simd.h does, until
 * all keys of `enough` are found.
 */
#ifndef LR_JSON_WARP_H
#define LR_JSON_WARP_H

#include "gpu_passes.h"
#include "parse/escape_core.h"

enum { LR_STEP = LR_WARP * 16, LR_WARP_DEPTH_MAX = 1000, LR_BLANKS_MAX = 4 };
#define LR_NOWHERE 0xFFFFFFFFu

typedef struct warp_line {
    const uint8_t *src;
    const lr_gpu_program *program;
    uint32_t begin, end;  /* without the blanks around */
    uint32_t lane, below; /* below: the lanes before this one, as bits */
    uint32_t inside, escaped,
        marked;              /* before the next step: in a string; which held a backslash */
    uint32_t depth, looked;  /* the level; the deepest one around it that is looked at */
    uint32_t parents;        /* 8 bits for each level from 2 on: the key that holds it */
    uint32_t seen, left;     /* keys found; of `enough`, those that are not */
    uint32_t opened;         /* where the brace of a holder stands that is looked into: */
    int opened_key, key;     /* its key; the key whose string is not at its end yet, or -1: */
    uint32_t value;          /* where that string begins */
    bool closed;             /* behind the last brace */
    uint32_t kind, from, to; /* of the lane's key: an lr_kind, and the value */
} warp_line;

/* The 16 bytes of a lane, as masks. */
typedef struct lane_masks {
    uint32_t at, quotes, inside, backslashes, opens, closes;
    uint32_t escaped; /* bytes behind a backslash that escapes them */
} lane_masks;

static __device__ bool any_lane(bool x)
{
    return __any_sync(LR_ALL_LANES, x) != 0;
}

static __device__ uint32_t broadcast(uint32_t x, uint32_t lane)
{
    return __shfl_sync(LR_ALL_LANES, x, (int)lane);
}

static __device__ uint32_t warp_sum(uint32_t x)
{
    for (int step = LR_WARP / 2; step > 0; step /= 2)
        x += __shfl_xor_sync(LR_ALL_LANES, x, step);
    return x;
}

/* lr_utf8_sequence, for the bytes that are no ASCII. */
LR_CALLED uint32_t utf8_length(const uint8_t *p, const uint8_t *end)
{
    return (uint32_t)lr_utf8_sequence(p, (size_t)(end - p));
}

static __device__ bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Passes over a few blanks; false: there are more. */
static __device__ bool skip_few(const warp_line *l, uint32_t *at)
{
    for (int i = 0; i <= LR_BLANKS_MAX; i++, ++*at)
        if (*at >= l->end || !is_blank(l->src[*at]))
            return true;
    return false;
}

/* Is the first byte of each lane escaped? *escaped: that of this step's first lane, then that of the next
 * one's. A lane full of backslashes passes on what it got, for 16 is even. */
static __device__ uint32_t escaped_before(uint32_t below, uint32_t backslashes, uint32_t *escaped)
{
    const uint32_t run = (uint32_t)__clz((int)~(backslashes << 16));
    const uint32_t ends = __ballot_sync(LR_ALL_LANES, backslashes != 0xFFFF);
    const uint32_t odd = __ballot_sync(LR_ALL_LANES, backslashes != 0xFFFF && (run & 1) != 0);
    const uint32_t lanes = ends & below, before = *escaped;

    if (ends != 0)
        *escaped = odd >> (31 - __clz((int)ends)) & 1;
    return lanes != 0 ? odd >> (31 - __clz((int)lanes)) & 1 : before;
}

/* What is carried into each lane where `makes` lanes make a carry and `passes` lanes pass theirs on; *carry
 * is what comes in, and then what goes out. An addition does it for all lanes at once. */
static __device__ uint32_t carried(const warp_line *l, bool makes, bool passes, uint32_t *carry)
{
    const uint64_t made = __ballot_sync(LR_ALL_LANES, makes);
    const uint64_t passed = __ballot_sync(LR_ALL_LANES, passes && !makes);
    const uint64_t in = made << 1 | *carry, out = (passed + in) ^ passed;

    *carry = (uint32_t)(out >> 32 & 1);
    return (uint32_t)(out >> l->lane & 1);
}

/* The masks of a step; moves l->inside and l->escaped behind it. */
static __device__ lane_masks read_masks(warp_line *l, uint32_t at, const uint32_t w[4])
{
    const uint32_t valid = lr_mask_between(at, l->begin, l->end);
    lane_masks m;

    m.at = at;
    m.backslashes = lr_mask_eq(w, '\\') & valid;
    m.quotes = lr_mask_eq(w, '"') & valid;
    m.escaped = 0;
    if (any_lane(m.backslashes != 0) || l->escaped != 0) {
        const uint32_t first = escaped_before(l->below, m.backslashes, &l->escaped);
        m.escaped = (lr_escapes16(m.backslashes, first) << 1 | first) & valid;
        m.quotes &= ~m.escaped;
    }
    const uint32_t odd = __ballot_sync(LR_ALL_LANES, (__popc(m.quotes) & 1) != 0);
    const uint32_t first = ((uint32_t)__popc(odd & l->below) + l->inside) & 1;
    m.inside = (lr_prefix_xor16(m.quotes) ^ (0 - first)) & valid;
    l->inside = (l->inside + (uint32_t)__popc(odd)) & 1;
    m.opens = lr_mask_eq_folded(w, 0x20, '{') & valid & ~m.inside;
    m.closes = lr_mask_eq_folded(w, 0x20, '}') & valid & ~m.inside;
    return m;
}

static __device__ void set_value(warp_line *l, uint32_t key, uint32_t kind, uint32_t from,
                                 uint32_t to)
{
    if (l->lane == key) {
        l->kind = kind;
        l->from = from;
        l->to = to;
    }
    if (kind != LR_NULL)
        l->left &= ~(1u << key);
}

/* Where a step's first closing quote from l->value on is, the string at hand ends. */
static __device__ void end_value(warp_line *l, const lane_masks *m)
{
    const uint32_t ends = m->quotes & ~m->inside & lr_mask_between(m->at, l->value, l->end);
    const uint32_t lanes = __ballot_sync(LR_ALL_LANES, ends != 0);

    if (lanes == 0)
        return;
    const uint32_t to =
        broadcast(m->at + (uint32_t)__ffs((int)ends) - 1, (uint32_t)__ffs((int)lanes) - 1);
    set_value(l, (uint32_t)l->key, LR_PLAIN, l->value, to); /* whether escaped, is seen later */
    l->key = -1;
}

/* Does the name of a key, and its closing quote, stand at `at`? */
static __device__ bool is_name(const warp_line *l, const lr_gpu_key *key, uint32_t at)
{
    if (key->length >= l->end - at || l->src[at + key->length] != '"')
        return false;
    for (uint32_t i = 0; i < key->length; i++)
        if (l->src[at + i] != (uint8_t)key->name[i])
            return false;
    return true;
}

static __device__ bool is_any_name(const warp_line *l, uint32_t at)
{
    const uint8_t c = at < l->end ? l->src[at] : 0;

    if (c >= 0x80 || (l->program->letters[c / 64] >> c % 64 & 1) == 0)
        return false;
    for (uint32_t k = 0; k < l->program->n_keys; k++)
        if (is_name(l, &l->program->keys[k], at))
            return true;
    return false;
}

/* Of the strings that begin in a lane, those that are spelt as a key that is looked for. */
static __device__ uint32_t names_of(const warp_line *l, const lane_masks *m)
{
    uint32_t names = 0;

    for (uint32_t rest = m->quotes & m->inside; rest != 0; rest &= rest - 1) {
        const uint32_t bit = (uint32_t)__ffs((int)rest) - 1;
        if (is_any_name(l, m->at + bit + 1))
            names |= 1u << bit;
    }
    return names;
}

/* Does a string with a backslash that ends in this step stand where a key does? It may be a key that is
 * looked for, spelt in another way. A sum carries the mark of a backslash to the end of its string. */
static __device__ bool escaped_keys(warp_line *l, const lane_masks *m)
{
    const uint32_t marks = m->backslashes & m->inside, sum = m->inside + marks;
    const uint32_t in = carried(l, (sum >> 16) != 0, (sum & 0xFFFF) == 0xFFFF, &l->marked);
    bool found = false;

    for (uint32_t rest = (sum + in) & m->quotes & ~m->inside; rest != 0; rest &= rest - 1) {
        uint32_t at = m->at + (uint32_t)__ffs((int)rest);
        if (!skip_few(l, &at) || (at < l->end && l->src[at] == ':'))
            found = true;
    }
    return any_lane(found);
}

/* The value of a key, whose name is followed by its quote at `quote`. False: a doubt. */
static __device__ bool take_value(warp_line *l, const lane_masks *m, uint32_t key, uint32_t at)
{
    const bool holder = (l->program->holders >> key & 1) != 0;
    const uint8_t c = l->src[at];

    if (c == '"' && !holder) {
        l->key = (int)key;
        l->value = at + 1;
        end_value(l, m);
        return true;
    }
    if (c == '{' && holder && (l->program->texts >> key & 1) == 0) {
        set_value(l, key, LR_OBJECT, at, at);
        l->opened = at;
        l->opened_key = (int)key;
        return true;
    }
    if (l->end - at > 4 && c == 'n' && l->src[at + 1] == 'u' && l->src[at + 2] == 'l' &&
        l->src[at + 3] == 'l') {
        const uint8_t next = l->src[at + 4];
        set_value(l, key, LR_NULL, at, at + 4);
        return next == ',' || next == '}' || is_blank(next);
    }
    return false;
}

/* The string at `at` is spelt as a key: if it is one, at the level that is looked at, takes its value.
 * False: a doubt. */
static __device__ bool take_key(warp_line *l, const lane_masks *m, uint32_t at, bool full)
{
    if (l->depth != l->looked)
        return true;
    const int parent = l->looked == 1 ? -1 : (int)(l->parents >> 8 * (l->looked - 2) & 0xFF);
    uint32_t key = 0;
    while (key < l->program->n_keys &&
           (l->program->keys[key].parent != parent || !is_name(l, &l->program->keys[key], at + 1)))
        key++;
    if (key == l->program->n_keys)
        return true;
    at += 2 + l->program->keys[key].length;
    if (!skip_few(l, &at))
        return false;
    if (at >= l->end || l->src[at] != ':')
        return true;
    if ((l->seen >> key & 1) != 0)
        return !full; /* of two values the last one counts; under `used` there are no two */
    l->seen |= 1u << key;
    at++;
    return skip_few(l, &at) && at < l->end && take_value(l, m, key, at);
}

static __device__ bool open_level(warp_line *l, uint32_t at)
{
    l->depth++;
    if (at == l->opened) {
        l->looked++;
        l->parents = (l->parents & ~(0xFFu << 8 * (l->looked - 2))) | (uint32_t)l->opened_key
                                                                          << 8 * (l->looked - 2);
    }
    return !l->closed && l->depth < LR_WARP_DEPTH_MAX && l->looked <= 5;
}

static __device__ bool close_level(warp_line *l, uint32_t at)
{
    if (l->depth == 0)
        return false;
    if (--l->depth == 0) {
        l->closed = true;
        return at + 1 == l->end;
    }
    if (l->depth < l->looked)
        l->looked = l->depth;
    return true;
}

/* The brackets and keys of a step, in their order, until the keys of `enough` are found. False: a doubt. */
static __device__ bool walk_step(warp_line *l, const lane_masks *m, uint32_t names, bool full)
{
    uint32_t events = m->opens | m->closes | names;

    for (uint32_t lanes; (lanes = __ballot_sync(LR_ALL_LANES, events != 0)) != 0;) {
        const uint32_t from = (uint32_t)__ffs((int)lanes) - 1;
        const uint32_t bit = (uint32_t)__ffs((int)events) - 1;
        const uint32_t what = m->at + bit;
        const uint32_t kind = (m->opens >> (bit & 31) & 1) | (m->closes >> (bit & 31) & 1) << 1;
        const uint32_t at = broadcast(what, from), is = broadcast(kind, from);
        if (l->lane == from)
            events &= events - 1;
        const bool good = is == 1   ? open_level(l, at)
                          : is == 2 ? close_level(l, at)
                                    : take_key(l, m, at, full);
        if (!good)
            return false;
        if (!full && l->left == 0)
            return true;
    }
    return true;
}

/* May the step be passed over, where the grammar has followed its brackets to `levels`? No key in it, and
 * it does not leave the level that is looked at; the first level it leaves at the end of the line only. */
static __device__ bool pass_levels(warp_line *l, const lane_masks *m, uint32_t names,
                                   uint32_t levels)
{
    if (any_lane(names != 0) || l->depth == 0)
        return false;
    if (l->looked > 1 || (l->opened != LR_NOWHERE && l->opened >= broadcast(m->at, 0)))
        return false;
    l->depth = levels;
    l->closed = levels == 0;
    return true;
}

/* May the step be passed over with two counts? No key in it, and it stays within the level. */
static __device__ bool pass_step(warp_line *l, const lane_masks *m, uint32_t names)
{
    const uint32_t both = warp_sum((uint32_t)__popc(m->opens) << 16 | (uint32_t)__popc(m->closes));
    const uint32_t opens = both >> 16, closes = both & 0xFFFF;

    if (any_lane(names != 0) || l->depth < l->looked + closes ||
        l->depth + opens >= LR_WARP_DEPTH_MAX)
        return false;
    /* A holder's brace may stand in a step behind its key. */
    if (l->opened != LR_NOWHERE && l->opened >= broadcast(m->at, 0) && opens > 0)
        return false;
    l->depth += opens - closes;
    return true;
}

#endif
