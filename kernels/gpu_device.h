/* gpu_device.h: what gpu.cu and gpu_open.cu know of a device together. */
#ifndef LR_GPU_DEVICE_H
#define LR_GPU_DEVICE_H

#include "gpu_passes.h"

#include <pthread.h>

/* What is copied to a device from memory that is not pinned goes through pieces of this size: one is filled
 * while the other is copied. Of 16 threads: 256 KiB 20 GB/s, 1 MiB 42, 2 MiB 47, of a link of 54. */
#define LR_GPU_STAGE_BYTES ((size_t)2 << 20)

/* A lane: a stream, and room for one slice. */
typedef struct lr_gpu_lane {
    cudaStream_t stream;
    cudaEvent_t begun, copied, done, staged[2];
    uint8_t *src;
    uint8_t *stage; /* of the host, pinned: two pieces of LR_GPU_STAGE_BYTES */
    bool ready;     /* made, by the first slice */
    bool is_csv;
    lr_gpu_csv csv;
    lr_gpu_slice slice;
    lr_gpu_counts *counts; /* of the host */
    lr_gpu_doubt *doubts;
    lr_gpu_row *rows, *hits;
    uint32_t *numbers;
    size_t doubts_max, rows_max;
} lr_gpu_lane;

struct lr_gpu {
    lr_gpu_program program;
    lr_validate validate;
    size_t slice_max;
    uint32_t blocks, n_lanes;
    lr_gpu_lane *lanes;
    lr_gpu_table tables[LR_GPU_HOTS_MAX]; /* those of the device, as the host knows them */
    lr_gpu_table *device_tables;
    void **owned; /* memory of the device, to be freed */
    size_t n_owned;
    pthread_mutex_t owning;
};

/* The error of a call of CUDA. */
lr_status lr_gpu_failed(cudaError_t error, lr_error *err);

#define CUDA_TRY(call)                                                                             \
    do {                                                                                           \
        const cudaError_t cuda_error = (call);                                                     \
        if (cuda_error != cudaSuccess)                                                             \
            return lr_gpu_failed(cuda_error, err);                                                 \
    } while (0)

lr_status lr_gpu_find(char name[256], uint64_t *memory_bytes, lr_error *err);
void *lr_gpu_pinned(size_t n);
void lr_gpu_pinned_free(void *memory);
lr_status lr_gpu_open(lr_gpu **out, const lr_gpu_task *task, uint32_t lanes, size_t slice_max,
                      lr_error *err);
void lr_gpu_free(lr_gpu *gpu);

/* Room for a slice. Lanes are made by the threads that use them, at the same time: it takes 4 ms each. */
lr_status lr_gpu_make_lane(lr_gpu *gpu, lr_gpu_lane *lane, lr_error *err);

/* Empties tables and symbols. Waits: the streams of lanes do not wait for this one. */
lr_status lr_gpu_forget(lr_gpu *gpu, lr_error *err);

#endif
