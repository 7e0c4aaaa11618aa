/* json_records_ref.h: json_records, line by line: the definition. */
#include "parse/json_record.h"

static size_t LR_NAME(json_records)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                                    lr_validate validate, lr_records *out)
{
    out->n = 0;
    while (from < n && out->n < LR_BATCH_MAX) {
        size_t end = from;
        while (end < n && src[end] != '\n')
            end++;
        const size_t before = out->n;
        lr_json_line(src, from, end, keys, validate, out);
        if (out->each != NULL && out->n > before)
            out->each(out->context, src, out, before);
        out->lines += end < n;
        from = end < n ? end + 1 : n;
    }
    return from;
}
