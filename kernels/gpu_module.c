/* gpu_module.c: the device's half is a module of its own (see gpu.h): opened on demand. */
#include "gpu.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define MODULE "liblinerate_cuda.so"

#pragma weak lr_gpu_module_get

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

lr_status lr_gpu_module_find(const lr_gpu_module **out, lr_error *err)
{
    const lr_gpu_module *(*get)(void) = lr_gpu_module_get;

    *out = NULL;
    if (get == NULL) { /* never closed: CUDA's runtime does not like to be */
        void *library = open_module();
        if (library != NULL)
            *(void **)&get = dlsym(library, "lr_gpu_module_get");
    }
    if (get == NULL)
        lr_fail(err, LR_E_RESOURCE, "this build is without CUDA: there is no " MODULE);
    else if (get()->version != LR_GPU_MODULE_VERSION)
        lr_fail(err, LR_E_RESOURCE, MODULE " is of another version");
    else
        *out = get();
    return *out != NULL ? LR_OK : LR_E_UNSUPPORTED;
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
    return task->n_columns > 0 && task->n_columns <= LR_GPU_COLUMNS_MAX &&
           task->n_hots <= LR_GPU_HOTS_MAX;
}
