/*
 * json_quotes_simd.h: where the strings of a line begin and end; instantiated once per tier.
 *
 * The quotes of a whole line are found before anything is read along them, and what must hold in
 * every string is checked for all of them at once. No branch here depends on what stands in the
 * line, but for its end: blocks with backslashes are listed and then visited, since to ask each
 * block mispredicts where text with escapes begins and ends.
 */

enum { QUOTES_BLOCKS = 1024 }; /* of longer lines nothing is said */

/* All places count from the start of the line. */
typedef struct line_quotes {
    size_t end;                          /* of the line */
    uint64_t masks[QUOTES_BLOCKS + 3];   /* of the quotes that open and close strings */
    uint32_t next[QUOTES_BLOCKS + 4];    /* the first of them from block i on; the end: none */
    uint16_t escapes[QUOTES_BLOCKS + 1]; /* blocks in which anything is escaped, or may be */
} line_quotes;

/* The first of the quotes, of which bit 0 stands for place at; without any, no. By a conditional move:
 * gcc 12 prefers a branch, and every third one would mispredict. */
static inline uint64_t quotes_first(uint64_t quotes, uint64_t at, uint64_t no)
{
    uint64_t first = at + _tzcnt_u64(quotes); /* 64 where there is none */

    __asm__("test %1, %1\n\tcmovz %2, %0" : "+r"(first) : "r"(quotes), "r"(no) : "cc");
    return first;
}

/* What is known of the blocks so far. */
typedef struct quotes_state {
    block high;    /* the sum of all */
    uint64_t tail; /* backslashes in the last block whose escapes may end in the next one */
    size_t n_escapes;
} quotes_state;

static inline void quotes_block(line_quotes *x, size_t i, block b, quotes_state *s)
{
    const uint64_t backslashes = block_eq(b, '\\');

    x->masks[i] = block_eq(b, '"');
    x->escapes[s->n_escapes] = (uint16_t)i;
    s->n_escapes += (backslashes | s->tail) != 0;
    s->tail = backslashes >> 59; /* \uXXXX: six bytes */
    s->high = block_either(s->high, b);
}

/* Takes the quotes that are escaped out of the masks. Are all escapes good, of which the line has
 * the first `last` blocks and of the next one the bytes upto? */
static inline bool quotes_escapes(line_quotes *x, const uint8_t *line, size_t n, size_t last,
                                  uint64_t upto)
{
    uint64_t first_is_escaped = 0, hex = 0, bad = 0;

    for (size_t k = 0; k < n; k++) {
        const size_t i = x->escapes[k];
        const block b = block_load(line + 64 * i);
        const uint64_t escapes = lr_escapes(block_eq(b, '\\'), first_is_escaped);
        const uint64_t escaped = escapes << 1 | first_is_escaped;
        first_is_escaped = escapes >> 63; /* 0 where the next block of the list is not the next */
        x->masks[i] &= ~escaped;
        bad |= bad_escapes(&hex, b, escaped) & (i == last ? upto : UINT64_MAX);
    }
    return bad == 0;
}

/* Are all control characters outside of strings? */
static inline bool quotes_controls(const line_quotes *x, const uint8_t *line)
{
    uint64_t in_string = 0;

    for (size_t at = 0; at < x->end; at += 64) {
        const uint64_t inside = lr_prefix_xor(x->masks[at / 64]) ^ in_string;
        uint64_t controls = block_below(block_load(line + at), 0x20);
        if (x->end - at < 64)
            controls &= (1ull << (x->end - at)) - 1;
        if ((controls & inside) != 0)
            return false;
        in_string = (uint64_t)((int64_t)inside >> 63);
    }
    return true;
}

/* The line that starts at line[0] and ends at a line feed or at line[n]. comma: of a record that ends before
 * the comma before a line feed. False: it is too long, or there are faults in its strings, or no comma; true:
 * there are none. */
static bool quotes_find(line_quotes *x, const uint8_t *line, size_t n, bool comma)
{
    quotes_state s = {block_zero(), 0, 0};
    uint64_t ends = 0;
    bool controls = false;
    size_t i = 0;

    for (; i + 4 <= QUOTES_BLOCKS && 64 * (i + 4) <= n; i += 4) {
        block b[4];
        for (size_t k = 0; k < 4; k++) {
            b[k] = block_load(line + 64 * (i + k));
            __builtin_prefetch(line + 64 * (i + k) + LR_NAME(prefetch_ahead));
        }
        if (block_below(block_least(block_least(b[0], b[1]), block_least(b[2], b[3])), 0x20) != 0)
            break;
        for (size_t k = 0; k < 4; k++)
            quotes_block(x, i + k, b[k], &s);
    }
    for (; ends == 0; i++) {
        const size_t at = 64 * i;
        if (i == QUOTES_BLOCKS)
            return false;
        block b = block_load(line + at);
        ends = block_eq(b, '\n');
        if (n - at < 64)
            ends |= 1ull << (n - at);
        controls |= (block_below(b, 0x20) & (ends ^ (ends - 1)) & ~ends) != 0;
        if (ends != 0)
            b = block_cut(b, (size_t)__builtin_ctzll(ends));
        quotes_block(x, i, b, &s);
    }
    x->end = 64 * (i - 1) + (size_t)__builtin_ctzll(ends);
    if (!quotes_escapes(x, line, s.n_escapes, i - 1, ends ^ (ends - 1)))
        return false;
    if (comma)
        x->end = x->end < n ? lr_last_comma(line, 0, x->end) : 0;

    return x->end > 0 && (!controls || quotes_controls(x, line)) &&
           (block_high(s.high) == 0 || LR_NAME(utf8_valid)(line, x->end) == x->end);
}

/* Prepares for quotes_next. */
static inline void quotes_link(line_quotes *x)
{
    size_t i = x->end / 64 + 1, next = x->end;

    x->masks[i] = x->masks[i + 1] = 0;
    x->next[i] = x->next[i + 1] = x->next[i + 2] = (uint32_t)next;
    while (i-- > 0) {
        next = quotes_first(x->masks[i], 64 * i, next);
        x->next[i] = (uint32_t)next;
    }
}

/* The first quote at or behind at, which is not more than 64 behind the end; the end: none. */
static inline size_t quotes_next(const line_quotes *x, size_t at)
{
    return quotes_first(x->masks[at / 64] >> at % 64, at, x->next[at / 64 + 1]);
}
