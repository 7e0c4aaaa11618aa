/*
 * json_warp.h: a warp reads a line of JSON, 1 KiB a step, 32 bytes of it a lane.
 *
 * Masks of quotes and brackets come from planes of bits; what a lane must know of the lanes before it (is its first
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
#include "gpu_words.h"
#include "parse/escape_core.h"

enum { LR_STEP = LR_WARP * 32, LR_WARP_DEPTH_MAX = 1000, LR_LEVELS_MAX = 32, LR_BLANKS_MAX = 4 };
#define LR_NOWHERE 0xFFFFFFFFu

typedef struct warp_line {
    const uint8_t *src;
    const lr_gpu_program *program;
    uint32_t begin, end;  /* without the blanks around */
    uint32_t lane, below; /* below: the lanes before this one, as bits */
    uint32_t inside, escaped,
        marked;             /* before the next step: in a string; which held a backslash */
    uint32_t depth, looked; /* the level; the deepest one around it that is looked at */
    uint32_t stack;         /* under `full`: bit 0: the innermost level is an object's, and so on */
    uint32_t parents;       /* 8 bits for each level from 2 on: the key that holds it */
    uint32_t seen, left;    /* keys found; of `enough`, those that are not */
    uint32_t opened;        /* where the brace of a holder stands that is looked into: */
    int opened_key, key;    /* its key; the key whose string is not at its end yet, or -1: */
    uint32_t value;         /* where that string begins */
    uint32_t kind, from, to; /* of the lane's key: an lr_kind, and the value */
} warp_line;

/* The 32 bytes of a lane, as masks. */
typedef struct lane_masks {
    uint32_t at, valid, quotes, inside, backslashes, opens, closes;
    uint32_t escaped; /* bytes behind a backslash that escapes them */
} lane_masks;

/* The bytes at `at`; those from `end` on are zeros, if they are the lane's all. */
static __device__ lr_planes load_planes(const uint8_t *src, uint32_t at, uint32_t end)
{
    const uint4 *from = (const uint4 *)(src + at), none = make_uint4(0, 0, 0, 0);

    return planes_of(at < end ? from[0] : none, at < end ? from[1] : none);
}

/* Passes over a few blanks; false: there are more. */
static __device__ bool skip_few(const warp_line *l, uint32_t *at)
{
    for (int i = 0; i <= LR_BLANKS_MAX; i++, ++*at)
        if (*at >= l->end || !lr_is_blank(l->src[*at]))
            return true;
    return false;
}

/* Is the first byte of each lane escaped? *escaped: that of this step's first lane, then that of the next
 * one's. A lane full of backslashes passes on what it got, for 32 is even. */
static __device__ uint32_t escaped_before(uint32_t below, uint32_t backslashes, uint32_t *escaped)
{
    const uint32_t run = (uint32_t)__clz((int)~backslashes);
    const uint32_t ends = __ballot_sync(LR_ALL_LANES, run < 32);
    const uint32_t odd = __ballot_sync(LR_ALL_LANES, (run & 1) != 0);
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
static __device__ lane_masks read_masks(warp_line *l, uint32_t at, const lr_planes *x)
{
    lane_masks m;

    m.at = at;
    m.valid = bytes_between(at, l->begin, l->end);
    m.backslashes = bytes_eq(x, '\\') & m.valid;
    m.quotes = bytes_eq(x, '"') & m.valid;
    m.escaped = 0;
    if (any_lane(m.backslashes != 0) || l->escaped != 0) {
        const uint32_t first = escaped_before(l->below, m.backslashes, &l->escaped);
        m.escaped = (escapes_of(m.backslashes, first) << 1 | first) & m.valid;
        m.quotes &= ~m.escaped;
    }
    m.inside = xor_up_to(l->below, m.quotes, &l->inside) & m.valid;
    m.opens = bytes_like(x, '{', 0xDF) & m.valid & ~m.inside;
    m.closes = bytes_like(x, '}', 0xDF) & m.valid & ~m.inside;
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
    const uint32_t ends = m->quotes & ~m->inside & bytes_between(m->at, l->value, l->end);
    const uint32_t lanes = __ballot_sync(LR_ALL_LANES, ends != 0);

    if (lanes == 0)
        return;
    const uint32_t to =
        broadcast(m->at + (uint32_t)__ffs((int)ends) - 1, (uint32_t)__ffs((int)lanes) - 1);
    set_value(l, (uint32_t)l->key, LR_PLAIN, l->value, to); /* whether escaped, is seen later */
    l->key = -1;
}

/* Do these bytes, which stand at `at`, begin with the name of the key and a quote? */
static __device__ bool is_name(const warp_line *l, const lr_gpu_key *key, uint32_t at,
                               uint64_t bytes)
{
    if (((bytes ^ key->begins) & key->care) != 0)
        return false;
    for (uint32_t i = 8; i <= key->length; i++)
        if (l->src[at + i] != (uint8_t)key->name[i])
            return false;
    return true;
}

/* Of the strings that begin in a lane, those that may be the name of a key: they are as long as one, and
 * begin with the same letter. What the next lane would say is taken for granted, of the letter, and
 * at the end of the step of the length. */
static __device__ uint32_t names_of(const warp_line *l, const lane_masks *m, const lr_planes *x)
{
    const uint32_t next = __shfl_down_sync(LR_ALL_LANES, m->quotes, 1);
    const uint32_t above = l->lane < LR_WARP - 1 ? next : 0xFFFFFFFFu;
    uint32_t names = 0;

    for (uint32_t i = 0; i < l->program->n_looks; i++) {
        const lr_gpu_look *look = &l->program->looks[i];
        const uint32_t letters = bytes_same(x, look->letter.differs, 0x1F); /* in either case */
        names |= (letters >> 1 | 1u << 31) & __funnelshift_r(m->quotes, above, look->length + 1);
    }
    return names & m->quotes & m->inside;
}

/* The closing quotes of strings that hold a backslash: a sum carries its mark to the end of its string. */
static __device__ uint32_t escaped_ends(warp_line *l, const lane_masks *m)
{
    const uint32_t marks = m->backslashes & m->inside, sum = m->inside + marks;
    const uint32_t in = carried(l, sum < marks, sum == 0xFFFFFFFFu, &l->marked);

    return (sum + in) & m->quotes & ~m->inside;
}

/* Does one of these strings stand where a key does? It may be a key that is looked for, spelt in another way. */
static __device__ bool are_keys(const warp_line *l, const lane_masks *m, uint32_t ends)
{
    bool found = false;

    for (uint32_t rest = ends; rest != 0; rest &= rest - 1) {
        uint32_t at = m->at + (uint32_t)__ffs((int)rest);
        if (!skip_few(l, &at) || (at < l->end && l->src[at] == ':'))
            found = true;
    }
    return any_lane(found);
}

/* The value of a key, which stands at `at` and begins with c. False: a doubt. */
static __device__ bool take_value(warp_line *l, const lane_masks *m, uint32_t key, uint32_t at,
                                  uint8_t c)
{
    const bool holder = (l->program->holders >> key & 1) != 0;

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
    if (l->end - at > 4 && c == 'n' && (uint32_t)load_eight(l->src, at) == 0x6C6C756Eu) {
        const uint8_t next = l->src[at + 4];
        set_value(l, key, LR_NULL, at, at + 4);
        return next == ',' || next == '}' || lr_is_blank(next);
    }
    return false;
}

/* Of a name whose closing quote is at `at`. 0: it is no key; 2: a doubt; else 1 and, above it, where its value
 * stands. */
LR_CALLED uint64_t find_value(const uint8_t *src, uint32_t at, uint32_t end)
{
    for (int part = 0; part < 2; part++) { /* to the colon, and to the value */
        uint32_t n = 0;
        for (at++; at < end && lr_is_blank(src[at]); at++)
            if (n++ == LR_BLANKS_MAX)
                return 2;
        if (part == 0 && (at >= end || src[at] != ':'))
            return 0;
    }
    return at < end ? (uint64_t)at << 32 | 1 : 2;
}

/* The string at `at` may be a key: if it is one, at the level that is looked at, takes its value. False: a
 * doubt. */
static __device__ bool take_key(warp_line *l, const lane_masks *m, uint32_t at, bool full)
{
    if (l->depth != l->looked)
        return true;
    const int parent = l->looked == 1 ? -1 : (int)(l->parents >> 8 * (l->looked - 2) & 0xFF);
    const uint64_t bytes = load_eight(l->src, at + 1);
    uint32_t key = 0;
    while (key < l->program->n_keys && (l->program->keys[key].parent != parent ||
                                        !is_name(l, &l->program->keys[key], at + 1, bytes)))
        key++;
    if (key == l->program->n_keys)
        return true;
    at += 1 + l->program->keys[key].length;
    uint64_t next = load_eight(l->src, at); /* as most write it: ": and a blank */
    if (at >= l->end)
        return true;
    if ((next >> 8 & 0xFFFF) == 0x203A && at + 3 < l->end && !lr_is_blank((uint8_t)(next >> 24))) {
        at += 3;
        next >>= 24;
    } else {
        const uint64_t found = find_value(l->src, at, l->end);
        if ((uint32_t)found != 1)
            return found == 0;
        at = (uint32_t)(found >> 32);
        next = l->src[at];
    }
    if ((l->seen >> key & 1) != 0)
        return !full; /* of two values the last one counts; under `used` there are no two */
    l->seen |= 1u << key;
    return take_value(l, m, key, at, (uint8_t)next);
}

/* A bracket: opens is 1 or 0; object, under `full`: it is a brace. False: a doubt, it closes what is not open, the
 * levels are too many, or something follows the last one. Few branches: all lanes do the same for each. */
static __device__ bool pass_bracket(warp_line *l, uint32_t at, uint32_t opens, uint32_t object,
                                    bool full)
{
    const uint32_t max = full ? (uint32_t)LR_LEVELS_MAX : (uint32_t)LR_WARP_DEPTH_MAX;
    const bool other = full && opens == 0 && (l->stack & 1) != object;

    l->depth += opens * 2 - 1;
    if (full)
        l->stack = opens != 0 ? l->stack << 1 | object : l->stack >> 1;
    if (at == l->opened) {
        l->looked++;
        l->parents = (l->parents & ~(0xFFu << 8 * (l->looked - 2))) | (uint32_t)l->opened_key
                                                                          << 8 * (l->looked - 2);
        if (l->looked > 5)
            return false;
    }
    l->looked = l->looked < l->depth ? l->looked : l->depth;
    return !other && l->depth <= max && (l->depth != 0 || at + 1 == l->end);
}

/* The first event of a lane: where it is; above that whether it is a bracket, one that opens, an object's; and
 * whether the lane has another one. */
enum { EVENT_BRACKET = 16, EVENT_OPENS, EVENT_OBJECT, EVENT_MORE };

static __device__ uint32_t first_event(const lane_masks *m, uint32_t brackets, uint32_t objects,
                                       uint32_t events)
{
    const uint32_t bit = ((uint32_t)__ffs((int)events) - 1) & 31;

    return bit | (brackets >> bit & 1) << EVENT_BRACKET | (m->opens >> bit & 1) << EVENT_OPENS |
           (objects >> bit & 1) << EVENT_OBJECT |
           ((events & (events - 1)) != 0 ? 1u << EVENT_MORE : 0);
}

/*
 * The brackets and keys of a step, in their order; under `used` until the keys of `enough` are found. objects:
 * the bytes that are braces, if they are brackets. *in_object, under `full`: the bytes that stand in an
 * object, but for brackets. False: a doubt.
 */
static __device__ bool walk_step(warp_line *l, const lane_masks *m, uint32_t names, bool full,
                                 uint32_t objects, uint32_t *in_object)
{
    const uint32_t base = m->at - l->lane * 32;
    uint32_t object = l->stack & 1;
    /* A bracket that is closed at once changes nothing, if it is not the line. */
    const uint32_t empty = l->depth > 0 ? m->opens & m->closes >> 1 & ~(objects ^ objects >> 1) : 0;
    const uint32_t brackets = (m->opens | m->closes) & ~(empty | empty << 1);
    uint32_t events = brackets | names, turns = 0;

    uint32_t own = first_event(m, brackets, objects, events);
    for (uint32_t lanes = __ballot_sync(LR_ALL_LANES, events != 0); lanes != 0;) {
        const uint32_t from = (uint32_t)__ffs((int)lanes) - 1, top = l->stack;
        const uint32_t told = broadcast(own, from), at = base + from * 32 + (told & 31);
        if ((told >> EVENT_BRACKET & 1) != 0
                ? !pass_bracket(l, at, told >> EVENT_OPENS & 1, told >> EVENT_OBJECT & 1, full)
                : !take_key(l, m, at, full))
            return false;
        if (full)
            turns |= l->lane == from ? ((l->stack ^ top) & 1) << (told & 31) : 0;
        else if (l->left == 0)
            return true;
        if ((told >> EVENT_MORE & 1) == 0) {
            lanes &= lanes - 1;
        } else if (l->lane == from) { /* seldom */
            events &= events - 1;
            own = first_event(m, brackets, objects, events);
        }
    }
    if (full) /* between two turns it is the same */
        *in_object = xor_up_to(l->below, turns, &object);
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
