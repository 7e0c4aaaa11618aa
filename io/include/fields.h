/*
 * fields.h: what a query reads of a record, and batches of it. Formats become batches here: behind a
 * batch nothing knows whether it was JSON or CSV.
 */
#ifndef LR_FIELDS_H
#define LR_FIELDS_H

#include "kernels.h"

enum { LR_FIELDS_MAX = 8 };

typedef enum lr_type {
    LR_TYPE_TEXT,
    LR_TYPE_DATE,    /* read of text */
    LR_TYPE_SYMBOL,  /* a number in a dictionary, such as an emoji set */
    LR_TYPE_INTEGER, /* an aggregate */
    LR_TYPE_SCALAR,  /* text, or a number, true or false as written */
    LR_TYPE_ARRAY    /* an array, as written */
} lr_type;

/*
 * A field: its name, which is also its header in CSV, and its path in JSON: keys with dots between
 * them, and alternatives with | between them. The second alternative counts where the first key of
 * the first is absent or null: "user.username|username".
 */
typedef struct lr_field {
    const char *name;
    lr_type type;
    const char *path;
} lr_field;

/* Fields, and what follows from them: the keys to look for, and where each field's values are. */
typedef struct lr_fields {
    size_t n;
    lr_field field[LR_FIELDS_MAX];
    lr_keys keys;
    struct {
        int8_t first;    /* the key that holds the value */
        int8_t holder;   /* the top key of its path, if that is another one; else -1 */
        int8_t fallback; /* the key that counts where holder is absent or null; else -1 */
    } at[LR_FIELDS_MAX];
} lr_fields;

/* LR_E_USAGE: more fields, keys or alternatives than there is room for. Borrows field's strings. */
lr_status lr_fields_init(lr_fields *out, const lr_field *field, size_t n, lr_error *err);

/*
 * Rows of a slice. Row i is good where records.reason[i] is LR_GOOD; column f holds field f of it,
 * of a kind that its type allows, or LR_BAD + a reason. Spans lie in src.
 */
typedef struct lr_batch {
    const uint8_t *src;
    lr_records records;
    lr_column columns[LR_FIELDS_MAX];
    void *memory;
    /* As records.each, for the records of NDJSON only: others are read in another way. */
    void (*each)(void *context, const uint8_t *src, const lr_records *records, size_t row);
    void *context;
    bool
        unproven; /* of a slice that is lined (lr_slice): it, or one before it, is not; no row counts */
} lr_batch;

lr_status lr_batch_init(lr_batch *out, const lr_fields *fields, lr_error *err);
void lr_batch_free(lr_batch *batch);

#endif
