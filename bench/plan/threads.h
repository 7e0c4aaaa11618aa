/* threads.h: how many threads there may be. */
#ifndef LR_THREADS_H
#define LR_THREADS_H

#include "base.h"

/* What affinity and the cgroup's quota leave us; at least 1. */
uint32_t lr_threads_available(void);

/* Can so many threads be started? libgomp ends the process where it cannot, so this is asked before.
 * LR_E_RESOURCE says how many could. */
lr_status lr_threads_probe(uint32_t threads, lr_error *err);

#endif
