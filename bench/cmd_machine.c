/*
 * cmd_machine.c: `bench machine [--fresh] [--format table|json]`: what this machine is and what it
 * can do. Measures where nothing is kept yet, or when asked to.
 */
#include "commands.h"
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A value in double quotes: the model names come from outside. */
static void print_quoted(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text >= 0x20)
            putchar(*text);
    }
    putchar('"');
}

static void print_json(const lr_machine *m)
{
    printf("{\"machine\":");
    print_quoted(m->name);
    printf(",\"cpu\":");
    print_quoted(m->cpu);
    printf(",\"cores\":%u,\"isa\":\"%s\",\"memory_bytes\":%llu", m->cores, lr_isa_name(m->isa),
           (unsigned long long)m->memory_bytes);
    for (int level = 1; level <= 3; level++) {
        if (m->cache_kib[level] > 0)
            printf(",\"l%d_bytes\":%u", level, m->cache_kib[level] * 1024);
        else
            printf(",\"l%d_bytes\":null", level);
    }
    printf(",\"gpu\":");
    if (m->gpu[0] != '\0')
        print_quoted(m->gpu);
    else
        printf("null");
    printf(",\"measured\":\"%s\",\"others\":", m->measured);
    if (m->others >= 0)
        printf("%.2f", m->others);
    else
        printf("null");
    printf(",\"gbs\":{");
    for (int i = 0; i < LR_LIMIT_COUNT; i++) {
        printf("%s\"%s\":", i > 0 ? "," : "", lr_limit_key((lr_limit)i));
        if (m->gbs[i] > 0)
            printf("%.2f", m->gbs[i]);
        else
            printf("null");
    }
    printf("}}\n");
}

static void print_table(const lr_machine *m)
{
    printf("machine           %s\n", m->name);
    printf("CPU               %s, %u core%s\n", m->cpu, m->cores, m->cores == 1 ? "" : "s");
    printf("instruction set   %s\n", lr_isa_name(m->isa));
    printf("caches            L1 %u KiB, L2 %u KiB, L3 %u KiB\n", m->cache_kib[1], m->cache_kib[2],
           m->cache_kib[3]);
    printf("memory            %.1f GiB\n", (double)m->memory_bytes / (1u << 30));
    printf("GPU               %s\n\n", m->gpu[0] != '\0' ? m->gpu : "none");
    printf("Measured %s; bench machine --fresh measures again.\n", m->measured);
    if (m->others * 100 > LR_OTHERS_PERCENT)
        printf("Meanwhile others took %.0f %% of the CPU: the machine can do more than this.\n",
               m->others * 100);
    putchar('\n');
    for (int i = 0; i < LR_LIMIT_COUNT; i++) {
        if (m->gbs[i] > 0)
            printf("%-58s %6.1f GB/s\n", lr_limit_text((lr_limit)i), m->gbs[i]);
        else
            printf("%-58s not measurable here\n", lr_limit_text((lr_limit)i));
    }
}

typedef struct machine_options {
    bool fresh;
    int format; /* lr_format: table or json */
} machine_options;

const lr_option cmd_machine_options[] = {
    {"fresh", NULL, 0, "measure again, also where figures are kept",
     LR_TAKES_NOTHING(machine_options, fresh)},
    {"format", "table", 0, "how it is written",
     LR_TAKES_CHOICE(machine_options, format, {"table", LR_FORMAT_TABLE},
                     {"json", LR_FORMAT_JSON})},
    {0},
};

/* Keeps the figures, unless better ones are kept: what was measured beside others says less. */
static void keep(const lr_machine *machine)
{
    lr_machine kept;
    lr_error error = {{0}};

    lr_machine_identify(&kept);
    if (machine->others * 100 > LR_OTHERS_PERCENT && lr_machine_load(&kept) == LR_OK &&
        kept.others >= 0 && kept.others < machine->others)
        fprintf(stderr, "the figures of %s are kept: others took more of the CPU now\n",
                kept.measured);
    /* What cannot be kept is measured again the next time: worth a word, no failure. */
    else if (lr_machine_save(machine, &error) != LR_OK)
        fprintf(stderr, "%s\n", error.message);
}

int cmd_machine(int argc, char **argv)
{
    lr_machine machine;
    lr_error error = {{0}};
    machine_options options = {0};

    lr_status status = command_parse(&argc, argv, NULL, &options);
    if (status != LR_OK)
        return (int)status;
    if (argc > 1)
        status = lr_fail(&error, LR_E_USAGE, "machine: takes no '%.200s'", argv[1]);
    if (status == LR_OK) {
        lr_machine_identify(&machine);
        if (options.fresh || lr_machine_load(&machine) != LR_OK) {
            status = lr_machine_measure(&machine, 0, &error);
            if (status == LR_OK)
                keep(&machine);
        }
    }
    if (status == LR_OK) {
        if (options.format == LR_FORMAT_JSON)
            print_json(&machine);
        else
            print_table(&machine);
        if (fflush(stdout) != 0 || ferror(stdout))
            status = lr_fail(&error, LR_E_IO, "standard output: %s", strerror(errno));
    }
    if (status != LR_OK)
        fprintf(stderr, "%s\n", error.message);
    return (int)status;
}
