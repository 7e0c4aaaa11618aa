/* man.c: the manual page, bench(1), from the tables of commands and options. */
#include "commands.h"
#include "report.h"

#include <string.h>

/* Text between roff's own marks: backslashes, dashes, and what at the start of a line is a request. */
static void put(const char *text, FILE *out)
{
    bool first = true;

    for (; *text != '\0'; text++) {
        if (first && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        first = *text == '\n';
    }
}

static void put_option(const lr_option *row, FILE *out)
{
    fputs(".TP\n", out);
    if (row->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    put(row->name, out);
    fputs("\\fR", out);
    for (const lr_choice *c = row->choices; c != NULL && c->name != NULL; c++)
        fprintf(out, "%s%s", c == row->choices ? " " : "|", c->name);
    if (row->placeholder != NULL)
        fprintf(out, " \\fI%s\\fR", row->placeholder);
    fputc('\n', out);
    put(row->help, out);
    if (row->standard != NULL) {
        fputs(" (default: ", out);
        put(row->standard, out);
        fputc(')', out);
    }
    fputs(".\n", out);
}

static void put_command(const command *c, const char *name, const char *help, FILE *out)
{
    fprintf(out, ".SS %s ", name);
    put(c->arguments, out);
    fputc('\n', out);
    put(help, out);
    fputs(".\n", out);
    for (const lr_option *row = c->own; row != NULL && row->name != NULL; row++)
        if (!row->hidden)
            put_option(row, out);
    bool any = false;
    for (const lr_option *row = lr_option_rows; row->name != NULL && c != &command_of_queries;
         row++)
        if (!row->hidden && (row->commands & c->shared) != 0) {
            fputs(any ? ", " : c->own != NULL ? ".P\nAlso " : ".P\nTakes ", out);
            fputs("\\fB\\-\\-", out);
            put(row->name, out);
            fputs("\\fR", out);
            any = true;
        }
    fputs(any ? ".\n" : "", out);
    if (c->examples != NULL) {
        fputs(".P\n.nf\n", out);
        put(c->examples, out);
        fputs("\n.fi\n", out);
    }
}

static const char tail[] =
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBBENCH_\\fINAME\\fR\n"
    "The default of an option, in capitals, with _ for \\-: BENCH_THREADS=2, BENCH_ON_ERROR=skip.\n"
    ".TP\n\\fBNO_COLOR\\fR, \\fBTERM\\fR=dumb\nNo colour; with the latter no progress either.\n"
    ".TP\n\\fBTMPDIR\\fR\nWhere the memory plan spills; its files have no name.\n"
    ".TP\n\\fBXDG_CACHE_HOME\\fR\nWhere bench machine keeps its figures.\n"
    ".SH EXIT STATUS\n"
    ".TP\n0\nThe answer is complete and written.\n"
    ".TP\n1\nBad data; the line says FILE:LINE:BYTE: reason. LINE counts from 1, BYTE from 0; both "
    "are "
    "where the bad record starts.\n"
    ".TP\n2\nUsage.\n"
    ".TP\n3\nA file could not be opened, read, written or closed, or changed while it was read.\n"
    ".TP\n4\nNot enough memory or threads, or no such device.\n"
    ".TP\n6, 7\nMeasuring commands: a regression; too noisy to say.\n"
    ".TP\n130, 143\nInterrupted or terminated.\n"
    ".P\nWithout 0 there is no answer on standard output.\n";

void man_page(FILE *out)
{
    fprintf(out,
            ".TH BENCH 1 \"\" \"linerate %s\" \"User Commands\"\n.SH NAME\nbench \\- exact answers "
            "from tweets in JSON, NDJSON and CSV\n.SH SYNOPSIS\n.B bench\n\\fICOMMAND\\fR "
            "[\\fIoptions\\fR] [\\fIFILE\\fR...]\n.SH DESCRIPTION\nAnswers go to standard output, "
            "measurements and warnings to standard error. FILE is a file, a directory (its files), "
            "a glob in quotes, or \\- for standard input; several are read in turn as if they were "
            "one. Options are written \\-\\-name=value or \\-\\-name value, anywhere on the line; "
            "behind \\-\\- there are none.\n.SH QUERIES\n",
            lr_version());
    for (size_t i = 0; lr_query_at(i) != NULL; i++)
        put_command(&command_of_queries, lr_query_name(lr_query_at(i)),
                    lr_query_title(lr_query_at(i)), out);
    fputs(".SH OPTIONS\nThose of queries. SIZE: kB, MB, GB are powers of 1000, KiB, MiB, GiB of "
          "1024.\n",
          out);
    for (const lr_option *row = lr_option_rows; row->name != NULL; row++)
        if (!row->hidden && (row->commands & LR_FOR_ANSWERS) != 0)
            put_option(row, out);
    fputs(".SH COMMANDS\n", out);
    for (const command *c = commands; c->name != NULL; c++)
        put_command(c, c->name, c->help, out);
    fputs(".SH MEASUREMENTS\nWhat \\-\\-stats writes, one JSON object:\n", out);
    for (size_t i = 0; report_fields[i].name != NULL; i++) {
        fprintf(out, ".TP\n\\fB%s\\fR\n", report_fields[i].name);
        put(report_fields[i].help, out);
        fputs(".\n", out);
    }
    fputs(tail, out);
}
