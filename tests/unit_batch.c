/*
 * unit_batch.c: from files to rows: the same rows in every way of reading, and the right ones.
 */
#include "check.h"
#include "source.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SLICES_MAX = 1 << 15, TEXT_MAX = 1 << 19, LINED = 3 }; /* a layout of arrays */

static char folder[] = "/tmp/lr-unit-batch-XXXXXX";

static const lr_field field_list[] = {{"date", LR_TYPE_DATE, "date"},
                                      {"username", LR_TYPE_TEXT, "user.username|username"},
                                      {"content", LR_TYPE_TEXT, "content"}};

static void write_file(const char *name, const void *bytes, size_t n)
{
    unlink(name); /* a file that is cut off and written again is flushed by some file systems */
    FILE *file = fopen(name, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, n, file) == n && fclose(file) == 0, "%s", name);
}

/* A slice's rows as text, and its line feeds. */
typedef struct part {
    char *rows;
    size_t n;
    uint64_t lines, offset;
    bool seen;
} part;

typedef struct job {
    lr_source *source;
    const lr_kernels *kernels;
    const lr_fields *fields;
    lr_validate validate;
    part *parts;
    atomic_bool lined;
    atomic_bool unproven; /* it was taken to be lined, and is not: nothing counts */
    lr_status status;
    lr_error error;
} job;

/* How many line feeds are before a byte of a slice. */
typedef struct line_count {
    size_t offset;
    uint64_t lines;
} line_count;

/* One row: `line@byte reason a|b|c`. A line counts from the slice's start, on from *count. */
static void put_row(FILE *out, const job *j, const lr_slice *slice, const lr_batch *batch, size_t i,
                    line_count *count)
{
    static const char *const marks[] = {"-", "0", "'", "\"", "number", "bool", "object", "array"};
    const uint32_t offset = batch->records.offset[i];

    CHECK(offset >= count->offset, "a record before the one before it");
    count->lines +=
        j->kernels->count_lines(slice->bytes.data + count->offset, offset - count->offset);
    count->offset = offset;
    fprintf(out, "%llu@%llu", (unsigned long long)count->lines,
            (unsigned long long)(slice->offset + offset));
    if (batch->records.reason[i] != LR_GOOD)
        fprintf(out, " %s", lr_reason_text((lr_reason)batch->records.reason[i]));
    for (size_t f = 0; f < j->fields->n && batch->records.reason[i] == LR_GOOD; f++) {
        const uint8_t kind = batch->columns[f].kinds[i];
        const lr_span span = batch->columns[f].spans[i];
        fprintf(out, " %s",
                kind >= LR_BAD ? lr_reason_text((lr_reason)(kind - LR_BAD)) : marks[kind]);
        for (size_t b = 0; b < span.length && (kind == LR_PLAIN || kind == LR_ESCAPED); b++)
            fputc(batch->src[span.offset + b] == '\n' ? '^' : batch->src[span.offset + b], out);
    }
    bool fatal = lr_reason_is_fatal(slice->format, (lr_reason)batch->records.reason[i]);
    for (size_t f = 0; f < j->fields->n && batch->records.reason[i] == LR_GOOD; f++)
        fatal |=
            batch->columns[f].kinds[i] >= LR_BAD &&
            lr_reason_is_fatal(slice->format, (lr_reason)(batch->columns[f].kinds[i] - LR_BAD));
    fputs(fatal ? "!\n" : "\n", out); /* line feeds of values are ^ */
}

static void *read_rows(void *context)
{
    job *j = context;
    lr_slice_buffer buffer = {0};
    lr_slice slice;
    lr_batch batch;
    lr_error error;

    CHECK(lr_batch_init(&batch, j->fields, NULL) == LR_OK, "no memory");
    for (;;) {
        const lr_status status = lr_source_next(j->source, &buffer, &slice, &error);
        if (status != LR_OK) {
            j->status = status;
            j->error = error;
        }
        if (status != LR_OK || slice.bytes.data == NULL)
            break;
        part *p = &j->parts[slice.index];
        if (slice.lined)
            atomic_store(&j->lined, true);
        FILE *out = open_memstream(&p->rows, &p->n);
        line_count count = {0};
        batch.records.lines = 0;
        for (size_t from = 0; from < slice.bytes.n;) {
            const size_t before = from;
            from = lr_read_batch(j->kernels, j->fields, j->validate, &slice, from, &batch);
            if (batch.unproven)
                atomic_store(&j->unproven, true);
            CHECK(from > before && from <= slice.bytes.n, "no way forward");
            for (size_t i = 0; i < batch.records.n; i++)
                put_row(out, j, &slice, &batch, i, &count);
        }
        CHECK(atomic_load(&j->unproven) ||
                  batch.records.lines == j->kernels->count_lines(slice.bytes.data, slice.bytes.n),
              "lines: %llu", (unsigned long long)batch.records.lines);
        fclose(out);
        p->lines = batch.records.lines;
        p->seen = true;
    }
    lr_batch_free(&batch);
    lr_slice_buffer_free(&buffer);
    return NULL;
}

static uint64_t n_lined, n_unproven; /* files that were taken to be lined, and were or were not */

/* All rows of the file, lines counted from its start; or the message. The caller frees it. NULL: it was taken to
 * be lined, and is not. */
static char *rows_as(const char *name, const lr_kernels *kernels, lr_validate validate,
                     lr_source_options options, size_t n_threads)
{
    static part parts[SLICES_MAX];
    lr_fields fields;
    job j = {.kernels = kernels, .fields = &fields, .validate = validate, .parts = parts};
    pthread_t threads[8];
    char *all = NULL;
    size_t n;
    FILE *out = open_memstream(&all, &n);

    CHECK(lr_fields_init(&fields, field_list, LR_COUNT_OF(field_list), NULL) == LR_OK, "fields");
    options.kernels = kernels;
    options.fields = &fields;
    j.status = lr_source_open(&name, 1, &options, &j.source, &j.error);
    if (j.status == LR_OK) {
        for (size_t i = 1; i < n_threads; i++)
            CHECK(pthread_create(&threads[i], NULL, read_rows, &j) == 0, "no thread");
        read_rows(&j);
        for (size_t i = 1; i < n_threads; i++)
            pthread_join(threads[i], NULL);
    }
    uint64_t lines = 0;
    bool fatal = false; /* what comes behind that is nobody's */
    for (size_t i = 0; i < SLICES_MAX && parts[i].seen; i++) {
        const char *row = parts[i].rows, *const last = row + parts[i].n;
        while (row < last && !fatal) {
            char *at;
            const unsigned long long line = strtoull(row, &at, 10) + lines + 1;
            row = (const char *)memchr(at, '\n', (size_t)(last - at)) + 1;
            fprintf(out, "%llu%.*s", line, (int)(row - at), at);
            fatal = row[-2] == '!';
        }
        lines += parts[i].lines;
        free(parts[i].rows);
        parts[i] = (part){0};
    }
    if (j.status != LR_OK)
        fprintf(out, "! %d %s\n", j.status, j.error.message);
    lr_source_free(j.source);
    fclose(out);
    if (!atomic_load(&j.unproven)) {
        n_lined += atomic_load(&j.lined);
        return all;
    }
    n_unproven++;
    free(all);
    return NULL;
}

/* As a run reads it: at first it is supposed where slices of arrays that are mapped, and of CSV, may end. */
static char *rows_of(const char *name, const lr_kernels *kernels, lr_validate validate,
                     lr_source_options options, size_t n_threads)
{
    options.lined = validate == LR_VALIDATE_FULL;
    options.guessed = true;
    char *rows = rows_as(name, kernels, validate, options, n_threads);
    options.lined = options.guessed = false;
    return rows != NULL ? rows : rows_as(name, kernels, validate, options, n_threads);
}

static lr_kernels best, ref;

/*
 * The rows of the file are `want` (NULL: whatever the definitions say in one slice), for slices of
 * every size in steps, read and mapped, one thread and three, in the best tier.
 */
static void expect_rows(const void *bytes, size_t n, const char *want, lr_validate validate,
                        lr_source_options options, size_t step)
{
    write_file("in", bytes, n);
    options.slice_bytes = 1 << 24;
    char *whole = rows_of("in", &ref, validate, options, 1);
    CHECK(want == NULL || strcmp(whole, want) == 0, "%s\nnot\n%s", whole, want);
    for (size_t slice = step; slice <= n + step; slice += step == 1 && slice > 40 ? 9 : step)
        for (size_t way = 0; way < 4; way++) {
            options.slice_bytes = slice;
            options.map = way % 2 == 1;
            char *rows = rows_of("in", &best, validate, options, way / 2 * 2 + 1);
            CHECK(strcmp(rows, whole) == 0, "slice=%zu way=%zu validate=%d:\n%s\nnot\n%s", slice,
                  way, validate, rows, whole);
            free(rows);
        }
    free(whole);
}

static void expect(const char *text, const char *want, int delimiter)
{
    const lr_source_options options = {.delimiter = delimiter};
    expect_rows(text, strlen(text), want, LR_VALIDATE_FULL, options, 1);
    expect_rows(text, strlen(text), want, LR_VALIDATE_USED, options, 1);
}

/* Goal: fields are found where CONTRACT section 3 says, and are of the right type. */
static void check_fields(check_rng *rng)
{
    expect("{\"user\":{\"username\":\"a\"},\"content\":\"b\",\"date\":\"c\"}\n"
           "{\"user\":null,\"username\":\"x\"}\r\n"
           "\n  \t\n"
           " {\"username\":\"y\",\"date\":null}\n"
           "{\"user\":{},\"username\":\"z\"}\n"
           "{\"user\":{\"username\":1}}\n"
           "{\"user\":[\"username\"],\"username\":\"y\"}\n"
           "{\"content\":{},\"username\":true}\n"
           "[]\n"
           "{\"c\\u006fntent\":\"\\u0061\"}",
           "1@0 'c 'a 'b\n"
           "2@51 - 'x -\n"
           "5@86 0 'y -\n"
           "6@116 - - -\n"
           "7@143 - wrong type -\n"
           "8@167 - wrong type -\n"
           "9@204 - wrong type wrong type\n"
           "10@235 a record must be a JSON object\n"
           "11@238 - - \"\\u0061\n",
           0);
    expect("\xEF\xBB\xBF{\"date\":\"d\"}\n{}", "1@0 'd - -\n2@16 - - -\n", 0);
}

/* Goal: CSV by CONTRACT section 4: delimiters, headers, records, and what is wrong with them. */
static void check_csv(check_rng *rng)
{
    expect("id,date,username,content\n1,2021-02-03,ann,\"a \"\"b\"\"\nc\"\r\n\r\n2,,\"\",x\ny\n",
           "2@25 '2021-02-03 'ann 'a \"b\"^c\n5@57 0 0 'x\n"
           "6@65 another number of fields than the header\n",
           0);
    expect("\xEF\xBB\xBF\"content\"~username~date\r\na,b~c~d\r\n~~\n1~2~3",
           "2@28 'd 'c 'a,b\n3@37 0 0 0\n4@40 '3 '2 '1\n", 0);
    expect("username\tcontent\tdate\n1\t2\t3\n", "2@22 '3 '1 '2\n", 0);
    expect("a,b,c\n", "! 1 in:1:0: no column date\n", 0);
    expect("date;date;content;username\n", "! 1 in:1:0: column date twice\n", 0);
    expect("date,username,\"content", "! 1 in:1:0: the header: a quote is not closed\n", 0);
    expect("date,username,\"content\"x", "! 1 in:1:0: the header: text after a closing quote\n", 0);
    expect("date,username,content,\xFF\n", "! 1 in:1:0: the header: invalid UTF-8\n", 0);
    expect("date,username,content", "", 0);
    expect("\n\r\ndate|content|username\n\n1|\"2\n3|4\n", "5@26 a quote is not closed!\n", '|');
    expect("date,username,content\n1,2,\xC3\xA4\n1,\xC3,3\n4,5,6\n",
           "2@22 '1 '2 '\xC3\xA4\n3@29 invalid UTF-8\n4@35 '4 '5 '6\n", 0);
    const lr_source_options options = {.input = LR_INPUT_CSV};
    expect_rows("", 0, "", LR_VALIDATE_FULL, options, 1);
    expect_rows("\r\n\n", 3, "", LR_VALIDATE_FULL, options, 1);
}

/* Goal: arrays by CONTRACT section 4, in any layout; errors have the place of their element. */
static void check_arrays(check_rng *rng)
{
    expect("[]", "", 0);
    expect(" \n[ \r\n\t]\n\n", "", 0);
    expect("[{\"date\":\"a\"},{\"date\":\"b\"}]", "1@1 'a - -\n1@14 'b - -\n", 0);
    expect("\xEF\xBB\xBF[\n{\"date\":\"a\"},\n{\"date\":\"b\"}\n]\n", "2@5 'a - -\n3@19 'b - -\n",
           0);
    expect("[\n  {\n    \"user\": {\n      \"username\": \"x\\ny\"\n    },\n    \"content\": "
           "\"[,]}\"\n  },\n"
           "  {\n    \"content\": null\n  }\n]",
           "2@4 - \"x\\ny '[,]}\n8@81 - - 0\n", 0);
    expect("[{},1,\"a,b\",{}]",
           "1@1 - - -\n1@4 a record must be a JSON object\n"
           "1@6 a record must be a JSON object\n1@12 - - -\n",
           0);
    expect("[", "1@0 the array is not closed!\n", 0);
    expect("[,{}]", "1@0 a value is missing or is not JSON!\n", 0);
    expect("[]x", "1@0 text after the array!\n", 0);
    expect("[{},\n{}]\n{}", "1@1 - - -\n2@5 - - -\n2@5 text after the array!\n", 0);
    expect("[{},\n{}\n,]", "1@1 - - -\n2@5 - - -\n2@5 a value is missing or is not JSON!\n", 0);
    expect("[\n{\"date\":\"a\"},\n{\"date\":\"b\"},\r\n\n  "
           "{},\n{\"a\":[1,\n2]},\n{\"date\":\"c\"},\n{}\n]\n",
           "2@2 'a - -\n3@16 'b - -\n5@34 - - -\n6@38 - - -\n8@52 'c - -\n9@66 - - -\n", 0);
    expect("[]{},\n{},\n{}\n]", "1@0 text after the array!\n", 0);
    expect("[\n{},\n{\"date\":\"b\"},\n,\n{}\n]\n",
           "2@2 - - -\n3@6 'b - -\n3@6 a value is missing or is not JSON!\n", 0);
    expect("[{},\n{},,{}]", "1@1 - - -\n2@5 - - -\n2@5 a value is missing or is not JSON!\n", 0);
    expect("[{},\n{}\n\n", "1@1 - - -\n2@5 - - -\n2@5 the array is not closed!\n", 0);
    expect("[{},\n{},", "1@1 - - -\n2@5 - - -\n2@5 a value is missing or is not JSON!\n", 0);
    expect("[{},\n{}}]", "1@1 - - -\n2@5 - - -\n2@5 the array is not closed!\n", 0);
    const lr_source_options options = {.input = LR_INPUT_JSON};
    expect_rows("{}", 2, "! 1 in:1:0: not a JSON array\n", LR_VALIDATE_FULL, options, 1);
    expect_rows(" \n", 2, "", LR_VALIDATE_FULL, options, 1);

    static const char *const faults[][2] = {
        /* only full validation sees these */
        {"[{}, {\"a\":01},{}]", "1@1 - - -\n1@5 not a JSON number!\n"},
        {"[{} {}]", "1@1 no comma between two elements of the array!\n"},
        {"[{},{\"a\":\"\n\"},{}]", "1@1 - - -\n1@4 an unescaped control character in a string!\n"},
        {"[{},[1 2]]", "1@1 - - -\n1@4 no comma between two values!\n"},
        {"[{},\"\xFF\"]", "1@1 - - -\n1@4 invalid UTF-8!\n"},
        {"[{},nul]", "1@1 - - -\n1@4 a value is missing or is not JSON!\n"}};
    for (size_t i = 0; i < LR_COUNT_OF(faults); i++)
        expect_rows(faults[i][0], strlen(faults[i][0]), faults[i][1], LR_VALIDATE_FULL,
                    (lr_source_options){0}, 1);
}

/* Random arrays, some with a fault, some with a line for each element. */
static size_t make_array(check_rng *rng, char *out, size_t max, size_t layout)
{
    static const char *const values[] = {"\"x\"",
                                         "[1,{\"content\":\"no\"},[]]",
                                         "{\"username\":\"in, [it\"}",
                                         "null",
                                         "\"a\\\"}],{\\\\\"",
                                         "-1.5e3",
                                         "\"\\ud83d\\ude4f\"",
                                         "{}"};
    static const char *const keys[] = {"date", "user", "username", "content", "x"};
    static const char *const spaces[] = {"", "", " ", "\n  ", "\r\n\t"};
#define SPACE                                                                                      \
    (layout == 0 || layout == LINED ? ""                                                           \
     : layout == 1                  ? " "                                                          \
                                    : spaces[check_below(rng, LR_COUNT_OF(spaces))])
    size_t n = (size_t)sprintf(out, "%s[%s%s", SPACE, SPACE, layout == LINED ? "\n" : "");
    const size_t fault_at = check_below(rng, 2) == 0 ? check_below(rng, max) : max;
    bool faulty = false;

    while (n < max - 600) {
        n += (size_t)sprintf(out + n, "{");
        for (size_t field = check_below(rng, 5), first = 1; field > 0; field--, first = 0)
            n += (size_t)sprintf(out + n, "%s%s\"%s\"%s:%s%s%s",
                                 first                                          ? ""
                                 : layout == LINED && check_below(rng, 15) == 0 ? ",\n"
                                                                                : ",",
                                 SPACE, keys[check_below(rng, LR_COUNT_OF(keys))], SPACE, SPACE,
                                 values[check_below(rng, LR_COUNT_OF(values))], SPACE);
        if (n > fault_at && !faulty) {
            faulty = true;
            n += (size_t)sprintf(out + n, "%c", "\"]},[{\\\n1"[check_below(rng, 9)]);
        }
        n += (size_t)sprintf(out + n, "}%s,%s%s", SPACE, SPACE,
                             layout == 1 || (layout == LINED && check_below(rng, 8) > 0) ? "\n"
                                                                                         : "");
    }
    return n +
           (size_t)sprintf(out + n, "%s%s]%s", check_below(rng, 3) == 0 ? "1" : "{}", SPACE, SPACE);
}

/* Goal: as for CSV. */
static void check_array_cuts(check_rng *rng)
{
    static char text[TEXT_MAX];

    for (size_t round = 0; round < 8; round++) {
        const size_t n = make_array(rng, text, 700, round < 4 ? LINED : check_below(rng, LINED));
        expect_rows(text, n, NULL, round % 4 > 0 ? LR_VALIDATE_FULL : LR_VALIDATE_USED,
                    (lr_source_options){0}, 1);
    }
    for (size_t round = 0; round < 3; round++) {
        const size_t n =
            make_array(rng, text, TEXT_MAX, round == 0 ? LINED : check_below(rng, LINED));
        expect_rows(text, n, NULL, LR_VALIDATE_FULL, (lr_source_options){0},
                    20000 + check_below(rng, 70000));
    }
}

/* Random CSV, or something near it. */
static size_t make_csv(check_rng *rng, char *out, size_t max)
{
    static const char *const pieces[] = {
        "\"a \"\"b\"\" \"",          "word", "\"x,\ny\"", "\"\"", "\xC3\xA4", "1",
        "\"1,2\n3,4\n\"\"5,6,7\n\"", "",     "a\"b",      "\r"};
    size_t n = (size_t)sprintf(out, "date,content,x,username\n");

    while (n < max - 200) {
        for (size_t field = 0; field < 4; field++)
            n += (size_t)sprintf(out + n, "%s%s", field > 0 ? "," : "",
                                 pieces[check_below(rng, LR_COUNT_OF(pieces))]);
        if (check_below(rng, 25) == 0)
            n += (size_t)sprintf(out + n, check_below(rng, 2) == 0 ? "\"" : ",\"\"x");
        n += (size_t)sprintf(out + n, check_below(rng, 3) == 0 ? "\r\n" : "\n");
        if (check_below(rng, 9) == 0)
            n += (size_t)sprintf(out + n, "\n");
    }
    return n;
}

/* Goal: cuts and guesses change nothing, in small slices and in large ones. */
static void check_csv_cuts(check_rng *rng)
{
    static char text[TEXT_MAX];

    for (size_t round = 0; round < 3; round++) {
        const size_t n = make_csv(rng, text, 300);
        expect_rows(text, n, NULL, LR_VALIDATE_FULL, (lr_source_options){0}, 1);
    }
    for (size_t round = 0; round < 2; round++) {
        const size_t n = make_csv(rng, text, TEXT_MAX);
        expect_rows(text, n, NULL, LR_VALIDATE_USED, (lr_source_options){0},
                    20000 + check_below(rng, 70000));
    }
}

/*
 * Goal: a record of CSV of many slices is whole, though no slice seems to end behind it.
 * Method: one of more bytes than may be left over where cuts are guessed, in a column that nobody reads.
 */
static void check_csv_long(check_rng *rng)
{
    static const char head[] = "date,username,content,id\na,b,c,", end[] = "\nd,e,f,g\n";
    enum { LONG = 26 << 20 };
    const size_t n = sizeof head - 1 + LONG + sizeof end - 1;
    char *text = malloc(n);

    (void)rng;
    CHECK(text != NULL, "no memory");
    memcpy(text, head, sizeof head - 1);
    memset(text + sizeof head - 1, 'x', LONG);
    memcpy(text + sizeof head - 1 + LONG, end, sizeof end - 1);
    expect_rows(text, n, "2@25 'a 'b 'c\n3@27263008 'd 'e 'f\n", LR_VALIDATE_FULL,
                (lr_source_options){0}, n - 100);
    expect_rows(text, n, NULL, LR_VALIDATE_FULL, (lr_source_options){0}, 1 << 23);
    free(text);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(check_rng *rng);
    } checks[] = {{"batch_fields", check_fields},     {"batch_csv", check_csv},
                  {"batch_csv_cuts", check_csv_cuts}, {"batch_csv_long", check_csv_long},
                  {"batch_arrays", check_arrays},     {"batch_array_cuts", check_array_cuts}};
    char remove[64];
    check_rng rng;

    lr_kernels_init(&ref, LR_ISA_REF);
    lr_kernels_init(&best, lr_isa_best());
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0, "%s", strerror(errno));
    for (size_t i = 0; i < LR_COUNT_OF(checks); i++)
        if (check_begin(checks[i].name, &rng))
            checks[i].run(&rng);
    CHECK(getenv("BENCH_FILTER") != NULL || (n_lined > 100 && n_unproven > 20),
          "%llu lined, %llu not", (unsigned long long)n_lined, (unsigned long long)n_unproven);
    snprintf(remove, sizeof remove, "rm -r %s", folder);
    return system(remove);
}
