/* answer.c: what a command prints: built in memory, written once, and done only when it is closed. */
#include "commands.h"

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

lr_status answer_end(answer *a, lr_error *err)
{
    lr_status status = LR_OK;

    const bool built = fclose(a->out) == 0;
    a->out = NULL;
    if (!built)
        status = lr_fail(err, LR_E_RESOURCE, "no memory for the answer");
    else if (!write_all(STDOUT_FILENO, a->text, a->n))
        status = lr_fail(err, LR_E_IO, "standard output: %s", strerror(errno));
    else if (close(STDOUT_FILENO) != 0) /* a full disk may say so only now */
        status = lr_fail(err, LR_E_IO, "standard output: %s", strerror(errno));
    answer_drop(a);
    return status;
}
