/*
 * csv.c: CSV and TSV: the header, where a run of bytes is likely to be, and batches of records.
 */
#include "csv_reader.h"

#include <stdlib.h>
#include <string.h>

/* The delimiters that are tried, and the columns that tell which one it is (CONTRACT section 4). */
static const char delimiters[] = ",~;\t|";
static const char *const names[] = {"id", "date", "username", "content"};

/* A header as one delimiter splits it. */
typedef struct header {
    size_t end; /* behind its line feed; SIZE_MAX: there is none in the bytes at hand */
    lr_reason reason;
    uint32_t n;
    uint32_t times[LR_COUNT_OF(names)];
    uint32_t column[LR_FIELDS_MAX]; /* of each field; UINT32_MAX: none */
} header;

static bool is_name(const uint8_t *src, size_t n, const char *name)
{
    return strlen(name) == n && memcmp(src, name, n) == 0;
}

/* The header has one more column, of the raw name src[begin, end). */
static void add_column(header *h, const uint8_t *src, size_t begin, size_t end,
                       const lr_fields *fields)
{
    if (end - begin >= 2 && src[begin] == '"') { /* none of the names has a quote in it */
        begin++;
        end--;
    }
    for (size_t i = 0; i < LR_COUNT_OF(names); i++)
        h->times[i] += is_name(src + begin, end - begin, names[i]);
    for (size_t f = 0; fields != NULL && f < fields->n; f++)
        if (h->column[f] == UINT32_MAX && is_name(src + begin, end - begin, fields->field[f].name))
            h->column[f] = h->n;
    h->n++;
}

/* The record src[at, n) as a header. */
static header read_header(const uint8_t *src, size_t at, size_t n, uint8_t delimiter,
                          const lr_fields *fields)
{
    header h = {.end = SIZE_MAX};
    lr_csv_place place = LR_CSV_START;
    size_t begin = at;

    memset(h.column, 0xFF, sizeof h.column);
    for (; h.end == SIZE_MAX && at <= n; at++) {
        const lr_csv_place before = place;
        const bool ended = at == n || (src[at] == '\n' && before != LR_CSV_QUOTED);
        place = ended ? LR_CSV_START : lr_csv_step(before, src[at], delimiter);
        const bool returns = at + 1 < n && src[at] == '\r' && src[at + 1] == '\n';
        if (before == LR_CSV_QUOTE && place == LR_CSV_PLAIN && !returns && h.reason == LR_GOOD)
            h.reason = LR_CSV_AFTER_QUOTE;
        if (before == LR_CSV_QUOTED && at == n)
            h.reason = LR_CSV_OPEN_QUOTE;
        if (before == LR_CSV_QUOTED || place != LR_CSV_START)
            continue;
        const bool has_return = ended && at < n && at > begin && src[at - 1] == '\r';
        add_column(&h, src, begin, at - has_return, fields);
        begin = at + 1;
        if (ended && at < n)
            h.end = at + 1;
    }
    return h;
}

/* Behind the empty lines from `at` on. */
static size_t skip_empty(const uint8_t *src, size_t at, size_t n)
{
    while (at < n && (src[at] == '\n' || (src[at] == '\r' && at + 1 < n && src[at + 1] == '\n')))
        at += src[at] == '\n' ? 1 : 2;
    return at;
}

/* How many of the names the header holds; none where it is bad. */
static uint32_t score(const header *h)
{
    uint32_t n = 0;
    for (size_t i = 0; i < LR_COUNT_OF(names) && h->reason == LR_GOOD; i++)
        n += h->times[i] > 0;
    return n;
}

uint8_t lr_csv_delimiter(const uint8_t *src, size_t at, size_t n)
{
    uint8_t best = (uint8_t)delimiters[0];
    uint32_t most = 0;

    for (const char *d = delimiters; *d != 0; d++) {
        const header h = read_header(src, at, n, (uint8_t)*d, NULL);
        if (score(&h) > most) {
            most = score(&h);
            best = (uint8_t)*d;
        }
    }
    return best;
}

/* Which columns are read: ascending, each once; of[f]: which of them is field f. */
static lr_status map_columns(lr_csv_header *out, const header *h, const lr_fields *fields,
                             const char *name, lr_error *err)
{
    lr_csv *csv = &out->csv;

    for (size_t f = 0; fields != NULL && f < fields->n; f++) {
        if (h->column[f] == UINT32_MAX)
            return lr_fail(err, LR_E_DATA, "%s:1:0: no column %s", name, fields->field[f].name);
        uint32_t k = 0;
        while (k < csv->n && csv->column[k] < h->column[f])
            k++;
        if (k < csv->n && csv->column[k] == h->column[f])
            continue;
        memmove(csv->column + k + 1, csv->column + k, (csv->n - k) * sizeof *csv->column);
        csv->column[k] = h->column[f];
        csv->n++;
    }
    if (fields != NULL && csv->n > fields->keys.n) /* a batch has a place for each key */
        return lr_fail(err, LR_E_USAGE, "%s: more columns than keys", name);
    for (size_t f = 0; fields != NULL && f < fields->n; f++)
        while (csv->column[out->of[f]] != h->column[f])
            out->of[f]++;
    return LR_OK;
}

lr_status lr_csv_open(const uint8_t *src, size_t at, size_t n, bool whole, const char *name,
                      const lr_source_options *options, lr_csv_header **out, lr_error *err)
{
    *out = NULL;
    at = skip_empty(src, at, n);
    if (at == n && !whole)
        return LR_E_UNSUPPORTED;
    lr_csv_header *csv = calloc(1, sizeof *csv);
    if (csv == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory for its header", name);
    *out = csv;
    csv->bytes = n;
    if (at == n)
        return LR_OK;

    csv->csv.delimiter =
        options->delimiter != 0 ? (uint8_t)options->delimiter : lr_csv_delimiter(src, at, n);
    const header h = read_header(src, at, n, csv->csv.delimiter, options->fields);
    if (h.end == SIZE_MAX && !whole)
        return LR_E_UNSUPPORTED;
    csv->bytes = h.end == SIZE_MAX ? n : h.end;
    csv->csv.n_columns = h.n;
    lr_reason reason = h.reason;
    if (reason == LR_GOOD &&
        options->kernels->utf8_valid(src + at, csv->bytes - at) < csv->bytes - at)
        reason = LR_BAD_UTF8;
    if (reason != LR_GOOD)
        return lr_fail(err, LR_E_DATA, "%s:1:0: the header: %s", name, lr_reason_text(reason));
    for (size_t i = 0; i < LR_COUNT_OF(names); i++)
        if (h.times[i] > 1)
            return lr_fail(err, LR_E_DATA, "%s:1:0: column %s twice", name, names[i]);
    return map_columns(csv, &h, options->fields, name, err);
}

lr_csv_place lr_csv_guess(const uint8_t *src, size_t n, uint8_t delimiter)
{
    lr_csv_place outside = LR_CSV_START, inside = LR_CSV_QUOTED;
    int faults = 0; /* of `outside`, less those of `inside` */

    if (memchr(src, '"', n < 16384 ? n : 16384) == NULL) /* then there is none */
        return LR_CSV_START;
    for (size_t i = 0; i < n && i < 16384 && faults < 4 && faults > -4 && outside != inside; i++) {
        const uint8_t c = src[i];
        faults += (outside == LR_CSV_PLAIN && c == '"') - (inside == LR_CSV_PLAIN && c == '"');
        const lr_csv_place a = lr_csv_step(outside, c, delimiter);
        const lr_csv_place b = lr_csv_step(inside, c, delimiter);
        faults += (outside == LR_CSV_QUOTE && a == LR_CSV_PLAIN && c != '\r') -
                  (inside == LR_CSV_QUOTE && b == LR_CSV_PLAIN && c != '\r');
        outside = a;
        inside = b;
    }
    return faults > 0 ? LR_CSV_QUOTED : LR_CSV_START;
}

size_t lr_csv_correct(const lr_kernels *k, const uint8_t *src, size_t n, uint8_t delimiter,
                      lr_csv_place guess, size_t end, lr_csv_place place, lr_csv_place *after)
{
    lr_csv_place is = place;
    size_t i = 0, first_end = 0;

    for (; i < n && i < 4096 && is != guess; i++) {
        if (src[i] == '\n' && is != LR_CSV_QUOTED)
            first_end = i + 1;
        is = lr_csv_step(is, src[i], delimiter);
        guess = lr_csv_step(guess, src[i], delimiter);
    }
    if (is == guess) /* from here on both are the same */
        return end > i ? end : first_end;
    *after = is;
    const size_t more = k->csv_split(src + i, n - i, delimiter, after);
    return more > 0 ? i + more : first_end;
}

size_t lr_csv_first_end(const uint8_t *src, size_t n, uint8_t delimiter, lr_csv_place place)
{
    for (size_t i = 0; i < n; i++) {
        if (src[i] == '\n' && place != LR_CSV_QUOTED)
            return i + 1;
        place = lr_csv_step(place, src[i], delimiter);
    }
    return 0;
}

/* Is record i, src[begin, end), valid UTF-8: all of it, or in the columns that are read? */
static bool is_utf8(const lr_kernels *k, const lr_batch *batch, const lr_csv *csv,
                    lr_validate validate, size_t i, size_t end)
{
    const size_t begin = batch->records.offset[i];

    if (k->utf8_valid(batch->src + begin, end - begin) == end - begin)
        return true;
    bool good = validate == LR_VALIDATE_USED;
    for (uint32_t c = 0; c < csv->n && good; c++) {
        const lr_span span = batch->records.keys[c].spans[i];
        good = batch->records.keys[c].kinds[i] != LR_PLAIN ||
               k->utf8_valid(batch->src + span.offset, span.length) == span.length;
    }
    return good;
}

/* Marks the records of [from, next) that are not UTF-8. */
static void check_utf8(const lr_kernels *k, const lr_csv *csv, lr_validate validate, size_t from,
                       size_t next, lr_batch *out)
{
    lr_records *records = &out->records;

    if (k->utf8_valid(out->src + from, next - from) == next - from)
        return;
    for (size_t i = 0; i < records->n; i++) {
        const size_t end = i + 1 < records->n ? records->offset[i + 1] : next;
        if (records->reason[i] != LR_GOOD || is_utf8(k, out, csv, validate, i, end))
            continue;
        records->reason[i] = LR_BAD_UTF8;
        for (uint32_t c = 0; c < csv->n; c++)
            records->keys[c].kinds[i] = LR_ABSENT;
    }
}

size_t lr_csv_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                         const lr_slice *slice, size_t from, lr_batch *out)
{
    const lr_csv_header *file = slice->header;
    const size_t start = from == 0 ? slice->skip : from;

    out->src = slice->bytes.data;
    if (from == 0)
        out->records.lines += k->count_lines(slice->bytes.data, slice->skip);
    /* The memory is the thread's own: files of CSV are not mapped. */
    from = k->csv_records((uint8_t *)slice->bytes.data, slice->bytes.n, start, &file->csv,
                          slice->text_at > 0 ? slice->text_at : slice->bytes.n + LR_PADDING,
                          &out->records);
    const size_t last = out->records.n - 1;
    out->unproven = slice->lined && from == slice->bytes.n &&
                    (slice->bytes.data[from - 1] != '\n' ||
                     (out->records.n > 0 && out->records.reason[last] == LR_CSV_OPEN_QUOTE));
    check_utf8(k, &file->csv, validate, start, from, out);
    for (size_t f = 0; f < fields->n; f++)
        out->columns[f] = out->records.keys[file->of[f]];
    return from;
}

uint8_t lr_slice_delimiter(const lr_slice *slice)
{
    return ((const lr_csv_header *)slice->header)->csv.delimiter;
}

uint32_t lr_slice_columns(const lr_slice *slice)
{
    return ((const lr_csv_header *)slice->header)->csv.n_columns;
}

uint32_t lr_slice_column(const lr_slice *slice, size_t f)
{
    const lr_csv_header *file = slice->header;
    return file->csv.column[file->of[f]];
}
