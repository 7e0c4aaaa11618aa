/* commands.c: the commands that there are, one row each. */
#include "commands.h"

#include <string.h>

const command commands[] = {
    {"all", cmd_query, "FILE...", "q1, q2 and q3 in one pass over the data", LR_FOR_ANSWERS, NULL,
     "bench all tweets.json\nbench all --format json tweets.json | jq .answers"},
    {"lines", cmd_query, "FILE...",
     "counts records with our scan alone: the ceiling that speeds are compared with", LR_FOR_LINES,
     NULL, "bench lines tweets.json"},
    {"extract", cmd_extract, "FILE... -o OUT",
     "some fields of every record, decoded, as CSV or JSON lines", LR_FOR_RECORDS | LR_FOR_BUDGET,
     cmd_extract_options,
     "bench extract tweets.json -o tweets.csv\n"
     "bench extract --columns id,content --format jsonl --limit 100 tweets.json -o -"},
    {"pack", cmd_pack, "FILE -o OUT", "independent zstd frames with a seek table, read in parallel",
     0, cmd_pack_options, "bench pack tweets.json -o tweets.json.zst"},
    {"match", cmd_match, "FILE...",
     "of every pattern in a file of them: in how many records' content it occurs", LR_FOR_RECORDS,
     cmd_match_options,
     "printf 'tractor\\n/farmers?/i\\n' > patterns.txt\n"
     "bench match --patterns patterns.txt tweets.json"},
    {"verify", cmd_verify, "FILE...",
     "data quality: bad records by reason, nulls, duplicate ids; exit 1 where there are some",
     LR_FOR_CHECKS | LR_FOR_BUDGET, cmd_verify_options,
     "bench verify tweets.json\n"
     "bench verify --memory 16MiB tweets.json   # ids that do not fit go to $TMPDIR\n"
     "bench verify --columns id,date --unique id --rejects bad.ndjson --format json tweets.json"},
    {"schema", cmd_schema, "FILE...", "format, fields, their types and share of nulls",
     LR_FOR_RECORDS | LR_FOR_BUDGET, NULL,
     "bench schema tweets.json\nbench schema --limit 1000 --format json tweets.json"},
    {"list", cmd_list, "", "the queries that there are", LR_FOR_PRINT, NULL,
     "bench list\nbench list --format json"},
    {"describe", cmd_describe, "QUERY", "a query: what it reads, its steps, the columns it answers",
     0, NULL, "bench describe q1"},
    {"compare", cmd_compare, "FILE...",
     "both plans, and a GPU if there is one, in interleaved runs, answers checked equal: seconds, "
     "GB/s, "
     "peak memory",
     LR_FOR_COMPARE, cmd_compare_options,
     "bench compare tweets.json\n"
     "bench compare --memory 8MiB --queries q1,q3 --format html -o plans.html tweets.json"},
    {"machine", cmd_machine, "", "this machine and its limits: measured once, then remembered", 0,
     cmd_machine_options, "bench machine\nbench machine --fresh --format json"},
    {"run", cmd_run, "SUITE", "measures a suite of cells into results/", 0, cmd_run_options,
     "bench run quick\nbench run queries --rounds 9 --only 'q1 used'"},
    {"ab", cmd_ab, "OLD NEW", "is NEW slower than OLD? programs or git revisions; exit 6: it is", 0,
     cmd_ab_options, "bench ab HEAD~1 build/bin/bench\nbench ab --self-test --minutes 60"},
    {"report", cmd_report, "", "what was measured here, as one HTML page", 0, cmd_report_options,
     "bench report -o report.html"},
    {"peers", cmd_peers, "FILE", "the other systems in the same run, with the same answers", 0,
     cmd_peers_options,
     "bench peers tweets.ndjson\nbench peers --peers all --rounds 3 tweets.ndjson"},
    {"gen", cmd_gen, "RECIPE -o FILE", "generated data with its answer key", 0, cmd_gen_options,
     "bench gen tweets --size 400MB --seed 42 -o tweets.ndjson\n"
     "bench gen tweets --size 20GB -o tweets.ndjson.zst   # compressed on the way; .gz too\n"
     "bench gen tweets-later --records 1000 -o -           # _type first, 28 keys\n"
     "bench gen tweets --records 1000 --set languages=en:3,hi:1 --set content-length=20,280 -o -\n"
     "bench gen mock --size 1GB --users 2000 -o mock.csv   # id, date, content, username\n"
     "bench gen adversarial --density 60 --records 5000 -o traps.ndjson\n"
     "bench gen bad --each 3 --records 1000 -o bad.ndjson  # the key lists where what is broken"},
    {"check-answers", cmd_check_answers, "FILE", "all queries against the answer key of bench gen",
     LR_FOR_LINES, cmd_check_answers_options, "bench check-answers tweets.ndjson"},
    {"completion", cmd_completion, "bash|zsh",
     "what a shell needs to complete commands and options", 0, NULL,
     "source <(bench completion bash)\nbench completion zsh >~/.zfunc/_bench"},
    {"help", cmd_help, "[COMMAND]", "this text, or that of a command", 0, cmd_help_options,
     "bench help q1\nbench help --man | man -l -"},
    {0},
};

const command command_of_queries = {
    "QUERY", cmd_query, "FILE...", "answers the query", LR_FOR_ANSWERS, NULL, NULL,
};

const command *command_find(const char *name)
{
    for (const command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return lr_query_find(name) == NULL ? NULL : &command_of_queries;
}

lr_status no_command(const char *name, lr_error *err)
{
    const char *names[64];
    size_t n = 0;

    for (size_t i = 0; lr_query_at(i) != NULL && n < LR_COUNT_OF(names); i++)
        names[n++] = lr_query_name(lr_query_at(i));
    for (const command *c = commands; c->name != NULL && n < LR_COUNT_OF(names); c++)
        names[n++] = c->name;

    const char *nearest = lr_nearest(name, names, n);
    if (nearest != NULL)
        return lr_fail(err, LR_E_USAGE, "%.200s: no such command or query; did you mean %s?", name,
                       nearest);
    return lr_fail(err, LR_E_USAGE, "%.200s: no such command or query; see bench --help", name);
}

size_t command_options(const command *c, const lr_option *out[COMMAND_OPTIONS_MAX])
{
    size_t n = 0;

    for (const lr_option *row = c->own; row != NULL && row->name != NULL; row++)
        if (!row->hidden && n < COMMAND_OPTIONS_MAX)
            out[n++] = row;
    for (const lr_option *row = lr_option_rows; row->name != NULL; row++)
        if (!row->hidden && (row->commands & c->shared) != 0 && n < COMMAND_OPTIONS_MAX &&
            lr_option_find(c->own, row->name) == NULL) /* its own one is another */
            out[n++] = row;
    return n;
}
