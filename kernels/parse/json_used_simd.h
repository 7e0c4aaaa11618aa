/*
 * json_used_simd.h: used validation of a line, 64 bytes at a time; instantiated once per tier.
 *
 * Strings and brackets are followed by masks until all keys of `enough` are found; of the rest of the
 * line only its end is looked for. Blocks that stay below the levels that are looked at
 * cost two population counts. Anything unusual is a doubt, and the line goes to lr_json_line.
 */

typedef struct used_state {
    const uint8_t *src;
    size_t n;
    const finder *find;
    lr_records *out;
    uint32_t depth, looked; /* the level; the deepest one around it that is looked at */
    uint32_t seen, left;    /* keys that were found; those of `enough` that were not */
    size_t opened;          /* where the brace of a holder stands that is looked into; of: */
    int opened_key;
    int8_t parent[LR_KEYS_MAX + 2]; /* of the keys at each level up to looked */
} used_state;

/* The closing quote of the key before the colon at src[colon] where white space is between them; 0: a
 * doubt, as is an escape in it. Stops at the brace that opened the line. */
static size_t used_key_before_blanks(const uint8_t *src, size_t colon)
{
    while (is_blank(src[colon - 1]))
        colon--;
    if (src[colon - 1] != '"')
        return 0;
    size_t open = colon - 2;
    while (src[open] != '"' && src[open] != '\\' && src[open] != '\n' && open > 0)
        open--;
    return src[open] == '"' && src[open - 1] != '\\' ? colon : 0;
}

/* The value at src[begin], of key. */
static inline bool used_value(used_state *s, int key, size_t begin)
{
    uint8_t kind = s->src[begin];
    size_t end = begin;

    if (kind == '"') {
        bool escaped;
        end = find_good_close(s->src, ++begin, s->n, &escaped);
        if (end == s->n)
            return false;
        kind = escaped ? LR_ESCAPED : LR_PLAIN;
    } else if (kind == '{' && (s->find->holders >> key & 1) != 0) {
        kind = LR_OBJECT;
        end = begin + 1;
        s->opened = begin;
        s->opened_key = key;
    } else if (kind == '{' || kind == '[') {
        if (lr_json_value(s->src, &end, s->n, s->depth) != LR_GOOD)
            return false;
        kind = kind == '{' ? LR_OBJECT : LR_ARRAY;
    } else if (lr_json_word(s->src, &end, s->n, &kind) != LR_GOOD) {
        return false;
    }
    set_value(s->out, key, kind, begin, end);
    if (kind != LR_NULL)
        s->left &= ~(1u << key);
    return true;
}

/* The colons of a block at the level s->depth. */
static inline bool used_colons(used_state *s, size_t at, uint64_t colons)
{
    if (s->depth != s->looked)
        return true;
    for (; colons != 0; colons &= colons - 1) {
        const size_t colon = at + (size_t)__builtin_ctzll(colons);
        size_t close = colon;
        if (LR_UNLIKELY(s->src[colon - 1] != '"') &&
            (close = used_key_before_blanks(s->src, colon)) == 0)
            return false;
        const int key = find_key(s->find, s->src, close - 1, s->parent[s->depth]);
        if (LR_LIKELY(key == LR_KEY_NONE) || (s->seen >> key & 1) != 0)
            continue;
        s->seen |= 1u << key;
        const size_t begin = skip_blanks(s->src, colon + 1, s->n);
        if (begin == s->n || !used_value(s, key, begin))
            return false;
        if (s->left == 0)
            return true;
    }
    return true;
}

/* Behind the last brace, is there but white space? */
static inline bool used_ends(const used_state *s, size_t at)
{
    at = skip_blanks(s->src, at, s->n);
    return at == s->n || s->src[at] == '\n';
}

/* The brackets of a block, and the colons between them. False: a doubt. */
static inline bool used_nesting(used_state *s, size_t at, uint64_t opens, uint64_t closes,
                                uint64_t colons)
{
    uint64_t from = UINT64_MAX;

    for (uint64_t brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
        const uint64_t bracket = brackets & (0 - brackets);
        if (!used_colons(s, at, colons & from & (bracket - 1)))
            return false;
        if (s->left == 0)
            return true;
        const size_t i = at + (size_t)__builtin_ctzll(bracket);
        if ((closes & bracket) != 0) {
            if (--s->depth == 0)
                return used_ends(s, i + 1);
            s->looked = s->depth < s->looked ? s->depth : s->looked;
        } else {
            s->depth++;
            if (i == s->opened)
                s->parent[++s->looked] = (int8_t)s->opened_key;
        }
        from = ~(bracket | (bracket - 1));
    }
    return used_colons(s, at, colons & from);
}

/* The end of the line that starts at src[line], read up to at; SIZE_MAX where it is no brace. */
static inline size_t used_rest(const uint8_t *src, size_t n, size_t line, size_t at)
{
    const size_t end = find_line_end(src, at, n);
    size_t last = end - 1;

    while (is_blank(src[last]))
        last--;
    return src[last] == '}' && last > line ? end : SIZE_MAX;
}

/* The line that starts at src[line], which is a brace; else as full_line. */
static size_t used_line(const uint8_t *src, size_t n, size_t line, const finder *find,
                        lr_records *out)
{
    used_state s = {.src = src,
                    .n = n,
                    .find = find,
                    .out = out,
                    .depth = 1,
                    .looked = 1,
                    .left = find->keys->enough,
                    .opened = SIZE_MAX,
                    .parent = {[1] = LR_KEY_TOP}};
    uint64_t in_string = 0, first_is_escaped = 0, in_escaped = 0, after_escaped = 0;
    size_t at = line + 1, end = SIZE_MAX;

    for (; s.left != 0 && end == SIZE_MAX; at += 64) {
        block b = block_load(src + at);
        uint64_t ends = block_eq(b, '\n');
        if (n - at < 64)
            ends |= 1ull << (n - at);
        if (ends != 0) {
            b = block_cut(b, (size_t)__builtin_ctzll(ends));
            end = at + (size_t)__builtin_ctzll(ends);
        }
        const uint64_t backslashes = block_eq(b, '\\');
        uint64_t quotes = block_eq(b, '"');
        if ((backslashes | first_is_escaped) != 0) {
            const uint64_t escapes = lr_escapes(backslashes, first_is_escaped);
            quotes &= ~(escapes << 1 | first_is_escaped);
            first_is_escaped = escapes >> 63;
        }
        const uint64_t inside = lr_prefix_xor(quotes) ^ in_string;
        in_string = (uint64_t)((int64_t)inside >> 63);
        const block folded = block_or(b, 0x20);
        const uint64_t colons = block_eq(b, ':') & ~inside;
        const uint64_t opens = block_eq(folded, '{') & ~inside;
        const uint64_t closes = block_eq(folded, '}') & ~inside;

        if ((backslashes | in_escaped | after_escaped) != 0) { /* is there an escape in a key? */
            unsigned long long marked;
            const bool more = __builtin_uaddll_overflow(inside, backslashes & inside, &marked);
            const bool even_more = __builtin_uaddll_overflow(marked, in_escaped, &marked);
            const uint64_t closed = marked & quotes & ~inside;
            if ((backslashes & ~inside) != 0 || ((closed << 1 | after_escaped) & colons) != 0)
                return SIZE_MAX;
            in_escaped = more | even_more;
            after_escaped = closed >> 63;
        }
        const uint32_t n_closes = (uint32_t)__builtin_popcountll(closes);
        if (s.depth - s.looked > n_closes) { /* no level that is looked at comes near */
            s.depth += (uint32_t)__builtin_popcountll(opens) - n_closes;
            continue;
        }
        if (!((opens | closes) != 0 ? used_nesting(&s, at, opens, closes, colons)
                                    : used_colons(&s, at, colons)))
            return SIZE_MAX;
    }
    return used_rest(src, n, line, end == SIZE_MAX ? at : end);
}
