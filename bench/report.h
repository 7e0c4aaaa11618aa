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

/* As --validate has it. */
const char *validate_name(lr_validate validate);

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

/* The fields of --stats, in order; the last row has no name. */
extern const struct report_field {
    const char *name, *help;
} report_fields[];

/* The measurements as one JSON object of these fields, and a line feed. */
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
