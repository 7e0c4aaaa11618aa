/*
 * emulate_runtime.c: streams and events of an emulated device.
 *
 * A stream is a list of what it was told and has not done. It is done when something waits for it, or, by the
 * seed, at once: so host code that does not wait for what it uses is caught. All of it is done under one
 * lock, on the thread that waits.
 */
#include "emulate_device.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct task {
    struct task *next;
    void (*run)(struct task *t);
    lr_emulate_launch launch;
    void *to;
    const void *from;
    size_t n;
    int value;
    cudaMemcpyKind kind;
    cudaEvent_t event;
    uint8_t
        data[]; /* arguments of a launch; bytes that the host may change once it has told them */
} task;

struct lr_emulate_stream {
    struct lr_emulate_stream *next;
    task *first, **last;
    bool blocking; /* waits for the stream NULL, which waits for it */
};

struct lr_emulate_event {
    cudaStream_t stream;
    uint64_t told, done; /* how often it was recorded, and that came to be */
    struct timespec when;
};

static struct lr_emulate_stream standard = {NULL, NULL, &standard.first, true},
                                *streams = &standard;

static void run_stream(cudaStream_t stream)
{
    while (stream->first != NULL && lr_emulate_lost == cudaSuccess) {
        task *t = stream->first;
        stream->first = t->next;
        if (stream->first == NULL)
            stream->last = &stream->first;
        t->run(t);
        free(t);
    }
}

/* Of a lost device: what it was told, is not done. */
static void drop(cudaStream_t stream)
{
    for (task *t; (t = stream->first) != NULL; free(t))
        stream->first = t->next;
    stream->last = &stream->first;
}

void lr_emulate_run_all(void)
{
    for (cudaStream_t s = streams; s != NULL; s = s->next)
        run_stream(s);
}

/* What the standard stream was told comes before what a blocking stream is told then, and the other way. */
static void keep_order(cudaStream_t stream)
{
    if (stream == &standard) {
        for (cudaStream_t s = streams; s != NULL; s = s->next)
            if (s->blocking)
                run_stream(s);
    } else if (stream->blocking) {
        run_stream(&standard);
    }
}

static task *new_task(void (*run)(task *t), size_t n)
{
    task *t = calloc(1, sizeof *t + n);
    if (t == NULL)
        lr_emulate_broken("a stream", "no memory");
    t->run = run;
    return t;
}

static void tell(cudaStream_t stream, task *t)
{
    if (stream == NULL)
        stream = &standard;
    keep_order(stream);
    *stream->last = t;
    stream->last = &t->next;
    if (lr_emulate_random() % 2 == 0)
        run_stream(stream);
}

static void run_copy(task *t)
{
    const allocation *to = lr_emulate_holder("cudaMemcpy", t->to, t->n);
    const allocation *from = lr_emulate_holder("cudaMemcpy", t->from, t->n);

    if (to != NULL)
        lr_emulate_show(to);
    if (from != NULL)
        lr_emulate_show(from);
    memcpy(t->to, t->from, t->n);
    if (to != NULL)
        lr_emulate_hide(to);
    if (from != NULL)
        lr_emulate_hide(from);
}

static void run_set(task *t)
{
    const allocation *to = lr_emulate_holder("cudaMemset", t->to, t->n);

    lr_emulate_show(to);
    memset(t->to, t->value, t->n);
    lr_emulate_hide(to);
}

static cudaError_t tell_copy(void *to, const void *from, size_t n, cudaMemcpyKind kind,
                             cudaStream_t stream)
{
    const bool to_device = lr_emulate_holder("cudaMemcpy", to, n) != NULL;
    const bool from_device = lr_emulate_holder("cudaMemcpy", from, n) != NULL;

    if (n == 0)
        return cudaSuccess;
    if (kind != cudaMemcpyDefault &&
        (to_device != (kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice) ||
         from_device != (kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice)))
        lr_emulate_broken("cudaMemcpy", "memory that is not where its kind says");
    task *t = new_task(run_copy, 0);
    t->to = to;
    t->from = from;
    t->n = n;
    tell(stream, t);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t n, cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    BEGIN("cudaMemcpyAsync");
    return lr_emulate_end(tell_copy(to, from, n, kind, stream));
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t n, cudaMemcpyKind kind)
{
    BEGIN("cudaMemcpy");
    error = tell_copy(to, from, n, kind, NULL);
    run_stream(&standard);
    return lr_emulate_end(error);
}

static cudaError_t tell_set(void *to, int value, size_t n, cudaStream_t stream)
{
    if (n == 0)
        return cudaSuccess;
    if (lr_emulate_holder("cudaMemset", to, n) == NULL)
        lr_emulate_broken("cudaMemset", "no memory of the device");
    task *t = new_task(run_set, 0);
    t->to = to;
    t->value = value;
    t->n = n;
    tell(stream, t);
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t n, cudaStream_t stream)
{
    BEGIN("cudaMemsetAsync");
    return lr_emulate_end(tell_set(to, value, n, stream));
}

cudaError_t cudaMemset(void *to, int value, size_t n) /* need not wait, and does not */
{
    BEGIN("cudaMemset");
    return lr_emulate_end(tell_set(to, value, n, NULL));
}

static void run_launch(task *t)
{
    lr_emulate_show_all();
    if (!lr_emulate_run(&t->launch, t->data))
        lr_emulate_lost = cudaErrorLaunchFailure; /* a test that catches reports undoes it */
    lr_emulate_hide_all();
}

void lr_emulate_enqueue(const lr_emulate_launch *launch, const void *arguments, size_t n,
                        cudaStream_t stream)
{
    cudaError_t error = lr_emulate_begin("launch");

    if (error == cudaSuccess && (launch->grid == 0 || launch->block == 0 || launch->block > 1024 ||
                                 launch->shared_bytes > 227 << 10))
        error = cudaErrorInvalidConfiguration;
    if (error == cudaSuccess) {
        task *t = new_task(run_launch, n);
        t->launch = *launch;
        memcpy(t->data, arguments, n);
        tell(stream, t);
    }
    lr_emulate_end(error);
}

static cudaError_t make_stream(cudaStream_t *out, bool blocking)
{
    cudaStream_t s = calloc(1, sizeof *s);

    *out = s;
    if (s == NULL)
        return cudaErrorMemoryAllocation;
    s->last = &s->first;
    s->blocking = blocking;
    s->next = streams->next;
    streams->next = s;
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags)
{
    BEGIN("cudaStreamCreateWithFlags");
    return lr_emulate_end(make_stream(out, (flags & cudaStreamNonBlocking) == 0));
}

cudaError_t cudaStreamCreate(cudaStream_t *out)
{
    BEGIN("cudaStreamCreate");
    return lr_emulate_end(make_stream(out, true));
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    const cudaError_t error =
        lr_emulate_begin("cudaStreamDestroy"); /* freed all the same, if it fails */

    run_stream(stream);
    drop(stream);
    for (cudaStream_t *link = &streams; *link != NULL; link = &(*link)->next)
        if (*link == stream) {
            *link = stream->next;
            break;
        }
    free(stream);
    return lr_emulate_end(error);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    BEGIN("cudaStreamSynchronize");
    keep_order(stream != NULL ? stream : &standard);
    run_stream(stream != NULL ? stream : &standard);
    return lr_emulate_end(lr_emulate_lost);
}

cudaError_t cudaDeviceSynchronize(void)
{
    BEGIN("cudaDeviceSynchronize");
    lr_emulate_run_all();
    return lr_emulate_end(lr_emulate_lost);
}

/* Events. */

static void run_record(task *t)
{
    t->event->done++;
    clock_gettime(CLOCK_MONOTONIC, &t->event->when);
}

static void run_wait(task *t)
{
    while (t->event->done < (uint64_t)t->n && t->event->stream->first != NULL)
        run_stream(t->event->stream);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned flags)
{
    BEGIN("cudaEventCreate");
    (void)flags;
    *out = calloc(1, sizeof **out);
    return lr_emulate_end(*out != NULL ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaEventCreate(cudaEvent_t *out)
{
    return cudaEventCreateWithFlags(out, 0);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    const cudaError_t error =
        lr_emulate_begin("cudaEventDestroy"); /* freed all the same, if it fails */

    if (event->stream != NULL)
        run_stream(event->stream);
    free(event);
    return lr_emulate_end(error);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    BEGIN("cudaEventRecord");
    task *t = new_task(run_record, 0);
    t->event = event;
    event->stream = stream != NULL ? stream : &standard;
    event->told++;
    tell(stream, t);
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
    BEGIN("cudaStreamWaitEvent");
    (void)flags;
    if (event->told > event->done) {
        task *t = new_task(run_wait, 0);
        t->event = event;
        t->n = event->told;
        tell(stream, t);
    }
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    BEGIN("cudaEventSynchronize");
    if (event->done < event->told)
        run_stream(event->stream);
    return lr_emulate_end(lr_emulate_lost);
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    BEGIN("cudaEventQuery");
    if (event->done < event->told && lr_emulate_random() % 2 == 0)
        run_stream(event->stream);
    return lr_emulate_end(event->done < event->told ? cudaErrorNotReady : lr_emulate_lost);
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
    BEGIN("cudaEventElapsedTime");
    if (from->told == 0 || to->told == 0)
        return lr_emulate_end(cudaErrorInvalidValue);
    if (from->done < from->told || to->done < to->told)
        return lr_emulate_end(cudaErrorNotReady);
    *ms = (float)((double)(to->when.tv_sec - from->when.tv_sec) * 1e3 +
                  (double)(to->when.tv_nsec - from->when.tv_nsec) / 1e6);
    return lr_emulate_end(cudaSuccess);
}

cudaError_t cudaDeviceReset(void) /* also: what was lost is found */
{
    (void)lr_emulate_begin("cudaDeviceReset");
    for (cudaStream_t s = streams; s != NULL && lr_emulate_lost != cudaSuccess; s = s->next)
        drop(s);
    lr_emulate_find();
    lr_emulate_run_all();
    return lr_emulate_end(cudaSuccess);
}
