/*
 * pattern.h: what Hyperscan finds: sets of patterns that the user brings and, as a second way, emojis
 * and mentions. Hyperscan is opened when one of these is made, so that a run without it does not pay
 * for it: LR_E_RESOURCE where the build, the machine or the system has none.
 */
#ifndef LR_PATTERN_H
#define LR_PATTERN_H

#include "kernels.h"

/* ---- sets of patterns ---- */

typedef struct lr_pattern {
    lr_bytes text; /* UTF-8: what is looked for, or a regular expression (PCRE's syntax) */
    bool literal;
    bool caseless, dot_all, multiline, unicode; /* of a regular expression: its flags i, s, m, u */
} lr_pattern;

/* Why a pattern is refused: which one, and the byte of its text where that is known (else 0). */
typedef struct lr_pattern_fault {
    size_t pattern, at;
} lr_pattern_fault;

typedef struct lr_patterns lr_patterns;               /* compiled; read by any number of threads */
typedef struct lr_pattern_counter lr_pattern_counter; /* the room of one thread */

/* Compiles n (> 0) patterns; nothing is borrowed. LR_E_USAGE: fault is set, the message is the bare
 * reason. */
lr_status lr_patterns_new(lr_patterns **out, const lr_pattern *patterns, size_t n,
                          lr_pattern_fault *fault, lr_error *err);
void lr_patterns_free(lr_patterns *set);

/* set must outlive the counter. */
lr_status lr_pattern_counter_new(lr_pattern_counter **out, const lr_patterns *set, lr_error *err);
void lr_pattern_counter_free(lr_pattern_counter *counter);

/*
 * Counts, pattern by pattern, the texts that hold it.
 *
 *   texts    n_rows rows over src (which has LR_PADDING readable bytes behind it), decoded before they
 *            are looked at; rows that are not text are passed over
 *   records  a number for each pattern, in the order given; added to
 */
lr_status lr_pattern_count(lr_pattern_counter *counter, const lr_kernels *k, const uint8_t *src,
                           lr_column texts, size_t n_rows, uint64_t *records, lr_error *err);

/* ---- emojis and mentions ---- */

typedef struct lr_hyper lr_hyper;               /* compiled; read by any number of threads */
typedef struct lr_hyper_thread lr_hyper_thread; /* the room of one thread */

/* For the emojis of set or, where set is NULL, the mentions of the mode. */
lr_status lr_hyper_new(lr_hyper **out, const lr_emoji_set *set, lr_mentions mode, lr_error *err);
void lr_hyper_free(lr_hyper *hyper);

/* hyper must outlive the thread's room. */
lr_status lr_hyper_thread_new(lr_hyper_thread **out, const lr_hyper *hyper, lr_error *err);
void lr_hyper_thread_free(lr_hyper_thread *thread);

/* find_emojis and find_mentions of kernels.h by Hyperscan, with the same answers. They are not called
 * with another column before the one at hand is done; but a cursor at {0, 0} always begins anew. */
size_t lr_hyper_emojis(lr_hyper_thread *thread, const lr_kernels *k, const uint8_t *src,
                       lr_column texts, size_t n_rows, lr_cursor *cursor, uint32_t *out,
                       size_t max);
size_t lr_hyper_mentions(lr_hyper_thread *thread, const lr_kernels *k, const uint8_t *src,
                         lr_column texts, size_t n_rows, lr_cursor *cursor, lr_column out,
                         size_t max);

#endif
