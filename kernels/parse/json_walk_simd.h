/*
 * json_walk_simd.h: a line read from string to string by the grammar; instantiated once per tier.
 *
 * For lines whose keys come in any order, so that nothing but the quotes says what is next
 * (json_quotes_simd.h). Between two strings there are few texts in all: a colon, a comma, a literal
 * or a number with both around it. These are looked up, and what they mean is computed without a
 * branch, for which of them comes next nobody can predict. All others, brackets for the most part,
 * are read byte by byte.
 */

enum {
    WALK_PLACES = 4096, /* of lines with more quotes nothing is said; */
    WALK_QUOTES = 8,    /* nor with more in a block, on the average, */
    WALK_BETWEEN = 128  /* or more between two strings: there the masks are faster */
};

/* The places of the quotes, then that of the end. Returns how many; more than WALK_PLACES: too many. */
static __attribute__((noinline)) size_t walk_places(const line_quotes *quotes, uint16_t *place)
{
    const size_t n_blocks = (quotes->end + 63) / 64;
    size_t n = 0;

    for (size_t i = 0; i < n_blocks; i++) {
        uint64_t mask = quotes->masks[i];
        const size_t next = n + (size_t)__builtin_popcountll(mask);
        if (LR_UNLIKELY(next > WALK_PLACES))
            return next;
        do {
            for (size_t k = 0; k < 8; k++) {
                uint64_t at = 64 * i + _tzcnt_u64(mask);
                __asm__(""
                        : "+r"(at)); /* gcc 12 would gather them in a vector, at twice the time */
                place[n + k] = (uint16_t)at;
                mask &= mask - 1;
            }
            n += 8;
        } while (LR_UNLIKELY(n < next));
        n = next;
    }
    for (size_t k = 0; k < 4; k++)
        place[n + k] = (uint16_t)quotes->end;
    return n <= WALK_QUOTES * n_blocks ? n : SIZE_MAX;
}

/* The key at place[0], and its value. False: a doubt. */
static __attribute__((noinline)) bool walk_key(full_nest *s, size_t line, size_t line_end,
                                               const uint16_t *place)
{
    const size_t close = line + place[1];

    if (LR_UNLIKELY(guess_is_escaped(s->src, line + place[0], close)))
        return false; /* it may be a key that is looked for, spelt in another way */
    const int key = find_key(s->find, s->src, close, s->parent[s->depth]);
    if (LR_LIKELY(key == LR_KEY_NONE))
        return true;
    const size_t colon = lr_skip_blanks(s->src, close + 1, line_end);
    size_t value = lr_skip_blanks(s->src, colon + 1, line_end), end = value;
    if (value >= line_end || (s->seen >> key & 1) != 0)
        return false; /* of two values the last one counts: not here */
    s->seen |= 1u << key;
    uint8_t kind = s->src[value];
    if (kind == '"') {
        value++;
        end = line + place[3];
        kind = guess_is_escaped(s->src, value, end) ? LR_ESCAPED : LR_PLAIN;
    } else if (kind == '[' && s->src[value + 1] == ']') {
        kind = LR_ARRAY;
        end = value + 2;
    } else if (kind == '{' || kind == '[') {
        s->opened = value;
        s->opened_key = key;
        return true;
    } else if (lr_json_word(s->src, &end, line_end, &kind) != LR_GOOD) {
        return false;
    }
    set_value(s->out, key, kind, value, end);
    return true;
}

typedef enum walk_next {
    WALK_DOUBT,
    WALK_FIRST, /* what an opening bracket may be followed by */
    WALK_KEY,
    WALK_COLON,
    WALK_VALUE,
    WALK_COMMA, /* or a closing bracket */
    WALK_DONE
} walk_next;

/* Reads src[at, stop), between two strings, from where next is expected. Returns what is then. */
static walk_next walk_between(full_nest *s, size_t at, size_t stop, walk_next next)
{
    while (at < stop) {
        const uint8_t c = s->src[at];
        const bool closes = (c | 0x20) == '}', opens = (c | 0x20) == '{';
        uint8_t kind;
        if (lr_is_blank(c)) {
            at++;
        } else if (next == WALK_COLON && c == ':') {
            next = WALK_VALUE;
            at++;
        } else if (next == WALK_COMMA && c == ',') {
            next = (s->arrays & 1) != 0 ? WALK_VALUE : WALK_KEY;
            at++;
        } else if (closes && (next == WALK_COMMA || next == WALK_FIRST)) {
            if (!full_close(s, at++, c == ']'))
                return WALK_DOUBT;
            next = s->depth == 0 ? WALK_DONE : WALK_COMMA;
        } else if (next != WALK_VALUE && (next != WALK_FIRST || (s->arrays & 1) == 0)) {
            return WALK_DOUBT;
        } else if (opens) {
            if (!full_open(s, at++, c == '['))
                return WALK_DOUBT;
            next = WALK_FIRST;
        } else {
            const uint32_t length = literal_length(s->src + at);
            at = length != 0 ? at + length : guess_word(s->src, at, stop, &kind);
            if (at == 0)
                return WALK_DOUBT;
            next = WALK_COMMA;
        }
    }
    return at == stop ? next : WALK_DOUBT;
}

/* What two members of an object are written like: `"a": 1, "b"` or `"a":1,"b"`. */
typedef struct walk_style {
    uint32_t spaces;     /* how many behind a colon, and behind a comma */
    uint32_t colon;      /* what stands behind a key, two bytes, */
    uint32_t comma;      /* and between a value and the next key, three, */
    uint32_t comma_mask; /* of a word of four */
} walk_style;

#define WORD_FALSE (WORD_FALS | (uint64_t)'e' << 32)
#define WORD_EMPTY ('[' | ']' << 8)

/* yes where a is b, else no; never by a branch, which gcc 12 would prefer. */
static inline uint64_t walk_choose(uint64_t a, uint64_t b, uint64_t yes, uint64_t no)
{
    __asm__("cmp %1, %2\n\tcmove %3, %0" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
}

/* Where the value behind the key that line[close] closes ends: a string at `after`, if one begins at
 * `next`; a literal, an integer or []; else before it begins. No branch depends on which it is: nobody
 * could predict it. */
static inline size_t walk_value(const uint8_t *line, size_t close, uint32_t spaces, size_t next,
                                size_t after)
{
    const size_t value = close + 2 + spaces, none = value - 1;
    const uint64_t digits = block_in(block_load(line + close + 1), '0', '9') >> (1 + spaces);
    uint64_t word;

    memcpy(&word, line + value, sizeof word);
    size_t end = walk_choose(next, value, after, none);
    end = walk_choose(word & 0xFF, '0', value + 1, end); /* no leading zeros */
    end = walk_choose((uint32_t)word, WORD_NULL, value + 4, end);
    end = walk_choose((uint32_t)word, WORD_TRUE, value + 4, end);
    end = walk_choose(word << 24, WORD_FALSE << 24, value + 5, end);
    end = walk_choose(word & 0xFFFF, WORD_EMPTY, value + 2, end);
    return walk_choose(end, none, value + _tzcnt_u64(~digits) - ((digits & 1) ^ 1), end);
}

/* From the key at place[i] on: members that are usual. Returns the first that is not; SIZE_MAX: a
 * doubt. */
static __attribute__((noinline)) size_t walk_members(full_nest *s, size_t line,
                                                     const uint16_t *place, size_t i, size_t n,
                                                     const walk_style *style)
{
    const uint8_t *const src = s->src + line;
    const walk_style y = *style;
    const bool looks = s->depth == s->looked;
    const uint64_t bits = s->find->bits;

    while (i < n) {
        const size_t open = place[i], close = place[i + 1], next = place[i + 2];
        if (looks) {
            const uint64_t backslashes = block_eq(block_load(src + open), '\\');
            const uint32_t hash = hash_before(s->find, s->src, line + close);
            if (LR_UNLIKELY((_bzhi_u64(backslashes, (uint32_t)(close - open)) |
                             (uint64_t)(close - open > 64) | (bits >> hash & 1)) != 0) &&
                !walk_key(s, line, line + place[n], place + i))
                return SIZE_MAX;
        }
        __builtin_prefetch(src + close + GUESS_AHEAD);
        const size_t end = walk_value(src, close, y.spaces, next, place[i + 3] + 1u);
        uint32_t colon, comma;
        memcpy(&colon, src + close + 1, 2);
        memcpy(&comma, src + end, 4);
        if (LR_UNLIKELY((uint16_t)colon != y.colon || (comma & y.comma_mask) != y.comma))
            break;
        i = walk_choose(next, close + 2 + y.spaces, i + 4, i + 2);
    }
    return i;
}

/* The line at src[line], which is a brace, and whose quotes were found. Returns as full_line; sets
 * *dense where the masks are for it. */
static size_t walk_full(const line_quotes *quotes, const uint8_t *src, size_t line,
                        const finder *find, lr_records *out, bool *dense)
{
    uint16_t place[WALK_PLACES + 72];
    full_nest s = {.src = src,
                   .find = find,
                   .out = out,
                   .depth = 1,
                   .looked = 1,
                   .opened = SIZE_MAX,
                   .parent = {LR_KEY_NONE, LR_KEY_TOP},
                   .key = {[1] = LR_KEY_NONE}};
    const size_t n = walk_places(quotes, place);
    static const walk_style styles[2] = {{0, ':', ',' | '"' << 8, 0xFFFF},
                                         {1, ':' | ' ' << 8, ',' | ' ' << 8 | '"' << 16, 0xFFFFFF}};

    *dense = n > WALK_PLACES;
    if (*dense || n % 2 != 0)
        return SIZE_MAX;
    const walk_style *const style = &styles[src[line + place[1] + 2] == ' '];
    walk_next next = walk_between(&s, line + 1, line + place[0], WALK_FIRST);
    for (size_t i = 0; i < n; i += 2) {
        if (next == WALK_KEY || (next == WALK_FIRST && (s.arrays & 1) == 0)) {
            i = walk_members(&s, line, place, i, n, style);
            if (i >= n)
                return SIZE_MAX;
            next = WALK_COLON;
        } else if (next == WALK_VALUE || next == WALK_FIRST) {
            next = WALK_COMMA;
        } else {
            return SIZE_MAX;
        }
        if (place[i + 2] - place[i + 1] > WALK_BETWEEN) {
            *dense = true;
            return SIZE_MAX;
        }
        next = walk_between(&s, line + place[i + 1] + 1, line + place[i + 2], next);
    }
    return next == WALK_DONE ? line + quotes->end : SIZE_MAX;
}
