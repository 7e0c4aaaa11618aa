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
    uint8_t *text;      /* n bytes, then LR_PADDING zeros */
    size_t n;
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
    uint8_t *unescaped; /* room for the longest content */
};

#endif
