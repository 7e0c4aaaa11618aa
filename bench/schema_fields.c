/* schema_fields.c: a list of fields with a hash index, so that a million keys do not take forever. */
#include "schema_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *path, size_t n)
{
    uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a */

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)path[i]) * 0x100000001B3u;
    return hash ^ hash >> 32;
}

static bool is_path(const schema_field *field, const char *path, size_t n)
{
    return field->n == n && memcmp(field->path, path, n) == 0;
}

/* The slot of the path: its own, or the free one where it belongs. */
static uint32_t *slot_of(const schema_fields *s, const char *path, size_t n)
{
    size_t at = hash_of(path, n) & (s->n_slots - 1);

    while (s->slots[at] != 0 && !is_path(&s->fields[s->slots[at] - 1], path, n))
        at = (at + 1) & (s->n_slots - 1);
    return &s->slots[at];
}

/* The field, and its place in the index and among those met. */
enum { FIELD_BYTES = sizeof(schema_field) + 2 * sizeof(uint32_t) + sizeof(size_t) };

/* Room for one more field: in the list, in the index (at most half full), among those met. */
static bool reserve(schema_fields *s)
{
    if (s->n < s->n_max)
        return true;
    const size_t n_max = s->n_max == 0 ? 64 : 2 * s->n_max;
    s->bytes += (n_max - s->n_max) * FIELD_BYTES;
    schema_field *fields = reallocarray(s->fields, n_max, sizeof *fields);
    if (fields == NULL)
        return false;
    s->fields = fields;
    size_t *met = reallocarray(s->met, n_max, sizeof *met);
    if (met == NULL)
        return false;
    s->met = met;
    uint32_t *slots = calloc(2 * n_max, sizeof *slots);
    if (slots == NULL)
        return false;
    free(s->slots);
    s->slots = slots;
    s->n_slots = 2 * n_max;
    s->n_max = n_max;
    for (size_t i = 0; i < s->n; i++)
        *slot_of(s, s->fields[i].path, s->fields[i].n) = (uint32_t)i + 1;
    return true;
}

/* The field of this path, which is added where it is new. */
static lr_status find(schema_fields *s, const char *path, size_t n, size_t *out, lr_error *err)
{
    *out = s->guess;
    if (s->guess < s->n && is_path(&s->fields[s->guess], path, n))
        return LR_OK;
    uint32_t *slot = s->n_slots > 0 ? slot_of(s, path, n) : NULL;
    if (slot != NULL && *slot != 0) {
        *out = *slot - 1;
        return LR_OK;
    }
    const size_t copied = n + 1 + 2 * sizeof(size_t); /* and what malloc needs */
    const size_t doubled = s->n == s->n_max ? 2 * s->n_max * FIELD_BYTES : 0;
    if (s->bytes_max != 0 && s->bytes + doubled + copied > s->bytes_max)
        return lr_fail(err, LR_E_RESOURCE,
                       "schema: %zu fields need more than --memory leaves for them", s->n + 1);
    if (!reserve(s))
        return lr_fail(err, LR_E_RESOURCE, "schema: no memory for %zu fields", s->n + 1);
    char *copy = malloc(n + 1);
    if (copy == NULL)
        return lr_fail(err, LR_E_RESOURCE, "schema: no memory for a field of %zu bytes", n);
    memcpy(copy, path, n);
    *slot_of(s, path, n) = (uint32_t)s->n + 1;
    s->fields[s->n] = (schema_field){.path = copy, .n = n};
    s->bytes += copied;
    s->longest = s->longest > n ? s->longest : n;
    *out = s->n++;
    return LR_OK;
}

void schema_next_record(schema_fields *s)
{
    for (size_t i = 0; i < s->n_met; i++) {
        schema_field *field = &s->fields[s->met[i]];
        field->types |= field->now;
        field->values += field->now != 0;
    }
    s->n_met = 0;
    s->guess = 0;
    s->record++;
}

/* An object comes again: what its former value held is gone. */
static void forget_below(schema_fields *s, const schema_field *object)
{
    for (size_t i = 0; i < s->n_met; i++) {
        schema_field *field = &s->fields[s->met[i]];
        if (field->n > object->n && field->path[object->n] == '.' &&
            memcmp(field->path, object->path, object->n) == 0)
            field->now = 0;
    }
}

lr_status schema_meet(schema_fields *s, const char *path, size_t n, uint32_t type, lr_error *err)
{
    size_t at;

    LR_TRY(find(s, path, n, &at, err));
    schema_field *field = &s->fields[at];
    if (s->n_met > 0 && field->record == s->record + 1)
        forget_below(s, field);
    else
        s->met[s->n_met++] = at;
    field->record = s->record + 1; /* 0: in none yet */
    field->now = type;
    s->guess = at + 1;
    return LR_OK;
}

const char *schema_types_name(uint32_t types, char out[64])
{
    static const char *const names[] = {"integer", "number", "boolean", "date",
                                        "text",    "object", "array"};
    size_t n = 0;

    if ((types & SCHEMA_TEXT) != 0) /* some dates among texts are texts */
        types &= ~(uint32_t)SCHEMA_DATE;
    if ((types & SCHEMA_NUMBER) != 0)
        types &= ~(uint32_t)SCHEMA_INTEGER;
    out[0] = '\0';
    for (size_t i = 0; i < LR_COUNT_OF(names); i++)
        if ((types >> i & 1) != 0)
            n += (size_t)snprintf(out + n, 64 - n, "%s%s", n > 0 ? "|" : "", names[i]);
    return types == 0 ? "null" : out;
}

void schema_free(schema_fields *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->fields[i].path);
    free(s->fields);
    free(s->slots);
    free(s->met);
}
