/* json_records_ref.h: json_records, json_elements and json_lined, record by record: the definition. */
#include "parse/json_record.h"

static size_t LR_NAME(json_records)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                                    lr_validate validate, lr_records *out)
{
    const size_t until = lr_batch_until(from, n);

    out->n = 0;
    while (from < until && out->n < LR_BATCH_MAX) {
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

static size_t LR_NAME(json_elements)(const uint8_t *src, const uint32_t *starts,
                                     const uint32_t *ends, size_t n, const lr_keys *keys,
                                     lr_validate validate, lr_records *out)
{
    for (size_t i = 0; i < n; i++) {
        const size_t row = out->n;
        for (size_t at = starts[i]; at < ends[i]; at++)
            if (src[at] == '\n')
                return i;
        lr_json_line(src, starts[i], ends[i], keys, validate, out);
        if (out->n == row || out->reason[row] != LR_GOOD)
            return i;
        if (out->each != NULL)
            out->each(out->context, src, out, row);
    }
    return n;
}

static size_t LR_NAME(json_lined)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                                  lr_records *out)
{
    const size_t until = lr_batch_until(from, n);

    for (out->n = 0;;) {
        for (; from < n && lr_is_white(src[from]); from++)
            out->lines += src[from] == '\n';
        if (from >= until || out->n == LR_BATCH_MAX)
            return from;
        size_t end = from;
        while (end < n && src[end] != '\n')
            end++;
        const size_t comma = end < n ? lr_last_comma(src, from, end) : from, row = out->n;
        lr_json_line(src, from, comma, keys, LR_VALIDATE_FULL, out);
        if (out->n == row || out->reason[row] != LR_GOOD) {
            out->n = row;
            return from;
        }
        if (out->each != NULL)
            out->each(out->context, src, out, row);
        from = comma + 1;
    }
}
