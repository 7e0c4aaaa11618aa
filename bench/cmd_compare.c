/*
 * cmd_compare.c: `bench compare FILE...`: every query under the time plan and under the memory plan, and
 * on the GPU where there is one, as processes of their own, in interleaved rounds; the answers must be
 * equal. N, the newline scan that speeds are a share of, is measured in the same rounds, by the same path.
 */
#include "child.h"
#include "compare.h"
#include "gpu.h"
#include "machine.h"
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 64, FORMAT_HTML = 100 };

typedef struct compare_options {
    const char *queries;
    uint32_t rounds;
    int format; /* lr_format, or FORMAT_HTML */
    const char *output;
} compare_options;

const lr_option cmd_compare_options[] = {
    {"queries", "q1,q2,q3", 0, "which questions; all is the three in one pass",
     LR_TAKES_TEXT(compare_options, queries, "LIST")},
    {"rounds", "7", 0, "how often each is run; medians are shown",
     LR_TAKES_NUMBER(compare_options, rounds), .least = 1, .most = COMPARE_ROUNDS_MAX},
    {"format", "table", 0, "how it is written",
     LR_TAKES_CHOICE(compare_options, format, {"table", LR_FORMAT_TABLE}, {"md", LR_FORMAT_MD},
                     {"json", LR_FORMAT_JSON}, {"csv", LR_FORMAT_CSV}, {"html", FORMAT_HTML})},
    {"output", NULL, 0, "write it there (standard output)",
     LR_TAKES_TEXT(compare_options, output, "FILE"), .letter = 'o'},
    {0},
};

/* A command line for a child: borrowed words, and words in room. */
typedef struct words {
    char *word[WORDS_MAX];
    size_t n;
    char room[4096];
    size_t room_n;
} words;

typedef struct compare_run {
    comparison result;
    const lr_options *options;
    lr_options *defaults;
    char **files;
    size_t n_files;
    char *queries;           /* the list, split; the cells' names stand in it */
    bool has_lines;          /* `lines` can count this input */
    double lines_seconds[2]; /* N of the round at hand: mapped where it may be, read */
} compare_run;

static void add(words *w, const char *name, const char *value)
{
    char *const at = w->room + w->room_n;
    const size_t left = sizeof w->room - w->room_n;
    const int n = snprintf(at, left, value != NULL ? "--%s=%s" : "--%s", name, value);

    if (w->n + 1 < WORDS_MAX && (size_t)n < left) {
        w->word[w->n++] = at;
        w->room_n += (size_t)n + 1;
    }
}

/* The value of an option as it would be typed. */
static void text_of(const lr_option *row, const void *at, char out[64])
{
    uint64_t n = 0;

    memcpy(&n, at, row->size < sizeof n ? row->size : sizeof n);
    snprintf(out, 64, "%" PRIu64, n);
    for (const lr_choice *c = row->choices; c != NULL && c->name != NULL; c++)
        if (c->value == (int)n)
            snprintf(out, 64, "%s", c->name);
    if (row->kind == LR_OPTION_DATE)
        snprintf(out, 64, "%04u-%02u-%02u", (unsigned)n / 10000, (unsigned)n / 100 % 100,
                 (unsigned)n % 100);
    if (row->kind == LR_OPTION_BYTE)
        snprintf(out, 64, "%c", (char)n);
}

/* The options that were given, for a command that takes them; the memory is the memory plan's. */
static void add_given(words *w, const compare_run *r, uint32_t takes)
{
    char value[64];

    for (const lr_option *row = lr_option_rows; row->name != NULL; row++) {
        const void *given = (const char *)r->options + row->offset;
        const void *standard = (const char *)r->defaults + row->offset;
        if ((row->commands & LR_FOR_COMPARE) == 0 || (row->commands & takes) == 0 ||
            (row->commands & LR_FOR_LIBRARY) == 0 || strcmp(row->name, "memory") == 0 ||
            memcmp(given, standard, row->size) == 0)
            continue;
        text_of(row, given, value);
        add(w, row->name, value);
    }
}

static void add_files(words *w, const compare_run *r)
{
    w->word[w->n++] = (char *)"--";
    for (size_t i = 0; i < r->n_files; i++)
        w->word[w->n++] = r->files[i];
    w->word[w->n] = NULL;
}

/* Seconds of the newline scan; -1 where it cannot read this input (it reads NDJSON). */
static lr_status run_lines(compare_run *r, bool read, double *seconds, lr_error *err)
{
    words w = {.word = {(char *)"lines"}, .n = 1};
    child_result result;

    *seconds = -1;
    if (!r->has_lines)
        return LR_OK;
    add(&w, "stats-fd", "3");
    add(&w, "path", read ? "read" : "auto");
    add_given(&w, r, LR_FOR_LINES);
    add_files(&w, r);
    const lr_status status = child_run(w.word, &result, err);
    if (status == LR_OK && result.exit == LR_OK)
        *seconds = child_number(&result, "seconds");
    r->has_lines = status == LR_OK && result.exit == LR_OK;
    child_free(&result);
    return status;
}

/* The last line of what a child said on its standard error. */
static lr_status child_failed(const child_result *result, const compare_cell *cell, lr_error *err)
{
    char *text = result->err.data;
    size_t n = result->err.n;

    while (n > 0 && text[n - 1] == '\n')
        text[--n] = '\0';
    const char *line = strrchr(text, '\n');
    const lr_status status = result->exit >= LR_E_DATA && result->exit <= LR_E_RESOURCE
                                 ? (lr_status)result->exit
                                 : LR_E_RESOURCE;
    line = line == NULL ? text : line + 1;
    if (line[0] == '\0')
        return lr_fail(err, status, "%s, %s plan: ended with %d", cell->query, cell->plan,
                       result->exit);
    return lr_fail(err, status, "%s", line);
}

/* Every run of a query must give the bytes of its first one, whatever the plan. */
static lr_status check_answer(compare_run *r, compare_cell *cell, child_result *result,
                              lr_error *err)
{
    const char *want = NULL;

    for (size_t i = 0; i < r->result.n_cells && want == NULL; i++)
        if (strcmp(r->result.cells[i].query, cell->query) == 0)
            want = r->result.cells[i].answer;
    if (want != NULL && strcmp(want, result->out.data) != 0)
        return lr_fail(err, LR_E_DATA, "%s: the answer of the %s plan on the %s is another one",
                       cell->query, cell->plan, cell->device);
    if (cell->answer == NULL) {
        cell->answer = result->out.data; /* the cell's now */
        result->out.data = NULL;
    }
    return LR_OK;
}

static lr_status run_cell(compare_run *r, compare_cell *cell, size_t round, lr_error *err)
{
    const bool memory = strcmp(cell->plan, "memory") == 0;
    words w = {.word = {(char *)cell->query}, .n = 1};
    child_result result;
    char bytes[32];

    add(&w, "plan", cell->plan);
    add(&w, "device", cell->device);
    add(&w, "format", "json");
    add(&w, "stats-fd", "3");
    if (memory && r->options->memory_max_bytes != 0) {
        snprintf(bytes, sizeof bytes, "%" PRIu64, r->options->memory_max_bytes);
        add(&w, "memory", bytes);
    }
    add_given(&w, r, LR_FOR_ANSWERS);
    add_files(&w, r);
    lr_status status = child_run(w.word, &result, err);
    if (status == LR_OK && result.exit != 0)
        status = child_failed(&result, cell, err);
    if (status == LR_OK) {
        cell->seconds[round] = child_number(&result, "seconds");
        cell->cpu_seconds[round] = child_number(&result, "cpu_seconds");
        cell->peak_rss_bytes[round] = child_number(&result, "peak_rss_bytes");
        cell->n_seconds[round] = r->lines_seconds[memory];
        cell->bytes = child_number(&result, "bytes");
        cell->spilled_bytes = child_number(&result, "spilled_bytes");
        cell->threads = child_number(&result, "threads");
        if (!child_says(&result, "device", cell->device))
            cell->device = "cpu"; /* the query, or a mode, is not for a GPU */
        status = check_answer(r, cell, &result, err);
    }
    child_free(&result);
    return status;
}

/* Forwards in even rounds, backwards in odd ones, so that no cell always follows the same other. */
static lr_status run_rounds(compare_run *r, bool shows, lr_error *err)
{
    for (size_t round = 0; round < r->result.rounds; round++) {
        LR_TRY(run_lines(r, false, &r->lines_seconds[0], err));
        LR_TRY(run_lines(r, true, &r->lines_seconds[1], err));
        for (size_t i = 0; i < r->result.n_cells; i++) {
            const size_t at = round % 2 == 0 ? i : r->result.n_cells - 1 - i;
            if (shows)
                fprintf(stderr, "\rround %zu of %zu, %s, %s plan, %s   ", round + 1,
                        r->result.rounds, r->result.cells[at].query, r->result.cells[at].plan,
                        r->result.cells[at].device);
            LR_TRY(run_cell(r, &r->result.cells[at], round, err));
        }
    }
    return LR_OK;
}

/* ---- the answer ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double compare_median(const double *values, size_t n)
{
    double sorted[COMPARE_ROUNDS_MAX];

    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    return sorted[0] < 0 ? -1 : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

double compare_share(const compare_cell *cell, size_t rounds)
{
    double shares[COMPARE_ROUNDS_MAX];

    for (size_t i = 0; i < rounds; i++) {
        const bool known = cell->n_seconds[i] >= 0 && cell->seconds[i] > 0;
        shares[i] = known ? cell->n_seconds[i] / cell->seconds[i] : -1;
    }
    return compare_median(shares, rounds);
}

static lr_status make_table(const comparison *c, lr_table **out, lr_error *err)
{
    static const char *const names[] = {"query", "plan",       "device",   "seconds", "CPU seconds",
                                        "GB/s",  "share of N", "peak RSS", "spilled"};
    char text[LR_COUNT_OF(names)][QUANTITY_MAX];
    lr_cell row[LR_COUNT_OF(names)];

    LR_TRY(lr_table_new(out, "compare", err));
    for (size_t i = 0; i < LR_COUNT_OF(names); i++)
        lr_table_add_column(*out, names[i], LR_TYPE_TEXT);
    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double seconds = compare_median(cell->seconds, c->rounds);
        const double share = compare_share(cell, c->rounds);
        snprintf(text[0], QUANTITY_MAX, "%s", cell->query);
        snprintf(text[1], QUANTITY_MAX, "%s", cell->plan);
        snprintf(text[2], QUANTITY_MAX, "%s", cell->device);
        snprintf(text[3], QUANTITY_MAX, "%.4f", seconds);
        snprintf(text[4], QUANTITY_MAX, "%.4f", compare_median(cell->cpu_seconds, c->rounds));
        snprintf(text[5], QUANTITY_MAX, "%.2f", seconds > 0 ? cell->bytes / seconds * 1e-9 : 0);
        snprintf(text[6], QUANTITY_MAX, share < 0 ? "-" : "%.2f", share);
        quantity_of_bytes(compare_median(cell->peak_rss_bytes, c->rounds), text[7]);
        quantity_of_bytes(cell->spilled_bytes, text[8]);
        for (size_t k = 0; k < LR_COUNT_OF(names); k++)
            row[k].text = (lr_bytes){(const uint8_t *)text[k], strlen(text[k])};
        LR_TRY(lr_table_append(*out, row, err));
    }
    return LR_OK;
}

static void write_samples(const char *name, const double *values, size_t n, FILE *out)
{
    fprintf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++)
        fprintf(out, values[i] < 0 ? "%snull" : "%s%.6f", i > 0 ? "," : "", values[i]);
    fputc(']', out);
}

static void write_json(const comparison *c, FILE *out)
{
    fprintf(out, "{\"compare\":{\"machine\":\"%s\",\"rounds\":%zu,\"cells\":[", c->machine,
            c->rounds);
    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double share = compare_share(cell, c->rounds);
        const double seconds = compare_median(cell->seconds, c->rounds);
        fprintf(out,
                "%s{\"query\":\"%s\",\"plan\":\"%s\",\"device\":\"%s\",\"bytes\":%.0f"
                ",\"threads\":%.0f",
                i > 0 ? "," : "", cell->query, cell->plan, cell->device, cell->bytes,
                cell->threads);
        fprintf(out, ",\"seconds_median\":%.6f,\"gb_per_s\":%.4f,\"share_of_n\":", seconds,
                seconds > 0 ? cell->bytes / seconds * 1e-9 : 0);
        fprintf(out, share < 0 ? "null" : "%.4f", share);
        fprintf(out, ",\"peak_rss_bytes\":%.0f,\"spilled_bytes\":%.0f",
                compare_median(cell->peak_rss_bytes, c->rounds), cell->spilled_bytes);
        write_samples("seconds", cell->seconds, c->rounds, out);
        write_samples("cpu_seconds", cell->cpu_seconds, c->rounds, out);
        write_samples("n_seconds", cell->n_seconds, c->rounds, out);
        fputc('}', out);
    }
    fputs("]}}\n", out);
}

static lr_status print(const compare_run *r, const compare_options *own, lr_error *err)
{
    const bool color = color_wanted(r->options->color, STDOUT_FILENO) && own->output == NULL;
    answer text = {NULL, NULL, 0};
    lr_table *table = NULL;

    lr_status status = make_table(&r->result, &table, err);
    if (status == LR_OK)
        status = answer_begin(&text, err);
    if (status == LR_OK) {
        if (own->format == FORMAT_HTML)
            compare_write_html(&r->result, text.out);
        else if (own->format == LR_FORMAT_JSON)
            write_json(&r->result, text.out);
        else
            status =
                lr_tables_write(&table, 1, false, (lr_format)own->format, color, text.out, err);
    }
    if (status == LR_OK)
        status = answer_end(&text, own->output, (const char *const *)r->files, r->n_files, err);
    else
        answer_drop(&text);
    lr_table_free(table);
    return status;
}

/* ---- the command ---- */

/* Is there a device that --device gpu would run on? */
static bool has_gpu(void)
{
    const lr_gpu_module *module;
    char name[256];
    uint64_t memory;

    return lr_gpu_module_find(&module, NULL) == LR_OK && module->find(name, &memory, NULL) == LR_OK;
}

static lr_status choose_cells(compare_run *r, lr_error *err)
{
    static const char *const ways[][2] = {{"time", "cpu"}, {"memory", "cpu"}, {"time", "gpu"}};
    const size_t n_ways = LR_COUNT_OF(ways) - (has_gpu() ? 0 : 1);
    char *rest = NULL;

    for (char *name = strtok_r(r->queries, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        if (lr_query_find(name) == NULL && strcmp(name, "all") != 0)
            return lr_fail(err, LR_E_USAGE, "--queries: no '%.200s'; see bench list", name);
        for (size_t i = 0; i < n_ways; i++) {
            if (r->result.n_cells == COMPARE_CELLS_MAX)
                return lr_fail(err, LR_E_USAGE, "--queries: too many");
            compare_cell *cell = &r->result.cells[r->result.n_cells++];
            cell->query = name;
            cell->plan = ways[i][0];
            cell->device = ways[i][1];
        }
    }
    return r->result.n_cells > 0 ? LR_OK : lr_fail(err, LR_E_USAGE, "--queries: none");
}

static lr_status compare(compare_run *r, const compare_options *own, int argc, lr_error *err)
{
    lr_machine machine;

    if (argc < 2)
        return lr_fail(err, LR_E_USAGE, "compare: no FILE");
    if (r->n_files + 40 > WORDS_MAX)
        return lr_fail(err, LR_E_USAGE, "compare: at most %d files; a directory stands for its own",
                       WORDS_MAX - 40);
    for (size_t i = 0; i < r->n_files; i++)
        if (strcmp(r->files[i], "-") == 0)
            return lr_fail(err, LR_E_USAGE, "compare: standard input can be read only once");
    r->queries = strdup(own->queries);
    if (r->queries == NULL)
        return lr_fail(err, LR_E_RESOURCE, "compare: no memory");
    LR_TRY(choose_cells(r, err));
    LR_TRY(lr_options_new(&r->defaults, err));
    lr_machine_identify(&machine);
    snprintf(r->result.machine, sizeof r->result.machine, "%s", machine.name);
    const uint64_t budget = r->options->memory_max_bytes;
    snprintf(r->result.settings, sizeof r->result.settings,
             "--validate %s, --memory %" PRIu64 "KiB for the memory plan",
             validate_name(r->options->validate),
             (budget != 0 ? budget : LR_MEMORY_DEFAULT_BYTES) >> 10);
    const lr_when when = r->options->progress;
    const bool shows = when == LR_WHEN_ALWAYS || (when == LR_WHEN_AUTO && isatty(STDERR_FILENO));
    const lr_status status = run_rounds(r, shows, err);
    if (shows)
        fprintf(stderr, "\r%*s\r", 50, "");
    return status != LR_OK ? status : print(r, own, err);
}

int cmd_compare(int argc, char **argv)
{
    lr_error error = {{0}};
    lr_options *options = NULL;
    compare_options own = {0};

    lr_status status = command_parse(&argc, argv, &options, &own);
    if (status != LR_OK)
        return (int)status;
    compare_run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        status = lr_fail(&error, LR_E_RESOURCE, "compare: no memory");
    } else {
        *r = (compare_run){.options = options,
                           .files = argv + 1,
                           .n_files = (size_t)argc - 1,
                           .has_lines = true,
                           .result.rounds = own.rounds};
        status = compare(r, &own, argc, &error);
        for (size_t i = 0; i < r->result.n_cells; i++)
            free(r->result.cells[i].answer);
        lr_options_free(r->defaults);
        free(r->queries);
    }
    if (status != LR_OK)
        command_fail(status, &error);
    free(r);
    lr_options_free(options);
    return (int)status;
}
