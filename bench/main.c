/* main.c: the command: finds what is to be done, and hands the rest of the line to it. */
#include "commands.h"
#include "signals.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * Standard streams that are closed stay reserved, else the first input would be opened as standard
 * output and the answer written into it. The placeholder is of the wrong direction, so that its use
 * fails as that of a closed stream does.
 */
static bool reserve_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

/* Does this option take the next argument? As the command is not known yet: in any command. */
static bool takes_next(const char *argument)
{
    const char *name = argument + 2;
    const lr_option *row = NULL;

    if (strncmp(argument, "--", 2) != 0)
        return strcmp(argument, "-o") == 0;
    row = lr_option_find(lr_option_rows, name);
    for (const command *c = commands; c->name != NULL && row == NULL; c++)
        row = lr_option_find(c->own, name);
    return row != NULL && row->kind != LR_OPTION_FLAG;
}

/* Where the command stands: the first argument that is neither an option nor its value; argc: none. */
static int command_at(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        if (argv[i][0] != '-' || argv[i][1] == '\0')
            return i;
        if (takes_next(argv[i]))
            i++;
    }
    return argc;
}

/* Is one of these two among the options of argv[1] to argv[argc - 1]? */
static bool asks_for(int argc, char **argv, const char *long_name, const char *short_name)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], long_name) == 0 || strcmp(argv[i], short_name) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    lr_error error = {{0}};

    if (!reserve_streams())
        return LR_E_IO;
    signals_init();

    const int at = command_at(argc, argv);
    if (at >= argc && asks_for(argc, argv, "--version", "-V"))
        return say_version();
    if (at >= argc && asks_for(argc, argv, "--help", "-h"))
        return say_help(NULL, NULL);
    if (at >= argc) {
        help_overview(stderr);
        return LR_E_USAGE;
    }

    /* The command to the front; options that stood before it follow. */
    char *const name = argv[at];
    const command *c = command_find(name);
    if (c == NULL)
        return command_fail(no_command(name, &error), &error);
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    argv[1] = name;
    if (asks_for(argc - 1, argv + 1, "--help", "-h"))
        return say_help(c, name);
    return c->run(argc - 1, argv + 1);
}
