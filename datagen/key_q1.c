/*
 * key_q1.c: the answer of q1. The dates with most records are known from the counts; for them alone
 * the users are counted. Where dates times users were too many to count all along, the recipe is
 * asked once more who wrote which record: a handful of random numbers each.
 */
#include "key.h"

#include <stdlib.h>

typedef struct top_date {
    uint32_t date, records;
    char text[16];
} top_date;

static int by_records(const void *a, const void *b)
{
    const top_date *const x = a, *const y = b;

    if (x->records != y->records)
        return x->records < y->records ? 1 : -1;
    return strcmp(x->text, y->text);
}

/* All dates with records, in the order of the answer; *n of them. NULL: no memory. */
static top_date *order_dates(const gen *g, const tally *t, size_t *n)
{
    top_date *const all = calloc(t->n_dates + 1, sizeof *all);

    *n = 0;
    for (uint32_t date = 0; all != NULL && date < t->n_dates; date++) {
        if (t->dates[date] == 0)
            continue;
        all[*n].date = date;
        all[*n].records = t->dates[date];
        g->options->recipe->date_text(g, date, (uint8_t *)all[*n].text);
        ++*n;
    }
    if (all != NULL)
        qsort(all, *n, sizeof *all, by_records);
    return all;
}

/* The user with most records so far; where two have as many, the one whose name is less. */
typedef struct leader {
    uint32_t records;
    uint8_t name[64]; /* filled up with zeros */
} leader;

static void challenge(const gen *g, leader *l, uint64_t user, uint32_t records)
{
    uint8_t name[64];

    if (records == 0 || records < l->records)
        return;
    uint8_t *const end = g->options->recipe->user_text(g, user, name);
    memset(end, 0, (size_t)(name + sizeof name - end));
    if (records > l->records || memcmp(name, l->name, sizeof name) < 0)
        memcpy(l->name, name, sizeof name);
    l->records = records;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Asks for every record of the part whether its date is among the first n; leaders[i]: of all[i]. */
static lr_status ask_again(const gen *g, const tally *t, const key_head *head, const top_date *all,
                           size_t n, leader *leaders, lr_error *err)
{
    enum { USER_BITS = 40 };
    const uint8_t none = 255;
    uint8_t *const slots = malloc(t->n_dates);
    uint64_t records = 0, found = 0;

    _Static_assert(KEY_ROWS < 255, "a slot is a byte");
    for (size_t i = 0; i < n; i++)
        records += all[i].records;
    uint64_t *const list = malloc((records + 1) * sizeof *list); /* slot, user */
    if (slots == NULL || list == NULL) {
        free(slots);
        free(list);
        return lr_fail(err, LR_E_RESOURCE, "no memory for the %llu records of the first %zu dates",
                       (unsigned long long)records, n);
    }
    memset(slots, none, t->n_dates);
    for (size_t i = 0; i < n; i++)
        slots[all[i].date] = (uint8_t)i;
    for (uint64_t i = head->first_record; i < head->first_record + head->records; i++) {
        uint32_t date;
        uint64_t user;
        g->options->recipe->who(g, i, &date, &user);
        if (slots[date] != none)
            list[found++] = (uint64_t)slots[date] << USER_BITS | user;
    }
    qsort(list, found, sizeof *list, by_value);
    for (uint64_t i = 0, end; i < found; i = end) {
        for (end = i + 1; end < found && list[end] == list[i];)
            end++;
        challenge(g, &leaders[list[i] >> USER_BITS], list[i] & (((uint64_t)1 << USER_BITS) - 1),
                  (uint32_t)(end - i));
    }
    free(slots);
    free(list);
    return LR_OK;
}

lr_status key_write_q1(const gen *g, const tally *t, const key_head *head, FILE *out, lr_error *err)
{
    leader leaders[KEY_ROWS] = {{0}};
    lr_status status = LR_OK;
    size_t n_all;
    top_date *const all = order_dates(g, t, &n_all);
    const size_t n = n_all < KEY_ROWS ? n_all : KEY_ROWS;

    if (all == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %u dates", t->n_dates);
    if (t->pairs == NULL)
        status = ask_again(g, t, head, all, n, leaders, err);
    for (size_t i = 0; t->pairs != NULL && i < n; i++)
        for (uint32_t user = 0; user < t->n_users; user++)
            challenge(g, &leaders[i], user, t->pairs[(size_t)all[i].date * t->n_users + user]);

    fprintf(out, "    \"q1\": {\"distinct\": %zu, \"rows\": [", n_all);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s[\"%s\", %u, ", i > 0 ? ", " : "", all[i].text, all[i].records);
        key_write_text((const char *)leaders[i].name, out);
        fprintf(out, ", %u]", leaders[i].records);
    }
    fprintf(out, "]},\n");
    free(all);
    return status;
}
