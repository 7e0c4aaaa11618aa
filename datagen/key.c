/* key.c: from counts of constructs to answers. */
#include "key.h"

#include <assert.h>
#include <stdlib.h>

/* A key of an answer and how often it came. */
typedef struct entry {
    char text[56];
    uint64_t count;
} entry;

typedef struct entries {
    entry *at;
    size_t n, n_max;
} entries;

typedef enum mention_mode {
    MODE_ASCII,
    MODE_UNICODE,
    MODE_FIRST,
    MODE_TWITTER,
    MODE_FIELD
} mention_mode;

enum { TWITTER_NAME_MAX = 20 };

lr_status tally_init(tally *out, const gen *g, lr_error *err)
{
    const lr_recipe *const recipe = g->options->recipe;
    const uint32_t n_dates = recipe->n_dates(g), n_users = recipe->n_users(g);
    const uint32_t n = recipe->n_mentionable(g);

    *out = (tally){.n_dates = n_dates, .n_users = n_users, .n_mentionable = n};
    out->first_mentionable = recipe->first_mentionable(g);
    out->dates = calloc(n_dates, sizeof *out->dates);
    if (recipe->who == NULL)
        out->pairs = calloc((size_t)n_dates * n_users, sizeof *out->pairs);
    out->emojis = calloc(n_emoji_entries, sizeof *out->emojis);
    out->traps = calloc(n_traps, sizeof *out->traps);
    out->mentions = calloc(n, sizeof *out->mentions);
    out->field = calloc(n, sizeof *out->field);
    out->first = calloc(n, sizeof *out->first);
    out->first_traps = calloc(n_traps, sizeof *out->first_traps);
    if ((out->pairs != NULL || recipe->who != NULL) && out->dates != NULL && out->emojis != NULL &&
        out->traps != NULL && out->mentions != NULL && out->field != NULL && out->first != NULL &&
        out->first_traps != NULL)
        return LR_OK;
    tally_free(out);
    return lr_fail(err, LR_E_RESOURCE, "no memory for the answer key of %u dates and %u users",
                   n_dates, n_users);
}

void tally_free(tally *t)
{
    free(t->dates);
    free(t->pairs);
    free(t->emojis);
    free(t->traps);
    free(t->mentions);
    free(t->field);
    free(t->first);
    free(t->first_traps);
    *t = (tally){0};
}

void tally_count(tally *t, const meaning *m)
{
    for (size_t i = 0; i < LR_COUNT_OF(t->bad); i++)
        t->bad[i] += m->bad_for >> i & 1;
    if (m->date != NO_CONSTRUCT && (m->bad_for & BAD_FOR_Q1) == 0) {
        t->dates[m->date]++;
        if (t->pairs != NULL)
            t->pairs[(size_t)m->date * t->n_users + m->user]++;
    }
    for (uint32_t i = 0; i < m->n_mentions && (m->bad_for & BAD_FOR_FIELD) == 0; i++)
        t->field[m->mentions[i] - t->first_mentionable]++;
    if ((m->bad_for & BAD_FOR_CONTENT) != 0)
        return;
    for (uint32_t i = 0; i < m->n_emojis; i++)
        t->emojis[m->emojis[i]]++;
    for (uint32_t i = 0; i < m->n_traps; i++)
        t->traps[m->traps[i]]++;
    for (uint32_t i = 0; i < m->n_mentions; i++)
        t->mentions[m->mentions[i] - t->first_mentionable]++;
    if (m->mentions_trap_first)
        t->first_traps[m->first_trap]++;
    else if (m->n_mentions > 0)
        t->first[m->mentions[0] - t->first_mentionable]++;
}

static void add_all(uint64_t *sum, const uint64_t *other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += other[i];
}

void tally_add(tally *sum, const tally *other)
{
    for (size_t i = 0; i < sum->n_dates; i++)
        sum->dates[i] += other->dates[i];
    for (size_t i = 0; sum->pairs != NULL && i < (size_t)sum->n_dates * sum->n_users; i++)
        sum->pairs[i] += other->pairs[i];
    add_all(sum->emojis, other->emojis, n_emoji_entries);
    add_all(sum->traps, other->traps, n_traps);
    add_all(sum->mentions, other->mentions, sum->n_mentionable);
    add_all(sum->field, other->field, sum->n_mentionable);
    add_all(sum->bad, other->bad, LR_COUNT_OF(sum->bad));
    add_all(sum->first, other->first, sum->n_mentionable);
    add_all(sum->first_traps, other->first_traps, n_traps);
}

static void entries_add(entries *e, const char *text, size_t n, uint64_t count)
{
    if (count == 0)
        return;
    assert(e->n < e->n_max && n < sizeof e->at->text);
    entry *const new = &e->at[e->n++];
    memset(new->text, 0, sizeof new->text);
    memcpy(new->text, text, n);
    new->count = count;
}

/* A list of a table: texts with a space between; NULL is none. */
static void entries_add_list(entries *e, const char *list, bool first_only, uint64_t count)
{
    while (list != NULL && *list != '\0') {
        const size_t n = strcspn(list, " ");
        entries_add(e, list, n, count);
        if (first_only)
            return;
        list += n + (list[n] == ' ');
    }
}

static int by_text(const void *a, const void *b)
{
    return memcmp(((const entry *)a)->text, ((const entry *)b)->text, sizeof(entry){0}.text);
}

static int by_count(const void *a, const void *b)
{
    const entry *const x = a, *const y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return by_text(a, b);
}

/* Sums equal texts, then puts them in the order of an answer. */
static void entries_finish(entries *e)
{
    size_t n = 0;

    qsort(e->at, e->n, sizeof *e->at, by_text);
    for (size_t i = 0; i < e->n; i++) {
        if (n > 0 && by_text(&e->at[n - 1], &e->at[i]) == 0)
            e->at[n - 1].count += e->at[i].count;
        else
            e->at[n++] = e->at[i];
    }
    e->n = n;
    qsort(e->at, e->n, sizeof *e->at, by_count);
}

void key_write_text(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((uint8_t)*text < 0x20)
            fprintf(out, "\\u%04x", *text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void write_entries(entries *e, const char *name, const char *end, FILE *out)
{
    uint64_t total = 0;

    entries_finish(e);
    for (size_t i = 0; i < e->n; i++)
        total += e->at[i].count;
    fprintf(out, "      \"%s\": {\"distinct\": %zu, \"total\": %llu, \"rows\": [", name, e->n,
            (unsigned long long)total);
    for (size_t i = 0; i < e->n && i < KEY_ROWS; i++) {
        fputs(i > 0 ? ", [" : "[", out);
        key_write_text(e->at[i].text, out);
        fprintf(out, ", %llu]", (unsigned long long)e->at[i].count);
    }
    fprintf(out, "]}%s\n", end);
    e->n = 0;
}

static void write_q2(const tally *t, entries *e, FILE *out)
{
    fprintf(out, "    \"q2\": {\n");
    for (int later = 0; later < 2; later++) {
        for (uint32_t i = 0; i < n_emoji_entries; i++) {
            const emoji_entry *const row = &emoji_entries[i];
            const char *const as = later ? row->as_2_16 : row->as_1_4_1;
            const char *const text = as != NULL ? as : row->text;
            entries_add(e, text, strlen(text), t->emojis[i]);
        }
        for (uint32_t i = 0; i < n_traps; i++)
            entries_add_list(e, later ? traps[i].emojis_2_16 : traps[i].emojis_1_4_1, false,
                             t->traps[i]);
        write_entries(e, later ? "2.16" : "1.4.1", later ? "" : ",", out);
    }
    fprintf(out, "    },\n");
}

static void add_mentions(const gen *g, const tally *t, mention_mode mode, entries *e)
{
    const lr_recipe *const recipe = g->options->recipe;
    const uint64_t *const users = mode == MODE_FIRST   ? t->first
                                  : mode == MODE_FIELD ? t->field
                                                       : t->mentions;
    uint8_t name[64];

    if (mode == MODE_FIELD && !recipe->has_field)
        return;
    for (uint32_t i = 0; i < t->n_mentionable; i++) {
        size_t n = (size_t)(recipe->user_text(g, (uint64_t)t->first_mentionable + i, name) - name);
        if (mode == MODE_TWITTER && n > TWITTER_NAME_MAX)
            n = TWITTER_NAME_MAX;
        entries_add(e, (const char *)name, n, users[i]);
    }
    for (uint32_t i = 0; i < n_traps && mode != MODE_FIELD; i++) {
        const char *const list = mode == MODE_UNICODE   ? traps[i].unicode
                                 : mode == MODE_TWITTER ? traps[i].twitter
                                                        : traps[i].ascii;
        entries_add_list(e, list, mode == MODE_FIRST,
                         mode == MODE_FIRST ? t->first_traps[i] : t->traps[i]);
    }
}

static void write_q3(const gen *g, const tally *t, entries *e, FILE *out)
{
    static const char *const modes[] = {"ascii", "unicode", "first", "twitter", "field"};

    fprintf(out, "    \"q3\": {\n");
    for (mention_mode mode = MODE_ASCII; mode <= MODE_FIELD; mode++) {
        add_mentions(g, t, mode, e);
        write_entries(e, modes[mode], mode < MODE_FIELD ? "," : "", out);
    }
    fprintf(out, "    }\n");
}

/* How many broken records each query leaves out, and where they are. */
static void write_places(const gen *g, const tally *t, const key_head *head, FILE *out)
{
    fprintf(out,
            "  },\n  \"bad\": {\"q1\": %llu, \"q2\": %llu, \"q3\": %llu, \"q3 field\": %llu},\n",
            (unsigned long long)t->bad[0], (unsigned long long)t->bad[1],
            (unsigned long long)t->bad[1], (unsigned long long)t->bad[2]);
    fprintf(out, "  \"places\": [");
    for (size_t i = 0; i < head->n_places; i++) {
        const place *const p = &head->places[i];
        const char *separator = "";
        fprintf(out, "%s\n    {\"line\": %llu, \"byte\": %llu, \"kind\": \"%s\", \"bad_for\": [",
                i > 0 ? "," : "", (unsigned long long)p->line, (unsigned long long)p->byte,
                g->options->recipe->broken_name(p->broken));
        if ((p->bad_for & BAD_FOR_Q1) != 0)
            fprintf(out, "\"q1\""), separator = ", ";
        if ((p->bad_for & BAD_FOR_CONTENT) != 0)
            fprintf(out, "%s\"q2\", \"q3\"", separator), separator = ", ";
        if ((p->bad_for & BAD_FOR_FIELD) != 0)
            fprintf(out, "%s\"q3 field\"", separator);
        fprintf(out, "]}");
    }
    fprintf(out, "\n  ]\n}\n");
}

static void write_head(const gen *g, const key_head *head, FILE *out)
{
    static const char *const formats[] = {"auto", "ndjson", "json", "csv"};
    const lr_gen_options *const o = g->options;

    fprintf(out, "{\n  \"recipe\": \"%s\",\n  \"seed\": %llu,\n  \"knobs\": {", o->recipe->name,
            (unsigned long long)o->seed);
    for (size_t i = 0; o->recipe->knobs[i].name != NULL; i++)
        if (o->lists[i] != NULL) /* of names and numbers: nothing in it wants an escape */
            fprintf(out, "%s\"%s\": \"%s\"", i > 0 ? ", " : "", o->recipe->knobs[i].name,
                    o->lists[i]);
        else
            fprintf(out, "%s\"%s\": %llu", i > 0 ? ", " : "", o->recipe->knobs[i].name,
                    (unsigned long long)o->knobs[i]);
    fprintf(out, "},\n  \"format\": \"%s\",\n  \"utf8\": %s,\n", formats[g->format],
            o->utf8 ? "true" : "false");
    fprintf(out, "  \"size\": %llu,\n  \"part\": %u,\n  \"parts\": %u,\n",
            (unsigned long long)o->size_bytes, o->part, o->parts);
    fprintf(out, "  \"first_record\": %llu,\n  \"records\": %llu,\n  \"bytes\": %llu,\n",
            (unsigned long long)head->first_record, (unsigned long long)head->records,
            (unsigned long long)head->bytes);
    fprintf(out, "  \"xxh128\": \"%s\",\n  \"answers\": {\n", head->xxh128);
}

lr_status key_write(const gen *g, const tally *t, const key_head *head, FILE *out, lr_error *err)
{
    entries e = {NULL, 0, 8 * (size_t)(n_emoji_entries + n_traps) + t->n_mentionable};

    e.at = malloc(e.n_max * sizeof *e.at);
    if (e.at == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the answer key");
    write_head(g, head, out);
    const lr_status status = key_write_q1(g, t, head, out, err);
    write_q2(t, &e, out);
    write_q3(g, t, &e, out);
    if (g->options->recipe->broken_name != NULL)
        write_places(g, t, head, out);
    else
        fprintf(out, "  }\n}\n");
    free(e.at);
    return status;
}
