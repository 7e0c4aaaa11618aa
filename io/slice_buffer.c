/*
 * slice_buffer.c: the memory of slices, and whose turn it is to hold a long record, of which there may
 * be but one where memory is bounded.
 */
#include "pages.h"
#include "slices.h"

#include <string.h>

static void buffer_drop(lr_slice_buffer *buffer)
{
    if (buffer->release != NULL)
        buffer->release(buffer->data);
    else
        lr_pages_free(buffer->data, buffer->n_max);
    buffer->data = NULL;
    buffer->n_max = 0;
}

void lr_long_release(lr_slice_buffer *mine)
{
    lr_source *source = mine->holds;

    if (source == NULL)
        return;
    buffer_drop(mine);
    mine->holds = NULL;
    pthread_mutex_lock(&source->turning);
    source->long_one = false;
    pthread_cond_signal(&source->long_done);
    pthread_mutex_unlock(&source->turning);
}

void lr_long_wait(lr_source *source)
{
    pthread_mutex_lock(&source->turning);
    while (source->long_one)
        pthread_cond_wait(&source->long_done, &source->turning);
    pthread_mutex_unlock(&source->turning);
}

void lr_long_hold(lr_source *source, lr_slice_buffer *mine)
{
    pthread_mutex_lock(&source->turning);
    source->long_one = true;
    pthread_mutex_unlock(&source->turning);
    mine->holds = source;
}

void lr_slice_buffer_free(lr_slice_buffer *buffer)
{
    lr_long_release(buffer);
    buffer_drop(buffer);
    lr_frame_free(buffer);
    *buffer = (lr_slice_buffer){0};
}

/* Other memory for the buffer, of n bytes; what it held is the caller's to keep and to free. */
static bool buffer_make(const lr_source *source, lr_slice_buffer *buffer, size_t n)
{
    n = (n + LR_PAGE - 1) / LR_PAGE * LR_PAGE;
    uint8_t *data =
        source->options.allocate != NULL ? source->options.allocate(n) : lr_pages_new(n);
    if (data == NULL)
        return false;
    buffer->data = data;
    buffer->n_max = n;
    buffer->release = source->options.release;
    return true;
}

lr_status lr_buffer_renew(const lr_source *source, lr_slice_buffer *buffer, size_t n, lr_error *err)
{
    if (buffer->n_max >= n && buffer->n_max / 4 <= n + (1 << 20))
        return LR_OK;
    buffer_drop(buffer);
    if (buffer_make(source, buffer, n))
        return LR_OK;
    return lr_fail(err, LR_E_RESOURCE, "no memory for a slice of %zu bytes", n);
}

/* Doubles, so that a long record is not quadratic, but not above what the longest one may need. */
lr_status lr_buffer_grow(const lr_source *source, lr_slice_buffer *buffer, size_t n, size_t n_most,
                         lr_error *err)
{
    lr_slice_buffer old = *buffer;

    if (buffer->n_max >= n)
        return LR_OK;
    size_t n_max = 2 * buffer->n_max < n_most ? 2 * buffer->n_max : n_most;
    n_max = n_max < n ? n : n_max;
    if (old.release == NULL && source->options.release == NULL) { /* the pages may move, uncopied */
        uint8_t *data = lr_pages_grow(buffer->data, old.n_max, n_max);
        if (data == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for a record of %zu bytes", n);
        buffer->data = data;
        buffer->n_max = n_max;
        return LR_OK;
    }
    if (!buffer_make(source, buffer, n_max))
        return lr_fail(err, LR_E_RESOURCE, "no memory for a record of %zu bytes", n);
    if (old.n_max > 0)
        memcpy(buffer->data, old.data, old.n_max);
    buffer_drop(&old);
    return LR_OK;
}

size_t lr_slice_room(const lr_reader *reader, size_t n)
{
    return (reader->format == LR_INPUT_NDJSON ? 1 : 2) * (n + 2 * LR_PADDING);
}
