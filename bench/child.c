/* child.c: a child behind three pipes, all of which are read until it has closed them. */
#include "child.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PIPES = 3, ARGUMENTS_MAX = 1024 };

/* The descriptors that the pipes are in the child: standard output and error, and the third. */
static const int child_fds[PIPES] = {1, 2, 3};

static bool append(child_text *text, const char *data, size_t n)
{
    char *grown = realloc(text->data, text->n + n + 1);

    if (grown == NULL)
        return false;
    memcpy(grown + text->n, data, n);
    text->data = grown;
    text->n += n;
    text->data[text->n] = '\0';
    return true;
}

/* Reads all pipes to their ends. */
static bool read_all(struct pollfd ends[PIPES], child_text *const texts[PIPES])
{
    char buffer[16384];
    int open_ends = PIPES;

    while (open_ends > 0) {
        if (poll(ends, PIPES, -1) < 0 && errno != EINTR)
            return false;
        for (int i = 0; i < PIPES; i++) {
            if (ends[i].fd < 0 || ends[i].revents == 0)
                continue;
            const ssize_t n = read(ends[i].fd, buffer, sizeof buffer);
            if (n > 0) {
                if (!append(texts[i], buffer, (size_t)n))
                    return false;
            } else if (n == 0 || errno != EINTR) {
                close(ends[i].fd);
                ends[i].fd = -1;
                open_ends--;
            }
        }
    }
    return true;
}

/* The writing ends become 1, 2, 3 in the child; they may stand in each other's way, so they are
 * above 3 already (see open_pipes). */
static int spawn(char *const *arguments, const int writers[PIPES], pid_t *child)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"bench"};
    posix_spawn_file_actions_t actions;
    size_t n = 0;

    for (; arguments[n] != NULL; n++) {
        if (n == ARGUMENTS_MAX)
            return E2BIG;
        argv[n + 1] = arguments[n];
    }
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0)
        return failed;
    failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    for (int i = 0; i < PIPES && failed == 0; i++)
        failed = posix_spawn_file_actions_adddup2(&actions, writers[i], child_fds[i]);
    if (failed == 0)
        failed = posix_spawn(child, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Pipes whose ends are above 3 and close by themselves in the child. */
static bool open_pipes(struct pollfd readers[PIPES], int writers[PIPES])
{
    for (int i = 0; i < PIPES; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return false;
        readers[i] = (struct pollfd){.fd = fcntl(ends[0], F_DUPFD_CLOEXEC, 8), .events = POLLIN};
        writers[i] = fcntl(ends[1], F_DUPFD_CLOEXEC, 8);
        close(ends[0]);
        close(ends[1]);
        if (readers[i].fd < 0 || writers[i] < 0)
            return false;
    }
    return true;
}

lr_status child_run(char *const *arguments, child_result *out, lr_error *err)
{
    struct pollfd readers[PIPES] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    int writers[PIPES] = {-1, -1, -1}, code = 0, failed = 0;
    child_text *const texts[PIPES] = {&out->out, &out->err, &out->stats};
    pid_t child = -1;
    bool complete = false;

    memset(out, 0, sizeof *out);
    for (int i = 0; i < PIPES; i++)
        if (!append(texts[i], "", 0))
            return lr_fail(err, LR_E_RESOURCE, "no memory for a child");
    failed = open_pipes(readers, writers) ? spawn(arguments, writers, &child) : errno;
    for (int i = 0; i < PIPES; i++)
        if (writers[i] >= 0)
            close(writers[i]);
    if (failed == 0) {
        signals_child(child);
        complete = read_all(readers, texts);
    }
    for (int i = 0; i < PIPES; i++)
        if (readers[i].fd >= 0)
            close(readers[i].fd);
    if (failed != 0)
        return lr_fail(err, LR_E_RESOURCE, "a child cannot be started: %s", strerror(failed));
    while (waitpid(child, &code, 0) < 0 && errno == EINTR)
        ;
    signals_child(0);
    out->exit = WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
    return complete ? LR_OK : lr_fail(err, LR_E_RESOURCE, "no memory for what a child said");
}

void child_free(child_result *result)
{
    free(result->out.data);
    free(result->err.data);
    free(result->stats.data);
    memset(result, 0, sizeof *result);
}

bool child_says(const child_result *result, const char *name, const char *text)
{
    char field[128];

    snprintf(field, sizeof field, "\"%s\":\"%s\"", name, text);
    return strstr(result->stats.data, field) != NULL;
}

double child_number(const child_result *result, const char *name)
{
    char key[64];

    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(result->stats.data, key);
    if (at == NULL || strncmp(at + strlen(key), "null", 4) == 0)
        return -1;
    return strtod(at + strlen(key), NULL); /* the locale is C: nobody has set another */
}
