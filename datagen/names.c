/* names.c: user names from syllables. */
#include "names.h"

/* Each of these four lists is prefix-free in the eyes of a reader who goes from left to right, and
 * the second half starts with a capital or behind _, so that a name has one reading only. */
static const char starts[16][5] = {"Am",  "Bal", "Dil", "Ek",  "Fat", "Gur", "Har", "Jas",
                                   "Kar", "Lov", "Man", "Nav", "Par", "Raj", "Sim", "Vik"};
static const char ends[16][5] = {"jit",  "deep", "preet", "want", "inder", "bir", "meet", "pal",
                                 "veer", "noor", "leen",  "wal",  "esh",   "ika", "an",   "u"};
static const char family_starts[16][5] = {"Sin", "Dhi", "Gre", "Bra", "Cha", "Mal", "Tha", "Wil",
                                          "Kho", "Ran", "Pan", "Ver", "Sha", "Mor", "Sid", "Bho"};
static const char family_ends[16][4] = {"gh",  "ll", "wal", "r",   "hal", "hi", "n",  "ra",
                                        "ter", "sa", "ma",  "dhu", "on",  "ki", "ez", "t"};

/* Neighbours in k share nothing: an odd factor permutes the numbers below 2^16. */
static uint32_t scattered(uint64_t k)
{
    return (uint32_t)(k * 40503u + 0x5A17u) & 0xFFFF;
}

static uint8_t *put_text(uint8_t *at, const char *text, size_t n_max)
{
    const size_t n = strnlen(text, n_max);
    return put_bytes(at, text, n);
}

static uint8_t *put_given(uint8_t *at, uint32_t pair)
{
    at = put_text(at, starts[pair & 15], 5);
    return put_text(at, ends[pair >> 4 & 15], 5);
}

static uint8_t *put_family(uint8_t *at, uint32_t pair)
{
    at = put_text(at, family_starts[pair & 15], 5);
    return put_text(at, family_ends[pair >> 4 & 15], 4);
}

uint8_t *put_fullname(uint8_t *at, uint64_t k)
{
    const uint32_t pairs = scattered(k);

    at = put_given(at, pairs >> 8);
    *at++ = ' ';
    return put_family(at, pairs);
}

uint8_t *put_username(uint8_t *at, uint64_t k)
{
    const uint32_t pairs = scattered(k), style = (pairs * 0x9E37u >> 7) & 7;
    uint8_t *const start = at;

    at = put_given(at, pairs >> 8);
    if (style < 3)
        *at++ = '_';
    uint8_t *const family = at;
    at = put_family(at, pairs);
    if (style < 2) { /* gurdeep_mann: the underscore parts the names where no capital does */
        *start |= 0x20;
        *family |= 0x20;
    }
    if (style == 3)
        at = put_two(at, pairs % 100);
    else if (style == 4)
        *at++ = '_';
    if (k >> 16 != 0) { /* behind the names and at most two digits: 'x' is in no ending */
        *at++ = 'x';
        at = put_number(at, k >> 16);
    }
    return at;
}
