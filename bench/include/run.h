/*
 * run.h: running queries, as the command sees it: lr_run of linerate.h with its measurements.
 */
#ifndef LR_RUN_H
#define LR_RUN_H

#include "options.h"
#include "query.h"

/* What a run measured. Seconds are in process, from the first open to the answer. */
typedef struct lr_stats {
    double seconds, cpu_seconds;
    uint64_t bytes; /* of input, decompressed */
    uint64_t records, rejected;
    uint64_t slices, slow_records;
    uint64_t groups; /* distinct keys over all queries */
    uint64_t spilled_bytes;
    uint64_t peak_rss_bytes;
    uint32_t threads;
    lr_isa isa;
    lr_plan plan;
    lr_device device;
    lr_validate validate;
    const char *path; /* "mapped", "read" */
    /* --profile: thread-seconds per stage; 0 where not asked for */
    struct {
        double read, parse, match, group, copy, kernel, merge, tail;
    } stage;
    char why[768]; /* --explain: what was chosen and why; lines ended by LF */
} lr_stats;

typedef struct lr_progress {
    void *context;
    void (*report)(void *context, uint64_t done, uint64_t total, uint64_t rejected);
} lr_progress;

/* lr_run; stats and progress may be NULL. progress is called a few times a second by one thread. */
lr_status lr_run_measured(const lr_query *const *queries, size_t n_queries,
                          const char *const *files, size_t n_files, const lr_options *options,
                          const lr_progress *progress, lr_table **out, lr_stats *stats,
                          lr_error *err);

/* The command `lines`: how many records, by our scan alone; the ceiling N. NDJSON only. */
lr_status lr_run_lines(const char *const *files, size_t n_files, const lr_options *options,
                       const lr_progress *progress, uint64_t *records, lr_stats *stats,
                       lr_error *err);

#endif
