/*
 * peak.c: runs a command and prints its peak resident set in KiB, as the kernel counted it, on the file
 * descriptor 9. Seen from outside: what the command says of itself is not believed. (A child begins with
 * its parent's peak until it executes another program, so the parent must be as small as this one.)
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status;
    struct rusage usage;
    const pid_t child = fork();

    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (argc < 2 || child < 0 || wait4(child, &status, 0, &usage) < 0)
        return 126;
    dprintf(9, "%ld\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
