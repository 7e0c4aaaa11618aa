/* unescape_simd.h: unescape, whole blocks at a time where there is no backslash. */
#include "parse/escape_core.h"

static size_t LR_NAME(unescape)(const uint8_t *src, size_t n, uint8_t *out)
{
    size_t written = 0;

    for (size_t i = 0; i < n;) {
        /* out has room for a whole block behind what is due: written <= i holds throughout. */
        const block b = block_load(src + i);
        const uint64_t backslashes = block_eq(b, '\\');
        const size_t left = n - i < 64 ? n - i : 64;
        const size_t plain = backslashes == 0 ? 64 : (size_t)__builtin_ctzll(backslashes);
        block_store(out + written, b);
        written += plain < left ? plain : left;
        i += plain < left ? plain : left;
        while (i < n && src[i] == '\\') {
            size_t length;
            i += lr_escape_decode(src + i, n - i, out + written, &length);
            written += length;
        }
    }
    return written;
}
