/* unit_output.c: output files are there whole, or not at all. */
#include "check.h"
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/lr-unit-output-XXXXXX";
static lr_error error;

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "wb");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "%s", name);
}

static void expect_file(const char *name, const char *text)
{
    char got[256] = {0};
    FILE *file = fopen(name, "rb");
    CHECK(file != NULL, "%s: %s", name, strerror(errno));
    const size_t n = fread(got, 1, sizeof got - 1, file);
    fclose(file);
    CHECK(n == strlen(text) && memcmp(got, text, n) == 0, "%s: %s", name, got);
}

/* How many entries the folder has: nothing is left behind. */
static size_t entries(void)
{
    size_t n = 0;
    DIR *directory = opendir(".");
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n - 2;
}

static lr_output *open_good(const char *path)
{
    lr_output *output;
    CHECK(lr_output_open(&output, path, NULL, 0, &error) == LR_OK, "%s", error.message);
    return output;
}

static void put(lr_output *output, const char *text)
{
    CHECK(lr_output_write(output, text, strlen(text), &error) == LR_OK, "%s", error.message);
}

/* Goal: a new file appears, an old one is replaced with its mode kept, only when all is committed. */
static void check_commit(check_rng *rng)
{
    struct stat info;

    umask(022);
    lr_output *output = open_good("new");
    put(output, "one ");
    put(output, "two");
    CHECK(access("new", F_OK) != 0, "it is there already");
    CHECK(lr_output_commit(output, &error) == LR_OK, "%s", error.message);
    expect_file("new", "one two");
    CHECK(stat("new", &info) == 0 && (info.st_mode & 0777) == 0644, "mode %o", info.st_mode);

    chmod("new", 0660);
    output = open_good("./new");
    put(output, "three");
    expect_file("new", "one two");
    CHECK(lr_output_commit(output, &error) == LR_OK, "%s", error.message);
    expect_file("new", "three");
    CHECK(stat("new", &info) == 0 && (info.st_mode & 0777) == 0660, "mode %o", info.st_mode);

    output = open_good("new");
    put(output, "four");
    lr_output_abandon(output);
    expect_file("new", "three");
    CHECK(entries() == 1, "%zu entries", entries());

    /* More than the buffer, in pieces larger and smaller than it. */
    const size_t n = 1 << 20;
    char *bytes = malloc(n), *back = malloc(n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)check_random(rng);
    output = open_good("large");
    for (size_t i = 0; i < n;) {
        const size_t piece = check_below(rng, 300000) + 1, left = n - i;
        CHECK(lr_output_write(output, bytes + i, piece < left ? piece : left, &error) == LR_OK,
              "%s", error.message);
        i += piece < left ? piece : left;
    }
    CHECK(lr_output_commit(output, &error) == LR_OK, "%s", error.message);
    FILE *file = fopen("large", "rb");
    CHECK(fread(back, 1, n, file) == n && memcmp(back, bytes, n) == 0 && getc(file) == EOF,
          "large");
    fclose(file);
    free(bytes);
    free(back);
    unlink("large");
    unlink("new");
}

static void expect_refusal(const char *path, const char *const *inputs, size_t n, lr_status status,
                           const char *part)
{
    lr_output *output;
    const lr_status got = lr_output_open(&output, path, inputs, n, &error);
    CHECK(got == status && output == NULL && strstr(error.message, part) != NULL, "%d %s", got,
          got == LR_OK ? "" : error.message);
}

/* Goal: never over an input, a directory or a link; what is missing is named. */
static void check_refusals(check_rng *rng)
{
    const char *inputs[] = {"in", "-"}, *all[] = {"."};

    write_file("in", "{}\n");
    CHECK(link("in", "hard") == 0 && symlink("in", "soft") == 0, "%s", strerror(errno));
    const int fd = open("hard", O_RDONLY);
    CHECK(fd >= 0 && dup2(fd, 0) == 0 && close(fd) == 0, "dup2");
    expect_refusal("in", inputs, 1, LR_E_USAGE, "in: is the input in;");
    expect_refusal("hard", inputs, 1, LR_E_USAGE, "hard: is the input in;");
    expect_refusal("hard", inputs + 1, 1, LR_E_USAGE, "hard: is the input -;");
    expect_refusal("in", all, 1, LR_E_USAGE, "in: is the input ./");
    expect_refusal("soft", NULL, 0, LR_E_IO, "soft: is a symbolic link");
    expect_refusal(".", NULL, 0, LR_E_IO, "Is a directory");
    expect_refusal("none/out", NULL, 0, LR_E_IO, "none/out: No such file or directory");
    expect_refusal("none/", NULL, 0, LR_E_IO, "none/: ");
    expect_refusal("in/out", NULL, 0, LR_E_IO, "in/out: Not a directory");
    expect_file("in", "{}\n");
    unlink("in");
    unlink("hard");
    unlink("soft");
    CHECK(entries() == 0, "%zu entries", entries());
}

/* Goal: what is not a regular file is written directly; full disks and closed pipes are noticed. */
static void check_faults(check_rng *rng)
{
    int ends[2];
    char got[8] = {0};

    lr_output *output = open_good("/dev/null");
    put(output, "x");
    CHECK(lr_output_commit(output, &error) == LR_OK, "%s", error.message);
    output = open_good("/dev/full");
    put(output, "x");
    CHECK(lr_output_commit(output, &error) == LR_E_IO &&
              strstr(error.message, "/dev/full: No space left") != NULL,
          "%s", error.message);

    const int old = dup(1);
    CHECK(pipe(ends) == 0 && dup2(ends[1], 1) == 1, "pipe");
    output = open_good("-");
    put(output, "pipe");
    CHECK(lr_output_commit(output, &error) == LR_OK, "%s", error.message);
    CHECK(read(ends[0], got, 8) == 4 && strcmp(got, "pipe") == 0, "%s", got);
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    output = open_good("-");
    put(output, "pipe");
    CHECK(lr_output_commit(output, &error) == LR_E_IO &&
              strstr(error.message, "standard output: Broken pipe") != NULL,
          "%s", error.message);
    close(1);
    expect_refusal("-", NULL, 0, LR_E_IO, "standard output: Bad file descriptor");
    dup2(old, 1);
    close(ends[1]);
    close(old);

    /* A file that may not grow stands for a disk that is full. */
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = 4;
    signal(SIGXFSZ, SIG_IGN);
    write_file("kept", "old");
    output = open_good("kept");
    put(output, "longer");
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK(lr_output_commit(output, &error) == LR_E_IO, "%s", error.message);
    setrlimit(RLIMIT_FSIZE, &limit);
    expect_file("kept", "old");
    unlink("kept");
    CHECK(entries() == 0, "%zu entries", entries());
}

static void unlink_and_end(int signal_number)
{
    lr_output_unlink_all();
    _exit(signal_number);
}

/* Goal: a signal at any time leaves the old file or the new one, and no other.
 * Method: a child writes and commits without end; it is interrupted after a random time. */
static void check_interrupt(check_rng *rng)
{
    for (size_t round = 0; round < 60; round++) {
        write_file("target", "whole");
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGTERM, unlink_and_end);
            for (;;) {
                lr_output *output = open_good("target");
                put(output, "whole");
                CHECK(lr_output_commit(output, &error) == LR_OK, "%s", error.message);
            }
        }
        usleep((useconds_t)check_below(rng, 20000));
        int ended;
        kill(child, SIGTERM);
        CHECK(waitpid(child, &ended, 0) == child, "waitpid");
        CHECK(!WIFEXITED(ended) || WEXITSTATUS(ended) == SIGTERM, "the child failed");
        expect_file("target", "whole");
        CHECK(entries() == 1, "round %zu: %zu entries", round, entries());
    }
    unlink("target");
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(check_rng *rng);
    } checks[] = {{"output_commit", check_commit},
                  {"output_refusals", check_refusals},
                  {"output_faults", check_faults},
                  {"output_interrupt", check_interrupt}};
    check_rng rng;

    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0, "%s", strerror(errno));
    for (size_t i = 0; i < LR_COUNT_OF(checks); i++)
        if (check_begin(checks[i].name, &rng))
            checks[i].run(&rng);
    return rmdir(folder) == 0 ? 0 : 1;
}
