/* json_word.c: the parts of a JSON record that hold no others: strings, words, keys. */
#include "parse/escape_core.h"
#include "parse/json_record.h"

#include <string.h>

lr_reason lr_json_string(const uint8_t *src, size_t *at, size_t end, bool *escaped)
{
    for (size_t length; *at < end; *at += length) {
        const uint8_t c = src[*at];
        length = 1;
        if (c == '"')
            return LR_GOOD;
        if (c < 0x20)
            return LR_CONTROL;
        if (c == '\\') {
            *escaped = true;
            length = lr_escape_length(src + *at, end - *at);
            if (length == 0)
                return LR_BAD_ESCAPE;
        } else if (c >= 0x80) {
            length = lr_utf8_sequence(src + *at, end - *at);
            if (length == 0)
                return LR_BAD_UTF8;
        }
    }
    return LR_OPEN_STRING;
}

/* Where the digits from at on end. */
static size_t skip_digits(const uint8_t *src, size_t at, size_t end)
{
    while (at < end && src[at] >= '0' && src[at] <= '9')
        at++;
    return at;
}

/* Is src[at, end) a number (RFC 8259, section 6)? */
static bool is_number(const uint8_t *src, size_t at, size_t end)
{
    if (at < end && src[at] == '-')
        at++;
    size_t next = skip_digits(src, at, end);
    if (next == at || (src[at] == '0' && next > at + 1))
        return false;
    at = next;
    if (at < end && src[at] == '.') {
        next = skip_digits(src, at + 1, end);
        if (next == at + 1)
            return false;
        at = next;
    }
    if (at < end && (src[at] == 'e' || src[at] == 'E')) {
        at++;
        if (at < end && (src[at] == '+' || src[at] == '-'))
            at++;
        next = skip_digits(src, at, end);
        if (next == at)
            return false;
        at = next;
    }
    return at == end;
}

lr_reason lr_json_word(const uint8_t *src, size_t *at, size_t end, uint8_t *kind)
{
    const size_t begin = *at;
    size_t i = begin;

    while (i < end && !lr_ends_word(src[i]))
        i++;
    const size_t n = i - begin;
    if (n == 4 && memcmp(src + begin, "null", 4) == 0)
        *kind = LR_NULL;
    else if ((n == 4 && memcmp(src + begin, "true", 4) == 0) ||
             (n == 5 && memcmp(src + begin, "false", 5) == 0))
        *kind = LR_BOOL;
    else if (is_number(src, begin, i))
        *kind = LR_NUMBER;
    else
        return n > 0 && (src[begin] == '-' || (src[begin] >= '0' && src[begin] <= '9'))
                   ? LR_BAD_NUMBER
                   : LR_NO_VALUE;
    *at = i;
    return LR_GOOD;
}

/* Does the raw text of n bytes mean name? Compared character by character, so of any length. */
static bool means(const uint8_t *raw, size_t n, const char *name, size_t n_name)
{
    size_t at = 0;

    for (size_t i = 0; i < n;) {
        uint8_t text[4] = {raw[i]};
        size_t length = 1;
        if (raw[i] == '\\') {
            if (lr_escape_length(raw + i, n - i) == 0)
                return false; /* it is not text: seen only in keys that nobody checks */
            i += lr_escape_decode(raw + i, n - i, text, &length);
        } else {
            i++;
        }
        if (length > n_name - at || memcmp(text, name + at, length) != 0)
            return false;
        at += length;
    }
    return at == n_name;
}

int lr_json_key(const lr_keys *keys, int parent, const uint8_t *src, size_t begin, size_t end)
{
    for (uint32_t i = 0; i < keys->n; i++)
        if (keys->key[i].parent == parent &&
            means(src + begin, end - begin, keys->key[i].name, keys->key[i].length))
            return (int)i;
    return LR_KEY_NONE;
}

bool lr_json_has_children(const lr_keys *keys, int k)
{
    for (uint32_t i = 0; i < keys->n; i++)
        if (keys->key[i].parent == k)
            return true;
    return false;
}
