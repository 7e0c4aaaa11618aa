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

/* What names look like: their length, and their first letter as what its bits 0 to 6 are to be changed by
 * to be all set. */
typedef struct lr_gpu_look {
    uint32_t length, differs[7];
} lr_gpu_look;

/* Which characters of more than one byte an emoji begins with, or holds behind an ASCII one: a few bits of
 * each. */
typedef struct lr_gpu_emojis {
    uint64_t leads;  /* bit n: as UTF-8 one begins with the byte 0xC0 + n */
    uint32_t digits; /* bit n: as an escape one begins with this digit */
    bool only_00;    /* those that begin with 0 begin with 00 */
} lr_gpu_emojis;

/* A hot prefix; the pointers are the device's. */
typedef struct lr_gpu_prefix {
    lr_gpu_hot hot;
    lr_emoji_set emojis; /* where hot.emojis is not NULL */
    lr_gpu_emojis may;
    unsigned long long *symbols;
} lr_gpu_prefix;

/* The task, passed to kernels by value. */
typedef struct lr_gpu_program {
    lr_gpu_key keys[LR_KEYS_MAX];
    uint32_t n_keys, enough, holders; /* bit k: key k is a parent */
    uint32_t texts;                   /* bit k: key k may be a value of text */
    uint32_t plain; /* bit f: what reads column f does not decode, so it must be without escapes, or
                       doubled quotes */
    uint32_t n_columns, n_hots;
    lr_gpu_look looks[LR_KEYS_MAX]; /* of the keys, each once */
    uint32_t n_looks;
    lr_gpu_column columns[LR_GPU_COLUMNS_MAX];
    lr_gpu_prefix prefixes[LR_GPU_HOTS_MAX];
} lr_gpu_program;

/* Counters of a slice; all 0 before. */
typedef struct lr_gpu_counts {
    uint32_t ticket, n_ends, n_doubts, n_hits, n_rows, next_line;
    uint32_t feeds, misplaced; /* of CSV: line feeds; a quote stands where it may not */
    unsigned long long records, nulls[LR_GPU_HOTS_MAX];
} lr_gpu_counts;

/* A slice on the device, and what is found in it. */
typedef struct lr_gpu_slice {
    const uint8_t *src; /* 16-byte aligned; LR_PADDING readable bytes behind n */
    uint32_t from, n;
    uint32_t *ends; /* of the first ends_max lines */
    uint32_t ends_max;
    uint64_t *told;
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

/* The lines of a slice whose ends are found: to counts, hits and doubts. */
void lr_gpu_json(const lr_gpu_program *program, lr_validate validate, const lr_gpu_slice *slice,
                 uint32_t blocks, cudaStream_t stream);

/* The same for records of CSV. */
void lr_gpu_csv_rows(const lr_gpu_program *program, const lr_gpu_csv *csv, lr_validate validate,
                     const lr_gpu_slice *slice, uint32_t blocks, cudaStream_t stream);

/* The hits of a slice into the tables of their hots; tables lie on the device. */
void lr_gpu_groups(const lr_gpu_table *tables, const lr_gpu_slice *slice, uint32_t blocks,
                   cudaStream_t stream);

#endif
