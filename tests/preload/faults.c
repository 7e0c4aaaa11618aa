/*
 * faults.c: a library to be preloaded, which makes the n-th call of one kind fail; for test_faults.py.
 *
 *     LD_PRELOAD=libfaults.so FAULT_KIND=read FAULT_AT=3 FAULT_ERRNO=5 bench ...
 *
 * FAULT_KIND   open read write mmap malloc fsync close stat rename thread truncate
 * FAULT_AT     which call fails, from 1; 0: none
 * FAULT_LAST   and all up to this one (default: FAULT_AT)
 * FAULT_ERRNO  what it fails with; 0: it does only a part (read, write: one byte)
 * FAULT_COUNT  a file that receives how many calls there were
 *
 * Counted are calls from the program and from libraries but the loader and OpenMP's: that one ends the
 * process by itself where it gets no memory. A failing close has closed (Linux does so).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *kind;
static long first, last, error_number;
static atomic_long calls;
static _Thread_local bool inside; /* dlsym and dladdr may call what is replaced here */

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAULT_AT"), *end = getenv("FAULT_LAST"), *what = getenv("FAULT_ERRNO");
    first = at == NULL ? 0 : atol(at);
    last = end == NULL ? first : atol(end);
    error_number = what == NULL ? EIO : atol(what);
    kind = getenv("FAULT_KIND");
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];

    if (path == NULL)
        return;
    inside = true;
    const int n = snprintf(text, sizeof text, "%ld\n", (long)calls);
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0 && syscall(SYS_write, fd, text, n) == n)
        syscall(SYS_close, fd);
}

/* Is the caller one whose calls are not counted? */
static bool spared(const void *caller)
{
    Dl_info info;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return true;
    return strstr(info.dli_fname, "libgomp") != NULL ||
           strstr(info.dli_fname, "ld-linux") != NULL || strstr(info.dli_fname, "libdl") != NULL;
}

/* Is this call of `what` one that fails? */
static bool fails(const char *what, const void *caller)
{
    if (inside || kind == NULL || strcmp(kind, what) != 0)
        return false;
    inside = true;
    const bool counted = !spared(caller);
    inside = false;
    if (!counted)
        return false;
    const long now = atomic_fetch_add(&calls, 1) + 1;
    return first > 0 && now >= first && now <= last;
}

#define FAILS(what) fails((what), __builtin_return_address(0))

/* The function that this one stands before. */
static void *next_of(const char *name)
{
    const bool was = inside;
    inside = true;
    void *next = dlsym(RTLD_NEXT, name);
    inside = was;
    if (next == NULL)
        abort();
    return next;
}

#define NEXT(type, name) ((type)next_of(name))

static int opened(int at, const char *path, int flags, mode_t mode, const void *caller)
{
    if (fails("open", caller)) {
        errno = (int)error_number;
        return -1;
    }
    return (int)syscall(SYS_openat, at, path, flags, mode);
}

#define MODE_OF(flags)                                                                             \
    mode_t mode = 0;                                                                               \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {                                                  \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return opened(AT_FDCWD, path, flags, mode, __builtin_return_address(0));
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return opened(AT_FDCWD, path, flags, mode, __builtin_return_address(0));
}

int openat(int at, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return opened(at, path, flags, mode, __builtin_return_address(0));
}

int openat64(int at, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return opened(at, path, flags, mode, __builtin_return_address(0));
}

/* n, or less where this call is to do only a part; -1 where it fails. */
static ssize_t part(const char *what, size_t n, const void *caller)
{
    if (!fails(what, caller))
        return (ssize_t)n;
    if (error_number == 0)
        return n > 0;
    errno = (int)error_number;
    return -1;
}

ssize_t read(int fd, void *out, size_t n)
{
    const ssize_t m = part("read", n, __builtin_return_address(0));
    return m < 0 ? m : syscall(SYS_read, fd, out, m);
}

ssize_t pread(int fd, void *out, size_t n, off_t at)
{
    const ssize_t m = part("read", n, __builtin_return_address(0));
    return m < 0 ? m : syscall(SYS_pread64, fd, out, m, at);
}

ssize_t pread64(int fd, void *out, size_t n, off_t at)
{
    const ssize_t m = part("read", n, __builtin_return_address(0));
    return m < 0 ? m : syscall(SYS_pread64, fd, out, m, at);
}

ssize_t write(int fd, const void *data, size_t n)
{
    const ssize_t m = part("write", n, __builtin_return_address(0));
    return m < 0 ? m : syscall(SYS_write, fd, data, m);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    const ssize_t m = part("write", n, __builtin_return_address(0));
    return m < 0 ? m : syscall(SYS_pwrite64, fd, data, m, at);
}

size_t fwrite(const void *data, size_t size, size_t n, FILE *file)
{
    if (FAILS("write")) {
        errno = error_number == 0 ? EIO : (int)error_number;
        file->_flags |= 0x20; /* what ferror() looks at in glibc */
        return 0;
    }
    return NEXT(size_t(*)(const void *, size_t, size_t, FILE *), "fwrite")(data, size, n, file);
}

int fflush(FILE *file)
{
    const bool bad = FAILS("write");
    const int result = NEXT(int (*)(FILE *), "fflush")(file);
    if (bad && file != NULL)
        file->_flags |= 0x20;
    if (bad)
        errno = error_number == 0 ? EIO : (int)error_number;
    return bad ? EOF : result;
}

int fclose(FILE *file)
{
    const bool bad = FAILS("close");
    const int result = NEXT(int (*)(FILE *), "fclose")(file);
    if (bad)
        errno = (int)error_number;
    return bad ? EOF : result;
}

int close(int fd)
{
    const bool bad = FAILS("close");
    const int result = (int)syscall(SYS_close, fd);
    if (bad)
        errno = (int)error_number;
    return bad ? -1 : result;
}

int fsync(int fd)
{
    if (!FAILS("fsync"))
        return (int)syscall(SYS_fsync, fd);
    errno = (int)error_number;
    return -1;
}

int rename(const char *from, const char *to)
{
    if (!FAILS("rename"))
        return (int)syscall(SYS_rename, from, to);
    errno = (int)error_number;
    return -1;
}

int fstat(int fd, struct stat *out)
{
    if (!FAILS("stat"))
        return NEXT(int (*)(int, struct stat *), "fstat")(fd, out);
    errno = (int)error_number;
    return -1;
}

int stat(const char *path, struct stat *out)
{
    if (!FAILS("stat"))
        return NEXT(int (*)(const char *, struct stat *), "stat")(path, out);
    errno = (int)error_number;
    return -1;
}

int lstat(const char *path, struct stat *out)
{
    if (!FAILS("stat"))
        return NEXT(int (*)(const char *, struct stat *), "lstat")(path, out);
    errno = (int)error_number;
    return -1;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument)
{
    if (FAILS("thread"))
        return EAGAIN;
    return NEXT(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *),
                "pthread_create")(thread, attributes, run, argument);
}

/* truncate: a file that was mapped is cut to a half at once, as if by somebody else. */
void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    if (FAILS("mmap")) {
        errno = (int)error_number;
        return MAP_FAILED;
    }
    const bool cut = fd >= 0 && FAILS("truncate");
    void *map = (void *)syscall(SYS_mmap, at, n, protection, flags, fd, offset);
    const char *path = getenv("FAULT_PATH");
    if (cut && path != NULL && truncate(path, (off_t)(n / 8192 * 4096)) != 0)
        abort();
    return map;
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t n)
{
    return FAILS("malloc") ? no_memory() : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return FAILS("malloc") ? no_memory() : __libc_calloc(n, size);
}

void *realloc(void *old, size_t n)
{
    return FAILS("malloc") ? no_memory() : __libc_realloc(old, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return FAILS("malloc") ? no_memory() : __libc_memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    if (FAILS("malloc"))
        return ENOMEM;
    *out = __libc_memalign(alignment, n);
    return *out == NULL ? ENOMEM : 0;
}
