/* measure.h: seconds and memory of this process. */
#ifndef LR_MEASURE_H
#define LR_MEASURE_H

#include "base.h"

/* Where a thread's time goes, for --profile. What has passed since the last lap counts for the stage that
 * it names; all zero, it does nothing. */
typedef enum lr_stage {
    LR_STAGE_READ,
    LR_STAGE_PARSE,
    LR_STAGE_MATCH,
    LR_STAGE_GROUP,
    LR_STAGE_COPY, /* to a device, and its kernels: by its own clock */
    LR_STAGE_KERNEL,
    LR_STAGES
} lr_stage;

typedef struct lr_stopwatch {
    bool on;
    double last, seconds[LR_STAGES];
} lr_stopwatch;

void lr_stopwatch_start(lr_stopwatch *watch);
void lr_stopwatch_lap(lr_stopwatch *watch, lr_stage stage);

double lr_seconds_now(void);     /* monotonic */
double lr_cpu_seconds_now(void); /* of all threads */
uint64_t lr_peak_rss_now(void);  /* VmHWM in bytes; 0 where it cannot be read */
uint64_t lr_rss_now(void);       /* resident now, likewise */
uint64_t
lr_rss_about_now(void); /* 0.25 MiB off, and not looked at page by page: 0.2 ms less over a map */
uint64_t
lr_free_memory_now(void); /* that the machine, and the cgroup, still have; UINT64_MAX: unknown */

/* Gives back the pages of code that only starting up needed: of 2.9 MiB that are resident then, the
 * half comes back as it is used. They are clean, and read again from the file where they are not. */
void lr_drop_code(void);

#endif
