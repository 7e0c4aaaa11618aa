/*
 * fuzz_mention.c: find_mentions of every tier against its definition. The first byte of the input:
 * bit 0, are the texts escaped; bits 1 and 2, the mode; bits 3 to 5, room for how many; the others
 * are the texts, one a line.
 */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 16 };

typedef struct column {
    size_t n;
    lr_span *spans;
    uint8_t *kinds;
} column;

static column column_new(size_t n)
{
    const column made = {0, malloc(n * sizeof(lr_span)), malloc(n)};

    if (made.spans == NULL || made.kinds == NULL)
        abort();
    return made;
}

static void column_free(column *c)
{
    free(c->spans);
    free(c->kinds);
}

static void split(const uint8_t *src, size_t n, lr_kind kind, column *out)
{
    size_t begin = 0;

    for (size_t i = 0; i <= n && out->n < ROWS_MAX; i++) {
        if (i < n && src[i] != '\n')
            continue;
        out->spans[out->n] = (lr_span){(uint32_t)begin, (uint32_t)(i - begin)};
        out->kinds[out->n++] = (uint8_t)kind;
        begin = i + 1;
    }
}

/* All names, max at a time, into out. */
static void find(const lr_kernels *k, const uint8_t *src, const column *texts, lr_mentions mode,
                 size_t max, column *out)
{
    lr_cursor cursor = {0, 0};

    out->n = 0;
    while (cursor.row < texts->n) {
        const lr_column rest = {out->spans + out->n, out->kinds + out->n};
        const size_t n = k->find_mentions(src, (lr_column){texts->spans, texts->kinds}, texts->n,
                                          mode, &cursor, rest, max);
        if (n > max || (n < max && cursor.row != texts->n))
            abort();
        out->n += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const size_t n = size - 1;
    const lr_mentions mode = (lr_mentions)(data[0] >> 1 & 3);
    const size_t max = 1 + (data[0] >> 3 & 7);
    uint8_t *const src = malloc(n + LR_PADDING);
    column texts = column_new(ROWS_MAX), want = column_new(n + 9), got = column_new(n + 9);
    if (src == NULL)
        abort();
    memcpy(src, data + 1, n);
    memset(src + n, data[0], LR_PADDING);
    split(src, n, data[0] & 1 ? LR_ESCAPED : LR_PLAIN, &texts);

    lr_kernels k;
    lr_kernels_init(&k, LR_ISA_REF);
    find(&k, src, &texts, mode, n + 1, &want);
    for (int isa = LR_ISA_AVX2; isa <= (int)lr_isa_best(); isa++) {
        lr_kernels_init(&k, (lr_isa)isa);
        find(&k, src, &texts, mode, max, &got);
        if (got.n != want.n || memcmp(got.spans, want.spans, got.n * sizeof *got.spans) != 0 ||
            memcmp(got.kinds, want.kinds, got.n) != 0)
            abort();
    }
    free(src);
    column_free(&texts);
    column_free(&want);
    column_free(&got);
    return 0;
}
