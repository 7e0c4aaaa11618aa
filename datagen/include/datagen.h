/*
 * datagen.h: inputs from a seed, each with its answer key.
 *
 * The bytes follow from recipe, knobs, seed, format and size alone: not from threads, parts, machine
 * or instruction set. Record i is a function of the seed and i (Philox, counter-based). The answer
 * key is counted from what the recipes meant to write; no code of queries or matchers is used here.
 */
#ifndef LR_DATAGEN_H
#define LR_DATAGEN_H

#include "base.h"

typedef enum lr_gen_format {
    LR_GEN_AUTO, /* what the recipe says */
    LR_GEN_NDJSON,
    LR_GEN_JSON, /* one array, an element per line */
    LR_GEN_CSV
} lr_gen_format;

/* How a knob's value is written. */
typedef enum lr_knob_kind {
    LR_KNOB_COUNT,  /* a whole number */
    LR_KNOB_PERCENT /* 35.3: kept as parts of a million */
} lr_knob_kind;

/* A distribution or size that the user may change; the table of a recipe ends with a NULL name. */
typedef struct lr_knob {
    const char *name;
    lr_knob_kind kind;
    uint64_t standard, least, most; /* PERCENT: parts of a million */
    const char *help;
} lr_knob;

enum { LR_KNOBS_MAX = 24 };

typedef struct lr_recipe lr_recipe;

/* The recipes, in the order in which help shows them; NULL behind the last, or for a wrong name. */
const lr_recipe *lr_recipe_at(size_t i);
const lr_recipe *lr_recipe_find(const char *name);
const char *lr_recipe_name(const lr_recipe *recipe);
const char *lr_recipe_title(const lr_recipe *recipe);
const lr_knob *lr_recipe_knobs(const lr_recipe *recipe);

typedef struct lr_gen_options {
    const lr_recipe *recipe;
    uint64_t
        knobs[LR_KNOBS_MAX]; /* by their place in lr_recipe_knobs: lr_gen_defaults fills them */
    uint64_t seed;
    uint64_t size_bytes;  /* the nearest record end to it; 0: records says */
    uint64_t records;     /* where size_bytes is 0 */
    uint32_t parts, part; /* part 1 to parts; in a row they are the whole, byte for byte */
    uint32_t threads;     /* 0: as many as the process may use */
    lr_gen_format format;
    bool utf8;           /* raw UTF-8 in place of \u escapes */
    char delimiter;      /* of CSV; 0: what the recipe says */
    const char *output;  /* "-": standard output */
    const char *answers; /* where the key goes; NULL: OUTPUT.answers.json beside a regular file */
    void *progress_context;
    void (*progress)(void *context, uint64_t bytes, uint64_t size_bytes); /* NULL: none */
} lr_gen_options;

/* What was written. */
typedef struct lr_gen_report {
    uint64_t records, bytes; /* bytes: before compression */
    uint64_t file_bytes;
    uint32_t threads;
    double seconds;
} lr_gen_report;

/* Recipe's defaults. */
void lr_gen_defaults(lr_gen_options *out, const lr_recipe *recipe);

/* A knob by name and text; LR_E_USAGE says what would be right. */
lr_status lr_gen_set_knob(lr_gen_options *options, const char *name, const char *text,
                          lr_error *err);

/*
 * Writes the data and its key. On failure no file is left: LR_E_USAGE for options that do not go
 * together, LR_E_IO for the disk, LR_E_RESOURCE for memory and threads.
 */
lr_status lr_gen(const lr_gen_options *options, lr_gen_report *report, lr_error *err);

#endif
