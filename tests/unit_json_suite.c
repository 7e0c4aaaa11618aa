/* unit_json_suite.c: the documents of JSONTestSuite, each as the unused value of a good record. */
#include "check.h"

#include <dirent.h>

enum { DOCUMENT_MAX_BYTES = 1 << 20 };

static const lr_keys keys = {.key = {{"date", 4, -1}}, .n = 1, .enough = 1};

/* Are all records of the n bytes at src good, and the date of the last one as it was put there? */
static bool is_good(const lr_kernels *k, const uint8_t *src, size_t n)
{
    uint32_t offset[LR_BATCH_MAX];
    uint8_t reason[LR_BATCH_MAX], kinds[LR_BATCH_MAX];
    lr_span spans[LR_BATCH_MAX];
    lr_records records = {.offset = offset, .reason = reason, .keys = {{spans, kinds}}};

    const size_t end = k->json_records(src, n, 0, &keys, LR_VALIDATE_FULL, &records);
    CHECK(end == n && records.n > 0, "%zu of %zu bytes, %zu records", end, n, records.n);
    for (size_t i = 0; i < records.n; i++)
        if (reason[i] != LR_GOOD)
            return false;
    const lr_span date = spans[records.n - 1];
    CHECK(kinds[records.n - 1] == LR_PLAIN && date.length == 1 && src[date.offset] == 'd', "date");
    return true;
}

/* {"a": DOCUMENT, "date": "d"}; in a document that is good line feeds are white space, so spaces mean
 * the same; in one that is not they stay: the lines they make cannot all be good. */
static size_t wrap(FILE *file, bool good, uint8_t *out)
{
    size_t n = (size_t)sprintf((char *)out, "{\"a\": ");
    const size_t from = n;

    n += fread(out + n, 1, DOCUMENT_MAX_BYTES, file);
    for (size_t i = from; good && i < n; i++)
        out[i] = out[i] == '\n' ? ' ' : out[i];
    return n + (size_t)sprintf((char *)out + n, ", \"date\": \"d\"}");
}

/*
 * Goal: every tier takes what a JSON parser must take (y_) and refuses what it must refuse (n_); what
 * is left to the parser (i_) every tier decides alike.
 */
static void check_suite(const lr_kernels *tiers, size_t n_tiers, const char *folder)
{
    static uint8_t src[DOCUMENT_MAX_BYTES + 128 + LR_PADDING];
    size_t n_good = 0, n_bad = 0, n_either = 0;
    DIR *dir = opendir(folder);

    CHECK(dir != NULL, "%s", folder);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[8192];
        if (entry->d_name[0] == '\0' || entry->d_name[1] != '_')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        CHECK(file != NULL, "%s", path);
        const char kind = entry->d_name[0];
        const size_t n = wrap(file, kind == 'y', src);
        fclose(file);
        memset(src + n, 0, LR_PADDING);
        const bool first = is_good(&tiers[0], src, n);
        for (size_t i = 0; i < n_tiers; i++) {
            const bool good = is_good(&tiers[i], src, n);
            CHECK(good == (kind == 'y' || (kind == 'i' && first)), "%s: %s is %s",
                  lr_isa_name(tiers[i].isa), entry->d_name, good ? "taken" : "refused");
        }
        *(kind == 'y' ? &n_good : kind == 'n' ? &n_bad : &n_either) += 1;
    }
    closedir(dir);
    printf("%zu good, %zu bad, %zu either\n", n_good, n_bad, n_either);
    CHECK(n_good >= 95 && n_bad >= 188, "some are missing");
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    const char *shared = getenv("LR_SHARED"), *const slash = strrchr(__FILE__, '/');
    char folder[4096];
    check_rng rng;

    if (shared != NULL && shared[0] != '\0')
        snprintf(folder, sizeof folder, "%s/suites/JSONTestSuite/test_parsing", shared);
    else /* beside the checkout */
        snprintf(folder, sizeof folder, "%.*s/../../shared/suites/JSONTestSuite/test_parsing",
                 slash != NULL ? (int)(slash - __FILE__) : 1, slash != NULL ? __FILE__ : ".");
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        printf("SKIPPED: JSONTestSuite: there is no %s\n", folder);
        return 0;
    }
    closedir(dir);
    if (check_begin("json_suite", &rng))
        check_suite(tiers, n, folder);
    return 0;
}
