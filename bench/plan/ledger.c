/* ledger.c: slices end in any order and are passed in the order of the input. */
#include "ledger.h"

#include <assert.h>
#include <string.h>

void lr_ledger_init(lr_ledger *ledger)
{
    memset(ledger, 0, sizeof *ledger);
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_cond_init(&ledger->moved, NULL);
    atomic_init(&ledger->stopped, false);
}

void lr_ledger_free(lr_ledger *ledger)
{
    pthread_cond_destroy(&ledger->moved);
    pthread_mutex_destroy(&ledger->lock);
}

void lr_ledger_begin(lr_ledger *ledger, uint64_t index)
{
    pthread_mutex_lock(&ledger->lock);
    while (index >= ledger->next + LR_LEDGER_WINDOW)
        pthread_cond_wait(&ledger->moved, &ledger->lock);
    pthread_mutex_unlock(&ledger->lock);
}

/* With the lock held: marks the slice as done and passes all that are done in a row. */
static void pass(lr_ledger *ledger, const lr_slice *slice, uint64_t lines)
{
    size_t at = slice->index % LR_LEDGER_WINDOW;

    assert(slice->index >= ledger->next && !ledger->ring[at].done);
    ledger->ring[at].done = true;
    ledger->ring[at].file = slice->file;
    ledger->ring[at].lines = lines;
    for (; ledger->ring[at = ledger->next % LR_LEDGER_WINDOW].done; ledger->next++) {
        if (ledger->ring[at].file != ledger->file)
            ledger->lines = 0;
        ledger->file = ledger->ring[at].file;
        ledger->lines += ledger->ring[at].lines;
        ledger->ring[at].done = false;
    }
    pthread_cond_broadcast(&ledger->moved);
}

void lr_ledger_end(lr_ledger *ledger, const lr_slice *slice, uint64_t lines)
{
    pthread_mutex_lock(&ledger->lock);
    pass(ledger, slice, lines);
    pthread_mutex_unlock(&ledger->lock);
}

/* With the lock held. */
static void wait_for_turn(lr_ledger *ledger, const lr_slice *slice)
{
    while (ledger->next != slice->index)
        pthread_cond_wait(&ledger->moved, &ledger->lock);
}

bool lr_ledger_turn(lr_ledger *ledger, const lr_slice *slice, uint64_t *lines)
{
    pthread_mutex_lock(&ledger->lock);
    wait_for_turn(ledger, slice);
    *lines = ledger->file == slice->file ? ledger->lines : 0;
    const bool good = ledger->status == LR_OK;
    pthread_mutex_unlock(&ledger->lock);
    return good;
}

void lr_ledger_fail(lr_ledger *ledger, const lr_slice *slice, lr_status status,
                    const lr_error *error)
{
    atomic_store(&ledger->stopped, true);
    pthread_mutex_lock(&ledger->lock);
    wait_for_turn(ledger, slice);
    if (ledger->status == LR_OK) {
        ledger->status = status;
        ledger->error = *error;
    }
    pass(ledger, slice, 0);
    pthread_mutex_unlock(&ledger->lock);
}

bool lr_ledger_stopped(lr_ledger *ledger)
{
    return atomic_load_explicit(&ledger->stopped, memory_order_relaxed);
}
