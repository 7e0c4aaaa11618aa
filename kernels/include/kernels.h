/*
 * kernels.h: the table of kernels. They do not allocate, print, or fail: the caller brings the room.
 */
#ifndef LR_KERNELS_H
#define LR_KERNELS_H

#include "base.h"
#include "csv.h"
#include "groups.h"
#include "keys.h"
#include "match.h"

/* The tiers, each a superset of the one before. */
typedef enum lr_isa {
    LR_ISA_REF,   /* plain C */
    LR_ISA_AVX2,  /* AVX2, BMI1, BMI2, LZCNT, POPCNT, PCLMUL */
    LR_ISA_AVX512 /* and AVX-512 F, BW, DQ, VL */
} lr_isa;

/* State of scan_strings between two calls. */
#define LR_IN_STRING 1u
#define LR_ESCAPED_NEXT 2u

/* Where one is in JSON: of LR_IN_STRING | LR_ESCAPED_NEXT; in how many brackets; the level that is
 * looked at; behind how many line feeds. */
typedef struct lr_json_place {
    uint32_t string;
    int64_t depth, level;
    uint64_t lines;
} lr_json_place;

typedef struct lr_kernels {
    lr_isa isa;

    /*
     * scan_lines: find the ends of lines.
     *
     *   src  n bytes, then LR_PADDING readable ones
     *   at   in: where to begin; out: n, or behind the last line feed that found room
     *   out  room for max (> 0) offsets: those of the line feeds, ascending
     *
     * Returns how many. Bound: a read of src. N, the ceiling that speeds are compared with, is this.
     */
    size_t (*scan_lines)(const uint8_t *src, size_t n, size_t *at, uint32_t *out, size_t max);

    /* count_lines: how many of the n bytes at src are line feeds. Bound: a read of src. */
    uint64_t (*count_lines)(const uint8_t *src, size_t n);

    /*
     * scan_strings: find the bytes that lie inside JSON strings.
     *
     *   src    n bytes, then LR_PADDING readable ones; n is any
     *   state  in: what holds at src[0], of LR_IN_STRING | LR_ESCAPED_NEXT; out: the same for src[n]
     *   out    (n + 63) / 64 masks: bit i of mask m stands for src[64 m + i]; bits from n on are 0
     *
     * A string starts at its opening quote and ends before its closing one (RFC 8259, section 7). A
     * backslash escapes the next byte, in a string or out (where it is an error anyway). A newline
     * is never inside and ends an open string: a bad line costs itself only. Bound: a read of src.
     */
    void (*scan_strings)(const uint8_t *src, size_t n, uint32_t *state, uint64_t *out);

    /*
     * scan_separators: find what separates the values at one level of JSON.
     *
     *   src    n bytes, then LR_PADDING readable ones; n is below 4 GiB
     *   at     in: where to begin; out: n, or behind the last separator that found room
     *   place  in: what holds before src[*at], with level <= depth; out: the same behind
     *   out    room for max (> 0) offsets, ascending
     *
     * Returns how many: the commas in place->depth == place->level brackets, and each bracket that closes
     * to less than place->level, which then is the new level. Strings are as RFC 8259 has them, but that
     * nothing in them is wrong. Bound: the string mask.
     */
    size_t (*scan_separators)(const uint8_t *src, size_t n, size_t *at, lr_json_place *place,
                              uint32_t *out, size_t max);

    /* flatten: copies a JSON value of n bytes (then LR_PADDING readable ones) to out, onto one line: a
     * line feed becomes a space, but in a string, where it is an error, another control character. */
    void (*flatten)(const uint8_t *src, size_t n, uint8_t *out);

    /* utf8_valid: the length of the longest prefix of the n bytes at src (then LR_PADDING readable
     * ones) that ends before an invalid or cut-off sequence: n where all is well (RFC 3629). */
    size_t (*utf8_valid)(const uint8_t *src, size_t n);

    /*
     * unescape: the text that a valid JSON string means.
     *
     *   src  the n bytes between its quotes, then LR_PADDING readable ones
     *   out  room for n + LR_PADDING bytes; receives UTF-8, an unpaired surrogate as U+FFFD
     *
     * Returns the length, at most n (RFC 8259, section 7).
     */
    size_t (*unescape)(const uint8_t *src, size_t n, uint8_t *out);

    /*
     * json_records: the records of NDJSON (CONTRACT section 4) and the values of the keys asked for.
     *
     *   src       n bytes of whole lines (the last may lack its line feed), then LR_PADDING readable
     *             ones; n is below 4 GiB
     *   from      where to begin: the start of a line
     *   validate  what of RFC 8259 is checked
     *   out       room for LR_BATCH_MAX records; out->n is set, ->lines and ->slow are added to, ->each
     *             is called
     *
     * Returns where to go on: n where all lines are done, else the start of a line, LR_BATCH_BYTES or
     * LR_BATCH_MAX records on. Lines of white space are no records. Bound: a read of src (used), or the string and structure masks (full).
     */
    size_t (*json_records)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                           lr_validate validate, lr_records *out);

    /*
     * json_elements: records that stand at given places, as json_records reads lines.
     *
     *   src     as for json_records
     *   starts, ends  record i is src[starts[i], ends[i]); n of them, ascending. One with a line feed is
     *           not good, but may be called so where used validation does not read so far
     *   out     room for n more records; they are appended, and ->each is called for those that are
     *           good; ->lines is left
     *
     * Returns how many are good. It stops behind the first that is not, which is the last row, or no row
     * where it has a line feed or is white space.
     */
    size_t (*json_elements)(const uint8_t *src, const uint32_t *starts, const uint32_t *ends,
                            size_t n, const lr_keys *keys, lr_validate validate, lr_records *out);

    /*
     * json_lined: records of an array that has a line for each, as json_records by full validation. A line is
     * white space; or white space, a record and a comma, behind which only a carriage return may stand.
     *
     *   src, from, out  as for json_records
     *
     * Returns where to go on: n where all is done, or the start of a record. It stops before one that is not
     * good or has not such a line, which is no row. All lines before that place are counted.
     */
    size_t (*json_lined)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                         lr_records *out);

    /*
     * csv_split: find where the records of a run of CSV end.
     *
     *   src    n bytes, then LR_PADDING readable ones
     *   place  in: what holds before src[0]; out: the same for src[n]
     *
     * Returns the offset behind the last record end in it, 0 where there is none. Bound: a read of
     * src, with a carry-less multiplication per block that has quotes.
     */
    size_t (*csv_split)(const uint8_t *src, size_t n, uint8_t delimiter, lr_csv_place *place);

    /*
     * csv_records: the records of CSV (CONTRACT section 4) and the columns asked for.
     *
     *   src      n bytes of whole records (the last may lack its line feed), then LR_PADDING readable
     *            ones; n is below 2 GiB
     *   from     where to begin: the start of a record
     *   text_at  at least n + LR_PADDING: texts with doubled quotes are written, without the second
     *            ones, to src + text_at, where there is room for n + LR_PADDING bytes
     *   out      room for LR_BATCH_MAX records; as for json_records. Kinds are LR_NULL (an empty
     *            field) and LR_PLAIN; UTF-8 is not looked at
     *
     * Returns where to go on, as json_records. Bound: the masks of quotes, delimiters and ends.
     */
    size_t (*csv_records)(uint8_t *src, size_t n, size_t from, const lr_csv *csv, size_t text_at,
                          lr_records *out);

    /*
     * dates: read the dates of a column (the format in CONTRACT section 2).
     *
     *   texts  n_rows rows over src; a row of text that is no date becomes LR_BAD + LR_BAD_DATE
     *   out    n_rows dates as written; 0 for every row that is not text
     */
    void (*dates)(const uint8_t *src, lr_column texts, size_t n_rows, lr_date *out);

    /*
     * find_emojis: the emojis of a column of texts, row by row, leftmost-longest.
     *
     *   texts   n_rows rows over src (which has LR_PADDING readable bytes behind it); rows that are
     *           not text are passed over
     *   cursor  where to begin; moved on. All is done when cursor->row == n_rows
     *   out     room for max symbols of the set
     *
     * Returns how many. Returns early only where out is full.
     */
    size_t (*find_emojis)(const uint8_t *src, lr_column texts, size_t n_rows,
                          const lr_emoji_set *set, lr_cursor *cursor, uint32_t *out, size_t max);

    /*
     * find_mentions: the names that a column of texts mentions, without their @; else as find_emojis.
     *
     *   out  room for max rows: spans over src; LR_ESCAPED where a name holds escapes, else LR_PLAIN
     */
    size_t (*find_mentions)(const uint8_t *src, lr_column texts, size_t n_rows, lr_mentions mode,
                            lr_cursor *cursor, lr_column out, size_t max);

    /*
     * groups_add: count rows into the table, one each.
     *
     * Returns how many of the rows are in: rows->n, or less where the next one does not fit, neither
     * as a group nor in the arena. Rows of other kinds than LR_PLAIN count as in. Bound: the latency
     * of memory, which batches of prefetches hide.
     */
    size_t (*groups_add)(lr_groups *groups, const lr_group_rows *rows);
} lr_kernels;

/* The best tier that this machine can run. */
lr_isa lr_isa_best(void);
const char *lr_isa_name(lr_isa isa);

/* Every kernel has a reference, and each tier up to isa replaces those it improves. */
void lr_kernels_init(lr_kernels *k, lr_isa isa);

/* One function a tier, in tier_*.c. */
void lr_kernels_fill_ref(lr_kernels *k);
void lr_kernels_fill_avx2(lr_kernels *k);
void lr_kernels_fill_avx512(lr_kernels *k);

#endif
