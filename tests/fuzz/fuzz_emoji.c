/*
 * fuzz_emoji.c: find_emojis of every tier against its definition. The first byte of the input: bit 0,
 * are the texts escaped; bit 1, which set; bits 2 to 4, room for how many; the others are the texts,
 * one a line.
 */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 16 };

typedef struct column {
    size_t n;
    lr_span spans[ROWS_MAX];
    uint8_t kinds[ROWS_MAX];
} column;

static void split(const uint8_t *src, size_t n, lr_kind kind, column *out)
{
    size_t begin = 0;

    out->n = 0;
    for (size_t i = 0; i <= n && out->n < ROWS_MAX; i++) {
        if (i < n && src[i] != '\n')
            continue;
        out->spans[out->n] = (lr_span){(uint32_t)begin, (uint32_t)(i - begin)};
        out->kinds[out->n++] = (uint8_t)kind;
        begin = i + 1;
    }
}

/* All symbols, max at a time, into out; returns how many. */
static size_t find(const lr_kernels *k, const uint8_t *src, column *texts, const lr_emoji_set *set,
                   size_t max, uint32_t *out)
{
    lr_cursor cursor = {0, 0};
    size_t found = 0;

    while (cursor.row < texts->n) {
        const size_t n = k->find_emojis(src, (lr_column){texts->spans, texts->kinds}, texts->n, set,
                                        &cursor, out + found, max);
        if (n > max || (n < max && cursor.row != texts->n))
            abort();
        found += n;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    column texts;

    if (size < 1)
        return 0;
    const size_t n = size - 1;
    const lr_emoji_set *set = data[0] & 2 ? lr_emoji_set_2_16() : lr_emoji_set_1_4_1();
    const size_t max = 1 + (data[0] >> 2 & 7);
    uint8_t *const src = malloc(n + LR_PADDING);
    uint32_t *const want = malloc((n + 9) * sizeof *want), *const got =
                                                               malloc((n + 9) * sizeof *got);
    if (src == NULL || want == NULL || got == NULL)
        abort();
    memcpy(src, data + 1, n);
    memset(src + n, data[0], LR_PADDING);
    split(src, n, data[0] & 1 ? LR_ESCAPED : LR_PLAIN, &texts);

    lr_kernels k;
    lr_kernels_init(&k, LR_ISA_REF);
    const size_t n_want = find(&k, src, &texts, set, n + 1, want);
    for (int isa = LR_ISA_AVX2; isa <= (int)lr_isa_best(); isa++) {
        lr_kernels_init(&k, (lr_isa)isa);
        if (find(&k, src, &texts, set, max, got) != n_want ||
            memcmp(got, want, n_want * sizeof *got) != 0)
            abort();
    }
    free(src);
    free(want);
    free(got);
    return 0;
}
