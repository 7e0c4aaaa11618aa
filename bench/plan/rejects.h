/*
 * rejects.h: bad records: the first one's message, and the file of --rejects.
 */
#ifndef LR_REJECTS_H
#define LR_REJECTS_H

#include "output.h"
#include "source.h"

/* A bad record: bytes [offset, end) of its slice, why, and the column it concerns (or NULL). */
typedef struct reject {
    uint32_t offset, end;
    lr_reason reason;
    const char *column;
} reject;

typedef struct reject_list {
    reject *items;
    size_t n, n_max;
} reject_list;

/* A list of so many is settled before its slice is at its end, so that it stays short. */
enum { LR_REJECTS_MANY = 1024 };

/* Where a list's records stand. */
typedef struct reject_place {
    const char *name; /* of the file */
    const lr_slice *slice;
    const lr_kernels *kernels;
} reject_place;

/* What a run keeps of its bad records, in the order of the input. */
typedef struct rejects_file {
    lr_output *output; /* NULL: --rejects was not given */
    uint64_t n;
    lr_error first; /* the message of the first one */
} rejects_file;

lr_status lr_reject_list_add(reject_list *list, const reject *bad, lr_error *err);
void lr_reject_list_free(reject_list *list);

lr_status lr_rejects_begin(rejects_file *file, const char *path, const char *const *inputs,
                           size_t n_inputs, lr_error *err);

/* Takes the list of a slice with `lines` line feeds before it. With fail set the first one is the
 * run's failure: LR_E_DATA with its place. So is one behind which no record can be found: a quote that
 * is not closed, a syntax error in an array (CONTRACT section 5). */
lr_status lr_rejects_settle(rejects_file *file, const reject_list *list, const reject_place *place,
                            uint64_t lines, bool fail, lr_error *err);

/* All are in, n of them. LR_E_DATA: more than max; else the file takes its name. */
lr_status lr_rejects_end(rejects_file *file, uint64_t n, uint64_t max, lr_error *err);

/* Leaves nothing behind where lr_rejects_end was not reached. */
void lr_rejects_abandon(rejects_file *file);

#endif
