/*
 * micro.c: the table of micro-benchmarks. A row's run is one pass over its input; what the kernel
 * answers goes into the digest, which is asked for once, not when it is timed.
 */
#include "micro_input.h"

#include "machine.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

enum { SLICE = 256 * 1024 };

static void add(uint64_t *digest, const void *data, size_t n)
{
    if (digest != NULL)
        *digest = XXH3_64bits_withSeed(data, n, *digest);
}

static uint64_t run_read(lr_micro_input *in, uint64_t *digest)
{
    const uint64_t sum = lr_memory_read(in->text, in->n);

    __asm__ volatile("" : : "r"(sum)); /* else nobody needs it */
    add(digest, &sum, sizeof sum);
    return in->n;
}

static uint64_t run_count_lines(lr_micro_input *in, uint64_t *digest)
{
    const uint64_t lines = in->kernels.count_lines(in->text, in->n);

    add(digest, &lines, sizeof lines);
    return in->n;
}

static uint64_t run_scan_lines(lr_micro_input *in, uint64_t *digest)
{
    for (size_t at = 0; at < in->n;) {
        const size_t n = in->kernels.scan_lines(in->text, in->n, &at, in->offsets, 256);
        add(digest, in->offsets, n * sizeof *in->offsets);
    }
    return in->n;
}

static uint64_t run_scan_strings(lr_micro_input *in, uint64_t *digest)
{
    uint32_t state = 0;

    for (size_t at = 0; at < in->n; at += SLICE) {
        const size_t n = in->n - at < SLICE ? in->n - at : SLICE;
        in->kernels.scan_strings(in->text + at, n, &state, in->masks);
        add(digest, in->masks, (n + 63) / 64 * sizeof *in->masks);
    }
    add(digest, &state, sizeof state);
    return in->n;
}

/* Between the elements of the array, and where it ends. */
static uint64_t run_scan_separators(lr_micro_input *in, uint64_t *digest)
{
    lr_json_place place = {.depth = 1, .level = 1}; /* behind the opening bracket */

    for (size_t at = 1; at < in->array_n;) {
        const size_t n =
            in->kernels.scan_separators(in->array, in->array_n, &at, &place, in->offsets, 256);
        add(digest, in->offsets, n * sizeof *in->offsets);
    }
    add(digest, &place.level, sizeof place.level);
    return in->array_n;
}

/* Slices of the array: that they are no whole values changes nothing in what is done. */
static uint64_t run_flatten(lr_micro_input *in, uint64_t *digest)
{
    for (size_t at = 0; at < in->array_n; at += SLICE) {
        const size_t n = in->array_n - at < SLICE ? in->array_n - at : SLICE;
        in->kernels.flatten(in->array + at, n, in->unescaped);
        add(digest, in->unescaped, n);
    }
    return in->array_n;
}

static uint64_t run_csv_split(lr_micro_input *in, uint64_t *digest)
{
    lr_csv_place place = LR_CSV_START;

    for (size_t at = 0; at < in->table_n; at += SLICE) {
        const size_t n = in->table_n - at < SLICE ? in->table_n - at : SLICE;
        const size_t end = in->kernels.csv_split(in->table + at, n, ',', &place);
        add(digest, &end, sizeof end);
        add(digest, &place, sizeof place);
    }
    return in->table_n;
}

static uint64_t run_utf8_valid(lr_micro_input *in, uint64_t *digest)
{
    const size_t valid = in->kernels.utf8_valid(in->text, in->n);

    add(digest, &valid, sizeof valid);
    return in->n;
}

/* Spans mean something only where there is a value. */
static void add_column(uint64_t *digest, lr_column column, size_t n)
{
    if (digest == NULL)
        return;
    add(digest, column.kinds, n);
    for (size_t i = 0; i < n; i++)
        if (column.kinds[i] == LR_PLAIN || column.kinds[i] == LR_ESCAPED)
            add(digest, &column.spans[i], sizeof column.spans[i]);
}

static void add_records(uint64_t *digest, const lr_micro_input *in, const lr_records *r)
{
    add(digest, r->offset, r->n * sizeof *r->offset);
    add(digest, r->reason, r->n * sizeof *r->reason);
    for (size_t f = 0; f < MICRO_FIELDS; f++)
        add_column(digest, r->keys[in->fields.at[f].first], r->n);
}

static uint64_t run_records(lr_micro_input *in, lr_validate validate, uint64_t *digest)
{
    lr_records *r = &in->batch.records;

    for (size_t from = 0; from < in->n;) {
        r->n = 0;
        from = in->kernels.json_records(in->text, in->n, from, &in->fields.keys, validate, r);
        add_records(digest, in, r);
    }
    return in->n;
}

/* All elements of the array but the last, behind which there is no comma. */
static uint64_t run_lined(lr_micro_input *in, uint64_t *digest)
{
    lr_records *r = &in->batch.records;
    size_t from = 1, before;

    do {
        before = from;
        from = in->kernels.json_lined(in->array, in->array_n, from, &in->fields.keys, r);
        add_records(digest, in, r);
    } while (r->n > 0);
    return before;
}

static uint64_t run_records_full(lr_micro_input *in, uint64_t *digest)
{
    return run_records(in, LR_VALIDATE_FULL, digest);
}

static uint64_t run_records_used(lr_micro_input *in, uint64_t *digest)
{
    return run_records(in, LR_VALIDATE_USED, digest);
}

static uint64_t run_csv_records(lr_micro_input *in, uint64_t *digest)
{
    lr_records *r = &in->batch.records;
    const size_t text_at = in->table_n + LR_PADDING;

    for (size_t from = in->table_from; from < in->table_n;) {
        from = in->kernels.csv_records(in->table, in->table_n, from, &in->csv, text_at, r);
        add(digest, r->offset, r->n * sizeof *r->offset);
        add(digest, r->reason, r->n * sizeof *r->reason);
        for (uint32_t i = 0; i < in->csv.n; i++)
            add_column(digest, r->keys[i], r->n);
    }
    return in->table_n - in->table_from;
}

/* The bytes of a column's texts. */
static uint64_t bytes_of(lr_column column, size_t n)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        if (column.kinds[i] == LR_PLAIN || column.kinds[i] == LR_ESCAPED)
            bytes += column.spans[i].length;
    return bytes;
}

static uint64_t run_unescape(lr_micro_input *in, uint64_t *digest)
{
    const lr_column texts = in->columns[MICRO_CONTENT];
    uint64_t bytes = 0;

    for (size_t i = 0; i < in->n_rows; i++) {
        if (texts.kinds[i] != LR_ESCAPED)
            continue;
        const size_t n = in->kernels.unescape(in->text + texts.spans[i].offset,
                                              texts.spans[i].length, in->unescaped);
        bytes += texts.spans[i].length;
        add(digest, in->unescaped, n);
    }
    return bytes;
}

static uint64_t run_dates(lr_micro_input *in, uint64_t *digest)
{
    const lr_column texts = {in->columns[MICRO_DATE].spans, in->dates_kinds};

    in->kernels.dates(in->text, texts, in->n_rows, in->dates);
    add(digest, in->dates, in->n_rows * sizeof *in->dates);
    add(digest, in->dates_kinds, in->n_rows);
    return bytes_of(in->columns[MICRO_DATE], in->n_rows);
}

static uint64_t run_emojis(lr_micro_input *in, uint64_t *digest)
{
    const lr_column texts = in->columns[MICRO_CONTENT];
    lr_cursor cursor = {0, 0};

    while (cursor.row < in->n_rows) {
        const size_t n = in->kernels.find_emojis(in->text, texts, in->n_rows, lr_emoji_set_1_4_1(),
                                                 &cursor, in->offsets, 1024);
        add(digest, in->offsets, n * sizeof *in->offsets);
    }
    return bytes_of(texts, in->n_rows);
}

static uint64_t run_mentions(lr_micro_input *in, lr_mentions mode, uint64_t *digest)
{
    const lr_column texts = in->columns[MICRO_CONTENT];
    lr_cursor cursor = {0, 0};

    while (cursor.row < in->n_rows) {
        const size_t n =
            in->kernels.find_mentions(in->text, texts, in->n_rows, mode, &cursor, in->found, 1024);
        add_column(digest, in->found, n);
    }
    return bytes_of(texts, in->n_rows);
}

static uint64_t run_mentions_ascii(lr_micro_input *in, uint64_t *digest)
{
    return run_mentions(in, LR_MENTIONS_ASCII, digest);
}

static uint64_t run_mentions_unicode(lr_micro_input *in, uint64_t *digest)
{
    return run_mentions(in, LR_MENTIONS_UNICODE, digest);
}

static uint64_t run_mentions_twitter(lr_micro_input *in, uint64_t *digest)
{
    return run_mentions(in, LR_MENTIONS_TWITTER, digest);
}

/* The first pass makes the groups; the passes that are timed find them again, as most rows do. */
static uint64_t run_groups(lr_micro_input *in, uint64_t *digest)
{
    const lr_column names = in->columns[MICRO_USERNAME];
    const lr_group_rows rows = {in->text, names.spans, names.kinds, in->dates, in->n_rows};
    lr_groups *groups = &in->groups;
    const size_t n_slots = (size_t)1 << groups->bits;

    if (digest != NULL)
        lr_groups_empty(groups);
    const size_t added = in->kernels.groups_add(groups, &rows);
    add(digest, &added, sizeof added);
    if (digest != NULL) {
        uint64_t sum = 0; /* the order of the slots is the table's own affair */
        for (size_t i = 0; i < n_slots; i++)
            if (groups->slots[i].n > 0)
                sum += lr_group_hash(groups, &groups->slots[i]) * groups->slots[i].n;
        add(digest, &sum, sizeof sum);
    }
    return bytes_of(names, in->n_rows);
}

#define KERNEL(name) offsetof(lr_kernels, name)

const lr_micro lr_micros[] = {
    {"memory/read", "text", run_read, SIZE_MAX},
    {"count_lines", "text", run_count_lines, KERNEL(count_lines)},
    {"scan_lines", "text", run_scan_lines, KERNEL(scan_lines)},
    {"scan_strings", "text", run_scan_strings, KERNEL(scan_strings)},
    {"scan_separators", "array", run_scan_separators, KERNEL(scan_separators)},
    {"flatten", "array", run_flatten, KERNEL(flatten)},
    {"csv_split", "table", run_csv_split, KERNEL(csv_split)},
    {"csv_records", "table", run_csv_records, KERNEL(csv_records)},
    {"utf8_valid", "text", run_utf8_valid, KERNEL(utf8_valid)},
    {"json_records_full", "text", run_records_full, KERNEL(json_records)},
    {"json_lined", "array", run_lined, KERNEL(json_lined)},
    {"json_records_used", "text", run_records_used, KERNEL(json_records)},
    {"unescape", "contents with escapes", run_unescape, KERNEL(unescape)},
    {"dates", "dates", run_dates, KERNEL(dates)},
    {"find_emojis", "contents", run_emojis, KERNEL(find_emojis)},
    {"find_mentions_ascii", "contents", run_mentions_ascii, KERNEL(find_mentions)},
    {"find_mentions_unicode", "contents", run_mentions_unicode, KERNEL(find_mentions)},
    {"find_mentions_twitter", "contents", run_mentions_twitter, KERNEL(find_mentions)},
    {"groups_add", "dates and usernames", run_groups, KERNEL(groups_add)},
    {0},
};
