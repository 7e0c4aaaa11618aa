/*
 * json_guess_simd.h: a line read along the nodes that were learned; instantiated once per tier.
 *
 * The lines of one writer have few distinct skeletons. Text between values is compared with what was
 * seen there before, up to 64 bytes at once, and is then known to be good without being parsed; only
 * the values are looked at. Full validation finds the quotes first (json_quotes_simd.h): the text
 * behind a value is where the next quote says, so that a step waits for no comparison and no string
 * is too long for one. What matches nothing is a miss: the line is read in the general way, and
 * learned. Where misses are many, guessing pauses, for longer each time.
 */
#include "parse/json_guess.h"
#include "parse/json_quotes_simd.h"

enum { GUESS_MISS = -4, GUESS_CREDIT = 64, GUESS_PAUSE_MIN = 256, GUESS_PAUSE_MAX = 1 << 16 };

/* Where full validation prefetches between the quotes of one line and those of the next one, so that
 * these need not wait for memory all at once. */
enum { GUESS_AHEAD = 4096 };

/* How many digits are at src; 0 where there is none, or one too many: a leading zero. */
static inline size_t guess_digits(const uint8_t *src)
{
    const uint64_t digits = block_in(block_load(src), '0', '9');
    const size_t length = (size_t)__builtin_ctzll(~digits | 1ull << 63);
    return src[0] == '0' && length > 1 ? 0 : length;
}

/* The end of the word at src[i]; 0 where there is none. That it ends there the next text says. */
static inline size_t guess_word(const uint8_t *src, size_t i, size_t n, uint8_t *kind)
{
    const size_t digits = guess_digits(src + i);

    *kind = LR_NUMBER;
    if (digits != 0 && src[i + digits] != '.' && (src[i + digits] | 0x20) != 'e')
        return i + digits;
    const uint32_t letters = literal_length(src + i);
    if (LR_LIKELY(letters != 0)) {
        *kind = src[i] == 'n' ? LR_NULL : LR_BOOL;
        return i + letters;
    }
    size_t end = i;
    return lr_json_word(src, &end, n, kind) == LR_GOOD ? end : 0;
}

/* Is src[begin, end) a word? */
static inline bool guess_is_word(const uint8_t *src, size_t begin, size_t end, uint8_t *kind)
{
    const size_t digits = guess_digits(src + begin);
    size_t stop = begin;

    *kind = LR_NUMBER;
    if (LR_LIKELY(digits == end - begin && digits != 0))
        return true;
    return lr_json_word(src, &stop, end, kind) == LR_GOOD && stop == end;
}

/* Has the good string src[begin, end) a backslash? */
static inline bool guess_is_escaped(const uint8_t *src, size_t begin, size_t end)
{
    for (; begin < end; begin += 64) {
        const uint64_t backslashes = block_eq(block_load(src + begin), '\\');
        if (backslashes != 0)
            return (size_t)__builtin_ctzll(backslashes) < end - begin;
    }
    return false;
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

/* Sets the value src[begin, end) behind the text of node. False: there was one already. */
static inline bool guess_value(const lr_guess_node *node, const uint8_t *src, size_t begin,
                               size_t end, uint8_t kind, uint32_t *seen, lr_records *out)
{
    if ((*seen >> node->key & 1) != 0)
        return false;
    *seen |= 1u << node->key;
    if (node->kind == LR_GUESS_STRING)
        kind = guess_is_escaped(src, begin, end) ? LR_ESCAPED : LR_PLAIN;
    set_value(out, node->key, kind, begin, end);
    return true;
}

/* The line at src[line], along the nodes, by full validation. Returns where it ends, as full_line
 * does; SIZE_MAX: a miss. */
static size_t guess_full(const lr_guess *guess, const uint8_t *src, size_t n, size_t line,
                         lr_records *out)
{
    const lr_guess_node *node = &guess->node[0];
    line_quotes quotes;
    size_t begin = line; /* of what is behind the node's text */
    uint32_t seen = 0;

    if (!quotes_find(&quotes, src + line, n - line))
        return SIZE_MAX;
    const size_t end = line + quotes.end;
    while (begin < end) {
        const lr_guess_node *const last = node;
        uint8_t kind = LR_PLAIN;
        __builtin_prefetch(src + begin + GUESS_AHEAD);
        size_t stop = begin, at; /* of the value: where it is known to end, or the next quote */
        if (LR_LIKELY(last->quoted != 0))
            stop = line + quotes_next(&quotes, begin - line);
        else if (last->kind == LR_GUESS_WORD)
            stop = guess_word(src, begin, n, &kind);
        for (const uint16_t *next = last->next;; next++) {
            if (*next == 0)
                return SIZE_MAX;
            node = &guess->node[*next];
            const size_t back = node->quote & last->quoted;
            at = stop - back;
            if (LR_LIKELY(stop - begin >= back) &&
                (block_differ(block_load(src + at), block_load(node->text)) & node->mask) == 0)
                break;
        }
        if (last->kind == LR_GUESS_WORD && !guess_is_word(src, begin, at, &kind))
            return SIZE_MAX;
        if (last->key >= 0 && !guess_value(last, src, begin, at, kind, &seen, out))
            return SIZE_MAX;
        if (node->n_events != 0 && !guess_events(node, at, LR_VALIDATE_FULL, &seen, out))
            return SIZE_MAX;
        begin = at + node->length;
        if (node->kind == LR_GUESS_END)
            return skip_blanks(src, begin, end) == end ? end : SIZE_MAX;
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
    guess->node[0].key = LR_KEY_NONE;
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
