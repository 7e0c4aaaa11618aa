/*
 * unit_passes.c: each pass of a device against the CPU's kernel of the same contract, on the emulated device:
 * random input of up to a few tiles, every order of blocks and warps, one to four blocks at once. (The passes
 * that read records, of JSON and CSV, are held against the CPU by emulated_differential.) Not seen here: the
 * second step of a look-back, for which 32 tiles in a row must be at work at once; a device sees it.
 */
#include "check.h"
#include "csv.h"
#include "emulate.h"
#include "groups.h"
#include "passes.h"

enum { LENGTH_MAX = 70000, ROUNDS = 36 };

static uint8_t src[LENGTH_MAX + LR_PADDING] __attribute__((aligned(16)));
static uint32_t got[LENGTH_MAX], want[LENGTH_MAX];

/* The next schedule: each order, each number of blocks. */
static void set_schedule(check_rng *rng, uint32_t i)
{
    lr_emulate.seed = check_random(rng);
    lr_emulate.order = (lr_emulate_order)(LR_EMULATE_FORWARD + i % 3);
    lr_emulate.resident = 1 + i / 3 % 4;
}

/* Lengths about the bounds of words, warps and tiles, and others. */
static uint32_t draw_length(check_rng *rng)
{
    static const uint32_t bounds[] = {1, 16, 32, 2048, 16384, 32768, 65536};
    const uint32_t about = bounds[check_below(rng, LR_COUNT_OF(bounds))];

    switch (check_below(rng, 3)) {
    case 0:
        return about + (uint32_t)check_below(rng, 3) - (about > 1);
    case 1:
        return 1 + (uint32_t)check_below(rng, 600);
    default:
        return 1 + (uint32_t)check_below(rng, LENGTH_MAX);
    }
}

/*
 * Goal: lines_scan finds the line feeds that scan_lines finds.
 * Method: bytes with runs of line feeds, any start, room for all or for fewer ends; the padding is random too.
 */
static void check_lines(check_rng *rng, const lr_kernels *k)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const uint32_t n = draw_length(rng), from = (uint32_t)check_below(rng, n);
        passes_ends out = {.ends = got, .ends_max = LENGTH_MAX};
        size_t at = from;

        check_fill_runs(rng, src, n + LR_PADDING, i % 2 == 0 ? "aaaaaaab\n" : "\n\n\na",
                        1 + i % 40);
        const size_t n_want = k->scan_lines(src, n, &at, want, LENGTH_MAX);
        if (check_below(rng, 3) == 0)
            out.ends_max = 1 + (uint32_t)check_below(rng, n_want + 1);
        set_schedule(rng, i);
        CHECK(passes_lines(src, from, n, &out) == 0, "n=%u", n);
        CHECK(out.n_ends == n_want, "from=%u n=%u: %u, not %zu", from, n, out.n_ends, n_want);
        const size_t room = n_want < out.ends_max ? n_want : out.ends_max;
        CHECK(memcmp(got, want, room * sizeof *got) == 0, "from=%u n=%u", from, n);
    }
}

/* Rows of CSV with every kind of field; literal: some with a quote in a field without quotes. */
static uint32_t fill_csv(check_rng *rng, uint32_t n_max, bool literal)
{
    static const char *const fields[] = {"",
                                         "ab",
                                         "\"\"",
                                         "\"a,b\"",
                                         "\"a\n\nb\"",
                                         "\"\"\"\"",
                                         "\"a\"\"\n\"\"b\"",
                                         "a longer field",
                                         "\"\r\n\"",
                                         "7"};
    uint32_t n = 0;

    while (n + 40 < n_max) {
        const char *field = fields[check_below(rng, LR_COUNT_OF(fields))];
        if (literal && check_below(rng, 20) == 0)
            field = "a\"b";
        n += (uint32_t)sprintf((char *)src + n, "%s", field);
        switch (check_below(rng, 5)) {
        case 0:
            src[n++] = '\n';
            break;
        case 1:
            n += (uint32_t)sprintf((char *)src + n, "\r\n");
            break;
        default:
            src[n++] = ',';
        }
    }
    src[n++] = '\n';
    check_fill_runs(rng, src + n, LR_PADDING, "\"\n,a", 3);
    return n;
}

/* The ends of records as csv_split has them: behind each byte that ends one. */
static uint32_t split_csv(const lr_kernels *k, uint32_t from, uint32_t n)
{
    lr_csv_place place = LR_CSV_START;
    uint32_t n_want = 0;
    size_t end;

    for (uint32_t i = from; i < n; i++)
        if (src[i] == '\n') { /* piece by piece, so that each end is the last of a piece */
            end = k->csv_split(src + from, i + 1 - from, ',', &place);
            if (end == i + 1 - from)
                want[n_want++] = i;
            from = i + 1;
        }
    return n_want;
}

/*
 * Goal: csv_scan finds the record ends that csv_split finds, or refuses the slice; it refuses none whose quotes
 * stand where RFC 4180 has them, and none is taken wrongly where they do not.
 * Method: rows of all kinds of fields, over several tiles; some with literal quotes, a"b.
 */
static void check_csv(check_rng *rng, const lr_kernels *k)
{
    uint32_t refused = 0;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        const bool literal = i % 3 == 2;
        const uint32_t n = fill_csv(rng, draw_length(rng) % (LENGTH_MAX - 100) + 100, literal);
        passes_ends out = {.ends = got, .ends_max = LENGTH_MAX};

        const uint32_t all = split_csv(k, 0, n);
        const uint32_t from = all > 0 && i % 2 != 0 ? want[check_below(rng, all)] + 1 : 0;
        if (from == n)
            continue;
        const uint32_t n_want = split_csv(k, from, n);
        uint32_t feeds = 0;
        for (uint32_t b = from; b < n; b++)
            feeds += src[b] == '\n';
        set_schedule(rng, i);
        CHECK(passes_csv_ends(src, from, n, ',', &out) == 0, "n=%u", n);
        CHECK(out.feeds == feeds, "from=%u n=%u: %u feeds, not %u", from, n, out.feeds, feeds);
        refused += out.misplaced != 0;
        if (out.misplaced == 0) {
            CHECK(out.n_ends == n_want, "from=%u n=%u: %u, not %u", from, n, out.n_ends, n_want);
            CHECK(memcmp(got, want, n_want * sizeof *got) == 0, "from=%u n=%u", from, n);
        } else {
            CHECK(literal || src[n - 1] != '\n' || split_csv(k, from, n) == 0 ||
                      want[n_want - 1] != n - 1,
                  "from=%u n=%u: refused, and every quote has its place", from, n);
        }
    }
    CHECK(refused > 0, "no literal quote was seen");
}

/* Takes a group of the device, and counts it into the table of the CPU, by less than nothing. */
typedef struct sink {
    lr_groups *into;
    uint64_t n;
    bool full;
} sink;

static lr_status take_group(void *context, lr_date tag, lr_bytes text, uint64_t n, lr_error *err)
{
    sink *const s = context;
    static uint8_t copy[256 + LR_PADDING];

    (void)err;
    memcpy(copy, text.data, text.n);
    s->n += n;
    if (n > 0 && !lr_groups_count(s->into, copy, (uint32_t)text.n, (uint32_t)tag, n))
        s->full = true;
    return LR_OK;
}

enum { GROUP_BITS = 12, HITS = 3000, TEXT_MAX = 90 };

static lr_group slots[2][1 << GROUP_BITS];
static uint8_t arenas[2][1 << 19];

static void empty_tables(lr_groups tables[2])
{
    for (int i = 0; i < 2; i++) {
        memset(slots[i], 0, sizeof slots[i]);
        tables[i] = (lr_groups){.slots = slots[i],
                                .bits = GROUP_BITS,
                                .n_max = (1 << GROUP_BITS) * 3 / 4,
                                .arena = arenas[i],
                                .arena_max = sizeof arenas[i],
                                .seed = {1, 2}};
    }
}

/* Both tables as lists in one order: the same keys and counts. */
static void compare_tables(lr_groups tables[2], uint32_t blocks, uint32_t bits)
{
    CHECK(tables[0].n == tables[1].n, "%zu groups, not %zu (2^%u slots, %u blocks)", tables[1].n,
          tables[0].n, bits, blocks);
    lr_groups_sort(&tables[0]);
    lr_groups_sort(&tables[1]);
    for (size_t i = 0; i < tables[0].n; i++) {
        const lr_group *a = &tables[0].slots[i], *b = &tables[1].slots[i];
        const lr_bytes text = lr_group_text(&tables[0], a), other = lr_group_text(&tables[1], b);
        CHECK(a->tag == b->tag && text.n == other.n && memcmp(text.data, other.data, text.n) == 0,
              "group %zu: another key", i);
        CHECK(a->n == b->n, "%.*s: %llu, not %llu", (int)text.n, text.data,
              (unsigned long long)b->n, (unsigned long long)a->n);
    }
}

/*
 * Goal: groups_count counts every key as lr_groups_count does, and hands back the hits that find no room.
 * Method: keys that share beginnings, with tags, of 0 to 90 bytes, drawn often and rarely; tables with room,
 * and arenas that fill up; 1 to 9 blocks. What is handed back is counted by hand.
 */
static void check_groups(check_rng *rng)
{
    static lr_gpu_row hits[HITS];
    static uint32_t rows[HITS];
    uint32_t handed_back = 0;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        lr_groups tables[2];
        sink device = {.into = &tables[1]};
        const uint32_t n = 1 + (uint32_t)check_below(rng, HITS),
                       starts = 1 + (uint32_t)check_below(rng, 300);
        const uint32_t bits = 4 + (uint32_t)check_below(rng, 8),
                       blocks = 1 + (uint32_t)check_below(rng, 9);
        uint32_t n_rows;

        check_fill_runs(rng, src, LENGTH_MAX + LR_PADDING, "aab", 9);
        empty_tables(tables);
        for (uint32_t h = 0; h < n; h++) {
            const uint32_t start = (uint32_t)check_below(rng, starts) * 8;
            hits[h] =
                (lr_gpu_row){start, start % 11 == 0 ? start % TEXT_MAX : start % 20, start % 3, 0};
            CHECK(lr_groups_count(&tables[0], src + start, hits[h].length, hits[h].tag, 1), "full");
        }
        set_schedule(rng, i);
        /* Two units at least per entry: the arena is full before three quarters of the slots are. */
        CHECK(passes_groups(src, LENGTH_MAX, hits, n, bits, (1u << bits) * 3 / 2, blocks,
                            take_group, &device, rows, &n_rows) == 0,
              "n=%u", n);
        CHECK(!device.full && device.n + n_rows == n, "%llu counted, %u handed back, of %u",
              (unsigned long long)device.n, n_rows, n);
        for (uint32_t r = 0; r < n_rows; r++) {
            const lr_gpu_row *const hit = &hits[rows[r]];
            CHECK(lr_groups_count(&tables[1], src + hit->offset, hit->length, hit->tag, 1), "full");
        }
        handed_back += n_rows;
        compare_tables(tables, blocks, bits);
    }
    CHECK(handed_back > 0, "no table was full");
}

int main(void)
{
    size_t n_tiers;
    const lr_kernels *tiers = check_tiers(&n_tiers);
    check_rng rng;

    lr_emulate.memory_bytes = 64 << 20;
    if (check_begin("lines_scan", &rng))
        check_lines(&rng, &tiers[0]);
    if (check_begin("csv_scan", &rng))
        check_csv(&rng, &tiers[0]);
    if (check_begin("groups_count", &rng))
        check_groups(&rng);
    return 0;
}
