/*
 * json_full_simd.h: full validation of a line, 64 bytes at a time; instantiated once per tier.
 *
 * Tokens are brackets, commas, colons, strings (seen at their closing quote) and words (numbers and
 * literals, seen at their first byte). The masks of a block are packed to one bit per token (pext),
 * so that "the token before" is a shift, and the grammar of RFC 8259 becomes these rules:
 *
 *   - a string, a word or an opening bracket stands behind [ { , or : and nothing else does, but a
 *     closing bracket behind an opening one;
 *   - a colon stands behind a string that stands behind { or ,
 *   - behind { stands } or a string with a colon behind it;
 *   - what tells an array from an object is in one: in an array is a value behind a comma that is no
 *     string, or a string without a colon behind it; in an object is a colon; brackets match.
 *
 * Only the last rule needs the nesting, so only brackets are visited one by one. Words that are not
 * all digits are looked at one by one as well, and escapes and UTF-8 where a block has any. All this
 * proves lines good; a line with any doubt is read again, by lr_json_line, which knows the reason.
 */

/* What one block leaves to the next. Two bits of tokens: the last one is bit 1, the one before 0. */
typedef struct full_state {
    const uint8_t *src;
    size_t n;
    const finder *find;
    lr_records *out;
    block last;
    uint64_t inside;        /* all ones in a string, else 0 */
    uint64_t escaped;       /* is the first byte of the next block escaped? */
    uint64_t in_word;       /* does a word go on? */
    uint64_t zero;          /* is the last byte a 0 that starts a word? */
    uint64_t hex;           /* the bytes, from the first on, that must be hexadecimal */
    uint64_t in_escaped;    /* the string that goes on has a backslash */
    uint64_t after_escaped; /* the last token is a string with a backslash */
    uint64_t opens, curlies, commas, colons, strings;
    uint64_t arrays; /* bit 0: is the innermost value an array? bit 1: the next one, ... */
    uint64_t bad;
    size_t word_at, word_end; /* the last word: where it starts, up to where it is known as good */
    size_t closed;            /* the last closing bracket */
    size_t opened;            /* where the bracket of a value stands that is looked for; of: */
    int opened_key;
    uint32_t depth, looked;         /* the level; the deepest one around it that is looked at */
    uint32_t seen;                  /* the keys that were found */
    bool goes_on;                   /* a UTF-8 sequence does */
    int8_t parent[LR_KEYS_MAX + 2]; /* of the keys at each level up to looked */
    int8_t key[LR_KEYS_MAX + 2];    /* whose value each level is, one level further, and where */
    uint32_t begin[LR_KEYS_MAX + 2];
} full_state;

/* The words of a block: word is their bytes, starts their first ones. at is the block's offset. */
static inline uint64_t bad_words(full_state *s, block b, size_t at, uint64_t word, uint64_t starts)
{
    const uint64_t digits = block_in(b, '0', '9');
    const uint64_t zeros = block_eq(b, '0') & starts;
    uint64_t bad = (zeros << 1 | s->zero) & digits & word; /* no leading zeros */
    uint64_t left = word & ~digits;

    s->zero = zeros >> 63;
    if (left != 0 && s->word_end > at)
        left &= s->word_end - at >= 64 ? 0 : UINT64_MAX << (s->word_end - at);
    while (left != 0) { /* literals, signs, fractions and exponents: the word as a whole */
        const uint64_t first = left & (0 - left), upto = starts & (first | (first - 1));
        const size_t begin = upto != 0 ? at + 63 - (size_t)__builtin_clzll(upto) : s->word_at;
        size_t end = begin;
        uint8_t kind;
        if (lr_json_word(s->src, &end, s->n, &kind) != LR_GOOD || end <= at)
            return UINT64_MAX;
        s->word_end = end;
        left &= end - at >= 64 ? 0 : UINT64_MAX << (end - at);
    }
    if (starts != 0)
        s->word_at = at + 63 - (size_t)__builtin_clzll(starts);
    return bad;
}

/* The key before the colon at src[colon]; its value, if it is looked for. */
static inline bool full_colon(full_state *s, size_t colon)
{
    size_t close = colon;

    while (LR_UNLIKELY(s->src[close - 1] != '"')) /* stops at the brace that opened the line */
        if (!is_blank(s->src[--close]))
            return false;
    const int key = find_key(s->find, s->src, close, s->parent[s->depth]);
    if (LR_LIKELY(key == LR_KEY_NONE))
        return true;
    if ((s->seen >> key & 1) != 0)
        return false; /* of two values the last one counts: not here */
    s->seen |= 1u << key;
    size_t end, begin = skip_blanks(s->src, colon + 1, s->n);
    if (begin == s->n)
        return false;
    uint8_t kind = s->src[begin];
    if (kind == '"') {
        bool escaped;
        end = find_close(s->src, ++begin, s->n, &escaped);
        kind = escaped ? LR_ESCAPED : LR_PLAIN;
    } else if (kind == '{' || kind == '[') {
        s->opened = begin;
        s->opened_key = key;
        return true;
    } else {
        end = begin;
        if (lr_json_word(s->src, &end, s->n, &kind) != LR_GOOD)
            return false;
    }
    set_value(s->out, key, kind, begin, end);
    return true;
}

static inline bool full_colons(full_state *s, size_t at, uint64_t colons)
{
    if (s->depth == s->looked)
        for (; colons != 0; colons &= colons - 1)
            if (!full_colon(s, at + (size_t)__builtin_ctzll(colons)))
                return false;
    return true;
}

static inline bool full_open(full_state *s, size_t at, bool array)
{
    if (s->depth == 0 || s->depth == 64)
        return false;
    if (s->depth == s->looked) {
        s->key[s->depth + 1] = (int8_t)(at == s->opened ? s->opened_key : LR_KEY_NONE);
        s->begin[s->depth + 1] = (uint32_t)at;
        if (at == s->opened && !array && (s->find->holders >> s->opened_key & 1) != 0)
            s->parent[++s->looked] = (int8_t)s->opened_key;
    }
    s->depth++;
    s->arrays = s->arrays << 1 | array;
    return true;
}

static inline bool full_close(full_state *s, size_t at, bool array)
{
    if (s->depth == 0 || (s->arrays & 1) != array)
        return false;
    if (s->depth <= s->looked + 1 && s->key[s->depth] != LR_KEY_NONE)
        set_value(s->out, s->key[s->depth], array ? LR_ARRAY : LR_OBJECT, s->begin[s->depth],
                  at + 1);
    s->arrays >>= 1;
    s->depth--;
    s->looked = s->depth < s->looked ? s->depth : s->looked;
    s->closed = at;
    return true;
}

/* The nesting of a block: its brackets in turn, and what lies between them. */
static inline bool full_nesting(full_state *s, size_t at, block b, uint64_t brackets,
                                uint64_t opens, uint64_t colons, uint64_t elements)
{
    const uint64_t squares = block_eq(b, '[') | block_eq(b, ']');
    uint64_t from = UINT64_MAX;

    for (; brackets != 0; brackets &= brackets - 1) {
        const uint64_t bracket = brackets & (0 - brackets), before = from & (bracket - 1);
        const size_t i = at + (size_t)__builtin_ctzll(bracket);
        if ((((s->arrays & 1) != 0 ? colons : elements) & (before | bracket)) != 0 ||
            !full_colons(s, at, colons & before))
            return false;
        if (!((opens & bracket) != 0 ? full_open(s, i, (squares & bracket) != 0)
                                     : full_close(s, i, (squares & bracket) != 0)))
            return false;
        from = ~(bracket | (bracket - 1));
    }
    return (((s->arrays & 1) != 0 ? colons : elements) & from) == 0 &&
           full_colons(s, at, colons & from);
}

/* Two bits of history and the tokens of a block: bit i + 1 is the token before token i. */
static inline uint64_t with_history(uint64_t *history, uint64_t tokens, uint32_t n)
{
    const uint64_t both = tokens << 2 | *history;
    *history = both >> n;
    return both;
}

/* The grammar of n tokens; returns those (as tokens) that show their container to be an array. */
static inline uint64_t full_grammar(full_state *s, uint32_t n, uint64_t opens, uint64_t curlies,
                                    uint64_t closes, uint64_t commas, uint64_t colons,
                                    uint64_t strings)
{
    const uint64_t all = (1ull << n) - 1, begins = all & ~(closes | commas | colons);
    const uint64_t open = with_history(&s->opens, opens, n);
    const uint64_t curly = with_history(&s->curlies, curlies, n);
    const uint64_t comma = with_history(&s->commas, commas, n);
    const uint64_t colon = with_history(&s->colons, colons, n);
    const uint64_t string = with_history(&s->strings, strings, n);

    const uint64_t behind_string = string >> 1, behind_comma = comma >> 1;
    s->bad |= ((((open | comma | colon) >> 1) ^ begins) & ~(closes & open >> 1) & all);
    s->bad |= colons & ~(behind_string & (comma | curly));
    s->bad |= ((curly & behind_string & ~colons) | (curly >> 1 & ~(strings | closes))) & all;
    return ((behind_comma & begins & ~strings) | (comma & behind_string & ~colons)) & all;
}

/* The block b at offset at, the white space in it that is no space given. False: a doubt. */
static inline bool full_block(full_state *s, size_t at, block b, uint64_t blanks)
{
    const uint64_t backslashes = block_eq(b, '\\');
    uint64_t quotes = block_eq(b, '"');

    if ((backslashes | s->escaped | s->hex) != 0) {
        const uint64_t escapes = lr_escapes(backslashes, s->escaped);
        const uint64_t escaped = escapes << 1 | s->escaped;
        s->escaped = escapes >> 63;
        quotes &= ~escaped;
        s->bad |= bad_escapes(&s->hex, b, escaped);
    }
    const uint64_t inside = lr_prefix_xor(quotes) ^ s->inside, outside = ~(inside | quotes);
    s->inside = (uint64_t)((int64_t)inside >> 63);
    s->bad |= inside & blanks;

    const block folded = block_or(b, 0x20);
    const uint64_t opens = block_eq(folded, '{') & outside,
                   closes = block_eq(folded, '}') & outside;
    const uint64_t commas = block_eq(b, ',') & outside, colons = block_eq(b, ':') & outside;
    const uint64_t strings = quotes & ~inside;
    const uint64_t word = outside & ~(block_eq(b, ' ') | blanks | opens | closes | commas | colons);
    const uint64_t words = word & ~(word << 1 | s->in_word);
    if (word != 0)
        s->bad |= bad_words(s, b, at, word, words);
    s->in_word = word >> 63;

    const uint64_t tokens = strings | words | opens | closes | commas | colons;
    const uint32_t n = (uint32_t)__builtin_popcountll(tokens);
    if (LR_UNLIKELY(n > 62))
        return false;
    const uint64_t colon_tokens = _pext_u64(colons, tokens);
    const uint64_t elements =
        full_grammar(s, n, _pext_u64(opens, tokens), _pext_u64(opens & block_eq(b, '{'), tokens),
                     _pext_u64(closes, tokens), _pext_u64(commas, tokens), colon_tokens,
                     _pext_u64(strings, tokens));

    /* A key with an escape may be one that is looked for by another spelling. */
    if (((backslashes & inside) | s->in_escaped | s->after_escaped) != 0) {
        unsigned long long marked;
        const bool more = __builtin_uaddll_overflow(inside, backslashes & inside, &marked);
        const bool even_more = __builtin_uaddll_overflow(marked, s->in_escaped, &marked);
        const uint64_t ends = _pext_u64(marked & strings, tokens);
        if (((ends << 1 | s->after_escaped) & colon_tokens) != 0)
            return false;
        s->in_escaped = more | even_more;
        s->after_escaped = n == 0 ? s->after_escaped : ends >> (n - 1);
    }
    const uint64_t high = block_high(b);
    if (LR_UNLIKELY(high != 0 || s->goes_on)) {
        if (utf8_block_is_bad(s->last, b))
            return false;
        s->goes_on = utf8_block_goes_on(high, s->src + at + 64);
    }
    s->last = b;
    if ((opens | closes) != 0)
        return full_nesting(s, at, b, opens | closes, opens, colons, _pdep_u64(elements, tokens));
    return ((s->arrays & 1) != 0 ? colon_tokens : elements) == 0 && full_colons(s, at, colons);
}

/* The line that starts at src[line], which is a brace. Returns where it ends if it is good, and has
 * set the values of the keys; else UINT64_MAX. */
static size_t full_line(const uint8_t *src, size_t n, size_t line, const finder *find,
                        lr_records *out)
{
    full_state s = {.src = src,
                    .n = n,
                    .find = find,
                    .out = out,
                    .opened = SIZE_MAX,
                    .opens = 2,
                    .curlies = 2,
                    .depth = 1,
                    .looked = 1,
                    .parent = {[1] = LR_KEY_TOP},
                    .key = {[1] = LR_KEY_NONE},
                    .last = block_zero()};

    for (size_t at = line + 1;; at += 64) {
        block b = block_load(src + at);
        const uint64_t control = block_below(b, 0x20);
        if (LR_LIKELY(control == 0 && n - at >= 64)) {
            __builtin_prefetch(src + at + LR_NAME(prefetch_ahead));
            if (!full_block(&s, at, b, 0))
                return SIZE_MAX;
            continue;
        }
        /* A control character: the end of the line, white space, or a fault. */
        const uint64_t feeds = block_eq(b, '\n'),
                       ends = n - at < 64 ? feeds | 1ull << (n - at) : feeds;
        const size_t end = ends == 0 ? 64 : (size_t)__builtin_ctzll(ends);
        if (end < 64)
            b = block_cut(b, end);
        const uint64_t blanks = block_eq(b, '\t') | block_eq(b, '\r');
        if ((block_below(b, 0x20) & ~blanks) != 0 || !full_block(&s, at, b, blanks))
            return SIZE_MAX;
        if (end == 64)
            continue;
        const bool whole = s.bad == 0 && s.inside == 0 && s.depth == 0 &&
                           skip_blanks(src, s.closed + 1, at + end) == at + end;
        return whole ? at + end : SIZE_MAX;
    }
}
