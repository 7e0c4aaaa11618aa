/* hyperscan.h: Hyperscan, opened where it is asked for (Vectorscan has the same name and calls). */
#ifndef LR_HYPERSCAN_H
#define LR_HYPERSCAN_H

#include "pattern.h"

#ifdef LR_HAVE_HYPERSCAN
#include <hs/hs.h>

#define LR_HS_CALLS(X)                                                                             \
    X(hs_valid_platform)                                                                           \
    X(hs_compile_multi)                                                                            \
    X(hs_compile_lit_multi)                                                                        \
    X(hs_free_compile_error)                                                                       \
    X(hs_free_database)                                                                            \
    X(hs_alloc_scratch)                                                                            \
    X(hs_free_scratch)                                                                             \
    X(hs_scan)

typedef struct lr_hs {
    void *library;
#define LR_HS_MEMBER(name) __typeof__(&name) name;
    LR_HS_CALLS(LR_HS_MEMBER)
#undef LR_HS_MEMBER
} lr_hs;

lr_status lr_hs_open(lr_hs *hs, lr_error *err);
void lr_hs_close(lr_hs *hs);

/* Compiles n literals, numbered from 0, for single blocks of bytes. */
lr_status lr_hs_literals(const lr_hs *hs, const lr_bytes *texts, size_t n, unsigned flags,
                         hs_database_t **out, lr_pattern_fault *fault, lr_error *err);

/* What a failed compilation says, as a reason; frees it. */
lr_status lr_hs_refused(const lr_hs *hs, hs_compile_error_t *why, lr_pattern_fault *fault,
                        lr_error *err);

#endif
#endif
