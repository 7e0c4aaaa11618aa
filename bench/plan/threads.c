/* threads.c: affinity, cgroup quota, and a rehearsal before OpenMP's first parallel region. */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cgroup's quota in whole CPUs, rounded up; UINT32_MAX: none. cgroup v2: "max 100000" or
 * "150000 100000"; a process in its own namespace sees its limit at the root. */
static uint32_t quota(void)
{
    unsigned long long most, period;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file == NULL)
        return UINT32_MAX;
    const int n = fscanf(file, "%llu %llu", &most, &period);
    fclose(file);
    return n == 2 && period > 0 && most > 0 ? (uint32_t)((most + period - 1) / period) : UINT32_MAX;
}

uint32_t lr_threads_available(void)
{
    cpu_set_t set;
    uint32_t n = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = (uint32_t)CPU_COUNT(&set);
    const uint32_t most = quota();
    return n < most ? n : most;
}

static void *wait_at(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

lr_status lr_threads_probe(uint32_t threads, lr_error *err)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *started = threads > 1 ? calloc(threads, sizeof *started) : NULL;
    uint32_t n = 1; /* ourselves */

    if (threads <= 1)
        return LR_OK;
    if (started == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", threads);
    pthread_mutex_lock(&gate); /* all of them must be there at once */
    while (n < threads && pthread_create(&started[n], NULL, wait_at, &gate) == 0)
        n++;
    pthread_mutex_unlock(&gate);
    for (uint32_t i = 1; i < n; i++)
        pthread_join(started[i], NULL);
    free(started);
    if (n < threads)
        return lr_fail(err, LR_E_RESOURCE, "--threads: %u asked for, but only %u can be started",
                       threads, n);
    return LR_OK;
}
