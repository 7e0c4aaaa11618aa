/*
 * json_prefix_simd.h: the beginning of a line, read along the nodes that were learned, for used
 * validation; instantiated once per tier.
 *
 * As guess_full, up to the last key that is needed. What is behind it, and strings that are nobody's
 * value, are not checked, so of such a string only the closing quote is looked for: one look at a
 * block, and at the byte before a quote.
 */

/* The closing quote of the string whose first byte is src[i]; n where the line ends before. */
static inline size_t prefix_close(const uint8_t *src, size_t i, size_t n)
{
    for (size_t at = i; at < n; at += 64) {
        const block b = block_load(src + at);
        const uint64_t quotes = block_eq(b, '"');

        for (uint64_t stops = quotes | block_eq(b, '\n'); stops != 0; stops &= stops - 1) {
            const size_t close = at + (size_t)__builtin_ctzll(stops);
            size_t before = close;
            if (LR_UNLIKELY(close >= n || src[close] == '\n'))
                return n;
            if (LR_LIKELY(src[close - 1] != '\\'))
                return close;
            while (before > i && src[before - 1] == '\\')
                before--;
            if ((close - before) % 2 == 0)
                return close;
        }
    }
    return n;
}

/* The closing quote of the string that starts at src[i], checked in full; n: a fault, or none. */
static inline size_t prefix_string(const uint8_t *src, size_t i, size_t n, bool *escaped)
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

/* The line at src[line], along the nodes, up to where enough is known. Returns where it ends, as
 * used_line does; SIZE_MAX: a miss. */
static inline size_t prefix_line(const lr_guess *guess, const uint8_t *src, size_t n, size_t line,
                                 bool known, const lr_keys *keys, lr_records *out)
{
    const lr_guess_node *node = &guess->node[0];
    uint32_t seen = 0, left = keys->enough;
    size_t at = line;

    while (at < n) {
        const block b = block_load(src + at);
        size_t begin, end;
        uint8_t kind = LR_PLAIN;
        LR_NAME(prefetch)(src + at); /* nodes are 50 to 200 bytes apart */
        LR_NAME(prefetch)(src + at + 64);
        for (const uint16_t *next = node->next;; next++) {
            if (*next == 0)
                return SIZE_MAX;
            node = &guess->node[*next];
            if ((block_differ(b, block_load(node->text)) & node->mask) != 0)
                continue;
            begin = at + node->length;
            if (node->kind == LR_GUESS_STRING && node->key < 0) {
                end = prefix_close(src, begin, n);
            } else if (node->kind == LR_GUESS_STRING) {
                bool escaped;
                end = prefix_string(src, begin, n, &escaped);
                kind = escaped ? LR_ESCAPED : LR_PLAIN;
            } else if (node->kind == LR_GUESS_WORD) {
                end = begin < n ? guess_word(src, begin, n, &kind) : 0;
                if (end == 0)
                    continue;
            } else if (node->kind == LR_GUESS_NOTHING) {
                end = begin;
            } else {
                return SIZE_MAX; /* the end of the line, and not all keys */
            }
            break;
        }
        if (end >= n ||
            (node->n_events != 0 && !guess_events(node, at, LR_VALIDATE_USED, &seen, out)))
            return SIZE_MAX;
        if (node->key >= 0) {
            if ((seen >> node->key & 1) != 0 ||
                (node->kind == LR_GUESS_WORD && !lr_ends_word(src[end])))
                return SIZE_MAX;
            seen |= 1u << node->key;
            set_value(out, node->key, kind, begin, end);
            left &= ~((uint32_t)(kind != LR_NULL) << node->key);
            if (left == 0)
                return used_rest(src, n, line, end, known);
        }
        at = end;
    }
    return SIZE_MAX;
}
