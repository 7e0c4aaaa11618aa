/*
 * source.h: files, and standard input, as one sequence of slices of whole records.
 */
#ifndef LR_SOURCE_H
#define LR_SOURCE_H

#include "fields.h"

typedef enum lr_input {
    LR_INPUT_AUTO,
    LR_INPUT_NDJSON,
    LR_INPUT_JSON, /* an array of records */
    LR_INPUT_CSV
} lr_input;

/*
 * Whole records, as many as stand in about slice_bytes of the input (one, if it is longer), with
 * LR_PADDING readable bytes behind them. The slices of all files are numbered in input order; every
 * byte of a file is in exactly one of them, so that the line feeds of the slices before, and those
 * in the slice before a record, give its line. A slice may be empty (within a long record).
 */
typedef struct lr_slice {
    lr_bytes bytes;  /* data is NULL behind the last slice; n may be 0 */
    uint64_t index;  /* 0, 1, 2 ... over all files */
    uint64_t offset; /* of bytes.data[0] in its file, decompressed; 64-bit throughout */
    size_t file;     /* which of the source's files: lr_source_name */
    lr_input format; /* of that file; never LR_INPUT_AUTO */
    size_t skip;     /* bytes at the start that are no record: a byte-order mark, the header of CSV,
                    the bracket that opens an array */
    bool last;       /* the last one of its file */
    const void *header; /* of a CSV file: its columns (owned by the source) */
    size_t text_at;     /* of a part of a slice of CSV: see csv_records; 0: behind its bytes */
    const uint32_t
        *commas; /* of an array: those between its elements, ascending, + commas_at; NULL:
                               nobody knows them */
    size_t n_commas, commas_at;
    uint64_t lines; /* where the commas are known: line feeds in it */
    /* That it ends between two elements of an array supposes that each has a line of its own, that it ends between
     * two records of CSV that its end was not in quotes. Reading all of it proves that, or sets lr_batch.unproven. */
    bool lined;
    uint8_t *room; /* of an array that is mapped: as much as a slice that is read has; else NULL */
} lr_slice;

enum { LR_COMMAS_MAX = 4096 };

/* Where a thread's slices live; one per thread, reused. Zero it first. */
typedef struct lr_slice_buffer {
    uint8_t *data;
    size_t n_max;
    void (*release)(void *data); /* what frees data; NULL: free */
    uint8_t *packed;             /* a compressed frame, and what decompresses it */
    size_t packed_max;
    void *decoder;
    lr_bytes done; /* the map of the file whose last slice this is: nobody needs it much longer */
    uint32_t commas[LR_COMMAS_MAX]; /* of an array, between its elements */
    struct lr_source *holds;        /* the source that waits for a long record to be done with */
} lr_slice_buffer;

typedef struct lr_source_options {
    lr_input input;
    int delimiter;             /* of CSV; 0: detect */
    size_t slice_bytes;        /* 0: mapped 2 MiB, read 1 MiB, within a budget 256 KiB */
    uint64_t record_max_bytes; /* a longer record is LR_E_RESOURCE with its place, and of those that
                                  are longer than a slice there is one at a time; 0: 4 GiB less a
                                  slice, any number */
    uint64_t input_max_bytes;  /* more, decompressed, is LR_E_DATA; 0: no bound */
    size_t
        frame_max_bytes; /* longer frames of zstd are read as a stream, by one thread; 0: 4 MiB */
    uint64_t stream_max_bytes;  /* a decompressor that takes more is LR_E_RESOURCE; 0: no bound */
    uint64_t memory_base_bytes; /* for that message: --memory of this and four times what it takes
                                   would do */
    bool map;                   /* files may be mapped: the caller handles SIGBUS */
    /* If all files can be read again, in the end without this: by full validation, a mapped array that begins with
     * an element on each line is taken to go on so; and where CSV may be cut is guessed. */
    bool lined, guessed;
    void *(*allocate)(
        size_t n); /* memory for slices, page-aligned, NULL: none; and what frees it. Both */
    void (*release)(void *data); /* NULL: the system's */
    const lr_kernels *kernels;
    const lr_fields *fields; /* what is read: CSV must have these columns; NULL: any */
} lr_source_options;

/* What files will take, as far as it is seen without reading them. */
typedef struct lr_source_needs {
    uint64_t list_bytes;   /* their names, and what is kept of each */
    uint64_t stream_bytes; /* the largest decompressor */
    bool unseen;           /* a pipe, or what follows a frame, may be anything */
    bool wide;             /* not all are NDJSON: slices take twice the room */
} lr_source_needs;

/* LR_E_IO: a file is not there. What is wrong inside of one is not told here. */
lr_status lr_source_look(const char *const *files, size_t n_files, lr_input input,
                         lr_source_needs *out, lr_error *err);

typedef struct lr_source lr_source;

/* Takes the names as given: files, "-", directories, globs. Nothing is read yet but their kind. */
lr_status lr_source_open(const char *const *files, size_t n_files, const lr_source_options *options,
                         lr_source **out, lr_error *err);

/*
 * The next slice; may be called by many threads at once, each with its own buffer. The slice lives
 * until the thread's next call. Fails with *out naming index and file, so that the failure has its
 * place in the order of the input: all that stands before it is in slices of lower indexes. Once a
 * call has failed, those that follow find the end. No call waits for what the caller does, but for a long
 * record: a thread that will not call again frees its buffer, for others may wait for it.
 */
lr_status lr_source_next(lr_source *source, lr_slice_buffer *mine, lr_slice *out, lr_error *err);

/* After the last slice: has a file changed while it was read (LR_E_IO)? */
lr_status lr_source_unchanged(lr_source *source, lr_error *err);

const char *lr_source_name(const lr_source *source, size_t file);

/* Bytes read so far, and of how many (0 where that is not known). May be called while others read. */
void lr_source_progress(const lr_source *source, uint64_t *done, uint64_t *total);

/* Bytes in the slices so far, decompressed. Once nobody reads any more. */
uint64_t lr_source_bytes(const lr_source *source);

/* "mapped", "read", "mapped and read": how the bytes came, for --explain. */
const char *lr_source_path(const lr_source *source);

void lr_source_free(lr_source *source);
void lr_slice_buffer_free(lr_slice_buffer *buffer);

/* What separates the fields of a slice of CSV; how many they are; which of them, counted from 0, is field
 * f. */
uint8_t lr_slice_delimiter(const lr_slice *slice);
uint32_t lr_slice_columns(const lr_slice *slice);
uint32_t lr_slice_column(const lr_slice *slice, size_t f);

/*
 * The rows of a slice from byte `from` on. Returns where to go on: slice->bytes.n where all is done.
 * Dispatches on the slice's format; never fails: bad rows have a reason.
 */
size_t lr_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                     const lr_slice *slice, size_t from, lr_batch *out);

/*
 * Does a record that is bad for this reason end the run even where bad records are skipped? So do, as
 * CONTRACT section 5 has it, an open quote in CSV, and in an array all but a wrong value in an element
 * that is JSON.
 */
bool lr_reason_is_fatal(lr_input format, lr_reason reason);

#endif
