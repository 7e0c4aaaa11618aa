/* generate.c: lr_gen: what is to be made, where it goes, and the answer key beside it. */
#include "produce.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Counters of the key are 32 bits wide. */
#define RECORDS_MAX ((uint64_t)UINT32_MAX)

static uint32_t threads_allowed(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static lr_status check(const lr_gen_options *o, lr_error *err)
{
    if (o->size_bytes == 0 && o->records > RECORDS_MAX)
        return lr_fail(err, LR_E_USAGE, "--records: at most %llu", (unsigned long long)RECORDS_MAX);
    if (o->size_bytes / o->recipe->record_mean_bytes > RECORDS_MAX / 2)
        return lr_fail(err, LR_E_USAGE, "--size: at most %llu records",
                       (unsigned long long)RECORDS_MAX / 2);
    if (o->parts == 0 || o->part == 0 || o->part > o->parts)
        return lr_fail(err, LR_E_USAGE, "--part: from 1 to %u, the number of --parts", o->parts);
    if (o->format == LR_GEN_CSV && o->recipe->header == NULL)
        return lr_fail(err, LR_E_USAGE, "--format: the recipe %s has no csv", o->recipe->name);
    if (o->recipe->lines_only && o->format != LR_GEN_AUTO && o->format != LR_GEN_NDJSON)
        return lr_fail(err, LR_E_USAGE, "--format: the recipe %s is ndjson", o->recipe->name);
    return LR_OK;
}

/*
 * What is left of 32 MiB when each thread has its blocks (measured: 1 MiB) and its compressor (1.75
 * more), the writer its buffers (4 MiB; half of one behind compressors) and the rest its 8 MiB. More
 * than 12 MiB makes nothing faster.
 */
static size_t keep_max_bytes(const production *what)
{
    enum { KIB = 1024, LEAST = 1024, MOST = 12288 };
    const int64_t threads = what->threads;
    const int64_t kib =
        what->packing != PACK_NONE ? 24064 - threads * 2816 : 20480 - threads * 1024;
    return (size_t)(kib < LEAST ? LEAST : kib > MOST ? MOST : kib) * KIB;
}

/* Values were checked when they were set, and their ranges keep what follows from them in bounds. */
static void read_lists(gen *g)
{
    const lr_knob *const knobs = g->options->recipe->knobs;
    distribution read;

    for (size_t i = 0; knobs[i].name != NULL; i++)
        if (knobs[i].text != NULL && distribution_read(&knobs[i], g->options->lists[i], &read) &&
            read.n <= SHORT_MAX)
            short_list_init(&g->lists[i], &knobs[i], &read);
}

static lr_status gen_open(gen *g, const lr_gen_options *o, const production *what, lr_error *err)
{
    *g = (gen){.options = o};
    g->format = o->format != LR_GEN_AUTO ? o->format : o->recipe->format;
    g->delimiter = o->delimiter != 0 ? o->delimiter : o->recipe->delimiter;
    g->keep_max_bytes = keep_max_bytes(what);
    read_lists(g);
    g->records_planned = o->records > 0 ? o->records : 1;
    if (o->size_bytes > 0) /* a hundredth more, so that the last ones fall on the last date too */
        g->records_planned = o->size_bytes / o->recipe->record_mean_bytes * 101 / 100 + 1;
    LR_TRY(material_init(&g->material,
                         g->format == LR_GEN_CSV ? TEXT_CSV
                         : o->utf8               ? TEXT_JSON_UTF8
                                                 : TEXT_JSON,
                         err));
    return o->recipe->open(g, err);
}

static void gen_close(gen *g)
{
    g->options->recipe->close(g);
    material_free(&g->material);
}

/*
 * Which records this part has. Where a size is given and there are parts, how many records it amounts
 * to must be known first: they are made once and only counted.
 */
static lr_status plan(const gen *g, production *what, lr_error *err)
{
    const lr_gen_options *const o = g->options;
    uint64_t n = o->records;

    what->size_bytes = o->size_bytes;
    what->opens = what->closes = true;
    what->first = 0;
    what->last = o->size_bytes > 0 ? RECORDS_MAX : n;
    if (o->parts == 1)
        return LR_OK;
    if (o->size_bytes > 0) {
        produced counted;
        production count = *what;
        count.packing = PACK_NONE;
        LR_TRY(produce(&count, &counted, err));
        n = counted.records;
        what->size_bytes = 0;
    }
    what->first = (uint64_t)((unsigned __int128)n * (o->part - 1) / o->parts);
    what->last = (uint64_t)((unsigned __int128)n * o->part / o->parts);
    what->opens = o->part == 1;
    what->closes = o->part == o->parts;
    return LR_OK;
}

static lr_status write_key(const gen *g, const production *what, const produced *made,
                           const char *path, lr_error *err)
{
    key_head head = {.first_record = what->first, .records = made->records, .bytes = made->bytes};
    lr_output *output = NULL;
    char *text = NULL;
    size_t n = 0;
    FILE *const out = open_memstream(&text, &n);

    if (out == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the answer key");
    memcpy(head.xxh128, made->xxh128, sizeof head.xxh128);
    head.places = made->places;
    head.n_places = made->n_places;
    lr_status status = key_write(g, what->sum, &head, out, err);
    if ((fclose(out) != 0 || text == NULL) && status == LR_OK)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the answer key");
    if (status == LR_OK)
        status = lr_output_open(&output, path, NULL, 0, err);
    if (status == LR_OK)
        status = lr_output_write(output, text, n, err);
    if (status == LR_OK)
        status = lr_output_commit(output, err);
    else
        lr_output_abandon(output);
    free(text);
    return status;
}

/* Where the key goes: as asked, or beside a regular file. *out NULL: nowhere; free it. */
static lr_status key_path(const lr_gen_options *o, char **out, lr_error *err)
{
    struct stat info;

    *out = NULL;
    if (o->answers != NULL)
        *out = strdup(o->answers);
    else if (strcmp(o->output, "-") == 0 || (stat(o->output, &info) == 0 && !S_ISREG(info.st_mode)))
        return LR_OK;
    else if (asprintf(out, "%s.answers.json", o->output) < 0)
        *out = NULL;
    return *out != NULL ? LR_OK : lr_fail(err, LR_E_RESOURCE, "no memory for a name");
}

/* Data to the disk, then the key, then the data's name: where one fails, neither stays, and who
 * interrupts the long wait for the disk finds neither. */
static lr_status make(const gen *g, production *what, produced *made, lr_error *err)
{
    char *path = NULL;
    lr_status status = key_path(g->options, &path, err);

    if (status == LR_OK)
        status = lr_output_open(&what->output, g->options->output, NULL, 0, err);
    if (status == LR_OK)
        status = produce(what, made, err);
    if (status == LR_OK)
        status = lr_output_flush(what->output, err);
    if (status == LR_OK && path != NULL)
        status = write_key(g, what, made, path, err);
    if (status == LR_OK) {
        status = lr_output_commit(what->output, err);
        what->output = NULL;
        if (status != LR_OK && path != NULL)
            unlink(path);
    }
    lr_output_abandon(what->output);
    free(path);
    return status;
}

lr_status lr_gen(const lr_gen_options *options, lr_gen_report *report, lr_error *err)
{
    const double start = seconds_now();
    gen g;
    tally sum = {0};
    produced made = {0};
    production what = {.g = &g};

    LR_TRY(check(options, err));
    LR_TRY(packing_of(options->output, &what.packing, err));
    what.threads = options->threads != 0 ? options->threads : threads_allowed();
    lr_status status = gen_open(&g, options, &what, err);
    if (status == LR_OK)
        status = plan(&g, &what, err);
    if (status == LR_OK)
        status = tally_init(&sum, &g, err);
    what.sum = &sum;
    if (status == LR_OK)
        status = make(&g, &what, &made, err);
    tally_free(&sum);
    free(made.places);
    gen_close(&g);
    *report = (lr_gen_report){made.records, made.bytes, made.file_bytes, what.threads,
                              seconds_now() - start};
    return status;
}
