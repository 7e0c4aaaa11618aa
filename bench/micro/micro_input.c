/* micro_input.c: generated tweets, as lines, array and CSV, and their columns as the reference reads them. */
#include "micro_input.h"

#include "datagen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_BYTES = 16 * 1024 * 1024, ROWS_MAX = 64 * 1024 };

/* The file's bytes, and `extra` zeros behind them. */
static lr_status read_file(const char *path, size_t extra, uint8_t **out, size_t *n, lr_error *err)
{
    FILE *file = fopen(path, "rbe");
    const size_t room = INPUT_BYTES + INPUT_BYTES / 8;

    if (file == NULL)
        return lr_fail(err, LR_E_IO, "%s: %s", path, strerror(errno));
    *out = aligned_alloc(4096, room + extra);
    if (*out != NULL) {
        *n = fread(*out, 1, room, file);
        memset(*out + *n, 0, room + extra - *n);
    }
    fclose(file);
    if (*out == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the input");
    return *n > 0 ? LR_OK : lr_fail(err, LR_E_IO, "%s: nothing was read", path);
}

static lr_status generate(const char *recipe, lr_gen_format format, size_t extra, uint8_t **out,
                          size_t *n, lr_error *err)
{
    char folder[] = "/tmp/bench-micro-XXXXXX", data[64], key[64];
    lr_gen_options options;
    lr_gen_report report;

    if (mkdtemp(folder) == NULL)
        return lr_fail(err, LR_E_IO, "%s: %s", folder, strerror(errno));
    snprintf(data, sizeof data, "%s/tweets", folder);
    snprintf(key, sizeof key, "%s/key.json", folder);
    lr_gen_defaults(&options, lr_recipe_find(recipe));
    options.seed = 1;
    options.size_bytes = INPUT_BYTES;
    options.format = format;
    options.output = data;
    options.answers = key;
    lr_status status = lr_gen(&options, &report, err);
    if (status == LR_OK)
        status = read_file(data, extra, out, n, err);
    unlink(data);
    unlink(key);
    rmdir(folder);
    return status;
}

/* The columns of the table that the queries read, by its header, in which nothing is quoted. */
static lr_status read_header(lr_micro_input *in, lr_error *err)
{
    static const char *const wanted[] = {"content", "date", "username"};
    lr_csv *csv = &in->csv;

    *csv = (lr_csv){.delimiter = ','};
    for (size_t at = 0; in->table_from == 0; csv->n_columns++) {
        const char *name = (const char *)in->table + at;
        const size_t length = strcspn(name, ",\n");
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (length == strlen(wanted[i]) && memcmp(name, wanted[i], length) == 0)
                csv->column[csv->n++] = csv->n_columns;
        at += length + 1;
        if (name[length] != ',')
            in->table_from = at;
    }
    if (csv->n != sizeof wanted / sizeof *wanted)
        return lr_fail(err, LR_E_DATA, "the table lacks a column");
    return LR_OK;
}

static lr_status generate_all(lr_micro_input *in, lr_error *err)
{
    const size_t twice = INPUT_BYTES + INPUT_BYTES / 8 + 8192;

    LR_TRY(generate("tweets", LR_GEN_NDJSON, 4096, &in->text, &in->n, err));
    LR_TRY(generate("tweets", LR_GEN_JSON, 4096, &in->array, &in->array_n, err));
    LR_TRY(generate("mock", LR_GEN_CSV, twice, &in->table, &in->table_n, err));
    return read_header(in, err);
}

/* The columns of all records, as the reference reads them. */
static lr_status read_columns(lr_micro_input *in, lr_error *err)
{
    static const int holders[] = {MICRO_DATE, MICRO_CONTENT, MICRO_USERNAME};
    lr_records *r = &in->batch.records;

    for (size_t from = 0; from < in->n;) {
        r->n = 0;
        from =
            in->kernels.json_records(in->text, in->n, from, &in->fields.keys, LR_VALIDATE_FULL, r);
        if (in->n_rows + r->n > ROWS_MAX)
            return lr_fail(err, LR_E_RESOURCE, "more records than expected");
        for (size_t f = 0; f < MICRO_FIELDS; f++) {
            const lr_column *key = &r->keys[in->fields.at[holders[f]].first];
            memcpy(in->columns[f].spans + in->n_rows, key->spans, r->n * sizeof *key->spans);
            memcpy(in->columns[f].kinds + in->n_rows, key->kinds, r->n);
        }
        in->n_rows += r->n;
    }
    memcpy(in->dates_kinds, in->columns[MICRO_DATE].kinds, in->n_rows);
    in->kernels.dates(in->text, (lr_column){in->columns[MICRO_DATE].spans, in->dates_kinds},
                      in->n_rows, in->dates);
    return LR_OK;
}

/* All room but the text's; false where memory lacks. */
static bool allocate(lr_micro_input *in)
{
    bool all = true;

    for (size_t f = 0; f < MICRO_FIELDS; f++) {
        in->columns[f].spans = calloc(ROWS_MAX, sizeof *in->columns[f].spans);
        in->columns[f].kinds = calloc(ROWS_MAX, 1);
        all = all && in->columns[f].spans != NULL && in->columns[f].kinds != NULL;
    }
    in->dates_kinds = calloc(ROWS_MAX, 1);
    in->dates = calloc(ROWS_MAX, sizeof *in->dates);
    in->masks = calloc(MICRO_OUT, sizeof *in->masks);
    in->offsets = calloc(MICRO_OUT, sizeof *in->offsets);
    in->found.spans = calloc(MICRO_OUT, sizeof *in->found.spans);
    in->found.kinds = calloc(MICRO_OUT, 1);
    in->unescaped = calloc(in->n + LR_PADDING, 1);
    in->groups = (lr_groups){.bits = MICRO_GROUP_BITS, .arena_max = INPUT_BYTES, .seed = {1, 2}};
    in->groups.n_max = ((size_t)1 << MICRO_GROUP_BITS) / 2;
    in->groups.slots = calloc((size_t)1 << MICRO_GROUP_BITS, sizeof *in->groups.slots);
    in->groups.arena = calloc(INPUT_BYTES, 1);
    return all && in->dates_kinds != NULL && in->dates != NULL && in->masks != NULL &&
           in->offsets != NULL && in->found.spans != NULL && in->found.kinds != NULL &&
           in->unescaped != NULL && in->groups.slots != NULL && in->groups.arena != NULL;
}

lr_status lr_micro_input_new(lr_micro_input **out, lr_error *err)
{
    static const lr_field fields[MICRO_FIELDS] = {
        {"date", LR_TYPE_DATE, "date"},
        {"content", LR_TYPE_TEXT, "content"},
        {"username", LR_TYPE_TEXT, "user.username|username"},
    };
    lr_micro_input *in = calloc(1, sizeof *in);

    *out = NULL;
    if (in == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the input");
    lr_micro_choose(in, 0);
    lr_status status = lr_fields_init(&in->fields, fields, MICRO_FIELDS, err);
    if (status == LR_OK)
        status = lr_batch_init(&in->batch, &in->fields, err);
    if (status == LR_OK)
        status = generate_all(in, err);
    if (status == LR_OK && !allocate(in))
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the input's columns");
    if (status == LR_OK)
        status = read_columns(in, err);
    if (status != LR_OK) {
        lr_micro_input_free(in);
        return status;
    }
    *out = in;
    return LR_OK;
}

void lr_micro_input_free(lr_micro_input *in)
{
    if (in == NULL)
        return;
    for (size_t f = 0; f < MICRO_FIELDS; f++) {
        free(in->columns[f].spans);
        free(in->columns[f].kinds);
    }
    lr_batch_free(&in->batch);
    free(in->text);
    free(in->array);
    free(in->table);
    free(in->dates_kinds);
    free(in->dates);
    free(in->masks);
    free(in->offsets);
    free(in->found.spans);
    free(in->found.kinds);
    free(in->unescaped);
    free(in->groups.slots);
    free(in->groups.arena);
    free(in);
}

uint32_t lr_micro_tiers(void)
{
    return (uint32_t)lr_isa_best() + 1;
}

const char *lr_micro_tier_name(uint32_t tier)
{
    return lr_isa_name((lr_isa)tier);
}

void lr_micro_choose(lr_micro_input *in, uint32_t tier)
{
    lr_kernels_init(&in->kernels, (lr_isa)tier);
}

bool lr_micro_has(const lr_micro *micro, uint32_t tier)
{
    lr_kernels mine, below;

    if (tier == 0 || micro->member == SIZE_MAX)
        return tier == 0;
    lr_kernels_init(&mine, (lr_isa)tier);
    lr_kernels_init(&below, (lr_isa)(tier - 1));
    return memcmp((const char *)&mine + micro->member, (const char *)&below + micro->member,
                  sizeof(void (*)(void))) != 0;
}
