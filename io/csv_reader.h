/* csv_reader.h: CSV and TSV: the header, where a run of bytes is likely to be, batches. Private to io/. */
#ifndef LR_CSV_READER_H
#define LR_CSV_READER_H

#include "source.h"

/* What the header of a file says. */
typedef struct lr_csv_header {
    lr_csv csv;
    size_t bytes;              /* before the first record: mark, empty lines, header */
    uint8_t of[LR_FIELDS_MAX]; /* which of the csv's columns each field is */
} lr_csv_header;

/*
 * Reads the header in the first n bytes of a file, whose mark ends at `at`; whole: they are all of it.
 * LR_E_DATA as CONTRACT section 4 says; LR_E_UNSUPPORTED: more bytes are needed. *out is the caller's
 * to free, on failure too.
 */
lr_status lr_csv_open(const uint8_t *src, size_t at, size_t n, bool whole, const char *name,
                      const lr_source_options *options, lr_csv_header **out, lr_error *err);

/* The delimiter that splits the header at src[at, n) best. */
uint8_t lr_csv_delimiter(const uint8_t *src, size_t at, size_t n);

/* Does a run of bytes begin in quotes or outside? A guess, by what would then be wrong with it. */
lr_csv_place lr_csv_guess(const uint8_t *src, size_t n, uint8_t delimiter);

/*
 * A run was split under a guess, which gave `end` (behind its last record end, or 0) and *after (the
 * place behind it). Now it is known that `place` holds before it: returns the true end, sets *after.
 */
size_t lr_csv_correct(const lr_kernels *k, const uint8_t *src, size_t n, uint8_t delimiter,
                      lr_csv_place guess, size_t end, lr_csv_place place, lr_csv_place *after);

/* Behind the first record end in the run; 0: it has none. */
size_t lr_csv_first_end(const uint8_t *src, size_t n, uint8_t delimiter, lr_csv_place place);

size_t lr_csv_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                         const lr_slice *slice, size_t from, lr_batch *out);

#endif
