/* room.c: memory that grows to what is asked for. */
#include "room.h"

#include <stdlib.h>

lr_status lr_room_make(uint8_t **memory, size_t *max, size_t wanted, const char *what,
                       lr_error *err)
{
    if (wanted <= *max)
        return LR_OK;
    uint8_t *larger = realloc(*memory, wanted);
    if (larger == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %zu bytes of %s", wanted, what);
    *memory = larger;
    *max = wanted;
    return LR_OK;
}
