/* gpu_passes.h: the passes over a slice on a device, each in the room of what it does. Private to kernels. */
#ifndef LR_GPU_PASSES_H
#define LR_GPU_PASSES_H

#include "device.h"
#include "gpu.h"
#include "gpu_planes.h"
#include "match/emoji_set.h"

/* A key as the device sees it. */
typedef struct lr_gpu_key {
    uint64_t begins, care; /* the first eight bytes of name, and which bits of them there are */
    char name[LR_GPU_NAME_MAX + 1]; /* with its closing quote */
    uint8_t length;                 /* without it */
    int8_t parent;
} lr_gpu_key;

/* A byte, as what its bits are to be changed by to be all set; see bytes_same. */
typedef struct lr_gpu_byte {
    uint32_t differs[8];
} lr_gpu_byte;

/* What names look like: their length, and their first letter. */
typedef struct lr_gpu_look {
    uint32_t length;
    lr_gpu_byte letter;
} lr_gpu_look;

/* Which characters of more than one byte an emoji begins with, or holds behind an ASCII one: the first bytes of
 * their UTF-8, the first digits of their escapes. all: the first bytes are too many to tell; zeros: and the
 * digits 00. */
enum { LR_GPU_LEADS_MAX = 16 };

typedef struct lr_gpu_emojis {
    lr_gpu_byte leads[LR_GPU_LEADS_MAX], digits[16];
    uint32_t n_leads, n_digits;
    bool all, zeros;
} lr_gpu_emojis;

/* A hot prefix; the pointers are the device's. */
typedef struct lr_gpu_prefix {
    lr_gpu_hot hot;
    lr_emoji_set emojis; /* where hot.emojis is not NULL */
    unsigned long long *symbols;
} lr_gpu_prefix;

/* The task, passed to kernels by value. */
typedef struct lr_gpu_program {
    lr_gpu_key keys[LR_KEYS_MAX];
    uint32_t n_keys, enough, holders; /* bit k: key k is a parent */
    uint32_t texts;                   /* bit k: key k may be a value of text */
    /* Bit f: column f is a key as it is stored, so it must be without escapes, or doubled quotes; emojis or
     * mentions are looked for in it; mentions are. */
    uint32_t plain, unnested, mentions;
    uint32_t n_columns, n_hots;
    lr_gpu_look looks[LR_KEYS_MAX]; /* of the keys, each once */
    uint32_t n_looks;
    lr_gpu_column columns[LR_GPU_COLUMNS_MAX];
    lr_gpu_prefix prefixes[LR_GPU_HOTS_MAX];
    lr_gpu_emojis may; /* of all sets of these */
} lr_gpu_program;

/* Counters of a slice; all 0 before. */
typedef struct lr_gpu_counts {
    uint32_t ticket, n_ends, n_doubts, n_rows;
    uint32_t next_read,
        next_counted;          /* records that no warp has claimed, to find and to count columns */
    uint32_t feeds, misplaced; /* of CSV: line feeds; a quote stands where it may not */
    unsigned long long n_hits; /* and those that found no room */
    unsigned long long records, nulls[LR_GPU_HOTS_MAX];
} lr_gpu_counts;

/* Where a column of a record stands; from may be one of these. */
typedef struct lr_gpu_span {
    uint32_t from, to;
} lr_gpu_span;

#define LR_GPU_NULL 0xFFFFFFFFu      /* the column is null, or not there */
#define LR_GPU_NO_RECORD 0xFFFFFFFEu /* of the first column: the record is blank, or in doubt */

/* A slice on the device, and what is found in it. */
typedef struct lr_gpu_slice {
    const uint8_t *src; /* 16-byte aligned; LR_PADDING readable bytes behind n */
    uint32_t from, n;
    uint32_t *ends; /* of the first ends_max lines */
    uint32_t ends_max;
    uint64_t *told;
    lr_gpu_span *spans;   /* of column f of record i: [f * (ends_max + 1) + i] */
    lr_gpu_doubt *doubts; /* ends_max + 1 */
    lr_gpu_row *hits;     /* to be counted: hits_max */
    uint32_t hits_max;
    uint32_t *rows; /* numbers of the hits that found no room: hits_max */
    lr_gpu_counts *counts;
} lr_gpu_slice;

/*
 * A group table on the device. A slot refers to its entry in the arena: 24 bits of the key's hash, and 1
 * + its place in units of 16 bytes; 0 is free. An entry is 16 bytes of head and the
 * text, two units at least: so the arena is full before three quarters of the slots are. One with a
 * count of 0 was made twice and lost.
 */
typedef struct lr_gpu_entry {
    uint32_t length, tag;
    unsigned long long n;
} lr_gpu_entry;

enum { LR_GPU_UNIT = 16 };

LR_HD uint64_t lr_gpu_entry_units(uint32_t length)
{
    const uint64_t units =
        (sizeof(lr_gpu_entry) + (uint64_t)length + LR_GPU_UNIT - 1) / LR_GPU_UNIT;
    return units < 2 ? 2 : units;
}

typedef struct lr_gpu_table {
    unsigned long long *slots;
    uint32_t bits;
    uint8_t *arena;
    uint64_t arena_units;     /* how many fit */
    unsigned long long *used; /* units in use, and more where some were refused */
    uint64_t seed[2];
} lr_gpu_table;

size_t lr_gpu_lines_tiles(size_t n);
void lr_gpu_lines(const uint8_t *src, uint32_t from, uint32_t n, uint32_t *ends, uint32_t ends_max,
                  uint32_t *n_ends, uint64_t *told, uint32_t *ticket, cudaStream_t stream);

/* The same for records of CSV; see lr_gpu_counts. */
void lr_gpu_csv_ends(const lr_gpu_csv *csv, const lr_gpu_slice *slice, cudaStream_t stream);

/* The lines of a slice whose ends are found: to spans of columns, and doubts. */
void lr_gpu_json(const lr_gpu_program *program, lr_validate validate, const lr_gpu_slice *slice,
                 uint32_t blocks, cudaStream_t stream);

/* The same for records of CSV; all of them are proved to be UTF-8. */
void lr_gpu_csv_rows(const lr_gpu_program *program, const lr_gpu_csv *csv,
                     const lr_gpu_slice *slice, uint32_t blocks, cudaStream_t stream);

/* The columns of a slice to counts, hits and doubts. is_csv: they are fields of CSV, else values of JSON. */
void lr_gpu_columns(const lr_gpu_program *program, lr_validate validate, bool is_csv,
                    const lr_gpu_slice *slice, uint32_t blocks, cudaStream_t stream);

/* The hits of a slice into the tables of their hots; tables lie on the device. */
void lr_gpu_groups(const lr_gpu_table *tables, const lr_gpu_slice *slice, uint32_t blocks,
                   cudaStream_t stream);

#endif
