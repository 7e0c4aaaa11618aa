/* split.h: where a block of a file may be cut: between two records. Private to io/. */
#ifndef LR_SPLIT_H
#define LR_SPLIT_H

#include "reader.h"

/* What holds between two bytes of a file; of its format, one of them. */
typedef struct lr_place {
    lr_csv_place csv;
    lr_json_place json; /* of an array: depth 1 is between its elements, 0 behind it */
} lr_place;

/* A block, and where the last record in it ends. */
typedef struct lr_split {
    const uint8_t *data;
    size_t n;
    uint64_t at; /* of data[0] in its file */
    size_t end;  /* the cut: behind it the next record begins; 0: there is none */
    lr_place before;
    lr_place after; /* of an array, after.json.lines: line feeds in the block, up to its bracket */
    bool known;     /* `before` is what holds, not a guess */
    uint32_t *commas; /* of an array: room for LR_COMMAS_MAX, for those between its elements */
    size_t n_commas;  /* SIZE_MAX: more than there is room for */
} lr_split;

/* What holds before the first byte of a file. */
lr_place lr_place_first(void);

/* Sets end and after: under a guess, but with `is`, where it is not NULL, what holds before. */
void lr_split_find(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                   lr_split *split);

/* Now what holds before is known: end and after become what they are. */
void lr_split_settle(const lr_kernels *k, const lr_reader *reader, const lr_place *is,
                     lr_split *split);

/* Behind the first record end in the block, whose `before` is known; 0: it has none. */
size_t lr_split_first(const lr_kernels *k, const lr_reader *reader, const lr_split *split);

#endif
