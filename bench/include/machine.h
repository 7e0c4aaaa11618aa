/*
 * machine.h: the machine as `bench machine` sees it: what it is, and what its memory, page cache and
 * disk can do. The figures are measured once and kept per machine under
 * ${XDG_CACHE_HOME:-~/.cache}/linerate/, with their date.
 */
#ifndef LR_MACHINE_H
#define LR_MACHINE_H

#include "kernels.h"

/* The limits: a name, what it is, whether all threads share in it. All are GB/s (10^9 bytes). */
#define LR_LIMITS(X)                                                                               \
    X(LR_READ_1, "read_1", "memory read, 4 KiB pages, 1 thread")                                   \
    X(LR_READ_N, "read_n", "memory read, 4 KiB pages, all threads")                                \
    X(LR_READ_HUGE_1, "read_huge_1", "memory read, 2 MiB pages, 1 thread")                         \
    X(LR_READ_HUGE_N, "read_huge_n", "memory read, 2 MiB pages, all threads")                      \
    X(LR_COPY_1, "copy_1", "memory copy (bytes copied), 1 thread")                                 \
    X(LR_COPY_N, "copy_n", "memory copy (bytes copied), all threads")                              \
    X(LR_LINES_MAP_1, "lines_map_1", "newline scan of a cached file, mapped, 1 thread")            \
    X(LR_LINES_MAP_N, "lines_map_n", "newline scan of a cached file, mapped, all threads")         \
    X(LR_LINES_READ_1, "lines_read_1", "newline scan of a cached file, pread, 1 thread")           \
    X(LR_LINES_READ_N, "lines_read_n", "newline scan of a cached file, pread, all threads")        \
    X(LR_DISK_COLD, "disk_cold", "sequential read of a file that is not cached")

typedef enum lr_limit {
#define LR_LIMIT_NAME(name, key, text) name,
    LR_LIMITS(LR_LIMIT_NAME)
#undef LR_LIMIT_NAME
        LR_LIMIT_COUNT
} lr_limit;

typedef struct lr_machine {
    char cpu[128];         /* the model, as the system names it */
    char gpu[128];         /* empty: none */
    char name[160];        /* cpu, cores and a short hash of it all: no host name */
    char hash[9];          /* 8 hex digits */
    uint32_t cores;        /* what this process may run on */
    uint32_t cache_kib[4]; /* [1] data, [2], [3]: of core 0; 0: not known */
    uint64_t memory_bytes;
    lr_isa isa;
    char measured[32];          /* UTC, ISO 8601; empty: not measured */
    double others;              /* share of the CPU that others took meanwhile; < 0: not known */
    double gbs[LR_LIMIT_COUNT]; /* 0: not measured, or not measurable here */
} lr_machine;

const char *lr_limit_key(lr_limit limit);
const char *lr_limit_text(lr_limit limit);

/* What the machine is; nothing is measured. Never fails: what is not known stays empty. */
void lr_machine_identify(lr_machine *out);

/* Fills in the kept figures of this machine: LR_E_UNSUPPORTED where there are none. */
lr_status lr_machine_load(lr_machine *machine);

/* Measures every limit: some seconds, and twice work_bytes of memory, once of disk in $TMPDIR.
 * work_bytes 0: enough to be out of the caches. What cannot be measured here stays 0. Where others
 * use the machine meanwhile it tries again, a few times, and `others` says how much they took. */
lr_status lr_machine_measure(lr_machine *machine, size_t work_bytes, lr_error *err);

enum { LR_OTHERS_PERCENT = 10 }; /* above it the figures are lower than what the machine can do */

/* Keeps the figures. */
lr_status lr_machine_save(const lr_machine *machine, lr_error *err);

/* GB/s of the newline scan on this many threads by this path, as last measured; 0: not known. This is
 * what the closing line of a query compares with. */
double lr_machine_newline_gbs(uint32_t threads, bool mapped);

/* Reads n bytes, as fast as memory gives them, and returns a sum, so that nothing is left out. */
uint64_t lr_memory_read(const uint8_t *src, size_t n);

#endif
