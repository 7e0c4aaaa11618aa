/* separators_ref.h: scan_separators and flatten, one byte at a time: the definition. */
static size_t LR_NAME(scan_separators)(const uint8_t *src, size_t n, size_t *at,
                                       lr_json_place *place, uint32_t *out, size_t max)
{
    size_t found = 0, i = *at;

    for (; i < n && found < max; i++) {
        const bool escaped = (place->string & LR_ESCAPED_NEXT) != 0;
        bool inside = (place->string & LR_IN_STRING) != 0;
        const uint8_t c = src[i];
        place->lines += c == '\n';
        if (c == '"' && !escaped)
            inside = !inside;
        place->string = (inside ? LR_IN_STRING : 0) | (c == '\\' && !escaped ? LR_ESCAPED_NEXT : 0);
        if (inside)
            continue;
        if (c == '{' || c == '[')
            place->depth++;
        if (c == '}' || c == ']')
            place->depth--;
        if (place->depth < place->level || (c == ',' && place->depth == place->level)) {
            place->level = place->depth;
            out[found++] = (uint32_t)i;
        }
    }
    *at = i;
    return found;
}

static void LR_NAME(flatten)(const uint8_t *src, size_t n, uint8_t *out)
{
    bool inside = false, escaped = false;

    for (size_t i = 0; i < n; i++) {
        if (src[i] == '"' && !escaped)
            inside = !inside;
        escaped = src[i] == '\\' && !escaped;
        out[i] = src[i] != '\n' ? src[i] : inside ? 1 : ' ';
    }
}
