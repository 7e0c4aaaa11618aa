/*
 * groups.h: the group table: distinct keys and how often each occurs.
 *
 * Open addressing with linear probing over slots of 32 bytes. A key is a tag (a date, say; 0 where
 * there is none) and a text; texts of up to 16 bytes stand in the slot, longer ones in the arena.
 * Every match compares the whole key, the hash is seeded, and slots are ordered by the top bits of
 * the hash, so that a range of slots is a range of hashes: tables merge, and spill, by ranges.
 * The memory is the caller's. Nothing here allocates or fails: a full table says so.
 */
#ifndef LR_GROUPS_H
#define LR_GROUPS_H

#include "base.h"

enum { LR_GROUP_INLINE = 16 };

typedef struct lr_group {
    union {
        uint8_t text[LR_GROUP_INLINE]; /* zero-filled; or, of a longer text: */
        struct {
            uint64_t at;   /* its offset in the arena */
            uint64_t hash; /* of the whole key */
        } far;
    };
    uint32_t length; /* of the text, in bytes */
    uint32_t tag;
    uint64_t n; /* how often; 0 is a free slot */
} lr_group;

typedef struct lr_groups {
    lr_group *slots; /* 2^bits of them, all zero at first */
    uint32_t bits;   /* >= 1 */
    size_t n, n_max; /* groups, and how many fit (n_max < 2^bits) */
    uint8_t *arena;  /* the texts of more than LR_GROUP_INLINE bytes, one after the other */
    size_t arena_n, arena_max; /* 16 of arena_max stay unused */
    uint64_t seed[2];
    /* Keys with a hash outside [base, base + 2^(64 - lead)) are passed over; 0 and 0: none are. The range
     * is spread over all slots: on a part of them its probes would be quadratic. */
    uint64_t base;
    uint32_t lead;
} lr_groups;

/* Rows to be grouped: row i is tags[i] (0 where tags is NULL) and the text spans[i] of src, which
 * has LR_PADDING readable bytes behind it; rows of other kinds than LR_PLAIN are passed over. */
typedef struct lr_group_rows {
    const uint8_t *src;
    const lr_span *spans;
    const uint8_t *kinds;
    const lr_date *tags;
    size_t n;
} lr_group_rows;

/*
 * Counts the groups of slots [*at, end) of `from` into `into`, which has the same seed. False: the
 * one in slot *at finds no room; the ones before it are in.
 */
bool lr_groups_merge(lr_groups *into, const lr_groups *from, size_t *at, size_t end);

/* Counts those groups of `from` that are in the range of `into`, which is 2^-k of from's own, for any
 * k. False: there is no room for one; some are in. */
bool lr_groups_take(lr_groups *into, const lr_groups *from);

/* Counts a key n times; text has 16 readable bytes wherever it ends. False: there is no room for it. */
bool lr_groups_count(lr_groups *groups, const uint8_t *text, uint32_t length, uint32_t tag,
                     uint64_t n);

/* Moves a group whose text, if it is a far one, already stands in the arena into the slots, where it
 * is new and has room: how a table gets more slots. */
void lr_groups_move(lr_groups *groups, const lr_group *group);

/* A key by itself; text has 16 readable bytes wherever it ends. */
typedef struct lr_group_key {
    uint64_t hash; /* lr_group_key_hash */
    const uint8_t *text;
    uint32_t length, tag;
} lr_group_key;

uint64_t lr_group_key_hash(const uint64_t seed[2], const uint8_t *text, uint32_t length,
                           uint32_t tag);

/* Below 0: a comes before b; 0: they are the same key. By hash, and keys of the same hash somehow. */
int lr_group_key_compare(const lr_group_key *a, const lr_group_key *b);

/* Moves the groups to the first n slots, in the order of their keys. They are a list then, and no table
 * before it is emptied. */
void lr_groups_sort(lr_groups *groups);

/* No groups any more; the memory is kept. */
void lr_groups_empty(lr_groups *groups);

/* The hash of a group's whole key; its text, which lives as long as the slot and the arena. */
uint64_t lr_group_hash(const lr_groups *groups, const lr_group *group);
lr_bytes lr_group_text(const lr_groups *groups, const lr_group *group);

#endif
