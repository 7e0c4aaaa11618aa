/*
 * option_table.h: options as rows of a table. One row makes parsing (command line, environment,
 * lr_options_set), --help, the man page and completion; a command may have rows of its own.
 */
#ifndef LR_OPTION_TABLE_H
#define LR_OPTION_TABLE_H

#include "base.h"

typedef enum lr_option_kind {
    LR_OPTION_FLAG,   /* bool; takes no value on the command line */
    LR_OPTION_CHOICE, /* an enum: one of choices */
    LR_OPTION_COUNT,  /* uint64_t, from least to most */
    LR_OPTION_NUMBER, /* uint32_t, from least to most */
    LR_OPTION_SIZE,   /* uint64_t: bytes, such as 16MiB or 2.2GB; at least least */
    LR_OPTION_REAL,   /* double, finite and not negative */
    LR_OPTION_DATE,   /* lr_date: YYYY-MM-DD */
    LR_OPTION_BYTE,   /* int: an ASCII character, or "tab" or "\t" */
    LR_OPTION_TEXT,   /* const char *: as given, borrowed */
    LR_OPTION_TEXTS   /* lr_texts: the same, once for each time that it is given */
} lr_option_kind;

enum { LR_TEXTS_MAX = 64 };

typedef struct lr_texts {
    uint32_t n;
    const char *at[LR_TEXTS_MAX];
} lr_texts;

typedef struct lr_choice {
    const char *name; /* NULL ends the list */
    int value;
} lr_choice;

typedef struct lr_option {
    const char *name;     /* without its dashes; NULL ends the table */
    const char *standard; /* the default as a user would write it; NULL: the value stays zero */
    uint32_t commands; /* LR_FOR_*: which commands take it (the table of queries' options only) */
    const char *help;  /* one line, without a full stop */

    /* Set by the macros below. */
    lr_option_kind kind;
    size_t offset, size; /* where the value stands in the struct of values, and its sizeof */
    const char *placeholder;
    const lr_choice *choices;

    /* By name where they are needed. */
    uint64_t least, most; /* most 0: no bound */
    char letter;          /* 'o' for -o; 0: none */
    bool hidden;          /* for tests: not in --help */
    /* May refuse a value that was read, for what the machine or the build lacks; label as in
     * lr_option_set. NULL: nothing to refuse. */
    lr_status (*check)(const void *values, const char *label, lr_error *err);
} lr_option;

#define LR_TAKES_(kind_, type, member, placeholder_)                                               \
    .kind = (kind_), .offset = offsetof(type, member), .size = sizeof(((type *)0)->member),        \
    .placeholder = (placeholder_)
#define LR_TAKES_NOTHING(type, member) LR_TAKES_(LR_OPTION_FLAG, type, member, NULL)
#define LR_TAKES_CHOICE(type, member, ...)                                                         \
    LR_TAKES_(LR_OPTION_CHOICE, type, member, NULL), .choices = (const lr_choice[])                \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define LR_TAKES_COUNT(type, member) LR_TAKES_(LR_OPTION_COUNT, type, member, "N")
#define LR_TAKES_NUMBER(type, member) LR_TAKES_(LR_OPTION_NUMBER, type, member, "N")
#define LR_TAKES_SIZE(type, member) LR_TAKES_(LR_OPTION_SIZE, type, member, "SIZE")
#define LR_TAKES_REAL(type, member) LR_TAKES_(LR_OPTION_REAL, type, member, "X")
#define LR_TAKES_DATE(type, member) LR_TAKES_(LR_OPTION_DATE, type, member, "YYYY-MM-DD")
#define LR_TAKES_BYTE(type, member) LR_TAKES_(LR_OPTION_BYTE, type, member, "CHAR")
#define LR_TAKES_TEXT(type, member, placeholder_)                                                  \
    LR_TAKES_(LR_OPTION_TEXT, type, member, placeholder_)
#define LR_TAKES_TEXTS(type, member, placeholder_)                                                 \
    LR_TAKES_(LR_OPTION_TEXTS, type, member, placeholder_)

/* Which commands take an option of queries. */
enum {
    LR_FOR_ANSWERS = 1,  /* q1, q2, ... and all */
    LR_FOR_LINES = 2,    /* lines */
    LR_FOR_RECORDS = 4,  /* the others that read records: match, extract, schema */
    LR_FOR_COMPARE = 8,  /* compare */
    LR_FOR_PRINT = 16,   /* those that print a table and read no records: list */
    LR_FOR_CHECKS = 32,  /* those that read records and count the bad ones anyway: verify */
    LR_FOR_BUDGET = 128, /* those of them that can keep to --memory: extract, schema, verify */
    LR_FOR_LIBRARY = 64  /* lr_options_set; those without it are about the command's own output */
};

/* The options of queries, over lr_options; ends at a row without a name. */
extern const lr_option lr_option_rows[];

/* The row of this name; NULL where there is none. */
const lr_option *lr_option_find(const lr_option *rows, const char *name);

/* Reads value into the struct at values. label says where it came from ("--plan", "BENCH_PLAN");
 * the message begins with it. LR_E_USAGE; what check of the row returns. */
lr_status lr_option_set(const lr_option *row, void *values, const char *value, const char *label,
                        lr_error *err);

/* Sets every option of the table that has a default to it; the others stay as they are. */
void lr_option_defaults(const lr_option *rows, void *values);

/* "plan" for "plna": the visible name nearest to it by edits; NULL where none is near. */
const char *lr_nearest(const char *name, const char *const *names, size_t n);

#endif
