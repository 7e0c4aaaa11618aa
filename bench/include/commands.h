/*
 * commands.h: the commands of the program. To add one: write cmd_NAME.c, and a row in commands.c.
 *
 *     static const lr_option rows[] in cmd_NAME.c, exported as cmd_NAME_options, over a struct of
 *     its own; int cmd_NAME(int argc, char **argv) begins with command_parse and returns an
 *     lr_status, which is the exit code. --help is answered before it is called.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "option_table.h"
#include "options.h"

#include <stdio.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name, or that of the query */
    const char *arguments;             /* "FILE..." */
    const char *help;                  /* one line, without a full stop */
    uint32_t shared;                   /* LR_FOR_*: takes these options of queries; 0: none */
    const lr_option *own;              /* and these of its own; NULL: none */
    const char *examples;              /* lines that may be typed as they are; NULL: none */
} command;

/* In the order of --help; the last row has no name. All queries by name share a row of their own. */
extern const command commands[];

/* The command of this name, or the row of queries where it is the name of one; NULL: neither. */
const command *command_find(const char *name);

enum { COMMAND_OPTIONS_MAX = 64 };

/* The row that all queries share; it stands for each of them. */
extern const command command_of_queries;

/* The options that the command takes, hidden ones left out, its own first. Returns how many. */
size_t command_options(const command *c, const lr_option *out[COMMAND_OPTIONS_MAX]);

/*
 * Takes the options out of argv, wherever they stand, and sets *options (unless options is NULL: a
 * command that shares none) and the struct `own`. Before, own gets the defaults of its rows, and both
 * those of the environment (BENCH_NAME). argv[0] and the arguments stay, ended by NULL; *argc counts
 * them. Prints what is wrong. The caller frees *options, which is NULL on failure.
 */
lr_status command_parse(int *argc, char **argv, lr_options **options, void *own);

/* The line of a failure: to stderr, once. Returns status, so that `return command_fail(...)`. */
int command_fail(lr_status status, const lr_error *err);

/* An answer under way: written to memory, then at once to its place. */
typedef struct answer {
    FILE *out; /* print here */
    char *text;
    size_t n;
} answer;

lr_status answer_begin(answer *a, lr_error *err);

/* Writes all of it and closes: to standard output (path NULL or "-"), or to the file, which is none
 * of the inputs. LR_OK only where write, flush and close succeeded. Frees the answer. */
lr_status answer_end(answer *a, const char *path, const char *const *inputs, size_t n_inputs,
                     lr_error *err);
void answer_drop(answer *a);

/* The tables as an answer, as --format, --color and --output say; all: those of `bench all`. */
lr_status answer_tables(lr_table *const *tables, size_t n, bool all, const lr_options *options,
                        const char *const *inputs, size_t n_inputs, lr_error *err);

/* Is colour wanted on this stream? */
bool color_wanted(lr_when when, int fd);

/* Prints --help of a command (name: as typed) or, c NULL, of all; --version. Return the exit code. */
int say_help(const command *c, const char *name);
int say_version(void);
int say(void (*print)(FILE *out)); /* what print prints, to standard output */
void man_page(FILE *out);          /* bench(1), in roff */
void help_overview(FILE *out);

/* Fails: there is no such command; names the nearest. */
lr_status no_command(const char *name, lr_error *err);

int cmd_completion(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_describe(int argc, char **argv);
int cmd_machine(int argc, char **argv);
int cmd_query(int argc, char **argv); /* a query's name, all, lines */
int cmd_schema(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_peers(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_match(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_ab(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_check_answers(int argc, char **argv);

extern const lr_option cmd_compare_options[];
extern const lr_option cmd_extract_options[];
extern const lr_option cmd_help_options[];
extern const lr_option cmd_machine_options[];
extern const lr_option cmd_verify_options[];
extern const lr_option cmd_peers_options[];
extern const lr_option cmd_run_options[];
extern const lr_option cmd_match_options[], cmd_pack_options[];
extern const lr_option cmd_ab_options[];
extern const lr_option cmd_report_options[];
extern const lr_option cmd_gen_options[];
extern const lr_option cmd_check_answers_options[];

#endif
