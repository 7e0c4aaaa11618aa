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
    LR_KNOB_COUNT,   /* a whole number */
    LR_KNOB_PERCENT, /* 35.3: kept as parts of a million */
    LR_KNOB_CURVE,   /* 2,24,56: quantiles at even distances, straight in between */
    LR_KNOB_NAMED,   /* en:4120,hi:1440: weights; a name that is left out has none */
    LR_KNOB_NUMBERS, /* 1:400,2:220: numbers and their weights */
    LR_KNOB_LIST     /* 3340,8417: numbers in their order */
} lr_knob_kind;

/* A distribution or size that the user may change; the table of a recipe ends with a NULL name. */
typedef struct lr_knob {
    const char *name;
    lr_knob_kind kind;
    uint64_t standard, least, most; /* PERCENT: parts of a million; lists: of the numbers in them */
    const char *help;
    const char *text; /* the default of a list; of NAMED, all its names */
} lr_knob;

enum { LR_KNOBS_MAX = 64, LR_KNOB_FORM_MAX = 96 };

typedef struct lr_recipe lr_recipe;

/* The recipes, in the order in which help shows them; NULL behind the last, or for a wrong name. */
const lr_recipe *lr_recipe_at(size_t i);
const lr_recipe *lr_recipe_find(const char *name);
const char *lr_recipe_name(const lr_recipe *recipe);
const char *lr_recipe_title(const lr_recipe *recipe);
const lr_knob *lr_recipe_knobs(const lr_recipe *recipe);

typedef struct lr_gen_options {
    const lr_recipe *recipe;
    /* By their place in lr_recipe_knobs: lr_gen_defaults fills them. Lists are texts. */
    uint64_t knobs[LR_KNOBS_MAX];
    const char *lists[LR_KNOBS_MAX];
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

/* A knob by name and text, which is borrowed. LR_E_USAGE says what would be right; its message begins
 * with the label, and the name. */
lr_status lr_gen_set_knob(lr_gen_options *options, const char *label, const char *name,
                          const char *text, lr_error *err);

/* What the knob's value may be, in words. */
void lr_knob_form(const lr_knob *knob, char out[LR_KNOB_FORM_MAX]);

/*
 * Writes the data and its key. On failure no file is left: LR_E_USAGE for options that do not go
 * together, LR_E_IO for the disk, LR_E_RESOURCE for memory and threads.
 */
lr_status lr_gen(const lr_gen_options *options, lr_gen_report *report, lr_error *err);

#endif
