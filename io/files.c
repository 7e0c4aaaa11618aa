/* files.c: from what the user named to the files that are read, in their order. */
#include "reader.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Appends a file; takes name over, which is freed on failure. */
static lr_status add(lr_files *files, char *name, bool is_stdin, const struct stat *info,
                     lr_error *err)
{
    if (name != NULL && files->n == files->n_max) {
        const size_t n_max = files->n_max == 0 ? 8 : 2 * files->n_max;
        lr_file *more = realloc(files->file, n_max * sizeof *more);
        if (more == NULL) {
            free(name);
            name = NULL;
        } else {
            files->file = more;
            files->n_max = n_max;
        }
    }
    if (name == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the names of %zu files", files->n + 1);
    files->file[files->n++] = (lr_file){name, is_stdin, *info};
    return LR_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const lr_file *)a)->name, ((const lr_file *)b)->name);
}

/* Its path and the file's name. NULL: no memory. */
static char *path_below(const char *directory, const char *name)
{
    const size_t n = strlen(directory), more = strlen(name) + 1;
    const bool slash = n > 0 && directory[n - 1] != '/';
    char *path = malloc(n + slash + more);

    if (path != NULL) {
        memcpy(path, directory, n);
        path[n] = '/';
        memcpy(path + n + slash, name, more);
    }
    return path;
}

/* The regular files of a directory: not hidden, not below it, by the bytes of their names. */
static lr_status add_directory(lr_files *files, const char *name, lr_error *err)
{
    lr_status status = LR_OK;
    const size_t first = files->n;
    const struct dirent *entry;
    struct stat info;
    DIR *directory = opendir(name);

    if (directory == NULL)
        return lr_fail(err, LR_E_IO, "%s: %s", name, strerror(errno));
    while (status == LR_OK && (errno = 0, entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = path_below(name, entry->d_name);
        if (path == NULL)
            status = lr_fail(err, LR_E_RESOURCE, "%s: no memory for its names", name);
        else if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
            free(path);
        else
            status = add(files, path, false, &info, err);
    }
    if (status == LR_OK && errno != 0)
        status = lr_fail(err, LR_E_IO, "%s: %s", name, strerror(errno));
    closedir(directory);
    if (status == LR_OK && files->n == first)
        status = lr_fail(err, LR_E_IO, "%s: no regular files in this directory", name);
    if (status == LR_OK)
        qsort(files->file + first, files->n - first, sizeof *files->file, by_name);
    return status;
}

/* A name that exists. Whoever may not read it hears so now, not after the files before it. */
static lr_status add_existing(lr_files *files, const char *name, const struct stat *info,
                              lr_error *err)
{
    if (S_ISDIR(info->st_mode))
        return add_directory(files, name, err);
    if (euidaccess(name, R_OK) != 0)
        return lr_fail(err, LR_E_IO, "%s: %s", name, strerror(errno));
    return add(files, strdup(name), false, info, err);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name that does not exist may be a pattern. */
static lr_status add_glob(lr_files *files, const char *pattern, lr_error *err)
{
    lr_status status = LR_OK;
    struct stat info;
    glob_t found = {0};

    const int failed = glob(pattern, GLOB_NOSORT, NULL, &found); /* its order is the locale's */
    if (failed == GLOB_NOSPACE)
        status = lr_fail(err, LR_E_RESOURCE, "%s: no memory for the names", pattern);
    else if (failed != 0 || found.gl_pathc == 0)
        status = lr_fail(err, LR_E_IO, "%s: %s", pattern, strerror(ENOENT));
    else
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_bytes);
    for (size_t i = 0; status == LR_OK && i < found.gl_pathc; i++) {
        if (stat(found.gl_pathv[i], &info) != 0)
            status = lr_fail(err, LR_E_IO, "%s: %s", found.gl_pathv[i], strerror(errno));
        else
            status = add_existing(files, found.gl_pathv[i], &info, err);
    }
    globfree(&found);
    return status;
}

lr_status lr_files_find(const char *const *names, size_t n, lr_files *out, lr_error *err)
{
    lr_status status = LR_OK;
    struct stat info;

    *out = (lr_files){0};
    for (size_t i = 0; status == LR_OK && i < n; i++) {
        if (strcmp(names[i], "-") == 0)
            status = fstat(0, &info) != 0
                         ? lr_fail(err, LR_E_IO, "-: standard input: %s", strerror(errno))
                         : add(out, strdup("-"), true, &info, err);
        else if (stat(names[i], &info) == 0)
            status = add_existing(out, names[i], &info, err);
        else if (errno == ENOENT && strpbrk(names[i], "*?[") != NULL)
            status = add_glob(out, names[i], err);
        else
            status = lr_fail(err, LR_E_IO, "%s: %s", names[i], strerror(errno));
    }
    if (status != LR_OK)
        lr_files_free(out);
    return status;
}

void lr_files_free(lr_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->file[i].name);
    free(files->file);
    *files = (lr_files){0};
}

lr_status lr_file_unchanged(const lr_file *file, lr_error *err)
{
    const struct stat *was = &file->info;
    struct stat is;

    if (!S_ISREG(was->st_mode) || was->st_size == 0)
        return LR_OK;
    if ((file->is_stdin ? fstat(0, &is) : stat(file->name, &is)) != 0)
        return lr_fail(err, LR_E_IO, "%s: %s", file->name, strerror(errno));
    if (is.st_dev != was->st_dev || is.st_ino != was->st_ino)
        return lr_fail(err, LR_E_IO, "%s: another file took its place while it was read",
                       file->name);
    if (is.st_size != was->st_size || is.st_mtim.tv_sec != was->st_mtim.tv_sec ||
        is.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
        return lr_fail(err, LR_E_IO, "%s: changed while it was read", file->name);
    return LR_OK;
}
