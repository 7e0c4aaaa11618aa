/* fields.c: from the paths of a query to the keys of a record, and from a record to columns. */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

/* The key `name` under parent; added where it is new. -1: there is no room. */
static int key_of(lr_keys *keys, int parent, const char *name, size_t length)
{
    for (uint32_t i = 0; i < keys->n; i++)
        if (keys->key[i].parent == parent && keys->key[i].length == length &&
            memcmp(keys->key[i].name, name, length) == 0)
            return (int)i;
    if (keys->n == LR_KEYS_MAX || length == 0 || length > UINT8_MAX)
        return -1;
    keys->key[keys->n] = (lr_key){name, (uint8_t)length, (int8_t)parent};
    return (int)keys->n++;
}

/* Adds the keys of the path up to end; sets the first and the last of them. */
static bool add_path(lr_keys *keys, const char *path, const char *end, int8_t *top, int8_t *leaf)
{
    int parent = -1;

    for (const char *at = path; at < end; at++) {
        const char *stop = memchr(at, '.', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        parent = key_of(keys, parent, at, (size_t)(stop - at));
        if (parent < 0)
            return false;
        if (at == path)
            *top = (int8_t)parent;
        at = stop;
    }
    *leaf = (int8_t)parent;
    return parent >= 0;
}

lr_status lr_fields_init(lr_fields *out, const lr_field *field, size_t n, lr_error *err)
{
    memset(out, 0, sizeof *out);
    if (n > LR_FIELDS_MAX)
        return lr_fail(err, LR_E_USAGE, "a query reads at most %d fields", LR_FIELDS_MAX);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        const char *path = field[i].path, *bar = strchr(path, '|');
        int8_t top = -1, leaf = -1, fallback = -1;
        bool fits = add_path(&out->keys, path, bar ? bar : path + strlen(path), &top, &leaf);
        if (fits && bar != NULL)
            fits = strchr(bar + 1, '.') == NULL && strchr(bar + 1, '|') == NULL &&
                   add_path(&out->keys, bar + 1, bar + 1 + strlen(bar + 1), &fallback, &fallback);
        if (!fits)
            return lr_fail(err, LR_E_USAGE, "%s: no room for the path %s", field[i].name, path);
        out->field[i] = field[i];
        out->at[i].first = leaf;
        out->at[i].holder = top == leaf ? -1 : top;
        out->at[i].fallback = fallback;
        out->keys.enough |= 1u << leaf;
    }
    return LR_OK;
}

lr_status lr_batch_init(lr_batch *out, const lr_fields *fields, lr_error *err)
{
    const size_t n_columns = fields->keys.n + fields->n;
    const size_t column = LR_BATCH_MAX * (sizeof(lr_span) + 1);
    const size_t size = LR_BATCH_MAX * (sizeof(uint32_t) + 1) + n_columns * column;

    memset(out, 0, sizeof *out);
    uint8_t *memory = out->memory = malloc(size);
    if (memory == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a batch of %zu bytes", size);
    out->records.offset = (uint32_t *)memory;
    memory += LR_BATCH_MAX * sizeof(uint32_t);
    for (size_t i = 0; i < n_columns; i++) {
        lr_column *c =
            i < fields->keys.n ? &out->records.keys[i] : &out->columns[i - fields->keys.n];
        c->spans = (lr_span *)memory;
        memory += LR_BATCH_MAX * sizeof(lr_span);
    }
    for (size_t i = 0; i < n_columns; i++) {
        lr_column *c =
            i < fields->keys.n ? &out->records.keys[i] : &out->columns[i - fields->keys.n];
        c->kinds = memory;
        memory += LR_BATCH_MAX;
    }
    out->records.reason = memory;
    return LR_OK;
}

void lr_batch_free(lr_batch *batch)
{
    free(batch->memory);
    memset(batch, 0, sizeof *batch);
}
