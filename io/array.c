/*
 * array.c: the elements of a JSON array as batches. Where the commas between them are known, and each
 * element is of one line, line feeds take the commas' place for as long as json_records reads them
 * all. Else each is read as if it stood on a line of its own; one of several lines is copied behind
 * the slice, onto one line, first.
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
    const uint32_t *known; /* the commas, + known_at; NULL: they are to be found */
    size_t known_at;
    size_t scanned; /* up to where separators were looked for: found[next .. n_found) are ahead */
    size_t next, n_found;
    uint32_t found[SEPARATORS];
} elements;

static size_t skip_white(const elements *e, size_t at)
{
    while (at < e->n && memchr(" \t\r\n", e->src[at], 4) != NULL)
        at++;
    return at;
}

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

/* Moves the columns by n rows. */
static void move_rows(elements *e, ptrdiff_t n)
{
    e->out->offset += n;
    e->out->reason += n;
    for (uint32_t key = 0; key < e->keys->n; key++) {
        e->out->keys[key].spans += n;
        e->out->keys[key].kinds += n;
    }
}

/* The record src[begin, end), of one line, becomes row out->n. It is read into out itself, moved, for
 * what json_records has learnt of the records before is in there, too. */
static lr_reason read_record(elements *e, size_t begin, size_t end, lr_validate validate)
{
    lr_records *out = e->out;
    const size_t n = out->n;
    const uint64_t lines = out->lines;

    move_rows(e, (ptrdiff_t)n);
    e->k->json_records(e->src, end, begin, e->keys, validate, out);
    const lr_reason reason = (lr_reason)out->reason[0];
    move_rows(e, -(ptrdiff_t)n);
    out->n = n;
    out->lines = lines;
    /* Two values without a comma look like a record with something behind it. */
    return reason == LR_TRAILING ? LR_ARRAY_COMMA : reason;
}

/* The element src[begin, end) becomes a row. */
static lr_reason read_element(elements *e, size_t begin, size_t end)
{
    uint8_t *flat = e->src + e->text_at + begin;
    const bool object = e->src[begin] == '{';
    lr_reason reason = LR_NOT_OBJECT;

    if (object && memchr(e->src + begin, '\n', end - begin) == NULL) {
        reason = read_record(e, begin, end, e->validate);
    } else if (object) {
        e->k->flatten(e->src + begin, end - begin, flat);
        reason = read_record(e, e->text_at + begin, e->text_at + end, e->validate);
    } else if (e->validate ==
               LR_VALIDATE_FULL) { /* is it JSON at all? As a value that is not used */
        memcpy(flat, "{\"\":", 4);
        e->k->flatten(e->src + begin, end - begin, flat + 4);
        flat[4 + end - begin] = '}';
        reason = read_record(e, e->text_at + begin, e->text_at + end + 5, LR_VALIDATE_FULL);
        reason = reason == LR_GOOD ? LR_NOT_OBJECT : reason;
    }
    if (reason == LR_GOOD) {
        e->out->offset[e->out->n++] = (uint32_t)begin;
        return LR_GOOD;
    }
    add_bad(e, begin, reason);
    return reason;
}

/* What stands behind the element at `begin`, whose separator is at `at`: returns where the next element
 * begins, n where there is none. An error is one of that element, in a row of its own. */
static size_t behind(elements *e, size_t begin, size_t at, bool last)
{
    if (at < e->n && e->src[at] == ',') {
        const size_t next = skip_white(e, at + 1);
        if (next < e->n ? e->src[next] == ',' || e->src[next] == ']' : last)
            add_bad(e, begin, LR_NO_VALUE);
        else
            return next;
    } else if (at == e->n || e->src[at] != ']') {
        add_bad(e, begin, LR_ARRAY_OPEN);
    } else if (skip_white(e, at + 1) < e->n) {
        add_bad(e, begin, LR_ARRAY_TRAILING);
    }
    return e->n;
}

/* The start of the first element of the file, n where there is none. An error is one of 1:0. */
static size_t open_array(elements *e, size_t at)
{
    at = skip_white(e, at);
    if (at < e->n && e->src[at] != ']' && e->src[at] != ',')
        return at;
    if (at == e->n)
        add_bad(e, 0, LR_ARRAY_OPEN);
    else if (e->src[at] == ',')
        add_bad(e, 0, LR_NO_VALUE);
    else if (skip_white(e, at + 1) < e->n)
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

/* The elements of a batch as lines: where each starts, and the byte before, which is a line feed for a
 * while. starts[n] is behind them all. */
typedef struct lines {
    size_t n;
    uint32_t starts[LR_BATCH_MAX + 1];
    uint8_t before[LR_BATCH_MAX + 1];
} lines;

/* Where the elements from `begin` on start. False: the first one is not of one line. */
static bool find_lines(const elements *e, size_t begin, lines *l)
{
    const size_t left = e->n_found - e->next;

    l->n = left < LR_BATCH_MAX ? left : LR_BATCH_MAX;
    l->starts[0] = (uint32_t)begin;
    for (size_t i = 1; i <= l->n; i++)
        l->starts[i] = (uint32_t)skip_white(e, e->known[e->next + i - 1] + e->known_at + 1);
    size_t end = l->n == 0 ? begin : e->known[e->next] + e->known_at;
    while (end > begin && memchr(" \t\r\n", e->src[end - 1], 4) != NULL)
        end--;
    return l->n > 0 && memchr(e->src + begin, '\n', end - begin) == NULL;
}

/* Reads elements as lines, and returns where the next one begins; 0: they are not to be read so. That
 * each line is one element is seen from where json_records says that its records start. */
static size_t read_lines(elements *e, lr_validate validate, size_t begin)
{
    lr_records *out = e->out;
    const uint64_t n_lines = out->lines, slow = out->slow;
    uint64_t more = 0; /* line feeds that are not the file's */
    lines l;

    if (e->known == NULL || !find_lines(e, begin, &l))
        return 0;
    for (size_t i = 1; i <= l.n; i++) {
        uint8_t *const before = e->src + l.starts[i] - 1;
        l.before[i] = *before;
        more += *before != '\n';
        e->src[e->known[e->next + i - 1] + e->known_at] = ' ';
        *before = '\n';
    }
    e->k->json_records(e->src, l.starts[l.n], begin, e->keys, validate, out);
    for (size_t i = 1; i <= l.n; i++) {
        e->src[l.starts[i] - 1] = l.before[i];
        e->src[e->known[e->next + i - 1] + e->known_at] = ',';
    }

    bool good = out->n == l.n;
    for (size_t i = 0; i < l.n && good; i++)
        good = out->offset[i] == l.starts[i] && out->reason[i] == LR_GOOD;
    out->lines -= good ? more : out->lines - n_lines;
    if (good)
        return l.starts[l.n];
    out->slow = slow;
    out->n = 0;
    return 0;
}

size_t lr_array_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                           const lr_slice *slice, size_t from, lr_batch *out)
{
    /* The memory is the thread's own: arrays are not mapped. */
    elements e = {.k = k,
                  .keys = &fields->keys,
                  .validate = validate,
                  .src = (uint8_t *)slice->bytes.data,
                  .n = slice->bytes.n,
                  .text_at = slice->bytes.n + LR_PADDING,
                  .out = &out->records,
                  .place = {.depth = 1, .level = 1}};
    size_t at = from;

    out->src = slice->bytes.data;
    out->records.n = 0;
    if (from == 0 && slice->offset == 0)
        at = open_array(&e, slice->skip);
    e.scanned = at = skip_white(&e, at);
    if (slice->commas != NULL)
        use_commas(&e, slice, at);
    const size_t end_of_lines = read_lines(&e, validate, at);
    if (end_of_lines > 0) {
        out->records.lines += k->count_lines(slice->bytes.data + from, at - from);
        return end_of_lines;
    }
    while (at < e.n && out->records.n < LR_BATCH_MAX - 1) { /* one row for what stands behind it */
        const size_t begin = at, separator = next_separator(&e);
        size_t end = separator > begin ? separator : begin + 1; /* a bracket that is too many */
        while (memchr(" \t\r\n", e.src[end - 1], 4) != NULL)
            end--;
        const lr_reason reason = read_element(&e, begin, end);
        at = lr_reason_is_fatal(LR_INPUT_JSON, reason) ? e.n
                                                       : behind(&e, begin, separator, slice->last);
    }
    out->records.lines += k->count_lines(slice->bytes.data + from, at - from);
    return at;
}
