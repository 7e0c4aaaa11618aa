/* csv_record.c: one record of CSV, one byte at a time: the definition. */
#include "csv.h"

#include <string.h>

size_t lr_csv_undouble(const uint8_t *src, size_t begin, size_t end, uint8_t *out)
{
    size_t n = 0;

    while (begin < end) {
        const uint8_t *quote = memchr(src + begin, '"', end - begin);
        const size_t piece = quote == NULL ? end - begin : (size_t)(quote - (src + begin)) + 1;
        memcpy(out + n, src + begin, piece);
        n += piece;
        begin += piece + 1;
    }
    return n;
}

/* The value of the field src[begin, end), which is good, as key k of the record at hand. */
static void set_field(uint8_t *src, size_t begin, size_t end, uint32_t k, size_t *text_at,
                      lr_records *out)
{
    if (begin < end && src[begin] == '"') {
        begin++;
        end--;
        if (memchr(src + begin, '"', end - begin) != NULL) {
            const size_t n = lr_csv_undouble(src, begin, end, src + *text_at);
            begin = *text_at;
            end = *text_at += n;
        }
    }
    out->keys[k].spans[out->n] = (lr_span){(uint32_t)begin, (uint32_t)(end - begin)};
    out->keys[k].kinds[out->n] = begin == end ? LR_NULL : LR_PLAIN;
}

size_t lr_csv_record(uint8_t *src, size_t n, size_t begin, const lr_csv *csv, size_t *text_at,
                     lr_records *out)
{
    const size_t text_before = *text_at;
    lr_csv_place place = LR_CSV_START;
    lr_reason reason = LR_GOOD;
    size_t field = begin, at = begin;
    uint32_t n_fields = 0, k = 0;
    bool ended = false;

    for (; !ended; at++) {
        const lr_csv_place before = place;
        ended = at == n || (src[at] == '\n' && before != LR_CSV_QUOTED);
        place = ended ? LR_CSV_START : lr_csv_step(before, src[at], csv->delimiter);
        if (before == LR_CSV_QUOTED && at == n)
            reason = LR_CSV_OPEN_QUOTE;
        /* A carriage return is part of a line's end only right before its line feed. */
        const bool returns = at + 1 < n && src[at] == '\r' && src[at + 1] == '\n';
        if (before == LR_CSV_QUOTE && place == LR_CSV_PLAIN && !returns && reason == LR_GOOD)
            reason = LR_CSV_AFTER_QUOTE;
        if (before == LR_CSV_QUOTED || place != LR_CSV_START)
            continue;
        /* The field ends here. */
        const bool has_return = ended && at < n && at > field && src[at - 1] == '\r';
        if (ended && n_fields == 0 && at - has_return == field && at < n)
            return at + 1; /* an empty line */
        if (k < csv->n && csv->column[k] == n_fields && reason == LR_GOOD)
            set_field(src, field, at - has_return, k++, text_at, out);
        n_fields++;
        field = at + 1;
    }
    if (reason == LR_GOOD && n_fields != csv->n_columns)
        reason = LR_CSV_FIELDS;
    if (reason != LR_GOOD) {
        *text_at = text_before;
        for (k = 0; k < csv->n; k++)
            out->keys[k].kinds[out->n] = LR_ABSENT;
    }
    out->offset[out->n] = (uint32_t)begin;
    out->reason[out->n++] = (uint8_t)reason;
    return at - 1 < n ? at : n;
}
