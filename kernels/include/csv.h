/*
 * csv.h: CSV (RFC 4180, CONTRACT section 4): where one is in it, and what is looked for.
 */
#ifndef LR_CSV_H
#define LR_CSV_H

#include "keys.h"

/* What holds before a byte. */
typedef enum lr_csv_place {
    LR_CSV_START,  /* a field begins here, perhaps a record too */
    LR_CSV_PLAIN,  /* in a field without quotes, or behind the quotes of one: a quote is literal */
    LR_CSV_QUOTED, /* in quotes */
    LR_CSV_QUOTE   /* behind a quote in quotes: it closed the field, or is the first of two */
} lr_csv_place;

/* The columns looked for: column[i], counted from 0, becomes keys[i] of the records. */
typedef struct lr_csv {
    uint8_t delimiter; /* neither a quote nor a line feed nor a carriage return */
    uint32_t n_columns;
    uint32_t n;
    uint32_t column[LR_KEYS_MAX]; /* ascending, each below n_columns */
} lr_csv;

/* One byte further. A line feed that is not in quotes ends a record. */
LR_HD lr_csv_place lr_csv_step(lr_csv_place place, uint8_t c, uint8_t delimiter)
{
    if (place == LR_CSV_QUOTED)
        return c == '"' ? LR_CSV_QUOTE : LR_CSV_QUOTED;
    if (c == '"' && place != LR_CSV_PLAIN)
        return LR_CSV_QUOTED;
    return c == delimiter || c == '\n' ? LR_CSV_START : LR_CSV_PLAIN;
}

/*
 * Appends the record at src[begin] to out, which has room; nothing where the line is empty. Texts
 * with doubled quotes are written to src + *text_at, which moves on. Returns where the record ends:
 * behind its line feed, or n. The definition of csv_records, and what its vector tiers fall back to.
 */
size_t lr_csv_record(uint8_t *src, size_t n, size_t begin, const lr_csv *csv, size_t *text_at,
                     lr_records *out);

/* The text of a quoted field, src[begin, end) between its quotes, without the second of two quotes,
 * is written to out. Returns its length. */
size_t lr_csv_undouble(const uint8_t *src, size_t begin, size_t end, uint8_t *out);

#endif
