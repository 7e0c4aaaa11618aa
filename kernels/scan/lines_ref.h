/* lines_ref.h: scan_lines and count_lines, one byte at a time: the definition. */
static size_t LR_NAME(scan_lines)(const uint8_t *src, size_t n, size_t *at, uint32_t *out,
                                  size_t max)
{
    size_t found = 0, i = *at;

    for (; i < n && found < max; i++)
        if (src[i] == '\n')
            out[found++] = (uint32_t)i;
    *at = i;
    return found;
}

static uint64_t LR_NAME(count_lines)(const uint8_t *src, size_t n)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < n; i++)
        lines += src[i] == '\n';
    return lines;
}
