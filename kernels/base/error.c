/* error.c: messages of one line, and the reasons why a record is bad. */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The longest prefix of the n bytes at text that is no longer than max and splits no character. */
static size_t cut_at_character(const char *text, size_t n, size_t max)
{
    if (n <= max)
        return n;
    while (max > 0 && ((unsigned char)text[max] & 0xC0) == 0x80)
        max--;
    return max;
}

lr_status lr_fail(lr_error *err, lr_status status, const char *format, ...)
{
    char raw[LR_MESSAGE_MAX];
    va_list arguments;

    if (err == NULL)
        return status;
    va_start(arguments, format);
    const int wanted = vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    const size_t n = cut_at_character(raw, wanted < 0 ? 0 : (size_t)wanted, sizeof raw - 1);

    size_t out = 0;
    for (size_t i = 0; i < n && out + 5 < sizeof err->message; i++) {
        const unsigned char c = (unsigned char)raw[i];
        if (c < 0x20 || c == 0x7F)
            out += (size_t)snprintf(err->message + out, 5, "\\x%02x", c);
        else
            err->message[out++] = (char)c;
    }
    out = cut_at_character(err->message, out, out); /* raw was whole; escapes only shorten it */
    err->message[out] = '\0';
    return status;
}

const char *lr_reason_text(lr_reason reason)
{
    static const char *const texts[] = {
#define LR_REASON_TEXT(name, text) text,
        LR_REASONS(LR_REASON_TEXT)
#undef LR_REASON_TEXT
    };
    return (size_t)reason < LR_COUNT_OF(texts) ? texts[reason] : "bad";
}
