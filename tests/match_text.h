/* match_text.h: texts for the checks of matchers: columns of them, plain and in JSON's escapes. */
#ifndef LR_MATCH_TEXT_H
#define LR_MATCH_TEXT_H

#include "check.h"

enum { TEXTS_MAX = 64, TEXTS_BYTES = 1 << 16 };

/* How a text is written. */
typedef enum writing {
    WRITE_PLAIN, /* UTF-8, no escapes */
    WRITE_DUMPS, /* what is not ASCII is escaped, as Python's json.dumps does */
    WRITE_ALL,   /* every character is escaped, hexadecimal letters in either case */
    WRITE_MIXED, /* any character may be */
    WRITINGS
} writing;

/* A column of texts; n_bytes of src are in use. src is the caller's, with the padding behind it. */
typedef struct texts {
    uint8_t *src;
    size_t n_bytes, n;
    lr_span spans[TEXTS_MAX];
    uint8_t kinds[TEXTS_MAX];
} texts;

static inline lr_column texts_column(texts *t)
{
    return (lr_column){t->spans, t->kinds};
}

/* Appends n bytes as a row of the kind. */
static inline void texts_add(texts *t, const void *bytes, size_t n, lr_kind kind)
{
    CHECK(t->n < TEXTS_MAX && t->n_bytes + n <= TEXTS_BYTES, "too much text");
    memcpy(t->src + t->n_bytes, bytes, n);
    t->spans[t->n] = (lr_span){(uint32_t)t->n_bytes, (uint32_t)n};
    t->kinds[t->n++] = (uint8_t)kind;
    t->n_bytes += n;
}

/* The code point of the valid UTF-8 at *p. */
static inline uint32_t utf8_next(const uint8_t **p)
{
    const uint8_t *c = *p;
    const int n = c[0] < 0x80 ? 1 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : 4;
    uint32_t code = n == 1 ? c[0] : c[0] & (0x7Fu >> n);

    for (int i = 1; i < n; i++)
        code = code << 6 | (c[i] & 0x3Fu);
    *p += n;
    return code;
}

/* Writes code as UTF-8; returns its length. */
static inline size_t utf8_put(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out[0] = (char)(0xFF00u >> (more + 1) | code >> 6 * more);
    for (int i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (code >> 6 * (more - i) & 0x3F));
    return (size_t)more + 1;
}

/* Decodes n bytes of text whose only escapes are those of write_escape; returns the length. */
static inline size_t read_text(const uint8_t *p, size_t n, bool escaped, char *out)
{
    size_t length = 0;

    for (size_t at = 0; at < n;) {
        unsigned code[2] = {p[at], 0};
        if (!escaped || code[0] != '\\') {
            out[length++] = (char)p[at++];
            continue;
        }
        for (int half = 0; half < 2 && at < n && p[at] == '\\'; half++, at += 6) {
            char digits[5] = "";
            memcpy(digits, p + at + 2, 4);
            code[half] = (unsigned)strtoul(digits, NULL, 16);
            if (code[0] >> 10 != 0xD800 >> 10) {
                at += 6;
                break;
            }
        }
        if (code[1] != 0)
            code[0] = 0x10000 + ((code[0] & 0x3FF) << 10) + (code[1] & 0x3FF);
        length += utf8_put(code[0], out + length);
    }
    return length;
}

/* Writes code as an escape; returns its length. */
static inline size_t write_escape(uint32_t code, bool upper, char *out)
{
    const char *one = upper ? "\\u%04X" : "\\u%04x";

    if (code < 0x10000)
        return (size_t)sprintf(out, one, code);
    const size_t n = (size_t)sprintf(out, one, 0xD7C0 + (code >> 10));
    return n + (size_t)sprintf(out + n, one, 0xDC00 + (code & 0x3FF));
}

/* Writes the n bytes of UTF-8 at text; out has room for 12 n + 1. Returns the length. */
static inline size_t write_text(const void *text, size_t n, writing how, check_rng *rng, char *out)
{
    const uint8_t *p = text, *const end = p + n;
    size_t length = 0;

    while (p < end) {
        const uint8_t *const from = p;
        const uint32_t code = utf8_next(&p);
        const bool must = how != WRITE_PLAIN && (code < 0x20 || code == '"' || code == '\\');
        if (must || how == WRITE_ALL || (how == WRITE_DUMPS && code >= 0x80) ||
            (how == WRITE_MIXED && check_below(rng, 2) == 0)) {
            if (code == '\\' && how != WRITE_ALL && check_below(rng, 2) == 0)
                length += (size_t)sprintf(out + length, "\\\\");
            else
                length += write_escape(code, how != WRITE_DUMPS && check_below(rng, 2) == 0,
                                       out + length);
        } else {
            memcpy(out + length, from, (size_t)(p - from));
            length += (size_t)(p - from);
        }
    }
    out[length] = '\0';
    return length;
}

/* The folder of the public suites, or NULL: then says so. */
static inline const char *suites(void)
{
    static char path[4096];
    const char *shared = getenv("LR_SHARED"), *const slash = strrchr(__FILE__, '/');

    if (shared != NULL && shared[0] != '\0')
        snprintf(path, sizeof path, "%s/suites/README.md", shared);
    else /* beside the checkout */
        snprintf(path, sizeof path, "%.*s/../../shared/suites/README.md",
                 slash != NULL ? (int)(slash - __FILE__) : 1, slash != NULL ? __FILE__ : ".");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("SKIPPED: no public suites: no %s (LR_SHARED)\n", path);
        return NULL;
    }
    fclose(file);
    *strrchr(path, '/') = '\0';
    return path;
}

#endif
