/* hyperscan.c: opening Hyperscan, and compiling with it. */
#include "match/hyperscan.h"

#ifdef LR_HAVE_HYPERSCAN
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void lr_hs_close(lr_hs *hs)
{
    if (hs->library != NULL)
        dlclose(hs->library);
    hs->library = NULL;
}

lr_status lr_hs_open(lr_hs *hs, lr_error *err)
{
    *hs = (lr_hs){.library = dlopen(LR_HYPERSCAN_SONAME, RTLD_NOW | RTLD_LOCAL)};
    if (hs->library == NULL)
        return lr_fail(err, LR_E_RESOURCE,
                       "Hyperscan: %s (Debian: apt-get install libhyperscan-dev)", dlerror());

    const struct {
        const char *name;
        void *call; /* where its address goes: POSIX lets a pointer to a function be void * */
    } calls[] = {
#define LR_HS_CALL(name) {#name, &hs->name},
        LR_HS_CALLS(LR_HS_CALL)
#undef LR_HS_CALL
    };
    for (size_t i = 0; i < LR_COUNT_OF(calls); i++) {
        void *const address = dlsym(hs->library, calls[i].name);
        memcpy(calls[i].call, &address, sizeof address);
        if (address != NULL)
            continue;
        lr_hs_close(hs);
        return lr_fail(err, LR_E_RESOURCE, "Hyperscan: %s has no %s", LR_HYPERSCAN_SONAME,
                       calls[i].name);
    }
    if (hs->hs_valid_platform() != HS_SUCCESS) {
        lr_hs_close(hs);
        return lr_fail(err, LR_E_RESOURCE, "Hyperscan: not on this processor");
    }
    return LR_OK;
}

lr_status lr_hs_refused(const lr_hs *hs, hs_compile_error_t *why, lr_pattern_fault *fault,
                        lr_error *err)
{
    /* Without memory it blames pattern 0. */
    const bool known = why->expression >= 0 && strstr(why->message, "allocate memory") == NULL &&
                       strstr(why->message, "Internal error") == NULL;
    const char *place = strstr(why->message, "at index ");

    *fault = (lr_pattern_fault){known ? (size_t)why->expression : 0,
                                place != NULL ? strtoul(place + 9, NULL, 10) : 0};
    const bool empty =
        strstr(why->message, "empty buffer") != NULL; /* it advises a flag of its own */
    const lr_status status =
        lr_fail(err, known ? LR_E_USAGE : LR_E_RESOURCE, "%s%.800s",
                known ? "" : "Hyperscan: ", empty ? "it matches an empty text" : why->message);
    hs->hs_free_compile_error(why);
    return status;
}

lr_status lr_hs_literals(const lr_hs *hs, const lr_bytes *texts, size_t n, unsigned flags,
                         hs_database_t **out, lr_pattern_fault *fault, lr_error *err)
{
    const char **const text = malloc(n * sizeof *text);
    size_t *const length = malloc(n * sizeof *length);
    unsigned *const number = malloc(n * sizeof *number), *const flag = malloc(n * sizeof *flag);
    hs_compile_error_t *why = NULL;
    lr_status status = LR_OK;

    if (text == NULL || length == NULL || number == NULL || flag == NULL) {
        status = lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        text[i] = (const char *)texts[i].data;
        length[i] = texts[i].n;
        number[i] = (unsigned)i;
        flag[i] = flags;
    }
    if (hs->hs_compile_lit_multi(text, flag, number, length, (unsigned)n, HS_MODE_BLOCK, NULL, out,
                                 &why) != HS_SUCCESS)
        status = lr_hs_refused(hs, why, fault, err);

done:
    free(text);
    free(length);
    free(number);
    free(flag);
    return status;
}
#endif
