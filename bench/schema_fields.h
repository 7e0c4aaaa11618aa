/*
 * schema_fields.h: the fields of records as they are met: how often each has a value, and of which
 * types. In the order in which they are first seen.
 */
#ifndef SCHEMA_FIELDS_H
#define SCHEMA_FIELDS_H

#include "base.h"

/* What a value is; a set of them in a field. */
enum {
    SCHEMA_INTEGER = 1,
    SCHEMA_NUMBER = 2,
    SCHEMA_BOOLEAN = 4,
    SCHEMA_DATE = 8, /* text that is one */
    SCHEMA_TEXT = 16,
    SCHEMA_OBJECT = 32,
    SCHEMA_ARRAY = 64
};

typedef struct schema_field {
    char *path; /* "user.username"; owned, n bytes, not ended by a NUL */
    size_t n;
    uint32_t types;  /* of all its values */
    uint64_t values; /* records that have one that is not null */
    uint64_t record; /* the last one that it was met in */
    uint32_t now;    /* its type there; 0: null */
} schema_field;

typedef struct schema_fields {
    schema_field *fields;
    size_t n, n_max;
    uint32_t *slots; /* 1 + the field, by the hash of its path; 0: free */
    size_t n_slots;  /* a power of two */
    size_t guess;    /* the field that comes next where records are alike */
    uint64_t record;
    size_t *met; /* the fields of the record at hand */
    size_t n_met;
    size_t bytes, bytes_max, longest; /* that they take, and may take (0: any); of a path */
} schema_fields;

/* Ends the record at hand and begins the next one. */
void schema_next_record(schema_fields *s);

/* The record has a value of this type (0: null) at path. Where it is met again in the same record the
 * last value counts, with what is in it. */
lr_status schema_meet(schema_fields *s, const char *path, size_t n, uint32_t type, lr_error *err);

/* "integer", "date", "text|object". */
const char *schema_types_name(uint32_t types, char out[64]);

void schema_free(schema_fields *s);

#endif
