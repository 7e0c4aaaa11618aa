/*
 * linerate.h: exact answers from tweet JSON, NDJSON and CSV. The one header that is installed.
 *
 * Every function that can fail returns an lr_status and takes an lr_error last (NULL is fine). The
 * library has no globals, installs no signal handlers, prints nothing and never exits; two runs may
 * go on side by side in two threads. It stands in the lowest room because all rooms speak its
 * statuses and errors.
 */
#ifndef LINERATE_H
#define LINERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a call. The values are the exit codes of the command. */
typedef enum lr_status {
    LR_OK = 0,
    LR_E_DATA = 1,        /* bad data: the message begins with FILE:LINE:BYTE */
    LR_E_USAGE = 2,       /* an option, a value or a name that does not exist */
    LR_E_IO = 3,          /* open, read, write, flush, close */
    LR_E_RESOURCE = 4,    /* memory, threads, a device asked for by name */
    LR_E_UNSUPPORTED = 64 /* internal: "go the other way"; lr_run never returns it */
} lr_status;

enum { LR_MESSAGE_MAX = 1024 };

/* Why a call failed: one line without its newline, control characters escaped, UTF-8. */
typedef struct lr_error {
    char message[LR_MESSAGE_MAX];
} lr_error;

typedef struct lr_query lr_query;     /* a question: constant data of the library */
typedef struct lr_options lr_options; /* how it is to be answered */
typedef struct lr_table lr_table;     /* an answer: rows of named columns; owns its memory */

/* The queries that there are, in order of their names; NULL where there is none. */
const lr_query *lr_query_find(const char *name);
const lr_query *lr_query_at(size_t i);
const char *lr_query_name(const lr_query *query);
const char *lr_query_title(const lr_query *query);

/* Options start at their defaults. Names and values are those of the command line without its
 * dashes: lr_options_set(options, "validate", "used", &error). LR_E_USAGE says what would be right. */
lr_status lr_options_new(lr_options **out, lr_error *err);
lr_status lr_options_set(lr_options *options, const char *name, const char *value, lr_error *err);
void lr_options_free(lr_options *options);

/*
 * Answers n_queries queries in one pass over the files, read in the order given as if one input;
 * "-" is standard input. out receives n_queries tables, which are the caller's to free; on failure
 * all of them are NULL. options may be NULL: the defaults.
 */
lr_status lr_run(const lr_query *const *queries, size_t n_queries, const char *const *files,
                 size_t n_files, const lr_options *options, lr_table **out, lr_error *err);

/* The answer's shape; a column's name; a cell as text (UTF-8, *n bytes, not NUL-terminated, valid
 * as long as the table) or, in a column of integers, as its value. */
size_t lr_table_rows(const lr_table *table);
size_t lr_table_columns(const lr_table *table);
const char *lr_table_name(const lr_table *table, size_t column);
bool lr_table_is_integer(const lr_table *table, size_t column);
const char *lr_table_text(const lr_table *table, size_t row, size_t column, size_t *n);
int64_t lr_table_integer(const lr_table *table, size_t row, size_t column);

/* Records read without error; records left out because they were bad; records, among those read,
 * that lacked a field the query reads. */
uint64_t lr_table_records(const lr_table *table);
uint64_t lr_table_rejected(const lr_table *table);
uint64_t lr_table_skipped_null(const lr_table *table);
void lr_table_free(lr_table *table);

/* "1.0.0". */
const char *lr_version(void);

#ifdef __cplusplus
}
#endif
#endif
