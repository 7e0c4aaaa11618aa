/* parts.c: keys to parts, and from there to tables. */
#include "parts.h"

#include "aggregate/groups_core.h"

enum { HAS_COUNT = 0x80 };

_Static_assert((int)LR_PART_TEXT_MAX < (int)HAS_COUNT, "a length and a flag are a byte");

/* Appends a record; there are 16 readable bytes wherever the text ends. */
static inline void append(lr_part *part, const group_key *key, uint64_t n)
{
    uint8_t *at = part->at;

    *at++ = (uint8_t)(key->length | (n != 1 ? HAS_COUNT : 0));
    memcpy(at, &key->tag, sizeof key->tag);
    at += sizeof key->tag;
    if (LR_UNLIKELY(n != 1)) {
        memcpy(at, &n, sizeof n);
        at += sizeof n;
    }
    memcpy(at, key->text,
           16); /* most texts are no longer, and a copy of 16 bytes is two instructions */
    if (LR_UNLIKELY(key->length > 16))
        memcpy(at + 16, key->text + 16, key->length - 16);
    part->at = at + key->length;
}

static inline size_t part_of(const lr_parts *parts, uint64_t hash)
{
    return (size_t)((hash - parts->base) << parts->lead >> (64 - LR_PARTS_BITS));
}

static inline bool in_range(const lr_parts *parts, uint64_t hash)
{
    return ((hash - parts->base) & ~(UINT64_MAX >> parts->lead)) == 0;
}

static inline bool has_room(const lr_part *part)
{
    return part->end - part->at >= LR_PART_RECORD_MAX + LR_PART_PADDING;
}

size_t lr_parts_add(lr_parts *parts, const lr_group_rows *rows, size_t *part)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->kinds[i] != LR_PLAIN)
            continue;
        const lr_span span = rows->spans[i];
        const group_key key = group_key_of(parts->seed, rows->src + span.offset, span.length,
                                           rows->tags != NULL ? rows->tags[i] : 0);
        if (LR_UNLIKELY(!in_range(parts, key.hash)))
            continue;
        const size_t p = part_of(parts, key.hash);
        if (LR_UNLIKELY(span.length > LR_PART_TEXT_MAX || !has_room(&parts->part[p]))) {
            *part = span.length > LR_PART_TEXT_MAX ? LR_PARTS : p;
            return i;
        }
        append(&parts->part[p], &key, 1);
    }
    return rows->n;
}

bool lr_parts_move(lr_parts *parts, const lr_groups *from, size_t *at, size_t *part)
{
    for (; *at < (size_t)1 << from->bits; (*at)++) {
        const lr_group *slot = &from->slots[*at];
        if (slot->n == 0 || slot->length > LR_PART_TEXT_MAX)
            continue;
        const group_key key = group_key_in(from, slot);
        *part = part_of(parts, key.hash);
        if (!has_room(&parts->part[*part]))
            return false;
        append(&parts->part[*part], &key, slot->n);
    }
    return true;
}

/* The record at src as a key; its count; where the next one is. */
static inline const uint8_t *next_record(const uint64_t seed[2], const uint8_t *src, group_key *key,
                                         uint64_t *n)
{
    const uint32_t head = *src++, length = head & ~(uint32_t)HAS_COUNT;
    uint32_t tag;

    memcpy(&tag, src, sizeof tag);
    src += sizeof tag;
    *n = 1;
    if (LR_UNLIKELY((head & HAS_COUNT) != 0)) {
        memcpy(n, src, sizeof *n);
        src += sizeof *n;
    }
    *key = group_key_of(seed, src, length, tag);
    return src + length;
}

bool lr_parts_take(lr_groups *into, const uint8_t *records, size_t n)
{
    enum { AHEAD = 16 };
    const uint8_t *end = records + n;

    while (records < end) {
        group_key keys[AHEAD];
        uint64_t counts[AHEAD];
        size_t some = 0;
        while (some < AHEAD && records < end) {
            records = next_record(into->seed, records, &keys[some], &counts[some]);
            __builtin_prefetch(&into->slots[group_home(into, keys[some].hash)], 1);
            some += group_in_range(into, keys[some].hash);
        }
        for (size_t i = 0; i < some; i++)
            if (!group_count(into, &keys[i], counts[i]))
                return false;
    }
    return true;
}

size_t lr_parts_hashes(const lr_parts *parts, const uint8_t *records, size_t n, uint64_t *out)
{
    const uint8_t *end = records + n;
    size_t found = 0;

    while (records < end) {
        group_key key;
        uint64_t times;
        records = next_record(parts->seed, records, &key, &times);
        out[found++] = key.hash;
    }
    return found;
}
