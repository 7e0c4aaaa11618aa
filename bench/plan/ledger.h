/*
 * ledger.h: the order of the input, kept while many threads work at it. Slices are begun in order and
 * end in any; the ledger lets them pass one by one, so that lines can be counted, and the first bad
 * record is the first in the input whichever thread met it.
 */
#ifndef LR_LEDGER_H
#define LR_LEDGER_H

#include "source.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LR_LEDGER_WINDOW = 256 }; /* slices that may be begun behind the first unfinished one */

typedef struct lr_ledger {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t next;  /* the slice whose turn it is: all before it are done */
    size_t file;    /* that the last one done belongs to */
    uint64_t lines; /* line feeds of that file before `next` */
    struct {
        bool done;
        size_t file;
        uint64_t lines;
    } ring[LR_LEDGER_WINDOW];
    atomic_bool stopped; /* no new slices: something failed */
    lr_status status;    /* of the first failure in the order of the input */
    lr_error error;
} lr_ledger;

void lr_ledger_init(lr_ledger *ledger);
void lr_ledger_free(lr_ledger *ledger);

/* A slice is begun: waits while it is too far ahead of the first unfinished one. */
void lr_ledger_begin(lr_ledger *ledger, uint64_t index);

/* The slice is done; it held so many line feeds. Does not wait. */
void lr_ledger_end(lr_ledger *ledger, const lr_slice *slice, uint64_t lines);

/* Waits for the slice's turn. Returns the line feeds before it in its file. False: the run has failed
 * before it; the slice need not go on, but must end. */
bool lr_ledger_turn(lr_ledger *ledger, const lr_slice *slice, uint64_t *lines);

/* The slice failed; waits for its turn, keeps the failure if it is the first, and ends the slice. */
void lr_ledger_fail(lr_ledger *ledger, const lr_slice *slice, lr_status status,
                    const lr_error *error);

/* Has something failed? Then no slice need be begun any more. */
bool lr_ledger_stopped(lr_ledger *ledger);

#endif
