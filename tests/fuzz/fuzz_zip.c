/* fuzz_zip.c: zip files, as they are and cut off, flipped and made up: from a file and from a pipe. */
#include "fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_compressed(data, size);
    return 0;
}
