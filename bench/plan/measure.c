/* measure.c: clocks, and VmHWM (ru_maxrss would be that of the parent's image before exec). */
#include "measure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double clock_seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double seconds_now(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

double cpu_seconds_now(void)
{
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t peak_rss_now(void)
{
    char text[4096];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *line = strstr(text, "VmHWM:");
    return line == NULL ? 0 : strtoull(line + 6, NULL, 10) * 1024;
}
