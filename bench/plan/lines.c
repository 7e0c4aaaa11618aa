/*
 * lines.c: how many records there are, by our scan alone. It does what no query can do without, which
 * makes its speed the ceiling N that theirs are given as shares of.
 */
#include "ledger.h"
#include "measure.h"
#include "run.h"
#include "threads.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { ENDS_MAX = 1024 };

/* Is there anything but white space in the line [from, end)? */
static bool has_record(const uint8_t *src, size_t from, size_t end)
{
    return lr_skip_blanks(src, from, end) < end;
}

/* The records of a slice of NDJSON. */
static uint64_t count_records(const lr_kernels *k, const lr_slice *slice, uint32_t *ends)
{
    const uint8_t *src = slice->bytes.data;
    const size_t n = slice->bytes.n;
    uint64_t records = 0;
    size_t from = 0;

    for (size_t at = 0; at < n;) {
        const size_t found = k->scan_lines(src, n, &at, ends, ENDS_MAX);
        for (size_t i = 0; i < found; i++) {
            records += has_record(src, from, ends[i]);
            from = (size_t)ends[i] + 1;
        }
    }
    return records + has_record(src, from, n);
}

typedef struct lines_run {
    lr_source *source;
    lr_kernels kernels;
    lr_ledger ledger; /* of failures only: the first in the order of the input */
    uint64_t records, slices;
} lines_run;

static void work(lines_run *r, lr_slice_buffer *buffer)
{
    uint64_t records = 0, slices = 0;
    uint32_t ends[ENDS_MAX];
    lr_error error;

    while (!lr_ledger_stopped(&r->ledger)) {
        lr_slice slice = {0};
        lr_status status = lr_source_next(r->source, buffer, &slice, &error);
        if (status == LR_OK && slice.bytes.data == NULL)
            break;
        lr_ledger_begin(&r->ledger, slice.index);
        if (status == LR_OK && slice.format != LR_INPUT_NDJSON)
            status = lr_fail(&error, LR_E_USAGE, "%s: lines counts the records of NDJSON only",
                             lr_source_name(r->source, slice.file));
        if (status != LR_OK) {
            lr_ledger_fail(&r->ledger, &slice, status, &error);
            break;
        }
        records += count_records(&r->kernels, &slice, ends);
        slices++;
        lr_ledger_end(&r->ledger, &slice, 0);
    }
#pragma omp critical
    {
        r->records += records;
        r->slices += slices;
    }
    lr_slice_buffer_free(buffer);
}

static lr_status run_lines(lines_run *r, uint32_t threads, lr_error *err)
{
    LR_TRY(lr_threads_probe(threads, err));
#pragma omp parallel num_threads(threads)
    {
        lr_slice_buffer buffer = {0};
        work(r, &buffer);
    }
    if (r->ledger.status == LR_OK)
        return lr_source_unchanged(r->source, err);
    if (err != NULL)
        *err = r->ledger.error;
    return r->ledger.status;
}

lr_status lr_run_lines(const char *const *files, size_t n_files, const lr_options *options,
                       const lr_progress *progress, uint64_t *records, lr_stats *stats,
                       lr_error *err)
{
    const double began = lr_seconds_now(), cpu_began = lr_cpu_seconds_now();
    const uint32_t threads = options->threads != 0 ? options->threads : lr_threads_available();
    lines_run r = {0};
    const lr_source_options source = {.input = options->input,
                                      .slice_bytes = options->slice_bytes,
                                      .input_max_bytes = options->max_input_bytes,
                                      .map = options->map,
                                      .kernels = &r.kernels};
    (void)progress; /* it is over before there is any to tell */
    lr_kernels_init(&r.kernels, options->isa);
    LR_TRY(lr_source_open(files, n_files, &source, &r.source, err));
    lr_ledger_init(&r.ledger);
    const lr_status status = run_lines(&r, threads, err);
    *records = r.records;
    if (status == LR_OK && stats != NULL) {
        stats->seconds = lr_seconds_now() - began;
        stats->cpu_seconds = lr_cpu_seconds_now() - cpu_began;
        stats->bytes = lr_source_bytes(r.source);
        stats->records = r.records;
        stats->slices = r.slices;
        stats->threads = threads;
        stats->isa = r.kernels.isa;
        stats->path = lr_source_path(r.source);
        stats->peak_rss_bytes = lr_peak_rss_now();
    }
    lr_ledger_free(&r.ledger);
    lr_source_free(r.source);
    return status;
}
