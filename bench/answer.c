/* answer.c: what a command prints: built in memory, written once, and done only when it is closed. */
#include "commands.h"
#include "output.h"
#include "table.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int command_fail(lr_status status, const lr_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return (int)status;
}

bool color_wanted(lr_when when, int fd)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (when != LR_WHEN_AUTO)
        return when == LR_WHEN_ALWAYS;
    return isatty(fd) && (no_color == NULL || no_color[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

lr_status answer_begin(answer *a, lr_error *err)
{
    a->text = NULL;
    a->n = 0;
    a->out = open_memstream(&a->text, &a->n);
    if (a->out == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the answer");
    return LR_OK;
}

void answer_drop(answer *a)
{
    if (a->out != NULL)
        fclose(a->out);
    free(a->text);
    a->out = NULL;
    a->text = NULL;
}

/* All n bytes, whatever comes between: a signal, a pipe that is full and does not block. */
static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(fd, text, n);
        if (written >= 0) {
            text += written;
            n -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static lr_status write_stdout(const answer *a, lr_error *err)
{
    if (!write_all(STDOUT_FILENO, a->text, a->n) ||
        close(STDOUT_FILENO) != 0) /* a full disk may say so only now */
        return lr_fail(err, LR_E_IO, "standard output: %s", strerror(errno));
    return LR_OK;
}

static lr_status write_file(const answer *a, const char *path, const char *const *inputs,
                            size_t n_inputs, lr_error *err)
{
    lr_output *file = NULL;

    LR_TRY(lr_output_open(&file, path, inputs, n_inputs, err));
    const lr_status status = lr_output_write(file, a->text, a->n, err);
    if (status == LR_OK)
        return lr_output_commit(file, err);
    lr_output_abandon(file);
    return status;
}

lr_status answer_end(answer *a, const char *path, const char *const *inputs, size_t n_inputs,
                     lr_error *err)
{
    lr_status status = LR_OK;

    /* A stream in memory says so in its error flag, or only by leaving no text behind. */
    bool built = ferror(a->out) == 0;
    built = fclose(a->out) == 0 && built && a->text != NULL;
    a->out = NULL;
    if (!built)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the answer");
    else if (path == NULL || strcmp(path, "-") == 0)
        status = write_stdout(a, err);
    else
        status = write_file(a, path, inputs, n_inputs, err);
    answer_drop(a);
    return status;
}

lr_status answer_tables(lr_table *const *tables, size_t n, bool all, const lr_options *options,
                        const char *const *inputs, size_t n_inputs, lr_error *err)
{
    const bool color = color_wanted(options->color, STDOUT_FILENO) && options->output == NULL;
    answer text;

    LR_TRY(answer_begin(&text, err));
    const lr_status status = lr_tables_write(tables, n, all, options->format, color, text.out, err);
    if (status == LR_OK)
        return answer_end(&text, options->output, inputs, n_inputs, err);
    answer_drop(&text);
    return status;
}
