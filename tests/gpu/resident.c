/*
 * resident.c: how fast a device answers over data that is in its memory. Not installed.
 *
 *     resident FILE ROUNDS QUERY used|full...
 *
 * The whole file, NDJSON of less than 4 GiB, is one slice. For each query and validation it prints a line of
 * JSON: seconds per pass and per scan for line feeds, from the device's own clock, over ROUNDS passes in a row,
 * 5 times; the bandwidth of a copy on the device (bytes read and written) and to it, in the same process.
 */
#include "bench/plan/pass_gpu.h"
#include "query.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAMPLES = 5 };

static const lr_gpu_module *gpu;

/* A pass as far as a device needs one. */
static lr_status open_pass(lr_pass *pass, const char *name, const lr_options *options, size_t n,
                           lr_error *err)
{
    lr_field field[LR_FIELDS_MAX];
    size_t n_fields = 0;
    const lr_query *query = lr_query_find(name);

    memset(pass, 0, sizeof *pass);
    if (query == NULL)
        return lr_fail(err, LR_E_USAGE, "no query %s", name);
    pass->options = options;
    pass->gpu_module = gpu;
    pass->threads = 1;
    pass->n_hots = 1;
    pass->layout.slice_bytes = n;
    pass->seed[0] = 0x243F6A8885A308D3u;
    pass->seed[1] = 0x13198A2E03707344u;
    lr_kernels_init(&pass->kernels, options->isa);
    LR_TRY(lr_hot_compile(&pass->hots[0], query, options, field, &n_fields, err));
    LR_TRY(lr_fields_init(&pass->fields, field, n_fields, err));
    return lr_pass_gpu_open(pass, err);
}

static lr_status measure(lr_pass *pass, const uint8_t *data, size_t n, uint32_t rounds,
                         lr_error *err)
{
    lr_gpu_result r;
    double lines_s, copy_s, pass_s[SAMPLES];

    LR_TRY(gpu->count(pass->gpu, 0, data, 0, n, &r, err));
    if (r.refused)
        return lr_fail(err, LR_E_RESOURCE, "the device refused the data");
    printf("\"bytes\":%zu,\"records\":%lu,\"doubts\":%zu,\"leftover\":%zu,", n, r.records,
           r.n_doubts, r.n_rows);
    printf("\"host_to_device_gbs\":%.2f,\"samples\":[", (double)n / 1e6 / r.copy_ms);
    for (int i = 0; i < SAMPLES; i++) { /* timing spoils the bytes: copied anew */
        LR_TRY(gpu->count(pass->gpu, 0, data, 0, n, &r, err));
        LR_TRY(gpu->time(pass->gpu, 0, rounds, &pass_s[i], &lines_s, &copy_s, err));
        printf("%s%.9f", i > 0 ? "," : "", pass_s[i]);
    }
    printf("],\"lines_s\":%.9f,\"copy_gbs\":%.1f", lines_s, (double)n / 1e9 / copy_s);
    return LR_OK;
}

static lr_status run(const char *query, const char *validate, const uint8_t *data, size_t n,
                     uint32_t rounds, lr_error *err)
{
    lr_options *options = NULL;
    lr_pass *pass = calloc(1, sizeof *pass);

    lr_status status =
        pass == NULL ? lr_fail(err, LR_E_RESOURCE, "no memory") : lr_options_new(&options, err);
    if (status == LR_OK)
        status = lr_options_set(options, "validate", validate, err);
    if (status == LR_OK)
        status = open_pass(pass, query, options, n, err);
    if (status == LR_OK) {
        printf("{\"query\":\"%s\",\"validate\":\"%s\",", query, validate);
        status = measure(pass, data, n, rounds, err);
        printf("}\n");
        gpu->free(pass->gpu);
    }
    free(pass);
    lr_options_free(options);
    return status;
}

static uint8_t *read_all(const char *path, size_t *n)
{
    struct stat info;
    uint8_t *data = NULL;
    const int fd = open(path, O_RDONLY);

    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size >= UINT32_MAX)
        return NULL;
    *n = (size_t)info.st_size;
    data = gpu->pinned(*n + LR_PADDING);
    for (size_t at = 0; data != NULL && at < *n;) {
        const ssize_t got = read(fd, data + at, *n - at);
        if (got <= 0)
            return NULL;
        at += (size_t)got;
    }
    if (data != NULL)
        memset(data + *n, 0, LR_PADDING);
    close(fd);
    return data;
}

int main(int argc, char **argv)
{
    char name[256];
    uint64_t memory;
    size_t n = 0;
    lr_error err = {{0}};

    if (argc < 5) {
        fprintf(stderr, "resident FILE ROUNDS QUERY used|full...\n");
        return LR_E_USAGE;
    }
    lr_status status = lr_gpu_module_find(&gpu, &err);
    if (status == LR_OK)
        status = gpu->find(name, &memory, &err);
    uint8_t *data = status == LR_OK ? read_all(argv[1], &n) : NULL;
    if (status == LR_OK && data == NULL)
        status = lr_fail(&err, LR_E_IO, "%s: cannot be read into pinned memory", argv[1]);
    for (int i = 3; i + 1 < argc && status == LR_OK; i += 2)
        status = run(argv[i], argv[i + 1], data, n, (uint32_t)atoi(argv[2]), &err);
    if (status != LR_OK)
        fprintf(stderr, "%s\n", err.message);
    return status == LR_E_UNSUPPORTED ? 77 : (int)status;
}
