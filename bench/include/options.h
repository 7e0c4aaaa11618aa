/*
 * options.h: the options of queries as values. The table in plan/options.c makes parsing, --help,
 * the man page and completion.
 */
#ifndef LR_OPTIONS_H
#define LR_OPTIONS_H

#include "kernels.h"
#include "source.h"
#include "table.h"

typedef enum lr_plan { LR_PLAN_AUTO, LR_PLAN_TIME, LR_PLAN_MEMORY } lr_plan;
typedef enum lr_device { LR_DEVICE_AUTO, LR_DEVICE_CPU, LR_DEVICE_GPU } lr_device;
typedef enum lr_on_error { LR_ON_ERROR_FAIL, LR_ON_ERROR_SKIP } lr_on_error;
typedef enum lr_path { LR_PATH_AUTO, LR_PATH_READ } lr_path;
typedef enum lr_when { LR_WHEN_AUTO, LR_WHEN_ALWAYS, LR_WHEN_NEVER } lr_when;
typedef enum lr_emoji { LR_EMOJI_1_4_1, LR_EMOJI_2_16 } lr_emoji;
typedef enum lr_matcher { LR_MATCHER_AUTO, LR_MATCHER_SIMD, LR_MATCHER_HYPERSCAN } lr_matcher;

#define LR_MEMORY_DEFAULT_BYTES                                                                    \
    ((uint64_t)16 << 20) /* of the memory plan, where --memory is not given */

/* What counts as a mention, and as an emoji. */
typedef struct lr_modes {
    lr_mentions mentions;
    lr_emoji emoji;
} lr_modes;

struct lr_options {
    lr_plan plan;
    uint64_t memory_max_bytes; /* 0: not given */
    uint32_t threads;          /* 0: what affinity and cgroup allow */
    lr_device device;
    lr_isa isa; /* at most this; the default is the best there is */
    lr_validate validate;
    lr_modes modes;
    lr_matcher matcher;
    lr_input input;
    int delimiter; /* 0: detect */
    lr_on_error on_error;
    uint64_t max_errors;      /* UINT64_MAX: any number */
    const char *rejects;      /* NULL: none */
    uint64_t max_input_bytes; /* 0: any */
    lr_format format;
    uint64_t top;         /* 0: as the query says */
    lr_date since, until; /* 0: none; both inclusive */
    uint64_t limit;       /* UINT64_MAX: none */
    bool explain, profile;
    const char *stats;  /* NULL: none */
    uint32_t stats_fd;  /* hidden; 0: none */
    uint32_t resident;  /* hidden: passes over the first slice while it lies on the device, timed */
    lr_path path;       /* LR_PATH_READ maps nothing */
    const char *output; /* -o; NULL: standard output */
    lr_when progress, color;
    uint64_t slice_bytes; /* hidden, for tests; 0: the plan's */
    bool map;             /* the command may map files, for it handles SIGBUS; the library reads */
    struct lr_kept {      /* copies of the texts that lr_options_set was given */
        struct lr_kept *next;
        char text[];
    } * kept;
};

/* Do the options go together? LR_E_USAGE says which do not. lr_run asks before it begins. */
lr_status lr_options_check(const lr_options *options, lr_error *err);

#endif
