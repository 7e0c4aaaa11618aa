/*
 * source.c: files become slices of whole records, for many threads at once.
 *
 * A file is cut into blocks of slice_bytes. A thread claims the next block (under a lock, so blocks
 * have an order), reads it into its own buffer, and finds where the last record in it ends, all of
 * this beside the other threads. Then it takes its turn: in the order of the blocks, each thread in
 * a few hundred nanoseconds puts what its predecessor left over (the beginning of a record) before
 * its own bytes, and leaves over what stands behind its last record end. So every byte is read once
 * and is in one slice, nobody waits but for a predecessor that is being read, and the cuts do not
 * depend on how many threads there are. In a mapped file nothing moves: what is left over is just
 * where the next slice starts. Streams go the same way, but are read while they are claimed.
 */
#include "slices.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAPPED_BYTES = 2 << 20, /* a block of a mapped file, whose end must be fetched to be found */
    ELEMENTS_BYTES =
        512 << 10, /* the same of an array, which is scanned first and should stay in L2 */
    /* A block that is read. The kernel copies 1 MiB 14 % faster than four times 256 KiB, though these
     * would stay in L2, and a stream stands still less often while the next thread wakes up. */
    READ_BYTES = 1 << 20,
    BOUNDED_BYTES = 256 << 10, /* the same, where a budget counts */
    SPINS = 500 /* looks at the turn before sleeping: about as long as a short read takes */
};

lr_status lr_source_open(const char *const *files, size_t n_files, const lr_source_options *options,
                         lr_source **out, lr_error *err)
{
    lr_source *source = calloc(1, sizeof *source);

    *out = NULL;
    if (source == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to open the input");
    source->options = *options;
    lr_source_options *o = &source->options;
    if (o->slice_bytes > LR_SLICE_MAX_BYTES / 4)
        o->slice_bytes = LR_SLICE_MAX_BYTES / 4;
    source->mapped_bytes = o->slice_bytes == 0 ? MAPPED_BYTES : o->slice_bytes;
    source->bounded = o->record_max_bytes != 0;
    if (o->slice_bytes == 0)
        o->slice_bytes = source->bounded ? BOUNDED_BYTES : READ_BYTES;
    /* A slice may hold one record and, behind it, a block. */
    if (o->record_max_bytes == 0 || o->record_max_bytes > LR_SLICE_MAX_BYTES - source->mapped_bytes)
        o->record_max_bytes = LR_SLICE_MAX_BYTES - source->mapped_bytes;
    if (o->slice_bytes > o->record_max_bytes)
        o->slice_bytes = o->record_max_bytes;
    pthread_mutex_init(&source->claiming, NULL);
    pthread_mutex_init(&source->turning, NULL);
    pthread_cond_init(&source->turned, NULL);
    pthread_cond_init(&source->long_done, NULL);

    lr_status status = lr_files_find(files, n_files, &source->files, err);
    if (status == LR_OK) {
        source->readers = calloc(source->files.n + 1, sizeof *source->readers);
        if (source->readers == NULL)
            status = lr_fail(err, LR_E_RESOURCE, "no memory for %zu files", source->files.n);
    }
    bool known = true;
    o->guessed = o->guessed && !source->bounded; /* what is wrong may take memory */
    for (size_t i = 0; status == LR_OK && i < source->files.n; i++) {
        const struct stat *info = &source->files.file[i].info;
        known = known && S_ISREG(info->st_mode) && info->st_size > 0;
        const bool again = S_ISREG(info->st_mode) && !source->files.file[i].is_stdin;
        o->lined = o->lined && again;
        o->guessed = o->guessed && again;
        source->total_bytes += (uint64_t)info->st_size;
    }
    if (!known)
        source->total_bytes = 0;
    if (status == LR_OK)
        *out = source;
    else
        lr_source_free(source);
    return status;
}

void lr_source_free(lr_source *source)
{
    if (source == NULL)
        return;
    for (size_t i = 0; source->readers != NULL && i < source->files.n; i++)
        lr_reader_free(source->readers[i]);
    free(source->readers);
    lr_files_free(&source->files);
    lr_slice_buffer_free(&source->left);
    pthread_cond_destroy(&source->turned);
    pthread_cond_destroy(&source->long_done);
    pthread_mutex_destroy(&source->turning);
    pthread_mutex_destroy(&source->claiming);
    free(source);
}

/* The next bytes of a stream into the thread's buffer. */
static lr_status claim_stream(lr_source *source, lr_block *b, lr_error *err)
{
    lr_reader *reader = b->reader;
    const size_t slice = source->options.slice_bytes;

    const lr_status status = lr_reader_read(reader, b->data, slice, &b->n, err);
    b->last = b->n < slice && reader->pending == LR_OK;
    atomic_fetch_add_explicit(&source->done_bytes, reader->stream->raw_bytes - reader->raw_seen,
                              memory_order_relaxed);
    reader->raw_seen = reader->stream->raw_bytes;
    return status;
}

/* The next frame of a file of them: all that is claimed is where it is. */
static lr_status claim_frame(lr_source *source, lr_block *b, lr_error *err)
{
    lr_reader *reader = b->reader;

    b->frame = reader->frame;
    b->n = b->frame.content;
    atomic_fetch_add(&reader->users, 1);
    lr_status status = lr_frames_next(reader, &reader->why);
    if (status == LR_E_UNSUPPORTED)
        status = lr_reader_stream_frames(reader, &reader->why);
    reader->pending = status; /* this frame is good so far */
    b->last = status == LR_OK && reader->frames && reader->frame.n == 0;
    const uint64_t end = reader->frame.at == 0 ? reader->size : reader->frame.at;
    atomic_fetch_add_explicit(&source->done_bytes, end - source->raw_at, memory_order_relaxed);
    source->raw_at = end;
    return LR_OK;
}

/* The next block of the file at hand. */
static lr_status claim_block(lr_source *source, lr_slice_buffer *mine, lr_block *b, lr_error *err)
{
    lr_reader *reader = b->reader = source->readers[source->file];
    const bool mapped = reader->map.data != NULL;
    const size_t slice =
        !mapped ? source->options.slice_bytes
        : reader->format == LR_INPUT_JSON && !reader->lined && source->mapped_bytes > ELEMENTS_BYTES
            ? ELEMENTS_BYTES
            : source->mapped_bytes;

    if (reader->frames && reader->pending != LR_OK) {
        if (err != NULL)
            *err = reader->why;
        return reader->pending;
    }
    if (!mapped) {
        const size_t n = reader->frames ? reader->frame.content : slice;
        LR_TRY(lr_buffer_renew(source, mine, lr_slice_room(reader, LR_HEADROOM + n), err));
        b->data = mine->data + LR_HEADROOM;
    }
    b->first = source->block == 0;
    b->at = source->claimed_at;
    if (reader->frames)
        return claim_frame(source, b, err);
    if (!reader->seekable)
        return claim_stream(source, b, err);
    b->n = reader->size - b->at < slice ? (size_t)(reader->size - b->at) : slice;
    b->last = b->at + b->n == reader->size;
    if (mapped)
        b->data = (uint8_t *)reader->map.data + b->at;
    else
        atomic_fetch_add(&reader->users, 1);
    return LR_OK;
}

/* Takes the next block, opening the next file where one is at its end. Behind the last block all is
 * well and b->reader NULL. */
static lr_status claim(lr_source *source, lr_slice_buffer *mine, lr_block *b, lr_error *err)
{
    lr_status status = LR_OK;

    pthread_mutex_lock(&source->claiming);
    source->ended = source->ended || source->file == source->files.n;
    if (!source->ended) {
        b->file = source->file;
        b->index = source->claimed++;
        if (source->block == 0)
            source->claimed_at = source->raw_at = 0;
        if (source->block == 0)
            status = lr_reader_open(&source->files.file[b->file], &source->options,
                                    &source->readers[b->file], err);
        if (status == LR_OK)
            status = claim_block(source, mine, b, err);
        source->block++;
        source->claimed_at += b->n;
        if (status != LR_OK) {
            source->ended = true;
        } else if (b->last) {
            source->file++;
            source->block = 0;
        }
    }
    pthread_mutex_unlock(&source->claiming);
    return status;
}

/* Reads a claimed block and looks for its last record end; beside the other threads. */
static lr_status fetch(lr_source *source, lr_slice_buffer *mine, lr_block *b, lr_error *err)
{
    lr_reader *reader = b->reader;
    lr_status status = LR_OK;

    if (b->frame.n > 0) {
        status = lr_frame_read(reader, &b->frame, mine, b->data, err);
        lr_reader_leave(reader);
    } else if (reader->seekable && reader->map.data == NULL) {
        status = lr_reader_read_at(reader, b->data, b->n, b->at, err);
        lr_reader_leave(reader);
    }
    if (status != LR_OK)
        return status;
    /* What is in the padding means nothing, but it is the same each time. */
    if (reader->map.data == NULL)
        memset(b->data + b->n, 0, LR_PADDING);
    if (!reader->seekable)
        b->lines = source->options.kernels->count_lines(b->data, b->n);
    b->split = (lr_split){.data = b->data, .n = b->n, .at = b->at, .commas = mine->commas};
    const bool in_turn =
        !b->first && atomic_load_explicit(&source->turn, memory_order_acquire) == b->index;
    lr_split_find(source->options.kernels, reader, in_turn ? &source->place : NULL, &b->split);
    atomic_store_explicit(reader->map.data != NULL ? &source->mapped : &source->read, true,
                          memory_order_relaxed);
    if (reader->seekable)
        atomic_fetch_add_explicit(&source->done_bytes, b->n, memory_order_relaxed);
    return LR_OK;
}

static void turn_wait(lr_source *source, uint64_t index)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&source->turn, memory_order_acquire) == index)
            return;
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    pthread_mutex_lock(&source->turning);
    source->sleeping++;
    while (atomic_load(&source->turn) != index)
        pthread_cond_wait(&source->turned, &source->turning);
    source->sleeping--;
    pthread_mutex_unlock(&source->turning);
}

static void turn_pass(lr_source *source)
{
    pthread_mutex_lock(&source->turning);
    atomic_fetch_add(&source->turn, 1);
    if (source->sleeping > 0)
        pthread_cond_broadcast(&source->turned);
    pthread_mutex_unlock(&source->turning);
}

/* A slice of a mapped array: where its commas are known, or taken for granted, it is read as it is, at first;
 * else elsewhere. */
static void place_elements(lr_slice_buffer *mine, lr_slice *out)
{
    if (out->commas != NULL || out->lined) {
        out->room = mine->data;
        return;
    }
    memcpy(mine->data, out->bytes.data, out->bytes.n + LR_PADDING);
    out->bytes.data = mine->data;
}

lr_status lr_source_next(lr_source *source, lr_slice_buffer *mine, lr_slice *out, lr_error *err)
{
    lr_block b = {0};

    *out = (lr_slice){0};
    lr_long_release(mine);
    lr_file_drop(mine->done);
    mine->done = (lr_bytes){NULL, 0};
    lr_status status = claim(source, mine, &b, err);
    if (status == LR_OK && b.reader == NULL)
        return LR_OK;
    if (status == LR_OK)
        status = fetch(source, mine, &b, err);
    const lr_bytes map = status == LR_OK ? b.reader->map : (lr_bytes){NULL, 0};
    turn_wait(source, b.index);
    if (source->failed) {
        status = LR_OK; /* behind a failure nothing comes; its thread has reported it */
    } else {
        if (status == LR_OK)
            status = lr_link_block(source, mine, &b, out, err);
        out->index = b.index;
        out->file = b.file;
        source->failed = status != LR_OK;
        if (b.last && status == LR_OK) {
            lr_reader_leave(b.reader);
            source->readers[b.file] = lr_reader_retire(b.reader);
        }
    }
    turn_pass(source);
    if (map.data != NULL && status == LR_OK && out->format == LR_INPUT_JSON)
        place_elements(mine, out);
    if (map.data != NULL)
        lr_file_drop_behind(map, b.at, b.at + b.n);
    if (b.last)
        mine->done = map;
    return status;
}

lr_status lr_source_unchanged(lr_source *source, lr_error *err)
{
    for (size_t i = 0; i < source->files.n; i++)
        LR_TRY(lr_file_unchanged(&source->files.file[i], err));
    return LR_OK;
}

const char *lr_source_name(const lr_source *source, size_t file)
{
    return source->files.file[file].name;
}

void lr_source_progress(const lr_source *source, uint64_t *done, uint64_t *total)
{
    *done = atomic_load_explicit(&source->done_bytes, memory_order_relaxed);
    *total = source->total_bytes;
}

uint64_t lr_source_bytes(const lr_source *source)
{
    return source->bytes;
}

const char *lr_source_path(const lr_source *source)
{
    return !source->mapped ? "read" : !source->read ? "mapped" : "mapped and read";
}
