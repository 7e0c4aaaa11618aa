/*
 * emulate_runtime.c: streams, events and memory of an emulated device.
 *
 * A stream is a list of what it was told and has not done. It is done when something waits for it, or, by the
 * seed, at once: so host code that does not wait for what it uses is caught. All of it is done under one
 * lock, on the thread that waits.
 */
#include "emulate_runtime.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { PAGE = 4096, POISON = 0xA5, CANARY = 0x5C, FILLED_BYTES = 1 << 20, ALIGNMENT = 16 };

/* Memory of the device: whole pages without access, but while something of the device runs. Its end is the
 * end of its last page, as nearly as 16 bytes allow. */
typedef struct allocation {
    struct allocation *next;
    uint8_t *pages, *begin;
    size_t pages_n, n;
} allocation;

typedef struct pinned {
    struct pinned *next;
    void *memory;
} pinned;

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

lr_emulate_options lr_emulate;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lr_emulate_stream standard = {NULL, NULL, &standard.first, true},
                                *streams = &standard;
static allocation *allocations;
static pinned *pinned_memory;
static uint64_t used_bytes, calls;
static cudaError_t lost;
static __thread cudaError_t of_thread;

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

__attribute__((constructor)) static void options_from_environment(void)
{
    static const char *const orders[] = {"drawn", "forward", "backward", "random"};
    static char call[64];
    const char *order = getenv("LR_EMULATE_ORDER"), *what = getenv("LR_EMULATE_FAIL");

    lr_emulate.seed = number("LR_EMULATE_SEED", number("BENCH_SEED", (uint64_t)time(NULL)));
    lr_emulate.resident = (uint32_t)number("LR_EMULATE_RESIDENT", 0);
    lr_emulate.processors = (uint32_t)number("LR_EMULATE_PROCESSORS", 1);
    lr_emulate.devices = (uint32_t)number("LR_EMULATE_DEVICES", 1);
    lr_emulate.steps_max = 20000000;
    lr_emulate.memory_bytes = number("LR_EMULATE_MEMORY", 16 << 20);
    for (int i = 0; order != NULL && i < 4; i++)
        if (strcmp(order, orders[i]) == 0)
            lr_emulate.order = (lr_emulate_order)i;
    if (what != NULL && sscanf(what, "%63[^:]:%lu", call, &lr_emulate.fail_at) == 2)
        lr_emulate.fail_call = call;
}

static void broken(const char *call, const char *what)
{
    fprintf(stderr, "emulation: %s: %s (seed %llu)\n", call, what,
            (unsigned long long)lr_emulate.seed);
    abort();
}

/* Every function begins and ends with these two. */
static cudaError_t begin(const char *call)
{
    pthread_mutex_lock(&lock);
    if (lost != cudaSuccess)
        return lost;
    if (lr_emulate.devices == 0)
        return cudaErrorNoDevice;
    if (lr_emulate.fail_call != NULL &&
        (strcmp(lr_emulate.fail_call, "any") == 0 || strcmp(lr_emulate.fail_call, call) == 0) &&
        ++calls == lr_emulate.fail_at) {
        if (strcmp(call, "cudaMalloc") == 0 || strcmp(call, "cudaHostAlloc") == 0)
            return cudaErrorMemoryAllocation;
        return lost = cudaErrorLaunchFailure;
    }
    return cudaSuccess;
}

static cudaError_t end(cudaError_t error)
{
    if (error != cudaSuccess && error != cudaErrorNotReady)
        of_thread = error;
    pthread_mutex_unlock(&lock);
    return error;
}

#define BEGIN(call)                                                                                \
    cudaError_t error = begin(call);                                                               \
    if (error != cudaSuccess)                                                                      \
    return end(error)

/* Memory. */

static void show(const allocation *a)
{
    if (mprotect(a->pages, a->pages_n, PROT_READ | PROT_WRITE) != 0)
        broken("mprotect", "no memory");
}

static void hide(const allocation *a)
{
    if (mprotect(a->pages, a->pages_n, PROT_NONE) != 0)
        broken("mprotect", "no memory");
}

static void show_all(void)
{
    for (const allocation *a = allocations; a != NULL; a = a->next)
        show(a);
}

static void hide_all(void)
{
    for (const allocation *a = allocations; a != NULL; a = a->next)
        hide(a);
}

/* The allocation that holds n bytes at `at`; NULL: it is memory of the host. */
static const allocation *holder(const char *call, const void *at, size_t n)
{
    for (const allocation *a = allocations; a != NULL; a = a->next)
        if ((const uint8_t *)at >= a->begin && (const uint8_t *)at < a->begin + a->n) {
            if ((const uint8_t *)at + n > a->begin + a->n)
                broken(call, "behind the end of memory of the device");
            return a;
        }
    return NULL;
}

cudaError_t cudaMalloc(void **out, size_t n)
{
    BEGIN("cudaMalloc");
    const size_t rounded = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const size_t pages_n = (rounded + PAGE - 1) / PAGE * PAGE;

    *out = NULL;
    if (n == 0)
        return end(cudaSuccess);
    if (n > lr_emulate.memory_bytes || used_bytes + pages_n > lr_emulate.memory_bytes)
        return end(cudaErrorMemoryAllocation);
    allocation *a = malloc(sizeof *a);
    uint8_t *base = mmap(NULL, pages_n + 2 * PAGE, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (a == NULL || base == MAP_FAILED) {
        free(a);
        return end(cudaErrorMemoryAllocation);
    }
    *a = (allocation){allocations, base + PAGE, base + PAGE + pages_n - rounded, pages_n, n};
    allocations = a;
    used_bytes += pages_n;
    show(a);
    memset(a->pages, CANARY, (size_t)(a->begin - a->pages));
    memset(a->begin, POISON, n < FILLED_BYTES ? n : FILLED_BYTES);
    if (n > FILLED_BYTES)
        memset(a->begin + n - FILLED_BYTES, POISON, FILLED_BYTES);
    memset(a->begin + n, CANARY, rounded - n);
    hide(a);
    *out = a->begin;
    return end(cudaSuccess);
}

/* Nothing was written before or behind it. */
static void check_canaries(const allocation *a)
{
    show(a);
    for (const uint8_t *p = a->pages; p < a->pages + a->pages_n; p++) {
        if (p == a->begin)
            p += a->n;
        if (p < a->pages + a->pages_n && *p != CANARY)
            broken("cudaFree", "something was written beside memory of the device");
    }
}

static void run_all(void);

cudaError_t cudaFree(void *memory)
{
    const cudaError_t error = begin("cudaFree"); /* freed all the same, if it fails */

    run_all();
    if (memory == NULL)
        return end(error);
    for (allocation **link = &allocations; *link != NULL; link = &(*link)->next)
        if ((*link)->begin == memory) {
            allocation *a = *link;
            check_canaries(a);
            *link = a->next;
            used_bytes -= a->pages_n;
            munmap(a->pages - PAGE, a->pages_n + 2 * PAGE);
            free(a);
            return end(error);
        }
    broken("cudaFree", "no memory of the device");
    return end(error);
}

cudaError_t cudaHostAlloc(void **out, size_t n, unsigned flags)
{
    BEGIN("cudaHostAlloc");
    pinned *p = malloc(sizeof *p);
    const size_t rounded = (n + PAGE - 1) / PAGE * PAGE;

    (void)flags;
    *out = NULL;
    if (p != NULL)
        *out = aligned_alloc(PAGE, rounded > 0 ? rounded : PAGE);
    if (*out == NULL) {
        free(p);
        return end(cudaErrorMemoryAllocation);
    }
    memset(*out, POISON, n < FILLED_BYTES ? n : FILLED_BYTES);
    *p = (pinned){pinned_memory, *out};
    pinned_memory = p;
    return end(cudaSuccess);
}

cudaError_t cudaFreeHost(void *memory)
{
    const cudaError_t error = begin("cudaFreeHost");

    run_all(); /* so that nothing reads it later */
    for (pinned **link = &pinned_memory; *link != NULL; link = &(*link)->next)
        if ((*link)->memory == memory) {
            pinned *p = *link;
            *link = p->next;
            free(p->memory);
            free(p);
            return end(error);
        }
    broken("cudaFreeHost", "no memory of cudaHostAlloc");
    return end(error);
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *all_bytes)
{
    BEGIN("cudaMemGetInfo");
    *all_bytes = lr_emulate.memory_bytes;
    *free_bytes = lr_emulate.memory_bytes - used_bytes;
    return end(cudaSuccess);
}

/* Streams. */

static void run_stream(cudaStream_t stream)
{
    while (stream->first != NULL && lost == cudaSuccess) {
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

static void run_all(void)
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
        broken("a stream", "no memory");
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
    const allocation *to = holder("cudaMemcpy", t->to, t->n);
    const allocation *from = holder("cudaMemcpy", t->from, t->n);

    if (to != NULL)
        show(to);
    if (from != NULL)
        show(from);
    memcpy(t->to, t->from, t->n);
    if (to != NULL)
        hide(to);
    if (from != NULL)
        hide(from);
}

static void run_set(task *t)
{
    const allocation *to = holder("cudaMemset", t->to, t->n);

    show(to);
    memset(t->to, t->value, t->n);
    hide(to);
}

static cudaError_t tell_copy(void *to, const void *from, size_t n, cudaMemcpyKind kind,
                             cudaStream_t stream)
{
    const bool to_device = holder("cudaMemcpy", to, n) != NULL;
    const bool from_device = holder("cudaMemcpy", from, n) != NULL;

    if (n == 0)
        return cudaSuccess;
    if (kind != cudaMemcpyDefault &&
        (to_device != (kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice) ||
         from_device != (kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice)))
        broken("cudaMemcpy", "memory that is not where its kind says");
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
    return end(tell_copy(to, from, n, kind, stream));
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t n, cudaMemcpyKind kind)
{
    BEGIN("cudaMemcpy");
    error = tell_copy(to, from, n, kind, NULL);
    run_stream(&standard);
    return end(error);
}

static cudaError_t tell_set(void *to, int value, size_t n, cudaStream_t stream)
{
    if (n == 0)
        return cudaSuccess;
    if (holder("cudaMemset", to, n) == NULL)
        broken("cudaMemset", "no memory of the device");
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
    return end(tell_set(to, value, n, stream));
}

cudaError_t cudaMemset(void *to, int value, size_t n) /* need not wait, and does not */
{
    BEGIN("cudaMemset");
    return end(tell_set(to, value, n, NULL));
}

static void run_launch(task *t)
{
    show_all();
    if (!lr_emulate_run(&t->launch, t->data))
        lost = cudaErrorLaunchFailure; /* a test that catches reports undoes it */
    hide_all();
}

void lr_emulate_enqueue(const lr_emulate_launch *launch, const void *arguments, size_t n,
                        cudaStream_t stream)
{
    cudaError_t error = begin("launch");

    if (error == cudaSuccess && (launch->grid == 0 || launch->block == 0 || launch->block > 1024 ||
                                 launch->shared_bytes > 227 << 10))
        error = cudaErrorInvalidConfiguration;
    if (error == cudaSuccess) {
        task *t = new_task(run_launch, n);
        t->launch = *launch;
        memcpy(t->data, arguments, n);
        tell(stream, t);
    }
    end(error);
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
    return end(make_stream(out, (flags & cudaStreamNonBlocking) == 0));
}

cudaError_t cudaStreamCreate(cudaStream_t *out)
{
    BEGIN("cudaStreamCreate");
    return end(make_stream(out, true));
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    const cudaError_t error = begin("cudaStreamDestroy"); /* freed all the same, if it fails */

    run_stream(stream);
    drop(stream);
    for (cudaStream_t *link = &streams; *link != NULL; link = &(*link)->next)
        if (*link == stream) {
            *link = stream->next;
            break;
        }
    free(stream);
    return end(error);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    BEGIN("cudaStreamSynchronize");
    keep_order(stream != NULL ? stream : &standard);
    run_stream(stream != NULL ? stream : &standard);
    return end(lost);
}

cudaError_t cudaDeviceSynchronize(void)
{
    BEGIN("cudaDeviceSynchronize");
    run_all();
    return end(lost);
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
    return end(*out != NULL ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaEventCreate(cudaEvent_t *out)
{
    return cudaEventCreateWithFlags(out, 0);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    const cudaError_t error = begin("cudaEventDestroy"); /* freed all the same, if it fails */

    if (event->stream != NULL)
        run_stream(event->stream);
    free(event);
    return end(error);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    BEGIN("cudaEventRecord");
    task *t = new_task(run_record, 0);
    t->event = event;
    event->stream = stream != NULL ? stream : &standard;
    event->told++;
    tell(stream, t);
    return end(cudaSuccess);
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
    return end(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    BEGIN("cudaEventSynchronize");
    if (event->done < event->told)
        run_stream(event->stream);
    return end(lost);
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    BEGIN("cudaEventQuery");
    if (event->done < event->told && lr_emulate_random() % 2 == 0)
        run_stream(event->stream);
    return end(event->done < event->told ? cudaErrorNotReady : lost);
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
    BEGIN("cudaEventElapsedTime");
    if (from->told == 0 || to->told == 0)
        return end(cudaErrorInvalidValue);
    if (from->done < from->told || to->done < to->told)
        return end(cudaErrorNotReady);
    *ms = (float)((double)(to->when.tv_sec - from->when.tv_sec) * 1e3 +
                  (double)(to->when.tv_nsec - from->when.tv_nsec) / 1e6);
    return end(cudaSuccess);
}

/* The device. */

cudaError_t cudaGetLastError(void)
{
    const cudaError_t error = of_thread;
    of_thread = lost;
    return error;
}

cudaError_t cudaPeekAtLastError(void)
{
    return of_thread;
}

const char *cudaGetErrorName(cudaError_t error)
{
    return cudaGetErrorString(error);
}

const char *cudaGetErrorString(cudaError_t error)
{
    switch (error) {
    case cudaSuccess:
        return "no error";
    case cudaErrorMemoryAllocation:
        return "out of memory";
    case cudaErrorInvalidConfiguration:
        return "invalid configuration argument";
    case cudaErrorNoDevice:
        return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
        return "invalid device ordinal";
    case cudaErrorNotReady:
        return "device not ready";
    case cudaErrorLaunchFailure:
        return "unspecified launch failure";
    default:
        return "invalid argument";
    }
}

cudaError_t cudaGetDeviceCount(int *n)
{
    BEGIN("cudaGetDeviceCount");
    *n = (int)lr_emulate.devices;
    return end(cudaSuccess);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *out, int device)
{
    BEGIN("cudaGetDeviceProperties");
    if (device >= (int)lr_emulate.devices)
        return end(cudaErrorInvalidDevice);
    *out = (cudaDeviceProp){.name = "emulated",
                            .totalGlobalMem = lr_emulate.memory_bytes,
                            .sharedMemPerBlock = 48 << 10,
                            .sharedMemPerBlockOptin = 227 << 10,
                            .multiProcessorCount = (int)lr_emulate.processors,
                            .major = 9,
                            .warpSize = 32,
                            .maxThreadsPerBlock = 1024,
                            .maxThreadsPerMultiProcessor = 2048};
    return end(cudaSuccess);
}

cudaError_t cudaDeviceGetAttribute(int *out, cudaDeviceAttr attribute, int device)
{
    BEGIN("cudaDeviceGetAttribute");
    (void)device;
    *out = attribute == cudaDevAttrMultiProcessorCount ? (int)lr_emulate.processors : 227 << 10;
    return end(cudaSuccess);
}

cudaError_t cudaSetDevice(int device)
{
    BEGIN("cudaSetDevice");
    return end(device < (int)lr_emulate.devices ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaSetDeviceFlags(unsigned flags)
{
    (void)flags;
    return cudaSuccess;
}

cudaError_t cudaDeviceReset(void) /* also: what was lost is found */
{
    pthread_mutex_lock(&lock);
    for (cudaStream_t s = streams; s != NULL && lost != cudaSuccess; s = s->next)
        drop(s);
    lost = of_thread = cudaSuccess;
    calls = 0;
    run_all();
    pthread_mutex_unlock(&lock);
    return cudaSuccess;
}
