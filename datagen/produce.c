/*
 * produce.c: threads take blocks of records in turn, write each into a buffer of their own, and hand
 * it over in the order of the file. Blocks are fixed runs of records and a record depends on nothing
 * but its number, so the bytes are the same for any number of threads.
 */
#include "produce.h"
#include "writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

enum { BLOCK_RECORDS_MAX = 1024, EXTRA_MAX = 4096, THREADS_MAX = 1024 };

/* What the threads share; `lock` guards all of it but what. */
typedef struct shop {
    const production *what;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    uint64_t n_blocks, taken, turn; /* blocks: given to threads, handed over */
    bool ended;                     /* enough, or failed */
    lr_status status;
    lr_error *err;
    produced *out;
    XXH3_state_t *digest;
    writer *writer; /* NULL: the output is written to as it comes */
    struct timespec reported;
} shop;

/* A thread's block: bytes, where each record ends, and what it means. */
typedef struct block {
    uint8_t *bytes;
    uint32_t n; /* records */
    size_t ends[BLOCK_RECORDS_MAX];
    meaning *meanings;
    tally counts;
    packer packer;
} block;

static lr_status block_init(block *b, const production *what, lr_error *err)
{
    const lr_recipe *const recipe = what->g->options->recipe;

    assert(recipe->block_records <= BLOCK_RECORDS_MAX);
    b->n = 0;
    b->counts = (tally){0};
    b->packer = (packer){.kind = what->packing};
    b->bytes = malloc(recipe->block_records * recipe->record_max_bytes + EXTRA_MAX);
    b->meanings = malloc(recipe->block_records * sizeof *b->meanings);
    if (b->bytes == NULL || b->meanings == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a block of records");
    return what->sum == NULL ? LR_OK : tally_init(&b->counts, what->g, err);
}

static void block_free(block *b)
{
    free(b->bytes);
    free(b->meanings);
    tally_free(&b->counts);
    packer_free(&b->packer);
}

/* What stands before record i: an array's bracket or comma, or the header. */
static uint8_t *put_before(const production *what, uint64_t i, uint8_t *at)
{
    const gen *const g = what->g;

    if (g->format == LR_GEN_JSON)
        return i == 0 ? PUT(at, "\n") : PUT(at, ",\n");
    return at;
}

static void make_block(const production *what, uint64_t index, block *b)
{
    const gen *const g = what->g;
    const lr_recipe *const recipe = g->options->recipe;
    const uint64_t first = what->first + index * recipe->block_records;
    uint8_t *at = b->bytes;

    b->n = (uint32_t)(what->last - first < recipe->block_records ? what->last - first
                                                                 : recipe->block_records);
    for (uint32_t i = 0; i < b->n; i++) {
        meaning *const m = &b->meanings[i];
        uint8_t *const start = at;
        m->date = NO_CONSTRUCT;
        m->broken = m->bad_for = 0;
        m->n_emojis = m->n_mentions = m->n_traps = 0;
        m->mentions_trap_first = false;
        at = recipe->record(g, first + i, put_before(what, first + i, at), m);
        if (g->format != LR_GEN_JSON)
            *at++ = '\n';
        assert((size_t)(at - start) + PUT_SLACK <= recipe->record_max_bytes);
        b->ends[i] = (size_t)(at - b->bytes);
    }
}

/* How many of the block's records belong to the file: up to the end that is nearest to its size. */
static uint32_t records_that_fit(const production *what, const block *b, uint64_t offset)
{
    const uint64_t size = what->size_bytes;

    if (size == 0 || offset + b->ends[b->n - 1] < size)
        return b->n;
    for (uint32_t i = 0;; i++) {
        const uint64_t end = offset + b->ends[i], before = offset + (i > 0 ? b->ends[i - 1] : 0);
        if (end >= size)
            return end - size <= size - before ? i + 1 : i;
    }
}

static void report_progress(shop *s)
{
    const lr_gen_options *const o = s->what->g->options;
    struct timespec now;

    if (o->progress == NULL || s->what->output == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - s->reported.tv_sec) * 1000 + (now.tv_nsec - s->reported.tv_nsec) / 1000000 <
        100)
        return;
    s->reported = now;
    o->progress(o->progress_context, s->out->bytes, o->size_bytes);
}

/* Hands n bytes to the file, packed where p has a kind (and then p->n bytes of p->out are they). The
 * lock is held, or no other thread there yet. */
static lr_status hand_over(shop *s, const uint8_t *bytes, size_t n, const packer *p)
{
    const bool packed = p->kind != PACK_NONE;

    s->out->bytes += n;
    s->out->file_bytes += packed ? p->n : n;
    if (s->what->output == NULL)
        return LR_OK;
    XXH3_128bits_update(s->digest, bytes, n);
    if (s->writer != NULL)
        return writer_put(s->writer, packed ? p->out : bytes, packed ? p->n : n, s->err);
    return lr_output_write(s->what->output, packed ? p->out : bytes, packed ? p->n : n, s->err);
}

static lr_status note_place(shop *s, uint64_t line, uint64_t byte, const meaning *m)
{
    produced *const out = s->out;

    if (out->n_places == out->places_max) {
        const size_t n_max = 2 * out->places_max + 64;
        place *const more = realloc(out->places, n_max * sizeof *more);
        if (more == NULL)
            return lr_fail(s->err, LR_E_RESOURCE, "no memory for %zu places", n_max);
        out->places = more;
        out->places_max = n_max;
    }
    out->places[out->n_places++] = (place){line, byte, m->broken, m->bad_for};
    return LR_OK;
}

/* The first n records of the block. Its packed form, made outside the lock, is of all of them. */
static lr_status hand_over_records(shop *s, block *b, uint32_t n)
{
    const size_t n_bytes = n > 0 ? b->ends[n - 1] : 0;

    if (n_bytes == 0)
        return LR_OK;
    for (uint32_t i = 0; i < n && s->what->sum != NULL; i++)
        if (b->meanings[i].broken != 0)
            LR_TRY(note_place(s, s->out->records + i + 1,
                              s->out->bytes + (i > 0 ? b->ends[i - 1] : 0), &b->meanings[i]));
    if (b->packer.kind != PACK_NONE && n < b->n)
        LR_TRY(pack_block(&b->packer, b->bytes, n_bytes, s->err));
    return hand_over(s, b->bytes, n_bytes, &b->packer);
}

/* A few bytes before or behind the records. */
static lr_status hand_over_line(shop *s, const uint8_t *line, size_t n)
{
    packer p = {.kind = s->what->packing};
    lr_status status = LR_OK;

    if (p.kind != PACK_NONE)
        status = pack_block(&p, line, n, s->err);
    if (status == LR_OK)
        status = hand_over(s, line, n, &p);
    packer_free(&p);
    return status;
}

/* Waits for the block's turn and hands it over. False: there is nothing more to do. */
static bool deliver(shop *s, uint64_t index, block *b, uint32_t *kept)
{
    pthread_mutex_lock(&s->lock);
    while (s->turn != index && !s->ended)
        pthread_cond_wait(&s->turned, &s->lock);
    *kept = 0;
    if (!s->ended) {
        const uint32_t n = records_that_fit(s->what, b, s->out->bytes);
        const uint64_t size = s->what->size_bytes;
        s->status = hand_over_records(s, b, n);
        s->out->records += n;
        s->turn++;
        if (s->status == LR_OK)
            *kept = n;
        if (s->status != LR_OK || n < b->n || (size > 0 && s->out->bytes >= size))
            s->ended = true;
        report_progress(s);
        pthread_cond_broadcast(&s->turned);
    }
    const bool more = !s->ended;
    pthread_mutex_unlock(&s->lock);
    return more;
}

static void fail_shop(shop *s, lr_status status, const lr_error *error)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended && s->err != NULL)
        *s->err = *error;
    if (!s->ended)
        s->status = status;
    s->ended = true;
    pthread_cond_broadcast(&s->turned);
    pthread_mutex_unlock(&s->lock);
}

static bool take(shop *s, uint64_t *index)
{
    pthread_mutex_lock(&s->lock);
    const bool any = !s->ended && s->taken < s->n_blocks;
    *index = s->taken;
    s->taken += any;
    pthread_mutex_unlock(&s->lock);
    return any;
}

static void *work(void *argument)
{
    shop *const s = argument;
    lr_error error = {{0}};
    block *const b = calloc(1, sizeof *b);
    uint64_t index;
    uint32_t kept;
    lr_status status = b != NULL ? block_init(b, s->what, &error)
                                 : lr_fail(&error, LR_E_RESOURCE, "no memory for a block");

    if (status != LR_OK)
        fail_shop(s, status, &error);
    for (bool more = status == LR_OK; more && take(s, &index);) {
        make_block(s->what, index, b);
        if (b->packer.kind != PACK_NONE)
            status = pack_block(&b->packer, b->bytes, b->ends[b->n - 1], &error);
        if (status != LR_OK) {
            fail_shop(s, status, &error);
            break;
        }
        more = deliver(s, index, b, &kept);
        for (uint32_t i = 0; i < kept && s->what->sum != NULL; i++)
            tally_count(&b->counts, &b->meanings[i]);
    }
    if (status == LR_OK && s->what->sum != NULL) {
        pthread_mutex_lock(&s->lock);
        tally_add(s->what->sum, &b->counts);
        pthread_mutex_unlock(&s->lock);
    }
    if (b != NULL)
        block_free(b);
    free(b);
    return NULL;
}

/* This thread and threads - 1 more. */
static void run_threads(shop *s, uint32_t threads)
{
    pthread_t others[THREADS_MAX];
    uint32_t n = 0;

    for (; n + 1 < threads && n + 1 < s->n_blocks; n++) {
        const int error = pthread_create(&others[n], NULL, work, s);
        if (error != 0) {
            lr_error line;
            lr_fail(&line, LR_E_RESOURCE, "no thread: %s", strerror(error));
            fail_shop(s, LR_E_RESOURCE, &line);
            break;
        }
    }
    work(s);
    for (uint32_t i = 0; i < n; i++)
        pthread_join(others[i], NULL);
}

static lr_status hand_over_opening(shop *s)
{
    uint8_t line[EXTRA_MAX], *at = line;
    const gen *const g = s->what->g;

    if (!s->what->opens)
        return LR_OK;
    if (g->format == LR_GEN_JSON)
        *at++ = '[';
    else if (g->format == LR_GEN_CSV)
        at = g->options->recipe->header(g, at);
    return at > line ? hand_over_line(s, line, (size_t)(at - line)) : LR_OK;
}

lr_status produce(const production *what, produced *out, lr_error *err)
{
    const uint32_t per_block = what->g->options->recipe->block_records;
    shop s = {.what = what, .err = err, .out = out};

    *out = (produced){0};
    s.n_blocks = (what->last - what->first + per_block - 1) / per_block;
    s.digest = XXH3_createState();
    if (s.digest == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for the digest");
    if (what->output != NULL)
        s.status = writer_start(&s.writer, what->output, err);
    XXH3_128bits_reset(s.digest);
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.turned, NULL);

    if (s.status == LR_OK)
        s.status = hand_over_opening(&s);
    if (s.status == LR_OK)
        run_threads(&s, what->threads < THREADS_MAX ? what->threads : THREADS_MAX);
    if (s.status == LR_OK && what->closes && what->g->format == LR_GEN_JSON)
        s.status = hand_over_line(&s, (const uint8_t *)"\n]\n", 3);
    if (s.status == LR_OK && what->packing != PACK_NONE && out->bytes == 0)
        s.status =
            hand_over_line(&s, (const uint8_t *)"", 0); /* a file of its kind, though empty */

    const lr_status written = writer_end(s.writer, s.status == LR_OK, err);
    if (s.status == LR_OK)
        s.status = written;
    const XXH128_hash_t hash = XXH3_128bits_digest(s.digest);
    snprintf(out->xxh128, sizeof out->xxh128, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
    pthread_cond_destroy(&s.turned);
    pthread_mutex_destroy(&s.lock);
    XXH3_freeState(s.digest);
    return s.status;
}
