/*
 * many.c: many runs of the library in one process, for test_differential.py: thousands of small files
 * a minute, where a process each would cost most of the time.
 *
 *     many < RUNS
 *
 * A line of RUNS is QUERY, options as NAME=VALUE, and files, with tabs between them. Each is answered
 * by a line: the status, a blank, and the answer as JSON or the message.
 */
#include "query.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64 };

static const char *const all[] = {"q1", "q2", "q3"};

static lr_status answer(char **words, size_t n, lr_options *options, lr_error *err)
{
    const lr_query *queries[LR_COUNT_OF(all)];
    lr_table *tables[LR_COUNT_OF(all)];
    const bool is_all = strcmp(words[0], "all") == 0;
    const size_t n_queries = is_all ? LR_COUNT_OF(all) : 1;
    size_t first = 1;

    for (size_t i = 0; i < n_queries; i++)
        if ((queries[i] = lr_query_find(is_all ? all[i] : words[0])) == NULL)
            return lr_fail(err, LR_E_USAGE, "no query %s", words[0]);
    for (; first < n && strchr(words[first], '=') != NULL; first++) {
        char *equals = strchr(words[first], '=');
        *equals = '\0';
        if (strcmp(words[first], "map") == 0)
            options->map = true;
        else
            LR_TRY(lr_options_set(options, words[first], equals + 1, err));
    }
    LR_TRY(lr_run(queries, n_queries, (const char *const *)words + first, n - first, options,
                  tables, err));
    printf("0 ");
    const lr_status status =
        lr_tables_write(tables, n_queries, is_all, LR_FORMAT_JSON, false, stdout, err);
    for (size_t i = 0; i < n_queries; i++)
        lr_table_free(tables[i]);
    return status;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, stdin) > 0) {
        char *words[WORDS_MAX], *rest = line;
        lr_options *options = NULL;
        lr_error err = {{0}};
        size_t n = 0;

        line[strcspn(line, "\n")] = '\0';
        while (n < WORDS_MAX && (words[n] = strsep(&rest, "\t")) != NULL)
            n++;
        lr_status status = lr_options_new(&options, &err);
        if (status == LR_OK)
            status = answer(words, n, options, &err);
        if (status != LR_OK)
            printf("%d %s\n", (int)status, err.message);
        fflush(stdout);
        lr_options_free(options);
    }
    free(line);
    return 0;
}
