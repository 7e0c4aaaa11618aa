/* weights.c: alias tables. */
#include "weights.h"

#include <stdlib.h>

lr_status weights_init(weights *out, const uint64_t *of, uint32_t n, lr_error *err)
{
    unsigned __int128 sum = 0;
    uint64_t *const scaled = malloc(n * sizeof *scaled);
    uint32_t *const small = malloc(n * sizeof *small), *const large = malloc(n * sizeof *large);
    uint32_t n_small = 0, n_large = 0;
    lr_status status = LR_OK;

    *out = (weights){n, malloc(n * sizeof *out->cells)};
    if (scaled == NULL || small == NULL || large == NULL || out->cells == NULL) {
        status = lr_fail(err, LR_E_RESOURCE, "no memory for %u weights", n);
        weights_free(out);
        goto done;
    }
    for (uint32_t i = 0; i < n; i++)
        sum += of[i];
    for (uint32_t i = 0; i < n; i++) { /* 2^32 is the mean */
        scaled[i] = (uint64_t)((((unsigned __int128)of[i] * n) << 32) / sum);
        if (scaled[i] < (uint64_t)1 << 32)
            small[n_small++] = i;
        else
            large[n_large++] = i;
    }
    while (n_small > 0 && n_large > 0) {
        const uint32_t i = small[--n_small], j = large[n_large - 1];
        out->cells[i] = (weights_cell){(uint32_t)scaled[i], j};
        scaled[j] -= ((uint64_t)1 << 32) - scaled[i];
        if (scaled[j] < (uint64_t)1 << 32) {
            n_large--;
            small[n_small++] = j;
        }
    }
    /* What is left is full but for rounding. */
    while (n_small > 0)
        out->cells[small[n_small - 1]] = (weights_cell){UINT32_MAX, small[n_small - 1]}, n_small--;
    while (n_large > 0)
        out->cells[large[n_large - 1]] = (weights_cell){UINT32_MAX, large[n_large - 1]}, n_large--;

done:
    free(scaled);
    free(small);
    free(large);
    return status;
}

lr_status weights_zipf(weights *out, uint32_t n, uint64_t offset, lr_error *err)
{
    uint64_t *const of = malloc(n * sizeof *of);

    if (of == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u weights", n);
    for (uint32_t k = 0; k < n; k++)
        of[k] = ((uint64_t)1 << 36) / (k + 1 + offset);
    const lr_status status = weights_init(out, of, n, err);
    free(of);
    return status;
}

void weights_free(weights *w)
{
    free(w->cells);
    *w = (weights){0, NULL};
}
