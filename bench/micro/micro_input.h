/* micro_input.h: what the rows of micro.c work on; micro_input.c makes it. */
#ifndef LR_MICRO_INPUT_H
#define LR_MICRO_INPUT_H

#include "fields.h"
#include "micro.h"

/* The fields that q1, q2 and q3 read. */
enum { MICRO_DATE, MICRO_CONTENT, MICRO_USERNAME, MICRO_FIELDS };

enum { MICRO_GROUP_BITS = 18, MICRO_OUT = 64 * 1024 };

struct lr_micro_input {
    lr_kernels kernels; /* of the chosen tier */
    uint8_t *text;      /* n bytes, then LR_PADDING zeros; so are array and table */
    size_t n;
    uint8_t *array; /* the same tweets as an array of JSON */
    size_t array_n;
    uint8_t *table; /* CSV, and as much room again for texts with doubled quotes */
    size_t table_n;
    size_t table_from; /* behind its header */
    lr_csv csv;        /* its columns that q1, q2 and q3 read */
    lr_fields fields;
    lr_batch batch; /* room for records */
    size_t n_rows;
    lr_column columns[MICRO_FIELDS]; /* of all records, over text */
    uint8_t *dates_kinds;            /* as the dates kernel found them: it writes into them */
    lr_date *dates;
    lr_groups groups;
    uint64_t *masks;    /* MICRO_OUT of them, and so many of each below */
    uint32_t *offsets;  /* symbols of emojis, ends of lines */
    lr_column found;    /* mentions */
    uint8_t *unescaped; /* room for the longest content, or a slice */
};

#endif
