/* separators_simd.h: scan_separators and flatten over 64-byte blocks; instantiated once per tier. */

/* What one block leaves to the next. */
typedef struct json_carry {
    uint64_t inside;  /* all ones in a string, else 0 */
    uint64_t escaped; /* 1: the next byte is */
} json_carry;

static inline json_carry json_carry_of(uint32_t string)
{
    return (json_carry){0 - (uint64_t)(string & LR_IN_STRING), string / LR_ESCAPED_NEXT};
}

static inline uint32_t json_string_of(json_carry carry)
{
    return (uint32_t)((carry.inside & LR_IN_STRING) | carry.escaped * LR_ESCAPED_NEXT);
}

/* The bytes of b inside strings: from an opening quote to before its closing one, whatever is between
 * them. *carry holds before its first byte, on return after byte last. A quote is escaped where one
 * backslash stands before it; only where two do, or two end the block, are all of them counted. So
 * hardly any block branches, or waits for the one before. */
static inline uint64_t json_strings(block b, uint32_t last, json_carry *carry)
{
    const uint64_t backslashes = block_eq(b, '\\'), before = backslashes << 1 | carry->escaped;
    uint64_t quotes = block_eq(b, '"'), escaped = before, next = backslashes >> last & 1;

    if (LR_UNLIKELY((before & ((quotes & before << 1) | (backslashes & 1ull << last))) != 0)) {
        const uint64_t escapes = lr_escapes(backslashes, carry->escaped);
        escaped = escapes << 1 | carry->escaped;
        next = escapes >> last & 1;
    }
    quotes &= ~escaped;
    const uint64_t inside = lr_prefix_xor(quotes) ^ carry->inside;
    carry->inside = 0 - (inside >> last & 1);
    carry->escaped = next;
    return inside;
}

/* The separators of a block at src[at] whose brackets and commas are given: SIZE_MAX where all of them
 * found room, else where out was full. */
static inline size_t separators_of(size_t at, uint64_t opens, uint64_t closes, uint64_t commas,
                                   lr_json_place *place, uint32_t *out, size_t max, size_t *found)
{
    for (uint64_t all = opens | closes | commas; all != 0; all &= all - 1) {
        const uint64_t bit = all & (0 - all);
        place->depth += ((opens & bit) != 0) - ((closes & bit) != 0);
        if (place->depth > place->level || (place->depth == place->level && (commas & bit) == 0))
            continue;
        place->level = place->depth;
        out[(*found)++] = (uint32_t)(at + (size_t)__builtin_ctzll(bit));
        if (*found == max)
            return out[max - 1];
    }
    return SIZE_MAX;
}

/* The block src[at, at + last]. SIZE_MAX, or where out was full. */
static inline size_t separators_block(const uint8_t *src, size_t at, uint32_t last,
                                      lr_json_place *place, json_carry *carry, uint32_t *out,
                                      size_t max, size_t *found)
{
    const block b = block_load(src + at), folded = block_or(b, 0x20);
    const uint64_t outside = ~json_strings(b, last, carry) & (UINT64_MAX >> (63 - last));
    const uint64_t opens = block_eq(folded, '{') & outside;
    const uint64_t closes = block_eq(folded, '}') & outside;
    const int64_t n_closes = __builtin_popcountll(closes);
    place->lines += (uint64_t)__builtin_popcountll(block_eq(b, '\n') & UINT64_MAX >> (63 - last));

    if (LR_LIKELY(place->depth - n_closes > place->level)) {
        place->depth += __builtin_popcountll(opens) - n_closes;
        return SIZE_MAX;
    }
    const uint64_t commas = block_eq(b, ',') & outside;
    return separators_of(at, opens, closes, commas, place, out, max, found);
}

static size_t LR_NAME(scan_separators)(const uint8_t *src, size_t n, size_t *at,
                                       lr_json_place *place, uint32_t *out, size_t max)
{
    lr_json_place is = *place; /* in registers: out may not point there */
    json_carry carry = json_carry_of(is.string);
    size_t found = 0, full = SIZE_MAX, i = *at;

    for (; i + 64 <= n && full == SIZE_MAX; i += 64) {
        __builtin_prefetch(src + i + LR_NAME(prefetch_ahead));
        full = separators_block(src, i, 63, &is, &carry, out, max, &found);
    }
    if (i < n && full == SIZE_MAX) {
        full = separators_block(src, i, (uint32_t)(n - i) - 1, &is, &carry, out, max, &found);
        i = n;
    }
    *at = n;
    is.string = json_string_of(carry);
    if (full != SIZE_MAX) { /* a separator is in no string, nor a backslash */
        const uint64_t behind = (1ull << (i - full - 1)) - 1;
        is.lines -=
            (uint64_t)__builtin_popcountll(block_eq(block_load(src + full + 1), '\n') & behind);
        is.string = 0;
        *at = full + 1;
    }
    *place = is;
    return found;
}

static void LR_NAME(flatten)(const uint8_t *src, size_t n, uint8_t *out)
{
    json_carry carry = {0, 0};

    for (size_t i = 0; i < n; i += 64) {
        const size_t rest = n - i < 64 ? n - i : 64;
        const block b = block_load(src + i);
        const uint64_t inside = json_strings(b, 63, &carry);
        uint64_t feeds = block_eq(b, '\n') & (UINT64_MAX >> (64 - rest));
        __builtin_memcpy(out + i, src + i, rest);
        for (; feeds != 0; feeds &= feeds - 1) {
            const uint32_t bit = (uint32_t)__builtin_ctzll(feeds);
            out[i + bit] = (inside >> bit & 1) != 0 ? 1 : ' ';
        }
    }
}
