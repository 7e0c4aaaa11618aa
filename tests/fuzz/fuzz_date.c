/* fuzz_date.c: dates of every tier against its definition. Bit 0 of the first byte of the input: is
 * the text escaped; the others are the text. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const size_t n = size - 1;
    uint8_t *const src = malloc(n + LR_PADDING);
    lr_date want = 0;
    uint8_t want_kind = 0;

    if (src == NULL)
        abort();
    memcpy(src, data + 1, n);
    memset(src + n, '0', LR_PADDING);
    for (int isa = LR_ISA_REF; isa <= (int)lr_isa_best(); isa++) {
        lr_kernels k;
        lr_span span = {0, (uint32_t)n};
        uint8_t kind = data[0] & 1 ? LR_ESCAPED : LR_PLAIN;
        lr_date got;

        lr_kernels_init(&k, (lr_isa)isa);
        k.dates(src, (lr_column){&span, &kind}, 1, &got);
        if (isa == LR_ISA_REF) {
            want = got;
            want_kind = kind;
        }
        if (got != want || kind != want_kind || (got == 0) != (kind == LR_BAD + LR_BAD_DATE))
            abort();
    }
    free(src);
    return 0;
}
