/* unit_text.c: what unescape and utf8_valid must say, in every tier. */
#include "check.h"

static void check_unescape_of(const lr_kernels *k, const char *raw, const char *text, size_t n_text)
{
    static uint8_t *end; /* of memory, so that nothing behind the padding is touched */
    uint8_t out[256];
    const size_t n = strlen(raw);

    end = end == NULL ? check_guarded(sizeof out) + sizeof out : end;
    uint8_t *const src = end - LR_PADDING - n;
    memcpy(src, raw, n);
    memset(src + n, '"', LR_PADDING);
    memset(out, 0xA5, sizeof out);
    const size_t n_got = k->unescape(src, n, out);
    CHECK(n_got == n_text && memcmp(out, text, n_text) == 0, "%s: %zu bytes", raw, n_got);
    for (size_t i = n + LR_PADDING; i < sizeof out; i++)
        CHECK(out[i] == 0xA5, "%s: wrote byte %zu", raw, i);
}

/* Goal: every escape of RFC 8259 section 7 means what it says there; unpaired surrogates are U+FFFD. */
static void check_unescape(const lr_kernels *k)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"plain \xC3\xA4 text", "plain \xC3\xA4 text"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e4\\u20AC\\uFFFF", "A\xC3\xA4\xE2\x82\xAC\xEF\xBF\xBF"},
        {"\\u007f\\u0080\\u07ff\\u0800", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80"},
        {"\\ud83d\\ude4f\\uD800\\uDC00\\udbff\\udfff",
         "\xF0\x9F\x99\x8F\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"\\ud83dx", "\xEF\xBF\xBDx"},
        {"\\ude4f\\ud83d", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\\ud83d\\ud83d\\ude4f", "\xEF\xBF\xBD\xF0\x9F\x99\x8F"},
        {"\\ud83d\\u0041", "\xEF\xBF\xBD"
                           "A"},
        {"\\ud83d\\nude4f", "\xEF\xBF\xBD\nude4f"},
        {"\\\\ud83d", "\\ud83d"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789\\n",
         "0123456789012345678901234567890123456789012345678901234567890123456789\n"},
    };

    for (size_t i = 0; i < LR_COUNT_OF(pairs); i++)
        check_unescape_of(k, pairs[i][0], pairs[i][1], strlen(pairs[i][1]));
    check_unescape_of(k, "a\\u0000b", "a\0b", 3);
}

/* Is code point `code` in form of `length` bytes the UTF-8 of RFC 3629? By its table, not its text. */
static bool is_utf8(uint32_t code, size_t length)
{
    static const uint32_t first[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= first[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

/*
 * Goal: utf8_valid takes every code point in its shortest form and nothing else, wherever it stands.
 * Method: all sequences of one to three bytes, and of four with every first three and the borders of
 * the last; decoded here by arithmetic; before them 0 to 383 letters, so that they cross blocks and
 * fours of blocks, behind them up to 306.
 */
static void check_utf8(const lr_kernels *k, check_rng *rng)
{
    enum { ROOM = 1024 };
    uint8_t *const end = check_guarded(ROOM) + ROOM;

    for (uint32_t word = 0; word < 1u << 24; word++) {
        const uint8_t b[4] = {(uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word,
                              (uint8_t)(0x7F + 0x3F * (word % 3) + (word % 3 > 0))};
        size_t length = b[0] < 0x80 ? 1 : b[0] < 0xC0 ? 0 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
        if (length == 1 && word % 65536 != 0)
            continue; /* what follows is another sequence: seen as a first one */
        uint32_t code = b[0] & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07);
        bool good = length > 0 && b[0] < 0xF8;
        for (size_t i = 1; i < length; i++) {
            good = good && (b[i] & 0xC0) == 0x80;
            code = code << 6 | (b[i] & 0x3F);
        }
        good = good && (length == 1 || is_utf8(code, length));
        length = length == 0 ? 1 : length;
        const size_t before = check_below(rng, 384), after = word % 7 + word % 2 * 300;
        uint8_t *const src = end - LR_PADDING - before - length - after;
        memset(src, 'a', ROOM - (size_t)(src - (end - ROOM)));
        memcpy(src + before, b, length);
        memset(end - LR_PADDING, 0x80 + (int)(word % 0x40), LR_PADDING);
        const size_t n = before + length + after, got = k->utf8_valid(src, n);
        CHECK(got == (good ? n : before), "%06x %02x before=%zu got=%zu", word, b[3], before, got);
        for (size_t cut = 1; good && cut < length; cut++)
            CHECK(k->utf8_valid(src, before + cut) == before, "%06x cut to %zu", word, cut);
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("unescape", &rng))
            check_unescape(&tiers[i]);
        if (check_begin("utf8_valid", &rng))
            check_utf8(&tiers[i], &rng);
    }
    return 0;
}
