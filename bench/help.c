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
    const lr_option *rows[COMMAND_OPTIONS_MAX];
    const size_t n = command_options(c, rows);
    bool sizes = false;

    fprintf(out, "Usage: bench %s%s%s%s\n\n%s\n", name, n > 0 ? " [options]" : "",
            c->arguments[0] != '\0' ? " " : "", c->arguments,
            query != NULL ? lr_query_title(query) : c->help);
    if (strstr(c->arguments, "FILE...") != NULL)
        fputs(
            "\nFILE is a file, a directory (its files), a glob in quotes, or - for standard input."
            "\nSeveral are read in turn as if they were one.\n",
            out);
    if (n > 0)
        fputs("\nOptions (--name=value or --name value, anywhere on the line)\n", out);
    for (size_t i = 0; i < n; i++) {
        print_option(rows[i], out);
        sizes |= rows[i]->kind == LR_OPTION_SIZE;
    }
    if (sizes)
        fputs("\nSIZE: kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024.\n", out);
    if (n > 0)
        fprintf(out, "%sThe environment gives defaults: BENCH_FORMAT=json for --format json.\n",
                sizes ? "" : "\n");
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

/* Prints what print prints, or (NULL) the help of the command. */
static int say_one(void (*print)(FILE *out), const command *c, const char *name)
{
    lr_error error = {{0}};
    answer text;

    lr_status status = answer_begin(&text, &error);
    if (status == LR_OK) {
        if (print != NULL)
            print(text.out);
        else
            help_command(c, name, text.out);
        status = answer_end(&text, NULL, NULL, 0, &error);
    }
    return status == LR_OK ? 0 : command_fail(status, &error);
}

int say(void (*print)(FILE *out))
{
    return say_one(print, NULL, NULL);
}

int say_help(const command *c, const char *name)
{
    return c == NULL ? say(help_overview) : say_one(NULL, c, name);
}

int say_version(void)
{
    return say(print_version);
}

typedef struct help_options {
    bool man;
} help_options;

const lr_option cmd_help_options[] = {
    {"man", NULL, 0, "all of it as a manual page", LR_TAKES_NOTHING(help_options, man)},
    {0},
};

int cmd_help(int argc, char **argv)
{
    lr_error error = {{0}};
    help_options options = {false};

    if (command_parse(&argc, argv, NULL, &options) != LR_OK)
        return LR_E_USAGE;
    if (argc == 1 && options.man)
        return say(man_page);
    if (argc == 1)
        return say_help(NULL, NULL);
    if (argc > 2 || options.man)
        return command_fail(lr_fail(&error, LR_E_USAGE, "help: one command, or --man"), &error);
    const command *c = command_find(argv[1]);
    if (c == NULL)
        return command_fail(no_command(argv[1], &error), &error);
    return say_help(c, argv[1]);
}
