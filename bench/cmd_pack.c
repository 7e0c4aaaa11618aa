/* cmd_pack.c: `bench pack FILE -o OUT.zst`: independent zstd frames with a seek table. */
#include "commands.h"
#include "pack.h"
#include "report.h"

#include <omp.h>

typedef struct pack_options {
    const char *output;
    uint32_t level, threads;
} pack_options;

const lr_option cmd_pack_options[] = {
    {"output", NULL, 0, "where it goes; - is standard output",
     LR_TAKES_TEXT(pack_options, output, "FILE"), .letter = 'o'},
    {"level", "3", 0, "of zstd: more is smaller and slower", LR_TAKES_NUMBER(pack_options, level),
     .least = 1, .most = 19},
    {"threads", NULL, 0, "threads; the bytes are the same for any number",
     LR_TAKES_NUMBER(pack_options, threads), .most = 256},
    {0},
};

static lr_status run(int argc, char **argv, const pack_options *o, lr_error *err)
{
    const char *const *files = (const char *const *)argv + 1;
    lr_kernels kernels;
    lr_pack_report packed;
    lr_output *output;
    char from[QUANTITY_MAX], to[QUANTITY_MAX];

    if (argc != 2)
        return lr_fail(err, LR_E_USAGE, "pack: one FILE; - is standard input");
    if (o->output == NULL)
        return lr_fail(err, LR_E_USAGE, "pack: -o FILE is missing; - is standard output");
    lr_kernels_init(&kernels, lr_isa_best());
    const lr_pack_options options = {.level = (int)o->level,
                                     .threads = o->threads != 0 ? o->threads
                                                                : (uint32_t)omp_get_num_procs(),
                                     .kernels = &kernels};
    LR_TRY(lr_output_open(&output, o->output, files, 1, err));
    const lr_status status = lr_pack(files[0], output, &options, &packed, err);
    if (status != LR_OK) {
        lr_output_abandon(output);
        return status == LR_E_UNSUPPORTED
                   ? lr_fail(err, LR_E_USAGE, "pack: this build is without zstd")
                   : status;
    }
    LR_TRY(lr_output_commit(output, err));
    fprintf(stderr, "pack: %s in %llu frames, %s\n", quantity_of_bytes((double)packed.bytes, from),
            (unsigned long long)packed.frames, quantity_of_bytes((double)packed.packed_bytes, to));
    return LR_OK;
}

int cmd_pack(int argc, char **argv)
{
    pack_options options = {0};
    lr_error error = {{0}};

    lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    status = run(argc, argv, &options, &error);
    return status == LR_OK ? 0 : command_fail(status, &error);
}
