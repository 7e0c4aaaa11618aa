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
    return lr_json_word(src, &i, n, kind) == LR_GOOD ? i : 0;
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

/* Sets the value behind the text of node, which ends before line[begin]. False: there was one
 * already, or there is none now. */
static inline bool guess_value(const lr_guess_node *node, const line_quotes *quotes,
                               const uint8_t *src, size_t line, size_t begin, uint32_t *seen,
                               lr_records *out)
{
    size_t end = line + begin;
    uint8_t kind = LR_PLAIN;

    if ((*seen >> node->key & 1) != 0)
        return false;
    *seen |= 1u << node->key;
    if (node->kind == LR_GUESS_STRING) {
        end = line + quotes_next(quotes, begin);
        if (guess_is_escaped(src, line + begin, end))
            kind = LR_ESCAPED;
    } else if (lr_json_word(src, &end, line + quotes->end, &kind) != LR_GOOD) {
        return false;
    }
    set_value(out, node->key, kind, line + begin, end);
    return true;
}

/* Which of the nodes behind last has its text at src[0]? NULL: none. */
static inline const lr_guess_node *guess_next(const lr_guess *guess, const lr_guess_node *last,
                                              const uint8_t *src)
{
    const block b = block_load(src);

    for (const uint16_t *next = last->next; *next != 0; next++) {
        const lr_guess_node *const node = &guess->node[*next];
        if ((block_differ(b, block_load(node->text)) & node->mask) == 0)
            return node;
    }
    return NULL;
}

/* As guess_next, where the word at line[*at] comes first; moves *at behind it. */
static inline const lr_guess_node *guess_next_word(const lr_guess *guess, const lr_guess_node *last,
                                                   const line_quotes *quotes, const uint8_t *line,
                                                   size_t *at)
{
    const size_t begin = *at;
    uint8_t kind;

    if (LR_UNLIKELY(!last->quoted)) {
        *at = guess_word(line, begin, quotes->end, &kind);
        return *at != 0 ? guess_next(guess, last, line + *at) : NULL;
    }
    const size_t quote = quotes_next(quotes, begin);
    for (const uint16_t *next = last->next; *next != 0; next++) {
        const lr_guess_node *const node = &guess->node[*next];
        *at = quote - node->quote;
        if (LR_LIKELY(quote - begin > node->quote) &&
            (block_differ(block_load(line + *at), block_load(node->text)) & node->mask) == 0)
            return LR_LIKELY(guess_digits(line + begin) == *at - begin) ||
                           guess_word(line, begin, *at, &kind) == *at
                       ? node
                       : NULL;
    }
    return NULL;
}

/* The line at src[line], whose quotes were found, along the nodes, by full validation. Returns where
 * it ends, as full_line does; SIZE_MAX: a miss. */
static inline size_t guess_full(const lr_guess *guess, const line_quotes *quotes,
                                const uint8_t *src, size_t line, lr_records *out)
{
    const lr_guess_node *node = &guess->node[0];
    uint32_t seen = 0;

    for (size_t at = 0; at < quotes->end;) {
        __builtin_prefetch(src + line + at + GUESS_AHEAD);
        if (node->kind == LR_GUESS_WORD) {
            node = guess_next_word(guess, node, quotes, src + line, &at);
        } else {
            if (node->kind == LR_GUESS_STRING)
                at = quotes_next(quotes, at);
            node = guess_next(guess, node, src + line + at);
        }
        if (LR_UNLIKELY(node == NULL))
            return SIZE_MAX;
        if (LR_UNLIKELY(node->means)) {
            const size_t begin = at + node->length;
            if (!guess_events(node, line + at, LR_VALIDATE_FULL, &seen, out) ||
                (node->key >= 0 && !guess_value(node, quotes, src, line, begin, &seen, out)))
                return SIZE_MAX;
            if (node->kind == LR_GUESS_END)
                return lr_skip_blanks(src, line + begin, line + quotes->end) == line + quotes->end
                           ? line + quotes->end
                           : SIZE_MAX;
        }
        at += node->length;
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
