/*
 * groups.cu: counts hits into group tables. A thread per hit: it hashes the key, walks the slots, compares
 * whole keys, and makes a group where there is none: first the entry, then, when that can be seen by all,
 * the slot, by compare-and-swap. Bound: the latency of memory, hidden by many threads.
 */
#include "gpu_passes.h"
#include "gpu_words.h"

enum { THREADS = 256, UNIT = LR_GPU_UNIT };

static __device__ uint64_t mix(uint64_t a, uint64_t b)
{
    return (a * b) ^ __umul64hi(a, b);
}

/* A key: src[at, at + length), and its tag. */
typedef struct key {
    const uint8_t *src;
    uint32_t at, length, tag;
} key;

/* Its bytes from i on, eight of them, or what there is and zeros. */
static __device__ uint64_t load_bytes(const key *k, uint32_t i)
{
    const uint32_t n = k->length - i;
    return load_eight(k->src, k->at + i) & (n < 8 ? ((uint64_t)1 << 8 * n) - 1 : ~(uint64_t)0);
}

/* With secret seeds nobody can aim at collisions: see group_hash, which this need not equal. */
static __device__ uint64_t hash_key(const uint64_t seed[2], const key *k)
{
    uint64_t h = mix(seed[0] ^ ((uint64_t)k->tag << 32 | k->length), seed[1]);

    for (uint32_t i = 0; i < k->length; i += 8)
        h = mix(h ^ load_bytes(k, i), seed[0] ^ seed[1] << 1);
    return mix(h ^ seed[1], seed[0]);
}

/* Reads past the caches of this processor: another one may just have written it. */
static __device__ bool is_entry(const uint8_t *entry, const key *k)
{
    const volatile lr_gpu_entry *head = (const volatile lr_gpu_entry *)entry;
    const volatile uint8_t *other = entry + sizeof(lr_gpu_entry);

    if (head->length != k->length || head->tag != k->tag)
        return false;
    for (uint32_t i = 0; i < k->length; i += 8)
        if (*(const volatile uint64_t *)(other + i) != load_bytes(k, i))
            return false; /* the last word of an entry is filled with zeros */
    return true;
}

/* A new entry, of which nobody knows yet; 1 + its unit, or 0: the arena is full. */
static __device__ uint64_t make_entry(const lr_gpu_table *table, const key *k)
{
    const uint64_t units = lr_gpu_entry_units(k->length);
    const uint64_t at = atomicAdd(table->used, (unsigned long long)units);
    if (at + units > table->arena_units)
        return 0;
    uint8_t *entry = table->arena + at * UNIT;
    lr_gpu_entry *head = (lr_gpu_entry *)entry;

    head->length = k->length;
    head->tag = k->tag;
    head->n = 0;
    for (uint32_t i = 0; i < k->length; i += 8)
        *(uint64_t *)(entry + sizeof *head + i) = load_bytes(k, i);
    __threadfence();
    return at + 1;
}

/* Counts the key once; false: there is no room for it. */
static __device__ bool count_key(const lr_gpu_table *table, const key *k)
{
    const uint64_t hash = hash_key(table->seed, k);
    const uint64_t mark = hash << 40, mask = ((uint64_t)1 << table->bits) - 1;
    uint64_t mine = 0; /* the entry made for this key, on the first free slot */

    for (uint64_t i = hash >> (64 - table->bits);; i = (i + 1) & mask) {
        unsigned long long slot = *(volatile unsigned long long *)&table->slots[i];
        if (slot == 0) {
            if (mine == 0 && (mine = make_entry(table, k)) == 0)
                return false;
            slot = atomicCAS(&table->slots[i], 0ull, (unsigned long long)(mark | mine));
            slot = slot == 0 ? mark | mine : slot;
        }
        uint8_t *entry = table->arena + ((slot & 0xFFFFFFFFFFull) - 1) * UNIT;
        if (slot == (mark | mine) || ((slot ^ mark) >> 40 == 0 && is_entry(entry, k))) {
            atomicAdd(&((lr_gpu_entry *)entry)->n, 1ull);
            return true;
        }
    }
}

__global__ void groups_count(const lr_gpu_table *tables, lr_gpu_slice s)
{
    const unsigned long long told = s.counts->n_hits;
    const uint32_t n = told < s.hits_max ? (uint32_t)told : s.hits_max;

    for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        const lr_gpu_row hit = s.hits[i];
        const key k = {s.src, hit.offset, hit.length, hit.tag};
        if (hit.length != UINT32_MAX && !count_key(&tables[hit.hot], &k))
            s.rows[atomicAdd(&s.counts->n_rows, 1)] = i;
    }
}

void lr_gpu_groups(const lr_gpu_table *tables, const lr_gpu_slice *slice, uint32_t blocks,
                   cudaStream_t stream)
{
    LR_LAUNCH(groups_count, blocks, THREADS, 0, stream, tables, *slice);
}
