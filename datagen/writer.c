/* writer.c: two buffers, one being filled while the other is on its way. */
#include "writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFERS = 2, ALIGNMENT = 4096 };

struct writer {
    lr_output *output;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows, up to error */
    pthread_cond_t changed;
    uint64_t filled, written; /* buffers; the one being filled is number filled */
    size_t sizes[BUFFERS];
    bool ended;
    lr_status status;
    lr_error error;
    size_t n; /* in the buffer being filled; the caller's */
    size_t buffer_bytes;
    uint8_t *buffers;
};

static void *write_buffers(void *argument)
{
    writer *const w = argument;
    lr_error error;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->written == w->filled && !w->ended)
            pthread_cond_wait(&w->changed, &w->lock);
        if (w->written == w->filled || w->status != LR_OK)
            break;
        const size_t i = w->written % BUFFERS;
        pthread_mutex_unlock(&w->lock);
        const lr_status status =
            lr_output_write(w->output, w->buffers + i * w->buffer_bytes, w->sizes[i], &error);
        pthread_mutex_lock(&w->lock);
        w->written++;
        if (status != LR_OK) {
            w->status = status;
            w->error = error;
        }
        pthread_cond_signal(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

lr_status writer_start(writer **out, lr_output *output, size_t buffer_bytes, lr_error *err)
{
    writer *const w = calloc(1, sizeof *w);

    *out = NULL;
    if (w != NULL)
        w->buffers = aligned_alloc(ALIGNMENT, BUFFERS * buffer_bytes);
    if (w == NULL || w->buffers == NULL) {
        free(w);
        return lr_fail(err, LR_E_RESOURCE, "no memory to write from");
    }
    w->output = output;
    w->buffer_bytes = buffer_bytes;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    /* Without a thread to spare the output is written as any other. */
    if (lr_output_bypass_cache(output) && pthread_create(&w->thread, NULL, write_buffers, w) == 0) {
        *out = w;
        return LR_OK;
    }
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w->buffers);
    free(w);
    return LR_OK;
}

/* Waits until there is a buffer to fill. */
static lr_status wait_for_room(writer *w, lr_error *err)
{
    pthread_mutex_lock(&w->lock);
    while (w->filled - w->written == BUFFERS && w->status == LR_OK)
        pthread_cond_wait(&w->changed, &w->lock);
    const lr_status status = w->status;
    if (status != LR_OK && err != NULL)
        *err = w->error;
    pthread_mutex_unlock(&w->lock);
    return status;
}

static void pass_on(writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->sizes[w->filled++ % BUFFERS] = w->n;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    w->n = 0;
}

lr_status writer_put(writer *w, const void *bytes, size_t n, lr_error *err)
{
    for (const uint8_t *from = bytes; n > 0;) {
        if (w->n == 0)
            LR_TRY(wait_for_room(w, err));
        const size_t room = w->buffer_bytes - w->n, some = n < room ? n : room;
        memcpy(w->buffers + w->filled % BUFFERS * w->buffer_bytes + w->n, from, some);
        w->n += some;
        from += some;
        n -= some;
        if (w->n == w->buffer_bytes)
            pass_on(w);
    }
    return LR_OK;
}

lr_status writer_end(writer *w, bool wanted, lr_error *err)
{
    if (w == NULL)
        return LR_OK;
    if (wanted && w->n > 0)
        pass_on(w);
    pthread_mutex_lock(&w->lock);
    w->ended = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    const lr_status status = wanted ? w->status : LR_OK;
    if (status != LR_OK && err != NULL)
        *err = w->error;
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w->buffers);
    free(w);
    return status;
}
