/* emulate_device.c: the device: what it is set to be, its errors, and how it is lost. */
#include "emulate_device.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

lr_emulate_options lr_emulate;
cudaError_t lr_emulate_lost;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t calls;
static __thread cudaError_t of_thread;

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

__attribute__((constructor)) static void options_from_environment(void)
{
    static const char *const orders[] = {"drawn", "forward", "backward", "random"};
    static char call[64];
    const char *order = getenv("LR_EMULATE_ORDER"), *what = getenv("LR_EMULATE_FAIL");

    lr_emulate.seed = number("LR_EMULATE_SEED", number("BENCH_SEED", (uint64_t)time(NULL)));
    lr_emulate.resident = (uint32_t)number("LR_EMULATE_RESIDENT", 0);
    lr_emulate.processors = (uint32_t)number("LR_EMULATE_PROCESSORS", 1);
    lr_emulate.devices = (uint32_t)number("LR_EMULATE_DEVICES", 1);
    lr_emulate.steps_max = 20000000;
    lr_emulate.memory_bytes = number("LR_EMULATE_MEMORY", 16 << 20);
    for (int i = 0; order != NULL && i < 4; i++)
        if (strcmp(order, orders[i]) == 0)
            lr_emulate.order = (lr_emulate_order)i;
    if (what != NULL && sscanf(what, "%63[^:]:%lu", call, &lr_emulate.fail_at) == 2)
        lr_emulate.fail_call = call;
}

void lr_emulate_broken(const char *call, const char *what)
{
    fprintf(stderr, "emulation: %s: %s (seed %llu)\n", call, what,
            (unsigned long long)lr_emulate.seed);
    abort();
}

cudaError_t lr_emulate_begin(const char *call)
{
    pthread_mutex_lock(&lock);
    if (lr_emulate_lost != cudaSuccess)
        return lr_emulate_lost;
    if (lr_emulate.devices == 0)
        return cudaErrorNoDevice;
    if (lr_emulate.fail_call != NULL &&
        (strcmp(lr_emulate.fail_call, "any") == 0 || strcmp(lr_emulate.fail_call, call) == 0) &&
        ++calls == lr_emulate.fail_at) {
        if (strcmp(call, "cudaMalloc") == 0 || strcmp(call, "cudaHostAlloc") == 0)
            return cudaErrorMemoryAllocation;
        return lr_emulate_lost = cudaErrorLaunchFailure;
    }
    return cudaSuccess;
}

cudaError_t lr_emulate_end(cudaError_t error)
{
    if (error != cudaSuccess && error != cudaErrorNotReady)
        of_thread = error;
    pthread_mutex_unlock(&lock);
    return error;
}

void lr_emulate_find(void)
{
    lr_emulate_lost = of_thread = cudaSuccess;
    calls = 0;
}

cudaError_t cudaGetLastError(void)
{
    const cudaError_t error = of_thread;
    of_thread = lr_emulate_lost;
    return error;
}

cudaError_t cudaPeekAtLastError(void)
{
    return of_thread;
}

const char *cudaGetErrorName(cudaError_t error)
{
    return cudaGetErrorString(error);
}

const char *cudaGetErrorString(cudaError_t error)
{
    switch (error) {
    case cudaSuccess:
        return "no error";
    case cudaErrorMemoryAllocation:
        return "out of memory";
    case cudaErrorInvalidConfiguration:
        return "invalid configuration argument";
    case cudaErrorNoDevice:
        return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
        return "invalid device ordinal";
    case cudaErrorNotReady:
        return "device not ready";
    case cudaErrorLaunchFailure:
        return "unspecified launch failure";
    default:
        return "invalid argument";
    }
}

cudaError_t cudaGetDeviceCount(int *n)
{
    BEGIN("cudaGetDeviceCount");
    *n = (int)lr_emulate.devices;
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *out, int device)
{
    BEGIN("cudaGetDeviceProperties");
    if (device >= (int)lr_emulate.devices)
        return lr_emulate_end(cudaErrorInvalidDevice);
    *out = (cudaDeviceProp){.name = "emulated",
                            .totalGlobalMem = lr_emulate.memory_bytes,
                            .sharedMemPerBlock = 48 << 10,
                            .sharedMemPerBlockOptin = 227 << 10,
                            .multiProcessorCount = (int)lr_emulate.processors,
                            .major = 9,
                            .warpSize = 32,
                            .maxThreadsPerBlock = 1024,
                            .maxThreadsPerMultiProcessor = 2048};
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaDeviceGetAttribute(int *out, cudaDeviceAttr attribute, int device)
{
    BEGIN("cudaDeviceGetAttribute");
    (void)device;
    *out = attribute == cudaDevAttrMultiProcessorCount ? (int)lr_emulate.processors : 227 << 10;
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaSetDevice(int device)
{
    BEGIN("cudaSetDevice");
    return lr_emulate_end(device < (int)lr_emulate.devices ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaSetDeviceFlags(unsigned flags)
{
    (void)flags;
    return cudaSuccess;
}
