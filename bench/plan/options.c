/* options.c: the options of queries: one row each. And which version of the library this is. */
#include "options.h"
#include "option_table.h"

#include <stdlib.h>
#include <string.h>

/* Downward only: a tier that the machine lacks would end in SIGILL. */
static lr_status check_isa(const void *values, const char *label, lr_error *err)
{
    const lr_options *options = values;

    if (options->isa > lr_isa_best())
        return lr_fail(err, LR_E_RESOURCE, "%s: this machine has no %s, at most %s", label,
                       lr_isa_name(options->isa), lr_isa_name(lr_isa_best()));
    return LR_OK;
}

static lr_status check_matcher(const void *values, const char *label, lr_error *err)
{
#ifndef LR_HAVE_HYPERSCAN
    const lr_options *options = values;
    if (options->matcher == LR_MATCHER_HYPERSCAN)
        return lr_fail(err, LR_E_RESOURCE, "%s: hyperscan: this build is without Hyperscan", label);
#endif
    return LR_OK;
}

#define CHOICE(member, ...) LR_TAKES_CHOICE(lr_options, member, __VA_ARGS__)
#define A LR_FOR_ANSWERS
#define L LR_FOR_LINES
#define R LR_FOR_RECORDS
#define C LR_FOR_COMPARE
#define P LR_FOR_PRINT
#define V LR_FOR_CHECKS
#define B LR_FOR_BUDGET
#define LIBRARY LR_FOR_LIBRARY

/* clang-format off */
const lr_option lr_option_rows[] = {
    {"plan", "auto", A|LIBRARY, "the fastest, or within --memory; auto: the fastest that fits",
     CHOICE(plan, {"time", LR_PLAN_TIME}, {"memory", LR_PLAN_MEMORY}, {"auto", LR_PLAN_AUTO})},
    {"memory", NULL, A|C|B|LIBRARY, "budget that is kept or refused (none; memory plan: 16MiB)",
     LR_TAKES_SIZE(lr_options, memory_max_bytes), .least = 1},
    {"threads", NULL, A|L|R|V|C|LIBRARY, "how many threads (all that this process may use)",
     LR_TAKES_NUMBER(lr_options, threads), .least = 1, .most = 4096},
    {"device", "auto", A|LIBRARY, "where it runs",
     CHOICE(device, {"cpu", LR_DEVICE_CPU}, {"gpu", LR_DEVICE_GPU}, {"auto", LR_DEVICE_AUTO})},
    {"isa", NULL, A|L|R|V|C|LIBRARY, "at most these instructions (the best that there are)",
     CHOICE(isa, {"ref", LR_ISA_REF}, {"avx2", LR_ISA_AVX2}, {"avx512", LR_ISA_AVX512}),
     .check = check_isa},
    {"validate", "full", A|R|V|C|LIBRARY, "check all of RFC 8259 and UTF-8, or only what is read",
     CHOICE(validate, {"full", LR_VALIDATE_FULL}, {"used", LR_VALIDATE_USED})},
    {"mentions", "ascii", A|C|LIBRARY, "which @names count",
     CHOICE(modes.mentions, {"ascii", LR_MENTIONS_ASCII}, {"unicode", LR_MENTIONS_UNICODE},
            {"first", LR_MENTIONS_FIRST}, {"twitter", LR_MENTIONS_TWITTER},
            {"field", LR_MENTIONS_FIELD})},
    {"emoji", "1.4.1", A|C|LIBRARY, "the emoji set: that of python emoji 1.4.1 or 2.16",
     CHOICE(modes.emoji, {"1.4.1", LR_EMOJI_1_4_1}, {"2.16", LR_EMOJI_2_16})},
    {"matcher", "auto", A|C|LIBRARY, "what finds emojis and mentions",
     CHOICE(matcher, {"auto", LR_MATCHER_AUTO}, {"simd", LR_MATCHER_SIMD},
            {"hyperscan", LR_MATCHER_HYPERSCAN}),
     .check = check_matcher},
    {"input", "auto", A|R|V|C|LIBRARY, "the format of the files; auto: seen from the content",
     CHOICE(input, {"auto", LR_INPUT_AUTO}, {"ndjson", LR_INPUT_NDJSON}, {"json", LR_INPUT_JSON},
            {"csv", LR_INPUT_CSV})},
    {"delimiter", NULL, A|R|V|C|LIBRARY, "of CSV: one character, or tab (seen from the header)",
     LR_TAKES_BYTE(lr_options, delimiter)},
    {"on-error", "fail", A|R|LIBRARY, "a bad record ends the run, or is left out and counted",
     CHOICE(on_error, {"fail", LR_ON_ERROR_FAIL}, {"skip", LR_ON_ERROR_SKIP})},
    {"max-errors", NULL, A|R|LIBRARY, "with --on-error=skip: more bad records than N fail (any)",
     LR_TAKES_COUNT(lr_options, max_errors)},
    {"rejects", NULL, A|R|LIBRARY, "with --on-error=skip: write the bad records there (NDJSON)",
     LR_TAKES_TEXT(lr_options, rejects, "FILE")},
    {"max-input", NULL, A|L|R|V|C|LIBRARY, "fail where the input, decompressed, is longer (any)",
     LR_TAKES_SIZE(lr_options, max_input_bytes), .least = 1},
    {"format", "table", A|L|R|V|C|P, "how the answer is written",
     CHOICE(format, {"table", LR_FORMAT_TABLE}, {"json", LR_FORMAT_JSON},
            {"jsonl", LR_FORMAT_JSONL}, {"csv", LR_FORMAT_CSV}, {"tsv", LR_FORMAT_TSV},
            {"md", LR_FORMAT_MD})},
    {"top", NULL, A|C|LIBRARY, "N rows instead of 10 (q1: dates)",
     LR_TAKES_COUNT(lr_options, top), .least = 1},
    {"since", NULL, A|C|LIBRARY, "only records of that date or later",
     LR_TAKES_DATE(lr_options, since)},
    {"until", NULL, A|C|LIBRARY, "only records of that date or earlier",
     LR_TAKES_DATE(lr_options, until)},
    {"limit", NULL, A|R|V|LIBRARY, "only the first N records, rejected ones counted (all)",
     LR_TAKES_COUNT(lr_options, limit)},
    {"output", NULL, A|L|R|V, "write the answer there, whole or not at all (standard output)",
     LR_TAKES_TEXT(lr_options, output, "FILE"), .letter = 'o'},
    {"explain", NULL, A|L, "say on stderr what ran, and why",
     LR_TAKES_NOTHING(lr_options, explain)},
    {"profile", NULL, A|L|LIBRARY, "say on stderr how many seconds each stage took",
     LR_TAKES_NOTHING(lr_options, profile)},
    {"stats", NULL, A|L, "write the measurements there, as JSON",
     LR_TAKES_TEXT(lr_options, stats, "FILE")},
    {"progress", "auto", A|L|R|V|C, "show how far it is; auto: on a terminal",
     CHOICE(progress, {"auto", LR_WHEN_AUTO}, {"always", LR_WHEN_ALWAYS},
            {"never", LR_WHEN_NEVER})},
    {"color", "auto", A|L|R|V|C|P, "use colour; auto: on a terminal, unless NO_COLOR is set",
     CHOICE(color, {"auto", LR_WHEN_AUTO}, {"always", LR_WHEN_ALWAYS}, {"never", LR_WHEN_NEVER})},
    {"path", "auto", A|L, "map files that are in the page cache, or read them",
     CHOICE(path, {"auto", LR_PATH_AUTO}, {"read", LR_PATH_READ})},
    {"stats-fd", NULL, A|L, "write the measurements to this open descriptor",
     LR_TAKES_NUMBER(lr_options, stats_fd), .least = 3, .most = 1 << 20, .hidden = true},
    {"resident", NULL, A|LIBRARY, "passes over the first slice on a device, timed",
     LR_TAKES_NUMBER(lr_options, resident), .least = 1, .most = 10000, .hidden = true},
    {"slice", NULL, A|L|R|V|C|LIBRARY, "bytes that a thread takes at a time",
     LR_TAKES_SIZE(lr_options, slice_bytes), .least = 1, .hidden = true},
    {0},
};
/* clang-format on */

lr_status lr_options_new(lr_options **out, lr_error *err)
{
    lr_options *options = *out = calloc(1, sizeof *options);

    if (options == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the options");
    options->isa = lr_isa_best();
    options->max_errors = options->limit = UINT64_MAX;
    lr_option_defaults(lr_option_rows, options);
    return LR_OK;
}

/* A copy of text that lives as long as the options; NULL: no memory. Texts are few: those that were
 * set before stay until the end. */
static const char *keep(lr_options *options, const char *text)
{
    const size_t n = strlen(text) + 1;
    struct lr_kept *kept = malloc(sizeof *kept + n);

    if (kept == NULL)
        return NULL;
    kept->next = options->kept;
    options->kept = kept;
    return memcpy(kept->text, text, n);
}

lr_status lr_options_set(lr_options *options, const char *name, const char *value, lr_error *err)
{
    const lr_option *row = lr_option_find(lr_option_rows, name);

    if (row == NULL || (row->commands & LR_FOR_LIBRARY) == 0)
        return lr_fail(err, LR_E_USAGE, "%.200s: no such option", name);
    if (row->kind == LR_OPTION_TEXT && (value = keep(options, value)) == NULL)
        return lr_fail(err, LR_E_RESOURCE, "%s: no memory", name);

    /* A value that is refused leaves what was set before. */
    lr_options tried = *options;
    LR_TRY(lr_option_set(row, &tried, value, name, err));
    *options = tried;
    return LR_OK;
}

/* Three files may be written: none over another, and none where the answer goes. */
static lr_status check_outputs(const lr_options *options, lr_error *err)
{
    const struct {
        const char *name, *path;
    } files[] = {
        {"rejects", options->rejects}, {"stats", options->stats}, {"output", options->output}};

    for (size_t i = 0; i < LR_COUNT_OF(files); i++) {
        if (files[i].path == NULL)
            continue;
        if (strcmp(files[i].path, "-") == 0 && files[i].path != options->output)
            return lr_fail(err, LR_E_USAGE, "--%s: standard output has the answer; name a file",
                           files[i].name);
        for (size_t j = 0; j < i; j++)
            if (files[j].path != NULL && strcmp(files[i].path, files[j].path) == 0 &&
                strncmp(files[i].path, "/dev/", 5) != 0)
                return lr_fail(err, LR_E_USAGE, "--%s and --%s: both write %s", files[j].name,
                               files[i].name, files[i].path);
    }
    return LR_OK;
}

lr_status lr_options_check(const lr_options *options, lr_error *err)
{
    if (options->plan == LR_PLAN_MEMORY && options->device == LR_DEVICE_GPU)
        return lr_fail(err, LR_E_USAGE, "--plan memory runs on the CPU; not with --device gpu");
    if (options->on_error == LR_ON_ERROR_FAIL && options->rejects != NULL)
        return lr_fail(err, LR_E_USAGE, "--rejects: only with --on-error=skip");
    if (options->on_error == LR_ON_ERROR_FAIL && options->max_errors != UINT64_MAX)
        return lr_fail(err, LR_E_USAGE, "--max-errors: only with --on-error=skip");
    return check_outputs(options, err);
}

void lr_options_free(lr_options *options)
{
    if (options == NULL)
        return;
    for (struct lr_kept *next, *kept = options->kept; kept != NULL; kept = next) {
        next = kept->next;
        free(kept);
    }
    free(options);
}

const char *lr_version(void)
{
    return LR_VERSION;
}
