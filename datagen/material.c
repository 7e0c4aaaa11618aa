/* material.c: texts in the encoding of the output. */
#include "material.h"

#include <assert.h>
#include <stdlib.h>

/* The characters of UTF-8 (or WTF-8) at *at, which moves behind it. The input is our own tables. */
static uint32_t decode(const uint8_t **at)
{
    const uint8_t *const s = *at;

    if (s[0] < 0x80)
        return *at = s + 1, s[0];
    if (s[0] < 0xE0)
        return *at = s + 2, (uint32_t)(s[0] & 31) << 6 | (s[1] & 63u);
    if (s[0] < 0xF0)
        return *at = s + 3, (uint32_t)(s[0] & 15) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u);
    *at = s + 4;
    return (uint32_t)(s[0] & 7) << 18 | (s[1] & 63u) << 12 | (s[2] & 63u) << 6 | (s[3] & 63u);
}

static uint8_t *put_unit(uint8_t *at, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";

    at = PUT(at, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = (uint8_t)hex[unit >> shift & 15];
    return at;
}

/* What JSON escapes with one letter; 0 for the others. */
static uint8_t short_escape(uint32_t c)
{
    switch (c) {
    case '"':
    case '\\':
        return (uint8_t)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static uint8_t *put_json(uint8_t *at, uint32_t c, const uint8_t *raw, size_t n, bool ascii)
{
    const uint8_t letter = short_escape(c);

    if (letter != 0) {
        *at++ = '\\';
        *at++ = letter;
        return at;
    }
    /* json.dumps escapes DEL in ASCII output only; a lone surrogate has no UTF-8 at all. */
    if (c < 0x20 || (ascii && c > 0x7E) || (c >= 0xD800 && c < 0xE000)) {
        if (c < 0x10000)
            return put_unit(at, c);
        at = put_unit(at, 0xD800 + ((c - 0x10000) >> 10));
        return put_unit(at, 0xDC00 + (c & 0x3FF));
    }
    return put_bytes(at, raw, n);
}

static uint8_t *put_csv(uint8_t *at, uint32_t c, const uint8_t *raw, size_t n)
{
    if (c == '"')
        return PUT(at, "\"\"");
    if (c >= 0xD800 && c < 0xE000)
        return PUT(at, "\xEF\xBF\xBD");
    return put_bytes(at, raw, n);
}

uint8_t *text_encode(text_encoding encoding, const char *utf8, size_t n, uint8_t *out)
{
    const uint8_t *at = (const uint8_t *)utf8, *const end = at + n;

    while (at < end) {
        const uint8_t *const raw = at;
        const uint32_t c = decode(&at);
        if (encoding == TEXT_CSV)
            out = put_csv(out, c, raw, (size_t)(at - raw));
        else
            out = put_json(out, c, raw, (size_t)(at - raw), encoding == TEXT_JSON);
    }
    return out;
}

static piece add_piece(material *m, const char *utf8, size_t n)
{
    uint8_t *const start = m->arena + m->arena_n;
    piece p = {start, 0, 0};

    assert(m->arena_n + 6 * n + 64 <= m->arena_max);
    p.n = (uint32_t)(text_encode(m->encoding, utf8, n, start) - start);
    for (size_t i = 0; i < n; i++)
        p.chars += ((uint8_t)utf8[i] & 0xC0) != 0x80;
    m->arena_n += p.n;
    return p;
}

static lr_status list_new(piece_list *out, uint32_t n, lr_error *err)
{
    *out = (piece_list){malloc(n * sizeof(piece)), 0};
    return out->pieces != NULL ? LR_OK : lr_fail(err, LR_E_RESOURCE, "no memory for the words");
}

static lr_status add_words(material *m, vocabulary which, lr_error *err)
{
    const char *at = vocabulary_words[which];
    uint32_t n = 1;

    for (const char *c = at; *c != '\0'; c++)
        n += *c == ' ';
    LR_TRY(list_new(&m->words[which], n, err));
    for (;;) {
        const size_t length = strcspn(at, " ");
        m->words[which].pieces[m->words[which].n++] = add_piece(m, at, length);
        if (at[length] == '\0')
            return LR_OK;
        at += length + 1;
    }
}

static lr_status add_constructs(material *m, lr_error *err)
{
    LR_TRY(list_new(&m->emojis, n_emoji_entries, err));
    for (uint32_t i = 0; i < n_emoji_entries; i++)
        m->emojis.pieces[m->emojis.n++] =
            add_piece(m, emoji_entries[i].text, strlen(emoji_entries[i].text));
    LR_TRY(list_new(&m->traps, n_traps, err));
    for (uint32_t i = 0; i < n_traps; i++)
        m->traps.pieces[m->traps.n++] = add_piece(m, traps[i].text, strlen(traps[i].text));
    return LR_OK;
}

static lr_status add_weights(material *m, lr_error *err)
{
    const lr_knob emojis = {.kind = LR_KNOB_NAMED, .text = EMOJI_WEIGHTS};
    distribution read;

    for (size_t i = 0; i < TEXT_KNOBS; i++)
        if (distribution_read(&text_knobs[i], text_knobs[i].text, &read))
            short_list_init(&m->habits[i], &text_knobs[i], &read);
    const bool known = distribution_read(&emojis, emojis.text, &read);
    assert(known && read.n == n_emoji_entries);
    (void)known;
    return weights_init(&m->emoji_weights, read.weights, read.n, err);
}

lr_status material_init(material *out, text_encoding encoding, lr_error *err)
{
    lr_status status = LR_OK;

    *out = (material){.encoding = encoding, .arena_max = (size_t)1 << 20};
    out->arena = calloc(out->arena_max, 1);
    if (out->arena == NULL)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the words");
    for (vocabulary which = 0; status == LR_OK && which < VOCABULARIES; which++)
        status = add_words(out, which, err);
    if (status == LR_OK)
        status = add_constructs(out, err);
    if (status == LR_OK)
        status = add_weights(out, err);
    if (status != LR_OK)
        material_free(out);
    return status;
}

void material_free(material *m)
{
    for (vocabulary which = 0; which < VOCABULARIES; which++)
        free(m->words[which].pieces);
    free(m->emojis.pieces);
    free(m->traps.pieces);
    free(m->arena);
    weights_free(&m->emoji_weights);
    *m = (material){0};
}
