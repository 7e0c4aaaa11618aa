/* strings_ref.h: scan_strings, one byte at a time: the definition. */
static void LR_NAME(scan_strings)(const uint8_t *src, size_t n, uint32_t *state, uint64_t *out)
{
    bool inside = (*state & LR_IN_STRING) != 0, escaped = (*state & LR_ESCAPED_NEXT) != 0;

    for (size_t i = 0; i < n; i++) {
        if (src[i] == '\n')
            inside = false;
        else if (src[i] == '"' && !escaped)
            inside = !inside;
        escaped = src[i] == '\\' && !escaped;
        if (i % 64 == 0)
            out[i / 64] = 0;
        out[i / 64] |= (uint64_t)inside << (i % 64);
    }
    *state = (inside ? LR_IN_STRING : 0u) | (escaped ? LR_ESCAPED_NEXT : 0u);
}
