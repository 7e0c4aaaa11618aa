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
    size_t cut_at;      /* behind the last literal in a text, */
    lr_guess_node cut;  /* and the text's node there */
} learner;

static bool is_same(const lr_guess_node *a, const lr_guess_node *b)
{
    return a->length == b->length && a->kind == b->kind && a->key == b->key &&
           a->n_events == b->n_events && memcmp(a->text, b->text, a->length) == 0 &&
           memcmp(a->event, b->event, sizeof a->event) == 0 && a->place.arrays == b->place.arrays &&
           a->place.depth == b->place.depth && a->place.looked == b->place.looked &&
           a->place.holder == b->place.holder && a->place.leaf == b->place.leaf;
}

/* Makes node i one of those that were seen behind the last one. A text may be the start of another
 * one: the longer one is tried first. */
static bool add_next(learner *l, uint32_t i)
{
    lr_guess_node *const node = l->guess->node, *const last = &node[l->last];
    uint16_t *const next = last->next;
    uint32_t k = 0;

    while (next[k] != 0 && next[k] != i && node[next[k]].length >= node[i].length)
        k++;
    if (next[k] != i) {
        if (next[LR_GUESS_NEXT - 1] != 0)
            return false;
        memmove(next + k + 1, next + k, (LR_GUESS_NEXT - 1 - k) * sizeof *next);
        next[k] = (uint16_t)i;
    }
    if (last->kind == LR_GUESS_NOTHING || memchr(node[i].text, '"', node[i].length) == NULL)
        last->quoted = 0;
    l->last = i;
    return true;
}

/* The text up to stop is done: finds or adds its node, behind the last one. The next text begins
 * there, at the place that this one left. */
static bool end_node(learner *l, size_t stop, lr_guess_kind kind)
{
    lr_guess *const g = l->guess;
    lr_guess_node *const node = &l->node;
    uint32_t i = 1;

    node->length = (uint8_t)(stop - l->begin);
    memcpy(node->text, l->src + l->begin, node->length);
    node->mask = node->length == 64 ? UINT64_MAX : (1ull << node->length) - 1;
    node->kind = (uint8_t)kind;
    node->key = (int8_t)l->key;
    const uint8_t *const quote = memchr(node->text, '"', node->length);
    node->quote = quote != NULL ? (uint8_t)(quote - node->text) : 0;
    node->quoted = true;
    node->means = kind == LR_GUESS_END || node->n_events != 0 || l->key >= 0;
    while (i < g->n && !is_same(&g->node[i], node))
        i++;
    if (i == LR_GUESS_NODES)
        return false;
    if (i == g->n)
        g->node[g->n++] = *node;
    const lr_guess_place place = node->place;
    memset(node, 0, sizeof *node);
    node->place = place;
    l->begin = stop;
    l->key = LR_KEY_NONE;
    return add_next(l, i);
}

/* Makes room in a text that is too long: ends a node behind its last literal. */
static bool cut_node(learner *l)
{
    const lr_guess_node whole = l->node;
    const uint32_t before = l->cut.n_events;
    const size_t length = l->cut_at - l->begin;
    const int key = l->key;

    if (l->cut_at <= l->begin)
        return false;
    l->node = l->cut;
    l->key = LR_KEY_NONE;
    if (!end_node(l, l->cut_at, LR_GUESS_NOTHING))
        return false;
    for (uint32_t i = before; i < whole.n_events; i++) {
        l->node.event[i - before] = whole.event[i];
        l->node.event[i - before].at = (uint8_t)(whole.event[i].at - length);
    }
    l->node.n_events = (uint8_t)(whole.n_events - before);
    l->node.place = whole.place;
    l->key = key;
    return true;
}

static bool add_node(learner *l, size_t stop, lr_guess_kind kind)
{
    if (stop - l->begin > LR_GUESS_TEXT && !cut_node(l))
        return false;
    return stop - l->begin <= LR_GUESS_TEXT && end_node(l, stop, kind);
}

static bool add_event(learner *l, int key, uint8_t kind)
{
    if (l->at - l->begin >= LR_GUESS_TEXT && !cut_node(l))
        return false;
    if (l->at - l->begin >= LR_GUESS_TEXT || l->node.n_events == LR_GUESS_EVENTS)
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
    l->at = lr_skip_blanks(l->src, l->at + 1, l->end);
    return l->at < l->end && l->src[l->at++] == ':';
}

static bool read_string(learner *l)
{
    bool escaped;

    if (!add_node(l, ++l->at, LR_GUESS_STRING) ||
        lr_json_string(l->src, &l->at, l->end, &escaped) != LR_GOOD)
        return false;
    l->begin = l->at++;
    return true;
}

/* The word at l->at: a node ends before it, unless it is a literal that nobody looks for. A run of
 * nulls is one text; behind true and false one ends, since n of them in a row are 2^n texts. */
static bool read_word(learner *l, uint8_t *kind)
{
    const size_t begin = l->at;

    if (lr_json_word(l->src, &l->at, l->end, kind) != LR_GOOD)
        return false;
    if (l->key >= 0 || *kind == LR_NUMBER) {
        if (!add_node(l, begin, LR_GUESS_WORD))
            return false;
        l->begin = l->at;
        return true;
    }
    l->key = LR_KEY_NONE;
    if (*kind == LR_BOOL)
        return add_node(l, l->at, LR_GUESS_NOTHING);
    if (l->at - l->begin > LR_GUESS_TEXT && (!cut_node(l) || l->at - l->begin > LR_GUESS_TEXT))
        return false;
    l->cut = l->node;
    l->cut_at = l->at;
    return true;
}

/* The string or word at l->at. */
static bool read_scalar(learner *l)
{
    const int key = l->key;
    uint8_t kind = LR_PLAIN;

    if (!(l->src[l->at] == '"' ? read_string(l) : read_word(l, &kind)))
        return false;
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
        l.at = lr_skip_blanks(l.src, l.at, l.end);
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
