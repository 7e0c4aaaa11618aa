/*
 * json_find_simd.h: keys and the ends of their values, for both kinds of validation. All of it is
 * sure of itself or says that it is not: then the line goes to lr_json_line.
 */
#include "parse/json_record.h"
#include "scan/lines_simd.h"
#include "scan/strings_core.h"

#include <string.h>

/* The names that are looked for. A key that is none of them is told by a hash of its last bytes, of
 * as many (1 to 4) as all names have with their opening quote: one bit of a word. */
typedef struct finder {
    const lr_keys *keys;
    uint64_t bits;
    uint32_t shift;   /* drops the bytes of a word that are not hashed */
    uint32_t holders; /* bit k: key k has children */
    /* Of each name, its opening quote before it, the last byte, the one before, and the one before
     * that: bit k % 8 where the low and the high half of a byte are those of key k. */
    uint8_t low[3][16], high[3][16];
} finder;

/* The 8 bytes before src[end], the last one highest; of those before src zeros. */
static inline uint64_t word_before(const uint8_t *src, size_t end)
{
    uint64_t word = 0;

    if (LR_LIKELY(end >= 8))
        memcpy(&word, src + end - 8, 8);
    else
        memcpy((uint8_t *)&word + 8 - end, src, end);
    return word;
}

/* The hash, 0 to 63, of the last bytes before src[end]. */
static inline uint32_t hash_before(const finder *f, const uint8_t *src, size_t end)
{
    return (uint32_t)(word_before(src, end) >> f->shift) * 0x9E3779B1u >> 26;
}

static finder finder_of(const lr_keys *keys)
{
    finder f = {.keys = keys};
    size_t least = 4;

    for (uint32_t k = 0; k < keys->n; k++)
        least = keys->key[k].length + 1u < least ? keys->key[k].length + 1u : least;
    f.shift = (uint32_t)(64 - 8 * least);
    for (uint32_t k = 0; k < keys->n; k++) {
        uint8_t quoted[UINT8_MAX + 1] = {'"'};
        memcpy(quoted + 1, keys->key[k].name, keys->key[k].length);
        f.bits |= 1ull << hash_before(&f, quoted, keys->key[k].length + 1u);
        for (uint32_t i = 0; i < 3; i++)
            for (uint32_t c = 0; c < 16; c++) {
                const bool any = i > keys->key[k].length; /* a short name says nothing there */
                const uint8_t due = any ? 0 : quoted[keys->key[k].length - i];
                f.low[i][c] |= (uint8_t)((any || (due & 15) == c) << k % 8);
                f.high[i][c] |= (uint8_t)((any || due >> 4 == c) << k % 8);
            }
        if (keys->key[k].parent >= 0)
            f.holders |= 1u << keys->key[k].parent;
    }
    return f;
}

/* Which key below parent is the string, without escapes, whose closing quote is src[close]? */
static inline int find_key(const finder *f, const uint8_t *src, size_t close, int parent)
{
    if (LR_LIKELY((f->bits >> hash_before(f, src, close) & 1) == 0))
        return LR_KEY_NONE;
    for (uint32_t k = 0; k < f->keys->n; k++) {
        const size_t n = f->keys->key[k].length;
        if (f->keys->key[k].parent == parent && close > n && src[close - n - 1] == '"' &&
            memcmp(src + close - n, f->keys->key[k].name, n) == 0)
            return (int)k;
    }
    return LR_KEY_NONE;
}

/* What follows a backslash: bits 0 to 3 are the letters of escapes, 4 and 5 hexadecimal digits, each by
 * the high half of the byte; a byte is one if the low and the high half agree on a bit. */
static const uint8_t escape_low[16] = {
    [0] = 0x10, [1] = 0x30, [2] = 0x3D, [3] = 0x30,  [4] = 0x38,  [5] = 0x38,  [6] = 0x34,
    [7] = 0x10, [8] = 0x10, [9] = 0x10, [12] = 0x02, [14] = 0x04, [15] = 0x01,
};
static const uint8_t escape_high[16] = {
    [2] = 0x01, /* quote, slash */
    [3] = 0x10, /* 0 to 9 */
    [4] = 0x20, /* A to F */
    [5] = 0x02, /* backslash */
    [6] = 0x24, /* b f n; a to f */
    [7] = 0x08, /* r t u */
};

/* The faults in the escapes of a block: escaped are the bytes behind backslashes. *hex: the bytes, from
 * the first one on, that must be hexadecimal because of the block before; set for the next one. */
static inline uint64_t bad_escapes(uint64_t *hex, block b, uint64_t escaped)
{
    const block classes = block_and(block_lookup(escape_low, block_and(b, block_set(15))),
                                    block_lookup(escape_high, block_high_nibbles(b)));
    const uint64_t u = block_eq(b, 'u') & escaped;
    /* The four bytes behind each u. Where two of them overlap the sum is no union, but the backslash
     * of the second one, which stands in the four bytes of the first, is found all the same. */
    const uint64_t due = u * 0x1E | *hex;

    *hex = (u >> 60) * 0x1E >> 4;
    return (escaped & ~block_test(classes, 0x0F)) | (due & ~block_test(classes, 0x30));
}

/* The closing quote of the string whose first byte is src[i]; n where there is none. *escaped is set
 * where the string holds a backslash. */
static inline size_t find_close(const uint8_t *src, size_t i, size_t n, bool *escaped)
{
    uint64_t first_is_escaped = 0;

    *escaped = false;
    for (; i < n; i += 64) {
        const block b = block_load(src + i);
        const uint64_t backslashes = block_eq(b, '\\');
        uint64_t quotes = block_eq(b, '"'), escapes = 0;
        if ((backslashes | first_is_escaped) != 0) {
            escapes = lr_escapes(backslashes, first_is_escaped);
            quotes &= ~(escapes << 1 | first_is_escaped);
        }
        if (quotes != 0) {
            const size_t close = (size_t)__builtin_ctzll(quotes);
            *escaped |= (backslashes & ((1ull << close) - 1)) != 0;
            return i + close < n ? i + close : n;
        }
        *escaped |= backslashes != 0;
        first_is_escaped = escapes >> 63;
    }
    return n;
}

/* As find_close, of a string that is also checked in full; n where there is any fault. */
static inline size_t find_good_close(const uint8_t *src, size_t i, size_t n, bool *escaped)
{
    uint64_t first_is_escaped = 0, hex = 0;
    block last = block_zero();
    bool goes_on = false;

    *escaped = false;
    for (; i < n; i += 64) {
        const block b = block_load(src + i);
        const uint64_t backslashes = block_eq(b, '\\');
        uint64_t quotes = block_eq(b, '"'), bad = block_below(b, 0x20), escapes = 0;
        if ((backslashes | first_is_escaped | hex) != 0) {
            escapes = lr_escapes(backslashes, first_is_escaped);
            quotes &= ~(escapes << 1 | first_is_escaped);
            bad |= bad_escapes(&hex, b, escapes << 1 | first_is_escaped);
        }
        const uint64_t upto = quotes ^ (quotes - 1),
                       high = block_high(b); /* the closing one, too */
        if ((bad & upto) != 0)
            return n;
        *escaped |= (backslashes & upto) != 0;
        if ((high & upto) != 0 || goes_on) {
            const size_t close = quotes == 0 ? 64 : (size_t)__builtin_ctzll(quotes);
            if (utf8_block_is_bad(last, close < 64 ? block_cut(b, close) : b))
                return n;
            goes_on = utf8_block_goes_on(high, src + i + 64);
        }
        if (quotes != 0) {
            const size_t close = i + (size_t)__builtin_ctzll(quotes);
            return close < n ? close : n;
        }
        last = b;
        first_is_escaped = escapes >> 63;
    }
    return n;
}

static inline void set_value(lr_records *out, int key, uint8_t kind, size_t begin, size_t end)
{
    out->keys[key].kinds[out->n] = kind;
    out->keys[key].spans[out->n] = (lr_span){(uint32_t)begin, (uint32_t)(end - begin)};
}

static inline void set_absent(lr_records *out, const lr_keys *keys)
{
    for (uint32_t k = 0; k < keys->n; k++)
        set_value(out, (int)k, LR_ABSENT, 0, 0);
}

/* Where the line that src[at] is in ends. */
static inline size_t find_line_end(const uint8_t *src, size_t at, size_t n)
{
    for (;;) {
        for (; at + 256 <= n; at += 256) {
            for (size_t i = 0; i < 256; i += 64)
                LR_NAME(prefetch)(src + at + i);
            if (block_any4(src + at, '\n'))
                break;
        }
        for (size_t stop = at + 256; at < n && at < stop; at += 64) {
            const uint64_t ends = block_eq(block_load(src + at), '\n');
            if (ends != 0) {
                at += (size_t)__builtin_ctzll(ends);
                return at < n ? at : n;
            }
        }
        if (at >= n)
            return n;
    }
}
