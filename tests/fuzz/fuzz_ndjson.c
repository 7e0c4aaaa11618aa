/* fuzz_ndjson.c: json_records of every tier against its definition, in both kinds of validation. Bit 0
 * of the first byte of the input: which keys are looked for; the others are the lines. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

enum { N_KEYS = 6 };

static const lr_keys all_keys = {
    .key = {{"date", 4, -1},
            {"content", 7, -1},
            {"user", 4, -1},
            {"username", 8, 2},
            {"username", 8, -1},
            {"mentionedUsers", 14, -1}},
    .n = N_KEYS,
    .enough = 1u << 0 | 1u << 1 | 1u << 3,
};
static const lr_keys one_key = {.key = {{"k", 1, -1}}, .n = 1, .enough = 1};

/* The records of a batch, and room for them. */
typedef struct batch {
    lr_records records;
    uint32_t offset[LR_BATCH_MAX];
    uint8_t reason[LR_BATCH_MAX];
    lr_span spans[N_KEYS][LR_BATCH_MAX];
    uint8_t kinds[N_KEYS][LR_BATCH_MAX];
} batch;

static size_t read_batch(const lr_kernels *k, const uint8_t *src, size_t n, size_t from,
                         const lr_keys *keys, lr_validate validate, batch *out)
{
    memset(out, 0, sizeof *out);
    out->records.offset = out->offset;
    out->records.reason = out->reason;
    for (size_t i = 0; i < N_KEYS; i++)
        out->records.keys[i] = (lr_column){out->spans[i], out->kinds[i]};
    return k->json_records(src, n, from, keys, validate, &out->records);
}

/* Aborts where a span leaves src or a text is none. */
static void check_values(const lr_kernels *k, const uint8_t *src, size_t n, const lr_keys *keys,
                         const batch *b)
{
    for (size_t row = 0; row < b->records.n; row++)
        for (uint32_t i = 0; i < keys->n; i++) {
            const lr_span span = b->spans[i][row];
            const uint8_t kind = b->kinds[i][row];
            if (span.offset > n || span.length > n - span.offset)
                abort();
            if (kind != LR_PLAIN && kind != LR_ESCAPED)
                continue;
            uint8_t *const text = malloc(span.length + LR_PADDING);
            if (text == NULL)
                abort();
            const size_t length = k->unescape(src + span.offset, span.length, text);
            if (length > span.length || k->utf8_valid(text, length) != length)
                abort();
            free(text);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static batch want, got;

    if (size < 1)
        return 0;
    const lr_keys *keys = data[0] & 1 ? &all_keys : &one_key;
    const size_t n = size - 1;
    uint8_t *const src = malloc(n + LR_PADDING);
    if (src == NULL)
        abort();
    memcpy(src, data + 1, n);
    memset(src + n, '"', LR_PADDING);

    for (int validate = LR_VALIDATE_FULL; validate <= LR_VALIDATE_USED; validate++)
        for (size_t from = 0, next; from < n; from = next) {
            lr_kernels k;
            lr_kernels_init(&k, LR_ISA_REF);
            next = read_batch(&k, src, n, from, keys, (lr_validate)validate, &want);
            want.records.slow = 0;
            check_values(&k, src, n, keys, &want);
            for (int isa = LR_ISA_REF + 1; isa <= (int)lr_isa_best(); isa++) {
                lr_kernels_init(&k, (lr_isa)isa);
                const size_t end = read_batch(&k, src, n, from, keys, (lr_validate)validate, &got);
                if (end != next || got.records.n != want.records.n ||
                    got.records.lines != want.records.lines ||
                    memcmp(got.offset, want.offset, sizeof want - sizeof want.records) != 0)
                    abort();
                check_values(&k, src, n, keys, &got);
            }
        }
    free(src);
    return 0;
}
