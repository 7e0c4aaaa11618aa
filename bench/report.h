/* report.h: what a run says on stderr, and in the file of --stats: measurements, never answers. */
#ifndef REPORT_H
#define REPORT_H

#include "commands.h"
#include "run.h"

enum { QUANTITY_MAX = 32 };

/* "2.21 GB", "512 B": powers of 1000, three digits. Returns out. */
const char *quantity_of_bytes(double bytes, char out[QUANTITY_MAX]);

/* "0.11 s", "84.0 s", "0.004 s". */
const char *quantity_of_seconds(double seconds, char out[QUANTITY_MAX]);

/* A run that has ended well: n tables for one name ("q1", "all"), which are NULL for `lines`. */
typedef struct report {
    const char *name;
    const lr_options *options;
    const lr_stats *stats;
    const lr_query *const *queries;
    lr_table *const *tables;
    size_t n;
} report;

/* The warnings, --explain, --profile and the closing line, to stderr. */
void report_print(const report *r);

/*
 * The measurements as one JSON object and a line feed:
 *
 *   query, version, commit      what ran
 *   seconds, cpu_seconds        in process, from the first open to the answer
 *   bytes, gb_per_s             of input, decompressed; 10^9 bytes a second
 *   share_of_newline_scan       of what `bench machine` measured; null where it was not run
 *   records, rejected           read, and left out
 *   slices, slow_records        how the input was cut; records that took the slow path
 *   groups, spilled_bytes       distinct keys; what the memory plan wrote
 *   peak_rss_bytes              of the process
 *   threads isa plan device validate path
 *   stages                      thread-seconds of read parse match group merge tail, where
 *                               --profile asked for them, else null
 */
void report_write_json(const report *r, FILE *out);

/* Progress on stderr, where it is wanted; begin it before the run, end it before anything else is
 * printed. report.context is the object itself, so it must stay where it is. */
typedef struct progress_line {
    const char *name;
    bool wanted;
    double began, printed; /* seconds of a monotonic clock */
    size_t columns;        /* of the line that stands there; 0: none */
    lr_progress report;
} progress_line;

void progress_begin(progress_line *line, const char *name, lr_when when);
void progress_end(progress_line *line);

#endif
