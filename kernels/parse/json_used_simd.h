/*
 * json_used_simd.h: used validation of a line, 64 bytes at a time; instantiated once per tier.
 *
 * Strings and brackets are followed by masks until all keys of `enough` are found; of the rest of the
 * line only its end is looked for. What lies deeper than the levels that are looked at goes through a
 * loop of its own; other blocks in which no string ends like a name, and no such level ends, cost two
 * population counts. Anything unusual is a doubt, and the line goes to lr_json_line.
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

/* Of a block, the closing quotes of strings that end like a name: those at the level s->depth. */
static inline bool used_keys(used_state *s, size_t at, uint64_t quotes)
{
    if (s->depth != s->looked)
        return true;
    for (; quotes != 0; quotes &= quotes - 1) {
        const size_t close = at + (size_t)__builtin_ctzll(quotes);
        const size_t colon = lr_skip_blanks(s->src, close + 1, s->n);
        if (colon >= s->n || s->src[colon] != ':')
            continue;
        const int key = find_key(s->find, s->src, close, s->parent[s->depth]);
        if (LR_LIKELY(key == LR_KEY_NONE) || (s->seen >> key & 1) != 0)
            continue;
        s->seen |= 1u << key;
        const size_t begin = lr_skip_blanks(s->src, colon + 1, s->n);
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
    at = lr_skip_blanks(s->src, at, s->n);
    return at == s->n || s->src[at] == '\n';
}

/* The brackets of a block, and the keys between them. False: a doubt. */
static inline bool used_nesting(used_state *s, size_t at, uint64_t opens, uint64_t closes,
                                uint64_t quotes)
{
    uint64_t from = UINT64_MAX;

    for (uint64_t brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
        const uint64_t bracket = brackets & (0 - brackets);
        if (!used_keys(s, at, quotes & from & (bracket - 1)))
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
    return used_keys(s, at, quotes & from);
}

/* Are strings with escapes that end at these closing quotes no keys? Such a key may be one that is
 * looked for, spelt in another way. */
static inline bool used_no_keys(const used_state *s, size_t at, uint64_t quotes)
{
    for (; quotes != 0; quotes &= quotes - 1) {
        const size_t next = lr_skip_blanks(s->src, at + (size_t)__builtin_ctzll(quotes) + 1, s->n);
        if (next < s->n && s->src[next] == ':')
            return false;
    }
    return true;
}

/* The bytes of b with which a name may end; last: of the block before, then of this one. */
static inline uint64_t used_ends_of_names(const finder *find, block b, block last[2])
{
    const block low = block_and(b, block_set(15)), high = block_high_nibbles(b);
    block like[3];

    for (int i = 0; i < 3; i++)
        like[i] = block_and(block_lookup(find->low[i], low), block_lookup(find->high[i], high));
    const block both = block_and(like[0], block_before1(last[0], like[1]));
    const block all = block_and(both, block_before2(last[1], like[2]));
    last[0] = like[1];
    last[1] = like[2];
    return block_test(all, 0xFF);
}

/* The end of the line that starts at src[line], read up to at; SIZE_MAX where it is no brace. */
static inline size_t used_rest(const uint8_t *src, size_t n, size_t line, size_t at, bool known)
{
    const size_t end = known ? n : find_line_end(src, at, n);
    size_t last = end - 1;

    while (lr_is_blank(src[last]))
        last--;
    return src[last] == '}' && last > line ? end : SIZE_MAX;
}

/* What one block leaves to the next. */
typedef struct used_text {
    uint64_t in_string; /* all ones in a string, else 0 */
    uint64_t first_is_escaped;
    uint64_t bad; /* backslashes outside of strings */
} used_text;

/* The masks of a block. */
typedef struct used_block {
    uint64_t backslashes, quotes, inside, opens, closes;
} used_block;

static inline used_block used_block_of(used_text *text, block b)
{
    used_block m = {.backslashes = block_eq(b, '\\'), .quotes = block_eq(b, '"')};

    /* What they escape matters before a quote and at the end of a block: seldom. */
    if (((m.backslashes << 1 | text->first_is_escaped) & m.quotes) != 0 ||
        m.backslashes >> 63 != 0) {
        const uint64_t escapes = lr_escapes(m.backslashes, text->first_is_escaped);
        m.quotes &= ~(escapes << 1 | text->first_is_escaped);
        text->first_is_escaped = escapes >> 63;
    } else {
        text->first_is_escaped = 0;
    }
    m.inside = lr_prefix_xor(m.quotes) ^ text->in_string;
    text->in_string = (uint64_t)((int64_t)m.inside >> 63);
    text->bad |= m.backslashes & ~m.inside;
    const block folded = block_or(b, 0x20);
    m.opens = block_eq(folded, '{') & ~m.inside;
    m.closes = block_eq(folded, '}') & ~m.inside;
    const uint64_t empty = m.opens & m.closes >> 1; /* they end no level: nobody need visit them */
    m.opens ^= empty;
    m.closes ^= empty << 1;
    return m;
}

/* From src[at] on, whole blocks of the line that are deeper than the level looked. Returns where the
 * first one begins that may not be. A loop of its own: few values, which stay in registers. */
static __attribute__((noinline)) size_t used_deep(const uint8_t *src, size_t n, size_t at,
                                                  used_text *text, uint32_t *depth, uint32_t looked)
{
    used_text now = *text;
    uint32_t d = *depth;

    for (; n - at >= 64; at += 64) {
        const block b = block_load(src + at);
        used_text next = now;
        const used_block m = used_block_of(&next, b);
        const uint32_t n_closes = (uint32_t)__builtin_popcountll(m.closes);
        LR_NAME(prefetch)(src + at);
        if (LR_UNLIKELY(d <= looked + n_closes || block_eq(b, '\n') != 0))
            break;
        d += (uint32_t)__builtin_popcountll(m.opens) - n_closes;
        now = next;
    }
    *text = now;
    *depth = d;
    return at;
}

/* The line that starts at src[line], which is a brace; else as full_line. known: it ends at src[n]. */
static __attribute__((noinline)) size_t used_line(const uint8_t *src, size_t n, size_t line,
                                                  bool known, const finder *find, lr_records *out)
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
    used_text text = {0, 0, 0};
    uint64_t in_escaped = 0, ended = 0;
    block last[2] = {block_set(0xFF), block_set(0xFF)};
    size_t at = line + 1, end = SIZE_MAX;

    for (; s.left != 0 && end == SIZE_MAX; at += 64) {
        if (s.depth > s.looked) {
            at = used_deep(src, n, at, &text, &s.depth, s.looked);
            in_escaped = 0; /* such a string is deeper, too */
        }
        block b = block_load(src + at);
        uint64_t ends = block_eq(b, '\n');
        if (n - at < 64)
            ends |= 1ull << (n - at);
        if (ends != 0) {
            b = block_cut(b, (size_t)__builtin_ctzll(ends));
            end = at + (size_t)__builtin_ctzll(ends);
        }
        const used_block m = used_block_of(&text, b);
        const uint64_t unlike = block_eq(b, ',') >> 1; /* no keys end there */
        const uint64_t closing = m.quotes & ~m.inside & ~unlike;
        unsigned long long marked; /* a carry runs from each backslash to the closing quote */
        const bool more = __builtin_uaddll_overflow(m.inside, m.backslashes & m.inside, &marked);
        const bool even_more = __builtin_uaddll_overflow(marked, in_escaped, &marked);
        in_escaped = more | even_more;
        if (text.bad != 0 || !used_no_keys(&s, at, marked & closing))
            return SIZE_MAX;
        const uint64_t names = used_ends_of_names(find, b, last);
        const uint64_t keys = (names << 1 | ended) & closing;
        const uint32_t n_closes = (uint32_t)__builtin_popcountll(m.closes);
        ended = names >> 63;
        if (keys == 0 && s.depth >= s.looked + n_closes && s.opened - at >= 64) {
            s.depth += (uint32_t)__builtin_popcountll(m.opens) - n_closes;
            continue; /* no key, and no level that is looked at ends or begins */
        }
        if (!((m.opens | m.closes) != 0 ? used_nesting(&s, at, m.opens, m.closes, keys)
                                        : used_keys(&s, at, keys)))
            return SIZE_MAX;
    }
    return used_rest(src, n, line, end == SIZE_MAX ? at : end, known && end == SIZE_MAX);
}
