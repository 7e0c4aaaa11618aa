/* measure.c: clocks, and VmHWM (ru_maxrss would be that of the parent's image before exec). */
#include "measure.h"

#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static double clock_seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double lr_seconds_now(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

double lr_cpu_seconds_now(void)
{
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

void lr_stopwatch_start(lr_stopwatch *watch)
{
    watch->on = true;
    watch->last = lr_seconds_now();
}

void lr_stopwatch_lap(lr_stopwatch *watch, lr_stage stage)
{
    if (!watch->on)
        return;
    const double now = lr_seconds_now();
    watch->seconds[stage] += now - watch->last;
    watch->last = now;
}

/* The number of kibibytes behind `name` in a file of /proc, in bytes; 0: not there. */
static uint64_t proc_bytes(const char *path, const char *name)
{
    char text[4096];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *line = strstr(text, name);
    return line == NULL ? 0 : strtoull(line + strlen(name), NULL, 10) * 1024;
}

uint64_t lr_peak_rss_now(void)
{
    return proc_bytes("/proc/self/status", "VmHWM:");
}

uint64_t lr_rss_now(void)
{
    const uint64_t exact = proc_bytes("/proc/self/smaps_rollup", "Rss:");
    return exact != 0 ? exact : lr_rss_about_now();
}

uint64_t lr_rss_about_now(void)
{
    return proc_bytes("/proc/self/status", "VmRSS:"); /* gathered from all CPUs now and then */
}

/* The number in a file of the cgroup; UINT64_MAX: none, or "max". */
static uint64_t cgroup_number(const char *path)
{
    unsigned long long x;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return UINT64_MAX;
    const int n = fscanf(file, "%llu", &x);
    fclose(file);
    return n == 1 ? x : UINT64_MAX;
}

uint64_t lr_free_memory_now(void)
{
    const uint64_t most = cgroup_number("/sys/fs/cgroup/memory.max");
    const uint64_t used = cgroup_number("/sys/fs/cgroup/memory.current");
    const uint64_t available = proc_bytes("/proc/meminfo", "MemAvailable:");
    const uint64_t machine = available == 0 ? UINT64_MAX : available;

    if (most == UINT64_MAX || used == UINT64_MAX)
        return machine;
    const uint64_t left = most > used ? most - used : 0;
    return left < machine ? left : machine;
}

/* Drops the read-only pages of one object: its code, and constants. */
static int drop_object(struct dl_phdr_info *object, size_t size, void *unused)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    (void)size;
    (void)unused;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
            continue;
        const uintptr_t from = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        const uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        madvise((void *)from, (end - from + page - 1) & ~(page - 1), MADV_DONTNEED);
    }
    return 0;
}

void lr_drop_code(void)
{
    dl_iterate_phdr(drop_object, NULL);
}
