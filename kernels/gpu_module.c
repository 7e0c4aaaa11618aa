/* gpu_module.c: the device's half is a module of its own (see gpu.h): opened once, on demand. */
#include "gpu.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MODULE "liblinerate_cuda.so"

#pragma weak lr_gpu_module_get

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const lr_gpu_module *module;

/* Beside the file that holds this function, in lib beside its folder, and where the system looks. */
static void *open_module(void)
{
    static const char *const places[] = {"%.*s" MODULE, "%.*s../lib/" MODULE};
    char path[4096];
    void *library = NULL;
    Dl_info own;

    if (dladdr((void *)open_module, &own) != 0 && own.dli_fname != NULL) {
        const char *slash = strrchr(own.dli_fname, '/');
        const int n = slash == NULL ? 0 : (int)(slash - own.dli_fname + 1);
        for (size_t i = 0; i < LR_COUNT_OF(places) && library == NULL && n > 0; i++)
            if (snprintf(path, sizeof path, places[i], n, own.dli_fname) < (int)sizeof path)
                library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    return library != NULL ? library : dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
}

static void find_module(void)
{
    const lr_gpu_module *(*get)(void) = lr_gpu_module_get;

    if (get == NULL) {
        void *library = open_module();
        if (library != NULL)
            *(void **)&get = dlsym(library, "lr_gpu_module_get");
    }
    if (get != NULL && get()->version == LR_GPU_MODULE_VERSION)
        module = get();
}

lr_status lr_gpu_find(char name[256], uint64_t *memory_bytes, lr_error *err)
{
    pthread_once(&once, find_module);
    if (module != NULL)
        return module->find(name, memory_bytes, err);
    lr_fail(err, LR_E_RESOURCE, "this build is without CUDA: there is no " MODULE);
    return LR_E_UNSUPPORTED;
}

bool lr_gpu_takes(const lr_gpu_task *task)
{
    for (uint32_t k = 0; k < task->keys.n; k++) {
        const lr_key *key = &task->keys.key[k];
        if (key->length > LR_GPU_NAME_MAX ||
            (key->parent >= 0 && task->keys.key[key->parent].parent >= 0))
            return false;
    }
    for (uint32_t q = 0; q < task->n_hots; q++)
        if (task->hots[q].emojis == NULL && task->hots[q].unnest >= 0 &&
            task->hots[q].mentions != LR_MENTIONS_ASCII &&
            task->hots[q].mentions != LR_MENTIONS_FIRST)
            return false;
    return task->n_columns <= LR_GPU_COLUMNS_MAX && task->n_hots <= LR_GPU_HOTS_MAX;
}

lr_status lr_gpu_open(lr_gpu **out, const lr_gpu_task *task, uint32_t lanes, size_t slice_max,
                      lr_error *err)
{
    return module->open(out, task, lanes, slice_max, err);
}

void lr_gpu_free(lr_gpu *gpu)
{
    if (gpu != NULL)
        module->free(gpu);
}

void *lr_gpu_pinned(size_t n)
{
    return module->pinned(n);
}

void lr_gpu_pinned_free(void *memory)
{
    module->pinned_free(memory);
}

lr_status lr_gpu_count(lr_gpu *gpu, uint32_t lane, const uint8_t *src, size_t from, size_t n,
                       lr_gpu_result *out, lr_error *err)
{
    return module->count(gpu, lane, src, from, n, out, err);
}

lr_status lr_gpu_fetch(lr_gpu *gpu, uint32_t hot, uint64_t *symbols, lr_gpu_take take,
                       void *context, lr_error *err)
{
    return module->fetch(gpu, hot, symbols, take, context, err);
}

lr_status lr_gpu_time(lr_gpu *gpu, uint32_t lane, uint32_t rounds, double *pass_s, double *lines_s,
                      double *copy_s, lr_error *err)
{
    return module->time(gpu, lane, rounds, pass_s, lines_s, copy_s, err);
}
