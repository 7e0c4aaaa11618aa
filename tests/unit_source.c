/* unit_source.c: files become slices: every byte once, in order, cut between records only. */
#include "check.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 16, SLICES_MAX = 1 << 15, FILES_MAX = 8 };

static char folder[] = "/tmp/lr-unit-source-XXXXXX";

/* The path of a name in the folder; each lives as long as the program. */
static const char *path_of(const char *name)
{
    static char paths[1 << 20];
    static size_t n;
    char *path = paths + n;

    n += (size_t)snprintf(path, sizeof paths - n, "%s/%s", folder, name) + 1;
    CHECK(n < sizeof paths, "too many names");
    return path;
}

static const char *write_file(const char *name, const void *bytes, size_t n)
{
    const char *path = path_of(name);

    unlink(path); /* a file that is cut off and written again is flushed by some file systems */
    FILE *file = fopen(path, "wb");

    CHECK(file != NULL && fwrite(bytes, 1, n, file) == n && fclose(file) == 0, "%s", path);
    return path;
}

/* What reading gave: the bytes of each file in order, and how reading ended. */
typedef struct got {
    uint8_t *bytes[FILES_MAX];
    size_t n[FILES_MAX], skip[FILES_MAX];
    size_t n_slices, n_filled;
    lr_status status;
    char message[LR_MESSAGE_MAX];
} got;

typedef struct piece {
    uint8_t *bytes;
    size_t n, file, skip;
    uint64_t offset;
    lr_status status;
    bool seen;
    char *message; /* of a failure */
} piece;

typedef struct job {
    lr_source *source;
    piece *pieces;
} job;

/* One thread: slices until the end, each copied to its index. The padding is read: where it does not
 * exist, a sanitizer or a fault says so. */
static void *read_slices(void *context)
{
    const job *j = context;
    lr_slice_buffer buffer = {0};
    lr_slice slice;
    lr_error error;

    for (;;) {
        const lr_status status = lr_source_next(j->source, &buffer, &slice, &error);
        if (status == LR_OK && slice.bytes.data == NULL)
            break;
        CHECK(slice.index < SLICES_MAX && !j->pieces[slice.index].seen, "index %llu twice",
              (unsigned long long)slice.index);
        piece *p = &j->pieces[slice.index];
        *p = (piece){malloc(slice.bytes.n + 1),
                     slice.bytes.n,
                     slice.file,
                     slice.skip,
                     slice.offset,
                     status,
                     true,
                     NULL};
        if (status != LR_OK) {
            p->message = strdup(error.message);
            break;
        }
        memcpy(p->bytes, slice.bytes.data, slice.bytes.n);
        unsigned sum = 0;
        for (size_t i = 0; i < LR_PADDING; i++)
            sum += ((const volatile uint8_t *)slice.bytes.data)[slice.bytes.n + i];
        (void)sum;
    }
    lr_slice_buffer_free(&buffer);
    return NULL;
}

/* Puts the pieces together. A cut within a line is a failure of the check, not of reading. */
static void put_together(piece *pieces, bool lines, got *out)
{
    for (size_t i = 0; i < SLICES_MAX && pieces[i].seen; i++) {
        const piece *p = &pieces[i];
        out->n_slices++;
        out->n_filled += p->n > 0;
        if (p->status != LR_OK) {
            out->status = p->status;
            snprintf(out->message, sizeof out->message, "%s", p->message);
            CHECK(i + 1 == SLICES_MAX || !pieces[i + 1].seen, "a slice behind a failure");
            return;
        }
        if (p->n == 0)
            continue;
        const size_t n = out->n[p->file];
        CHECK(p->offset == n, "offset %llu, not %zu", (unsigned long long)p->offset, n);
        CHECK(!lines || n == 0 || out->bytes[p->file][n - 1] == '\n', "a cut in a line at %zu", n);
        out->bytes[p->file] = realloc(out->bytes[p->file], n + p->n);
        memcpy(out->bytes[p->file] + n, p->bytes, p->n);
        out->n[p->file] += p->n;
        out->skip[p->file] += p->skip;
    }
}

static got read_all(const char *const *files, size_t n_files, lr_source_options options,
                    size_t n_threads)
{
    static piece pieces[SLICES_MAX];
    static lr_kernels kernels;
    got out = {.status = LR_OK};
    pthread_t threads[8];
    lr_error error = {{0}};
    job j = {NULL, pieces};

    lr_kernels_init(&kernels, lr_isa_best());
    options.kernels = &kernels;
    out.status = lr_source_open(files, n_files, &options, &j.source, &error);
    snprintf(out.message, sizeof out.message, "%s", error.message);
    if (out.status != LR_OK)
        return out;
    for (size_t i = 1; i < n_threads; i++)
        CHECK(pthread_create(&threads[i], NULL, read_slices, &j) == 0, "no thread");
    read_slices(&j);
    for (size_t i = 1; i < n_threads; i++)
        pthread_join(threads[i], NULL);
    put_together(pieces, true, &out);
    if (out.status == LR_OK) {
        out.status = lr_source_unchanged(j.source, &error);
        snprintf(out.message, sizeof out.message, "%s", error.message);
    }
    lr_source_free(j.source);
    for (size_t i = 0; i < SLICES_MAX && pieces[i].seen; i++) {
        free(pieces[i].bytes);
        free(pieces[i].message);
        pieces[i] = (piece){0};
    }
    return out;
}

static void got_free(got *g)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        free(g->bytes[i]);
}

/* Reading gives these bytes, whole, in any way of cutting and with any number of threads. */
static void expect_bytes(const char *path, const void *bytes, size_t n, lr_source_options options,
                         size_t n_threads)
{
    got g = read_all(&path, 1, options, n_threads);

    CHECK(g.status == LR_OK, "%s", g.message);
    CHECK(g.n[0] == n && (n == 0 || memcmp(g.bytes[0], bytes, n) == 0),
          "slice=%zu threads=%zu map=%d: %zu bytes, not %zu", options.slice_bytes, n_threads,
          options.map, g.n[0], n);
    got_free(&g);
}

/* Lines of '{' and letters: mostly short ones, empty ones, and one that is long. */
static size_t make_lines(check_rng *rng, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t length = check_below(rng, 40);
        if (check_below(rng, 30) == 0)
            length = check_below(rng, n);
        for (size_t j = 0; j < length && i < n; j++)
            out[i++] = j == 0 ? '{' : (uint8_t)('a' + check_below(rng, 26));
        if (i < n && check_below(rng, 4) == 0)
            out[i++] = '\r';
        if (i < n)
            out[i++] = '\n';
    }
    if (n > 0 && check_below(rng, 2) == 0)
        out[n - 1] = '}'; /* no final line feed */
    if (n > 0)
        out[0] = '{';
    return n;
}

/*
 * Goal: whatever the slice size, the number of threads and the way of reading, the slices are the
 * file, cut behind line feeds.
 * Method: random lines of up to a few hundred bytes with slices of every size from 1 byte, larger
 * ones with slices around the headroom, read and mapped, 1 to 4 threads.
 */
static void check_cuts(check_rng *rng)
{
    static uint8_t bytes[INPUT_MAX * 8];

    for (size_t round = 0; round < 12; round++) {
        const size_t n = make_lines(rng, bytes, 1 + check_below(rng, 400));
        const char *path = write_file("lines", bytes, n);
        for (size_t slice = 1; slice <= n + 2; slice++)
            for (size_t way = 0; way < 4; way++)
                expect_bytes(path, bytes, n,
                             (lr_source_options){.slice_bytes = slice, .map = way % 2 == 1},
                             way / 2 * 3 + 1);
    }
    for (size_t round = 0; round < 40; round++) {
        const size_t n = make_lines(rng, bytes, 1 + check_below(rng, sizeof bytes));
        const size_t slice = 64 + check_below(rng, 100000);
        const char *path = write_file("lines", bytes, n);
        for (size_t way = 0; way < 4; way++)
            expect_bytes(path, bytes, n,
                         (lr_source_options){.slice_bytes = slice, .map = way % 2 == 1},
                         way / 2 * 3 + 1);
    }
}

typedef struct writer {
    const char *path;
    int fd; /* or, where path is NULL, this */
    const uint8_t *bytes;
    size_t n;
} writer;

/* Writes the bytes in uneven pieces, so that reads come back short. */
static void *write_slowly(void *context)
{
    const writer *w = context;
    const int fd = w->path != NULL ? open(w->path, O_WRONLY) : w->fd;
    check_rng rng = {w->n};

    for (size_t i = 0; i < w->n;) {
        const size_t n = 1 + check_below(&rng, 3000);
        const ssize_t put = write(fd, w->bytes + i, n < w->n - i ? n : w->n - i);
        if (put < 0)
            break;
        i += (size_t)put;
    }
    close(fd);
    return NULL;
}

/* Goal: FIFOs and standard input, from a pipe and from a file at some place in it, are read whole. */
static void check_streams(check_rng *rng)
{
    static uint8_t bytes[INPUT_MAX];
    const char *fifo = path_of("fifo");
    pthread_t thread;

    CHECK(mkfifo(fifo, 0600) == 0, "%s", strerror(errno));
    for (size_t slice = 1; slice < 2 * INPUT_MAX; slice *= 3) {
        const size_t n = make_lines(rng, bytes, slice == 1 ? 2000 : sizeof bytes);
        for (size_t threads = 1; threads <= 4; threads += 3) {
            const lr_source_options options = {.slice_bytes = slice, .map = true};
            writer to_fifo = {fifo, -1, bytes, n};
            pthread_create(&thread, NULL, write_slowly, &to_fifo);
            expect_bytes(fifo, bytes, n, options, threads);
            pthread_join(thread, NULL);

            int ends[2];
            CHECK(pipe(ends) == 0 && dup2(ends[0], 0) == 0 && close(ends[0]) == 0, "pipe");
            writer to_pipe = {NULL, ends[1], bytes, n};
            pthread_create(&thread, NULL, write_slowly, &to_pipe);
            expect_bytes("-", bytes, n, options, threads);
            pthread_join(thread, NULL);

            const int fd = open(write_file("lines", bytes, n), O_RDONLY);
            const uint8_t *second = memchr(bytes, '\n', n);
            const size_t at = second == NULL ? 0 : (size_t)(second - bytes) + 1;
            CHECK(dup2(fd, 0) == 0 && close(fd) == 0, "dup2");
            CHECK(lseek(0, (off_t)at, SEEK_SET) == (off_t)at, "lseek");
            expect_bytes("-", bytes + at, n - at, options, threads);
            expect_bytes("-", bytes, 0, options, threads); /* it is at its end now */
        }
    }
}

/* Goal: several files are one input, a directory is its regular files by name, a pattern the names
 * that match it unless it is itself a name, and what is not there is named. */
static void check_names(check_rng *rng)
{
    const lr_source_options options = {.slice_bytes = 3};
    const char *names[] = {write_file("b", "{b}\n", 4), write_file("a", "{a}", 3)};
    got g = read_all(names, 2, options, 2);

    CHECK(g.status == LR_OK && g.n[0] == 4 && g.n[1] == 3, "%s", g.message);
    CHECK(memcmp(g.bytes[0], "{b}\n", 4) == 0 && memcmp(g.bytes[1], "{a}", 3) == 0, "order");
    got_free(&g);

    CHECK(mkdir(path_of("dir"), 0700) == 0 && mkdir(path_of("dir/sub"), 0700) == 0, "mkdir");
    const char *directory = path_of("dir");
    g = read_all(&directory, 1, options, 1);
    CHECK(g.status == LR_E_IO && strstr(g.message, "/dir: no regular files") != NULL, "%s",
          g.message);
    write_file("dir/\xC3\xA4", "{2}", 3);
    write_file("dir/B", "{0}", 3);
    write_file("dir/a", "{1}", 3);
    write_file("dir/.hidden", "{h}", 3);
    write_file("dir/sub/below", "{s}", 3);
    g = read_all(&directory, 1, options, 2);
    CHECK(g.status == LR_OK && g.n[3] == 0, "%s", g.message);
    for (size_t i = 0; i < 3; i++)
        CHECK(g.n[i] == 3 && g.bytes[i][1] == '0' + (int)i, "file %zu", i);
    got_free(&g);

    const char *pattern = path_of("dir/[aB]");
    g = read_all(&pattern, 1, options, 1);
    CHECK(g.status == LR_OK && g.n[0] == 3 && g.bytes[0][1] == '0' && g.n[2] == 0, "%s", g.message);
    got_free(&g);
    write_file("dir/[aB]", "{n}", 3);
    g = read_all(&pattern, 1, options, 1);
    CHECK(g.status == LR_OK && g.n[0] == 3 && g.bytes[0][1] == 'n' && g.n[1] == 0, "%s", g.message);
    got_free(&g);

    const char *missing[] = {names[0], path_of("no\nsuch"), path_of("no*such")};
    for (size_t i = 1; i < 3; i++) {
        const char *two[] = {missing[0], missing[i]};
        g = read_all(two, 2, options, 1);
        CHECK(g.status == LR_E_IO && strstr(g.message, ": No such file or directory") != NULL, "%s",
              g.message);
        CHECK(strchr(g.message, '\n') == NULL, "%s", g.message);
        got_free(&g);
    }
}

/* Reading ends with this status and this message behind the file's name. */
static void expect_failure(const void *bytes, size_t n, lr_source_options options, lr_status status,
                           const char *message)
{
    const char *path = write_file("bad", bytes, n);

    for (size_t way = 0; way < 4; way++) {
        options.map = way % 2 == 1;
        got g = read_all(&path, 1, options, way / 2 * 3 + 1);
        CHECK(g.status == status && strncmp(g.message, path, strlen(path)) == 0 &&
                  strcmp(g.message + strlen(path), message) == 0,
              "%d %s, not %s", g.status, g.message, message);
        got_free(&g);
    }
}

/* Goal: what cannot be read is refused by name, and at its place. */
static void check_refusals(check_rng *rng)
{
    lr_source_options options = {.slice_bytes = 4};
    const char *empty = write_file("empty", "", 0), *null = "/dev/null";

    expect_bytes(empty, "", 0, options, 1);
    expect_bytes(null, "", 0, options, 2);
    expect_bytes(write_file("blank", " \r\n\n\t", 5), " \r\n\n\t", 5, options, 2);

    const char *marked = write_file("marked", "\xEF\xBB\xBF{\"a\":1}\n{}\n", 14);
    for (options.slice_bytes = 1; options.slice_bytes < 20; options.slice_bytes++) {
        got g = read_all(&marked, 1, options, 1);
        CHECK(g.status == LR_OK && g.n[0] == 14 && g.skip[0] == 3, "skip %zu", g.skip[0]);
        got_free(&g);
    }
    options.slice_bytes = 4;
#define UTF8_ONLY "; only UTF-8 is read"
    expect_failure("{\0\"\0", 4, options, LR_E_DATA,
                   ":1:0: the text is UTF-16, little-endian" UTF8_ONLY);
    expect_failure("\xFE\xFF\0{\0}", 6, options, LR_E_DATA,
                   ":1:0: the text is UTF-16, big-endian" UTF8_ONLY);
    expect_failure("{\0\0\0}\0\0\0", 8, options, LR_E_DATA,
                   ":1:0: the text is UTF-32, little-endian" UTF8_ONLY);

    options.record_max_bytes = 10;
    expect_failure("{}\n{1}\n{345678901}\n{}", 21, options, LR_E_RESOURCE,
                   ":3:7: a record of more than 10 bytes");
    expect_bytes(write_file("good", "{}\n{1}\n{34567890}\n{}", 20), "{}\n{1}\n{34567890}\n{}", 20,
                 options, 1);
    options.record_max_bytes = 0;
    options.input_max_bytes = 20;
    expect_failure("{}\n{1}\n{345678901}\n{}", 21, options, LR_E_DATA,
                   ": the input is longer than the 20 bytes allowed");
    options.input_max_bytes = 21;
    expect_bytes(write_file("good", "{}\n{1}\n{345678901}\n{}", 21), "{}\n{1}\n{345678901}\n{}", 21,
                 options, 1);
}

/* Goal: a file that is cut off, written to or replaced while it is read is noticed. */
static void check_changes(check_rng *rng)
{
    const char *path = write_file("changing", "{1}\n{2}\n{3}\n{4}\n", 16);
    lr_slice_buffer buffer = {0};
    lr_source_options options = {.slice_bytes = 4};
    lr_kernels kernels;
    lr_source *source;
    lr_slice slice;
    lr_error error;
    FILE *file;

    lr_kernels_init(&kernels, LR_ISA_REF);
    options.kernels = &kernels;
    for (int way = 0; way < 3; way++) {
        CHECK(lr_source_open(&path, 1, &options, &source, &error) == LR_OK, "%s", error.message);
        CHECK(lr_source_next(source, &buffer, &slice, &error) == LR_OK, "%s", error.message);
        CHECK(lr_source_unchanged(source, &error) == LR_OK, "%s", error.message);
        if (way == 0)
            CHECK(truncate(path, 6) == 0, "truncate");
        else if (way == 1)
            CHECK((file = fopen(path, "ab")) != NULL && fputs("{5}\n", file) >= 0 &&
                      fclose(file) == 0,
                  "append");
        else
            CHECK(rename(write_file("other", "{1}\n{2}\n{3}\n{4}\n", 16), path) == 0, "rename");
        CHECK(lr_source_unchanged(source, &error) == LR_E_IO, "way %d", way);
        lr_status status;
        do
            status = lr_source_next(source, &buffer, &slice, &error);
        while (status == LR_OK && slice.bytes.data != NULL);
        CHECK(status == (way == 0 ? LR_E_IO : LR_OK), "way %d: %d", way, status);
        lr_source_free(source);
        path = write_file("changing", "{1}\n{2}\n{3}\n{4}\n", 16);
    }
    lr_slice_buffer_free(&buffer);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(check_rng *rng);
    } checks[] = {{"source_cuts", check_cuts},
                  {"source_streams", check_streams},
                  {"source_names", check_names},
                  {"source_refusals", check_refusals},
                  {"source_changes", check_changes}};
    char remove[64];
    check_rng rng;

    CHECK(mkdtemp(folder) != NULL, "%s", strerror(errno));
    for (size_t i = 0; i < LR_COUNT_OF(checks); i++)
        if (check_begin(checks[i].name, &rng))
            checks[i].run(&rng);
    snprintf(remove, sizeof remove, "rm -r %s", folder);
    return system(remove);
}
