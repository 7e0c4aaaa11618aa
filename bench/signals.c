/* signals.c: handlers do what POSIX allows in one: write and _exit. */
#include "signals.h"
#include "base.h"
#include "output.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char shrunk[LR_MESSAGE_MAX + 1]; /* the line, made before it is needed */
static size_t shrunk_n;
static atomic_flag told = ATOMIC_FLAG_INIT;
static volatile pid_t child;

/* Waits for nothing: at once, from whatever phase. */
static void on_interrupt(int signal)
{
    if (child > 0)
        kill(child, SIGTERM);
    lr_output_unlink_all();
    _exit(128 + signal);
}

static void on_bus_error(int signal)
{
    (void)signal;
    while (atomic_flag_test_and_set(&told)) /* several threads may meet the new end: one tells */
        pause();
    lr_output_unlink_all();
    const ssize_t written = write(STDERR_FILENO, shrunk, shrunk_n);
    (void)written;
    _exit(LR_E_IO);
}

static void catch_signal(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigfillset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

void signals_init(void)
{
    catch_signal(SIGINT, on_interrupt);
    catch_signal(SIGTERM, on_interrupt);
    catch_signal(SIGPIPE, SIG_IGN);
}

void signals_child(pid_t process)
{
    child = process;
}

void signals_catch_shrinking(const char *const *files, size_t n_files)
{
    lr_error line;

    lr_fail(&line, LR_E_IO, "%s: the file became shorter while it was read",
            n_files == 1 ? files[0] : "input");
    shrunk_n = strlen(line.message);
    memcpy(shrunk, line.message, shrunk_n);
    shrunk[shrunk_n++] = '\n';
    catch_signal(SIGBUS, on_bus_error);
}
