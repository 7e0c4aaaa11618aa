/* reader.c: one file: opened, looked at, read. */
#include "reader.h"

#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So many bytes of white space are passed over to see what a file is; behind more it is NDJSON. */
enum { HEAD_BYTES = 4096, HEAD_MAX_BYTES = 1 << 20 };

/* Longer frames are read as a stream: each thread would hold one. */
enum { FRAME_MAX_BYTES = 4 << 20 };

lr_status lr_fd_read(int fd, const char *name, uint64_t at, uint8_t *out, size_t n, size_t *got,
                     lr_error *err)
{
    *got = 0;
    while (*got < n) {
        const ssize_t more = read(fd, out + *got, n - *got);
        if (more == 0)
            break;
        if (more > 0) {
            *got += (size_t)more;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { /* somebody made it non-blocking */
            struct pollfd ready = {fd, POLLIN, 0};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return lr_fail(err, LR_E_IO, "%s: read at byte %llu: %s", name,
                           (unsigned long long)(at + *got), strerror(errno));
        }
    }
    return LR_OK;
}

typedef struct fd_stream {
    lr_stream stream;
    const char *name;
    int fd;
    uint64_t at;
} fd_stream;

static lr_status fd_stream_read(lr_stream *stream, uint8_t *out, size_t n, size_t *got,
                                lr_error *err)
{
    fd_stream *s = (fd_stream *)stream;
    const lr_status status = lr_fd_read(s->fd, s->name, s->at, out, n, got, err);
    s->at += *got;
    stream->raw_bytes = s->at;
    return status;
}

static void fd_stream_free(lr_stream *stream)
{
    free(stream);
}

lr_status lr_stream_of_fd(int fd, const char *name, lr_stream **out, lr_error *err)
{
    fd_stream *s = malloc(sizeof *s);

    *out = (lr_stream *)s;
    if (s == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory to read it", name);
    *s = (fd_stream){{fd_stream_read, fd_stream_free, 0}, name, fd, 0};
    return LR_OK;
}

lr_status lr_reader_read_at(const lr_reader *reader, uint8_t *out, size_t n, uint64_t at,
                            lr_error *err)
{
    for (size_t got = 0; got < n;) {
        const ssize_t more =
            pread(reader->fd, out + got, n - got, (off_t)(reader->base + at + got));
        if (more == 0)
            return lr_fail(err, LR_E_IO, "%s: shrank to %llu bytes while it was read", reader->name,
                           (unsigned long long)(reader->base + at + got));
        if (more > 0)
            got += (size_t)more;
        else if (errno != EINTR && errno != EAGAIN)
            return lr_fail(err, LR_E_IO, "%s: read at byte %llu: %s", reader->name,
                           (unsigned long long)(reader->base + at + got), strerror(errno));
    }
    return LR_OK;
}

lr_status lr_reader_read(lr_reader *reader, uint8_t *out, size_t n, size_t *got, lr_error *err)
{
    size_t more = 0;

    *got = reader->head_n - reader->head_at < n ? reader->head_n - reader->head_at : n;
    if (*got > 0)
        memcpy(out, reader->head + reader->head_at, *got);
    reader->head_at += *got;
    if (*got < n && reader->pending == LR_OK) {
        reader->pending =
            reader->stream->read(reader->stream, out + *got, n - *got, &more, &reader->why);
        *got += more;
    }
    if (*got == 0 && reader->pending != LR_OK && n > 0) {
        if (err != NULL)
            *err = reader->why;
        return reader->pending;
    }
    return LR_OK;
}

/* Reads so much of the file into head that it holds n bytes, or all there are, and padding. */
static lr_status look(lr_reader *reader, size_t n, lr_error *err)
{
    size_t more = 0;
    lr_status status = LR_OK;
    uint8_t *head = realloc(reader->head, n + LR_PADDING);

    if (head == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory to read it", reader->name);
    reader->head = head;
    if (reader->seekable) {
        reader->head_n = n < reader->size ? n : (size_t)reader->size;
        memset(head + reader->head_n, 0, LR_PADDING);
        return lr_reader_read_at(reader, head, reader->head_n, 0, err);
    }
    if (reader->pending == LR_OK) {
        status = reader->stream->read(reader->stream, head + reader->head_n, n - reader->head_n,
                                      &more, &reader->why);
        reader->head_n += more;
        reader->pending = status; /* what came before it is read first */
    }
    memset(head + reader->head_n, 0, LR_PADDING);
    return LR_OK;
}

/* The header of CSV, of which head may hold but the beginning. */
static lr_status detect_header(lr_reader *reader, const lr_source_options *options, lr_error *err)
{
    bool whole = false;

    for (;;) {
        const size_t n = reader->head_n;
        const lr_status status = lr_csv_open(reader->head, reader->mark, n, whole, reader->name,
                                             options, &reader->csv, err);
        reader->skip = reader->csv == NULL ? 0 : reader->csv->bytes;
        if (status != LR_E_UNSUPPORTED)
            return status;
        free(reader->csv);
        reader->csv = NULL;
        if (n >= HEAD_MAX_BYTES)
            return lr_fail(err, LR_E_DATA, "%s:1:0: the header does not end", reader->name);
        LR_TRY(look(reader, 2 * n + HEAD_BYTES, err));
        whole = reader->head_n == n;
        if (whole && reader->pending != LR_OK) {
            if (err != NULL)
                *err = reader->why;
            return reader->pending;
        }
    }
}

/* The bracket that opens an array. Where there is but white space, there are no records. */
static lr_status detect_bracket(lr_reader *reader, lr_error *err)
{
    for (size_t at = reader->mark;; at++) {
        if (at == reader->head_n) {
            const size_t n = reader->head_n;
            if (n < HEAD_MAX_BYTES)
                LR_TRY(look(reader, 2 * n + HEAD_BYTES, err));
            if (reader->head_n == n) {
                reader->format = LR_INPUT_NDJSON;
                return LR_OK;
            }
        }
        if (lr_is_white(reader->head[at]))
            continue;
        reader->skip = at + 1;
        if (reader->head[at] == '[')
            return LR_OK;
        return lr_fail(err, LR_E_DATA, "%s:1:0: not a JSON array", reader->name);
    }
}

/* What the bytes are: encoding, mark, format. */
static lr_status detect(lr_reader *reader, const lr_source_options *options, lr_error *err)
{
    const char *encoding = lr_detect_encoding(reader->head, reader->head_n);

    if (encoding != NULL)
        return lr_fail(err, LR_E_DATA, "%s:1:0: the text is %s; only UTF-8 is read", reader->name,
                       encoding);
    reader->mark = reader->skip = lr_detect_mark(reader->head, reader->head_n);
    reader->format = options->input;
    for (size_t n = reader->head_n; reader->format == LR_INPUT_AUTO;) {
        reader->format = lr_detect_format(reader->head, reader->head_n);
        if (reader->format == LR_INPUT_AUTO) { /* white space so far */
            if (n < HEAD_MAX_BYTES)
                LR_TRY(look(reader, 2 * n + HEAD_BYTES, err));
            if (n >= HEAD_MAX_BYTES || reader->head_n == n)
                reader->format = LR_INPUT_NDJSON; /* white-space lines are no records */
            n = reader->head_n;
        }
    }
    if (reader->format == LR_INPUT_JSON)
        return detect_bracket(reader, err);
    return reader->format == LR_INPUT_CSV ? detect_header(reader, options, err) : LR_OK;
}

/* Opens fd and sees whether it can be read at any place. */
static lr_status open_fd(lr_reader *reader, const lr_file *file, lr_error *err)
{
    struct stat info;
    off_t at = 0;

    reader->fd = file->is_stdin ? 0 : open(file->name, O_RDONLY | O_CLOEXEC);
    if (reader->fd < 0 || fstat(reader->fd, &info) != 0)
        return lr_fail(err, LR_E_IO, "%s: %s", file->name, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return lr_fail(err, LR_E_IO, "%s: %s", file->name, strerror(EISDIR));
    if (S_ISREG(info.st_mode) && info.st_size > 0 && file->is_stdin)
        at = lseek(0, 0, SEEK_CUR);

    /* procfs: regular files of size 0 that are not empty. */
    reader->seekable = S_ISREG(info.st_mode) && info.st_size > 0 && at >= 0;
    if (!reader->seekable)
        return lr_stream_of_fd(reader->fd, reader->name, &reader->stream, err);
    reader->base = (uint64_t)at;
    reader->size = at < info.st_size ? (uint64_t)(info.st_size - at) : 0;
    return LR_OK;
}

/* Where the bytes are compressed, reads what they hold in their place. */
static lr_status unpack(lr_reader *reader, lr_error *err)
{
    const lr_compression compression = lr_detect_compression(reader->head, reader->head_n);
    lr_stream *inner = reader->stream;

    reader->packed = compression;
    if (compression == LR_COMPRESSION_NONE)
        return LR_OK;
    if (reader->seekable) {
        LR_TRY(lr_stream_of_fd(reader->fd, reader->name, &inner, err));
        lseek(reader->fd, (off_t)(reader->base + reader->head_n), SEEK_SET);
    }
    reader->seekable = false;
    reader->stream = NULL;
    LR_TRY(lr_stream_unpack(compression, inner, reader, reader->head, reader->head_n,
                            &reader->stream, err));
    reader->head_n = 0;
    reader->pending = LR_OK;
    return look(reader, HEAD_BYTES, err);
}

lr_status lr_reader_stream_frames(lr_reader *reader, lr_error *err)
{
    lr_stream *inner;

    reader->frames = false;
    reader->raw_seen = 0;
    LR_TRY(lr_stream_of_fd(reader->fd, reader->name, &inner, err));
    lseek(reader->fd, (off_t)(reader->base + reader->frame.at), SEEK_SET);
    return lr_stream_unpack(LR_COMPRESSION_ZSTD, inner, reader, NULL, 0, &reader->stream, err);
}

/* A zstd file that can be read anywhere: frame by frame, if its first one allows it. */
static void try_frames(lr_reader *reader, const lr_source_options *options)
{
    reader->frame_max = options->frame_max_bytes == 0 ? FRAME_MAX_BYTES : options->frame_max_bytes;
    if (lr_frames_next(reader, NULL) != LR_OK || reader->frame.n == 0)
        return; /* what is wrong with it the stream will say */
    reader->stream->free(reader->stream);
    reader->stream = NULL;
    reader->frames = true;
    reader->pending = LR_OK;
    reader->head_at = reader->head_n;
}

/* Does an array look as if each element were one line? Those of several lines are copied anyway. */
static bool has_lines(const lr_reader *reader)
{
    const uint8_t *src = reader->head;
    const size_t brace = lr_skip_white(src, reader->skip, reader->head_n);
    const size_t at = lr_skip_blanks(src, brace + 1, reader->head_n);

    return reader->format == LR_INPUT_JSON && at < reader->head_n && src[at] != '\n';
}

/* Does the first line feed of a mapped array stand behind the comma of its first element? */
static bool begins_lined(const lr_reader *reader)
{
    const uint8_t *src = reader->map.data;
    const size_t most = reader->size < HEAD_MAX_BYTES ? (size_t)reader->size : HEAD_MAX_BYTES;
    const size_t from = lr_skip_white(src, reader->skip, most);
    const uint8_t *feed = from < most ? memchr(src + from, '\n', most - from) : NULL;

    return feed != NULL && lr_last_comma(src, from, (size_t)(feed - src)) > from;
}

lr_status lr_reader_open(const lr_file *file, const lr_source_options *options, lr_reader **out,
                         lr_error *err)
{
    lr_reader *reader = calloc(1, sizeof *reader);

    *out = NULL;
    if (reader == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory to open it", file->name);
    reader->name = file->name;
    reader->options = options;
    reader->is_stdin = file->is_stdin;
    reader->fd = -1;
    atomic_init(&reader->users, 1);

    lr_status status = open_fd(reader, file, err);
    if (status == LR_OK)
        status = look(reader, HEAD_BYTES, err);
    if (status == LR_OK)
        status = unpack(reader, err);
    if (status == LR_OK)
        status = detect(reader, options, err);
    if (status == LR_OK && reader->packed == LR_COMPRESSION_ZSTD && reader->size > 0)
        try_frames(reader, options);
    if (status == LR_OK && options->map && reader->seekable && reader->base == 0 &&
        (reader->format == LR_INPUT_NDJSON || has_lines(reader)))
        lr_file_map(reader->fd, (size_t)reader->size, &reader->map); /* or else it is read */
    reader->lined = reader->format == LR_INPUT_CSV
                        ? options->guessed && reader->seekable && !reader->frames
                        : options->lined && reader->format == LR_INPUT_JSON &&
                              reader->map.data != NULL && begins_lined(reader);
    /* An array with lines gains more by its map (a file like that, `full`: 0.87 of the time of reading). */
    if (reader->map.data != NULL && !reader->lined && lr_file_is_scattered(reader->map)) {
        lr_file_unmap(reader->map);
        reader->map = (lr_bytes){NULL, 0};
    }
    if (status == LR_OK)
        *out = reader;
    else
        lr_reader_free(reader);
    return status;
}

void lr_reader_leave(lr_reader *reader)
{
    if (atomic_fetch_sub(&reader->users, 1) != 1)
        return;
    if (reader->is_stdin) /* who names it twice finds it at its end, as if it were a pipe */
        lseek(0, (off_t)(reader->base + reader->size), SEEK_SET);
    else
        close(reader->fd);
    reader->fd = -1;
}

lr_reader *lr_reader_retire(lr_reader *reader)
{
    if (reader->map.data == NULL && reader->csv == NULL) {
        lr_reader_free(reader);
        return NULL;
    }
    if (reader->stream != NULL)
        reader->stream->free(reader->stream);
    free(reader->head);
    reader->stream = NULL;
    reader->head = NULL;
    return reader;
}

void lr_reader_free(lr_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->stream != NULL)
        reader->stream->free(reader->stream);
    if (reader->fd >= 0 && !reader->is_stdin)
        close(reader->fd);
    lr_file_unmap(reader->map);
    free(reader->csv);
    free(reader->head);
    free(reader);
}
