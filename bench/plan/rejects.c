/* rejects.c: bad records as messages and as JSON lines, in the order of the input. */
#include "rejects.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RAW_MAX = 64 << 10 };

lr_status lr_reject_list_add(reject_list *list, const reject *bad, lr_error *err)
{
    if (list->n == list->n_max) {
        const size_t more = list->n_max == 0 ? 16 : list->n_max * 2;
        reject *items = reallocarray(list->items, more, sizeof *items);
        if (items == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %zu bad records", more);
        list->items = items;
        list->n_max = more;
    }
    list->items[list->n++] = *bad;
    return LR_OK;
}

void lr_reject_list_free(reject_list *list)
{
    free(list->items);
    memset(list, 0, sizeof *list);
}

lr_status lr_rejects_begin(rejects_file *file, const char *path, const char *const *inputs,
                           size_t n_inputs, lr_error *err)
{
    return path == NULL ? LR_OK : lr_output_open(&file->output, path, inputs, n_inputs, err);
}

/* How many bytes at src are one invalid piece: the longest start of a character that does not go on
 * as one (Unicode 15, section 3.9, "maximal subpart"); n > 0. */
static size_t invalid_piece(const uint8_t *src, size_t n)
{
    const uint8_t lead = src[0];
    const size_t wanted = lead >= 0xF0 && lead <= 0xF4   ? 4
                          : lead >= 0xE0 && lead <= 0xEF ? 3
                          : lead >= 0xC2 && lead <= 0xDF ? 2
                                                         : 1;
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    size_t i = 1;

    for (; i < wanted && i < n && src[i] >= low && src[i] <= high; i++) {
        low = 0x80;
        high = 0xBF;
    }
    return i;
}

/* n bytes of valid UTF-8 as the inside of a JSON string. */
static void put_text(FILE *out, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (src[i] == '"' || src[i] == '\\')
            fprintf(out, "\\%c", src[i]);
        else if (src[i] < 0x20)
            fprintf(out, "\\u%04x", src[i]);
        else
            fputc(src[i], out);
    }
}

/* n bytes of anything likewise, what is not UTF-8 as U+FFFD. */
static void put_raw(FILE *out, const lr_kernels *k, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n;) {
        const size_t valid = k->utf8_valid(src + i, n - i);
        put_text(out, src + i, valid);
        i += valid;
        if (i == n)
            break;
        fputs("\xEF\xBF\xBD", out);
        i += invalid_piece(src + i, n - i);
    }
}

/* A file's name likewise. Kernels read LR_PADDING bytes behind their input, a name has none. */
static lr_status put_name(FILE *out, const lr_kernels *k, const char *name, lr_error *err)
{
    const size_t n = strlen(name);
    uint8_t *const padded = calloc(1, n + LR_PADDING);

    if (padded == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a bad record");
    memcpy(padded, name, n);
    put_raw(out, k, padded, n);
    free(padded);
    return LR_OK;
}

/* The record's bytes without the white space, and in an array the comma, behind it. */
static lr_bytes raw_record(const reject *bad, const lr_slice *slice)
{
    const uint8_t *data = slice->bytes.data + bad->offset;
    size_t n = bad->end - bad->offset;

    while (n > 0 &&
           (lr_is_white(data[n - 1]) || (slice->format == LR_INPUT_JSON && data[n - 1] == ',')))
        n--;
    if (n > RAW_MAX) {
        n = RAW_MAX;
        while (n > 0 && (data[n] & 0xC0) == 0x80)
            n--;
    }
    return (lr_bytes){data, n};
}

static lr_status write_reject(const rejects_file *file, const reject *bad,
                              const reject_place *place, uint64_t line, lr_error *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    const lr_bytes raw = raw_record(bad, place->slice);

    if (out == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a bad record");
    fputs("{\"file\":\"", out);
    const lr_status named = put_name(out, place->kernels, place->name, err);
    fprintf(out, "\",\"line\":%" PRIu64 ",\"byte\":%" PRIu64 ",\"reason\":\"", line,
            place->slice->offset + bad->offset);
    if (bad->column != NULL)
        fprintf(out, "%s: ", bad->column);
    fputs(lr_reason_text(bad->reason), out);
    fputs("\",\"raw\":\"", out);
    put_raw(out, place->kernels, raw.data, raw.n);
    fputs("\"}\n", out);
    const bool written = ferror(out) == 0;
    lr_status status = fclose(out) == 0 && written && text != NULL
                           ? LR_OK
                           : lr_fail(err, LR_E_RESOURCE, "no memory for a bad record");
    if (status == LR_OK)
        status = named;
    if (status == LR_OK)
        status = lr_output_write(file->output, text, n, err);
    free(text);
    return status;
}

lr_status lr_rejects_settle(rejects_file *file, const reject_list *list, const reject_place *place,
                            uint64_t lines, bool fail, lr_error *err)
{
    uint32_t counted = 0; /* bytes of the slice whose lines are in `lines` */

    for (size_t i = 0; i < list->n; i++) {
        const reject *bad = &list->items[i];
        lines +=
            place->kernels->count_lines(place->slice->bytes.data + counted, bad->offset - counted);
        counted = bad->offset;
        const bool last = fail || lr_reason_is_fatal(place->slice->format, bad->reason);
        if (last || file->n == 0)
            lr_fail(last ? err : &file->first, LR_E_DATA, "%s:%" PRIu64 ":%" PRIu64 ": %s%s%s",
                    place->name, lines + 1, place->slice->offset + bad->offset,
                    bad->column != NULL ? bad->column : "", bad->column != NULL ? ": " : "",
                    lr_reason_text(bad->reason));
        if (last)
            return LR_E_DATA;
        file->n++;
        if (file->output != NULL)
            LR_TRY(write_reject(file, bad, place, lines + 1, err));
    }
    return LR_OK;
}

lr_status lr_rejects_end(rejects_file *file, uint64_t n, uint64_t max, lr_error *err)
{
    if (n > max)
        return lr_fail(err, LR_E_DATA, "%s; more than %" PRIu64 " bad records", file->first.message,
                       max);
    if (file->output == NULL)
        return LR_OK;
    lr_output *output = file->output;
    file->output = NULL;
    return lr_output_commit(output, err);
}

void lr_rejects_abandon(rejects_file *file)
{
    if (file->output != NULL)
        lr_output_abandon(file->output);
    file->output = NULL;
}
