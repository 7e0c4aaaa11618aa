/*
 * keys.h: which fields of a JSON record are looked for, and the records that were found.
 */
#ifndef LR_KEYS_H
#define LR_KEYS_H

#include "base.h"
#include "guess.h"

enum {
    LR_KEYS_MAX = 12,    /* keys that are looked for at a time */
    LR_BATCH_MAX = 1024, /* records in a batch */
    /* No line of a batch begins so far behind its first: a batch is gone through again by columns, of which
     * dates and names stand in its texts, and these should still be in L2 (1 MiB) then. 3.5 MB of tweets
     * at a time took q1 1.08, all three 1.04, q1 in full 1.05 of the time; 256 KiB, q2 and q3 1.02. */
    LR_BATCH_BYTES = 768 << 10
};

/*
 * The keys as a tree: key i is `name` inside the object that key `parent` holds, or at the top of
 * the record where parent is -1. A parent stands before its children. Names are compared after
 * unescaping.
 */
typedef struct lr_key {
    const char *name;
    uint8_t length;
    int8_t parent;
} lr_key;

typedef struct lr_keys {
    lr_key key[LR_KEYS_MAX];
    uint32_t n;
    /* Used validation may stop reading a record once all keys of this set (bit i: key i) have been
     * found with a value other than null. */
    uint32_t enough;
} lr_keys;

typedef enum lr_validate {
    LR_VALIDATE_FULL, /* all of RFC 8259 and UTF-8; of a key that occurs twice the last one counts */
    LR_VALIDATE_USED  /* what is read; the first one counts, so that reading can stop early */
} lr_validate;

/*
 * Up to LR_BATCH_MAX records of a slice. Record i starts at offset[i] of it and is good or has a
 * reason; keys[k].kinds[i] and .spans[i] are the value of key k. The span of text is what stands
 * between the quotes, that of any other value the value itself. Of a bad record the keys hold
 * LR_ABSENT.
 */
typedef struct lr_records lr_records;
struct lr_records {
    size_t n;
    uint64_t lines; /* line feeds passed: added to, never reset, by the kernel */
    uint64_t slow;  /* records that took the slow path: added to likewise */
    uint32_t *offset;
    uint8_t *reason;
    lr_column keys[LR_KEYS_MAX];
    lr_guess guess; /* json_records' own, from call to call: zero it at the start of a run */
    /* Called for each record, in their order, as soon as it is row `row` here: while its texts are in
     * L1, and memory goes on with what was asked for. NULL: nobody is. */
    void (*each)(void *context, const uint8_t *src, const lr_records *records, size_t row);
    void *context;
};

/* Of the line src[from, end), without its line feed, the comma that ends it; from: there is none. */
static inline size_t lr_last_comma(const uint8_t *src, size_t from, size_t end)
{
    end -= end > from && src[end - 1] == '\r';
    return end > from && src[end - 1] == ',' ? end - 1 : from;
}

/* No line of src[from, n) that begins here or behind it is in the batch that begins at `from`. */
static inline size_t lr_batch_until(size_t from, size_t n)
{
    return n - from <= LR_BATCH_BYTES ? n : from + LR_BATCH_BYTES;
}

#endif
