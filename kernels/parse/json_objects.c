/*
 * json_objects.c: walks arrays of objects. They have been validated as JSON, so what is read here is the
 * grammar's; only the types are still in question. Rare data, so byte by byte.
 */
#include "objects.h"

#include "parse/json_record.h"

#include <string.h>

/* There is something else: the array was validated. */
static size_t skip_white(const uint8_t *src, size_t at)
{
    return lr_skip_white(src, at, SIZE_MAX);
}

/* Behind the value at src[at]. */
static size_t skip_value(const uint8_t *src, size_t at, size_t end)
{
    size_t depth = 0;
    bool escaped = false;

    do {
        const uint8_t c = src[at];
        if (c == '"') {
            at++;
            lr_json_string(src, &at, end, &escaped);
            at++;
        } else if (lr_ends_word(c)) {
            depth += c == '[' || c == '{';
            depth -= c == ']' || c == '}';
            at++;
        } else {
            while (at < end && !lr_ends_word(src[at]))
                at++;
        }
    } while (depth > 0 && at < end);
    return at;
}

/* A value's kind by its first byte; of text also its span. */
static uint8_t value_of(const uint8_t *src, size_t at, size_t end, lr_span *span)
{
    bool escaped = false;
    const size_t begin = ++at;

    switch (src[begin - 1]) {
    case 'n':
        return LR_NULL;
    case '"':
        lr_json_string(src, &at, end, &escaped);
        *span = (lr_span){(uint32_t)begin, (uint32_t)(at - begin)};
        return escaped ? LR_ESCAPED : LR_PLAIN;
    default:
        return LR_BAD + LR_WRONG_TYPE;
    }
}

/* The element at src[*at], which is moved behind it: the kind of its last member that is looked for. */
static uint8_t element(const uint8_t *src, size_t *at, size_t end, const lr_keys *keys,
                       lr_span *span)
{
    uint8_t kind = LR_ABSENT;
    bool escaped = false;

    if (src[*at] != '{')
        return LR_BAD + LR_WRONG_TYPE;
    *at = skip_white(src, *at + 1);
    while (src[*at] != '}') {
        const size_t begin = ++*at; /* behind the quote of a key */
        lr_json_string(src, at, end, &escaped);
        const bool wanted = lr_json_key(keys, LR_KEY_TOP, src, begin, *at) == 0;
        *at = skip_white(src, skip_white(src, *at + 1) + 1); /* behind the colon */
        if (wanted)
            kind = value_of(src, *at, end, span);
        *at = skip_white(src, skip_value(src, *at, end));
        if (src[*at] == ',')
            *at = skip_white(src, *at + 1);
    }
    ++*at;
    return kind;
}

/* The next element of the array src[*at, end), *at being 0 bytes or one element behind its bracket; false
 * behind the last one. */
static bool next_element(const uint8_t *src, size_t *at, size_t end, const lr_keys *keys,
                         uint8_t *kind, lr_span *span)
{
    *at = skip_white(src, *at);
    if (src[*at] == '[' || src[*at] == ',')
        *at = skip_white(src, *at + 1);
    if (src[*at] == ']')
        return false;
    *kind = element(src, at, end, keys, span);
    return true;
}

static lr_keys keys_of(const char *name)
{
    lr_keys keys = {.n = 1};
    keys.key[0] = (lr_key){name, (uint8_t)strlen(name), LR_KEY_TOP};
    return keys;
}

void lr_objects_check(const uint8_t *src, lr_column arrays, size_t n_rows, const char *name)
{
    const lr_keys keys = keys_of(name);

    for (size_t i = 0; i < n_rows; i++) {
        if (arrays.kinds[i] != LR_ARRAY)
            continue;
        size_t at = arrays.spans[i].offset;
        const size_t end = at + arrays.spans[i].length;
        uint8_t kind = LR_ABSENT;
        lr_span span;
        while (kind < LR_BAD && next_element(src, &at, end, &keys, &kind, &span))
            if (kind >= LR_BAD)
                arrays.kinds[i] = kind;
    }
}

size_t lr_objects_texts(const uint8_t *src, lr_column arrays, size_t n_rows, const char *name,
                        lr_cursor *cursor, lr_column out, size_t max)
{
    const lr_keys keys = keys_of(name);
    size_t n = 0;

    for (; cursor->row < n_rows; cursor->row++, cursor->at = 0) {
        if (arrays.kinds[cursor->row] != LR_ARRAY)
            continue;
        const lr_span array = arrays.spans[cursor->row];
        const size_t end = (size_t)array.offset + array.length;
        size_t at = (size_t)array.offset + cursor->at;
        for (uint8_t kind; n < max && next_element(src, &at, end, &keys, &kind, &out.spans[n]);)
            if (kind == LR_PLAIN || kind == LR_ESCAPED)
                out.kinds[n++] = kind;
        if (n == max) { /* there may be more in this row */
            cursor->at = (uint32_t)(at - array.offset);
            return n;
        }
    }
    return n;
}
