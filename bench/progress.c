/* progress.c: one line on a terminal that says how far a run is. */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Columns of the terminal; one that does not say (0) has 80. */
static size_t terminal_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

/* Over the line that stands there; what is longer than the terminal would begin a new one. */
static void show(progress_line *line, const char *text)
{
    const size_t columns = terminal_columns() - 1, n = strlen(text);
    const size_t shown = n < columns ? n : columns;
    const size_t blanks = line->columns > shown ? line->columns - shown : 0;

    fprintf(stderr, "\r%.*s%*s", (int)shown, text, (int)blanks, "");
    if (blanks > 0)
        fprintf(stderr, "\r%.*s", (int)shown, text);
    fflush(stderr);
    line->columns = shown;
}

static void report_progress(void *context, uint64_t done, uint64_t total, uint64_t rejected)
{
    progress_line *line = context;
    const double now = now_seconds(), seconds = now - line->began;
    char text[256], some[QUANTITY_MAX], all[QUANTITY_MAX], rate[QUANTITY_MAX], left[QUANTITY_MAX];
    size_t n = 0;

    /* Who waits less than half a second needs no line; ten a second are enough to read. */
    if (seconds < 0.5 || now - line->printed < 0.1)
        return;
    line->printed = now;
    n += (size_t)snprintf(text + n, sizeof text - n, "%s: %s", line->name,
                          quantity_of_bytes((double)done, some));
    if (total > 0 && done <= total)
        n += (size_t)snprintf(text + n, sizeof text - n, " of %s, %.0f %%",
                              quantity_of_bytes((double)total, all),
                              100.0 * (double)done / (double)total);
    n += (size_t)snprintf(text + n, sizeof text - n, ", %s/s",
                          quantity_of_bytes((double)done / seconds, rate));
    if (total > 0 && done > 0 && done <= total)
        n += (size_t)snprintf(
            text + n, sizeof text - n, ", %s left",
            quantity_of_seconds(seconds * (double)(total - done) / (double)done, left));
    if (rejected > 0)
        snprintf(text + n, sizeof text - n, ", %llu bad", (unsigned long long)rejected);
    show(line, text);
}

void progress_begin(progress_line *line, const char *name, lr_when when)
{
    const char *terminal = getenv("TERM");
    const bool able = isatty(STDERR_FILENO) && (terminal == NULL || strcmp(terminal, "dumb") != 0);

    *line = (progress_line){.name = name, .began = now_seconds()};
    line->wanted = when == LR_WHEN_ALWAYS || (when == LR_WHEN_AUTO && able);
    line->report = (lr_progress){line, report_progress};
}

void progress_end(progress_line *line)
{
    if (line->columns > 0)
        fprintf(stderr, "\r%*s\r", (int)line->columns, "");
    line->columns = 0;
}
