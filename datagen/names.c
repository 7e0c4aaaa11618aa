/* names.c: user names from syllables. */
#include "names.h"

/* Copied eight bytes at a time, its length the last of them, which is then written over. */
typedef struct syllable {
    char text[7];
    uint8_t n;
} syllable;

#define S(text)                                                                                    \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

/* Each of these four lists is prefix-free in the eyes of a reader who goes from left to right, and
 * the second half starts with a capital or behind _, so that a name has one reading only. */
static const syllable starts[16] = {S("Am"),  S("Bal"), S("Dil"), S("Ek"),  S("Fat"), S("Gur"),
                                    S("Har"), S("Jas"), S("Kar"), S("Lov"), S("Man"), S("Nav"),
                                    S("Par"), S("Raj"), S("Sim"), S("Vik")};
static const syllable ends[16] = {S("jit"),  S("deep"), S("preet"), S("want"), S("inder"), S("bir"),
                                  S("meet"), S("pal"),  S("veer"),  S("noor"), S("leen"),  S("wal"),
                                  S("esh"),  S("ika"),  S("an"),    S("u")};
static const syllable family_starts[16] = {
    S("Sin"), S("Dhi"), S("Gre"), S("Bra"), S("Cha"), S("Mal"), S("Tha"), S("Wil"),
    S("Kho"), S("Ran"), S("Pan"), S("Ver"), S("Sha"), S("Mor"), S("Sid"), S("Bho")};
static const syllable family_ends[16] = {S("gh"), S("ll"), S("wal"), S("r"),  S("hal"), S("hi"),
                                         S("n"),  S("ra"), S("ter"), S("sa"), S("ma"),  S("dhu"),
                                         S("on"), S("ki"), S("ez"),  S("t")};

/* Neighbours in k share nothing: an odd factor permutes the numbers below 2^16. */
static uint32_t scattered(uint64_t k)
{
    return (uint32_t)(k * 40503u + 0x5A17u) & 0xFFFF;
}

static uint8_t *put_syllable(uint8_t *at, const syllable *s)
{
    memcpy(at, s, sizeof *s);
    return at + s->n;
}

static uint8_t *put_given(uint8_t *at, uint32_t pair)
{
    at = put_syllable(at, &starts[pair & 15]);
    return put_syllable(at, &ends[pair >> 4 & 15]);
}

static uint8_t *put_family(uint8_t *at, uint32_t pair)
{
    at = put_syllable(at, &family_starts[pair & 15]);
    return put_syllable(at, &family_ends[pair >> 4 & 15]);
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
    *at = '_';
    at += style < 3; /* no branch: it would be a guess */
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
