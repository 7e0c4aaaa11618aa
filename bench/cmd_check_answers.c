/*
 * cmd_check_answers.c: `bench check-answers FILE`: every query in every mode against the answer key
 * that `bench gen` wrote beside the file. The key was counted from what was meant to be written, so
 * it knows nothing of the engine that is judged here.
 */
#include "commands.h"
#include "run.h"
#include "signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is asked, all in one pass over the file, and under which name the key has it. */
typedef struct question {
    const char *query, *mode;
    lr_modes modes;
} question;

static const question questions[] = {
    {"q1", "", {LR_MENTIONS_ASCII, LR_EMOJI_1_4_1}},
    {"q2", "1.4.1", {LR_MENTIONS_ASCII, LR_EMOJI_1_4_1}},
    {"q2", "2.16", {LR_MENTIONS_ASCII, LR_EMOJI_2_16}},
    {"q3", "ascii", {LR_MENTIONS_ASCII, LR_EMOJI_1_4_1}},
    {"q3", "unicode", {LR_MENTIONS_UNICODE, LR_EMOJI_1_4_1}},
    {"q3", "first", {LR_MENTIONS_FIRST, LR_EMOJI_1_4_1}},
    {"q3", "twitter", {LR_MENTIONS_TWITTER, LR_EMOJI_1_4_1}},
    {"q3", "field", {LR_MENTIONS_FIELD, LR_EMOJI_1_4_1}}, /* the last one: CSV has no such column */
};

enum { QUESTIONS = LR_COUNT_OF(questions) };

enum { KEY_BYTES_MAX = 16 << 20 };

typedef struct check_options {
    const char *answers; /* NULL: FILE.answers.json */
} check_options;

const lr_option cmd_check_answers_options[] = {
    {"answers", NULL, 0, "the answer key, if it is not FILE.answers.json",
     LR_TAKES_TEXT(check_options, answers, "FILE")},
    {0},
};

/* The whole key, ended by a zero byte; the caller's to free. */
static lr_status read_key(const char *file, const char *given, char **out, lr_error *err)
{
    char *path = NULL;
    lr_status status = LR_OK;

    *out = NULL;
    if (asprintf(&path, "%s%s", given != NULL ? given : file,
                 given != NULL ? "" : ".answers.json") < 0)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the answer key");
    FILE *const in = fopen(path, "re");
    *out = malloc(KEY_BYTES_MAX + 1);
    if (in == NULL)
        status = lr_fail(err, LR_E_IO, "%s: %s", path, strerror(errno));
    else if (*out == NULL)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the answer key");
    if (status == LR_OK) {
        const size_t n = fread(*out, 1, KEY_BYTES_MAX, in);
        (*out)[n] = '\0';
        if (ferror(in) || n == KEY_BYTES_MAX)
            status = lr_fail(err, LR_E_IO, "%s: cannot be read, or is too large for a key", path);
    }
    if (in != NULL)
        fclose(in);
    free(path);
    return status;
}

/* The line of the key behind "name": , from `from` on; NULL where there is none. Our own key has one
 * answer per line, so no JSON has to be understood. */
static const char *line_of(const char *from, const char *name)
{
    char quoted[64];

    snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    const char *const at = from == NULL ? NULL : strstr(from, quoted);
    return at == NULL ? NULL : at + strlen(quoted);
}

static uint64_t number_of(const char *key, const char *name)
{
    const char *const at = line_of(key, name);
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* As the key writes texts: with only what must be escaped. */
static void print_text(lr_bytes text, FILE *out)
{
    fputc('"', out);
    for (size_t i = 0; i < text.n; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            fprintf(out, "\\%c", text.data[i]);
        else if (text.data[i] < 0x20)
            fprintf(out, "\\u%04x", text.data[i]);
        else
            fputc(text.data[i], out);
    }
    fputc('"', out);
}

/* The rows as the key has them: [["a", 2], ["b", 1]]. */
static lr_status print_rows(const lr_table *table, answer *out, lr_error *err)
{
    LR_TRY(answer_begin(out, err));
    fputc('[', out->out);
    for (size_t row = 0; row < table->n_rows; row++) {
        fputs(row > 0 ? ", [" : "[", out->out);
        for (size_t column = 0; column < table->n_columns; column++) {
            const lr_cell cell = table->cells[row * table->n_columns + column];
            if (column > 0)
                fputs(", ", out->out);
            if (table->types[column] == LR_TYPE_INTEGER)
                fprintf(out->out, "%lld", (long long)cell.integer);
            else
                print_text(cell.text, out->out);
        }
        fputc(']', out->out);
    }
    fputc(']', out->out);
    return LR_OK;
}

/* Where two texts part, a few characters of each. */
static lr_status differ(const char *query, const char *mode, const char *got, const char *want,
                        lr_error *err)
{
    size_t at = 0;

    while (got[at] != '\0' && got[at] == want[at])
        at++;
    while (at > 0 && got[at - 1] != '[')
        at--;
    return lr_fail(err, LR_E_DATA,
                   "%s%s%s: differs from the key: answered [%.60s, the key has [%.60s", query,
                   mode[0] != '\0' ? " " : "", mode, got + at, want + at);
}

static lr_status compare(const lr_table *table, const question *asked, const char *key,
                         lr_error *err)
{
    const char *const query = asked->query, *const mode = asked->mode;
    const char *at = line_of(key, query), *want;
    answer text = {0};

    if (mode[0] != '\0')
        at = line_of(at, mode);
    want = line_of(at, "rows");
    if (want == NULL || (at != NULL && want > at + strcspn(at, "\n")))
        return lr_fail(err, LR_E_DATA, "%s %s: not in the answer key", query, mode);
    const bool field = strcmp(mode, "field") == 0;
    const uint64_t bad = number_of(line_of(key, "bad"), field ? "q3 field" : query);
    const uint64_t good = number_of(key, "records") - bad;
    if (table->records != good || table->rejected != bad)
        return lr_fail(
            err, LR_E_DATA, "%s %s: %llu records and %llu bad ones, the key has %llu and %llu",
            query, mode, (unsigned long long)table->records, (unsigned long long)table->rejected,
            (unsigned long long)good, (unsigned long long)bad);
    lr_status status = print_rows(table, &text, err);
    if (status == LR_OK && fflush(text.out) != 0)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the answer");
    if (status == LR_OK && strncmp(text.text, want, text.n) != 0)
        status = differ(query, mode, text.text, want, err);
    if (status == LR_OK)
        fprintf(stderr, "%s%s%s: as the key says, %zu rows\n", query, mode[0] != '\0' ? " " : "",
                mode, table->n_rows);
    answer_drop(&text);
    return status;
}

static lr_status ask(size_t n, const char *file, const lr_options *options, const char *key,
                     size_t *wrong, lr_error *err)
{
    lr_query in_mode[QUESTIONS];
    const lr_query *queries[QUESTIONS];
    lr_table *tables[QUESTIONS] = {NULL};

    for (size_t i = 0; i < n; i++) {
        in_mode[i] = *lr_query_find(questions[i].query);
        in_mode[i].modes = &questions[i].modes;
        queries[i] = &in_mode[i];
    }
    lr_status status = lr_run_measured(queries, n, &file, 1, options, NULL, tables, NULL, err);
    for (size_t i = 0; status == LR_OK && i < n; i++) {
        const lr_status same = compare(tables[i], &questions[i], key, err);
        if (same == LR_E_DATA) { /* the others are worth knowing too */
            fprintf(stderr, "%s\n", err->message);
            ++*wrong;
        } else {
            status = same;
        }
    }
    for (size_t i = 0; i < n; i++)
        lr_table_free(tables[i]);
    return status;
}

static lr_status run(int argc, char **argv, lr_options *options, const char *answers, lr_error *err)
{
    char *key = NULL;
    size_t wrong = 0;

    if (argc != 2)
        return lr_fail(err, LR_E_USAGE, "check-answers: one FILE");
    lr_status status = read_key(argv[1], answers, &key, err);
    signals_catch_shrinking((const char *const *)argv + 1, 1);
    options->map = true;
    options->top = 100; /* as many rows as keys have */
    if (status == LR_OK && line_of(key, "bad") != NULL)
        options->on_error = LR_ON_ERROR_SKIP;
    const bool csv = status == LR_OK && strstr(key, "\"format\": \"csv\"") != NULL;
    if (csv)
        fprintf(stderr, "q3 field: not asked, for CSV has no such column\n");
    if (status == LR_OK)
        status = ask(csv ? QUESTIONS - 1 : QUESTIONS, argv[1], options, key, &wrong, err);
    free(key);
    if (status == LR_OK && wrong > 0)
        status =
            lr_fail(err, LR_E_DATA, "check-answers: %zu answers are not those of the key", wrong);
    return status;
}

int cmd_check_answers(int argc, char **argv)
{
    lr_error error = {{0}};
    lr_options *options = NULL;
    check_options own = {0};

    lr_status status = command_parse(&argc, argv, &options, &own);
    if (status != LR_OK)
        return (int)status;
    status = run(argc, argv, options, own.answers, &error);
    lr_options_free(options);
    return status == LR_OK ? 0 : command_fail(status, &error);
}
