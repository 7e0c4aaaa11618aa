/* recipes.c: the recipes by name, their knobs and defaults. */
#include "recipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const lr_recipe *const recipes[] = {&recipe_tweets, &recipe_tweets_later, &recipe_mock,
                                           &recipe_adversarial, &recipe_bad};

const lr_recipe *lr_recipe_at(size_t i)
{
    return i < LR_COUNT_OF(recipes) ? recipes[i] : NULL;
}

const lr_recipe *lr_recipe_find(const char *name)
{
    for (size_t i = 0; i < LR_COUNT_OF(recipes); i++)
        if (strcmp(recipes[i]->name, name) == 0)
            return recipes[i];
    return NULL;
}

const char *lr_recipe_name(const lr_recipe *recipe)
{
    return recipe->name;
}

const char *lr_recipe_title(const lr_recipe *recipe)
{
    return recipe->title;
}

const lr_knob *lr_recipe_knobs(const lr_recipe *recipe)
{
    return recipe->knobs;
}

void lr_gen_defaults(lr_gen_options *out, const lr_recipe *recipe)
{
    *out = (lr_gen_options){.recipe = recipe, .parts = 1, .part = 1, .output = "-"};
    for (size_t i = 0; recipe->knobs[i].name != NULL; i++)
        out->knobs[i] = recipe->knobs[i].standard;
}

/* A whole number, or a percentage of up to four digits behind the point, as millionths. */
static bool read_value(const char *text, lr_knob_kind kind, uint64_t *out)
{
    char *end;
    uint64_t scale = 10000;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    if (kind == LR_KNOB_COUNT)
        return *end == '\0';
    if (*out > 100)
        return false;
    *out *= scale;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9' && scale > 1; end++) {
            scale /= 10;
            *out += (uint64_t)(*end - '0') * scale;
        }
    return *end == '\0' || (*end == '%' && end[1] == '\0');
}

lr_status lr_gen_set_knob(lr_gen_options *options, const char *name, const char *text,
                          lr_error *err)
{
    const lr_knob *const all = options->recipe->knobs;
    uint64_t value;

    for (size_t i = 0; all[i].name != NULL; i++) {
        if (strcmp(all[i].name, name) != 0)
            continue;
        const uint64_t unit = all[i].kind == LR_KNOB_PERCENT ? 10000 : 1;
        if (!read_value(text, all[i].kind, &value) || value < all[i].least || value > all[i].most)
            return lr_fail(err, LR_E_USAGE, "--%s: no '%s'; %s from %llu to %llu", name, text,
                           unit == 1 ? "a number" : "a percentage",
                           (unsigned long long)(all[i].least / unit),
                           (unsigned long long)(all[i].most / unit));
        options->knobs[i] = value;
        return LR_OK;
    }
    char list[512] = "";
    size_t n = 0;
    for (size_t i = 0; all[i].name != NULL && n < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i > 0 ? ", " : "", all[i].name);
    return lr_fail(err, LR_E_USAGE, "--%s: the recipe %s has no such knob; its knobs: %s", name,
                   options->recipe->name, list);
}
