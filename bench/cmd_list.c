/* cmd_list.c: `bench list` and `bench describe QUERY`: what can be asked, and what it means. */
#include "commands.h"
#include "query.h"

#include <string.h>
#include <unistd.h>

static lr_bytes bytes_of(const char *text)
{
    return (lr_bytes){(const uint8_t *)text, strlen(text)};
}

/* The queries as a table. */
static lr_status list_queries(lr_table **out, lr_error *err)
{
    LR_TRY(lr_table_new(out, "list", err));
    lr_table_add_column(*out, "query", LR_TYPE_TEXT);
    lr_table_add_column(*out, "title", LR_TYPE_TEXT);
    for (size_t i = 0; lr_query_at(i) != NULL; i++) {
        const lr_query *query = lr_query_at(i);
        const lr_cell row[] = {{.text = bytes_of(query->name)}, {.text = bytes_of(query->title)}};
        LR_TRY(lr_table_append(*out, row, err));
    }
    return LR_OK;
}

int cmd_list(int argc, char **argv)
{
    lr_options *options = NULL;
    lr_table *table = NULL;
    lr_error error = {{0}};

    lr_status status = command_parse(&argc, argv, &options, NULL);
    if (status != LR_OK)
        return (int)status;
    if (argc > 1)
        status = lr_fail(&error, LR_E_USAGE, "list: takes no '%.200s'", argv[1]);
    if (status == LR_OK)
        status = list_queries(&table, &error);
    if (status == LR_OK)
        status = answer_tables(&table, 1, false, options, NULL, 0, &error);
    if (status != LR_OK)
        command_fail(status, &error);
    lr_table_free(table);
    lr_options_free(options);
    return (int)status;
}

static void print_aggregate(const lr_aggregate *a, FILE *out)
{
    static const char *const names[] = {"", "count", "sum", "max", "arg_max"};

    fprintf(out, ", %s = %s(", a->name, names[a->kind]);
    if (a->of != NULL)
        fputs(a->of, out);
    if (a->by != NULL)
        fprintf(out, " by %s", a->by);
    fputc(')', out);
}

static void print_step(const lr_step *step, FILE *out)
{
    static const char *const matches[] = {"emoji", "mention"};

    if (step->kind == LR_UNNEST) {
        fprintf(out, "  unnest  a row %s per %s in %s\n", step->name, matches[step->matcher],
                step->of);
        return;
    }
    if (step->kind == LR_GROUP)
        fputs("  group   by ", out);
    else
        fprintf(out, "  top     %llu by ", (unsigned long long)step->n);
    for (int i = 0; i < LR_STEP_KEYS_MAX && step->keys[i] != NULL; i++) {
        const bool descending = step->keys[i][0] == '-';
        fprintf(out, "%s%s%s", i > 0 ? ", " : "", step->keys[i] + descending,
                descending ? " descending" : "");
    }
    for (int i = 0; step->kind == LR_GROUP && i < LR_AGGREGATES_MAX; i++)
        if (step->aggregates[i].kind != LR_AGGREGATE_NONE)
            print_aggregate(&step->aggregates[i], out);
    fputc('\n', out);
}

/* The columns of the answer: keys and aggregates of the last GROUP. */
static void print_columns(const lr_query *query, FILE *out)
{
    const lr_step *group = NULL;

    for (const lr_step *step = query->steps; step->kind != LR_STEP_END; step++)
        if (step->kind == LR_GROUP)
            group = step;
    fputs("Answers\n  ", out);
    for (int i = 0; group != NULL && i < LR_STEP_KEYS_MAX && group->keys[i] != NULL; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", group->keys[i]);
    for (int i = 0; group != NULL && i < LR_AGGREGATES_MAX; i++)
        if (group->aggregates[i].kind != LR_AGGREGATE_NONE)
            fprintf(out, ", %s", group->aggregates[i].name);
    fputc('\n', out);
}

static void print_query(const lr_query *query, FILE *out)
{
    static const char *const types[] = {"text", "date", "symbol", "integer"};

    fprintf(out, "%s: %s\n\nReads\n", query->name, query->title);
    for (int i = 0; i < LR_FIELDS_MAX && query->fields[i].name != NULL; i++)
        fprintf(out, "  %-10s%-6s JSON %s, CSV column %s\n", query->fields[i].name,
                types[query->fields[i].type], query->fields[i].path, query->fields[i].name);
    fputs("\nSteps\n", out);
    for (const lr_step *step = query->steps; step->kind != LR_STEP_END; step++)
        print_step(step, out);
    fputc('\n', out);
    print_columns(query, out);
}

int cmd_describe(int argc, char **argv)
{
    lr_error error = {{0}};
    answer text = {NULL, NULL, 0};

    lr_status status = command_parse(&argc, argv, NULL, NULL);
    if (status != LR_OK)
        return (int)status;
    const lr_query *query = argc == 2 ? lr_query_find(argv[1]) : NULL;
    if (argc != 2)
        status = lr_fail(&error, LR_E_USAGE, "describe: one query's name; see bench list");
    else if (query == NULL)
        status = lr_fail(&error, LR_E_USAGE, "%.200s: no such query; see bench list", argv[1]);
    if (status == LR_OK)
        status = answer_begin(&text, &error);
    if (status == LR_OK) {
        print_query(query, text.out);
        status = answer_end(&text, NULL, NULL, 0, &error);
    }
    return status == LR_OK ? 0 : command_fail(status, &error);
}
