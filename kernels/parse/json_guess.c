/*
 * json_guess.c: from a line to nodes.
 *
 * A line is cut at its strings and words that are values; what lies between two of them, keys and
 * brackets and all, is a node's text. Whether a text may follow a value depends on the nesting there
 * alone, which a node knows (its place): so any way through the nodes is JSON if each step of it was
 * seen in some line, also where no line went that way as a whole. Keys that occur twice on such a way
 * are the reader's to notice.
 */
#include "parse/json_guess.h"
#include "parse/json_record.h"

#include <string.h>

typedef struct learner {
    lr_guess *guess;
    const uint8_t *src;
    size_t begin, at, end; /* of the text at hand; the next byte; of the line */
    const lr_keys *keys;
    lr_validate validate;
    uint32_t last;      /* the node before the text */
    uint32_t left;      /* keys of `enough` that were not found */
    lr_guess_node node; /* the text's, so far */
    int key;            /* whose value is next */
} learner;

static size_t skip_blanks(const learner *l, size_t at)
{
    while (at < l->end && (l->src[at] == ' ' || l->src[at] == '\t' || l->src[at] == '\r'))
        at++;
    return at;
}

static bool is_same(const lr_guess_node *a, const lr_guess_node *b)
{
    return a->length == b->length && a->kind == b->kind && a->key == b->key &&
           a->n_events == b->n_events && memcmp(a->text, b->text, a->length) == 0 &&
           memcmp(a->event, b->event, sizeof a->event) == 0 && a->place.arrays == b->place.arrays &&
           a->place.depth == b->place.depth && a->place.looked == b->place.looked &&
           a->place.holder == b->place.holder && a->place.leaf == b->place.leaf;
}

/* The text up to stop is done: finds or adds its node, behind the last one. */
static bool add_node(learner *l, size_t stop, lr_guess_kind kind)
{
    lr_guess *const g = l->guess;
    lr_guess_node *const node = &l->node;
    const size_t length = stop - l->begin;
    uint32_t i = 1, k = 0;

    if (length > LR_GUESS_TEXT)
        return false;
    memcpy(node->text, l->src + l->begin, length);
    node->length = (uint8_t)length;
    node->mask = length == 64 ? UINT64_MAX : (1ull << length) - 1;
    node->kind = (uint8_t)kind;
    node->key = (int8_t)l->key;
    while (i < g->n && !is_same(&g->node[i], node))
        i++;
    if (i == LR_GUESS_NODES)
        return false;
    if (i == g->n)
        g->node[g->n++] = *node;

    uint16_t *const next = g->node[l->last].next;
    while (k < LR_GUESS_NEXT - 1 && next[k] != 0 && next[k] != i)
        k++;
    next[k] = (uint16_t)i; /* where there is no room it takes the place of the last one */
    const lr_guess_place place = node->place;
    memset(node, 0, sizeof *node);
    node->place = place;
    l->last = i;
    l->key = LR_KEY_NONE;
    return true;
}

static bool add_event(learner *l, int key, uint8_t kind)
{
    if (l->node.n_events == LR_GUESS_EVENTS || l->at - l->begin >= LR_GUESS_TEXT)
        return false;
    const uint32_t i = l->node.n_events++;
    l->node.event[i].at = (uint8_t)(l->at - l->begin);
    l->node.event[i].kind = kind;
    l->node.event[i].key = (int8_t)key;
    return true;
}

/* The bracket at l->at opens the value of l->key. */
static bool open_value(learner *l)
{
    const bool array = l->src[l->at] == '[';
    const int key = l->key;
    lr_guess_place *const p = &l->node.place;

    if (p->depth == 64)
        return false;
    if (p->depth == 0) { /* the record itself */
        p->looked = 1;
        p->holder = LR_KEY_TOP;
    } else if (p->depth == p->looked) {
        p->leaf = (int8_t)key;
        if (key >= 0) {
            const bool holds = !array && lr_json_has_children(l->keys, key);
            if ((!holds && l->validate == LR_VALIDATE_USED) ||
                !add_event(l, key, array ? LR_ARRAY : LR_OBJECT))
                return false; /* used validation may stop at its end: left to the general way */
            if (holds) {
                p->looked++;
                p->holder = (int8_t)key;
            }
        }
    }
    p->arrays = p->arrays << 1 | array;
    p->depth++;
    l->key = LR_KEY_NONE;
    l->at++;
    return true;
}

static bool close_value(learner *l)
{
    lr_guess_place *const p = &l->node.place;
    int key = LR_KEY_NONE;

    if (p->depth == 0 || (p->arrays & 1) != (l->src[l->at] == ']'))
        return false;
    p->arrays >>= 1;
    p->depth--;
    if (p->depth < p->looked) { /* what was looked into is closed */
        key = p->holder;
        p->looked = p->depth;
        p->holder = (int8_t)(key >= 0 ? l->keys->key[key].parent : LR_KEY_NONE);
    } else if (p->depth == p->looked) {
        key = p->leaf;
    }
    if (p->depth == p->looked)
        p->leaf = LR_KEY_NONE;
    const bool counts = key >= 0 && l->validate == LR_VALIDATE_FULL;
    if (counts && !add_event(l, key, LR_ABSENT))
        return false;
    l->at++;
    return true;
}

static bool read_key(learner *l)
{
    const lr_guess_place *p = &l->node.place;
    bool escaped = false;

    if (l->src[l->at] != '"')
        return false;
    const size_t begin = ++l->at;
    if (lr_json_string(l->src, &l->at, l->end, &escaped) != LR_GOOD)
        return false;
    const bool looked = p->depth == p->looked;
    l->key = looked ? lr_json_key(l->keys, p->holder, l->src, begin, l->at) : LR_KEY_NONE;
    l->at = skip_blanks(l, l->at + 1);
    return l->at < l->end && l->src[l->at++] == ':';
}

/* The string or word at l->at: a node ends there, and the next text begins behind it. */
static bool read_scalar(learner *l)
{
    const int key = l->key;
    uint8_t kind = LR_PLAIN;

    if (l->src[l->at] == '"') {
        bool escaped;
        if (!add_node(l, ++l->at, LR_GUESS_STRING) ||
            lr_json_string(l->src, &l->at, l->end, &escaped) != LR_GOOD)
            return false;
        l->begin = l->at++;
    } else {
        if (!add_node(l, l->at, LR_GUESS_WORD) ||
            lr_json_word(l->src, &l->at, l->end, &kind) != LR_GOOD)
            return false;
        l->begin = l->at;
    }
    if (key >= 0 && kind != LR_NULL)
        l->left &= ~(1u << key);
    return true;
}

void lr_json_learn(lr_guess *guess, const uint8_t *src, size_t line, size_t end,
                   const lr_keys *keys, lr_validate validate)
{
    enum { FIRST, KEY, VALUE, COMMA } next = VALUE; /* FIRST: what may also be a closing bracket */
    learner l = {.guess = guess,
                 .src = src,
                 .begin = line,
                 .at = line,
                 .end = end,
                 .keys = keys,
                 .validate = validate,
                 .left = keys->enough,
                 .key = LR_KEY_NONE};
    const lr_guess_place *const place = &l.node.place;

    l.node.place.leaf = l.node.place.holder = LR_KEY_NONE;
    for (;;) {
        l.at = skip_blanks(&l, l.at);
        if (l.at == end)
            return;
        const uint8_t c = src[l.at];
        const bool array = place->depth > 0 && (place->arrays & 1) != 0;
        if ((c == ']' || c == '}') && (next == FIRST || next == COMMA)) {
            if (!close_value(&l) || (place->depth == 0 && !add_node(&l, l.at, LR_GUESS_END)))
                return;
            if (place->depth == 0)
                return;
            next = COMMA;
        } else if (next == COMMA) {
            if (c != ',')
                return;
            l.at++;
            next = array ? VALUE : KEY;
        } else if (next == KEY || (next == FIRST && !array)) {
            if (!read_key(&l))
                return;
            next = VALUE;
        } else if (c == '{' || c == '[') {
            if (!open_value(&l))
                return;
            next = FIRST;
        } else {
            if (!read_scalar(&l) || (validate == LR_VALIDATE_USED && l.left == 0))
                return;
            next = COMMA;
        }
    }
}
