/*
 * query.h: a query is data: the fields it reads, and steps over them. It is the one definition of a
 * query; every engine, plan and device runs this.
 *
 *     UNNEST  a row per emoji or mention of a text
 *     GROUP   a row per distinct key, with aggregates
 *     TOP     the first rows in a total order
 *
 * A step makes a new table of named columns; a null key drops the row before GROUP. The steps up to
 * the first GROUP are the hot prefix, run over all the bytes; the others see few rows.
 */
#ifndef LR_QUERY_H
#define LR_QUERY_H

#include "fields.h"

enum { LR_STEPS_MAX = 6, LR_STEP_KEYS_MAX = 3, LR_AGGREGATES_MAX = 4 };

typedef enum lr_aggregate_kind {
    LR_AGGREGATE_NONE,
    LR_COUNT,  /* rows */
    LR_SUM,    /* of an integer column */
    LR_MAX,    /* of an integer column */
    LR_ARG_MAX /* a text column's value in the row where an integer column is largest; ties: least */
} lr_aggregate_kind;

typedef struct lr_aggregate {
    lr_aggregate_kind kind;
    const char *name; /* of the column it makes */
    const char *of;   /* SUM, MAX: the integer column; ARG_MAX: the text column */
    const char *by;   /* ARG_MAX: the integer column */
} lr_aggregate;

typedef enum lr_step_kind { LR_STEP_END, LR_UNNEST, LR_GROUP, LR_TOP } lr_step_kind;
typedef enum lr_matcher_kind { LR_MATCH_EMOJIS, LR_MATCH_MENTIONS } lr_matcher_kind;

typedef struct lr_step {
    lr_step_kind kind;
    lr_matcher_kind matcher; /* UNNEST */
    const char *of, *name;   /* UNNEST: the text column, and the column it makes */
    const char
        *keys[LR_STEP_KEYS_MAX]; /* GROUP: the key columns; TOP: the order, "-n" descending */
    lr_aggregate aggregates[LR_AGGREGATES_MAX]; /* GROUP */
    uint64_t n; /* TOP: how many rows, unless --top says otherwise */
} lr_step;

struct lr_query {
    const char *name, *title;
    lr_field fields[LR_FIELDS_MAX]; /* up to the first without a name */
    lr_step steps[LR_STEPS_MAX];    /* up to LR_STEP_END */
    /* UNNEST's, in place of the options'; NULL: those. So a pass can ask one question in many modes. */
    const struct lr_modes *modes;
};

/* How a query is written: see bench/queries/. */
#define LR_BY(...)                                                                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define LR_AGGREGATES(...)                                                                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define LR_UNNEST_STEP(matcher_, of_, name_)                                                       \
    {                                                                                              \
        .kind = LR_UNNEST, .matcher = (matcher_), .of = (of_), .name = (name_)                     \
    }
#define LR_GROUP_STEP(by_, aggregates_)                                                            \
    {                                                                                              \
        .kind = LR_GROUP, .keys = by_, .aggregates = aggregates_                                   \
    }
#define LR_TOP_STEP(n_, ...)                                                                       \
    {                                                                                              \
        .kind = LR_TOP, .n = (n_), .keys = { __VA_ARGS__ }                                         \
    }

/* The queries, one file each in bench/queries/. */
extern const lr_query lr_query_q1, lr_query_q2, lr_query_q3;

#endif
