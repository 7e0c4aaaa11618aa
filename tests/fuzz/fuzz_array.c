/* fuzz_array.c: files of arrays: small slices and the best tier against one slice and the definitions. */
#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_format(data, size, LR_INPUT_JSON);
    return 0;
}
