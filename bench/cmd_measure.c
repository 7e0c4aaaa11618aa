/*
 * cmd_measure.c: the measuring commands. What they do is Python, beside this file: what is measured
 * is a whole process, which a program had better look at from outside. Here are their options, so
 * that --help, completion and errors are those of every other command; the scripts get what was read
 * as --name=value, and this program's path as BENCH.
 */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 64, WORD_BYTES = 4096 };

/* The words of a command line under way; they live until the script replaces this program. */
typedef struct words {
    char *word[WORDS_MAX];
    size_t n;
} words;

static void add_word(words *w, const char *name, const char *value)
{
    char text[WORD_BYTES];

    if (name == NULL)
        snprintf(text, sizeof text, "%s", value);
    else
        snprintf(text, sizeof text, "--%s=%s", name, value);
    if (w->n + 1 < WORDS_MAX && (w->word[w->n] = strdup(text)) != NULL)
        w->n++;
}

/* Adds what was given of the options. */
static void add_options(words *w, const lr_option *rows, const void *values)
{
    for (const lr_option *row = rows; row->name != NULL; row++) {
        const char *at = (const char *)values + row->offset;
        char number[32];

        if (row->kind == LR_OPTION_TEXT) {
            const char *text = *(const char *const *)(const void *)at;
            if (text != NULL)
                add_word(w, row->name, text);
        } else if (row->kind == LR_OPTION_FLAG) {
            if (*(const bool *)at) {
                snprintf(number, sizeof number, "--%s", row->name);
                add_word(w, NULL, number);
            }
        } else if (row->kind == LR_OPTION_NUMBER) {
            const uint32_t n = *(const uint32_t *)(const void *)at;
            snprintf(number, sizeof number, "%u", n);
            if (n > 0)
                add_word(w, row->name, number);
        }
    }
}

/* Replaces this program by a script; returns only where that fails. */
static int run_script(const char *script, const lr_option *rows, const void *values, int argc,
                      char **argv)
{
    words w = {.n = 0};
    lr_error error = {{0}};
    char self[WORD_BYTES];

    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        return command_fail(lr_fail(&error, LR_E_IO, "/proc/self/exe: %s", strerror(errno)),
                            &error);
    self[n] = '\0';
    setenv("BENCH", self, 1);

    add_word(&w, NULL, "python3");
    add_word(&w, NULL, script);
    add_options(&w, rows, values);
    if (argc > 1)
        add_word(&w, NULL, "--");
    for (int i = 1; i < argc; i++)
        add_word(&w, NULL, argv[i]);
    if (access(script, R_OK) != 0)
        return command_fail(lr_fail(&error, LR_E_IO,
                                    "%s: %s (bench %s runs from the source tree it was built in)",
                                    script, strerror(errno), argv[0]),
                            &error);
    fflush(NULL);
    execvp("python3", w.word);
    return command_fail(lr_fail(&error, LR_E_IO, "python3: %s", strerror(errno)), &error);
}

typedef struct peers_options {
    const char *peers, *queries, *validate, *recipe, *output;
    uint32_t rounds, threads, seed;
    bool cold;
} peers_options;

const lr_option cmd_peers_options[] = {
    {"peers", "duckdb", 0,
     "some of simdjson, duckdb, msgspec, chdb, polars, python, pandas, "
     "pyspark-tuned, pyspark; all; none",
     LR_TAKES_TEXT(peers_options, peers, "NAMES")},
    {"queries", "q1,q2,q3", 0, "which questions", LR_TAKES_TEXT(peers_options, queries, "NAMES")},
    {"validate", "used,full", 0, "which of ours", LR_TAKES_TEXT(peers_options, validate, "NAMES")},
    {"rounds", "5", 0, "how often each runs, interleaved", LR_TAKES_NUMBER(peers_options, rounds),
     .least = 1},
    {"threads", NULL, 0, "of each; the default is all", LR_TAKES_NUMBER(peers_options, threads)},
    {"cold", NULL, 0, "drop the file from the page cache before each run",
     LR_TAKES_NOTHING(peers_options, cold)},
    {"seed", "1", 0, "of the order within the rounds", LR_TAKES_NUMBER(peers_options, seed)},
    {"recipe", NULL, 0, "how the file was made, for the records",
     LR_TAKES_TEXT(peers_options, recipe, "TEXT")},
    {"output", NULL, 0, "append the measurements as JSON lines",
     LR_TAKES_TEXT(peers_options, output, "FILE"), .letter = 'o'},
    {0},
};

int cmd_peers(int argc, char **argv)
{
    peers_options options = {0};
    lr_error error = {{0}};

    const lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    if (argc != 2)
        return command_fail(lr_fail(&error, LR_E_USAGE, "peers: one file; see bench peers --help"),
                            &error);
    return run_script(LR_SOURCE_DIR "/bench/peers/peers.py", cmd_peers_options, &options, argc,
                      argv);
}

typedef struct run_options {
    const char *only, *size, *data, *results;
    uint32_t rounds, threads, seed;
} run_options;

const lr_option cmd_run_options[] = {
    {"rounds", "7", 0, "how often each cell runs, interleaved",
     LR_TAKES_NUMBER(run_options, rounds), .least = 1},
    {"threads", NULL, 0, "the most that are used (all that this process may use)",
     LR_TAKES_NUMBER(run_options, threads)},
    {"only", NULL, 0, "cells whose names match, as: q1 used 2 tweets-400MB.ndjson",
     LR_TAKES_TEXT(run_options, only, "REGEX")},
    {"size", NULL, 0, "of the data, where not as the suite says: 400MB",
     LR_TAKES_TEXT(run_options, size, "SIZE")},
    {"data", NULL, 0, "where generated data is kept (~/.cache/linerate/data)",
     LR_TAKES_TEXT(run_options, data, "DIR")},
    {"results", NULL, 0, "where the lines are appended (results/ of the source tree)",
     LR_TAKES_TEXT(run_options, results, "DIR")},
    {"seed", "1", 0, "of the order within the rounds", LR_TAKES_NUMBER(run_options, seed)},
    {0},
};

int cmd_run(int argc, char **argv)
{
    run_options options = {0};
    lr_error error = {{0}};

    const lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    if (argc != 2)
        return command_fail(lr_fail(&error, LR_E_USAGE,
                                    "run: one of quick, queries, plans, formats, scale, kernels"),
                            &error);
    return run_script(LR_SOURCE_DIR "/bench/measure/run_suite.py", cmd_run_options, &options, argc,
                      argv);
}

typedef struct ab_options {
    const char *suite, *cells, *size, *data, *output, *run_seconds, *minutes;
    uint32_t seed;
    bool instructions, self_test;
} ab_options;

const lr_option cmd_ab_options[] = {
    {"cells", NULL, 0, "those whose names match; --self-test: one of them (all; q2 used)",
     LR_TAKES_TEXT(ab_options, cells, "REGEX")},
    {"suite", NULL, 0, "the cells of bench run SUITE: quick, queries, plans, formats, scale",
     LR_TAKES_TEXT(ab_options, suite, "SUITE")},
    {"size", NULL, 0, "of the data (100MB, or as the suite says)",
     LR_TAKES_TEXT(ab_options, size, "SIZE")},
    {"run-seconds", NULL, 0, "how long a timed run is to be, at least (0.01)",
     LR_TAKES_TEXT(ab_options, run_seconds, "X")},
    {"instructions", NULL, 0, "count instructions as well (callgrind)",
     LR_TAKES_NOTHING(ab_options, instructions)},
    {"data", NULL, 0, "where generated data is kept (~/.cache/linerate/data)",
     LR_TAKES_TEXT(ab_options, data, "DIR")},
    {"seed", NULL, 0, "of the order; another one each time if not given",
     LR_TAKES_NUMBER(ab_options, seed)},
    {"output", NULL, 0, "append the measurements as JSON lines",
     LR_TAKES_TEXT(ab_options, output, "FILE"), .letter = 'o'},
    {"self-test", NULL, 0, "show how often a comparison is wrong: goes on with its experiment",
     LR_TAKES_NOTHING(ab_options, self_test)},
    {"minutes", NULL, 0, "--self-test: how long it goes on (10)",
     LR_TAKES_TEXT(ab_options, minutes, "X")},
    {0},
};

int cmd_ab(int argc, char **argv)
{
    ab_options options = {0};
    lr_error error = {{0}};

    const lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    if (options.self_test ? argc != 1 || options.instructions || options.suite != NULL
                          : argc != 3 || options.minutes != NULL)
        return command_fail(
            lr_fail(&error, LR_E_USAGE, "ab: two programs or revisions, or --self-test alone"),
            &error);
    if (!options.self_test)
        return run_script(LR_SOURCE_DIR "/bench/measure/compare.py", cmd_ab_options, &options, argc,
                          argv);
    options.self_test = false; /* the script is it */
    return run_script(LR_SOURCE_DIR "/bench/measure/selftest.py", cmd_ab_options, &options, argc,
                      argv);
}

typedef struct report_options {
    const char *machine, *results, *output;
} report_options;

const lr_option cmd_report_options[] = {
    {"machine", NULL, 0, "which one's results (this one's)",
     LR_TAKES_TEXT(report_options, machine, "NAME")},
    {"results", NULL, 0, "where the results are (results/ of the source tree)",
     LR_TAKES_TEXT(report_options, results, "DIR")},
    {"output", "report.html", 0, "where the page goes",
     LR_TAKES_TEXT(report_options, output, "FILE"), .letter = 'o'},
    {0},
};

int cmd_report(int argc, char **argv)
{
    report_options options = {0};
    lr_error error = {{0}};

    const lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    if (argc > 1)
        return command_fail(lr_fail(&error, LR_E_USAGE, "report: takes no '%.200s'", argv[1]),
                            &error);
    return run_script(LR_SOURCE_DIR "/bench/measure/html_report.py", cmd_report_options, &options,
                      argc, argv);
}
