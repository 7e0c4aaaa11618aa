/*
 * cmd_schema.c: `bench schema FILE...`: which fields the records have, of which types, and how often
 * they lack them. Records are validated by the kernels first; then a plain walk over each. One thread:
 * the order of the fields is that of the input.
 */
#include "csv.h"
#include "plan/room.h"
#include "plan/rows.h"
#include "report.h"
#include "schema_fields.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATH_MAX_BYTES = 1024,
    ROOM_MIN = 64 << 10 /* for the fields: some hundred */
};

typedef struct schema {
    lr_rows rows;
    schema_fields fields;
    lr_rows_counts counts;
    uint32_t formats; /* bit lr_input: there is a file of it */
    const lr_kernels *k;
    lr_layout layout; /* of the run */
    /* Of the CSV file at hand: its columns' names, one after the other, each ended by a NUL. */
    char *header;
    size_t header_n, header_max;
    uint8_t delimiter;
    uint8_t *key; /* room for a key without its escapes */
    size_t key_max;
} schema;

/* ---- texts ---- */

/* Is the text, raw in src, a date? The kernel says, for it is the definition. */
static uint32_t type_of_text(const schema *s, const uint8_t *src, size_t at, size_t n, bool escaped)
{
    lr_span span = {(uint32_t)at, (uint32_t)n};
    uint8_t kind = escaped ? LR_ESCAPED : LR_PLAIN;
    lr_date date;

    if (n < 10 || n > 256) /* of the shortest; longer ones have escapes or endless fractions */
        return SCHEMA_TEXT;
    s->k->dates(src, (lr_column){&span, &kind}, 1, &date);
    return date != 0 ? SCHEMA_DATE : SCHEMA_TEXT;
}

/* A JSON number without a fraction or exponent is an integer. */
static uint32_t type_of_number(const uint8_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] == '.' || text[i] == 'e' || text[i] == 'E')
            return SCHEMA_NUMBER;
    return SCHEMA_INTEGER;
}

/* ---- JSON: the walk may trust its record, which is valid ---- */

static size_t skip_white(const uint8_t *src, size_t at)
{
    return lr_skip_white(src, at, SIZE_MAX);
}

/* Behind the string whose opening quote stands at `at`; *escaped: it has escapes. */
static size_t skip_string(const uint8_t *src, size_t at, bool *escaped)
{
    *escaped = false;
    for (at++; src[at] != '"'; at++)
        if (src[at] == '\\') {
            *escaped = true;
            at++;
        }
    return at + 1;
}

/* Behind the object or array that begins at `at`. */
static size_t skip_nested(const uint8_t *src, size_t at)
{
    size_t depth = 0;
    bool escaped;

    do {
        if (src[at] == '"') {
            at = skip_string(src, at, &escaped);
            continue;
        }
        depth += src[at] == '{' || src[at] == '[';
        depth -= src[at] == '}' || src[at] == ']';
        at++;
    } while (depth > 0);
    return at;
}

/* The path of a key inside prefix; the key is raw between its quotes. A path too long to print ends
 * early, and then stands for all that begin so. */
static lr_status path_of(schema *s, const uint8_t *src, lr_span key, bool escaped, char *path,
                         size_t *n, lr_error *err)
{
    const uint8_t *text = src + key.offset;
    size_t length = key.length;

    if (escaped) {
        LR_TRY(lr_room_make(&s->key, &s->key_max, length + LR_PADDING, "a key", err));
        length = s->k->unescape(text, length, s->key);
        text = s->key;
    }
    if (length > PATH_MAX_BYTES - *n)
        for (length = PATH_MAX_BYTES - *n; length > 0 && (text[length] & 0xC0) == 0x80; length--)
            ;
    memcpy(path + *n, text, length);
    *n += length;
    return LR_OK;
}

static lr_status walk_object(schema *s, const uint8_t *src, size_t *at, char *path, size_t prefix,
                             lr_error *err);

/* The value at *at of the field at path; moves behind it. What is in an object at the top is met too. */
static lr_status walk_value(schema *s, const uint8_t *src, size_t *at, char *path, size_t n,
                            bool top, lr_error *err)
{
    const size_t begin = *at;
    uint32_t type;
    bool escaped;

    if (src[begin] == '{' && top && n < PATH_MAX_BYTES) {
        LR_TRY(schema_meet(&s->fields, path, n, SCHEMA_OBJECT, err));
        path[n] = '.';
        return walk_object(s, src, at, path, n + 1, err);
    }
    if (src[begin] == '"') {
        *at = skip_string(src, begin, &escaped);
        type = type_of_text(s, src, begin + 1, *at - begin - 2, escaped);
    } else if (src[begin] == '{' || src[begin] == '[') {
        *at = skip_nested(src, begin);
        type = src[begin] == '{' ? SCHEMA_OBJECT : SCHEMA_ARRAY;
    } else {
        while (memchr(",}] \t\r\n", src[*at], 7) == NULL)
            ++*at;
        type = src[begin] == 'n'                        ? 0
               : src[begin] == 't' || src[begin] == 'f' ? SCHEMA_BOOLEAN
                                                        : type_of_number(src + begin, *at - begin);
    }
    return schema_meet(&s->fields, path, n, type, err);
}

/* The object at *at: its members, under the first prefix bytes of path; moves behind it. */
static lr_status walk_object(schema *s, const uint8_t *src, size_t *at, char *path, size_t prefix,
                             lr_error *err)
{
    *at = skip_white(src, *at + 1);
    while (src[*at] != '}') {
        bool escaped;
        size_t n = prefix;
        const size_t begin = *at + 1;
        *at = skip_string(src, *at, &escaped);
        const lr_span key = {(uint32_t)begin, (uint32_t)(*at - begin - 1)};
        LR_TRY(path_of(s, src, key, escaped, path, &n, err));
        *at = skip_white(src, skip_white(src, *at) + 1); /* over the colon */
        LR_TRY(walk_value(s, src, at, path, n, prefix == 0, err));
        *at = skip_white(src, *at);
        if (src[*at] == ',')
            *at = skip_white(src, *at + 1);
    }
    ++*at;
    return LR_OK;
}

/* ---- CSV ---- */

/* Behind the field at `at` and its delimiter or line feed; sets the raw text, without quotes around
 * it, and whether it ended the record. */
static size_t next_field(const uint8_t *src, size_t at, size_t n, uint8_t delimiter, lr_span *text,
                         bool *last)
{
    const size_t begin = at;
    lr_csv_place place = LR_CSV_START;

    while (at < n && (place == LR_CSV_QUOTED || (src[at] != delimiter && src[at] != '\n')))
        place = lr_csv_step(place, src[at++], delimiter);
    *last = at == n || src[at] == '\n';
    size_t end = at;
    if (*last && at < n && end > begin && src[end - 1] == '\r')
        end--;
    const bool quoted = end - begin >= 2 && src[begin] == '"';
    *text = (lr_span){(uint32_t)(begin + quoted), (uint32_t)(end - begin - 2 * quoted)};
    return at < n ? at + 1 : n;
}

/* A value of CSV is a text; one that reads as a JSON number or boolean is taken for one. */
static uint32_t type_of_field(const schema *s, const uint8_t *src, lr_span text)
{
    const uint8_t *at = src + text.offset, *const end = at + text.length;
    size_t digits = 0, points = 0;

    if (text.length == 0)
        return 0;
    if ((text.length == 4 && strncasecmp((const char *)at, "true", 4) == 0) ||
        (text.length == 5 && strncasecmp((const char *)at, "false", 5) == 0))
        return SCHEMA_BOOLEAN;
    for (at += *at == '-'; at < end; at++) {
        digits += *at >= '0' && *at <= '9';
        points += *at == '.';
    }
    const size_t sign = src[text.offset] == '-';
    if (digits > 0 && points <= 1 && digits + points + sign == text.length && end[-1] != '.')
        return points == 0 ? SCHEMA_INTEGER : SCHEMA_NUMBER;
    return type_of_text(s, src, text.offset, text.length, false);
}

/* Keeps the names of the header, which stands in the first bytes of a file. */
static lr_status read_header(schema *s, const lr_slice *slice, lr_error *err)
{
    const uint8_t *src = slice->bytes.data;
    size_t at = slice->skip >= 3 && memcmp(src, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    bool last = false;

    s->delimiter = lr_slice_delimiter(slice);
    s->header_n = 0;
    if (s->header_max < slice->skip + 1) { /* the last name may have nothing behind it */
        char *header = realloc(s->header, slice->skip + 1);
        if (header == NULL)
            return lr_fail(err, LR_E_RESOURCE, "schema: no memory for a header");
        s->header = header;
        s->header_max = slice->skip + 1;
    }
    while (at < slice->skip && (src[at] == '\n' || src[at] == '\r')) /* empty lines before it */
        at++;
    while (!last && at < slice->skip) {
        lr_span name;
        at = next_field(src, at, slice->skip, s->delimiter, &name, &last);
        memcpy(s->header + s->header_n, src + name.offset, name.length);
        s->header_n += name.length;
        s->header[s->header_n++] = '\0';
    }
    return LR_OK;
}

static lr_status walk_csv(schema *s, const lr_slice *slice, size_t at, lr_error *err)
{
    bool last = false;

    for (size_t name = 0; name < s->header_n && !last;) {
        lr_span text;
        const size_t n = strlen(s->header + name);
        at = next_field(slice->bytes.data, at, slice->bytes.n, s->delimiter, &text, &last);
        LR_TRY(schema_meet(&s->fields, s->header + name, n,
                           type_of_field(s, slice->bytes.data, text), err));
        name += n + 1;
    }
    return LR_OK;
}

/* ---- the whole ---- */

static lr_status schema_batch(void *context, uint32_t thread, const lr_kernels *k,
                              const lr_slice *slice, const lr_batch *batch, lr_error *err)
{
    schema *s = context;
    char path[PATH_MAX_BYTES + 1];

    (void)thread; /* there is one */
    s->k = k;
    s->formats |= 1u << slice->format;
    if (slice->format == LR_INPUT_CSV && slice->offset == 0)
        LR_TRY(read_header(s, slice, err));
    for (size_t i = 0; i < batch->records.n; i++) {
        if (batch->records.reason[i] != LR_GOOD)
            continue;
        size_t at = batch->records.offset[i];
        if (slice->format == LR_INPUT_CSV) {
            LR_TRY(walk_csv(s, slice, at, err));
        } else {
            at += at == 0 ? slice->skip : 0; /* a byte-order mark belongs to line 1 */
            at = skip_white(slice->bytes.data, at);
            LR_TRY(walk_object(s, slice->bytes.data, &at, path, 0, err));
        }
        schema_next_record(&s->fields);
    }
    return LR_OK;
}

static lr_status schema_begin(void *context, lr_rows_pass *run, uint32_t threads,
                              const lr_layout *layout, lr_error *err)
{
    schema *s = context;

    (void)run;
    (void)threads; /* there is one */
    (void)err;
    s->layout = *layout;
    s->fields.bytes_max = layout->plan == LR_PLAN_MEMORY ? layout->room_bytes : 0;
    return LR_OK;
}

/* The answer names every field: a table, and a text that may pad all of them to the longest one. */
static lr_status check_answer(const schema *s, lr_error *err)
{
    const size_t row = 4 * sizeof(lr_cell) + s->fields.longest;
    const size_t line = 3 * (s->fields.longest + 128); /* a text in memory doubles */

    lr_layout_trim(&s->layout);
    if (s->fields.n * (row + line) > lr_layout_allowance(&s->layout))
        return lr_fail(err, LR_E_RESOURCE,
                       "schema: the answer, of %zu fields, needs more than --memory leaves",
                       s->fields.n);
    return LR_OK;
}

static lr_status add_row(const schema *s, lr_table *table, lr_bytes field, const char *types,
                         uint64_t nulls, lr_error *err)
{
    char share[32];
    const uint64_t n = s->counts.records;
    const int length =
        snprintf(share, sizeof share, "%.1f %%", n > 0 ? 100.0 * (double)nulls / (double)n : 0.0);
    const lr_cell row[] = {{.text = field},
                           {.text = {(const uint8_t *)types, strlen(types)}},
                           {.integer = (int64_t)nulls},
                           {.text = {(const uint8_t *)share, (size_t)length}}};

    return lr_table_append(table, row, err);
}

static lr_status make_table(const schema *s, lr_table **out, lr_error *err)
{
    static const char *const names[] = {"", "ndjson", "json", "csv"};
    char formats[64] = "", types[64];
    size_t n = 0;

    LR_TRY(lr_table_new(out, "schema", err));
    lr_table_add_column(*out, "field", LR_TYPE_TEXT);
    lr_table_add_column(*out, "type", LR_TYPE_TEXT);
    lr_table_add_column(*out, "nulls", LR_TYPE_INTEGER);
    lr_table_add_column(*out, "null_share", LR_TYPE_TEXT);
    (*out)->records = s->counts.records;
    (*out)->rejected = s->counts.rejected;
    for (int format = LR_INPUT_NDJSON; format <= LR_INPUT_CSV; format++)
        if ((s->formats >> format & 1) != 0)
            n += (size_t)snprintf(formats + n, sizeof formats - n, "%s%s", n > 0 ? "|" : "",
                                  names[format]);
    LR_TRY(add_row(s, *out, (lr_bytes){(const uint8_t *)"(record)", 8}, n > 0 ? formats : "empty",
                   0, err));
    for (size_t f = 0; f < s->fields.n; f++) {
        const schema_field *field = &s->fields.fields[f];
        const lr_bytes path = {(const uint8_t *)field->path, field->n};
        LR_TRY(add_row(s, *out, path, schema_types_name(field->types, types),
                       s->counts.records - field->values, err));
    }
    return LR_OK;
}

static lr_status run(schema *s, const char *const *files, size_t n_files, lr_error *err)
{
    const lr_options *options = s->rows.options;
    progress_line line;
    lr_stats stats = {0};
    lr_table *table = NULL;

    progress_begin(&line, "schema", options->progress);
    lr_status status = lr_rows_run(&s->rows, files, n_files, line.wanted ? &line.report : NULL,
                                   &s->counts, &stats, err);
    progress_end(&line);
    if (status == LR_OK)
        status = check_answer(s, err);
    if (status == LR_OK)
        status = make_table(s, &table, err);
    if (status == LR_OK)
        status = answer_tables(&table, 1, false, options, files, n_files, err);
    if (status == LR_OK)
        report_print(&(report){.name = "schema", .options = options, .stats = &stats});
    lr_table_free(table);
    return status;
}

int cmd_schema(int argc, char **argv)
{
    lr_error error = {{0}};
    lr_options *options = NULL;
    schema s = {
        .rows = {.needs = {.decodes = true, .room_bytes = ROOM_MIN, .room_max_bytes = SIZE_MAX},
                 .context = &s,
                 .begin = schema_begin,
                 .batch = schema_batch}};
    const char *const *files = (const char *const *)argv + 1;

    lr_status status = command_parse(&argc, argv, &options, NULL);
    if (status != LR_OK)
        return (int)status;
    s.rows.options = options;
    options->threads = 1;
    options->validate = LR_VALIDATE_FULL; /* the walk trusts what it walks over */
    if (argc < 2) {
        status = lr_fail(&error, LR_E_USAGE, "schema: no FILE; - is standard input");
    } else {
        signals_catch_shrinking(files, (size_t)argc - 1);
        status = run(&s, files, (size_t)argc - 1, &error);
    }
    if (status != LR_OK)
        command_fail(status, &error);
    schema_free(&s.fields);
    free(s.header);
    free(s.key);
    lr_options_free(options);
    return (int)status;
}
