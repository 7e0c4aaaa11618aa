/* measure.h: seconds and memory of this process. */
#ifndef LR_MEASURE_H
#define LR_MEASURE_H

#include "base.h"

double lr_seconds_now(void);     /* monotonic */
double lr_cpu_seconds_now(void); /* of all threads */
uint64_t lr_peak_rss_now(void);  /* VmHWM in bytes; 0 where it cannot be read */
uint64_t lr_rss_now(void);       /* VmRSS likewise */
uint64_t
lr_free_memory_now(void); /* that the machine, and the cgroup, still have; UINT64_MAX: unknown */

/* Gives back the pages of code that only starting up needed: of 2.9 MiB that are resident then, the
 * half comes back as it is used. They are clean, and read again from the file where they are not. */
void lr_drop_code(void);

#endif
