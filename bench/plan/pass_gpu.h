/*
 * pass_gpu.h: a pass whose hot prefix runs on a device. The threads read slices into memory that the device
 * copies from; what it leaves in doubt goes the way of every other batch.
 */
#ifndef LR_PASS_GPU_H
#define LR_PASS_GPU_H

#include "pass.h"

/* A thread copies 2.6 GB/s from the page cache, so it takes many to feed a device; of 8 MiB the threads'
 * slices stay in their caches on the way: 17.6 GB by 8 of them in 0.81 s, and in 1.29 s of 32 MiB. */
enum { LR_GPU_LANES_MAX = 16, LR_GPU_SLICE_BYTES = 8 << 20 };

/* Does this run go to a device? Sets pass->gpu_wanted, and says why (not) in pass->gpu_why. LR_E_RESOURCE:
 * --device gpu, and there is none. */
lr_status lr_pass_gpu_choose(lr_pass *pass, lr_error *err);

/* Opens the device for the pass's queries and threads. */
lr_status lr_pass_gpu_open(lr_pass *pass, lr_error *err);

/* Counts a slice. LR_E_UNSUPPORTED: the device does not take it; nothing has happened. */
lr_status lr_pass_gpu_slice(lr_pass *pass, lr_worker *w, const lr_slice *slice);

/* When all slices are done: what the device has counted, into the first thread's states. */
lr_status lr_pass_gpu_fetch(lr_pass *pass, lr_error *err);

#endif
