/*
 * cmd_extract.c: `bench extract FILE... -o OUT`: some fields of every record, decoded: the staging
 * table. Threads decode slices into rooms of their own, which are written in the order of the input: when
 * the slice is done, or with --memory when the room is full.
 */
#include "columns.h"
#include "output.h"
#include "plan/room.h"
#include "plan/rows.h"
#include "report.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>

typedef struct extract_options {
    const char *columns;
    int format; /* lr_format: CSV or JSONL */
} extract_options;

const lr_option cmd_extract_options[] = {
    {"columns", "id,date,content,user.username", 0,
     "which fields, in this order; a.b is b inside the object a",
     LR_TAKES_TEXT(extract_options, columns, "LIST")},
    {"format", "csv", 0, "with a header, or one object per line",
     LR_TAKES_CHOICE(extract_options, format, {"csv", LR_FORMAT_CSV}, {"jsonl", LR_FORMAT_JSONL})},
    {0},
};

enum {
    PIECE = 4 << 10,                   /* bytes of a text that are written at once */
    ROOM_MIN = 6 * PIECE + (8 << 10),  /* as JSON they may be six times as many */
    ROOM_MAX = 512 << 10,              /* the lines of most slices */
    OUTPUT_BYTES = (128 << 10) + 4096, /* what an lr_output takes */
};

/* A thread's lines, until their turn; and room for a text without its escapes. */
typedef struct lines {
    uint8_t *data, *decoded;
    size_t n, n_max, decoded_max;
    uint32_t thread;
    const lr_slice *slice; /* that they are of */
} lines;

typedef struct extract {
    lr_rows rows;
    lr_format format;
    lr_output *output;
    lines *threads;
    uint32_t n_threads;
    lr_rows_pass *run;
    size_t room_bytes; /* that a thread's lines may take; SIZE_MAX: any */
} extract;

/* Room for n bytes more, ROOM_MIN at most: the lines are written where they may take no more. */
static lr_status reserve(const extract *e, lines *out, size_t n, lr_error *err)
{
    if (out->n_max - out->n >= n)
        return LR_OK;
    if (out->n + n > e->room_bytes) {
        LR_TRY(lr_rows_turn(e->run, out->thread, out->slice, err));
        out->n = 0; /* also where the run has failed before */
    }
    size_t n_max = 2 * (out->n + n) + (64 << 10);
    n_max = n_max < e->room_bytes ? n_max : e->room_bytes;
    if (n_max <= out->n_max)
        return LR_OK;
    uint8_t *data = realloc(out->data, n_max);
    if (data == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %zu bytes of lines", n_max);
    out->data = data;
    out->n_max = n_max;
    return LR_OK;
}

/* The text of a value: without its escapes where it has some. */
static lr_status decode(lines *room, const lr_kernels *k, const lr_batch *batch, lr_span span,
                        uint8_t kind, lr_bytes *out, lr_error *err)
{
    *out = (lr_bytes){batch->src + span.offset, span.length};
    if (kind != LR_ESCAPED)
        return LR_OK;
    LR_TRY(lr_room_make(&room->decoded, &room->decoded_max, (size_t)span.length + LR_PADDING,
                        "text", err));
    out->n = k->unescape(out->data, out->n, room->decoded);
    out->data = room->decoded;
    return LR_OK;
}

static void put(lines *out, const void *data, size_t n)
{
    memcpy(out->data + out->n, data, n);
    out->n += n;
}

/* The text in pieces for which there is room, at most so many times as long, and 16 bytes behind it. */
static lr_status put_pieces(const extract *e, lines *out, lr_bytes text, size_t times,
                            void (*put_piece)(lines *out, lr_bytes piece), lr_error *err)
{
    do {
        const lr_bytes piece = {text.data, text.n < PIECE ? text.n : PIECE};
        LR_TRY(reserve(e, out, times * piece.n + 16, err));
        put_piece(out, piece);
        text.data += piece.n;
        text.n -= piece.n;
    } while (text.n > 0);
    return LR_OK;
}

static void put_plain(lines *out, lr_bytes text)
{
    put(out, text.data, text.n);
}

/* Within quotes of CSV, where a quote is two. */
static void put_quoted(lines *out, lr_bytes text)
{
    uint8_t *at = out->data + out->n;

    for (size_t i = 0; i < text.n; i++) {
        if (text.data[i] == '"')
            *at++ = '"';
        *at++ = text.data[i];
    }
    out->n = (size_t)(at - out->data);
}

/* RFC 4180. */
static lr_status put_csv(const extract *e, lines *out, lr_bytes text, lr_error *err)
{
    bool quoted = false;

    for (size_t i = 0; i < text.n && !quoted; i++)
        quoted = text.data[i] == ',' || text.data[i] == '"' || text.data[i] == '\n' ||
                 text.data[i] == '\r';
    if (!quoted)
        return put_pieces(e, out, text, 1, put_plain, err);
    LR_TRY(reserve(e, out, 1, err));
    put(out, "\"", 1);
    LR_TRY(put_pieces(e, out, text, 2, put_quoted, err));
    put(out, "\"", 1);
    return LR_OK;
}

/* \n, \u001f, \": how a character is written in a JSON string that may not stand there itself. */
static uint8_t *put_escape(uint8_t *at, uint8_t c)
{
    static const char letters[] = "btn?fr"; /* from \b (8) to \r (13); 11 has no letter */

    *at++ = '\\';
    if (c == '"' || c == '\\') {
        *at++ = c;
    } else if (c >= 8 && c <= 13 && c != 11) {
        *at++ = (uint8_t)letters[c - 8];
    } else {
        memcpy(at, c < 16 ? "u000" : "u001", 4);
        at[4] = (uint8_t) "0123456789abcdef"[c & 15];
        at += 5;
    }
    return at;
}

/* Within quotes of JSON. */
static void put_string(lines *out, lr_bytes text)
{
    uint8_t *at = out->data + out->n;

    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.data[i];
        if (LR_UNLIKELY(c < 0x20 || c == '"' || c == '\\'))
            at = put_escape(at, c);
        else
            *at++ = c;
    }
    out->n = (size_t)(at - out->data);
}

static lr_status put_json(const extract *e, lines *out, lr_bytes text, lr_error *err)
{
    LR_TRY(reserve(e, out, 1, err));
    put(out, "\"", 1);
    LR_TRY(put_pieces(e, out, text, 6, put_string, err));
    put(out, "\"", 1);
    return LR_OK;
}

static lr_status put_value(const extract *e, lines *out, const lr_kernels *k, const lr_batch *batch,
                           size_t f, size_t i, lr_error *err)
{
    const uint8_t kind = batch->columns[f].kinds[i];
    const bool json = e->format == LR_FORMAT_JSONL;
    const char *name = e->rows.field[f].name;
    lr_bytes text = {NULL, 0};

    if (kind > LR_NULL)
        LR_TRY(decode(out, k, batch, batch->columns[f].spans[i], kind, &text, err));
    LR_TRY(reserve(e, out, 4, err));
    if (json) {
        put(out, f == 0 ? "{" : ",", 1);
        LR_TRY(put_json(e, out, (lr_bytes){(const uint8_t *)name, strlen(name)}, err));
        put(out, ":", 1);
    } else if (f > 0) {
        put(out, ",", 1);
    }
    if (!json && text.n == 0) { /* a line that is empty is no record */
        put(out, "\"\"", e->rows.n_fields == 1 ? 2 : 0);
        return LR_OK;
    }
    if (kind <= LR_NULL)
        return put_pieces(e, out, (lr_bytes){(const uint8_t *)"null", 4}, 1, put_plain, err);
    if (!json)
        return put_csv(e, out, text, err);
    if (kind == LR_PLAIN || kind == LR_ESCAPED)
        return put_json(e, out, text, err);
    return put_pieces(e, out, text, 1, put_plain, err); /* a number, true, false */
}

static lr_status extract_batch(void *context, uint32_t thread, const lr_kernels *k,
                               const lr_slice *slice, const lr_batch *batch, lr_error *err)
{
    extract *e = context;
    lines *out = &e->threads[thread];

    out->slice = slice;
    for (size_t i = 0; i < batch->records.n; i++) {
        if (batch->records.reason[i] != LR_GOOD)
            continue;
        for (size_t f = 0; f < e->rows.n_fields; f++)
            LR_TRY(put_value(e, out, k, batch, f, i, err));
        LR_TRY(reserve(e, out, 2, err));
        put(out, e->format == LR_FORMAT_CSV ? "\n" : "}\n", e->format == LR_FORMAT_CSV ? 1 : 2);
    }
    return LR_OK;
}

static lr_status extract_turn(void *context, uint32_t thread, lr_error *err)
{
    extract *e = context;
    lines *out = &e->threads[thread];
    const size_t n = out->n;

    out->n = 0;
    return n == 0 ? LR_OK : lr_output_write(e->output, out->data, n, err);
}

static lr_status extract_begin(void *context, lr_rows_pass *run, uint32_t threads,
                               const lr_layout *layout, lr_error *err)
{
    extract *e = context;

    e->run = run;
    e->room_bytes = layout->plan == LR_PLAN_MEMORY ? layout->room_bytes : SIZE_MAX;
    e->threads = calloc(threads, sizeof *e->threads);
    if (e->threads == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", threads);
    for (e->n_threads = threads; threads-- > 0;)
        e->threads[threads].thread = threads;
    return LR_OK;
}

/* The names, of which each may be quoted as a whole. */
static lr_status write_header(extract *e, lr_error *err)
{
    lines out = {0};
    lr_status status = LR_OK;

    if (e->format != LR_FORMAT_CSV)
        return LR_OK;
    e->room_bytes = SIZE_MAX; /* nobody else writes yet */
    for (size_t f = 0; f < e->rows.n_fields && status == LR_OK; f++) {
        const char *name = e->rows.field[f].name;
        status = reserve(e, &out, 2, err);
        if (status == LR_OK)
            put(&out, ",", f > 0 ? 1 : 0);
        if (status == LR_OK)
            status = put_csv(e, &out, (lr_bytes){(const uint8_t *)name, strlen(name)}, err);
    }
    if (status == LR_OK)
        status = lr_output_write(e->output, out.data, out.n, err);
    if (status == LR_OK)
        status = lr_output_write(e->output, "\n", 1, err);
    free(out.data);
    return status;
}

static lr_status run(extract *e, const char *const *files, size_t n_files, lr_error *err)
{
    const lr_options *options = e->rows.options;
    progress_line line;
    lr_rows_counts counts;
    lr_stats stats = {0};

    LR_TRY(lr_output_open(&e->output, options->output, files, n_files, err));
    lr_status status = write_header(e, err);
    if (status == LR_OK) {
        progress_begin(&line, "extract", options->progress);
        status = lr_rows_run(&e->rows, files, n_files, line.wanted ? &line.report : NULL, &counts,
                             &stats, err);
        progress_end(&line);
    }
    if (status != LR_OK) {
        lr_output_abandon(e->output);
        return status;
    }
    LR_TRY(lr_output_commit(e->output, err));
    report_print(&(report){.name = "extract", .options = options, .stats = &stats});
    return LR_OK;
}

int cmd_extract(int argc, char **argv)
{
    lr_error error = {{0}};
    lr_options *options = NULL;
    extract_options own = {0};
    extract e = {
        .rows = {.needs = {.decodes = true,
                           .own_bytes = OUTPUT_BYTES,
                           .room_bytes = ROOM_MIN,
                           .room_max_bytes = ROOM_MAX},
                 .context = &e,
                 .begin = extract_begin,
                 .batch = extract_batch,
                 .turn = extract_turn},
    };
    const char *const *files = (const char *const *)argv + 1;

    lr_status status = command_parse(&argc, argv, &options, &own);
    if (status != LR_OK)
        return (int)status;
    char *list = strdup(own.columns);
    e.rows.options = options;
    e.format = (lr_format)own.format;
    if (list == NULL)
        status = lr_fail(&error, LR_E_RESOURCE, "extract: no memory");
    else if (argc < 2)
        status = lr_fail(&error, LR_E_USAGE, "extract: no FILE; - is standard input");
    else if (options->output == NULL)
        status = lr_fail(&error, LR_E_USAGE, "extract: -o FILE is missing; - is standard output");
    else
        status =
            columns_read(list, LR_TYPE_SCALAR, e.rows.field, &e.rows.n_fields, "--columns", &error);
    if (status == LR_OK) {
        signals_catch_shrinking(files, (size_t)argc - 1);
        options->map = true;
        status = run(&e, files, (size_t)argc - 1, &error);
    }
    if (status != LR_OK)
        command_fail(status, &error);
    for (uint32_t t = 0; t < e.n_threads; t++) {
        free(e.threads[t].data);
        free(e.threads[t].decoded);
    }
    free(e.threads);
    free(list);
    lr_options_free(options);
    return (int)status;
}
