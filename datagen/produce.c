/*
 * produce.c: threads take blocks of records in turn and write each into a buffer of their own; who
 * has finished the block that is next in the file hands it over, and those behind it that are ready.
 * Nobody waits for a turn: a thread has a few buffers, and goes on with the next. Blocks are fixed
 * runs of records and a record depends on nothing but its number, so the bytes are the same for any
 * number of threads.
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
enum { BUFFERS = 3 }; /* blocks of a thread */

/* Of the writer: large enough that a call costs nothing beside what it writes. */
enum { PLAIN_BUFFER = 2 << 20, PACKED_BUFFER = 256 << 10 };

/* A block: bytes, where each record ends, and what it means. */
typedef struct block {
    uint64_t index;
    bool taken; /* being made, or waiting for its turn; the lock guards it */
    uint8_t *bytes;
    uint32_t n; /* records */
    size_t ends[BLOCK_RECORDS_MAX];
    meaning *meanings;
    packed packed; /* the bytes compressed, where they are to be */
} block;

/* What the threads share; `lock` guards the fields up to turn. Who sets delivering owns the rest. */
typedef struct shop {
    const production *what;
    uint64_t n_blocks;
    pthread_mutex_t lock;
    pthread_cond_t handed_over;
    bool ended; /* enough, or failed */
    lr_status status;
    lr_error *err;
    bool delivering;
    uint64_t taken, turn; /* blocks: given to threads, handed over */
    block **waiting;      /* by index modulo n_waiting, those that are made */
    size_t n_waiting;

    produced *out;
    XXH3_state_t *digest;
    writer *writer; /* NULL: the output is written to as it comes */
    struct timespec reported;
} shop;

static lr_status block_init(block *b, const production *what, lr_error *err)
{
    const lr_recipe *const recipe = what->g->options->recipe;

    assert(recipe->block_records <= BLOCK_RECORDS_MAX);
    b->bytes = malloc(recipe->block_records * recipe->record_max_bytes + EXTRA_MAX);
    b->meanings = malloc(recipe->block_records * sizeof *b->meanings);
    if (b->bytes == NULL || b->meanings == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory for a block of records");
    return LR_OK;
}

static void block_free(block *b)
{
    free(b->bytes);
    free(b->meanings);
    free(b->packed.bytes);
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

/* Hands n bytes to the file, packed where it is to be packed. */
static lr_status hand_over(shop *s, const uint8_t *bytes, size_t n, const packed *p, lr_error *err)
{
    const bool as_packed = s->what->packing != PACK_NONE;

    s->out->bytes += n;
    s->out->file_bytes += as_packed ? p->n : n;
    if (s->what->output == NULL)
        return LR_OK;
    XXH3_128bits_update(s->digest, bytes, n);
    if (as_packed)
        bytes = p->bytes, n = p->n;
    if (s->writer != NULL)
        return writer_put(s->writer, bytes, n, err);
    return lr_output_write(s->what->output, bytes, n, err);
}

static lr_status note_place(shop *s, uint64_t line, uint64_t byte, const meaning *m, lr_error *err)
{
    produced *const out = s->out;

    if (out->n_places == out->places_max) {
        const size_t n_max = 2 * out->places_max + 64;
        place *const more = realloc(out->places, n_max * sizeof *more);
        if (more == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %zu places", n_max);
        out->places = more;
        out->places_max = n_max;
    }
    out->places[out->n_places++] = (place){line, byte, m->broken, m->bad_for};
    return LR_OK;
}

/* A few bytes by themselves: what stands before or behind the records, or the last block cut short. */
static lr_status hand_over_bytes(shop *s, const uint8_t *bytes, size_t n, lr_error *err)
{
    packer p = {.kind = s->what->packing};
    packed form = {0};
    lr_status status = LR_OK;

    if (p.kind != PACK_NONE)
        status = pack_block(&p, bytes, n, &form, err);
    if (status == LR_OK)
        status = hand_over(s, bytes, n, &form, err);
    packer_free(&p);
    free(form.bytes);
    return status;
}

/* The first n records of the block. Its packed form, made beforehand, is of all of them. */
static lr_status hand_over_records(shop *s, block *b, uint32_t n, lr_error *err)
{
    const size_t n_bytes = n > 0 ? b->ends[n - 1] : 0;

    if (n_bytes == 0)
        return LR_OK;
    for (uint32_t i = 0; i < n && s->what->sum != NULL; i++) {
        tally_count(s->what->sum, &b->meanings[i]);
        if (b->meanings[i].broken != 0)
            LR_TRY(note_place(s, s->out->records + i + 1,
                              s->out->bytes + (i > 0 ? b->ends[i - 1] : 0), &b->meanings[i], err));
    }
    s->out->records += n;
    return n < b->n ? hand_over_bytes(s, b->bytes, n_bytes, err)
                    : hand_over(s, b->bytes, n_bytes, &b->packed, err);
}

/* With the lock held. The first failure is the one that is told. */
static void end_shop(shop *s, lr_status status, const lr_error *error)
{
    if (!s->ended && status != LR_OK && s->err != NULL)
        *s->err = *error;
    if (!s->ended)
        s->status = status;
    s->ended = true;
    pthread_cond_broadcast(&s->handed_over);
}

/*
 * With the lock held: hands over all blocks that are next and ready, the lock let go meanwhile. One
 * thread at a time does so, whichever comes first: the others make blocks.
 */
static void deliver(shop *s)
{
    const uint64_t size = s->what->size_bytes;

    while (!s->delivering && !s->ended) {
        block *const b = s->waiting[s->turn % s->n_waiting];
        lr_error error;
        if (b == NULL)
            return;
        s->delivering = true;
        pthread_mutex_unlock(&s->lock);
        const uint32_t n = records_that_fit(s->what, b, s->out->bytes);
        const lr_status status = hand_over_records(s, b, n, &error);
        report_progress(s);
        pthread_mutex_lock(&s->lock);
        s->delivering = b->taken = false;
        s->waiting[s->turn++ % s->n_waiting] = NULL;
        if (status != LR_OK || n < b->n || (size > 0 && s->out->bytes >= size))
            end_shop(s, status, &error);
        pthread_cond_broadcast(&s->handed_over);
    }
}

/* The thread's next block, in one of its buffers, once one is free. NULL: there is none to be made. */
static block *take(shop *s, block own[BUFFERS])
{
    block *b = NULL;

    pthread_mutex_lock(&s->lock);
    while (b == NULL && !s->ended && s->taken < s->n_blocks) {
        for (uint32_t i = 0; i < BUFFERS && b == NULL; i++)
            b = own[i].taken ? NULL : &own[i];
        if (b == NULL)
            pthread_cond_wait(&s->handed_over, &s->lock);
    }
    if (b != NULL) {
        b->taken = true;
        b->index = s->taken++;
    }
    pthread_mutex_unlock(&s->lock);
    return b;
}

/* Before the buffers may go, all that they hold must be handed over: by others, if they are at it. */
static void wait_for_own(shop *s, block own[BUFFERS])
{
    pthread_mutex_lock(&s->lock);
    for (uint32_t i = 0; i < BUFFERS; i++)
        while (s->delivering || (own[i].taken && !s->ended))
            pthread_cond_wait(&s->handed_over, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static void *work(void *argument)
{
    shop *const s = argument;
    lr_error error = {{0}};
    block *const own = calloc(BUFFERS, sizeof *own);
    packer p = {.kind = s->what->packing};
    lr_status status = own != NULL ? LR_OK : lr_fail(&error, LR_E_RESOURCE, "no memory for blocks");

    for (uint32_t i = 0; i < BUFFERS && status == LR_OK; i++)
        status = block_init(&own[i], s->what, &error);
    for (block *b; status == LR_OK && (b = take(s, own)) != NULL;) {
        make_block(s->what, b->index, b);
        if (p.kind != PACK_NONE)
            status = pack_block(&p, b->bytes, b->ends[b->n - 1], &b->packed, &error);
        if (status != LR_OK)
            break;
        pthread_mutex_lock(&s->lock);
        s->waiting[b->index % s->n_waiting] = b;
        deliver(s);
        pthread_mutex_unlock(&s->lock);
    }
    if (status != LR_OK) {
        pthread_mutex_lock(&s->lock);
        end_shop(s, status, &error);
        pthread_mutex_unlock(&s->lock);
    }
    if (own != NULL)
        wait_for_own(s, own);
    for (uint32_t i = 0; i < BUFFERS && own != NULL; i++)
        block_free(&own[i]);
    free(own);
    packer_free(&p);
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
            pthread_mutex_lock(&s->lock);
            end_shop(s, LR_E_RESOURCE, &line);
            pthread_mutex_unlock(&s->lock);
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
    return at > line ? hand_over_bytes(s, line, (size_t)(at - line), s->err) : LR_OK;
}

lr_status produce(const production *what, produced *out, lr_error *err)
{
    const uint32_t per_block = what->g->options->recipe->block_records;
    const uint32_t threads = what->threads < THREADS_MAX ? what->threads : THREADS_MAX;
    shop s = {.what = what, .err = err, .out = out, .n_waiting = threads * BUFFERS};

    *out = (produced){0};
    s.n_blocks = (what->last - what->first + per_block - 1) / per_block;
    s.digest = XXH3_createState();
    s.waiting = calloc(s.n_waiting, sizeof *s.waiting);
    if (s.digest == NULL || s.waiting == NULL)
        s.status = lr_fail(err, LR_E_RESOURCE, "no memory for the digest");
    if (s.status == LR_OK && what->output != NULL)
        s.status = writer_start(&s.writer, what->output,
                                what->packing != PACK_NONE ? PACKED_BUFFER : PLAIN_BUFFER, err);
    XXH3_128bits_reset(s.digest);
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.handed_over, NULL);

    if (s.status == LR_OK)
        s.status = hand_over_opening(&s);
    if (s.status == LR_OK)
        run_threads(&s, threads);
    if (s.status == LR_OK && what->closes && what->g->format == LR_GEN_JSON)
        s.status = hand_over_bytes(&s, (const uint8_t *)"\n]\n", 3, err);
    if (s.status == LR_OK && what->packing != PACK_NONE && out->bytes == 0)
        s.status =
            hand_over_bytes(&s, (const uint8_t *)"", 0, err); /* a file of its kind, though empty */

    const lr_status written = writer_end(s.writer, s.status == LR_OK, err);
    if (s.status == LR_OK)
        s.status = written;
    const XXH128_hash_t hash = XXH3_128bits_digest(s.digest);
    snprintf(out->xxh128, sizeof out->xxh128, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
    pthread_cond_destroy(&s.handed_over);
    pthread_mutex_destroy(&s.lock);
    XXH3_freeState(s.digest);
    free(s.waiting);
    return s.status;
}
