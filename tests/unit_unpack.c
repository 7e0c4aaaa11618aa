/*
 * unit_unpack.c: compressed input is what was compressed, and broken input is refused by name.
 * The files are made by gzip, zstd and python's zipfile, not by us.
 */
#include "check.h"
#include "source.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20, PACKED_MAX = 2 << 20, OUT_MAX = 4 << 20 };

static char folder[] = "/tmp/lr-unit-unpack-XXXXXX";
static lr_error error;
static uint8_t got[OUT_MAX];
static size_t n_got;

static void write_file(const char *name, const void *bytes, size_t n)
{
    unlink(name); /* a file that is cut off and written again is flushed by some file systems */
    FILE *file = fopen(name, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, n, file) == n && fclose(file) == 0, "%s", name);
}

static size_t read_file(const char *name, uint8_t *out, size_t max)
{
    FILE *file = fopen(name, "rb");
    CHECK(file != NULL, "%s: %s", name, strerror(errno));
    const size_t n = fread(out, 1, max, file);
    CHECK(n < max && fclose(file) == 0, "%s", name);
    return n;
}

static void shell(const char *command)
{
    CHECK(system(command) == 0, "%s", command);
}

/* Reads a file through the source into got. */
static lr_status read_source(const char *name, size_t slice_bytes, uint64_t max_bytes)
{
    static lr_kernels kernels;
    lr_source_options options = {
        .kernels = &kernels, .slice_bytes = slice_bytes, .map = true, .input_max_bytes = max_bytes};
    lr_slice_buffer buffer = {0};
    lr_source *source = NULL;
    lr_slice slice;

    n_got = 0;
    lr_kernels_init(&kernels, lr_isa_best());
    lr_status status = lr_source_open(&name, 1, &options, &source, &error);
    while (status == LR_OK) {
        status = lr_source_next(source, &buffer, &slice, &error);
        if (status != LR_OK || slice.bytes.data == NULL)
            break;
        CHECK(n_got + slice.bytes.n <= sizeof got, "more than there is");
        memcpy(got + n_got, slice.bytes.data, slice.bytes.n);
        n_got += slice.bytes.n;
    }
    if (status == LR_OK) {
        uint64_t done, total;
        struct stat info;
        lr_source_progress(source, &done, &total);
        CHECK(
            stat(name, &info) == 0 && (done == (uint64_t)info.st_size || S_ISFIFO(info.st_mode)) &&
                (total == 0 || total == done),
            "%s: progress %llu of %llu", name, (unsigned long long)done, (unsigned long long)total);
    }
    lr_slice_buffer_free(&buffer);
    lr_source_free(source);
    return status;
}

static void expect_text(const char *name, const void *text, size_t n)
{
    static const size_t slices[] = {7, 1000, 65536, 4 << 20};

    for (size_t i = 0; i < LR_COUNT_OF(slices); i++) {
        if (n / slices[i] > 100000)
            continue;
        CHECK(read_source(name, slices[i], 0) == LR_OK, "%s", error.message);
        CHECK(n_got == n && memcmp(got, text, n) == 0, "%s: slice=%zu: %zu bytes, not %zu", name,
              slices[i], n_got, n);
    }
    if (n > 1) {
        CHECK(read_source(name, 0, n - 1) == LR_E_DATA &&
                  strstr(error.message, "longer than the") != NULL,
              "%s: %s", name, error.message);
        CHECK(read_source(name, 0, n) == LR_OK, "%s", error.message);
    }
}

static void expect_failure(const char *name, const char *part)
{
    const lr_status status = read_source(name, 0, 0);
    CHECK(status == LR_E_DATA && strncmp(error.message, name, strlen(name)) == 0 &&
              strstr(error.message, part) != NULL,
          "%s: %d, not %s", status == LR_OK ? "read" : error.message, status, part);
}

/* n bytes of JSON-like lines that compress to about a third. */
static void make_text(check_rng *rng, uint8_t *out, size_t n)
{
    static const char *const words[] = {"{\"date\": \"2021-02-", "\", \"content\": \"", "\"}\n",
                                        "\\ud83d\\ude4f",        " narendramodi ",      "@user_"};
    out[0] = '{';
    for (size_t i = 1; i < n;) {
        const char *word = words[check_below(rng, LR_COUNT_OF(words))];
        for (size_t j = 0; word[j] != 0 && i < n; j++)
            out[i++] = (uint8_t)word[j];
        for (size_t j = check_below(rng, 9); j > 0 && i < n; j--)
            out[i++] = (uint8_t)('a' + check_below(rng, 26));
    }
}

static const struct {
    const char *name, *command, *reason;
} kinds[] = {
    {"one.gz", "gzip -kc text > one.gz", ": gzip: "},
    {"two.gz", "(gzip -1c half1; gzip -9c half2; gzip -c < /dev/null) > two.gz", ": gzip: "},
    {"one.zst", "zstd -qc text > one.zst", ": zstd: "},
    {"two.zst",
     "(zstd -qc half1; printf 'P*M\\030\\003\\0\\0\\0abc'; zstd -qc --no-check half2) > two.zst",
     ": zstd: "},
    {"many.zst", /* small frames, which are read beside each other, then one that does not say how long */
     ": > x.0; split -a 4 -b 1500 half1 x. && (for f in x.*; do zstd -qc $f; done; cat half2 | "
     "zstd -qc) > "
     "many.zst; "
     "rm x.*",
     ": zstd: "},
    {"skip.zst", "(printf '_*M\\030\\0\\0\\0\\0'; cat text | zstd -qc) > skip.zst", ": zstd: "},
    {"one.zip",
     "python3 -c 'import zipfile as z; "
     "z.ZipFile(\"one.zip\",\"w\",z.ZIP_DEFLATED).write(\"text\")'",
     ": zip: "},
    {"stored.zip",
     "python3 -c 'import zipfile as z; z.ZipFile(\"stored.zip\",\"w\").write(\"text\")'",
     ": zip: "},
    {"pipe.zip", /* written to a pipe: sizes stand behind the data */
     "python3 -c 'import zipfile as z,sys; f=z.ZipFile(sys.stdout.buffer,\"w\",z.ZIP_DEFLATED); "
     "f.comment=b\"PK\"; f.write(\"text\"); f.close()' | cat > pipe.zip",
     ": zip: "},
    {"unsized.zip", /* the same, stored */
     "python3 -c 'import zipfile as z,sys; f=z.ZipFile(sys.stdout.buffer,\"w\"); "
     "f.write(\"text\"); f.close()' | cat > unsized.zip",
     ": zip: "},
    {"zip64.zip",
     "python3 -c 'import zipfile as z; f=z.ZipFile(\"zip64.zip\",\"w\",z.ZIP_DEFLATED); "
     "m=f.open(\"text\",\"w\",force_zip64=True); m.write(open(\"text\",\"rb\").read()); m.close(); "
     "f.close()'",
     ": zip: "}};

/* Is the library for a kind's reason in this build? */
static bool in_build(const char *reason)
{
#ifndef LR_HAVE_ZSTD
    if (strcmp(reason, ": zstd: ") == 0)
        return false;
#endif
#ifndef LR_HAVE_ISAL
    if (strcmp(reason, ": zstd: ") != 0)
        return false;
#endif
    return reason != NULL;
}

/* Goal: what gzip, zstd and zip made is read back whole, also in many members and frames. */
static void check_whole(check_rng *rng)
{
    static uint8_t text[TEXT_MAX];
    static const size_t sizes[] = {1, 100, 5000, 70000, TEXT_MAX};

    for (size_t i = 0; i < LR_COUNT_OF(sizes); i++) {
        const size_t n = sizes[i];
        make_text(rng, text, n);
        write_file("text", text, n);
        write_file("half1", text, n / 3);
        write_file("half2", text + n / 3, n - n / 3);
        for (size_t k = 0; k < LR_COUNT_OF(kinds); k++) {
            shell(kinds[k].command);
            if (in_build(kinds[k].reason))
                expect_text(kinds[k].name, text, n);
            else
                expect_failure(kinds[k].name, "this build cannot read it");
        }
    }
}

/*
 * Goal: a stored member whose length stands behind it ends where its own descriptor is, in each of its
 * four forms, from a file and from a pipe, whatever the member holds.
 * Method: texts that hold a file of this kind and, at random places, directories behind a descriptor
 * that has the right length, but not the right checksum.
 */
static void check_unsized(check_rng *rng)
{
    static const char script[] =
        "import struct, zlib, sys\n"
        "t = open('text', 'rb').read()\n"
        "for i in range(4):\n"
        "    mark, form = i % 2 * b'PK\\7\\10', '<L' + 2 * 'LQ'[i // 2]\n"
        "    h = struct.pack('<4s5H3L2H', b'PK\\3\\4', 45, 8, 0, 0, 0, 0, 0, 0, 4, 0) + b'text'\n"
        "    crc, n = zlib.crc32(t), len(t)\n"
        "    d = mark + struct.pack(form, crc, n, n)\n"
        "    c = struct.pack('<4s6H3L5H2L', b'PK\\1\\2', 45, 45, 8, 0, 0, 0, crc, n, n, 4, 0, 0, 0,"
        " 0, 0, 0) + b'text'\n"
        "    e = struct.pack('<4s4H2LH', b'PK\\5\\6', 0, 0, 1, 1, len(c), len(h + t + d), 0)\n"
        "    open('unsized%d.zip' % i, 'wb').write(h + t + d + c + e)\n";
    static uint8_t text[400000], inner[1000];
    size_t n_inner = 0;

    if (!in_build(": zip: "))
        return;
    write_file("make.py", script, sizeof script - 1);
    mkfifo("unsized", 0600);
    for (size_t round = 0; round < 12; round++) {
        const size_t n = round < 6 ? round * 20 : check_below(rng, sizeof text);
        make_text(rng, text, n < 64 ? 64 : n);
        if (n > 2000 && n_inner > 0)
            memcpy(text + 1, inner, n_inner);
        for (size_t i = 0; i < n / 50; i++) {
            /* Not before byte 4: zeros there say that the text is UTF-16 or UTF-32. */
            const size_t at = 4 + check_below(rng, n - 32), n_sizes = check_below(rng, 2) + 1;
            const uint64_t length = at;
            memset(text + at, 0, 12);
            for (size_t j = 0; j < 2; j++)
                memcpy(text + at + 4 + 4 * j * n_sizes, &length, 4 * n_sizes);
            memcpy(text + at + 4 + 8 * n_sizes, "PK\1\2", 4);
        }
        write_file("text", text, n);
        shell("python3 make.py");
        if (round == 5)
            n_inner = read_file("unsized1.zip", inner, sizeof inner);
        for (size_t i = 0; i < 4; i++) {
            char name[32], command[64];
            snprintf(name, sizeof name, "unsized%zu.zip", i);
            expect_text(name, text, n);
            snprintf(command, sizeof command, "cat unsized%zu.zip > unsized &", i);
            shell(command);
            CHECK(read_source("unsized", 0, 0) == LR_OK && n_got == n && memcmp(got, text, n) == 0,
                  "%s from a pipe: %zu bytes, not %zu", name, n_got, n);
        }
    }
}

/*
 * Goal: a file that is cut off, damaged or followed by garbage is an error that names the reason, or,
 * where the damage hits what means nothing (a time stamp, a name), still the same text.
 * Method: every cut of a small file; single bits flipped anywhere; one byte more.
 */
static void check_broken(check_rng *rng)
{
    static uint8_t text[3000], packed[PACKED_MAX];
    size_t refused = 0, same = 0;

    make_text(rng, text, sizeof text);
    write_file("text", text, sizeof text);
    write_file("half1", text, 1000);
    write_file("half2", text + 1000, 2000);
    for (size_t k = 0; k < LR_COUNT_OF(kinds); k++) {
        if (!in_build(kinds[k].reason))
            continue;
        shell(kinds[k].command);
        const size_t n = read_file(kinds[k].name, packed, sizeof packed);
        for (size_t cut = 4; cut < n; cut++) {
            write_file("cut", packed, cut);
            const lr_status status = read_source("cut", 0, 0);
            const bool between =
                status == LR_OK && n_got <= 1000 &&
                (strncmp(kinds[k].name, "two", 3) == 0 || strncmp(kinds[k].name, "many", 4) == 0);
            const bool skipped =
                status == LR_OK && n_got == 0 && strncmp(kinds[k].name, "skip", 4) == 0;
            const bool third =
                status == LR_OK && n_got == sizeof text && strcmp(kinds[k].name, "two.gz") == 0;
            CHECK(between || skipped || third ||
                      (status == LR_E_DATA && strstr(error.message, kinds[k].reason)),
                  "%s cut at %zu of %zu: %d %s", kinds[k].name, cut, n, status,
                  status == LR_OK ? "read" : error.message);
        }
        for (size_t round = 0; round < 400; round++) {
            const size_t at = 4 + check_below(rng, n - 4);
            const uint8_t bit = (uint8_t)(1u << check_below(rng, 8));
            packed[at] ^= bit;
            write_file("flip", packed, n);
            packed[at] ^= bit;
            const lr_status status = read_source("flip", 0, 0);
            const bool unchecked =
                strcmp(kinds[k].name, "two.zst") == 0; /* half2 has no checksum */
            CHECK(status == LR_E_DATA || unchecked ||
                      (status == LR_OK && n_got == sizeof text && memcmp(got, text, n_got) == 0),
                  "%s: bit %x of byte %zu: another text", kinds[k].name, bit, at);
            *(status == LR_OK ? &same : &refused) += 1;
        }
        packed[n] = '\n';
        write_file("more", packed, n + 1);
        expect_failure("more", kinds[k].reason);
    }
    CHECK(refused >= 5 * same, "%zu refused, %zu the same", refused, same);
}

/* The beginning of a frame of zstd, of 11 bytes: its window, how much of content it declares, and the head of a
 * block of n bytes, one repeated (RFC 8878, 3.1.1). */
static void begin_frame(uint8_t *frame, uint8_t window, size_t declared, size_t n, bool last)
{
    const uint32_t block = (uint32_t)n << 3 | 1 << 1 | last;

    memcpy(frame, "\x28\xB5\x2F\xFD\x40", 5);
    frame[5] = window;
    for (size_t i = 0; i < 2; i++)
        frame[6 + i] = (uint8_t)((declared - 256) >> 8 * i);
    for (size_t i = 0; i < 3; i++)
        frame[8 + i] = (uint8_t)(block >> 8 * i);
}

/*
 * Goal: whether a frame of zstd is read depends on the window that its header asks for, and not on how
 * much of it is at hand, as it does in zstd itself: a window may be too large, or smaller than a block.
 * Method: a frame of one block, 60,000 line feeds; the byte of its header that is the window.
 */
static void check_window(check_rng *rng)
{
    static uint8_t text[60000];
    uint8_t frame[12] = {[11] = '\n'};

    if (!in_build(": zstd: "))
        return;
    memset(text, '\n', sizeof text);
    begin_frame(frame, 17 << 3, sizeof text, sizeof text, true); /* 2^27 */
    write_file("window.zst", frame, sizeof frame);
    expect_text("window.zst", text, sizeof text);

    static const struct {
        uint8_t window;
        const char *reason;
    } refused[] = {
        {17 << 3 | 1, "zstd: a frame needs a window of more than 128 MiB"}, /* 9/8 2^27 */
        {5 << 3, "zstd: "}};                                                /* 32 KiB */
    mkfifo("fifo", 0600);
    for (size_t i = 0; i < LR_COUNT_OF(refused); i++) {
        frame[5] = refused[i].window;
        write_file("window.zst", frame, sizeof frame);
        expect_failure("window.zst", refused[i].reason);
        shell("cat window.zst > fifo &");
        expect_failure("fifo", refused[i].reason);
        shell("cat window.zst > fifo &");
        CHECK(read_source("fifo", 1000, 0) == LR_E_DATA, "read");
    }
}

/*
 * Goal: a frame of zstd that is not as long as it says is refused, from a file and from a pipe.
 * Method: a repeated block of 4881 line feeds, then an empty one; 5137 bytes are declared, then fewer, then as
 * many as there are. zstd itself, reading a stream, takes all of them.
 */
static void check_length(check_rng *rng)
{
    enum { LENGTH = 4881 };
    uint8_t frame[15] = {[11] = '\n', [12] = 1};
    static const uint16_t declared[] = {LENGTH + 256, LENGTH - 1, LENGTH};
    static uint8_t text[LENGTH];

    if (!in_build(": zstd: "))
        return;
    memset(text, '\n', sizeof text);
    mkfifo("fifo", 0600);
    for (size_t i = 0; i < LR_COUNT_OF(declared); i++) {
        begin_frame(frame, 7 << 3, declared[i], LENGTH, false);
        write_file("length.zst", frame, sizeof frame);
        if (declared[i] == LENGTH) {
            expect_text("length.zst", text, sizeof text);
            continue;
        }
        expect_failure("length.zst", "zstd: ");
        shell("cat length.zst > fifo &");
        expect_failure("fifo", "zstd: ");
    }
}

/* Goal: what no reader of ours takes is refused by name. */
static void check_refused(check_rng *rng)
{
    if (!in_build(": zip: ")) {
        puts("SKIPPED: what zip and gzip refuse: this build has no ISA-L");
        return;
    }
    shell("python3 -c 'import zipfile as z; f=z.ZipFile(\"many.zip\",\"w\"); "
          "f.writestr(\"a\",\"{}\"); "
          "f.writestr(\"b\",\"{}\"); f.close(); z.ZipFile(\"none.zip\",\"w\").close(); "
          "z.ZipFile(\"lzma.zip\",\"w\",z.ZIP_LZMA).writestr(\"a\",\"{}\")'");
    expect_failure("many.zip", "many.zip: zip: more than one member");
    expect_failure("none.zip", "none.zip: zip: it has no member");
    expect_failure("lzma.zip", "lzma.zip: zip: neither stored nor deflated");
    shell("printf '{}\\n' | gzip | gzip > twice.gz");
    CHECK(read_source("twice.gz", 0, 0) == LR_E_DATA, "twice");
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(check_rng *rng);
    } checks[] = {{"unpack_whole", check_whole},   {"unpack_unsized", check_unsized},
                  {"unpack_broken", check_broken}, {"unpack_window", check_window},
                  {"unpack_length", check_length}, {"unpack_refused", check_refused}};
    char remove[64];
    check_rng rng;

    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0, "%s", strerror(errno));
    for (size_t i = 0; i < LR_COUNT_OF(checks); i++)
        if (check_begin(checks[i].name, &rng))
            checks[i].run(&rng);
    snprintf(remove, sizeof remove, "rm -r %s", folder);
    return system(remove);
}
