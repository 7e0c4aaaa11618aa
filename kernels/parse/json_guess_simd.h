/*
 * json_guess_simd.h: a line read along the nodes that were learned; instantiated once per tier.
 *
 * The lines of one writer have few distinct skeletons. Text between values is compared with what was
 * seen there before, up to 64 bytes at once, and is then known to be good without being parsed; only
 * the values are looked at. What matches nothing is a miss: the line is read in the general way, and
 * learned. Where misses are many, guessing pauses, for longer each time.
 */
#include "parse/json_guess.h"

enum { GUESS_MISS = -4, GUESS_CREDIT = 64, GUESS_PAUSE_MIN = 256, GUESS_PAUSE_MAX = 1 << 16 };

/* The closing quote of the string that starts at src[i], checked in full; n: a fault, or none. */
static inline size_t guess_string(const uint8_t *src, size_t i, size_t n, bool *escaped)
{
    *escaped = false;
    for (size_t at = i; at < n; at += 64) {
        const block b = block_load(src + at);
        const uint64_t quotes = block_eq(b, '"');
        const uint64_t others = block_eq(b, '\\') | block_unusual(b);
        if (LR_UNLIKELY((others & (quotes ^ (quotes - 1))) != 0)) {
            const size_t close = find_good_close(src, at, n, escaped);
            return close; /* no sequence or escape began before at: all of it was plain */
        }
        if (quotes != 0)
            return at + (size_t)__builtin_ctzll(quotes) < n ? at + (size_t)__builtin_ctzll(quotes)
                                                            : n;
    }
    return n;
}

/* The end of the word at src[i]; 0 where there is none. That it ends there the next text says. */
static inline size_t guess_word(const uint8_t *src, size_t i, size_t n, uint8_t *kind)
{
    const uint64_t digits = block_in(block_load(src + i), '0', '9');
    const uint32_t length = (uint32_t)__builtin_ctzll(~digits | 1ull << 63);

    *kind = LR_NUMBER;
    if (length > 1 ? src[i] != '0' && length < 63 : length == 1)
        if (LR_LIKELY(src[i + length] != '.' && (src[i + length] | 0x20) != 'e'))
            return i + length;
    if (length == 0) {
        const uint32_t letters = literal_length(src + i);
        if (LR_LIKELY(letters != 0)) {
            *kind = src[i] == 'n' ? LR_NULL : LR_BOOL;
            return i + letters;
        }
    }
    size_t end = i;
    return lr_json_word(src, &end, n, kind) == LR_GOOD ? end : 0;
}

/* What the text of node at src[at] opens and closes. False: a key that was there already. */
static inline bool guess_events(const lr_guess_node *node, size_t at, lr_validate validate,
                                uint32_t *seen, lr_records *out)
{
    for (uint32_t i = 0; i < node->n_events; i++) {
        const int key = node->event[i].key;
        const size_t place = at + node->event[i].at;
        if (node->event[i].kind == LR_ABSENT) {
            lr_span *const span = &out->keys[key].spans[out->n];
            span->length = (uint32_t)(place + 1 - span->offset);
            continue;
        }
        if ((*seen >> key & 1) != 0)
            return false;
        *seen |= 1u << key;
        set_value(out, key, node->event[i].kind, place, place + (validate == LR_VALIDATE_USED));
    }
    return true;
}

/* The line at src[line], along the nodes. Returns where it ends, as full_line and used_line do;
 * SIZE_MAX: a miss. */
static size_t guess_line(const lr_guess *guess, const uint8_t *src, size_t n, size_t line,
                         const lr_keys *keys, lr_validate validate, lr_records *out)
{
    const lr_guess_node *node = &guess->node[0];
    uint32_t seen = 0, left = validate == LR_VALIDATE_USED ? keys->enough : 0;
    const bool stops = left != 0;
    size_t at = line;

    while (at < n) {
        const block b = block_load(src + at);
        size_t begin, end;
        uint8_t kind = LR_PLAIN;
        __builtin_prefetch(src + at + LR_NAME(prefetch_ahead));
        const uint16_t *next = node->next, *const stop = next + LR_GUESS_NEXT;
        for (;; next++) {
            if (next == stop || *next == 0)
                return SIZE_MAX;
            node = &guess->node[*next];
            if ((block_differ(b, block_load(node->text)) & node->mask) != 0)
                continue;
            begin = end = at + node->length;
            if (node->kind == LR_GUESS_STRING) {
                bool escaped;
                end = guess_string(src, begin, n, &escaped);
                kind = escaped ? LR_ESCAPED : LR_PLAIN;
                if (end >= n)
                    return SIZE_MAX;
            } else if (node->kind == LR_GUESS_WORD) {
                end = begin < n ? guess_word(src, begin, n, &kind) : 0;
            }
            if (LR_LIKELY(end != 0))
                break;
        }
        if (node->n_events != 0 && !guess_events(node, at, validate, &seen, out))
            return SIZE_MAX;
        if (node->kind == LR_GUESS_END) {
            end = skip_blanks(src, end, n);
            return end == n || (end < n && src[end] == '\n') ? end : SIZE_MAX;
        }
        if (node->key >= 0) {
            if (end >= n || (seen >> node->key & 1) != 0 ||
                (node->kind == LR_GUESS_WORD && !lr_ends_word(src[end])))
                return SIZE_MAX;
            seen |= 1u << node->key;
            set_value(out, node->key, kind, begin, end);
            left &= ~((uint32_t)(kind != LR_NULL) << node->key);
            if (stops && left == 0)
                return used_rest(src, n, line, end);
        }
        at = end;
    }
    return SIZE_MAX;
}

/* FNV-1a, of few bytes, a few times per batch. */
static inline uint64_t guess_hash(uint64_t hash, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const uint8_t *)data)[i]) * 0x100000001B3u;
    return hash;
}

/* Makes sure that the guess is one for these keys. */
static void guess_begin(lr_guess *guess, const lr_keys *keys, lr_validate validate)
{
    uint64_t what = guess_hash(0xCBF29CE484222325u, &keys->enough, sizeof keys->enough);

    what = guess_hash(what, &validate, sizeof validate);
    for (uint32_t k = 0; k < keys->n; k++) {
        what = guess_hash(what, &keys->key[k].length, 1);
        what = guess_hash(what, &keys->key[k].parent, 1);
        what = guess_hash(what, keys->key[k].name, keys->key[k].length);
    }
    if (guess->n != 0 && guess->what == what)
        return;
    memset(guess, 0, sizeof *guess);
    guess->n = 1;
    guess->what = what;
    guess->credit = GUESS_CREDIT;
    guess->patience = GUESS_PAUSE_MIN;
}

/* The line src[line, end) was good, but not guessed. */
static void guess_miss(lr_guess *guess, const uint8_t *src, size_t line, size_t end,
                       const lr_keys *keys, lr_validate validate)
{
    if (guess->n < LR_GUESS_NODES && guess->lessons < 256 + guess->lines / 64) {
        guess->lessons++;
        lr_json_learn(guess, src, line, end, keys, validate);
    }
    guess->credit += GUESS_MISS;
    if (guess->credit < 0) {
        guess->pause = guess->patience;
        guess->patience = guess->patience < GUESS_PAUSE_MAX ? 2 * guess->patience : GUESS_PAUSE_MAX;
        guess->credit = GUESS_CREDIT / 2;
    }
}
