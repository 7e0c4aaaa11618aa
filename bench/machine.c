/* machine.c: what this machine is, and the figures that were kept of it. */
#include "machine.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 64 * 1024 };

static const char *const keys[] = {
#define LIMIT_KEY(name, key, text) key,
    LR_LIMITS(LIMIT_KEY)};
static const char *const texts[] = {
#define LIMIT_TEXT(name, key, text) text,
    LR_LIMITS(LIMIT_TEXT)};

const char *lr_limit_key(lr_limit limit)
{
    return keys[limit];
}

const char *lr_limit_text(lr_limit limit)
{
    return texts[limit];
}

/* The head of a small file as a string; empty where it cannot be read. */
static void read_text(const char *path, char *out, size_t max)
{
    FILE *file = fopen(path, "re");

    out[0] = '\0';
    if (file == NULL)
        return;
    out[fread(out, 1, max - 1, file)] = '\0';
    fclose(file);
}

/* The value of the first line `key<blanks>: value` of text; empty where there is none. */
static void find_value(const char *text, const char *key, char *out, size_t max)
{
    out[0] = '\0';
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        const char *value = line + strlen(key) + strspn(line + strlen(key), " \t");
        if (*value++ != ':')
            continue;
        value += strspn(value, " \t");
        snprintf(out, max, "%.*s", (int)strcspn(value, "\n"), value);
        return;
    }
}

static void find_caches(uint32_t *kib)
{
    for (int i = 0; i < 8; i++) {
        char path[96], level[16], type[32], size[32];

        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
        read_text(path, level, sizeof level);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
        read_text(path, type, sizeof type);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
        read_text(path, size, sizeof size);
        const long at = strtol(level, NULL, 10);
        if (at >= 1 && at <= 3 && strncmp(type, "Instruction", 11) != 0)
            kib[at] = (uint32_t)strtoul(size, NULL, 10) * (strchr(size, 'M') != NULL ? 1024 : 1);
    }
}

/* The first GPU that the driver names; the CUDA libraries need not be there. */
static void find_gpu(char *out, size_t max)
{
    static const char folder[] = "/proc/driver/nvidia/gpus";
    DIR *gpus = opendir(folder);

    out[0] = '\0';
    if (gpus == NULL)
        return;
    for (struct dirent *gpu; out[0] == '\0' && (gpu = readdir(gpus)) != NULL;) {
        char path[512], text[2048];

        if (gpu->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s/information", folder, gpu->d_name);
        read_text(path, text, sizeof text);
        find_value(text, "Model", out, max);
    }
    closedir(gpus);
}

/* FNV-1a: names a machine, guards nothing. */
static uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u;

    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    return hash;
}

/* "amd-epyc-2-0123abcd". */
static void make_name(lr_machine *machine)
{
    size_t n = 0;

    for (const char *c = machine->cpu; *c != '\0' && n < sizeof machine->cpu; c++) {
        if (isalnum((unsigned char)*c))
            machine->name[n++] = (char)tolower((unsigned char)*c);
        else if (n > 0 && machine->name[n - 1] != '-')
            machine->name[n++] = '-';
    }
    while (n > 0 && machine->name[n - 1] == '-')
        n--;
    snprintf(machine->name + n, sizeof machine->name - n, "%s%u-%s", n > 0 ? "-" : "",
             machine->cores, machine->hash);
}

void lr_machine_identify(lr_machine *out)
{
    static const char *const cpu_keys[] = {"vendor_id", "cpu family", "model", "stepping"};
    char *info = malloc(FILE_MAX);
    char all[1024];

    memset(out, 0, sizeof *out);
    out->cores = (uint32_t)omp_get_num_procs();
    out->isa = lr_isa_best();
    out->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    find_caches(out->cache_kib);
    find_gpu(out->gpu, sizeof out->gpu);

    /* Of two machines with one model name ("AMD EPYC") the hash tells the generations, caches and
     * sizes apart. Memory in whole GiB: the kernel's own share of it varies. */
    size_t n = (size_t)snprintf(
        all, sizeof all, "%u|%u|%u|%llu|%s", out->cores, out->cache_kib[2], out->cache_kib[3],
        (unsigned long long)((out->memory_bytes + (1u << 29)) >> 30), out->gpu);
    if (info != NULL) {
        read_text("/proc/cpuinfo", info, FILE_MAX);
        find_value(info, "model name", out->cpu, sizeof out->cpu);
        for (size_t i = 0; i < LR_COUNT_OF(cpu_keys); i++) {
            char value[64];
            find_value(info, cpu_keys[i], value, sizeof value);
            n += (size_t)snprintf(all + n, sizeof all - n, "|%s", value);
        }
        free(info);
    }
    if (out->cpu[0] == '\0')
        snprintf(out->cpu, sizeof out->cpu, "unknown CPU");
    snprintf(all + n, sizeof all - n, "|%s", out->cpu);
    snprintf(out->hash, sizeof out->hash, "%08x", hash_text(all));
    make_name(out);
}

/* Where the figures of this machine are kept, its folder made; false where there is no home. */
static bool kept_path(const lr_machine *machine, bool make, char *out, size_t max)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char folder[3072];

    if (cache != NULL && cache[0] == '/') /* XDG: a relative path is to be ignored */
        snprintf(folder, sizeof folder, "%s", cache);
    else if (home != NULL && home[0] == '/')
        snprintf(folder, sizeof folder, "%s/.cache", home);
    else
        return false;
    if (make)
        mkdir(folder, 0777);
    const int n = snprintf(out, max, "%s/linerate", folder);
    if (make)
        mkdir(out, 0777);
    if (n < 0 || (size_t)n + 32 > max)
        return false;
    snprintf(out + n, max - (size_t)n, "/machine-%s.json", machine->hash);
    return true;
}

/* What follows `"key": ` in text. The file is our own, one key per line. */
static const char *find_key(const char *text, const char *key)
{
    char quoted[64];

    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    const char *at = strstr(text, quoted);
    return at == NULL ? NULL : at + strlen(quoted);
}

lr_status lr_machine_load(lr_machine *machine)
{
    char path[4096], text[4096];

    if (!kept_path(machine, false, path, sizeof path))
        return LR_E_UNSUPPORTED;
    read_text(path, text, sizeof text);
    const char *measured = find_key(text, "measured");
    if (measured == NULL || measured[0] != '"')
        return LR_E_UNSUPPORTED;
    for (size_t i = 0; i < LR_LIMIT_COUNT; i++) {
        const char *at = find_key(text, keys[i]);
        if (at == NULL) /* of an older version, or cut off: measure again */
            return LR_E_UNSUPPORTED;
        const double gbs = strtod(at, NULL); /* "null" is 0 */
        machine->gbs[i] = isfinite(gbs) && gbs > 0 ? gbs : 0;
    }
    const char *others = find_key(text, "others");
    machine->others = others == NULL || others[0] == 'n' ? -1 : strtod(others, NULL);
    snprintf(machine->measured, sizeof machine->measured, "%.*s",
             (int)strcspn(measured + 1, "\"\n"), measured + 1);
    return LR_OK;
}

lr_status lr_machine_save(const lr_machine *machine, lr_error *err)
{
    char path[4096], fresh[4112];

    if (!kept_path(machine, true, path, sizeof path))
        return lr_fail(err, LR_E_IO, "neither XDG_CACHE_HOME nor HOME is set: nothing is kept");
    snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
    FILE *file = fopen(fresh, "we");
    if (file == NULL)
        return lr_fail(err, LR_E_IO, "%s: %s", fresh, strerror(errno));
    fprintf(file, "{\n\"machine\": \"%s\",\n\"measured\": \"%s\"", machine->name,
            machine->measured);
    if (machine->others >= 0)
        fprintf(file, ",\n\"others\": %.2f", machine->others);
    for (size_t i = 0; i < LR_LIMIT_COUNT; i++) {
        if (machine->gbs[i] > 0)
            fprintf(file, ",\n\"%s\": %.2f", keys[i], machine->gbs[i]);
        else
            fprintf(file, ",\n\"%s\": null", keys[i]);
    }
    fputs("\n}\n", file);
    const bool written = ferror(file) == 0;
    if (fclose(file) != 0 || !written || rename(fresh, path) != 0) {
        const lr_status status = lr_fail(err, LR_E_IO, "%s: %s", path, strerror(errno));
        unlink(fresh);
        return status;
    }
    return LR_OK;
}

double lr_machine_newline_gbs(uint32_t threads, bool mapped)
{
    lr_machine machine;

    lr_machine_identify(&machine);
    if (lr_machine_load(&machine) != LR_OK)
        return 0;
    const double one = machine.gbs[mapped ? LR_LINES_MAP_1 : LR_LINES_READ_1];
    const double all = machine.gbs[mapped ? LR_LINES_MAP_N : LR_LINES_READ_N];
    if (threads >= machine.cores)
        return all;
    /* Between one thread and all: as threads scale until memory is busy. */
    return one * threads < all ? one * threads : all;
}
