/*
 * patterns.c: sets of patterns. Literals are looked for in many texts at once: these are joined with
 * a byte between them that is in no UTF-8, so that none crosses it. A regular expression may say
 * anything about what stands before and behind, so it sees one text at a time (100 ns a call).
 */
#include "match/hyperscan.h"

#ifdef LR_HAVE_HYPERSCAN
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16, BETWEEN = 0xFF, ROWS_MAX = 2048 };

/* A database, and the number in the set of each of its patterns. */
typedef struct part {
    hs_database_t *database; /* NULL: of this sort there are none */
    size_t *numbers, n;
} part;

struct lr_patterns {
    lr_hs hs;
    size_t n;
    part literals, regexes;
};

struct lr_pattern_counter {
    const lr_patterns *set;
    hs_scratch_t *scratch;
    uint8_t *block; /* texts, decoded, with BETWEEN behind each */
    size_t block_max;
    uint32_t ends[ROWS_MAX]; /* where those in the block end */
    size_t n_rows;
    size_t row;            /* of the block: where the latest hit was */
    uint64_t block_number; /* of this block, from 1 */
    uint64_t *latest;      /* by pattern: block and row of its latest hit, as one number */
    uint64_t *records;     /* what is being added to */
};

static lr_status part_init(part *out, size_t n, lr_error *err)
{
    out->numbers = calloc(n, sizeof *out->numbers);
    return out->numbers != NULL ? LR_OK
                                : lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", n);
}

static lr_status compile_literals(lr_patterns *set, const lr_pattern *patterns, lr_error *err,
                                  lr_pattern_fault *fault)
{
    lr_bytes *const texts = calloc(set->literals.n, sizeof *texts);

    if (texts == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", set->literals.n);
    for (size_t i = 0; i < set->literals.n; i++)
        texts[i] = patterns[set->literals.numbers[i]].text;
    const lr_status status =
        lr_hs_literals(&set->hs, texts, set->literals.n, 0, &set->literals.database, fault, err);
    free(texts);
    if (status == LR_E_USAGE)
        fault->pattern = set->literals.numbers[fault->pattern];
    return status;
}

static unsigned flags_of(const lr_pattern *pattern)
{
    return HS_FLAG_UTF8 | HS_FLAG_SINGLEMATCH | (pattern->caseless ? HS_FLAG_CASELESS : 0) |
           (pattern->dot_all ? HS_FLAG_DOTALL : 0) | (pattern->multiline ? HS_FLAG_MULTILINE : 0) |
           (pattern->unicode ? HS_FLAG_UCP : 0);
}

static lr_status compile_regexes(lr_patterns *set, const lr_pattern *patterns, lr_error *err,
                                 lr_pattern_fault *fault)
{
    const size_t n = set->regexes.n;
    char **const texts = calloc(n, sizeof *texts);
    unsigned *const flags = calloc(n, sizeof *flags), *const numbers = calloc(n, sizeof *numbers);
    hs_compile_error_t *why = NULL;
    lr_status status = LR_OK;

    for (size_t i = 0; texts != NULL && flags != NULL && numbers != NULL && i < n; i++) {
        const lr_pattern *pattern = &patterns[set->regexes.numbers[i]];
        texts[i] = strndup((const char *)pattern->text.data, pattern->text.n);
        flags[i] = flags_of(pattern);
        numbers[i] = (unsigned)i;
        if (texts[i] == NULL)
            status = LR_E_RESOURCE;
    }
    if (status != LR_OK || texts == NULL || flags == NULL || numbers == NULL)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", n);
    else if (set->hs.hs_compile_multi((const char *const *)texts, flags, numbers, (unsigned)n,
                                      HS_MODE_BLOCK, NULL, &set->regexes.database,
                                      &why) != HS_SUCCESS)
        status = lr_hs_refused(&set->hs, why, fault, err);
    if (status == LR_E_USAGE)
        fault->pattern = set->regexes.numbers[fault->pattern];
    for (size_t i = 0; texts != NULL && i < n; i++)
        free(texts[i]);
    free(texts);
    free(flags);
    free(numbers);
    return status;
}

static lr_status compile(lr_patterns *set, const lr_pattern *patterns, lr_pattern_fault *fault,
                         lr_error *err)
{
    LR_TRY(lr_hs_open(&set->hs, err));
    LR_TRY(part_init(&set->literals, set->n, err));
    LR_TRY(part_init(&set->regexes, set->n, err));
    for (size_t i = 0; i < set->n; i++) {
        part *of = patterns[i].literal ? &set->literals : &set->regexes;
        of->numbers[of->n++] = i;
        const void *nul = memchr(patterns[i].text.data, 0, patterns[i].text.n);
        if (nul != NULL && !patterns[i].literal) {
            *fault = (lr_pattern_fault){i, (size_t)((const uint8_t *)nul - patterns[i].text.data)};
            return lr_fail(err, LR_E_USAGE, "a NUL: write \\x00");
        }
    }
    if (set->literals.n > 0)
        LR_TRY(compile_literals(set, patterns, err, fault));
    return set->regexes.n > 0 ? compile_regexes(set, patterns, err, fault) : LR_OK;
}

lr_status lr_patterns_new(lr_patterns **out, const lr_pattern *patterns, size_t n,
                          lr_pattern_fault *fault, lr_error *err)
{
    *out = NULL;
    *fault = (lr_pattern_fault){0, 0};
    lr_patterns *set = calloc(1, sizeof *set);
    if (set == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", n);
    set->n = n;
    const lr_status status = compile(set, patterns, fault, err);
    if (status == LR_OK)
        *out = set;
    else
        lr_patterns_free(set);
    return status;
}

void lr_patterns_free(lr_patterns *set)
{
    if (set == NULL)
        return;
    if (set->hs.library != NULL) {
        set->hs.hs_free_database(set->literals.database);
        set->hs.hs_free_database(set->regexes.database);
        lr_hs_close(&set->hs);
    }
    free(set->literals.numbers);
    free(set->regexes.numbers);
    free(set);
}

lr_status lr_pattern_counter_new(lr_pattern_counter **out, const lr_patterns *set, lr_error *err)
{
    lr_pattern_counter *c = *out = calloc(1, sizeof *c);
    bool fits = c != NULL;

    if (fits) {
        c->set = set;
        c->block_max = BLOCK;
        c->block = malloc(BLOCK);
        c->latest = calloc(set->n, sizeof *c->latest);
        fits = c->block != NULL && c->latest != NULL;
    }
    const hs_database_t *const databases[] = {set->literals.database, set->regexes.database};
    for (int i = 0; i < 2; i++)
        fits = fits && (databases[i] == NULL ||
                        set->hs.hs_alloc_scratch(databases[i], &c->scratch) == HS_SUCCESS);
    if (fits)
        return LR_OK;
    lr_pattern_counter_free(c);
    *out = NULL;
    return lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", set->n);
}

void lr_pattern_counter_free(lr_pattern_counter *counter)
{
    if (counter == NULL)
        return;
    if (counter->scratch != NULL)
        counter->set->hs.hs_free_scratch(counter->scratch);
    free(counter->block);
    free(counter->latest);
    free(counter);
}

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *context)
{
    lr_pattern_counter *c = context;
    const size_t number = c->set->literals.numbers[id];

    while (c->row > 0 && to <= c->ends[c->row - 1]) /* patterns may take turns */
        c->row--;
    while (to > c->ends[c->row])
        c->row++;
    const uint64_t here = c->block_number * ROWS_MAX + c->row;
    if (c->latest[number] != here) {
        c->latest[number] = here;
        c->records[number]++;
    }
    return 0;
}

/* Each comes once, for the flag SINGLEMATCH. */
static int on_regex(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    lr_pattern_counter *c = context;

    c->records[c->set->regexes.numbers[id]]++;
    return 0;
}

/* Scans the n bytes of the block. */
static lr_status scan_block(lr_pattern_counter *c, size_t n, lr_error *err)
{
    const lr_patterns *set = c->set;
    hs_error_t status = HS_SUCCESS;
    uint32_t begin = 0;

    c->row = 0;
    c->block_number++;
    if (set->literals.database != NULL)
        status = set->hs.hs_scan(set->literals.database, (const char *)c->block, (unsigned)n, 0,
                                 c->scratch, on_literal, c);
    for (size_t i = 0; i < c->n_rows && set->regexes.database != NULL; i++) {
        if (status == HS_SUCCESS)
            status = set->hs.hs_scan(set->regexes.database, (const char *)c->block + begin,
                                     c->ends[i] - begin, 0, c->scratch, on_regex, c);
        begin = c->ends[i] + 1;
    }
    c->n_rows = 0;
    return status == HS_SUCCESS ? LR_OK : lr_fail(err, LR_E_RESOURCE, "Hyperscan: %d", status);
}

/* Makes room for a text of n bytes behind those in the block, which hold *used. */
static lr_status make_room(lr_pattern_counter *c, size_t n, size_t *used, lr_error *err)
{
    const size_t needed = n + 1 + LR_PADDING;

    if (*used > 0 && (*used + needed > c->block_max || c->n_rows == ROWS_MAX)) {
        LR_TRY(scan_block(c, *used, err));
        *used = 0;
    }
    if (needed <= c->block_max)
        return LR_OK;
    uint8_t *larger = needed <= UINT32_MAX ? realloc(c->block, needed) : NULL;
    if (larger == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a text of %zu bytes", n);
    c->block = larger;
    c->block_max = needed;
    return LR_OK;
}

lr_status lr_pattern_count(lr_pattern_counter *c, const lr_kernels *k, const uint8_t *src,
                           lr_column texts, size_t n_rows, uint64_t *records, lr_error *err)
{
    size_t used = 0;

    c->records = records;
    c->n_rows = 0;
    for (size_t i = 0; i < n_rows; i++) {
        const lr_span span = texts.spans[i];
        size_t length = span.length;
        if (texts.kinds[i] != LR_PLAIN && texts.kinds[i] != LR_ESCAPED)
            continue;
        LR_TRY(make_room(c, length, &used, err));
        if (texts.kinds[i] == LR_ESCAPED)
            length = k->unescape(src + span.offset, length, c->block + used);
        else
            memcpy(c->block + used, src + span.offset, length);
        used += length;
        c->ends[c->n_rows++] = (uint32_t)used;
        c->block[used++] = BETWEEN;
    }
    return used > 0 ? scan_block(c, used, err) : LR_OK;
}

#else /* without Hyperscan */

lr_status lr_patterns_new(lr_patterns **out, const lr_pattern *patterns, size_t n,
                          lr_pattern_fault *fault, lr_error *err)
{
    *out = NULL;
    *fault = (lr_pattern_fault){0, 0};
    return lr_fail(err, LR_E_RESOURCE, "this build is without Hyperscan");
}

void lr_patterns_free(lr_patterns *set)
{
}

lr_status lr_pattern_counter_new(lr_pattern_counter **out, const lr_patterns *set, lr_error *err)
{
    *out = NULL;
    return lr_fail(err, LR_E_RESOURCE, "this build is without Hyperscan");
}

void lr_pattern_counter_free(lr_pattern_counter *counter)
{
}

lr_status lr_pattern_count(lr_pattern_counter *counter, const lr_kernels *k, const uint8_t *src,
                           lr_column texts, size_t n_rows, uint64_t *records, lr_error *err)
{
    return lr_fail(err, LR_E_RESOURCE, "this build is without Hyperscan");
}
#endif
