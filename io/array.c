/*
 * array.c: the elements of a JSON array as batches. Where the commas between them are known, or are taken to
 * be those before line feeds, and each element is of one line, they are read where they stand. Else each is
 * read by itself; one of several lines is copied behind the slice, onto one line, first.
 */
#include "array_reader.h"

#include <string.h>

enum { SEPARATORS = 64 };

/* A batch in the making. */
typedef struct elements {
    const lr_kernels *k;
    const lr_keys *keys;
    lr_validate validate;
    uint8_t *src;
    size_t n,
        text_at; /* text_at: where elements of several lines are written, + their own offset */
    lr_records *out;
    lr_json_place place;
    bool lined, unproven;  /* see lr_slice */
    const uint32_t *known; /* the commas, + known_at; NULL: they are to be found */
    size_t known_at;
    size_t scanned; /* up to where separators were looked for: found[next .. n_found) are ahead */
    size_t next, n_found;
    uint32_t found[SEPARATORS];
} elements;

/* The next comma of the array or bracket that closes it; n: there is none. */
static size_t next_separator(elements *e)
{
    if (e->known != NULL)
        return e->next == e->n_found ? e->n : e->known[e->next++] + e->known_at;
    if (e->next == e->n_found) {
        e->next = 0;
        e->n_found =
            e->k->scan_separators(e->src, e->n, &e->scanned, &e->place, e->found, SEPARATORS);
    }
    return e->n_found == 0 ? e->n : e->found[e->next++];
}

/* One more row, bad for this reason, of the element at `at`. */
static void add_bad(elements *e, size_t at, lr_reason reason)
{
    lr_records *out = e->out;

    for (uint32_t key = 0; key < e->keys->n; key++)
        out->keys[key].kinds[out->n] = LR_ABSENT;
    out->offset[out->n] = (uint32_t)at;
    out->reason[out->n++] = (uint8_t)reason;
}

/* The record src[begin, end), of one line, becomes a row if it is good. */
static lr_reason read_record(elements *e, size_t begin, size_t end, lr_validate validate)
{
    const uint32_t from = (uint32_t)begin, to = (uint32_t)end;
    const size_t row = e->out->n;

    if (e->k->json_elements(e->src, &from, &to, 1, e->keys, validate, e->out) == 1)
        return LR_GOOD;
    const lr_reason reason = e->out->n > row ? (lr_reason)e->out->reason[row] : LR_NO_VALUE;
    e->out->n = row;
    /* Two values without a comma look like a record with something behind it. */
    return reason == LR_TRAILING ? LR_ARRAY_COMMA : reason;
}

/* What stands before src[at], where elements are copied to, is looked at for keys, as far as a name is
 * long: it need not have been written, for it makes none whatever it is. */
static void allow_before(uint8_t *src, size_t at)
{
    const size_t n = at < UINT8_MAX ? at : UINT8_MAX;

    LR_WROTE(src + at - n, n);
}

/* Copies the element src[begin, end), onto one line, to src[to]. What is behind it is read with it, so
 * it is defined. Returns the copy's end. */
static uint8_t *copy_flat(const elements *e, size_t begin, size_t end, size_t to)
{
    uint8_t *const copy = e->src + to;

    e->k->flatten(e->src + begin, end - begin, copy);
    memset(copy + (end - begin), 0, 1 + LR_PADDING);
    allow_before(e->src, to);
    return copy + (end - begin);
}

/* The element src[begin, end) becomes a row. */
static lr_reason read_element(elements *e, size_t begin, size_t end)
{
    const size_t flat = e->text_at + begin;
    const bool object = e->src[begin] == '{';
    lr_reason reason = LR_NOT_OBJECT;

    if (object && memchr(e->src + begin, '\n', end - begin) == NULL) {
        reason = read_record(e, begin, end, e->validate);
    } else if (object) {
        copy_flat(e, begin, end, flat);
        reason = read_record(e, flat, flat + (end - begin), e->validate);
    } else if (e->validate ==
               LR_VALIDATE_FULL) { /* is it JSON at all? As a value that is not used */
        memcpy(e->src + flat, "{\"\":", 4);
        *copy_flat(e, begin, end, flat + 4) = '}';
        const size_t row = e->out->n;
        reason = read_record(e, flat, flat + (end - begin) + 5, LR_VALIDATE_FULL);
        reason = reason == LR_GOOD ? LR_NOT_OBJECT : reason;
        e->out->n = row;
    }
    if (reason == LR_GOOD)
        e->out->offset[e->out->n - 1] = (uint32_t)begin;
    else
        add_bad(e, begin, reason);
    return reason;
}

/* What stands behind the element at `begin`, whose separator is at `at`: returns where the next element
 * begins, n where there is none. An error is one of that element, in a row of its own. */
static size_t behind(elements *e, size_t begin, size_t at, bool last)
{
    if (at < e->n && e->src[at] == ',') {
        const size_t next = lr_skip_white(e->src, at + 1, e->n);
        if (next < e->n ? e->src[next] == ',' || e->src[next] == ']' : last)
            add_bad(e, begin, LR_NO_VALUE);
        else
            return next;
    } else if (at == e->n || e->src[at] != ']') {
        add_bad(e, begin, LR_ARRAY_OPEN);
    } else if (lr_skip_white(e->src, at + 1, e->n) < e->n) {
        add_bad(e, begin, LR_ARRAY_TRAILING);
    }
    return e->n;
}

/* The start of the first element of the file, n where there is none. An error is one of 1:0. */
static size_t open_array(elements *e, size_t at)
{
    at = lr_skip_white(e->src, at, e->n);
    if (at < e->n && e->src[at] != ']' && e->src[at] != ',')
        return at;
    if (at == e->n)
        add_bad(e, 0, LR_ARRAY_OPEN);
    else if (e->src[at] == ',')
        add_bad(e, 0, LR_NO_VALUE);
    else if (lr_skip_white(e->src, at + 1, e->n) < e->n)
        add_bad(e, 0, LR_ARRAY_TRAILING);
    return e->n;
}

/* The commas of the slice are known: goes to the first one behind `at`. */
static void use_commas(elements *e, const lr_slice *slice, size_t at)
{
    size_t low = 0, high = slice->n_commas;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (slice->commas[middle] + slice->commas_at < at)
            low = middle + 1;
        else
            high = middle;
    }
    e->known = slice->commas;
    e->known_at = slice->commas_at;
    e->next = low;
    e->n_found = slice->n_commas;
}

/* Where the element src[begin, at) ends, without the white space behind it. */
static size_t end_of(const elements *e, size_t begin, size_t at)
{
    while (at > begin && lr_is_white(e->src[at - 1]))
        at--;
    return at;
}

/* Reads elements whose commas are known, where they stand, up to one that is not good. Returns where that
 * one begins, or the next one; 0: there is none to read so, or the first is not of one line. */
static size_t read_known(elements *e, size_t begin)
{
    uint32_t starts[LR_BATCH_MAX + 1], ends[LR_BATCH_MAX];
    size_t n = e->n_found - e->next;

    if (e->known == NULL || n == 0)
        return 0;
    if (memchr(e->src + begin, '\n', end_of(e, begin, e->known[e->next] + e->known_at) - begin) !=
        NULL)
        return 0;
    n = n < LR_BATCH_MAX ? n : LR_BATCH_MAX;
    starts[0] = (uint32_t)begin;
    for (size_t i = 0; i < n; i++) {
        const size_t comma = e->known[e->next + i] + e->known_at;
        ends[i] = (uint32_t)end_of(e, starts[i], comma);
        starts[i + 1] = (uint32_t)lr_skip_white(e->src, comma + 1, e->n);
        if (starts[i + 1] < e->n && e->src[starts[i + 1]] == ',') /* an error behind this one */
            n = i;
    }
    n = e->k->json_elements(e->src, starts, ends, n, e->keys, e->validate, e->out);
    e->out->n = n; /* without one that is bad */
    return n == 0 ? 0 : starts[n];
}

/* Reads elements that stand in a line each, up to one that does not or is not good. Returns where that one
 * begins; 0: there is none to read so. */
static size_t read_lined(elements *e, size_t begin)
{
    if (begin == e->n) /* behind an error, which is a row, perhaps */
        return 0;
    const size_t next = e->k->json_lined(e->src, e->n, begin, e->keys, e->out);
    if (next < e->n && e->src[next] == ',') {
        e->unproven = true; /* it is an error of the element before, which is a row already */
        return e->n;
    }
    return next > begin ? next : 0;
}

/* Reads elements one by one from `at` on. Returns where the next one begins. */
static size_t read_any(elements *e, size_t at, bool last)
{
    while (at < e->n && e->out->n < LR_BATCH_MAX - 1) { /* one row for what stands behind it */
        const size_t begin = at, separator = next_separator(e);
        if (e->lined && (separator == e->n || e->src[separator] != ',')) {
            e->unproven = true; /* the slice's end is not one of an element */
            return e->n;
        }
        /* a bracket may be too many */
        const size_t end = end_of(e, begin, separator > begin ? separator : begin + 1);
        const lr_reason reason = read_element(e, begin, end);
        at = lr_reason_is_fatal(LR_INPUT_JSON, reason) ? e->n : behind(e, begin, separator, last);
    }
    return at;
}

size_t lr_array_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                           const lr_slice *slice, size_t from, lr_batch *out)
{
    elements e = {.k = k,
                  .keys = &fields->keys,
                  .validate = validate,
                  /* written to only where it is the thread's own; else there is other room */
                  .src = (uint8_t *)slice->bytes.data,
                  .n = slice->bytes.n,
                  .text_at = slice->bytes.n + LR_PADDING,
                  .out = &out->records,
                  .lined = slice->lined,
                  .place = {.depth = 1, .level = 1}};
    size_t at = from;

    out->src = slice->bytes.data;
    out->records.n = 0;
    out->records.each = out->each;
    out->records.context = out->context;
    if (from == 0 && slice->offset == 0)
        at = open_array(&e, slice->skip);
    const size_t first = e.scanned = lr_skip_white(e.src, at, e.n);
    if (slice->commas != NULL)
        use_commas(&e, slice, first);
    at = slice->lined ? read_lined(&e, first) : read_known(&e, first);
    const bool counted = slice->lined && at > 0; /* the lines from the first element on are */
    if (at == 0) {
        if (slice->room != NULL) { /* elements may have to be copied behind the slice */
            memcpy(slice->room + first, slice->bytes.data + first, e.n - first + LR_PADDING);
            allow_before(slice->room, first);
            out->src = e.src = slice->room;
        }
        at = read_any(&e, first, slice->last);
    }
    out->records.each = NULL;
    out->unproven = e.unproven;
    if (slice->commas == NULL)
        out->records.lines +=
            k->count_lines(slice->bytes.data + from, (counted ? first : at) - from);
    else if (at == e.n)
        out->records.lines += slice->lines;
    return at;
}
