/*
 * emulate_memory.c: memory of the device, and pinned memory of the host. What is written beside it, read by the
 * host, or freed twice, is caught.
 */
#include "emulate_device.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, POISON = 0xA5, CANARY = 0x5C, FILLED_BYTES = 1 << 20, ALIGNMENT = 16 };

typedef struct pinned {
    struct pinned *next;
    void *memory;
} pinned;

static allocation *allocations;
static pinned *pinned_memory;
static uint64_t used_bytes;

void lr_emulate_show(const allocation *a)
{
    if (mprotect(a->pages, a->pages_n, PROT_READ | PROT_WRITE) != 0)
        lr_emulate_broken("mprotect", "no memory");
}

void lr_emulate_hide(const allocation *a)
{
    if (mprotect(a->pages, a->pages_n, PROT_NONE) != 0)
        lr_emulate_broken("mprotect", "no memory");
}

void lr_emulate_show_all(void)
{
    for (const allocation *a = allocations; a != NULL; a = a->next)
        lr_emulate_show(a);
}

void lr_emulate_hide_all(void)
{
    for (const allocation *a = allocations; a != NULL; a = a->next)
        lr_emulate_hide(a);
}

const allocation *lr_emulate_holder(const char *call, const void *at, size_t n)
{
    for (const allocation *a = allocations; a != NULL; a = a->next)
        if ((const uint8_t *)at >= a->begin && (const uint8_t *)at < a->begin + a->n) {
            if ((const uint8_t *)at + n > a->begin + a->n)
                lr_emulate_broken(call, "behind the end of memory of the device");
            return a;
        }
    return NULL;
}

cudaError_t cudaMalloc(void **out, size_t n)
{
    BEGIN("cudaMalloc");
    const size_t rounded = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const size_t pages_n = (rounded + PAGE - 1) / PAGE * PAGE;

    *out = NULL;
    if (n == 0)
        return lr_emulate_end(cudaSuccess);
    if (n > lr_emulate.memory_bytes || used_bytes + pages_n > lr_emulate.memory_bytes)
        return lr_emulate_end(cudaErrorMemoryAllocation);
    allocation *a = malloc(sizeof *a);
    uint8_t *base = mmap(NULL, pages_n + 2 * PAGE, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (a == NULL || base == MAP_FAILED) {
        free(a);
        return lr_emulate_end(cudaErrorMemoryAllocation);
    }
    *a = (allocation){allocations, base + PAGE, base + PAGE + pages_n - rounded, pages_n, n};
    allocations = a;
    used_bytes += pages_n;
    lr_emulate_show(a);
    memset(a->pages, CANARY, (size_t)(a->begin - a->pages));
    memset(a->begin, POISON, n < FILLED_BYTES ? n : FILLED_BYTES);
    if (n > FILLED_BYTES)
        memset(a->begin + n - FILLED_BYTES, POISON, FILLED_BYTES);
    memset(a->begin + n, CANARY, rounded - n);
    lr_emulate_hide(a);
    *out = a->begin;
    return lr_emulate_end(cudaSuccess);
}

/* Nothing was written before or behind it. */
static void check_canaries(const allocation *a)
{
    lr_emulate_show(a);
    for (const uint8_t *p = a->pages; p < a->pages + a->pages_n; p++) {
        if (p == a->begin)
            p += a->n;
        if (p < a->pages + a->pages_n && *p != CANARY)
            lr_emulate_broken("cudaFree", "something was written beside memory of the device");
    }
}

cudaError_t cudaFree(void *memory)
{
    const cudaError_t error = lr_emulate_begin("cudaFree"); /* freed all the same, if it fails */

    lr_emulate_run_all();
    if (memory == NULL)
        return lr_emulate_end(error);
    for (allocation **link = &allocations; *link != NULL; link = &(*link)->next)
        if ((*link)->begin == memory) {
            allocation *a = *link;
            check_canaries(a);
            *link = a->next;
            used_bytes -= a->pages_n;
            munmap(a->pages - PAGE, a->pages_n + 2 * PAGE);
            free(a);
            return lr_emulate_end(error);
        }
    lr_emulate_broken("cudaFree", "no memory of the device");
    return lr_emulate_end(error);
}

cudaError_t cudaHostAlloc(void **out, size_t n, unsigned flags)
{
    BEGIN("cudaHostAlloc");
    pinned *p = malloc(sizeof *p);
    const size_t rounded = (n + PAGE - 1) / PAGE * PAGE;

    (void)flags;
    *out = NULL;
    if (p != NULL)
        *out = aligned_alloc(PAGE, rounded > 0 ? rounded : PAGE);
    if (*out == NULL) {
        free(p);
        return lr_emulate_end(cudaErrorMemoryAllocation);
    }
    memset(*out, POISON, n < FILLED_BYTES ? n : FILLED_BYTES);
    *p = (pinned){pinned_memory, *out};
    pinned_memory = p;
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaFreeHost(void *memory)
{
    const cudaError_t error = lr_emulate_begin("cudaFreeHost");

    lr_emulate_run_all(); /* so that nothing reads it later */
    for (pinned **link = &pinned_memory; *link != NULL; link = &(*link)->next)
        if ((*link)->memory == memory) {
            pinned *p = *link;
            *link = p->next;
            free(p->memory);
            free(p);
            return lr_emulate_end(error);
        }
    lr_emulate_broken("cudaFreeHost", "no memory of cudaHostAlloc");
    return lr_emulate_end(error);
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *all_bytes)
{
    BEGIN("cudaMemGetInfo");
    *all_bytes = lr_emulate.memory_bytes;
    *free_bytes = lr_emulate.memory_bytes - used_bytes;
    return lr_emulate_end(cudaSuccess);
}
