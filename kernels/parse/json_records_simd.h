/* json_records_simd.h: json_records: a line that is not sure to be good goes to lr_json_line. */
#include "parse/utf8_simd.h"

#include "parse/json_find_simd.h"
#include "parse/json_full_simd.h"
#include "parse/json_used_simd.h"

static size_t LR_NAME(json_records)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                                    lr_validate validate, lr_records *out)
{
    const finder find = finder_of(keys);

    out->n = 0;
    while (from < n && out->n < LR_BATCH_MAX) {
        size_t end = SIZE_MAX;
        set_absent(out, keys);
        if (src[from] == '{')
            end = validate == LR_VALIDATE_FULL ? full_line(src, n, from, &find, out)
                                               : used_line(src, n, from, &find, out);
        if (LR_LIKELY(end != SIZE_MAX)) {
            out->offset[out->n] = (uint32_t)from;
            out->reason[out->n++] = LR_GOOD;
        } else {
            const size_t before = out->n;
            end = find_line_end(src, from, n);
            lr_json_line(src, from, end, keys, validate, out);
            out->slow += out->n - before;
        }
        out->lines += end < n;
        from = end < n ? end + 1 : n;
    }
    return from;
}
