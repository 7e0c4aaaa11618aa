/*
 * split.c: where a block may be cut. A cut does not depend on how blocks were cut before, only on what
 * the file says: in NDJSON behind a line feed; in CSV behind a line feed outside quotes; in an array
 * before an element that stands behind a comma of the array. (Not behind the comma: so that a slice
 * never begins with what is wrong after the element before, whose place an error names.)
 */
#include "split.h"

#include <string.h>

lr_place lr_place_first(void)
{
    return (lr_place){.csv = LR_CSV_START, .json = {.depth = 1, .level = 1}};
}

/* How many bytes of the block are before `upto` in the file. */
static size_t bytes_before(const lr_split *split, size_t upto)
{
    return split->at >= upto             ? 0
           : upto - split->at < split->n ? upto - (size_t)split->at
                                         : split->n;
}

/* ---- CSV ---- */

static void find_csv(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                     lr_split *split)
{
    const uint8_t delimiter = reader->csv->csv.delimiter;
    const size_t from = bytes_before(split, reader->mark); /* the mark is part of no field */

    split->known = is != NULL || from > 0 || split->at == 0;
    split->before.csv = is != NULL     ? is->csv
                        : split->known ? LR_CSV_START
                                       : lr_csv_guess(split->data, split->n, delimiter);
    split->after.csv = split->before.csv;
    split->end = k->csv_split(split->data + from, split->n - from, delimiter, &split->after.csv);
    split->end += split->end == 0 ? 0 : from;
}

/* A block without what is before it: whether its end is in quotes is guessed from some of its last bytes. Where
 * that is wrong the slice ends in quotes, which reading it tells. */
static void find_supposed_csv(const lr_kernels *k, const lr_reader *reader, lr_split *split)
{
    enum { SOME_BYTES = 16 << 10 };
    const uint8_t delimiter = reader->csv->csv.delimiter;
    const size_t from = bytes_before(split, reader->mark);
    size_t at = split->n;

    split->before.csv = split->after.csv = LR_CSV_START;
    split->known = true;
    split->end = 0;
    for (size_t some = SOME_BYTES; split->end == 0 && at > from; some *= 8) {
        at = split->n - from > some ? split->n - some : from;
        const uint8_t *last = split->data + at;
        const bool begins = split->at == 0 && at == from;
        lr_csv_place place = begins ? LR_CSV_START : lr_csv_guess(last, split->n - at, delimiter);
        const size_t end = k->csv_split(last, split->n - at, delimiter, &place);
        split->end = end == 0 ? 0 : at + end;
    }
}

static void settle_csv(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                       lr_split *split)
{
    if (is->csv != split->before.csv)
        split->end = lr_csv_correct(k, split->data, split->n, reader->csv->csv.delimiter,
                                    split->before.csv, split->end, is->csv, &split->after.csv);
}

/* ---- arrays ---- */

/* Is the block likely to begin in a string? Quotes that look like opening ones, or like closing ones,
 * tell. */
static uint32_t guess_string(const uint8_t *src, size_t n)
{
    int votes = 0;
    bool inside = false;

    for (size_t i = 0; i < n && i < 16384 && votes < 6 && votes > -6; i++) {
        if (src[i] == '\\')
            i++;
        if (src[i] != '"' || i >= n)
            continue;
        const uint8_t before = i == 0 ? 0 : src[i - 1] == ' ' && i > 1 ? src[i - 2] : src[i - 1];
        const uint8_t after = i + 1 < n ? src[i + 1] : 0;
        const bool opens = before != 0 && strchr("{[,:\n", before) != NULL;
        const bool closes = after != 0 && strchr("]},:\n", after) != NULL;
        if (opens != closes)
            votes += opens != inside ? 1 : -1;
        inside = !inside;
    }
    return votes < 0 ? LR_IN_STRING : 0;
}

/* Of the commas found[0 .. n) the last one with the start of an element behind it in the block: where
 * that starts. 0: none has. */
static size_t cut_behind(const lr_split *split, const uint32_t *found, size_t n)
{
    while (n-- > 0) {
        const size_t next = lr_skip_white(split->data, found[n] + 1, split->n);
        if (next < split->n && split->data[next] != ',' && split->data[next] != ']')
            return next;
    }
    return 0;
}

/* The commas found[0 .. n) are some more of the array's. */
static void add_commas(lr_split *split, const uint32_t *found, size_t n)
{
    if (n > LR_COMMAS_MAX || split->n_commas > LR_COMMAS_MAX - n) {
        split->n_commas = SIZE_MAX;
        return;
    }
    memcpy(split->commas + split->n_commas, found, n * sizeof *found);
    split->n_commas += n;
}

/* Finds the cut from byte `from` on. With absolute levels the array ends where less than 1 is reached;
 * with relative ones the lowest level that is reached is taken for the array's. */
static void find_cut(const lr_kernels *k, size_t from, bool absolute, lr_split *split)
{
    lr_json_place *place = &split->after.json;
    uint32_t found[64];
    size_t n;

    split->end = split->n_commas = 0;
    while ((n = k->scan_separators(split->data, split->n, &from, place, found, 64)) > 0) {
        size_t first = n; /* behind the last bracket */
        while (first > 0 && split->data[found[first - 1]] == ',')
            first--;
        if (absolute && first > 0) { /* the first bracket is the end */
            for (first = 0; split->data[found[first]] == ',';)
                first++;
            const size_t cut = cut_behind(split, found, first);
            const size_t rest = lr_skip_white(split->data, found[first] + 1, split->n);
            split->end = rest < split->n ? split->n : cut > 0 ? cut : split->end;
            *place = (lr_json_place){0};
            split->n_commas = SIZE_MAX; /* not only they separate */
            return;
        }
        const size_t cut = cut_behind(split, found + first, n - first);
        if (cut > 0 || first > 0)
            split->end = cut;
        if (first > 0)
            split->n_commas = 0;
        add_commas(split, found + first, n - first);
    }
}

/* What holds before is known. Behind the array all but white space is an error, which the slice that
 * has the last element is to show: so it goes there at once. */
static void find_exact(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                       lr_split *split)
{
    const size_t from = bytes_before(split, reader->skip); /* up to the opening bracket */

    split->before = split->after = *is;
    split->known = true;
    if (is->json.depth < 1) {
        split->end = lr_skip_white(split->data, 0, split->n) < split->n ? split->n : 0;
        return;
    }
    split->after.json.level = 1;
    split->after.json.lines = k->count_lines(split->data, from);
    find_cut(k, from, true, split);
}

/* Each element has a line of its own, it is supposed: so it may be cut behind the last comma before a line
 * feed. */
static void find_lined(const lr_reader *reader, lr_split *split)
{
    const size_t from = bytes_before(split, reader->skip);
    const uint8_t *feed = split->data + split->n;

    split->before = split->after = lr_place_first();
    split->known = true;
    split->n_commas = SIZE_MAX;
    split->end = 0;
    while (split->end == 0 && (feed = memrchr(split->data + from, '\n',
                                              (size_t)(feed - split->data) - from)) != NULL) {
        const uint32_t comma =
            (uint32_t)lr_last_comma(split->data, from, (size_t)(feed - split->data));
        if (comma > from)
            split->end = cut_behind(split, &comma, 1);
    }
}

static void find_array(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                       lr_split *split)
{
    const lr_place first = lr_place_first();

    if (reader->lined) {
        find_lined(reader, split);
        return;
    }
    if (is == NULL && split->at < reader->skip)
        is = &first;
    if (is != NULL) {
        find_exact(k, reader, is, split);
        return;
    }
    split->before.json = (lr_json_place){.string = guess_string(split->data, split->n)};
    split->after = split->before;
    find_cut(k, 0, false, split);
}

static void settle_array(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                         lr_split *split)
{
    const int64_t depth = is->json.depth;

    if (is->json.string != split->before.json.string || depth + split->after.json.level < 1) {
        find_exact(k, reader, is, split);
        return;
    }
    if (depth + split->after.json.level > 1) /* not one of the array's commas was seen */
        split->end = split->n_commas = 0;
    split->after.json.depth += depth;
}

/* ---- all ---- */

void lr_split_find(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                   lr_split *split)
{
    if (reader->format == LR_INPUT_CSV && reader->lined) {
        find_supposed_csv(k, reader, split);
    } else if (reader->format == LR_INPUT_CSV) {
        find_csv(k, reader, is, split);
    } else if (reader->format == LR_INPUT_JSON) {
        find_array(k, reader, is, split);
    } else {
        const uint8_t *feed = memrchr(split->data, '\n', split->n);
        split->end = feed == NULL ? 0 : (size_t)(feed - split->data) + 1;
        split->known = true;
    }
}

void lr_split_settle(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                     lr_split *split)
{
    if (split->known)
        return;
    if (reader->format == LR_INPUT_CSV)
        settle_csv(k, reader, is, split);
    else
        settle_array(k, reader, is, split);
    split->before = *is;
    split->known = true;
}

size_t lr_split_first(const lr_kernels *k, const lr_reader *reader, const lr_split *split)
{
    if (reader->format == LR_INPUT_CSV)
        return lr_csv_first_end(split->data, split->n, reader->csv->csv.delimiter,
                                split->before.csv);
    if (reader->format == LR_INPUT_JSON) {
        lr_json_place place = split->before.json;
        size_t at = 0;
        uint32_t found;
        if (place.depth < 1)
            return 0;
        place.level = 1;
        return k->scan_separators(split->data, split->n, &at, &place, &found, 1) == 0
                   ? 0
                   : (size_t)found + 1;
    }
    const uint8_t *feed = memchr(split->data, '\n', split->n);
    return feed == NULL ? 0 : (size_t)(feed - split->data) + 1;
}
