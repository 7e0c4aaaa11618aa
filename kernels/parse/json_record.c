/*
 * json_record.c: one record, read byte by byte and without recursion.
 *
 * Full validation reads every byte by the grammar of RFC 8259; of a key that occurs twice the last
 * value replaces the earlier one, whole. Used validation follows strings and brackets only, from the
 * first byte of the line on, wherever they lead: a key is a string with a colon behind it (white
 * space aside) at the level where it is looked for; the first one of a name counts; only the values
 * of keys that are looked for are checked, and a fault in one is that value's (LR_BAD + reason).
 * Reading stops where all keys of keys->enough have values other than null.
 */
#include "parse/json_record.h"

enum {
    TOP = LR_KEY_TOP,
    NONE = LR_KEY_NONE,
    LEVELS = LR_KEYS_MAX + 2 /* a key that is looked for stands at a level below this */
};

typedef struct reader {
    const uint8_t *src;
    size_t at, end; /* the next byte; the end of the line, white space left off */
    const lr_keys *keys;
    lr_records *out;
    size_t row;
    size_t depth;
    int8_t parent[LEVELS]; /* of the keys at each level: a key, TOP or NONE */
} reader;

static int parent_at(const reader *r)
{
    return r->depth > 0 && r->depth < LEVELS ? r->parent[r->depth] : NONE;
}

static void set_value(reader *r, int key, uint8_t kind, size_t begin, size_t end)
{
    if (key < 0)
        return;
    r->out->keys[key].kinds[r->row] = kind;
    r->out->keys[key].spans[r->row] = (lr_span){(uint32_t)begin, (uint32_t)(end - begin)};
}

/* Key and all below it are absent. A parent stands before its children: one pass finds them all. */
static void forget(reader *r, int key)
{
    uint32_t below = key == TOP ? UINT32_MAX : 1u << key;

    for (uint32_t i = 0; i < r->keys->n; i++) {
        const int8_t parent = r->keys->key[i].parent;
        if (parent >= 0 && (below >> parent & 1) != 0)
            below |= 1u << i;
        if ((below >> i & 1) != 0)
            set_value(r, (int)i, LR_ABSENT, 0, 0);
    }
}

/* Goes a level down, into the value of key. */
static void enter(reader *r, int key)
{
    r->depth++;
    if (r->depth < LEVELS)
        r->parent[r->depth] = (int8_t)key;
}

/* ---- full ---- */

typedef enum expected {
    FIRST_KEY, /* or } */
    KEY,
    FIRST_ELEMENT, /* or ] */
    VALUE,
    COMMA /* or the closing bracket */
} expected;

typedef struct nesting {
    uint64_t is_array[LR_DEPTH_MAX / 64 + 1]; /* bit d: the value of level d is an array */
    int8_t key[LEVELS];                       /* whose value each level is */
    size_t begin[LEVELS];
} nesting;

static bool in_array(const reader *r, const nesting *n)
{
    return n->is_array[r->depth / 64] >> (r->depth % 64) & 1;
}

/* The bracket at r->at opens the value of key. */
static lr_reason open_value(reader *r, nesting *n, int key, expected *next)
{
    const bool array = r->src[r->at] == '[';

    if (r->depth >= LR_DEPTH_MAX)
        return LR_TOO_DEEP;
    enter(r, array ? NONE : key);
    n->is_array[r->depth / 64] &= ~(1ull << r->depth % 64);
    n->is_array[r->depth / 64] |= (uint64_t)array << r->depth % 64;
    if (r->depth < LEVELS) {
        n->key[r->depth] = (int8_t)key;
        n->begin[r->depth] = r->at;
    }
    set_value(r, key, array ? LR_ARRAY : LR_OBJECT, r->at, r->at);
    *next = array ? FIRST_ELEMENT : FIRST_KEY;
    r->at++;
    return LR_GOOD;
}

/* The bracket at r->at closes the innermost value. */
static lr_reason close_value(reader *r, const nesting *n, expected *next)
{
    if ((r->src[r->at] == ']') != in_array(r, n))
        return LR_UNBALANCED;
    r->at++;
    if (r->depth < LEVELS)
        set_value(r, n->key[r->depth], in_array(r, n) ? LR_ARRAY : LR_OBJECT, n->begin[r->depth],
                  r->at);
    r->depth--;
    *next = COMMA;
    return LR_GOOD;
}

/* The key at r->at, its colon, and the white space behind. Sets *key where it is looked for. */
static lr_reason read_key(reader *r, int *key)
{
    bool escaped = false;

    if (r->src[r->at] != '"')
        return r->src[r->at] == ']' ? LR_UNBALANCED : LR_NO_KEY;
    const size_t begin = ++r->at;
    const lr_reason reason = lr_json_string(r->src, &r->at, r->end, &escaped);
    if (reason != LR_GOOD)
        return reason;
    *key = lr_json_key(r->keys, parent_at(r), r->src, begin, r->at);
    if (*key >= 0)
        forget(r, *key);
    r->at = lr_skip_blanks(r->src, r->at + 1, r->end);
    if (r->at == r->end)
        return LR_NOT_CLOSED;
    if (r->src[r->at] != ':')
        return LR_NO_COLON;
    r->at++;
    return LR_GOOD;
}

/* The value at r->at, of key; of an object or an array only its opening bracket. */
static lr_reason read_value(reader *r, nesting *n, int key, expected *next)
{
    const uint8_t c = r->src[r->at];
    const size_t begin = r->at;

    if (c == '{' || c == '[')
        return open_value(r, n, key, next);
    *next = COMMA;
    if (c == '"') {
        bool escaped = false;
        r->at++;
        const lr_reason reason = lr_json_string(r->src, &r->at, r->end, &escaped);
        if (reason == LR_GOOD)
            set_value(r, key, escaped ? LR_ESCAPED : LR_PLAIN, begin + 1, r->at++);
        return reason;
    }
    uint8_t kind = LR_ABSENT;
    const lr_reason reason = lr_json_word(r->src, &r->at, r->end, &kind);
    if (reason == LR_GOOD)
        set_value(r, key, kind, begin, r->at);
    return reason;
}

/* The value that starts at r->at, whole, and all below it. It is key's. */
static lr_reason read_whole(reader *r, int key)
{
    nesting n;
    const size_t outside = r->depth;
    expected next = VALUE;
    lr_reason reason = LR_GOOD;

    do {
        r->at = lr_skip_blanks(r->src, r->at, r->end);
        if (r->at == r->end)
            return LR_NOT_CLOSED;
        const uint8_t c = r->src[r->at];
        if ((next == COMMA && (c == '}' || c == ']')) || (next == FIRST_KEY && c == '}') ||
            (next == FIRST_ELEMENT && c == ']')) {
            reason = close_value(r, &n, &next);
        } else if (next == COMMA) {
            if (c != ',')
                return LR_NO_COMMA;
            next = in_array(r, &n) ? VALUE : KEY;
            r->at++;
            continue;
        } else if (next == KEY || next == FIRST_KEY) {
            reason = read_key(r, &key);
            next = VALUE;
        } else {
            reason = read_value(r, &n, key, &next);
            key = NONE;
        }
    } while (reason == LR_GOOD && (next != COMMA || r->depth > outside));
    return reason;
}

static lr_reason read_full(reader *r)
{
    const lr_reason reason = read_whole(r, TOP);
    return reason == LR_GOOD && r->at < r->end ? LR_TRAILING : reason;
}

lr_reason lr_json_value(const uint8_t *src, size_t *at, size_t end, size_t depth)
{
    static const lr_keys none;
    reader r = {.src = src, .at = *at, .end = end, .keys = &none, .depth = depth};

    const lr_reason reason = read_whole(&r, NONE);
    *at = r.at;
    return reason;
}

/* ---- used ---- */

/* Checks the value of key at r->at, which is not moved: what is behind it is only looked at. */
static void check_value(reader *r, int key)
{
    reader value = *r;
    bool escaped = false;
    uint8_t kind = LR_ABSENT;
    lr_reason reason = LR_GOOD;
    const uint8_t c = r->src[r->at];

    if (c == '{' && lr_json_has_children(r->keys, key)) {
        set_value(r, key, LR_OBJECT, r->at, r->at + 1); /* where it ends is not looked for */
        return;
    }
    if (c == '"') {
        value.at++;
        reason = lr_json_string(r->src, &value.at, r->end, &escaped);
        set_value(r, key, escaped ? LR_ESCAPED : LR_PLAIN, r->at + 1, value.at);
    } else if (c == '{' || c == '[') {
        reason = lr_json_value(r->src, &value.at, r->end, r->depth);
        set_value(r, key, c == '{' ? LR_OBJECT : LR_ARRAY, r->at, value.at);
    } else {
        reason = lr_json_word(r->src, &value.at, r->end, &kind);
        set_value(r, key, kind, r->at, value.at);
    }
    if (reason != LR_GOOD)
        set_value(r, key, (uint8_t)(LR_BAD + reason), r->at, r->at);
}

/* The string whose opening quote is at r->at, which moves to its end. Is it a key that is looked for
 * and was not seen yet? Then r->at moves on to its value. */
static int find_key(reader *r)
{
    const size_t begin = r->at + 1;
    size_t close = begin;

    while (close < r->end && r->src[close] != '"')
        close += r->src[close] == '\\' ? 2 : 1;
    r->at = close < r->end ? close + 1 : r->end;
    const size_t colon = lr_skip_blanks(r->src, r->at, r->end);
    if (colon >= r->end || r->src[colon] != ':')
        return NONE;
    const int key = lr_json_key(r->keys, parent_at(r), r->src, begin, close);
    if (key < 0 || r->out->keys[key].kinds[r->row] != LR_ABSENT)
        return NONE;
    /* Not the end: a line that ends with } is read. */
    r->at = lr_skip_blanks(r->src, colon + 1, r->end);
    return key;
}

static void read_used(reader *r)
{
    uint32_t enough = r->keys->enough;

    while (r->at < r->end) {
        const uint8_t c = r->src[r->at];
        if (c == '"') {
            const int key = find_key(r);
            if (key < 0)
                continue;
            check_value(r, key);
            const uint8_t kind = r->out->keys[key].kinds[r->row];
            if (kind != LR_NULL)
                enough &= ~(1u << key);
            if (enough == 0 && r->keys->enough != 0)
                return;
            if (kind == LR_OBJECT && lr_json_has_children(r->keys, key)) {
                enter(r, key);
                r->at++;
            }
            continue;
        }
        if (c == '\\' && r->at + 1 < r->end &&
            (r->src[r->at + 1] == '"' || r->src[r->at + 1] == '\\'))
            r->at++; /* a backslash hides a quote outside of strings too */
        else if (c == '{' || c == '[')
            enter(r, r->depth == 0 && c == '{' ? TOP : NONE);
        else if (c == '}' || c == ']')
            r->depth -= r->depth > 0;
        r->at++;
    }
}

/* ---- a line ---- */

void lr_json_line(const uint8_t *src, size_t begin, size_t end, const lr_keys *keys,
                  lr_validate validate, lr_records *out)
{
    reader r = {.src = src, .at = begin, .end = end, .keys = keys, .out = out, .row = out->n};
    lr_reason reason = LR_GOOD;

    while (r.end > begin && lr_is_blank(src[r.end - 1]))
        r.end--;
    r.at = lr_skip_blanks(src, begin, r.end);
    if (r.at == r.end)
        return;
    forget(&r, TOP);
    if (src[r.at] != '{')
        reason = LR_NOT_OBJECT;
    else if (validate == LR_VALIDATE_FULL)
        reason = read_full(&r);
    else if (src[r.end - 1] != '}')
        reason = LR_NOT_CLOSED;
    else
        read_used(&r);
    if (reason != LR_GOOD)
        forget(&r, TOP);
    out->offset[r.row] = (uint32_t)begin;
    out->reason[r.row] = (uint8_t)reason;
    out->n++;
}
