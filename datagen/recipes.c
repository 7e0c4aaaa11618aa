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
    for (size_t i = 0; recipe->knobs[i].name != NULL; i++) {
        out->knobs[i] = recipe->knobs[i].standard;
        out->lists[i] = recipe->knobs[i].text;
    }
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

void lr_knob_form(const lr_knob *knob, char out[LR_KNOB_FORM_MAX])
{
    static const char *const forms[] = {
        [LR_KNOB_COUNT] = "a number from %llu to %llu",
        [LR_KNOB_PERCENT] = "a percentage from %llu to %llu",
        [LR_KNOB_CURVE] =
            "N,N,...: up to 16 quantiles from %llu to %llu, none below the one before",
        [LR_KNOB_NAMED] = "NAME:WEIGHT,... of the default's names, weights from %llu to %llu",
        [LR_KNOB_NUMBERS] = "N:WEIGHT,... of up to 16 numbers from %llu to %llu",
        [LR_KNOB_LIST] = "N,N,...: up to 96 numbers from %llu to %llu",
    };
    const uint64_t unit = knob->kind == LR_KNOB_PERCENT ? 10000 : 1;

    snprintf(out, LR_KNOB_FORM_MAX, forms[knob->kind], (unsigned long long)(knob->least / unit),
             (unsigned long long)(knob->most / unit));
}

static bool set(lr_gen_options *options, size_t i, const char *text)
{
    const lr_knob *const knob = &options->recipe->knobs[i];
    distribution read;
    uint64_t value;

    if (knob->text != NULL) {
        if (!distribution_read(knob, text, &read))
            return false;
        options->lists[i] = text;
        return true;
    }
    if (!read_value(text, knob->kind, &value) || value < knob->least || value > knob->most)
        return false;
    options->knobs[i] = value;
    return true;
}

lr_status lr_gen_set_knob(lr_gen_options *options, const char *label, const char *name,
                          const char *text, lr_error *err)
{
    const lr_recipe *const recipe = options->recipe;
    char form[LR_KNOB_FORM_MAX];

    for (size_t i = 0; recipe->knobs[i].name != NULL; i++) {
        if (strcmp(recipe->knobs[i].name, name) != 0)
            continue;
        if (set(options, i, text))
            return LR_OK;
        lr_knob_form(&recipe->knobs[i], form);
        return lr_fail(err, LR_E_USAGE, "%s%s: no '%.60s'; %s", label, name, text, form);
    }
    return lr_fail(err, LR_E_USAGE,
                   "%s%.60s: the recipe %s has no such knob; bench gen %s --knobs "
                   "shows those that it has",
                   label, name, recipe->name, recipe->name);
}
