/* text_ref.h: utf8_valid and unescape, one character at a time: the definition. */
#include "parse/escape_core.h"

static size_t LR_NAME(utf8_valid)(const uint8_t *src, size_t n)
{
    return lr_utf8_prefix(src, n);
}

static size_t LR_NAME(unescape)(const uint8_t *src, size_t n, uint8_t *out)
{
    size_t written = 0;

    for (size_t i = 0; i < n;) {
        size_t length = 1;
        if (src[i] == '\\')
            i += lr_escape_decode(src + i, n - i, out + written, &length);
        else
            out[written] = src[i++];
        written += length;
    }
    return written;
}
