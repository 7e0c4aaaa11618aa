/*
 * json_record.h: one line of NDJSON, exactly: the definition of json_records, and what the vector
 * tiers fall back to for a line that they are not sure of.
 */
#ifndef LR_JSON_RECORD_H
#define LR_JSON_RECORD_H

#include "keys.h"

enum {
    LR_DEPTH_MAX = 1024, /* the record's own braces are level 1 */
    LR_KEY_TOP = -1,     /* the parent of the keys of the record itself */
    LR_KEY_NONE = -2     /* no key that is looked for, nor the parent of one */
};

/* Appends the record of the line src[begin, end) (without its line feed) to out, which has room;
 * nothing where the line is white space. */
void lr_json_line(const uint8_t *src, size_t begin, size_t end, const lr_keys *keys,
                  lr_validate validate, lr_records *out);

/* Of src[*at, end): the string whose opening quote is before *at. Moves *at to its closing quote, or
 * to the fault. *escaped is set where it holds a backslash, else left. */
lr_reason lr_json_string(const uint8_t *src, size_t *at, size_t end, bool *escaped);

/* Is c none of the bytes that a word is made of: white space, a line feed, a quote, a separator, a
 * bracket? */
LR_HD bool lr_ends_word(uint8_t c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '"':
    case ',':
    case ':':
    case '[':
    case ']':
    case '{':
    case '}':
        return true;
    default:
        return false;
    }
}

/* A value of one word, at src[*at]: null, true, false or a number. Moves *at behind it, sets *kind. */
lr_reason lr_json_word(const uint8_t *src, size_t *at, size_t end, uint8_t *kind);

/* Is the value at src[*at], around which are depth levels, a good one as a whole? Moves *at
 * behind it, or to the fault. */
lr_reason lr_json_value(const uint8_t *src, size_t *at, size_t end, size_t depth);

/* Which of the keys below parent has the raw name src[begin, end), escapes understood? */
int lr_json_key(const lr_keys *keys, int parent, const uint8_t *src, size_t begin, size_t end);

/* Does key k have children? */
bool lr_json_has_children(const lr_keys *keys, int k);

#endif
