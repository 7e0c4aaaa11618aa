/*
 * unit_options.c. Goal: the library's options are what linerate.h says: defaults, values, lines that
 * say what would be right, texts that are copied. Method: values written by hand; and every row of the
 * table is asked for what holds of all rows.
 */
#include "check.h"
#include "option_table.h"
#include "options.h"

static lr_options *fresh(void)
{
    lr_options *options;
    CHECK(lr_options_new(&options, NULL) == LR_OK, "no memory");
    return options;
}

static void check_defaults(void)
{
    lr_options *o = fresh();

    CHECK(o->plan == LR_PLAN_AUTO && o->device == LR_DEVICE_AUTO && o->memory_max_bytes == 0,
          "plan");
    CHECK(o->threads == 0 && o->isa == lr_isa_best() && o->validate == LR_VALIDATE_FULL, "speed");
    CHECK(o->modes.mentions == LR_MENTIONS_ASCII && o->modes.emoji == LR_EMOJI_1_4_1, "matching");
    CHECK(o->on_error == LR_ON_ERROR_FAIL && o->max_errors == UINT64_MAX, "errors");
    CHECK(o->limit == UINT64_MAX && o->top == 0 && o->since == 0 && o->until == 0, "what is read");
    CHECK(o->format == LR_FORMAT_TABLE && o->rejects == NULL && !o->map, "output");
    CHECK(lr_options_check(o, NULL) == LR_OK, "the defaults go together");
    lr_options_free(o);
    lr_options_free(NULL);
}

static void check_sizes(void)
{
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } sizes[] = {
        {"1", 1},
        {"4096", 4096},
        {"7B", 7},
        {"1kB", 1000},
        {"1KB", 1000},
        {"1KiB", 1024},
        {"16MiB", 16 << 20},
        {"16MB", 16000000},
        {"2.2GB", 2200000000u},
        {"0.5KiB", 512},
        {"1.000001MB", 1000001},
        {"3GiB", 3ull << 30},
        {"1TB", 1000000000000},
        {"1TiB", 1ull << 40},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709551616", 0},
        {"16777216TiB", 0},
        {"", 0},
        {"0", 0},
        {"MB", 0},
        {"1M", 0},
        {"1 MB", 0},
        {" 1", 0},
        {"1.MB", 0},
        {".5MB", 0},
        {"-1", 0},
        {"+1", 0},
        {"1e6", 0},
        {"1.0000001MB", 0},
        {"0x10", 0},
        {"1,5MB", 0},
    };
    lr_options *o = fresh();

    for (size_t i = 0; i < LR_COUNT_OF(sizes); i++) {
        o->memory_max_bytes = 42;
        const lr_status status = lr_options_set(o, "memory", sizes[i].text, NULL);
        CHECK((status == LR_OK) == (sizes[i].bytes != 0), "'%s'", sizes[i].text);
        CHECK(o->memory_max_bytes == (status == LR_OK ? sizes[i].bytes : 42), "'%s' is %llu",
              sizes[i].text, (unsigned long long)o->memory_max_bytes);
    }
    lr_options_free(o);
}

static void check_values(void)
{
    lr_options *o = fresh();
    lr_error error;

    CHECK(lr_options_set(o, "plan", "memory", &error) == LR_OK && o->plan == LR_PLAN_MEMORY,
          "plan");
    CHECK(lr_options_set(o, "plan", "fast", &error) == LR_E_USAGE && o->plan == LR_PLAN_MEMORY,
          "kept");
    CHECK(strcmp(error.message, "plan: no 'fast'; one of: time, memory, auto") == 0, "%s",
          error.message);
    CHECK(lr_options_set(o, "since", "2021-02-12", NULL) == LR_OK && o->since == 20210212, "since");
    CHECK(lr_options_set(o, "delimiter", "tab", NULL) == LR_OK && o->delimiter == '\t', "tab");
    CHECK(lr_options_set(o, "delimiter", "\\t", NULL) == LR_OK && o->delimiter == '\t', "\\t");
    CHECK(lr_options_set(o, "delimiter", "\t", NULL) == LR_OK && o->delimiter == '\t', "a TAB");
    CHECK(lr_options_set(o, "delimiter", "~", NULL) == LR_OK && o->delimiter == '~', "~");
    CHECK(lr_options_set(o, "profile", "true", NULL) == LR_OK && o->profile, "profile");
    CHECK(lr_options_set(o, "threads", "3", NULL) == LR_OK && o->threads == 3, "threads");
    CHECK(lr_options_set(o, "format", "json", &error) == LR_E_USAGE, "the library writes nothing");
    CHECK(strcmp(error.message, "format: no such option") == 0, "%s", error.message);
    CHECK(lr_options_set(o, "nothing", "1", NULL) == LR_E_USAGE, "no such option");
    CHECK(lr_options_set(o, "isa", "ref", NULL) == LR_OK && o->isa == LR_ISA_REF, "isa");
    if (lr_isa_best() < LR_ISA_AVX512) {
        CHECK(lr_options_set(o, "isa", "avx512", NULL) == LR_E_RESOURCE, "more than there is");
        CHECK(o->isa == LR_ISA_REF, "kept");
    }
    CHECK(lr_options_set(o, "device", "gpu", NULL) != LR_OK ||
              lr_options_check(o, &error) == LR_E_USAGE,
          "the memory plan runs on the CPU");
    lr_options_free(o);
}

static void check_texts(void)
{
    lr_options *o = fresh();
    char path[] = "one", other[] = "two";

    CHECK(lr_options_set(o, "rejects", path, NULL) == LR_OK, "set");
    memset(path, 'x', 3);
    CHECK(strcmp(o->rejects, "one") == 0, "copied");
    CHECK(lr_options_set(o, "rejects", other, NULL) == LR_OK, "set again");
    memset(other, 'x', 3);
    CHECK(strcmp(o->rejects, "two") == 0, "the last one counts");
    CHECK(lr_options_check(o, NULL) == LR_E_USAGE, "rejects are for skip");
    CHECK(lr_options_set(o, "on-error", "skip", NULL) == LR_OK, "skip");
    CHECK(lr_options_check(o, NULL) == LR_OK, "now they go together");
    CHECK(lr_options_set(o, "rejects", "", NULL) == LR_E_USAGE, "empty");
    lr_options_free(o);
}

static void check_rows(void)
{
    for (const lr_option *row = lr_option_rows; row->name != NULL; row++) {
        CHECK(lr_option_find(lr_option_rows, row->name) == row, "%s stands twice", row->name);
        CHECK(row->commands != 0 && row->help[0] != '\0', "%s", row->name);
        CHECK(row->help[strlen(row->help) - 1] != '.', "%s: a full stop", row->name);
        CHECK(row->offset + row->size <= sizeof(lr_options), "%s", row->name);
        CHECK((row->kind == LR_OPTION_CHOICE) == (row->choices != NULL), "%s", row->name);
        CHECK(strcspn(row->name, "=_ ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(row->name), "%s",
              row->name);
        if (row->standard != NULL) {
            lr_options *o = fresh();
            CHECK(lr_option_set(row, o, row->standard, row->name, NULL) == LR_OK, "%s: default",
                  row->name);
            lr_options_free(o);
        }
    }
}

static void check_nearest(void)
{
    static const char *const names[] = {"plan", "memory", "threads", "max-errors"};

    CHECK(strcmp(lr_nearest("plna", names, 4), "plan") == 0, "a swap");
    CHECK(strcmp(lr_nearest("thread", names, 4), "threads") == 0, "a letter less");
    CHECK(strcmp(lr_nearest("max_error", names, 4), "max-errors") == 0, "two edits");
    CHECK(lr_nearest("zzzzzz", names, 4) == NULL && lr_nearest("", names, 4) == NULL, "none");
}

int main(void)
{
    check_rng rng;

    if (check_begin("defaults", &rng))
        check_defaults();
    if (check_begin("sizes", &rng))
        check_sizes();
    if (check_begin("values", &rng))
        check_values();
    if (check_begin("texts", &rng))
        check_texts();
    if (check_begin("rows", &rng))
        check_rows();
    if (check_begin("nearest", &rng))
        check_nearest();
    return 0;
}
