/*
 * machine_measure.c: the measured limits. Each is the best of some passes: a limit is what the
 * machine can do, and every disturbance only takes from it. Where other processes keep the CPU busy
 * even the best is too low (a newline scan at 14 GB/s beside two compilers, at 33 to 47 alone), so
 * what they took is looked at, and all is measured again, some times. The newline scan is our own
 * kernel, the same that `bench lines` runs, over a file that the page cache holds in large folios:
 * one that was just written lies in small ones, and a map of it is half as fast.
 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    PASSES = 15, /* or as many as 0.4 s allow */
    PASSES_LEAST = 3,
    TRIES = 3,                /* where others use the CPU, */
    TRY_SECONDS = 10,         /* and no further one after so long */
    SLICE_BYTES = 512 * 1024, /* pread is fastest from 256 KiB to 1 MiB */
    LINE_BYTES = 3473,        /* the mean of the tweets */
    HUGE_BYTES = 2 * 1024 * 1024
};

/*
 * A read with vectors of this many bytes, four at a time. Prefetches take 5 to 10 % from it on one
 * CPU (Zen 4) and add 30 % on another (Zen 5), so the limit is the better one of both ways.
 */
#define MEMORY_READ(name, bytes, ahead, ...)                                                       \
    __VA_ARGS__ static uint64_t name(const uint8_t *src, size_t n)                                 \
    {                                                                                              \
        typedef uint64_t lanes __attribute__((vector_size(bytes), aligned(1), may_alias));         \
        lanes a = {0}, b = {0}, c = {0}, d = {0};                                                  \
        uint64_t sum = 0;                                                                          \
        size_t i = 0;                                                                              \
                                                                                                   \
        for (; i + 4 * (bytes) <= n; i += 4 * (bytes)) {                                           \
            for (size_t line = 0; (ahead) > 0 && line < 4 * (bytes); line += 64)                   \
                __builtin_prefetch((const void *)((uintptr_t)src + i + line + (ahead)), 0, 2);     \
            a ^= *(const lanes *)(src + i);                                                        \
            b ^= *(const lanes *)(src + i + (bytes));                                              \
            c ^= *(const lanes *)(src + i + 2 * (bytes));                                          \
            d ^= *(const lanes *)(src + i + 3 * (bytes));                                          \
        }                                                                                          \
        a ^= b ^ c ^ d;                                                                            \
        for (; i < n; i++)                                                                         \
            sum += src[i];                                                                         \
        for (size_t lane = 0; lane < (bytes) / 8; lane++)                                          \
            sum += a[lane];                                                                        \
        return sum;                                                                                \
    }

enum { AHEAD_BYTES = 4096 };

MEMORY_READ(read_16, 16, 0, /* no more than the baseline */)
MEMORY_READ(read_16_ahead, 16, AHEAD_BYTES, /* the same */)
#if defined(__x86_64__)
MEMORY_READ(read_64, 64, 0, __attribute__((target("avx512f"))))
MEMORY_READ(read_64_ahead, 64, AHEAD_BYTES, __attribute__((target("avx512f"))))
#endif

uint64_t lr_memory_read(const uint8_t *src, size_t n)
{
#if defined(__x86_64__)
    if (lr_isa_best() == LR_ISA_AVX512) /* 31 against 28 GB/s on one thread (Zen 4) */
        return read_64(src, n);
#endif
    return read_16(src, n);
}

static uint64_t memory_read_ahead(const uint8_t *src, size_t n)
{
#if defined(__x86_64__)
    if (lr_isa_best() == LR_ISA_AVX512)
        return read_64_ahead(src, n);
#endif
    return read_16_ahead(src, n);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What a pass works on: slices of n bytes, at `from` in memory or in the file fd. */
typedef struct job {
    const lr_kernels *kernels;
    bool map;            /* `from` is to be a fresh map of fd in every pass */
    const uint8_t *from; /* NULL: pread */
    uint8_t *to;         /* of a copy */
    int fd;
    size_t n;
    uint64_t (*slice)(const struct job *work, size_t begin, size_t end, uint8_t *buffer);
} job;

static uint64_t read_slice(const job *work, size_t begin, size_t end, uint8_t *buffer)
{
    (void)buffer;
    return lr_memory_read(work->from + begin, end - begin);
}

static uint64_t read_ahead_slice(const job *work, size_t begin, size_t end, uint8_t *buffer)
{
    (void)buffer;
    return memory_read_ahead(work->from + begin, end - begin);
}

static uint64_t copy_slice(const job *work, size_t begin, size_t end, uint8_t *buffer)
{
    (void)buffer;
    memcpy(work->to + begin, work->from + begin, end - begin);
    return 0;
}

/* The line feeds of a slice, found one by one as the queries find them. */
static uint64_t lines_slice(const job *work, size_t begin, size_t end, uint8_t *buffer)
{
    uint32_t ends[256];
    uint64_t lines = 0;
    const uint8_t *src = work->from + begin;

    if (work->from == NULL) {
        for (size_t have = 0; have < end - begin;) {
            const ssize_t got =
                pread(work->fd, buffer + have, end - begin - have, (off_t)(begin + have));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return 0; /* the sum will not agree: the limit counts as not measurable */
            have += (size_t)got;
        }
        src = buffer;
    }
    for (size_t at = 0; at < end - begin;)
        lines += work->kernels->scan_lines(src, end - begin, &at, ends, LR_COUNT_OF(ends));
    return lines;
}

/* One pass over all slices; adds up what they return. */
static void pass(const job *work, uint32_t threads, uint8_t *const *buffers, uint64_t *sum)
{
    const size_t n_slices = (work->n + SLICE_BYTES - 1) / SLICE_BYTES;
    uint64_t total = 0;

#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) reduction(+ : total)
    for (size_t i = 0; i < n_slices; i++) {
        const size_t begin = i * SLICE_BYTES;
        const size_t end = work->n - begin < SLICE_BYTES ? work->n : begin + SLICE_BYTES;
        total += work->slice(work, begin, end, buffers[omp_get_thread_num()]);
    }
    *sum = total;
}

/* n bytes of zeros, touched, in pages of one size; NULL: there are none. */
static uint8_t *map_touched(size_t n, bool huge)
{
    uint8_t *base = mmap(NULL, n + HUGE_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    /* Aligned, and the rest given back, so that one munmap of n bytes undoes it. */
    const size_t head = (HUGE_BYTES - (uintptr_t)base % HUGE_BYTES) % HUGE_BYTES;
    if (head > 0)
        munmap(base, head);
    if (head < HUGE_BYTES)
        munmap(base + head + n, HUGE_BYTES - head);
    base += head;
    if (madvise(base, n, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) != 0 && huge) {
        munmap(base, n);
        return NULL;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i += SLICE_BYTES)
        memset(base + i, (int)(i / SLICE_BYTES), n - i < SLICE_BYTES ? n - i : SLICE_BYTES);
    return base;
}

/* Are most of the pages at base huge ones? What was asked for need not have been given. */
static bool is_huge(const uint8_t *base, size_t n)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false;
    unsigned long long kib = 0, begin, end, more;

    if (maps == NULL)
        return false;
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%llx-%llx ", &begin, &end) == 2)
            inside = begin < (uintptr_t)base + n && end > (uintptr_t)base;
        else if (inside && sscanf(line, "AnonHugePages: %llu kB", &more) == 1)
            kib += more;
    }
    fclose(maps);
    return kib * 1024 > n / 10 * 9;
}

/* Maps the file behind work, 2 MiB-aligned and with readable bytes behind it. NULL: no map. */
static uint8_t *map_file(const job *work)
{
    const size_t size = work->n + 2 * HUGE_BYTES;
    uint8_t *base = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED)
        return NULL;
    uint8_t *at = base + (HUGE_BYTES - (uintptr_t)base % HUGE_BYTES) % HUGE_BYTES;
    munmap(base, (size_t)(at - base));
    munmap(at + work->n + HUGE_BYTES, (size_t)(base + size - (at + work->n + HUGE_BYTES)));
    if (mmap(at, work->n, PROT_READ, MAP_PRIVATE | MAP_FIXED, work->fd, 0) == MAP_FAILED) {
        munmap(at, work->n + HUGE_BYTES);
        return NULL;
    }
    return at;
}

/* GB/s of the best pass; 0 where a pass did not find what it must (want; 0: anything). */
static double best(job *work, uint32_t threads, uint8_t *const *buffers, uint64_t want)
{
    const double began = now();
    double least = 0;

    for (int i = 0; i < PASSES && (i < PASSES_LEAST || now() - began < 0.4); i++) {
        uint64_t sum;
        uint8_t *mapped = NULL;
        const double start = now();
        if (work->map) { /* each time anew: a query pays for the faults, too */
            mapped = map_file(work);
            if (mapped == NULL)
                return 0;
            work->from = mapped;
        }
        pass(work, threads, buffers, &sum);
        if (mapped != NULL)
            munmap(mapped, work->n + HUGE_BYTES);
        const double seconds = now() - start;
        if (want != 0 && sum != want)
            return 0;
        if (i == 0 || seconds < least)
            least = seconds;
    }
    return (double)work->n / 1e9 / least;
}

/* The same, where it is better than what an earlier try found. */
static void limit(double *gbs, job *work, uint32_t threads, uint8_t *const *buffers, uint64_t want)
{
    const double again = best(work, threads, buffers, want);

    if (again > *gbs)
        *gbs = again;
}

/* Reads of memory on one thread and on all, both ways. */
static void limit_reads(double *one, double *all, job *work, uint32_t threads,
                        uint8_t *const *buffers)
{
    work->slice = read_slice;
    limit(one, work, 1, buffers, 0);
    limit(all, work, threads, buffers, 0);
    work->slice = read_ahead_slice;
    limit(one, work, 1, buffers, 0);
    limit(all, work, threads, buffers, 0);
}

static lr_status measure_memory(lr_machine *machine, size_t n, uint8_t *const *buffers,
                                lr_error *err)
{
    uint8_t *small = map_touched(n, false), *huge = map_touched(n, true);
    const uint32_t threads = machine->cores;

    if (small == NULL) {
        if (huge != NULL)
            munmap(huge, n);
        return lr_fail(err, LR_E_RESOURCE, "no memory: %zu bytes to measure with", n);
    }
    job work = {.from = small, .n = n};
    double *const gbs = machine->gbs;
    limit_reads(&gbs[LR_READ_1], &gbs[LR_READ_N], &work, threads, buffers);
    if (huge != NULL) {
        if (is_huge(huge, n)) {
            work.from = huge;
            limit_reads(&gbs[LR_READ_HUGE_1], &gbs[LR_READ_HUGE_N], &work, threads, buffers);
        }
        work.slice = copy_slice;
        work.from = small;
        work.to = huge;
        limit(&gbs[LR_COPY_1], &work, 1, buffers, 0);
        limit(&gbs[LR_COPY_N], &work, threads, buffers, 0);
        munmap(huge, n);
    }
    munmap(small, n);
    return LR_OK;
}

/* An unnamed file in $TMPDIR; -1: there is no room for one. */
static int open_unnamed(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];

    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    const int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    snprintf(path, sizeof path, "%s/bench-machine-XXXXXX",
             folder); /* not every one has O_TMPFILE */
    const int named = mkstemp(path);
    if (named >= 0)
        unlink(path);
    return named;
}

/* Writes n bytes of lines; returns how many line feeds they hold, 0 where that failed. */
static uint64_t fill_file(int fd, size_t n, uint8_t *buffer)
{
    uint64_t lines = 0;

    for (size_t at = 0; at < n;) {
        const size_t part = n - at < SLICE_BYTES ? n - at : SLICE_BYTES;
        for (size_t i = 0; i < part; i++) {
            const bool ends = (at + i) % LINE_BYTES == LINE_BYTES - 1;
            buffer[i] = ends ? '\n' : (uint8_t)('a' + (at + i) % 23);
            lines += ends;
        }
        for (size_t done = 0; done < part;) {
            const ssize_t put = pwrite(fd, buffer + done, part - done, (off_t)(at + done));
            if (put < 0 && errno == EINTR)
                continue;
            if (put <= 0)
                return 0;
            done += (size_t)put;
        }
        at += part;
    }
    return lines;
}

/* Drops the file from the page cache; false where that did not work (tmpfs: it lives there). */
static bool evict(const job *work)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), n_pages = (work->n + page - 1) / page;
    unsigned char *resident = malloc(n_pages);
    size_t n = n_pages;

    fsync(work->fd);
    posix_fadvise(work->fd, 0, 0, POSIX_FADV_DONTNEED);
    uint8_t *base = map_file(work);
    if (base != NULL && resident != NULL && mincore(base, work->n, resident) == 0) {
        n = 0;
        for (size_t i = 0; i < n_pages; i++)
            n += resident[i] & 1;
    }
    if (base != NULL)
        munmap(base, work->n + HUGE_BYTES);
    free(resident);
    return n <= n_pages / 100;
}

/* Reads the file from its start to its end by one thread; GB/s. */
static double read_through(const job *work, uint8_t *buffer)
{
    const double start = now();

    for (size_t at = 0; at < work->n;) {
        const ssize_t got = pread(work->fd, buffer, SLICE_BYTES, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        at += (size_t)got;
    }
    return (double)work->n / 1e9 / (now() - start);
}

/* The limits of files. Without a place for one they stay 0: that is no error. */
static void measure_file(lr_machine *machine, size_t n, uint8_t *const *buffers)
{
    lr_kernels kernels;
    const uint32_t threads = machine->cores;
    double *const gbs = machine->gbs;

    lr_kernels_init(&kernels, machine->isa);
    job work = {.kernels = &kernels, .fd = open_unnamed(), .n = n, .slice = lines_slice};
    if (work.fd < 0)
        return;
    const uint64_t lines = fill_file(work.fd, n, buffers[0]);
    if (lines > 0) {
        /* A file just written lies in small folios, one that was read ahead in large ones, which a
         * map is faster over. So it is dropped and read back, which is the measure of the disk. */
        if (evict(&work)) {
            const double cold = read_through(&work, buffers[0]);
            gbs[LR_DISK_COLD] = cold > gbs[LR_DISK_COLD] ? cold : gbs[LR_DISK_COLD];
        }
        limit(&gbs[LR_LINES_READ_1], &work, 1, buffers, lines);
        limit(&gbs[LR_LINES_READ_N], &work, threads, buffers, lines);
        work.map = true;
        limit(&gbs[LR_LINES_MAP_1], &work, 1, buffers, lines);
        limit(&gbs[LR_LINES_MAP_N], &work, threads, buffers, lines);
    }
    close(work.fd);
}

/* CPU seconds that the machine's cores were not idle, since it started; < 0: not known. */
static double busy_seconds(void)
{
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    FILE *file = fopen("/proc/stat", "re");

    if (file == NULL)
        return -1;
    const int n = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
                         &idle, &wait, &irq, &soft, &steal);
    fclose(file);
    return n != 8
               ? -1
               : (double)(user + nice + system + irq + soft + steal) / (double)sysconf(_SC_CLK_TCK);
}

/* One try at every limit; `others` is what other processes took of the cores meanwhile. */
static lr_status measure_once(lr_machine *machine, size_t n, uint8_t *const *buffers, lr_error *err)
{
    const double began = now(), busy = busy_seconds(), own = (double)clock() / CLOCKS_PER_SEC;

    LR_TRY(measure_memory(machine, n, buffers, err));
    measure_file(machine, n, buffers);
    const double all = (now() - began) * (double)sysconf(_SC_NPROCESSORS_ONLN);
    const double used = busy_seconds() - busy - ((double)clock() / CLOCKS_PER_SEC - own);
    machine->others = busy < 0 ? -1 : used > 0 ? used / all : 0;
    return LR_OK;
}

/* Sixteen times the last cache, at most an eighth of the memory. */
static size_t default_bytes(const lr_machine *machine)
{
    const size_t least = 64u << 20, most = 1u << 30;
    size_t n = (size_t)machine->cache_kib[3] * 1024 * 16;

    n = n < least ? least : n > most ? most : n;
    if (n > machine->memory_bytes / 8)
        n = machine->memory_bytes / 8;
    return n / HUGE_BYTES * HUGE_BYTES;
}

lr_status lr_machine_measure(lr_machine *machine, size_t work_bytes, lr_error *err)
{
    const size_t n = work_bytes > 0 ? work_bytes : default_bytes(machine);
    const uint32_t threads = machine->cores;
    const time_t seconds = time(NULL);
    struct tm utc;
    lr_status status = LR_OK;

    uint8_t **buffers = calloc(threads, sizeof *buffers);
    uint8_t *memory = aligned_alloc(4096, (size_t)threads * (SLICE_BYTES + 4096));
    if (buffers == NULL || memory == NULL) {
        status = lr_fail(err, LR_E_RESOURCE, "no memory to measure with");
        goto done;
    }
    memset(memory, 0,
           (size_t)threads * (SLICE_BYTES + 4096)); /* touched; and behind it is padding */
    for (uint32_t i = 0; i < threads; i++)
        buffers[i] = memory + (size_t)i * (SLICE_BYTES + 4096);

    memset(machine->gbs, 0, sizeof machine->gbs);
    const double began = now();
    double others = 1;
    for (int i = 0; i < TRIES && status == LR_OK && others * 100 > LR_OTHERS_PERCENT &&
                    (i == 0 || now() - began < TRY_SECONDS);
         i++) {
        status = measure_once(machine, n, buffers, err);
        others = machine->others < others ? machine->others : others;
    }
    if (status == LR_OK) {
        machine->others = others;
        gmtime_r(&seconds, &utc);
        strftime(machine->measured, sizeof machine->measured, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
done:
    free(memory);
    free(buffers);
    return status;
}
