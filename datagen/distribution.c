/* distribution.c: lists of numbers and weights as text. */
#include "distribution.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHT_MAX = 1000000 };

typedef struct item {
    const char *name;
    size_t name_n; /* 0: it has no name */
    uint64_t value;
} item;

/* Takes "NAME:VALUE" or, without names, "VALUE", and the comma behind it. */
static bool take_item(const char **at, bool named, item *out)
{
    const char *s = *at;
    char *end;

    out->name = s;
    out->name_n = named ? strcspn(s, ":,") : 0;
    if (named && (out->name_n == 0 || s[out->name_n] != ':'))
        return false;
    s += named ? out->name_n + 1 : 0;
    if (s[0] < '0' || s[0] > '9')
        return false;
    errno = 0;
    out->value = strtoull(s, &end, 10);
    if (errno != 0 || (*end == ',' ? end[1] == '\0' : *end != '\0'))
        return false;
    *at = *end == ',' ? end + 1 : end;
    return true;
}

static bool in_range(const lr_knob *knob, uint64_t value)
{
    return value >= knob->least && value <= knob->most;
}

/* Which name of the default the item has; n of them: none. */
static uint32_t place_of_name(const lr_knob *knob, const item *wanted, uint32_t *n)
{
    uint32_t place = UINT32_MAX;
    item of;

    *n = 0;
    for (const char *at = knob->text; *at != '\0'; (*n)++) {
        const bool taken = take_item(&at, true, &of);
        assert(taken);
        (void)taken;
        if (of.name_n == wanted->name_n && memcmp(of.name, wanted->name, of.name_n) == 0)
            place = *n;
    }
    return place;
}

static bool add_named(const lr_knob *knob, const item *it, bool *seen, distribution *out)
{
    const uint32_t i = place_of_name(knob, it, &out->n);

    if (i == UINT32_MAX || seen[i] || it->value > WEIGHT_MAX)
        return false;
    seen[i] = true;
    out->weights[i] = it->value;
    return true;
}

/* A number that is drawn with its weight: "3:160". */
static bool add_weighted(const lr_knob *knob, const item *it, distribution *out)
{
    char *end;
    const uint64_t number = strtoull(it->name, &end, 10);

    if (it->name[0] < '0' || it->name[0] > '9' || end != it->name + it->name_n ||
        !in_range(knob, number) || it->value > WEIGHT_MAX || out->n == SHORT_MAX)
        return false;
    out->numbers[out->n] = (uint32_t)number;
    out->weights[out->n++] = it->value;
    return true;
}

static bool add_number(const lr_knob *knob, const item *it, distribution *out)
{
    const bool curve = knob->kind == LR_KNOB_CURVE;

    if (!in_range(knob, it->value) || out->n == (curve ? SHORT_MAX : DISTRIBUTION_MAX) ||
        (curve && out->n > 0 && it->value < out->numbers[out->n - 1]))
        return false;
    out->numbers[out->n++] = (uint32_t)it->value;
    return true;
}

bool distribution_read(const lr_knob *knob, const char *text, distribution *out)
{
    const bool named = knob->kind == LR_KNOB_NAMED,
               weighted = named || knob->kind == LR_KNOB_NUMBERS;
    bool seen[DISTRIBUTION_MAX] = {false};
    uint64_t sum = 0;
    item it;

    *out = (distribution){0};
    while (*text != '\0') {
        if (!take_item(&text, weighted, &it))
            return false;
        sum += weighted ? it.value : 1; /* bounded: items are, and weights are */
        if (!(named      ? add_named(knob, &it, seen, out)
              : weighted ? add_weighted(knob, &it, out)
                         : add_number(knob, &it, out)))
            return false;
    }
    return sum > 0 && (knob->kind != LR_KNOB_CURVE || out->n >= 2);
}

void short_list_init(short_list *out, const lr_knob *knob, const distribution *from)
{
    *out = (short_list){.n = from->n};
    assert(from->n <= SHORT_MAX);
    for (uint32_t i = 0; i < from->n; i++) {
        out->numbers[i] = from->numbers[i];
        out->sum += (uint32_t)from->weights[i];
        out->at[i] = knob->kind == LR_KNOB_CURVE ? from->numbers[i] : out->sum;
    }
}
