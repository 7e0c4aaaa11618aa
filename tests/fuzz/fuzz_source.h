/* fuzz_source.h: a whole file through the source, in two ways, which must see the same. */
#ifndef FUZZ_SOURCE_H
#define FUZZ_SOURCE_H

#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What was read: a digest of the rows up to the first one that ends a run, and how reading ended. */
typedef struct seen {
    uint64_t digest, rows;
    lr_status status;
    bool fatal, unproven; /* unproven: a slice does not end where it was supposed to */
    lr_error error;
} seen;

static inline void fuzz_digest(seen *s, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->digest = (s->digest ^ ((const uint8_t *)data)[i]) * 0x100000001B3u;
}

static inline void fuzz_row(seen *s, const lr_fields *fields, const lr_slice *slice,
                            const lr_batch *batch, size_t i)
{
    const uint64_t at = slice->offset + batch->records.offset[i];
    lr_reason reason = (lr_reason)batch->records.reason[i];

    fuzz_digest(s, &at, sizeof at);
    fuzz_digest(s, &batch->records.reason[i], 1);
    s->fatal |= lr_reason_is_fatal(slice->format, reason);
    for (size_t f = 0; f < fields->n && reason == LR_GOOD; f++) {
        const uint8_t kind = batch->columns[f].kinds[i];
        const lr_span span = batch->columns[f].spans[i];
        fuzz_digest(s, &kind, 1);
        if (kind == LR_PLAIN || kind == LR_ESCAPED)
            fuzz_digest(s, batch->src + span.offset, span.length);
        s->fatal |= kind >= LR_BAD && lr_reason_is_fatal(slice->format, (lr_reason)(kind - LR_BAD));
    }
    s->rows++;
}

/* Reads the file in slices of about slice_bytes; at most 4 MiB of it, decompressed. lined: mapped, and where
 * slices end may be supposed. */
static inline seen fuzz_read(const char *name, lr_input input, lr_isa isa, lr_validate validate,
                             size_t slice_bytes, bool lined)
{
    static const lr_field list[] = {{"date", LR_TYPE_DATE, "date"},
                                    {"username", LR_TYPE_TEXT, "user.username|username"},
                                    {"content", LR_TYPE_TEXT, "content"}};
    seen s = {.digest = 0xCBF29CE484222325u};
    lr_slice_buffer buffer = {0};
    lr_source *source = NULL;
    lr_kernels kernels;
    lr_fields fields;
    lr_slice slice;
    lr_batch batch;

    lr_kernels_init(&kernels, isa);
    if (lr_fields_init(&fields, list, 3, NULL) != LR_OK ||
        lr_batch_init(&batch, &fields, NULL) != LR_OK)
        abort();
    const lr_source_options options = {.input = input,
                                       .slice_bytes = slice_bytes,
                                       .input_max_bytes = 4 << 20,
                                       .lined = lined,
                                       .guessed = lined,
                                       .map = lined,
                                       .kernels = &kernels,
                                       .fields = &fields};
    s.status = lr_source_open(&name, 1, &options, &source, &s.error);
    while (s.status == LR_OK && !s.fatal && !s.unproven) {
        s.status = lr_source_next(source, &buffer, &slice, &s.error);
        if (s.status != LR_OK || slice.bytes.data == NULL)
            break;
        for (size_t from = 0; from < slice.bytes.n && !s.fatal && !s.unproven;) {
            from = lr_read_batch(&kernels, &fields, validate, &slice, from, &batch);
            s.unproven = batch.unproven;
            for (size_t i = 0; i < batch.records.n && !s.fatal; i++)
                fuzz_row(&s, &fields, &slice, &batch, i);
        }
    }
    lr_batch_free(&batch);
    lr_slice_buffer_free(&buffer);
    lr_source_free(source);
    return s;
}

static inline int fuzz_file(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    return fd;
}

/* Two ways have seen the same. A failure behind some rows may come earlier or later among them where
 * what is behind it was read ahead; how it ends is the same. */
static inline void fuzz_compare(const seen *a, const seen *b)
{
    const bool same = a->fatal == b->fatal && (a->fatal || a->status == b->status) &&
                      (a->status != LR_OK || (a->digest == b->digest && a->rows == b->rows));
    if (!same)
        abort();
}

/* Byte 0: the slice size of the second way, and the validation; the rest: a file of this format. The
 * first way is the definitions, in one slice. */
static inline void fuzz_format(const uint8_t *data, size_t size, lr_input input)
{
    if (size < 1)
        return;
    char name[64];
    const int fd = fuzz_file(data + 1, size - 1);
    const lr_validate validate = data[0] & 1 ? LR_VALIDATE_USED : LR_VALIDATE_FULL;

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    const seen a = fuzz_read(name, input, LR_ISA_REF, validate, 1 << 22, false);
    const seen b = fuzz_read(name, input, lr_isa_best(), validate, 1 + data[0] / 2, false);
    fuzz_compare(&a, &b);
    if (input == LR_INPUT_CSV || (input == LR_INPUT_JSON && validate == LR_VALIDATE_FULL)) {
        const seen c = fuzz_read(name, input, lr_isa_best(), validate, 1 + data[0] / 2, true);
        if (!c.unproven)
            fuzz_compare(&a, &c);
    }
    close(fd);
}

/* The bytes are a compressed file: read at any place (frames beside each other), and from a pipe. */
static inline void fuzz_compressed(const uint8_t *data, size_t size)
{
    int ends[2];
    char name[64];

    if (size == 0 || size > 60000 || pipe(ends) != 0) /* what a pipe holds */
        return;
    const int fd = fuzz_file(data, size);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    const seen a =
        fuzz_read(name, LR_INPUT_NDJSON, lr_isa_best(), LR_VALIDATE_FULL, 1 << 16, false);
    if (write(ends[1], data, size) != (ssize_t)size)
        abort();
    close(ends[1]);
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    const seen b = fuzz_read(name, LR_INPUT_NDJSON, lr_isa_best(), LR_VALIDATE_FULL, 1000, false);
    fuzz_compare(&a, &b);
    close(ends[0]);
    close(fd);
}

#endif
