/*
 * cmd_gen.c: `bench gen RECIPE`: generated data with its answer key.
 */
#include "commands.h"
#include "datagen.h"
#include "report.h"

#include <errno.h>
#include <string.h>

enum { KNOBS = 32 };

typedef struct gen_options {
    uint64_t size_bytes, records, seed;
    uint32_t parts, part, threads;
    int format, delimiter, progress;
    bool utf8;
    const char *output, *answers;
    bool knobs;
    lr_texts set;            /* NAME=VALUE */
    const char *knob[KNOBS]; /* as given; the recipe reads them. NULL: its default */
} gen_options;

#define KNOB(i) LR_TAKES_TEXT(gen_options, knob[i], "N")

const lr_option cmd_gen_options[] = {
    {"size", NULL, 0, "bytes to write, to the nearest record: 400MB, 2.2GB",
     LR_TAKES_SIZE(gen_options, size_bytes)},
    {"records", NULL, 0, "records to write, where no size is given",
     LR_TAKES_COUNT(gen_options, records)},
    {"seed", "42", 0, "another seed, other data", LR_TAKES_COUNT(gen_options, seed)},
    {"output", NULL, 0, "where it goes; - is standard output",
     LR_TAKES_TEXT(gen_options, output, "FILE"), .letter = 'o'},
    {"answers", NULL, 0, "where the answer key goes, if not to OUTPUT.answers.json",
     LR_TAKES_TEXT(gen_options, answers, "FILE")},
    {"format", "auto", 0, "auto: what the recipe is known for",
     LR_TAKES_CHOICE(gen_options, format, {"auto", LR_GEN_AUTO}, {"ndjson", LR_GEN_NDJSON},
                     {"json", LR_GEN_JSON}, {"csv", LR_GEN_CSV})},
    {"delimiter", NULL, 0, "of CSV", LR_TAKES_BYTE(gen_options, delimiter)},
    {"utf8", NULL, 0, "raw UTF-8 in place of \\u escapes", LR_TAKES_NOTHING(gen_options, utf8)},
    {"parts", "1", 0, "cut the data into so many files", LR_TAKES_NUMBER(gen_options, parts),
     .least = 1},
    {"part", "1", 0, "and write this one", LR_TAKES_NUMBER(gen_options, part), .least = 1},
    {"threads", NULL, 0, "threads; the bytes are the same for any number",
     LR_TAKES_NUMBER(gen_options, threads), .most = 1024},
    {"progress", "auto", 0, "the bar on standard error",
     LR_TAKES_CHOICE(gen_options, progress, {"auto", LR_WHEN_AUTO}, {"always", LR_WHEN_ALWAYS},
                     {"never", LR_WHEN_NEVER})},
    {"knobs", NULL, 0, "show the recipe's distributions, their defaults, and what they may be",
     LR_TAKES_NOTHING(gen_options, knobs)},
    {"set", NULL, 0, "one of them; may be given again for others",
     LR_TAKES_TEXTS(gen_options, set, "NAME=VALUE")},
    {"users", NULL, 0, "knob: who may tweet", KNOB(0)},
    {"users-offset", NULL, 0, "knob: user k tweets in proportion to 1/(k + this)", KNOB(1)},
    {"mentioned", NULL, 0, "knob: who may be mentioned", KNOB(2)},
    {"mentioned-offset", NULL, 0, "knob: as users-offset, for mentions", KNOB(3)},
    {"days", NULL, 0, "knob: dates that there are", KNOB(4)},
    {"quotes", NULL, 0, "knob: % of tweets that quote another one", KNOB(5)},
    {"quotes-2", NULL, 0, "knob: % of these whose quoted one quotes another one", KNOB(6)},
    {"quotes-3", NULL, 0, "knob: % of these, one deeper", KNOB(7)},
    {"mentions", NULL, 0, "knob: % of tweets with mentions", KNOB(8)},
    {"emojis", NULL, 0, "knob: % of contents with emojis", KNOB(9)},
    {"media", NULL, 0, "knob: % of tweets with photos or videos", KNOB(10)},
    {"traps", NULL, 0, "knob: % of contents with a text that is easy to miscount", KNOB(11)},
    {"each", NULL, 0, "knob: broken records of each kind", KNOB(12)},
    {"density", NULL, 0, "knob: % chance of each trap in each place", KNOB(13)},
    {"duplicates", NULL, 0, "knob: % of records with a key twice", KNOB(14)},
    {0},
};

static lr_status no_recipe(const char *name, lr_error *err)
{
    char list[256] = "";
    size_t n = 0;

    for (size_t i = 0; lr_recipe_at(i) != NULL; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i > 0 ? ", " : "",
                              lr_recipe_name(lr_recipe_at(i)));
    return lr_fail(err, LR_E_USAGE, "gen: no recipe '%.100s'; one of: %s", name, list);
}

static lr_status set_knobs(const gen_options *o, lr_gen_options *out, lr_error *err)
{
    char name[32];

    for (const lr_option *row = cmd_gen_options; row->name != NULL; row++) {
        if (row->offset < offsetof(gen_options, knob))
            continue;
        const char *const text = o->knob[(row->offset - offsetof(gen_options, knob)) / sizeof text];
        if (text != NULL)
            LR_TRY(lr_gen_set_knob(out, "--", row->name, text, err));
    }
    for (uint32_t i = 0; i < o->set.n; i++) {
        const char *const equals = strchr(o->set.at[i], '=');
        if (equals == NULL)
            return lr_fail(err, LR_E_USAGE, "--set %.60s: NAME=VALUE", o->set.at[i]);
        snprintf(name, sizeof name, "%.*s",
                 (int)(equals - o->set.at[i] < 31 ? equals - o->set.at[i] : 31), o->set.at[i]);
        LR_TRY(lr_gen_set_knob(out, "--set ", name, equals + 1, err));
    }
    return LR_OK;
}

static lr_status show_knobs(const lr_recipe *recipe, lr_error *err)
{
    char form[LR_KNOB_FORM_MAX];

    for (const lr_knob *knob = lr_recipe_knobs(recipe); knob->name != NULL; knob++) {
        lr_knob_form(knob, form);
        if (knob->text != NULL)
            printf("%s=%s\n", knob->name, knob->text);
        else if (knob->kind == LR_KNOB_PERCENT)
            printf("%s=%.6g\n", knob->name, (double)knob->standard / 1e4);
        else
            printf("%s=%llu\n", knob->name, (unsigned long long)knob->standard);
        printf("    %s\n    %s\n", knob->help, form);
    }
    return fclose(stdout) == 0 ? LR_OK
                               : lr_fail(err, LR_E_IO, "standard output: %s", strerror(errno));
}

static void show_progress(void *context, uint64_t bytes, uint64_t size_bytes)
{
    const progress_line *const line = context;

    line->report.report(line->report.context, bytes, size_bytes, 0);
}

static lr_status run(int argc, char **argv, const gen_options *o, lr_error *err)
{
    lr_gen_options options;
    lr_gen_report made;
    progress_line bar;

    if (argc != 2)
        return lr_fail(err, LR_E_USAGE, "gen: one recipe; see bench gen --help");
    const lr_recipe *const recipe = lr_recipe_find(argv[1]);
    if (recipe == NULL)
        return no_recipe(argv[1], err);
    if (o->knobs)
        return show_knobs(recipe, err);
    if (o->output == NULL)
        return lr_fail(err, LR_E_USAGE, "gen: -o FILE is missing; - is standard output");
    if ((o->size_bytes == 0) == (o->records == 0))
        return lr_fail(err, LR_E_USAGE, "gen: one of --size and --records");
    lr_gen_defaults(&options, recipe);
    LR_TRY(set_knobs(o, &options, err));
    options.size_bytes = o->size_bytes;
    options.records = o->records;
    options.seed = o->seed;
    options.parts = o->parts;
    options.part = o->part;
    options.threads = o->threads;
    options.format = (lr_gen_format)o->format;
    options.delimiter = (char)o->delimiter;
    options.utf8 = o->utf8;
    options.output = o->output;
    options.answers = o->answers;
    progress_begin(&bar, "gen", (lr_when)o->progress);
    if (bar.wanted) {
        options.progress = show_progress;
        options.progress_context = &bar;
    }
    const lr_status status = lr_gen(&options, &made, err);
    progress_end(&bar);
    if (status == LR_OK)
        fprintf(stderr, "gen %s: %llu records, %.3f GB in %.2f s, %.2f GB/s  [%u thread%s]\n",
                argv[1], (unsigned long long)made.records, (double)made.bytes / 1e9, made.seconds,
                (double)made.bytes / 1e9 / made.seconds, made.threads,
                made.threads == 1 ? "" : "s");
    return status;
}

int cmd_gen(int argc, char **argv)
{
    gen_options options = {0};
    lr_error error = {{0}};

    lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    status = run(argc, argv, &options, &error);
    return status == LR_OK ? 0 : command_fail(status, &error);
}
