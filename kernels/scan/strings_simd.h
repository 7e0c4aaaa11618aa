/* strings_simd.h: scan_strings over 64-byte blocks; instantiated once per tier. */
#include "scan/strings_core.h"

static void LR_NAME(scan_strings)(const uint8_t *src, size_t n, uint32_t *state, uint64_t *out)
{
    for (size_t i = 0; i < n; i += 64) {
        /* The padding makes the load safe; the mask keeps what it holds out of the result. */
        const uint32_t last = n - i < 64 ? (uint32_t)(n - i) - 1 : 63;
        out[i / 64] = lr_strings(block_load(src + i), last, state) & (UINT64_MAX >> (63 - last));
    }
}
