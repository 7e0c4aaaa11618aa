/*
 * gpu.h: the hot prefix of queries on a device: NDJSON goes in, counts come out.
 *
 * A device only ever proves records good. What it cannot prove, be it bad or merely unusual (an escaped
 * key, a duplicate, two blanks between tokens), is a doubt: it counts nothing of that record, and the
 * caller, who has the bytes, reads it by the definition. So every answer and every error is that of
 * the CPU; what a device may do is be fast.
 *
 * Several threads may work at once, each with a lane of its own: a stream, and room for one slice. They
 * share the group tables and the symbol counts on the device, which are fetched at the end.
 */
#ifndef LR_GPU_H
#define LR_GPU_H

#include "groups.h"
#include "keys.h"
#include "match.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LR_GPU_COLUMNS_MAX = 8, LR_GPU_HOTS_MAX = 8, LR_GPU_NAME_MAX = 23 };

/* A column: the key that holds its value; the object that must hold that one, or -1; the key that
 * counts where holder is absent or null, or -1: lr_fields says the same. */
typedef struct lr_gpu_column {
    int8_t first, holder, fallback;
    bool is_date;
} lr_gpu_column;

/* A hot prefix: columns by number, -1 where there is none; see lr_hot. */
typedef struct lr_gpu_hot {
    uint32_t reads;
    int8_t filter, unnest, key_date, key_text;
    lr_date since, until;
    const lr_emoji_set *emojis; /* what UNNEST looks for; NULL: mentions */
    lr_mentions mentions;       /* LR_MENTIONS_ASCII or LR_MENTIONS_FIRST */
} lr_gpu_hot;

typedef struct lr_gpu_task {
    lr_keys keys; /* names of at most LR_GPU_NAME_MAX bytes, at most two levels */
    lr_validate validate;
    uint32_t n_columns, n_hots;
    lr_gpu_column columns[LR_GPU_COLUMNS_MAX];
    lr_gpu_hot hots[LR_GPU_HOTS_MAX];
    uint64_t seed[2]; /* of the group tables: nobody may know it before */
} lr_gpu_task;

/* What the header of a CSV file says: column f of the task is column[f], counted from 0, of n_columns. */
typedef struct lr_gpu_csv {
    uint8_t delimiter;
    uint32_t n_columns;
    uint32_t column[LR_GPU_COLUMNS_MAX];
} lr_gpu_csv;

/* Bytes [begin, end) of the slice: a record in doubt. */
typedef struct lr_gpu_doubt {
    uint32_t begin, end;
} lr_gpu_doubt;

/* A row that found no room in the table of hot `hot`; length UINT32_MAX: none. */
typedef struct lr_gpu_row {
    uint32_t offset, length, tag, hot;
} lr_gpu_row;

/* What became of a slice. The arrays live until the lane's next slice. */
typedef struct lr_gpu_result {
    uint64_t lines;                  /* line feeds */
    uint64_t records;                /* counted: in doubt are none of these */
    uint64_t nulls[LR_GPU_HOTS_MAX]; /* of these, those that lack a column the hot reads */
    const lr_gpu_doubt *doubts;      /* in no order */
    size_t n_doubts;
    const lr_gpu_row *rows; /* those that the caller must count */
    size_t n_rows;
    bool refused; /* the device did nothing: all of the slice is the caller's */
    float copy_ms, kernel_ms;
} lr_gpu_result;

/* Seconds by the device's own clock: of all passes, of the first one alone; of a copy of half the bytes on the
 * device, and of all of them to it. */
typedef struct lr_gpu_times {
    double pass_s, lines_s, copy_s, link_s;
} lr_gpu_times;

typedef struct lr_gpu lr_gpu;

/* Can the device do what the task asks? Else the CPU does. */
bool lr_gpu_takes(const lr_gpu_task *task);

/* Takes a group that was counted on the device; see fetch. */
typedef lr_status (*lr_gpu_take)(void *context, lr_date tag, lr_bytes text, uint64_t n,
                                 lr_error *err);

/* The device's half: a module, liblinerate_cuda.so, which is opened when a run asks for a device. */
typedef struct lr_gpu_module {
    uint32_t version; /* LR_GPU_MODULE_VERSION: module and program were built from one tree */

    /* Is there a device, and what is it? LR_E_UNSUPPORTED: none; err says why. */
    lr_status (*find)(char name[256], uint64_t *memory_bytes, lr_error *err);

    /* Room for `lanes` slices of at most slice_max bytes. LR_E_RESOURCE: there is none. */
    lr_status (*open)(lr_gpu **out, const lr_gpu_task *task, uint32_t lanes, size_t slice_max,
                      lr_error *err);
    void (*free)(lr_gpu *gpu); /* NULL is fine, here and below */

    /* Memory of the host that a device copies from at full speed; NULL: there is none. */
    void *(*pinned)(size_t n);
    void (*pinned_free)(void *memory);

    /* Counts the whole lines, or records of CSV, in src[from, n), which has LR_PADDING readable bytes behind
     * it; waits for it. pinned: src is such memory. LR_E_RESOURCE: the device failed, and what it has
     * counted is lost. */
    lr_status (*count)(lr_gpu *gpu, uint32_t lane, const lr_gpu_csv *csv, const uint8_t *src,
                       size_t from, size_t n, bool pinned, lr_gpu_result *out, lr_error *err);

    /* Fetches what was counted for a hot, when no lane is at work: of emojis the count of each symbol is
     * added to symbols; of texts *groups is memory that the caller frees, for take. */
    lr_status (*fetch)(lr_gpu *gpu, uint32_t hot, uint64_t *symbols, lr_bytes *groups,
                       lr_error *err);

    /* Of what was fetched the share `part` of `parts`: every group, once, goes to take. */
    lr_status (*each)(lr_bytes groups, uint32_t part, uint32_t parts, lr_gpu_take take,
                      void *context, lr_error *err);

    /* For benchmarks: over the slice of the lane, which it counted before, `rounds` in a row. What was counted
     * is forgotten. */
    lr_status (*time)(lr_gpu *gpu, uint32_t lane, uint32_t rounds, lr_gpu_times *out,
                      lr_error *err);
} lr_gpu_module;

enum { LR_GPU_MODULE_VERSION = 3 };

/* Opens the module. LR_E_UNSUPPORTED: there is none, or another version; err says so. */
lr_status lr_gpu_module_find(const lr_gpu_module **out, lr_error *err);

/* What the module exports. Where it is linked into a program, as tests do, that one is used. */
__attribute__((visibility("default"))) const lr_gpu_module *lr_gpu_module_get(void);

#ifdef __cplusplus
}
#endif
#endif
