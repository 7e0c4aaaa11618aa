/* detect.c: what a file is, by its first bytes (CONTRACT section 4), never by its name. */
#include "reader.h"

#include <string.h>

lr_compression lr_detect_compression(const uint8_t *src, size_t n)
{
    if (n >= 2 && src[0] == 0x1F && src[1] == 0x8B) /* RFC 1952, 2.3.1 */
        return LR_COMPRESSION_GZIP;
    if (n >= 4 && memcmp(src, "\x28\xB5\x2F\xFD", 4) == 0) /* RFC 8878, 3.1.1 */
        return LR_COMPRESSION_ZSTD;
    if (n >= 4 && (src[0] & 0xF0) == 0x50 && memcmp(src + 1, "\x2A\x4D\x18", 3) == 0)
        return LR_COMPRESSION_ZSTD; /* a skippable frame, 3.1.2 */
    if (n >= 4 && (memcmp(src, "PK\3\4", 4) == 0 || memcmp(src, "PK\5\6", 4) == 0))
        return LR_COMPRESSION_ZIP; /* APPNOTE 4.3.7; 4.3.16: a zip without members */
    return LR_COMPRESSION_NONE;
}

const char *lr_detect_encoding(const uint8_t *src, size_t n)
{
    if (n >= 4 && memcmp(src, "\xFF\xFE\0\0", 4) == 0)
        return "UTF-32, little-endian";
    if (n >= 4 && memcmp(src, "\0\0\xFE\xFF", 4) == 0)
        return "UTF-32, big-endian";
    if (n >= 2 && src[0] == 0xFF && src[1] == 0xFE)
        return "UTF-16, little-endian";
    if (n >= 2 && src[0] == 0xFE && src[1] == 0xFF)
        return "UTF-16, big-endian";
    if (n < 4)
        return NULL;

    /* Without a mark the zeros of the first two characters, which are ASCII, tell (RFC 4627, 3). */
    const int zeros = (src[0] == 0) << 3 | (src[1] == 0) << 2 | (src[2] == 0) << 1 | (src[3] == 0);
    return zeros == 7    ? "UTF-32, little-endian"
           : zeros == 14 ? "UTF-32, big-endian"
           : zeros == 5  ? "UTF-16, little-endian"
           : zeros == 10 ? "UTF-16, big-endian"
                         : NULL;
}

size_t lr_detect_mark(const uint8_t *src, size_t n)
{
    return n >= 3 && memcmp(src, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

lr_input lr_detect_format(const uint8_t *src, size_t n)
{
    for (size_t i = lr_detect_mark(src, n); i < n; i++)
        switch (src[i]) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            break;
        case '[':
            return LR_INPUT_JSON;
        case '{':
            return LR_INPUT_NDJSON;
        default:
            return LR_INPUT_CSV;
        }
    return LR_INPUT_AUTO;
}
