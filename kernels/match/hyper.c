/*
 * hyper.c: emojis and mentions by Hyperscan. It reports every literal in a text, also those that
 * overlap or stand inside others; the second step takes the leftmost-longest (emojis), or reads the
 * name behind an @ as the definition does (mentions). Texts are joined, since a call costs 100 ns
 * before its first byte: those for emojis decoded, those for mentions as they are, for what is found
 * are places in them. What does not fit the room for it is left to the kernel of the same name.
 */
#include "match/hyperscan.h"
#include "match/mentions_core.h"

#ifdef LR_HAVE_HYPERSCAN
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 1 << 14,       /* bytes of texts in one call; a longer text goes to the kernel */
    BETWEEN = 0xFF,        /* stands between two texts, and in none of them */
    EVENTS_MAX = 1 << 14,  /* that Hyperscan reports in a block */
    BLOCK_ROWS_MAX = 1024, /* texts in a block */
    FOUND_MAX = BLOCK      /* what is found in a block: less than it has bytes */
};

struct lr_hyper {
    lr_hs hs;
    hs_database_t *database;
    const lr_emoji_set *set; /* NULL: mentions */
    lr_mentions mode;
};

/* A literal that was seen: its first byte in the block, its length, its number. */
typedef struct event {
    uint32_t at;
    uint16_t length, number;
} event;

/* A row in the block: where it ends there, and where it is. */
typedef struct block_row {
    uint32_t end;
    lr_row row;
} block_row;

struct lr_hyper_thread {
    const lr_hyper *hyper;
    hs_scratch_t *scratch;
    size_t n_events, n_rows, n_found, given; /* found, and how many of them were handed out */
    size_t row_next;                         /* the first row that has not been in a block */
    size_t row_alone;  /* rows from row_next to before it go to the kernel, one by one */
    uint32_t alone_at; /* where the kernel is in row_next */
    uint8_t block[BLOCK + LR_PADDING];
    block_row rows[BLOCK_ROWS_MAX];
    event events[EVENTS_MAX];
    uint32_t symbols[FOUND_MAX];
    lr_span spans[FOUND_MAX];
    uint8_t kinds[FOUND_MAX];
};

/* What a mention may begin with: @, its escape, the wide @ of twitter-text, and its escapes. */
static const char *const at_signs[] = {"@",       "\\u0040", "\xEF\xBC\xA0", "\\uff20",
                                       "\\uFf20", "\\ufF20", "\\uFF20"};

static lr_status compile(lr_hyper *h, lr_error *err)
{
    const size_t n = h->set != NULL                   ? lr_emoji_count(h->set)
                     : h->mode == LR_MENTIONS_TWITTER ? LR_COUNT_OF(at_signs)
                                                      : 2;
    lr_bytes *const texts = calloc(n, sizeof *texts);
    lr_pattern_fault fault;

    if (texts == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for %zu patterns", n);
    for (size_t i = 0; i < n; i++)
        texts[i] = h->set != NULL ? lr_emoji_text(h->set, (uint32_t)i)
                                  : (lr_bytes){(const uint8_t *)at_signs[i], strlen(at_signs[i])};
    const lr_status status = lr_hs_literals(&h->hs, texts, n, 0, &h->database, &fault, err);
    free(texts);
    return status;
}

lr_status lr_hyper_new(lr_hyper **out, const lr_emoji_set *set, lr_mentions mode, lr_error *err)
{
    lr_hyper *h = *out = calloc(1, sizeof *h);

    if (h == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a matcher");
    h->set = set;
    h->mode = mode;
    lr_status status = lr_hs_open(&h->hs, err);
    if (status == LR_OK)
        status = compile(h, err);
    if (status != LR_OK) {
        lr_hyper_free(h);
        *out = NULL;
    }
    return status;
}

void lr_hyper_free(lr_hyper *hyper)
{
    if (hyper == NULL)
        return;
    if (hyper->hs.library != NULL) {
        hyper->hs.hs_free_database(hyper->database);
        lr_hs_close(&hyper->hs);
    }
    free(hyper);
}

lr_status lr_hyper_thread_new(lr_hyper_thread **out, const lr_hyper *hyper, lr_error *err)
{
    lr_hyper_thread *t = *out = calloc(1, sizeof *t);

    if (t != NULL)
        t->hyper = hyper;
    if (t != NULL && hyper->hs.hs_alloc_scratch(hyper->database, &t->scratch) == HS_SUCCESS)
        return LR_OK;
    free(t);
    *out = NULL;
    return lr_fail(err, LR_E_RESOURCE, "no memory for a matcher");
}

void lr_hyper_thread_free(lr_hyper_thread *thread)
{
    if (thread == NULL)
        return;
    thread->hyper->hs.hs_free_scratch(thread->scratch);
    free(thread);
}

static int on_event(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    lr_hyper_thread *t = context;
    const lr_hyper *h = t->hyper;

    if (t->n_events == EVENTS_MAX)
        return 1; /* stop: these rows go to the kernel */
    const size_t length = h->set != NULL ? lr_emoji_text(h->set, id).n : strlen(at_signs[id]);
    const event e = {(uint32_t)(to - length), (uint16_t)length, (uint16_t)id};

    /* Sorted by place, the longest first. They come in the order of their ends, so few move. */
    size_t i = t->n_events++;
    for (; i > 0 && (t->events[i - 1].at > e.at ||
                     (t->events[i - 1].at == e.at && t->events[i - 1].length < e.length));
         i--)
        t->events[i] = t->events[i - 1];
    t->events[i] = e;
    return 0;
}

/* Leftmost, longest, and none that begins in one that was taken. */
static void take_symbols(lr_hyper_thread *t)
{
    uint32_t end = 0;

    for (size_t i = 0; i < t->n_events; i++) {
        if (t->events[i].at < end)
            continue;
        end = t->events[i].at + t->events[i].length;
        t->symbols[t->n_found++] = t->events[i].number;
    }
}

/* The names behind the events, row by row. */
static void take_names(lr_hyper_thread *t, const uint8_t *src)
{
    const lr_mentions mode = t->hyper->mode;
    const lr_column out = {t->spans, t->kinds};
    size_t r = 0;
    const uint8_t *from = t->rows[0].row.begin;
    lr_name name;

    for (size_t i = 0; i < t->n_events; i++) {
        if (t->events[i].at >= t->rows[r].end) {
            while (t->events[i].at >= t->rows[r].end)
                r++;
            from = t->rows[r].row.begin;
        }
        const lr_row *const row = &t->rows[r].row;
        const uint8_t *const p = row->end - (t->rows[r].end - t->events[i].at);
        if (p < from ||
            !(mode == LR_MENTIONS_TWITTER ? lr_twitter_here(p, &from, row, &name)
                                          : lr_mention_here(p, &from, row, mode, &name)))
            continue;
        lr_name_put(&name, src, out, t->n_found++);
        if (mode == LR_MENTIONS_FIRST)
            from = row->end;
    }
}

/* Fills the block with rows from row_next on, as many as fit, scans it, and takes what it finds. Rows
 * in which too much is seen are left to the kernel. */
static void next_block(lr_hyper_thread *t, const lr_kernels *k, const uint8_t *src, lr_column texts,
                       size_t n_rows)
{
    const size_t first = t->row_next;
    uint32_t used = 0;

    t->n_events = t->n_rows = t->n_found = t->given = 0;
    for (; t->row_next < n_rows && t->n_rows < BLOCK_ROWS_MAX; t->row_next++) {
        const lr_span span = texts.spans[t->row_next];
        const uint8_t kind = texts.kinds[t->row_next], *const begin = src + span.offset;
        uint32_t length = span.length;
        if (kind != LR_PLAIN && kind != LR_ESCAPED)
            continue;
        if (length >= BLOCK - used)
            break;
        if (kind == LR_ESCAPED && t->hyper->set != NULL)
            length = (uint32_t)k->unescape(begin, length, t->block + used);
        else
            memcpy(t->block + used, begin, length);
        used += length;
        t->rows[t->n_rows++] = (block_row){used, {begin, begin + span.length, kind == LR_ESCAPED}};
        t->block[used++] = BETWEEN;
    }
    if (t->row_next == first) { /* it is too long */
        t->row_alone = first + 1;
        return;
    }
    if (t->hyper->hs.hs_scan(t->hyper->database, (const char *)t->block, used, 0, t->scratch,
                             on_event, t) != HS_SUCCESS) {
        t->row_alone = t->row_next;
        t->row_next = first;
        return;
    }
    if (t->hyper->set != NULL)
        take_symbols(t);
    else if (t->n_rows > 0)
        take_names(t, src);
}

/* Hands out what has been found; returns how many. */
static size_t hand_out(lr_hyper_thread *t, uint32_t *symbols, lr_column names, size_t max)
{
    const size_t left = t->n_found - t->given, n = left < max ? left : max;

    if (t->hyper->set != NULL) {
        memcpy(symbols, t->symbols + t->given, n * sizeof *symbols);
    } else {
        memcpy(names.spans, t->spans + t->given, n * sizeof *names.spans);
        memcpy(names.kinds, t->kinds + t->given, n);
    }
    t->given += n;
    return n;
}

/* Row row_next by the kernel; returns how many. */
static size_t find_alone(lr_hyper_thread *t, const lr_kernels *k, const uint8_t *src,
                         lr_column texts, uint32_t *symbols, lr_column names, size_t max)
{
    const lr_column row = {texts.spans + t->row_next, texts.kinds + t->row_next};
    lr_cursor inside = {0, t->alone_at};
    const size_t n = t->hyper->set != NULL
                         ? k->find_emojis(src, row, 1, t->hyper->set, &inside, symbols, max)
                         : k->find_mentions(src, row, 1, t->hyper->mode, &inside, names, max);

    t->row_next += inside.row;
    t->alone_at = inside.row == 1 ? 0 : inside.at;
    return n;
}

/* Both. What is under way is kept in t; the cursor says no more than whether it is. */
static size_t find(lr_hyper_thread *t, const lr_kernels *k, const uint8_t *src, lr_column texts,
                   size_t n_rows, lr_cursor *cursor, uint32_t *symbols, lr_column names, size_t max)
{
    size_t found = 0;

    if (cursor->row == 0 && cursor->at == 0) {
        t->n_found = t->given = t->row_next = t->row_alone = 0;
        t->alone_at = 0;
    }
    while (found < max) {
        uint32_t *const symbol = symbols == NULL ? NULL : symbols + found;
        const lr_column name = {names.spans == NULL ? NULL : names.spans + found,
                                names.kinds == NULL ? NULL : names.kinds + found};
        if (t->given < t->n_found)
            found += hand_out(t, symbol, name, max - found);
        else if (t->row_next < t->row_alone)
            found += find_alone(t, k, src, texts, symbol, name, max - found);
        else if (t->row_next < n_rows)
            next_block(t, k, src, texts, n_rows);
        else
            break;
    }
    const bool done = t->given == t->n_found && t->row_next == n_rows;
    *cursor = done ? (lr_cursor){n_rows, 0} : (lr_cursor){n_rows - 1, 1};
    return found;
}

size_t lr_hyper_emojis(lr_hyper_thread *thread, const lr_kernels *k, const uint8_t *src,
                       lr_column texts, size_t n_rows, lr_cursor *cursor, uint32_t *out, size_t max)
{
    return find(thread, k, src, texts, n_rows, cursor, out, (lr_column){NULL, NULL}, max);
}

size_t lr_hyper_mentions(lr_hyper_thread *thread, const lr_kernels *k, const uint8_t *src,
                         lr_column texts, size_t n_rows, lr_cursor *cursor, lr_column out,
                         size_t max)
{
    return find(thread, k, src, texts, n_rows, cursor, NULL, out, max);
}

#else /* without Hyperscan no matcher is made, and so none is asked */

lr_status lr_hyper_new(lr_hyper **out, const lr_emoji_set *set, lr_mentions mode, lr_error *err)
{
    *out = NULL;
    return lr_fail(err, LR_E_RESOURCE, "this build is without Hyperscan");
}

void lr_hyper_free(lr_hyper *hyper)
{
}

lr_status lr_hyper_thread_new(lr_hyper_thread **out, const lr_hyper *hyper, lr_error *err)
{
    *out = NULL;
    return lr_fail(err, LR_E_RESOURCE, "this build is without Hyperscan");
}

void lr_hyper_thread_free(lr_hyper_thread *thread)
{
}

size_t lr_hyper_emojis(lr_hyper_thread *thread, const lr_kernels *k, const uint8_t *src,
                       lr_column texts, size_t n_rows, lr_cursor *cursor, uint32_t *out, size_t max)
{
    return 0;
}

size_t lr_hyper_mentions(lr_hyper_thread *thread, const lr_kernels *k, const uint8_t *src,
                         lr_column texts, size_t n_rows, lr_cursor *cursor, lr_column out,
                         size_t max)
{
    return 0;
}
#endif
