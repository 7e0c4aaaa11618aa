/*
 * output.c: output files that are there whole, or not at all.
 *
 * Where the system can, the file has no name until it is on the disk: whatever ends us before that
 * leaves nothing. Between getting a name and taking the target's, or where files without names do
 * not exist, the name stands in `named`, for a signal handler to unlink.
 */
#include "output.h"

#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 128 << 10, OUTPUTS_MAX = 16, DIRECT_ALIGNMENT = 4096 };

struct lr_output {
    int fd, folder;     /* folder: of the target; -1 where it is written directly */
    char *path;         /* as given, for messages */
    const char *name;   /* within folder */
    char temporary[64]; /* its name there until it takes the target's */
    size_t slot;        /* in named; OUTPUTS_MAX: none */
    mode_t mode;        /* of the file to be replaced; 0: there is none */
    bool direct;        /* past the page cache, while all that comes is aligned */
    size_t n;
    uint8_t buffer[BUFFER_BYTES];
};

/* The outputs with a temporary name. The one global of the library: a signal handler has no other
 * way to them. */
static _Atomic(lr_output *) named[OUTPUTS_MAX];

static bool name_register(lr_output *output)
{
    for (size_t i = 0; i < OUTPUTS_MAX; i++) {
        lr_output *none = NULL;
        if (atomic_compare_exchange_strong(&named[i], &none, output)) {
            output->slot = i;
            return true;
        }
    }
    return false;
}

static void name_forget(lr_output *output)
{
    if (output->slot < OUTPUTS_MAX)
        atomic_store(&named[output->slot], NULL);
    output->slot = OUTPUTS_MAX;
}

void lr_output_unlink_all(void)
{
    for (size_t i = 0; i < OUTPUTS_MAX; i++) {
        const lr_output *output = atomic_load(&named[i]);
        if (output != NULL)
            unlinkat(output->folder, output->temporary, 0);
    }
}

static lr_status fail(const lr_output *output, lr_error *err)
{
    const char *name = strcmp(output->path, "-") == 0 ? "standard output" : output->path;
    return lr_fail(err, LR_E_IO, "%s: %s", name, strerror(errno));
}

/* Is the target one of the inputs, by whatever name? */
static lr_status check_inputs(const lr_output *output, const struct stat *target,
                              const char *const *inputs, size_t n_inputs, lr_error *err)
{
    lr_status status = LR_OK;
    lr_files files;

    LR_TRY(lr_files_find(inputs, n_inputs, &files, err));
    for (size_t i = 0; status == LR_OK && i < files.n; i++)
        if (files.file[i].info.st_dev == target->st_dev &&
            files.file[i].info.st_ino == target->st_ino)
            status = lr_fail(err, LR_E_USAGE, "%s: is the input %s; it would be written over",
                             output->path, files.file[i].name);
    lr_files_free(&files);
    return status;
}

/* Makes the file beside its target, without a name if that can be. */
static lr_status open_beside(lr_output *output, lr_error *err)
{
    const mode_t mode = output->mode != 0 ? output->mode : 0666;
    char *slash = strrchr(output->path, '/');

    output->name = slash == NULL ? output->path : slash + 1;
    if (slash != NULL)
        *slash = 0;
    output->folder = open(slash == NULL           ? "."
                          : slash == output->path ? "/"
                                                  : output->path,
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (slash != NULL)
        *slash = '/';
    if (output->folder < 0)
        return fail(output, err);
    if (output->name[0] == 0) {
        errno = EISDIR;
        return fail(output, err);
    }
    if (access("/proc/self/fd", X_OK) == 0) /* the way from such a file to a name */
        output->fd = openat(output->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (output->fd < 0) {
        if (!name_register(output))
            return lr_fail(err, LR_E_RESOURCE, "%s: too many outputs at once", output->path);
        output->fd = openat(output->folder, output->temporary,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (output->fd < 0) {
            name_forget(output);
            return fail(output, err);
        }
    }
    if (output->mode != 0 && fchmod(output->fd, output->mode) != 0) /* whatever umask is */
        return fail(output, err);
    return LR_OK;
}

/* Opens what the path names: something to be replaced, or to be written to. */
static lr_status open_target(lr_output *output, const char *const *inputs, size_t n_inputs,
                             lr_error *err)
{
    struct stat target;

    if (strcmp(output->path, "-") == 0) {
        output->fd = dup(1); /* so that closing it says what closing standard output would */
        return output->fd < 0 ? fail(output, err) : LR_OK;
    }
    if (lstat(output->path, &target) != 0)
        return errno == ENOENT ? open_beside(output, err) : fail(output, err);
    if (S_ISLNK(target.st_mode)) {
        errno = ELOOP;
        return lr_fail(err, LR_E_IO, "%s: is a symbolic link, which is not followed", output->path);
    }
    if (S_ISREG(target.st_mode)) {
        LR_TRY(check_inputs(output, &target, inputs, n_inputs, err));
        if (euidaccess(output->path, W_OK) != 0)
            return fail(output, err);
        output->mode = target.st_mode & 0777;
        return open_beside(output, err);
    }
    output->fd = open(output->path, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    return output->fd < 0 ? fail(output, err) : LR_OK;
}

lr_status lr_output_open(lr_output **out, const char *path, const char *const *inputs,
                         size_t n_inputs, lr_error *err)
{
    static atomic_uint counter;
    lr_output *output = malloc(sizeof *output);

    *out = NULL;
    if (output == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory to write it", path);
    output->fd = output->folder = -1;
    output->slot = OUTPUTS_MAX;
    output->mode = 0;
    output->direct = false;
    output->n = 0;
    output->path = strdup(path);
    snprintf(output->temporary, sizeof output->temporary, ".linerate-%ld-%u.tmp", (long)getpid(),
             atomic_fetch_add(&counter, 1));
    const lr_status status = output->path == NULL
                                 ? lr_fail(err, LR_E_RESOURCE, "%s: no memory to write it", path)
                                 : open_target(output, inputs, n_inputs, err);
    if (status == LR_OK)
        *out = output;
    else
        lr_output_abandon(output);
    return status;
}

bool lr_output_bypass_cache(lr_output *output)
{
    const int flags = output->folder < 0 ? -1 : fcntl(output->fd, F_GETFL);

    output->direct = flags >= 0 && fcntl(output->fd, F_SETFL, flags | O_DIRECT) == 0;
    return output->direct;
}

static void use_cache(lr_output *output)
{
    fcntl(output->fd, F_SETFL, fcntl(output->fd, F_GETFL) & ~O_DIRECT);
    output->direct = false;
}

/* write(2) until all is written. */
static lr_status write_all(lr_output *output, const uint8_t *data, size_t n, lr_error *err)
{
    if (output->direct && n > 0 && ((uintptr_t)data | n) % DIRECT_ALIGNMENT != 0)
        use_cache(output);
    while (n > 0) {
        const ssize_t more = write(output->fd, data, n);
        if (more >= 0) {
            data += more;
            n -= (size_t)more;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd ready = {output->fd, POLLOUT, 0};
            poll(&ready, 1, -1);
        } else if (errno == EINVAL && output->direct) {
            use_cache(output); /* a file system that cannot, or the rest of a short write */
        } else if (errno != EINTR) {
            return fail(output, err);
        }
    }
    return LR_OK;
}

lr_status lr_output_write(lr_output *output, const void *data, size_t n, lr_error *err)
{
    if (n > BUFFER_BYTES - output->n) {
        LR_TRY(write_all(output, output->buffer, output->n, err));
        output->n = 0;
    }
    if (n > BUFFER_BYTES)
        return write_all(output, data, n, err);
    if (n > 0)
        memcpy(output->buffer + output->n, data, n);
    output->n += n;
    return LR_OK;
}

lr_status lr_output_flush(lr_output *output, lr_error *err)
{
    LR_TRY(write_all(output, output->buffer, output->n, err));
    output->n = 0;
    return output->folder >= 0 && fsync(output->fd) != 0 ? fail(output, err) : LR_OK;
}

/* The file, all of it on the disk, takes the target's name. */
static lr_status take_name(lr_output *output, lr_error *err)
{
    char self[64];

    if (fsync(output->fd) != 0)
        return fail(output, err);
    if (output->slot == OUTPUTS_MAX) {
        if (!name_register(output))
            return lr_fail(err, LR_E_RESOURCE, "%s: too many outputs at once", output->path);
        snprintf(self, sizeof self, "/proc/self/fd/%d", output->fd);
        if (linkat(AT_FDCWD, self, output->folder, output->temporary, AT_SYMLINK_FOLLOW) != 0) {
            const int why = errno;
            name_forget(output);
            errno = why;
            return fail(output, err);
        }
    }
    const int fd = output->fd;
    output->fd = -1;
    if (close(fd) != 0 ||
        renameat(output->folder, output->temporary, output->folder, output->name) != 0)
        return fail(output, err); /* abandoning it unlinks the temporary name */
    name_forget(output);
    if (fsync(output->folder) != 0 && errno != EINVAL) /* not every file system knows how */
        return fail(output, err);
    return LR_OK;
}

lr_status lr_output_commit(lr_output *output, lr_error *err)
{
    lr_status status = write_all(output, output->buffer, output->n, err);

    if (status == LR_OK && output->folder >= 0) {
        status = take_name(output, err);
    } else if (status == LR_OK) {
        const int fd = output->fd;
        output->fd = -1;
        if (close(fd) != 0)
            status = fail(output, err);
    }
    lr_output_abandon(output);
    return status;
}

void lr_output_abandon(lr_output *output)
{
    if (output == NULL)
        return;
    if (output->slot < OUTPUTS_MAX)
        unlinkat(output->folder, output->temporary, 0);
    name_forget(output);
    if (output->fd >= 0)
        close(output->fd);
    if (output->folder >= 0)
        close(output->folder);
    free(output->path);
    free(output);
}
