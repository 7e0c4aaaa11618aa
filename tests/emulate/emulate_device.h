/*
 * emulate_device.h: what the parts of the emulated runtime share: emulate_device.c (the device and its
 * errors), emulate_memory.c (its memory), emulate_runtime.c (streams and events).
 */
#ifndef LR_EMULATE_DEVICE_H
#define LR_EMULATE_DEVICE_H

#include "emulate_runtime.h"

/* Every function begins and ends with these two, under one lock. */
cudaError_t lr_emulate_begin(const char *call);
cudaError_t lr_emulate_end(cudaError_t error);

#define BEGIN(call)                                                                                \
    cudaError_t error = lr_emulate_begin(call);                                                    \
    if (error != cudaSuccess)                                                                      \
    return lr_emulate_end(error)

/* A use that CUDA leaves undefined: says so, and ends the program. */
void lr_emulate_broken(const char *call, const char *what);

extern cudaError_t lr_emulate_lost; /* what all calls say once the device is lost */
void lr_emulate_find(void);         /* what was lost */

/* Memory of the device: whole pages without access, but while something of the device runs. Its end is the
 * end of its last page, as nearly as 16 bytes allow. */
typedef struct allocation {
    struct allocation *next;
    uint8_t *pages, *begin;
    size_t pages_n, n;
} allocation;

/* The allocation that holds n bytes at `at`; NULL: it is memory of the host. */
const allocation *lr_emulate_holder(const char *call, const void *at, size_t n);

/* Access to it, and an end of that. */
void lr_emulate_show(const allocation *a);
void lr_emulate_hide(const allocation *a);
void lr_emulate_show_all(void);
void lr_emulate_hide_all(void);

/* Does all that streams were told. */
void lr_emulate_run_all(void);

#endif
