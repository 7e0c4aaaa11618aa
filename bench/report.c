/* report.c: the closing line and what else a run has to say, as report.h defines it. */
#include "report.h"
#include "build_info.h"
#include "machine.h"

#include <string.h>

const char *quantity_of_bytes(double bytes, char out[QUANTITY_MAX])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;

    while (bytes >= 999.5 && unit + 1 < LR_COUNT_OF(units)) {
        bytes /= 1000;
        unit++;
    }
    const int digits = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
    snprintf(out, QUANTITY_MAX, "%.*f %s", digits, bytes, units[unit]);
    return out;
}

const char *quantity_of_seconds(double seconds, char out[QUANTITY_MAX])
{
    snprintf(out, QUANTITY_MAX, "%.*f s",
             seconds < 0.00995  ? 4
             : seconds < 0.0995 ? 3
             : seconds < 9.995  ? 2
                                : 1,
             seconds);
    return out;
}

static const char *plan_name(lr_plan plan)
{
    static const char *const names[] = {"auto", "time", "memory"};
    return names[plan];
}

static const char *device_name(lr_device device)
{
    static const char *const names[] = {"auto", "cpu", "gpu"};
    return names[device];
}

const char *validate_name(lr_validate validate)
{
    return validate == LR_VALIDATE_FULL ? "full" : "used";
}

/* GB/s, and its share of the newline scan of this machine; 0 where that is not known. */
static double speed(const lr_stats *stats, double *share)
{
    const double gbs = stats->seconds > 0 ? (double)stats->bytes / stats->seconds * 1e-9 : 0;
    const bool mapped = stats->path != NULL && strcmp(stats->path, "mapped") == 0;
    const double limit = lr_machine_newline_gbs(stats->threads, mapped);

    *share = limit > 0 ? gbs / limit : 0;
    return gbs;
}

/* "content"; "date or user.username": what all records lack. */
static void print_fields(const lr_query *query, lr_mentions mentions, FILE *out)
{
    const bool field = mentions == LR_MENTIONS_FIELD && query->steps[0].kind == LR_UNNEST &&
                       query->steps[0].matcher == LR_MATCH_MENTIONS;

    if (field) {
        fputs("mentionedUsers", out);
        return;
    }
    for (int i = 0; i < LR_FIELDS_MAX && query->fields[i].name != NULL; i++) {
        const char *path = query->fields[i].path;
        fprintf(out, "%s%.*s", i > 0 ? " or " : "", (int)strcspn(path, "|"), path);
    }
}

static void print_left_out(const char *name, uint64_t n)
{
    fprintf(stderr, "%s: %llu bad %s left out\n", name, (unsigned long long)n,
            n == 1 ? "record" : "records");
}

static void print_warnings(const report *r)
{
    if (r->n == 0 && r->stats->rejected > 0)
        print_left_out(r->name, r->stats->rejected);
    for (size_t i = 0; i < r->n; i++) {
        const lr_table *table = r->tables[i];
        if (table->rejected > 0)
            print_left_out(table->query, table->rejected);
        if (table->records > 0 && table->skipped_null == table->records) {
            fprintf(stderr, "%s: warning: all %llu records lack ", table->query,
                    (unsigned long long)table->records);
            print_fields(r->queries[i], r->options->modes.mentions, stderr);
            fputc('\n', stderr);
        }
    }
}

static void print_explanation(const lr_stats *s)
{
    fprintf(stderr, "plan      %s\n", plan_name(s->plan));
    fprintf(stderr, "device    %s, %s, %u thread%s\n", device_name(s->device), lr_isa_name(s->isa),
            s->threads, s->threads == 1 ? "" : "s");
    fprintf(stderr, "input     %s, %llu slice%s\n", s->path != NULL ? s->path : "-",
            (unsigned long long)s->slices, s->slices == 1 ? "" : "s");
    fprintf(stderr, "records   %llu, by the slow path %llu\n", (unsigned long long)s->records,
            (unsigned long long)s->slow_records);
    fprintf(stderr, "groups    %llu, spilled %llu bytes\n", (unsigned long long)s->groups,
            (unsigned long long)s->spilled_bytes);
    for (const char *line = s->why; *line != '\0';) {
        const size_t n = strcspn(line, "\n");
        fprintf(stderr, "why       %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static void print_profile(const lr_stats *s)
{
    const struct {
        const char *name;
        double seconds;
        bool of_device;
    } stages[] = {{"read", s->stage.read, false},   {"parse", s->stage.parse, false},
                  {"match", s->stage.match, false}, {"group", s->stage.group, false},
                  {"copy", s->stage.copy, true},    {"kernel", s->stage.kernel, true},
                  {"merge", s->stage.merge, false}, {"tail", s->stage.tail, false}};
    double sum = 0;

    for (size_t i = 0; i < LR_COUNT_OF(stages); i++)
        sum += stages[i].seconds;
    fputs("stage     thread-seconds  share  GB/s of input\n", stderr);
    for (size_t i = 0; i < LR_COUNT_OF(stages); i++) {
        const double seconds = stages[i].seconds;
        if (seconds == 0 && s->device == LR_DEVICE_CPU && stages[i].of_device)
            continue;
        fprintf(stderr, "%-10s%14.4f  %3.0f %%", stages[i].name, seconds,
                sum > 0 ? 100 * seconds / sum : 0.0);
        if (seconds > 0)
            fprintf(stderr, "  %13.1f\n", (double)s->bytes / seconds * 1e-9);
        else
            fputs("              -\n", stderr);
    }
}

static void print_closing(const report *r)
{
    const lr_stats *s = r->stats;
    char bytes[QUANTITY_MAX], seconds[QUANTITY_MAX], rate[QUANTITY_MAX], peak[QUANTITY_MAX];
    double share;
    const double gbs = speed(s, &share);

    fprintf(stderr, "%s: %s in %s, %s/s", r->name, quantity_of_bytes((double)s->bytes, bytes),
            quantity_of_seconds(s->seconds, seconds), quantity_of_bytes(gbs * 1e9, rate));
    if (share > 0)
        fprintf(stderr, " (%.0f %% of newline scan)", 100 * share);
    fprintf(stderr, ", peak %s  [%s, %u thread%s",
            quantity_of_bytes((double)s->peak_rss_bytes, peak), lr_isa_name(s->isa), s->threads,
            s->threads == 1 ? "" : "s");
    if (r->n > 0) /* `lines` has no plan and validates nothing */
        fprintf(stderr, ", %s plan, validate %s", plan_name(s->plan), validate_name(s->validate));
    fputs("]\n", stderr);
}

void report_print(const report *r)
{
    print_warnings(r);
    if (r->options->explain)
        print_explanation(r->stats);
    if (r->options->profile)
        print_profile(r->stats);
    print_closing(r);
}

const struct report_field report_fields[] = {
    {"query", "what ran: a query's name, all or lines"},
    {"version", "of the library"},
    {"commit", "that it was built from"},
    {"seconds", "in process, from the first open to the answer"},
    {"cpu_seconds", "of all threads"},
    {"bytes", "of input, decompressed"},
    {"gb_per_s", "10^9 bytes a second"},
    {"share_of_newline_scan", "of what bench machine measured; null where it was not run"},
    {"records", "read without error"},
    {"rejected", "bad ones, left out"},
    {"slices", "pieces that the input was cut into"},
    {"slow_records", "records that took the slow path"},
    {"groups", "distinct keys over all queries"},
    {"spilled_bytes", "written by the memory plan"},
    {"peak_rss_bytes", "of the process, mapped files and all"},
    {"threads", "that ran"},
    {"isa", "the instructions used: ref, avx2 or avx512"},
    {"plan", "time or memory"},
    {"device", "cpu or gpu"},
    {"validate", "full or used"},
    {"path", "how the bytes came: mapped, read"},
    {"stages", "with --profile: thread-seconds of read, parse, match, group, copy, kernel, merge, "
               "tail; else null"},
    {NULL, NULL},
};

static void write_count(const char *name, uint64_t n, FILE *out)
{
    fprintf(out, ",\"%s\":%llu", name, (unsigned long long)n);
}

void report_write_json(const report *r, FILE *out)
{
    const lr_stats *s = r->stats;
    double share;
    const double gbs = speed(s, &share);

    fprintf(out, "{\"query\":\"%s\",\"version\":\"%s\",\"commit\":\"%s\"", r->name, lr_version(),
            LR_BUILD_COMMIT);
    fprintf(out, ",\"seconds\":%.6f,\"cpu_seconds\":%.6f", s->seconds, s->cpu_seconds);
    write_count("bytes", s->bytes, out);
    fprintf(out, ",\"gb_per_s\":%.4f,\"share_of_newline_scan\":", gbs);
    if (share > 0)
        fprintf(out, "%.4f", share);
    else
        fputs("null", out);
    write_count("records", s->records, out);
    write_count("rejected", s->rejected, out);
    write_count("slices", s->slices, out);
    write_count("slow_records", s->slow_records, out);
    write_count("groups", s->groups, out);
    write_count("spilled_bytes", s->spilled_bytes, out);
    write_count("peak_rss_bytes", s->peak_rss_bytes, out);
    write_count("threads", s->threads, out);
    fprintf(out, ",\"isa\":\"%s\",\"plan\":\"%s\",\"device\":\"%s\"", lr_isa_name(s->isa),
            plan_name(s->plan), device_name(s->device));
    fprintf(out, ",\"validate\":\"%s\",\"path\":\"%s\",\"stages\":", validate_name(s->validate),
            s->path != NULL ? s->path : "");
    if (r->options->profile)
        fprintf(out,
                "{\"read\":%.6f,\"parse\":%.6f,\"match\":%.6f,\"group\":%.6f,\"copy\":%.6f,"
                "\"kernel\":%.6f,\"merge\":%.6f,\"tail\":%.6f}}\n",
                s->stage.read, s->stage.parse, s->stage.match, s->stage.group, s->stage.copy,
                s->stage.kernel, s->stage.merge, s->stage.tail);
    else
        fputs("null}\n", out);
}
