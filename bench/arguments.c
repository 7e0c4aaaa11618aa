/* arguments.c: from argv and the environment to options. Everything is read before anything runs. */
#include "commands.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 64 };

/* Where an option's row was found, and the struct that it sets. */
typedef struct found {
    const lr_option *row;
    void *values;
} found;

typedef struct parser {
    const command *c;
    const char *name; /* as typed: a query's, perhaps */
    lr_options *options;
    void *own;
    lr_error *err;
} parser;

static bool shares(const command *c, const lr_option *row)
{
    return (row->commands & c->shared) != 0;
}

static found find_long(const parser *p, const char *name)
{
    const lr_option *row = lr_option_find(p->c->own, name);
    if (row != NULL)
        return (found){row, p->own};
    row = lr_option_find(lr_option_rows, name);
    if (row != NULL && shares(p->c, row))
        return (found){row, p->options};
    return (found){NULL, NULL};
}

static found find_letter(const parser *p, char letter)
{
    for (const lr_option *row = p->c->own; row != NULL && row->name != NULL; row++)
        if (row->letter == letter)
            return (found){row, p->own};
    for (const lr_option *row = lr_option_rows; row->name != NULL; row++)
        if (row->letter == letter && shares(p->c, row))
            return (found){row, p->options};
    return (found){NULL, NULL};
}

/* Fails with the nearest name that the command takes, or with where to look. */
static lr_status no_option(const parser *p, const char *dashes, const char *name)
{
    const lr_option *rows[COMMAND_OPTIONS_MAX];
    const char *names[COMMAND_OPTIONS_MAX + 1];
    const size_t n = command_options(p->c, rows);

    for (size_t i = 0; i < n; i++)
        names[i] = rows[i]->name;
    names[n] = "help";

    const char *nearest = lr_nearest(name, names, n + 1);
    if (nearest != NULL)
        return lr_fail(p->err, LR_E_USAGE, "%s%.100s: no such option; did you mean --%s?", dashes,
                       name, nearest);
    return lr_fail(p->err, LR_E_USAGE,
                   "%s%.100s: no such option of %.100s; see bench %.100s --help", dashes, name,
                   p->name, p->name);
}

/* Sets the defaults that the environment gives: BENCH_MAX_ERRORS for --max-errors. Names that are no
 * option of the command at hand are for others; an empty value is none. */
static lr_status read_environment(const lr_option *rows, const command *only, void *values,
                                  lr_error *err)
{
    for (const lr_option *row = rows; row != NULL && row->name != NULL; row++) {
        char label[LABEL_MAX] = "BENCH_";
        size_t n = strlen(label);

        if (only != NULL && !shares(only, row))
            continue;
        for (const char *at = row->name; *at != '\0' && n + 1 < sizeof label; at++)
            label[n++] = *at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? (char)(*at - 32) : *at;
        label[n] = '\0';
        const char *value = getenv(label);
        if (value != NULL && value[0] != '\0')
            LR_TRY(lr_option_set(row, values, value, label, err));
    }
    return LR_OK;
}

/* Sets the option; value NULL: its value is the next argument, *i is moved on to it. */
static lr_status set(const parser *p, found f, const char *label, const char *value, int argc,
                     char **argv, int *i)
{
    if (f.row->kind == LR_OPTION_FLAG) {
        if (value != NULL)
            return lr_fail(p->err, LR_E_USAGE, "%s: takes no value", label);
        value = "true";
    } else if (value == NULL) {
        /* A dash alone is standard input or output, two begin an option that stands too early. */
        if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0)
            return lr_fail(p->err, LR_E_USAGE, "%s: its value is missing", label);
        value = argv[++*i];
    }
    return lr_option_set(f.row, f.values, value, label, p->err);
}

/* --name, --name=value, --name value. */
static lr_status parse_long(const parser *p, int argc, char **argv, int *i)
{
    char label[LABEL_MAX];
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    const size_t n = equals == NULL ? strlen(name) : (size_t)(equals - name);

    snprintf(label, sizeof label, "--%.*s", n < LABEL_MAX ? (int)n : LABEL_MAX, name);
    const found f = find_long(p, label + 2);
    if (f.row == NULL)
        return no_option(p, "--", label + 2);
    return set(p, f, label, equals == NULL ? NULL : equals + 1, argc, argv, i);
}

/* -o value, -ovalue. */
static lr_status parse_short(const parser *p, int argc, char **argv, int *i)
{
    const char *argument = argv[*i];
    const char label[3] = {'-', argument[1], '\0'};
    const found f = find_letter(p, argument[1]);

    if (f.row == NULL)
        return no_option(p, "", argument);
    return set(p, f, label, argument[2] == '\0' ? NULL : argument + 2, argc, argv, i);
}

static lr_status parse(const parser *p, int *argc, char **argv)
{
    int kept = 1;
    bool all_files = false; /* behind "--" */

    for (int i = 1; i < *argc; i++) {
        char *const argument = argv[i];
        if (all_files || argument[0] != '-' || argument[1] == '\0')
            argv[kept++] = argument;
        else if (strcmp(argument, "--") == 0)
            all_files = true;
        else if (argument[1] == '-')
            LR_TRY(parse_long(p, *argc, argv, &i));
        else
            LR_TRY(parse_short(p, *argc, argv, &i));
    }
    argv[kept] = NULL;
    *argc = kept;
    return LR_OK;
}

lr_status command_parse(int *argc, char **argv, lr_options **options, void *own)
{
    lr_error error = {{0}};
    parser p = {command_find(argv[0]), argv[0], NULL, own, &error};
    lr_status status = LR_OK;

    if (options != NULL)
        status = lr_options_new(&p.options, &error);
    lr_option_defaults(p.c->own, own);
    if (status == LR_OK)
        status = read_environment(p.c->own, NULL, own, &error);
    if (status == LR_OK && options != NULL)
        status = read_environment(lr_option_rows, p.c, p.options, &error);
    if (status == LR_OK)
        status = parse(&p, argc, argv);
    if (status == LR_OK && options != NULL)
        status = lr_options_check(p.options, &error);
    if (status != LR_OK) {
        lr_options_free(p.options);
        p.options = NULL;
        command_fail(status, &error);
    }
    if (options != NULL)
        *options = p.options;
    return status;
}
