/* help.c: texts for a stranger's first minute, made from the tables of commands and options. */
#include "build_info.h"
#include "commands.h"

#include <string.h>

enum { HELP_COLUMN = 30 };

/* "--plan time|memory|auto", or "-o, --output FILE". Returns its length. */
static int print_left(const lr_option *row, char *out, size_t n)
{
    int at = row->letter != 0 ? snprintf(out, n, "-%c, --%s", row->letter, row->name)
                              : snprintf(out, n, "--%s", row->name);
    if (row->kind == LR_OPTION_FLAG)
        return at;
    if (row->kind != LR_OPTION_CHOICE)
        return at + snprintf(out + at, n - (size_t)at, " %s", row->placeholder);
    for (const lr_choice *c = row->choices; c->name != NULL; c++)
        at += snprintf(out + at, n - (size_t)at, "%c%s", c == row->choices ? ' ' : '|', c->name);
    return at;
}

static void print_option(const lr_option *row, FILE *out)
{
    char left[256];
    const int n = print_left(row, left, sizeof left);

    if (n + 2 <= HELP_COLUMN)
        fprintf(out, "  %-*s", HELP_COLUMN, left);
    else
        fprintf(out, "  %s\n  %*s", left, HELP_COLUMN, "");
    if (row->standard != NULL)
        fprintf(out, "%s [%s]\n", row->help, row->standard);
    else
        fprintf(out, "%s\n", row->help);
}

static void print_examples(const char *examples, FILE *out)
{
    fputs("\nExamples\n", out);
    for (const char *line = examples; *line != '\0';) {
        const size_t n = strcspn(line, "\n");
        fprintf(out, "  %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static void help_command(const command *c, const char *name, FILE *out)
{
    const lr_query *query = lr_query_find(name);
    bool any = c->own != NULL;

    for (const lr_option *row = lr_option_rows; row->name != NULL; row++)
        any |= (row->commands & c->shared) != 0;
    fprintf(out, "Usage: bench %s%s%s%s\n\n%s\n", name, any ? " [options]" : "",
            c->arguments[0] != '\0' ? " " : "", c->arguments,
            query != NULL ? lr_query_title(query) : c->help);
    if (strstr(c->arguments, "FILE...") != NULL)
        fputs(
            "\nFILE is a file, a directory (its files), a glob in quotes, or - for standard input."
            "\nSeveral are read in turn as if they were one.\n",
            out);
    if (any)
        fputs("\nOptions (--name=value or --name value, anywhere on the line)\n", out);
    for (const lr_option *row = c->own; row != NULL && row->name != NULL; row++)
        if (!row->hidden)
            print_option(row, out);
    for (const lr_option *row = lr_option_rows; row->name != NULL; row++)
        if (!row->hidden && (row->commands & c->shared) != 0)
            print_option(row, out);
    if (any)
        fputs(
            "\nSIZE: kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. The environment gives\n"
            "defaults: BENCH_THREADS=2 for --threads 2.\n",
            out);
    if (query != NULL) {
        fprintf(out, "\nExamples\n  bench %s tweets.json\n", name);
        fprintf(out, "  bench %s --format json --top 100 tweets.json\n", name);
        fprintf(out, "  bench %s --on-error=skip --rejects bad.ndjson 2021-*.json\n", name);
        fprintf(out, "  cat tweets.json | bench %s --plan memory --memory 16MiB -\n", name);
    } else if (c->examples != NULL) {
        print_examples(c->examples, out);
    }
}

void help_overview(FILE *out)
{
    fputs("bench: exact answers from tweets in JSON, NDJSON and CSV, at the speed of memory\n\n"
          "Usage: bench COMMAND [options] [FILE...]\n\nQueries\n",
          out);
    for (size_t i = 0; lr_query_at(i) != NULL; i++)
        fprintf(out, "  %-14s%s\n", lr_query_name(lr_query_at(i)), lr_query_title(lr_query_at(i)));
    fputs("\nCommands\n", out);
    for (const command *c = commands; c->name != NULL; c++)
        fprintf(out, "  %-14s%s\n", c->name, c->help);
    fputs("\nbench COMMAND --help says more and lists the options; bench --version says what this\n"
          "is. Answers go to standard output, measurements and warnings to standard error.\n\n"
          "Exit: 0 done, 1 bad data (its place is named), 2 usage, 3 input or output, 4 memory,\n"
          "threads or a device, 130 and 143 interrupted. Without 0 there is no answer.\n",
          out);
}

static void print_version(FILE *out)
{
    fprintf(out, "bench %s, commit %s\n", lr_version(), LR_BUILD_COMMIT);
    fprintf(out, "compiler      %s\n", LR_BUILD_COMPILER);
    fprintf(out, "flags         %s\n", LR_BUILD_FLAGS);
    fputs("instructions ", out);
    for (int isa = LR_ISA_REF; isa <= (int)lr_isa_best(); isa++)
        fprintf(out, " %s", lr_isa_name((lr_isa)isa));
    fprintf(out, "\nlibraries     %s\n", LR_BUILD_LIBRARIES);
}

/* Prints the overview (c NULL, version false), the help of a command, or the version. */
static int say(const command *c, const char *name, bool version)
{
    lr_error error = {{0}};
    answer text;

    lr_status status = answer_begin(&text, &error);
    if (status == LR_OK) {
        if (version)
            print_version(text.out);
        else if (c != NULL)
            help_command(c, name, text.out);
        else
            help_overview(text.out);
        status = answer_end(&text, NULL, NULL, 0, &error);
    }
    return status == LR_OK ? 0 : command_fail(status, &error);
}

int say_help(const command *c, const char *name)
{
    return say(c, name, false);
}

int say_version(void)
{
    return say(NULL, NULL, true);
}

int cmd_help(int argc, char **argv)
{
    lr_error error = {{0}};

    if (command_parse(&argc, argv, NULL, NULL) != LR_OK)
        return LR_E_USAGE;
    if (argc == 1)
        return say_help(NULL, NULL);
    const command *c = command_find(argv[1]);
    if (c == NULL || argc > 2)
        return command_fail(no_command(argv[argc > 2 ? 2 : 1], &error), &error);
    return say_help(c, argv[1]);
}
