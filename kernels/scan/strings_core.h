/* strings_core.h: where strings are, as arithmetic on the masks of a block. CPU and GPU share it. */
#ifndef LR_STRINGS_CORE_H
#define LR_STRINGS_CORE_H

/* The backslashes that escape the next byte: in each run every other one, from the first that is
 * not itself escaped. No loop: Langdale and Lemire 2019, 3.1.1, in the later form of simdjson. */
LR_HD uint64_t lr_escapes(uint64_t backslashes, uint64_t first_is_escaped)
{
    const uint64_t odd = 0xAAAAAAAAAAAAAAAAu, candidates = backslashes & ~first_is_escaped;
    return (((candidates << 1 | odd) - candidates) ^ odd) & backslashes;
}

/* The bytes of b inside strings. *state holds before its first byte, on return after byte last. */
LR_HD uint64_t lr_strings(block b, uint32_t last, uint32_t *state)
{
    const uint64_t first_is_escaped = *state / LR_ESCAPED_NEXT,
                   starts_inside = *state & LR_IN_STRING;
    const uint64_t backslashes = block_eq(b, '\\'), newlines = block_eq(b, '\n');

    /* Three blocks of tweets in four hold no backslash: asking is worth 14 % (avx2, one run). */
    const uint64_t escapes = backslashes == 0 ? 0 : lr_escapes(backslashes, first_is_escaped);
    const uint64_t quotes = block_eq(b, '"') & ~(escapes << 1 | first_is_escaped);
    uint64_t inside = lr_prefix_xor(quotes) ^ (0 - starts_inside);

    /* A newline in a string: flip it and all that follows. Good input never enters the loop. */
    for (uint64_t cut; (cut = inside & newlines) != 0;)
        inside ^= 0 - (cut & (0 - cut));

    *state =
        (uint32_t)((inside >> last & 1) * LR_IN_STRING | (escapes >> last & 1) * LR_ESCAPED_NEXT);
    return inside;
}

#endif
