/*
 * json_full_simd.h: full validation of a line, 64 bytes at a time; instantiated once per tier.
 *
 * Tokens are brackets, commas, colons, strings (seen at their closing quote) and words (numbers and
 * literals, seen at their first byte). The masks of a block are packed to one bit per token (pext),
 * so that "the token before" is a shift, and the grammar of RFC 8259 becomes these rules:
 *
 *   - a string, a word or an opening bracket stands behind [ { , or : and nothing else does, but a
 *     closing bracket behind an opening one;
 *   - a colon stands behind a string that stands behind [ { or ,
 *   - what stands behind [ { or , tells an array from an object, and is in one: in an object is a
 *     string with a colon behind it, in an array all else; brackets match.
 *
 * Only the last rule needs the nesting, so only brackets are visited one by one. Words that are not
 * all digits are looked at one by one as well, and escapes and UTF-8 where a block has any. All this
 * proves lines good; a line with any doubt is read again, by lr_json_line, which knows the reason.
 *
 * A chunk of blocks goes through four loops in turn, each of which keeps its state in registers: in
 * one loop for all of it half of the instructions were moves to and from the stack.
 */

enum { CHUNK = 64 }; /* blocks; most lines of tweets are one chunk, and its masks stay in L1 */

/* What the loops tell each other of a block, as masks of its bytes. */
typedef struct full_block {
    uint64_t strings;       /* closing quotes */
    uint64_t words;         /* first bytes */
    uint64_t opens, closes; /* brackets */
    uint64_t commas, colons;
    uint64_t elements; /* tokens that show that what they stand in is an array */
} full_block;

typedef struct full_chunk {
    full_block block[CHUNK];
    uint64_t others[CHUNK];      /* bytes of words that are no digits */
    uint64_t escaped[CHUNK + 1]; /* closing quotes of strings with escapes; [0]: before the chunk */
} full_chunk;

/* What one block leaves to the next: its masks, */
typedef struct full_masks {
    uint64_t inside;     /* all ones in a string, else 0 */
    uint64_t escaped;    /* is the next byte escaped? */
    uint64_t hex;        /* the next bytes that must be hexadecimal */
    uint64_t in_escaped; /* has the string that goes on a backslash? */
    uint64_t in_word;    /* does a word go on? */
    uint64_t zero;       /* is the last byte a 0 that starts a word? */
    uint64_t bad;
    block last;
    bool goes_on; /* a UTF-8 sequence does */
} full_masks;

/* the last two tokens, the last one in bit 1, */
typedef struct full_tokens {
    uint64_t opens, firsts, colons, strings, bad; /* firsts: opens and commas */
} full_tokens;

/* and the nesting. */
typedef struct full_nest {
    const uint8_t *src;
    size_t n, begin; /* of the chunk */
    const finder *find;
    lr_records *out;
    const uint64_t *escaped; /* of the chunk */
    uint64_t arrays;         /* bit 0: is the innermost value an array? bit 1: the next one */
    uint32_t depth, looked;  /* the level; the deepest one around it that is looked at */
    uint32_t seen;           /* the keys that were found */
    int opened_key;          /* a key whose value is the bracket at opened */
    size_t opened, closed;   /* closed: the last closing bracket */
    int8_t parent[LR_KEYS_MAX + 2]; /* of the keys at each level up to looked */
    int8_t key[LR_KEYS_MAX + 2];    /* whose value each level is, one level further, and where */
    uint32_t opened_at[LR_KEYS_MAX + 2];
} full_nest;

/* The first loop, for the block b; blanks is the white space in it that is no space. */
static inline void full_masks_of(full_masks *s, block b, uint64_t blanks, full_block *out,
                                 uint64_t *others, uint64_t *escaped_strings)
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
    out->strings = quotes & ~inside;
    *escaped_strings = 0;
    if (((backslashes & inside) | s->in_escaped) != 0) {
        unsigned long long marked; /* a carry runs from each backslash to the closing quote */
        const bool more = __builtin_uaddll_overflow(inside, backslashes & inside, &marked);
        const bool even_more = __builtin_uaddll_overflow(marked, s->in_escaped, &marked);
        *escaped_strings = marked & out->strings;
        s->in_escaped = more | even_more;
    }

    const block folded = block_or(b, 0x20);
    out->opens = block_eq(folded, '{') & outside;
    out->closes = block_eq(folded, '}') & outside;
    out->commas = block_eq(b, ',') & outside;
    out->colons = block_eq(b, ':') & outside;
    const uint64_t word = outside & ~(block_eq(b, ' ') | blanks | out->opens | out->closes |
                                      out->commas | out->colons);
    out->words = word & ~(word << 1 | s->in_word);
    s->in_word = word >> 63;
    const uint64_t digits = block_in(b, '0', '9'), zeros = block_eq(b, '0') & out->words;
    s->bad |= (zeros << 1 | s->zero) & digits & word; /* no leading zeros */
    s->zero = zeros >> 63;
    *others = word & ~digits;
}

/* Two bits of history and the tokens of a block: bit i + 1 is the token before token i. */
static inline uint64_t with_history(uint64_t *history, uint64_t tokens, uint32_t n)
{
    const uint64_t both = tokens << 2 | *history;
    *history = both >> (n & 63); /* 64 tokens are too many anyway */
    return both;
}

/* The second loop: the grammar of the tokens, without their nesting. */
static inline void full_grammar(full_tokens *state, full_block *blocks, size_t n_blocks)
{
    full_tokens s = *state;

    for (size_t i = 0; i < n_blocks; i++) {
        full_block *const b = &blocks[i];
        const uint64_t tokens =
            b->strings | b->words | b->opens | b->closes | b->commas | b->colons;
        const uint32_t n = (uint32_t)__builtin_popcountll(tokens);
        s.bad |= n > 62; /* too many for two bits of history: "[1,1,1,", say */
        const uint64_t all = ((uint64_t)1 << (n & 63)) - 1;
        const uint64_t opens = _pext_u64(b->opens, tokens), closes = _pext_u64(b->closes, tokens);
        const uint64_t commas = _pext_u64(b->commas, tokens), colons = _pext_u64(b->colons, tokens);
        const uint64_t strings = _pext_u64(b->strings, tokens);
        const uint64_t begins = all & ~(closes | commas | colons);
        const uint64_t open = with_history(&s.opens, opens, n);
        const uint64_t first = with_history(&s.firsts, opens | commas, n);
        const uint64_t colon = with_history(&s.colons, colons, n);
        const uint64_t string = with_history(&s.strings, strings, n) >> 1;

        s.bad |= (((first | colon) >> 1) ^ begins) & ~(closes & open >> 1) & all;
        s.bad |= colons & ~(string & first);
        const uint64_t elements = (first >> 1 & begins & ~strings) | (first & string & ~colons);
        b->elements = _pdep_u64(elements & all, tokens);
    }
    *state = s;
}

enum { /* as four bytes, little-endian */
       WORD_NULL = 'n' | 'u' << 8 | 'l' << 16 | 'l' << 24,
       WORD_TRUE = 't' | 'r' << 8 | 'u' << 16 | 'e' << 24,
       WORD_FALS = 'f' | 'a' << 8 | 'l' << 16 | 's' << 24
};

/* The length of the literal at src; 0 where there is none. */
static inline uint32_t literal_length(const uint8_t *src)
{
    uint32_t four;

    memcpy(&four, src, 4);
    return four == WORD_NULL || four == WORD_TRUE ? 4 : four == WORD_FALS && src[4] == 'e' ? 5 : 0;
}

/* The third loop: the words that are not all digits, each as a whole. *end: up to where the last one
 * is known as good; *last: where the last word starts. */
static inline bool full_words(const uint8_t *src, size_t n, size_t begin, const full_chunk *chunk,
                              size_t n_blocks, size_t *last, size_t *end)
{
    for (size_t i = 0; i < n_blocks; i++) {
        const size_t at = begin + 64 * i;
        const uint64_t starts = chunk->block[i].words;
        uint64_t left = chunk->others[i];
        while (left != 0) {
            const uint64_t upto = starts & (left ^ (left - 1));
            const size_t word = upto != 0 ? at + 63 - (size_t)__builtin_clzll(upto) : *last;
            if (word >= *end) {
                const uint32_t length = literal_length(src + word);
                uint8_t kind;
                *end = word;
                if (LR_LIKELY(length != 0 && lr_ends_word(src[word + length])))
                    *end += length;
                else if (lr_json_word(src, end, n, &kind) != LR_GOOD)
                    return false;
            }
            left &= *end - at >= 64 ? 0 : UINT64_MAX << (*end - at);
        }
        if (starts != 0)
            *last = at + 63 - (size_t)__builtin_clzll(starts);
    }
    return true;
}

/* Is src[close], in the chunk or just before it, the closing quote of a string with escapes? */
static inline bool full_is_escaped(const full_nest *s, size_t close)
{
    const size_t bit = close + 64 - s->begin;
    return bit >> 63 != 0 || (s->escaped[bit / 64] >> bit % 64 & 1) != 0;
}

/* The key before the colon at src[colon]; its value, if it is looked for. */
static inline bool full_colon(full_nest *s, size_t colon)
{
    size_t close = colon;

    while (LR_UNLIKELY(s->src[close - 1] != '"')) /* stops at the brace that opened the line */
        if (!lr_is_blank(s->src[--close]))
            return false;
    if (LR_UNLIKELY(full_is_escaped(s, close - 1)))
        return false; /* it may be a key that is looked for, spelt in another way */
    const int key = find_key(s->find, s->src, close - 1, s->parent[s->depth]);
    if (LR_LIKELY(key == LR_KEY_NONE))
        return true;
    if ((s->seen >> key & 1) != 0)
        return false; /* of two values the last one counts: not here */
    s->seen |= 1u << key;
    size_t end, begin = lr_skip_blanks(s->src, colon + 1, s->n);
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

static inline bool full_colons(full_nest *s, size_t at, uint64_t colons)
{
    if (s->depth == s->looked)
        for (; colons != 0; colons &= colons - 1)
            if (!full_colon(s, at + (size_t)__builtin_ctzll(colons)))
                return false;
    return true;
}

static inline bool full_open(full_nest *s, size_t at, bool array)
{
    if (s->depth == 0 || s->depth == 64)
        return false;
    if (s->depth == s->looked) {
        s->key[s->depth + 1] = (int8_t)(at == s->opened ? s->opened_key : LR_KEY_NONE);
        s->opened_at[s->depth + 1] = (uint32_t)at;
        if (at == s->opened && !array && (s->find->holders >> s->opened_key & 1) != 0)
            s->parent[++s->looked] = (int8_t)s->opened_key;
    }
    s->depth++;
    s->arrays = s->arrays << 1 | array;
    return true;
}

static inline bool full_close(full_nest *s, size_t at, bool array)
{
    if (s->depth == 0 || (s->arrays & 1) != array)
        return false;
    if (s->depth <= s->looked + 1 && s->key[s->depth] != LR_KEY_NONE)
        set_value(s->out, s->key[s->depth], array ? LR_ARRAY : LR_OBJECT, s->opened_at[s->depth],
                  at + 1);
    s->arrays >>= 1;
    s->depth--;
    s->looked = s->depth < s->looked ? s->depth : s->looked;
    s->closed = at;
    return true;
}

/* The brackets of a block in turn, and what lies between them. */
static inline bool full_brackets(full_nest *s, size_t at, const full_block *b)
{
    uint64_t from = UINT64_MAX;

    for (uint64_t brackets = b->opens | b->closes; brackets != 0; brackets &= brackets - 1) {
        const uint64_t bracket = brackets & (0 - brackets), before = from & (bracket - 1);
        const size_t i = at + (size_t)__builtin_ctzll(bracket);
        const bool array = (s->src[i] & 0x20) == 0; /* [ is 5B, { is 7B; ] is 5D, } is 7D */
        if ((((s->arrays & 1) != 0 ? b->colons : b->elements) & (before | bracket)) != 0 ||
            !full_colons(s, at, b->colons & before) ||
            !((b->opens & bracket) != 0 ? full_open(s, i, array) : full_close(s, i, array)))
            return false;
        from = ~(bracket | (bracket - 1));
    }
    return (((s->arrays & 1) != 0 ? b->colons : b->elements) & from) == 0 &&
           full_colons(s, at, b->colons & from);
}

/* The last loop: the nesting, and the keys and values. */
static inline bool full_nesting(full_nest *s, const full_block *blocks, size_t n_blocks)
{
    for (size_t i = 0; i < n_blocks; i++) {
        const full_block *const b = &blocks[i];
        const size_t at = s->begin + 64 * i;
        if ((b->opens | b->closes) != 0) {
            if (!full_brackets(s, at, b))
                return false;
        } else if (((s->arrays & 1) != 0 ? b->colons : b->elements) != 0 ||
                   !full_colons(s, at, b->colons)) {
            return false;
        }
    }
    return true;
}

/* The masks of the chunk at src[begin]: as many blocks as *n_blocks then says, up to the end of the
 * line or of the chunk. *end: where the line ends, if it does. */
static inline bool full_fill(const uint8_t *src, size_t n, size_t begin, full_masks *state,
                             full_chunk *chunk, size_t *n_blocks, size_t *end)
{
    full_masks s = *state;

    for (size_t i = 0; i < CHUNK && *end == SIZE_MAX; i++) {
        const size_t at = begin + 64 * i;
        block b = block_load(src + at);
        uint64_t blanks = 0;
        __builtin_prefetch(src + at + LR_NAME(prefetch_ahead));
        if (LR_UNLIKELY((block_unusual(b) | s.goes_on) != 0 || n - at < 64)) {
            /* A control character: the end of the line, white space, or a fault. */
            uint64_t ends = block_eq(b, '\n');
            if (n - at < 64)
                ends |= 1ull << (n - at);
            if (ends != 0) {
                *end = at + (size_t)__builtin_ctzll(ends);
                b = block_cut(b, *end - at);
            }
            blanks = block_eq(b, '\t') | block_eq(b, '\r');
            const uint64_t high = block_high(b);
            if ((block_below(b, 0x20) & ~blanks) != 0 ||
                ((high != 0 || s.goes_on) && utf8_block_is_bad(s.last, b)))
                return false;
            s.goes_on = utf8_block_goes_on(high, src + at + 64);
        }
        s.last = b;
        full_masks_of(&s, b, blanks, &chunk->block[i], &chunk->others[i], &chunk->escaped[i + 1]);
        *n_blocks = i + 1;
    }
    *state = s;
    return s.bad == 0;
}

/* The line that starts at src[line], which is a brace. Returns where it ends if it is good, and has
 * set the values of the keys; else SIZE_MAX. */
static size_t full_line(const uint8_t *src, size_t n, size_t line, const finder *find,
                        lr_records *out)
{
    full_chunk chunk;
    full_masks masks = {.last = block_zero()};
    full_tokens tokens = {.opens = 2, .firsts = 2};
    full_nest nest;
    size_t end = SIZE_MAX, n_blocks = 0, last_word = 0, word_end = 0;

    nest.src = src;
    nest.n = n;
    nest.begin = line + 1;
    nest.find = find;
    nest.out = out;
    nest.escaped = chunk.escaped;
    nest.arrays = 0;
    nest.depth = nest.looked = 1;
    nest.closed = line; /* set where depth becomes 0 */
    nest.seen = 0;
    nest.opened = SIZE_MAX;
    nest.opened_key = LR_KEY_NONE;
    nest.parent[0] = LR_KEY_NONE; /* a colon behind the last brace has no key */
    nest.parent[1] = LR_KEY_TOP;
    nest.key[1] = LR_KEY_NONE;
    chunk.escaped[0] = 0;
    for (;;) {
        if (!full_fill(src, n, nest.begin, &masks, &chunk, &n_blocks, &end))
            return SIZE_MAX;
        full_grammar(&tokens, chunk.block, n_blocks);
        if (tokens.bad != 0 ||
            !full_words(src, n, nest.begin, &chunk, n_blocks, &last_word, &word_end) ||
            !full_nesting(&nest, chunk.block, n_blocks))
            return SIZE_MAX;
        if (end != SIZE_MAX)
            break;
        chunk.escaped[0] = chunk.escaped[CHUNK];
        nest.begin += 64 * CHUNK;
    }
    const bool whole =
        masks.inside == 0 && nest.depth == 0 && lr_skip_blanks(src, nest.closed + 1, end) == end;
    return whole ? end : SIZE_MAX;
}
