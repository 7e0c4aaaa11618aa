/* dates_ref.h: dates, one character at a time: the definition. */
#include "parse/dates_core.h"

static void LR_NAME(dates)(const uint8_t *src, lr_column texts, size_t n_rows, lr_date *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        const uint8_t kind = texts.kinds[i];

        out[i] = 0;
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        out[i] =
            lr_date_read(src + texts.spans[i].offset, texts.spans[i].length, kind == LR_ESCAPED);
        if (out[i] == 0)
            texts.kinds[i] = LR_BAD + LR_BAD_DATE;
    }
}
