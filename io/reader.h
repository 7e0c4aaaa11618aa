/*
 * reader.h: the files of a source, and one of them while it is read. Private to io/.
 */
#ifndef LR_READER_H
#define LR_READER_H

#include "csv_reader.h"

#include <stdatomic.h>
#include <sys/stat.h>

/* A file that is to be read: its name in messages, and what it was before. */
typedef struct lr_file {
    char *name;
    bool is_stdin;
    struct stat info;
} lr_file;

typedef struct lr_files {
    lr_file *file;
    size_t n, n_max;
} lr_files;

/* Names, "-", directories and globs become files (CONTRACT section 4). On failure out is empty. */
lr_status lr_files_find(const char *const *names, size_t n, lr_files *out, lr_error *err);
void lr_files_free(lr_files *files);

/* Has the file another size, inode or time than before (LR_E_IO)? Pipes have none. */
lr_status lr_file_unchanged(const lr_file *file, lr_error *err);

/* Bytes that come in order only: a pipe, or what a decompressor makes. */
typedef struct lr_stream lr_stream;
struct lr_stream {
    /* Up to n bytes; fewer only at the end. On failure the *got bytes before it are good. */
    lr_status (*read)(lr_stream *stream, uint8_t *out, size_t n, size_t *got, lr_error *err);
    void (*free)(lr_stream *stream);
    uint64_t raw_bytes; /* taken from the file so far */
};

typedef enum lr_compression {
    LR_COMPRESSION_NONE,
    LR_COMPRESSION_GZIP,
    LR_COMPRESSION_ZSTD,
    LR_COMPRESSION_ZIP
} lr_compression;

/* A frame of a zstd file: n bytes at `at`, which are `content` bytes decompressed; n 0: none. */
typedef struct lr_frame {
    uint64_t at;
    size_t n, content;
} lr_frame;

/* A file that is open. It is seekable, [base, base + size) of fd; or frames in there; or a
 * stream. */
typedef struct lr_reader {
    const char *name;
    const lr_source_options *options; /* outlive it */
    int fd;                           /* -1 once nobody needs it */
    bool is_stdin, seekable, frames;
    atomic_uint users; /* the source, and the threads that read at this moment */
    uint64_t base, size;
    lr_bytes map; /* data is NULL where the file is not mapped */
    lr_compression packed;
    lr_frame frame;   /* frames: the next one */
    size_t frame_max; /* the longest content */
    lr_stream *stream;
    uint64_t raw_seen; /* of stream->raw_bytes, what was counted as progress */
    uint8_t
        *head; /* what was read of the stream to see what it is, and is still to be handed out */
    size_t head_n, head_at;
    lr_status pending; /* a failure behind bytes that were handed out */
    lr_error why;
    lr_input format;
    bool lined;         /* an array that is taken to have a line for each element; or CSV whose
                           cuts are guessed */
    size_t mark;        /* bytes of a byte-order mark at the start */
    size_t skip;        /* bytes at the start that are no record: mark, header */
    lr_csv_header *csv; /* of CSV */
} lr_reader;

/* Opens the file and sees what it is. LR_E_DATA: not what we read, LR_E_IO: it cannot be read. */
lr_status lr_reader_open(const lr_file *file, const lr_source_options *options, lr_reader **out,
                         lr_error *err);

/* The n bytes at `at` of a seekable file; by many threads at once. Fewer than n are LR_E_IO. */
lr_status lr_reader_read_at(const lr_reader *reader, uint8_t *out, size_t n, uint64_t at,
                            lr_error *err);

/* The next bytes of a stream, n unless it ends or fails before; a failure behind some bytes comes
 * with the next call. One thread at a time. */
lr_status lr_reader_read(lr_reader *reader, uint8_t *out, size_t n, size_t *got, lr_error *err);

/*
 * Moves reader->frame on to the next frame, over skippable ones; frame.n is 0 behind the last. LR_E_DATA:
 * the file is broken there; LR_E_UNSUPPORTED: from frame.at on it is to be read as a stream. One thread
 * at a time.
 */
lr_status lr_frames_next(lr_reader *reader, lr_error *err);

/* Decompresses a frame to out, which has room for its content; by many threads at once. */
lr_status lr_frame_read(const lr_reader *reader, const lr_frame *frame, lr_slice_buffer *mine,
                        uint8_t *out, lr_error *err);
void lr_frame_free(lr_slice_buffer *buffer);

/* From frames to a stream of what is left of them. */
lr_status lr_reader_stream_frames(lr_reader *reader, lr_error *err);

/* One user less; the last one closes fd. The map and the rest stay until lr_reader_free. */
void lr_reader_leave(lr_reader *reader);
void lr_reader_free(lr_reader *reader);

/* Its last slice is handed out: frees what slices do not need. NULL: all of it. */
lr_reader *lr_reader_retire(lr_reader *reader);

/* read(2) until n bytes or the end; at: their offset, for messages. */
lr_status lr_fd_read(int fd, const char *name, uint64_t at, uint8_t *out, size_t n, size_t *got,
                     lr_error *err);

/* Bytes of fd in order, from where it stands. fd stays the caller's. */
lr_status lr_stream_of_fd(int fd, const char *name, lr_stream **out, lr_error *err);

/* Maps n bytes of the file fd, with LR_PADDING readable bytes after them. LR_E_UNSUPPORTED: read it, for it cannot
 * be mapped or is not in the page cache. */
lr_status lr_file_map(int fd, size_t n, lr_bytes *out);
void lr_file_unmap(lr_bytes map);

/*
 * Does most of the file lie in the page cache in small folios, as one does that was just written, as far as some
 * places tell? Then reading it is faster: q2 `used` over 700 MB takes 0.82 to 0.88 of the time.
 */
bool lr_file_is_scattered(lr_bytes map);

/* [from, to) of the map is read next: unmaps pages well before it, which stay readable. One call for
 * each byte, in any order. */
void lr_file_drop_behind(lr_bytes map, uint64_t from, uint64_t to);

/* Unmaps all pages; they stay readable. */
void lr_file_drop(lr_bytes map);

/*
 * What the first n bytes of a file say. `whole`: there are no more bytes than these n.
 */

lr_compression lr_detect_compression(const uint8_t *src, size_t n);
const char *lr_detect_encoding(const uint8_t *src,
                               size_t n);            /* NULL: nothing speaks against UTF-8 */
size_t lr_detect_mark(const uint8_t *src, size_t n); /* bytes of a UTF-8 mark: 0 or 3 */

/* LR_INPUT_AUTO: white space only; more bytes may tell. */
lr_input lr_detect_format(const uint8_t *src, size_t n);

#endif
