/*
 * device.h: what every .cu file includes: CUDA, or the emulation of it that tests/emulate runs the same
 * sources in. One-dimensional grids only.
 */
#ifndef LR_DEVICE_H
#define LR_DEVICE_H

#ifdef LR_EMULATED
#include "cuda_emulation.h"
#else
#include <cuda_runtime.h>

#define LR_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                  \
    kernel<<<(grid), (block), (shared_bytes), (stream)>>>(__VA_ARGS__)

/* In every loop that waits for another block: a switch to it in the emulation, a pause here. */
static __device__ inline void lr_spin(void)
{
    __nanosleep(20);
}
#endif

/* A function of a device that is called, not inlined: what is rare must not fill the instruction cache. Its
 * arguments are values, for what has an address leaves the registers. */
#ifdef LR_EMULATED
#define LR_CALLED static __attribute__((noinline))
#else
#define LR_CALLED static __device__ __noinline__
#endif

enum { LR_WARP = 32 };
#define LR_ALL_LANES 0xFFFFFFFFu

#endif
