/*
 * merge.h: from the stores of all threads to what takes their groups, each once.
 */
#ifndef LR_MERGE_H
#define LR_MERGE_H

#include "layout.h"
#include "store.h"

/* Before any query's groups are pushed: where those of the n stores do not fit into memory together, all
 * of them go to the spill. LR_E_UNSUPPORTED: nothing can be spilled. */
lr_status lr_merge_stores(lr_store *const *stores, size_t n, lr_spill *spill,
                          const lr_layout *layout, lr_error *err);

/* Then: hands every group, once, to one of the n_sinks: n, one for each thread; or one, which one thread at a time
 * calls. Frees the stores. */
lr_status lr_merge_push(lr_store *const *stores, size_t n, lr_spill *spill, const uint64_t seed[2],
                        const lr_layout *layout, const lr_group_sink *sinks, size_t n_sinks,
                        lr_error *err);

#endif
