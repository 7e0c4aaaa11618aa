/* map.c: files as memory. */
#include "reader.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Folios of the page cache reach 2 MB; the map is aligned to that, so that large ones stay large. */
#define ALIGNMENT ((size_t)2 << 20)

/*
 * What was read is unmapped in pieces, one piece late: slices are long done with by then, and one that is
 * not faults its pages in again. To unmap 2.2 GB at the end, which one thread does alone, took 20 ms of
 * 104. Other cores are told of each piece, and wait for it: pieces of 1 MiB took 28 ms, of 8 MiB 2; of
 * 32 MiB, q1 is another 6 % faster on two threads, and nothing changes on one.
 */
#define DROPPED ((uint64_t)32 << 20)

/* The file, its last page filled up, and the padding, in whole pages. */
static size_t mapped_size(size_t n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (n + LR_PADDING + page - 1) / page * page;
}

/* size bytes of zero pages, aligned. */
static uint8_t *map_zeros(size_t size)
{
    uint8_t *base =
        mmap(NULL, size + ALIGNMENT, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    const size_t before = (ALIGNMENT - (uintptr_t)base % ALIGNMENT) % ALIGNMENT;
    if (before > 0)
        munmap(base, before);
    if (before < ALIGNMENT)
        munmap(base + before + size, ALIGNMENT - before);
    return base + before;
}

/*
 * Is some of the file not in the page cache, as far as one page in each piece of it tells? (Who may not write the
 * file is told that all is there.) Then it is read: pages that are touched ask a disk for less at a time, 2.2 GB
 * in 1.6 s for 0.8.
 */
static bool is_cold(uint8_t *base, size_t n)
{
    enum { PIECES = 64, COLD = 2, SMALL = 8 << 20 }; /* less is there once the head was looked at */
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint32_t cold = 0;

    if (n < SMALL)
        return false;
    for (size_t i = 0; i < PIECES; i++) {
        unsigned char there = 1;
        mincore(base + n / PIECES * i / page * page, 1, &there);
        cold += (there & 1) == 0;
    }
    return cold >= COLD;
}

lr_status lr_file_map(int fd, size_t n, lr_bytes *out)
{
    const size_t size = mapped_size(n);

    *out = (lr_bytes){NULL, 0};
    /* Zero pages first, the file over their head: what is left of them is the padding. */
    uint8_t *base = map_zeros(size);
    if (base == NULL)
        return LR_E_UNSUPPORTED;
    /* Not every file system has maps. */
    if (mmap(base, n, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED ||
        is_cold(base, n)) {
        munmap(base, size);
        return LR_E_UNSUPPORTED;
    }
    madvise(base, n, MADV_SEQUENTIAL);
    *out = (lr_bytes){base, n};
    return LR_OK;
}

static uint64_t faults(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_minflt;
}

bool lr_file_is_scattered(lr_bytes map)
{
    enum { PIECES = 16, FAULTS = PIECES * 3 / 2, SMALL = 64 << 20 };
    const volatile uint8_t *touched = map.data;

    if (map.n < SMALL)
        return false;
    const uint64_t before = faults();
    /* Where 2 MiB are one folio, a page that is touched brings them all; else another page is another fault. */
    for (size_t i = 0; i < PIECES; i++) {
        const size_t at = map.n / PIECES * i / ALIGNMENT * ALIGNMENT;
        (void)touched[at];
        (void)touched[at + ALIGNMENT / 2];
    }
    return faults() - before > FAULTS;
}

void lr_file_drop_behind(lr_bytes map, uint64_t from, uint64_t to)
{
    const uint64_t first = from / DROPPED, next = to / DROPPED;

    if (next > first && next > 1) {
        const uint64_t begin = first > 1 ? (first - 1) * DROPPED : 0;
        madvise((uint8_t *)map.data + begin, (next - 1) * DROPPED - begin, MADV_DONTNEED);
    }
}

void lr_file_drop(lr_bytes map)
{
    if (map.data != NULL)
        madvise((void *)map.data, map.n, MADV_DONTNEED);
}

void lr_file_unmap(lr_bytes map)
{
    if (map.data != NULL)
        munmap((void *)map.data, mapped_size(map.n));
}
