/* child.h: this program once more, as a process of its own: what is measured is whole. */
#ifndef CHILD_H
#define CHILD_H

#include "base.h"

/* What a child left. Each is ended by a NUL behind its n bytes. */
typedef struct child_text {
    char *data;
    size_t n;
} child_text;

typedef struct child_result {
    int exit; /* its exit code; 128 + the signal that ended it */
    child_text out, err, stats;
} child_result;

/*
 * Runs this program with the arguments (ended by NULL, without its own name) and waits for it;
 * "--stats-fd=3" among them has somewhere to write to. Its standard input is empty. LR_E_RESOURCE,
 * LR_E_IO: it could not be run. child_free frees the result, on failure too.
 */
lr_status child_run(char *const *arguments, child_result *out, lr_error *err);
void child_free(child_result *result);

/* The number behind "name": in the child's measurements; -1 where there is none. */
double child_number(const child_result *result, const char *name);

/* Is "name" this text in the child's measurements? */
bool child_says(const child_result *result, const char *name, const char *text);

#endif
