/*
 * parts.h: keys set aside uncounted, in parts by ranges of their hashes, which tables take one after the
 * other: where nearly every key is new, a table of them all costs a miss of the cache for each, and one
 * of a part stays in it (radix partitioning: Boncz, Manegold and Kersten 1999, section 3).
 * The memory is the caller's. Nothing here allocates or fails: a full part says so.
 *
 * A record is its length, one byte with a flag; its tag, 4 bytes; its count, 8 bytes, where the flag is set,
 * else it is 1; then its text. Fresh memory is what they cost most, so there is nothing between them.
 */
#ifndef LR_PARTS_H
#define LR_PARTS_H

#include "groups.h"

enum {
    LR_PARTS_BITS = 10,
    LR_PARTS = 1 << LR_PARTS_BITS,
    LR_PART_TEXT_MAX = 127, /* longer texts are not set aside */
    LR_PART_RECORD_MIN = 1 + 4,
    LR_PART_RECORD_MAX = 1 + 4 + 8 + LR_PART_TEXT_MAX,
    LR_PART_PADDING =
        16 /* readable bytes behind the last record, so that it can be read as a key */
};

/* Where the next record of a part goes, if LR_PART_RECORD_MAX bytes and the padding fit before end. */
typedef struct lr_part {
    uint8_t *at, *end;
} lr_part;

typedef struct lr_parts {
    uint64_t seed[2], base; /* as of the tables that will take them */
    uint32_t lead;
    lr_part part
        [LR_PARTS]; /* part i: the i-th of LR_PARTS equal ranges of [base, base + 2^(64 - lead)) */
} lr_parts;

/* Sets rows aside, as groups_add counts them. Returns rows->n; or the first row not set aside, and in *part
 * the one that has no room for it, or LR_PARTS where its text is too long. */
size_t lr_parts_add(lr_parts *parts, const lr_group_rows *rows, size_t *part);

/* Sets the groups of slots [*at, 2^bits) aside but those whose text is too long. False: part *part has no room
 * for the one in slot *at. */
bool lr_parts_move(lr_parts *parts, const lr_groups *from, size_t *at, size_t *part);

/* Counts those of the n bytes of records that are in the range of `into`. False: there is no room for one;
 * some are in. */
bool lr_parts_take(lr_groups *into, const uint8_t *records, size_t n);

/* The hashes of the n bytes of records. Returns how many there are. */
size_t lr_parts_hashes(const lr_parts *parts, const uint8_t *records, size_t n, uint64_t *out);

#endif
