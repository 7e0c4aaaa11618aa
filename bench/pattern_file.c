/* pattern_file.c: reading patterns, as pattern_file.h defines their file. */
#include "pattern_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of the file, with LR_PADDING bytes behind it. */
static lr_status read_all(pattern_file *f, size_t *n, lr_error *err)
{
    FILE *in = fopen(f->name, "r");
    size_t n_max = 0;
    lr_status status = LR_OK;

    *n = 0;
    if (in == NULL)
        return lr_fail(err, errno == ENOMEM ? LR_E_RESOURCE : LR_E_IO, "%s: %s", f->name,
                       strerror(errno));
    while (status == LR_OK && !feof(in)) {
        if (n_max - *n < 4096 + LR_PADDING) {
            n_max = 2 * n_max + 65536;
            char *larger = realloc(f->text, n_max);
            if (larger == NULL) {
                status = lr_fail(err, LR_E_RESOURCE, "%s: no memory for it", f->name);
                break;
            }
            f->text = larger;
        }
        *n += fread(f->text + *n, 1, n_max - LR_PADDING - *n, in);
        if (ferror(in))
            status = lr_fail(err, LR_E_IO, "%s: %s", f->name, strerror(errno));
    }
    fclose(in);
    return status;
}

static lr_status bad_line(const pattern_file *f, size_t number, size_t at, const char *reason,
                          lr_error *err)
{
    return lr_fail(err, LR_E_USAGE, "%s:%zu:%zu: %s", f->name, number, at, reason);
}

/* What stands behind the closing slash of a line that begins with one. */
static lr_status read_regex(const pattern_file *f, size_t number, lr_bytes line, lr_pattern *out,
                            lr_error *err)
{
    const uint8_t *const slash = memrchr(line.data, '/', line.n);
    const size_t close = (size_t)(slash - line.data);

    if (close == 0)
        return bad_line(f, number, 0, "no slash ends the regular expression that begins here", err);
    out->text = (lr_bytes){line.data + 1, close - 1};
    for (size_t i = close + 1; i < line.n; i++) {
        switch (line.data[i]) {
        case 'i':
            out->caseless = true;
            break;
        case 's':
            out->dot_all = true;
            break;
        case 'm':
            out->multiline = true;
            break;
        case 'u':
            out->unicode = true;
            break;
        default:
            return bad_line(f, number, i,
                            "no such flag; one of: i, s, m, u (and \\/ is a slash within)", err);
        }
    }
    if (out->text.n == 0)
        return bad_line(f, number, 1, "an empty regular expression", err);
    return LR_OK;
}

static lr_status read_line(pattern_file *f, const lr_kernels *k, size_t number, lr_bytes line,
                           lr_error *err)
{
    lr_pattern pattern = {.text = line, .literal = line.data[0] != '/'};
    const size_t valid = k->utf8_valid(line.data, line.n);

    if (valid < line.n)
        return bad_line(f, number, valid, "invalid UTF-8", err);
    if (!pattern.literal)
        LR_TRY(read_regex(f, number, line, &pattern, err));
    f->patterns[f->n] = pattern;
    f->lines[f->n] = line;
    f->numbers[f->n++] = number;
    return LR_OK;
}

lr_status pattern_file_read(pattern_file *out, const char *name, lr_error *err)
{
    size_t n, n_lines = 1, number = 1;
    lr_kernels k;

    *out = (pattern_file){.name = name};
    lr_kernels_init(&k, LR_ISA_REF);
    LR_TRY(read_all(out, &n, err));
    for (size_t i = 0; i < n; i++)
        n_lines += out->text[i] == '\n';
    out->patterns = calloc(n_lines, sizeof *out->patterns);
    out->lines = calloc(n_lines, sizeof *out->lines);
    out->numbers = calloc(n_lines, sizeof *out->numbers);
    if (out->patterns == NULL || out->lines == NULL || out->numbers == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory for %zu patterns", name, n_lines);

    for (size_t at = 0; at < n; number++) {
        const char *const begin = out->text + at, *const feed = memchr(begin, '\n', n - at);
        size_t length = feed != NULL ? (size_t)(feed - begin) : n - at;
        at += length + 1;
        length -= feed != NULL && length > 0 && begin[length - 1] == '\r';
        if (length > 0)
            LR_TRY(read_line(out, &k, number, (lr_bytes){(const uint8_t *)begin, length}, err));
    }
    return out->n > 0 ? LR_OK : lr_fail(err, LR_E_USAGE, "%s: no patterns in it", name);
}

void pattern_file_free(pattern_file *file)
{
    free(file->text);
    free(file->patterns);
    free(file->lines);
    free(file->numbers);
}

lr_status pattern_file_compile(const pattern_file *file, lr_patterns **out, lr_error *err)
{
    lr_pattern_fault fault;
    lr_error why = {{0}};

    const lr_status status = lr_patterns_new(out, file->patterns, file->n, &fault, &why);
    if (status == LR_E_USAGE)
        return bad_line(file, file->numbers[fault.pattern],
                        fault.at + !file->patterns[fault.pattern].literal, why.message, err);
    return status == LR_OK ? LR_OK : lr_fail(err, status, "match: %s", why.message);
}
