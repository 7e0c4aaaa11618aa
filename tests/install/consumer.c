/* consumer.c: linerate as another program uses it, through the one header that is installed. Prints
 * the answer of q2 over a file as tab-separated values. */
#include <linerate.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    const lr_query *query = lr_query_find("q2");
    const char *const files[] = {argc > 1 ? argv[1] : "-"};
    lr_options *options = NULL;
    lr_table *table = NULL;
    lr_error error;

    lr_status status = lr_options_new(&options, &error);
    if (status == LR_OK)
        status = lr_options_set(options, "validate", "full", &error);
    if (status == LR_OK)
        status = lr_run(&query, 1, files, 1, options, &table, &error);
    if (status != LR_OK)
        fprintf(stderr, "linerate %s: %s\n", lr_version(), error.message);

    for (size_t row = 0; status == LR_OK && row < lr_table_rows(table); row++) {
        size_t n;
        const char *emoji = lr_table_text(table, row, 0, &n);
        printf("%.*s\t%lld\n", (int)n, emoji, (long long)lr_table_integer(table, row, 1));
    }
    lr_table_free(table);
    lr_options_free(options);
    return (int)status;
}
