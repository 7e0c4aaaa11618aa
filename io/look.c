/*
 * look.c: what the files of a run will take, before any of them is read: a budget is divided once, at
 * the beginning, and what cannot work in it is refused then.
 */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 4096,
    FILE_BYTES = 256
}; /* of a file: what is kept, and the room of its name */

/* What the first n bytes of a file say. */
static void look_at(const uint8_t *head, size_t n, lr_input input, lr_source_needs *out)
{
    const lr_compression compression = lr_detect_compression(head, n);
    const lr_input format = input != LR_INPUT_AUTO ? input : lr_detect_format(head, n);
    uint64_t window = 0;

    if (compression == LR_COMPRESSION_ZSTD) {
        window = lr_zstd_room(head, n);
        window = window > LR_ZSTD_WINDOW_MAX ? 0 : window; /* is refused when it is read */
        out->unseen = true;                                /* the next frame may be another one */
    }
    const uint64_t bytes = lr_unpack_bytes(compression, window);
    out->stream_bytes = bytes > out->stream_bytes ? bytes : out->stream_bytes;
    out->wide = out->wide || format == LR_INPUT_JSON || format == LR_INPUT_CSV ||
                (input == LR_INPUT_AUTO && compression != LR_COMPRESSION_NONE);
}

/* The beginning of a file that can be read again. */
static lr_status read_head(const lr_file *file, uint8_t *head, size_t *n, lr_error *err)
{
    const int fd = open(file->name, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return lr_fail(err, LR_E_IO, "%s: %s", file->name, strerror(errno));
    const ssize_t got = pread(fd, head, HEAD_BYTES, 0);
    close(fd);
    *n = got > 0 ? (size_t)got : 0;
    return LR_OK;
}

/* What standard input begins with, which stays there. False: it is neither a pipe nor a file. */
static bool copy_head(uint8_t *head, size_t *n)
{
    const off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
    int fds[2];
    ssize_t got = -1;

    if (at >= 0) {
        got = pread(STDIN_FILENO, head, HEAD_BYTES, at);
        *n = got > 0 ? (size_t)got : 0;
        return got > 0;
    }
    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    const ssize_t there = tee(STDIN_FILENO, fds[1], HEAD_BYTES, 0);
    if (there >= 0)
        got = there == 0 ? 0 : read(fds[0], head, HEAD_BYTES);
    close(fds[0]);
    close(fds[1]);
    *n = got > 0 ? (size_t)got : 0;
    return got >= 0;
}

lr_status lr_source_look(const char *const *names, size_t n_names, lr_input input,
                         lr_source_needs *out, lr_error *err)
{
    uint8_t head[HEAD_BYTES + LR_PADDING];
    lr_status status;
    lr_files files;
    size_t n = 0;

    *out = (lr_source_needs){0};
    LR_TRY(lr_files_find(names, n_names, &files, err));
    status = LR_OK;
    for (size_t i = 0; status == LR_OK && i < files.n; i++) {
        const lr_file *file = &files.file[i];
        out->list_bytes += FILE_BYTES + sizeof *file + strlen(file->name);
        const bool again = S_ISREG(file->info.st_mode) && file->info.st_size > 0 && !file->is_stdin;
        if (again)
            status = read_head(file, head, &n, err);
        if (status == LR_OK && (again || (file->is_stdin && copy_head(head, &n))))
            look_at(head, n, input, out);
        else
            out->unseen = out->wide = true;
    }
    lr_files_free(&files);
    return status;
}
