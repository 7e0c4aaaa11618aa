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
#include "pages.h"
#include "split.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLICE_BYTES = 256 << 10, /* a slice and its columns stay in L2 */
    MAPPED_BYTES = 1 << 20,  /* of a mapped file, whose end must be fetched to be found */
    HEADROOM = 64 << 10,     /* what was left over is copied before the block if it fits here */
    SPINS = 500 /* looks at the turn before sleeping: about as long as a short read takes */
};

/* The longest slice whose offsets a kernel can count. */
#define SLICE_MAX_BYTES ((uint64_t)UINT32_MAX - LR_PADDING)

struct lr_source {
    lr_source_options options;
    lr_files files;
    lr_reader **readers;  /* of each file, from its first claim on */
    uint64_t total_bytes; /* 0: not known */
    size_t mapped_bytes;  /* in a block of a mapped file */

    pthread_mutex_t claiming; /* guards what follows, up to turn */
    size_t file;              /* where claiming stands: file, and block of it */
    uint64_t block;
    uint64_t claimed;    /* blocks of all files */
    uint64_t claimed_at; /* bytes of this one */
    uint64_t raw_at;     /* of frames: bytes of the file itself */
    bool ended;

    atomic_uint_fast64_t turn; /* the index of the block whose turn it is */
    pthread_mutex_t turning;   /* guards sleeping */
    pthread_cond_t turned;
    unsigned sleeping;
    bool long_one; /* a thread has a long record, and there may be but one */
    pthread_cond_t long_done;

    /* Whose turn it is owns the rest. */
    bool failed, bounded; /* bounded: long records come one at a time */
    lr_slice_buffer left; /* a file that is read: the beginning of a record, left_n bytes */
    size_t left_n;
    uint64_t left_at; /* of that record in its file */
    uint64_t lines;   /* line feeds in the blocks of a stream so far */
    uint64_t bytes;   /* in the blocks so far, of all files */
    lr_place place;   /* what holds before the block */
    bool left_commas; /* of an array: in what is left over is one of its commas */

    atomic_uint_fast64_t done_bytes;
    atomic_bool mapped, read;
};

/* A block on its way to becoming a slice. */
typedef struct block {
    lr_reader *reader;
    uint64_t index, at; /* at: of its first byte in its file */
    size_t file, n;
    uint8_t *data;
    bool first, last; /* of its file */
    lr_frame frame;   /* where it is one */
    lr_split split;
    size_t end;     /* the cut: what is behind it is left over; 0: all of it is */
    uint64_t lines; /* line feeds in it; only of streams */
} block;

lr_status lr_source_open(const char *const *files, size_t n_files, const lr_source_options *options,
                         lr_source **out, lr_error *err)
{
    lr_source *source = calloc(1, sizeof *source);

    *out = NULL;
    if (source == NULL)
        return lr_fail(err, LR_E_RESOURCE, "no memory to open the input");
    source->options = *options;
    lr_source_options *o = &source->options;
    if (o->slice_bytes > SLICE_MAX_BYTES / 4)
        o->slice_bytes = SLICE_MAX_BYTES / 4;
    source->mapped_bytes = o->slice_bytes == 0 ? MAPPED_BYTES : o->slice_bytes;
    if (o->slice_bytes == 0)
        o->slice_bytes = SLICE_BYTES;
    source->bounded = o->record_max_bytes != 0;
    /* A slice may hold one record and, behind it, a block. */
    if (o->record_max_bytes == 0 || o->record_max_bytes > SLICE_MAX_BYTES - source->mapped_bytes)
        o->record_max_bytes = SLICE_MAX_BYTES - source->mapped_bytes;
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
    for (size_t i = 0; status == LR_OK && i < source->files.n; i++) {
        const struct stat *info = &source->files.file[i].info;
        known = known && S_ISREG(info->st_mode) && info->st_size > 0;
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

static void buffer_drop(lr_slice_buffer *buffer)
{
    if (buffer->release != NULL)
        buffer->release(buffer->data);
    else
        lr_pages_free(buffer->data, buffer->n_max);
    buffer->data = NULL;
    buffer->n_max = 0;
}

/* The thread is done with its long record: the next one may be read. */
static void release_long(lr_slice_buffer *mine)
{
    lr_source *source = mine->holds;

    if (source == NULL)
        return;
    buffer_drop(mine);
    mine->holds = NULL;
    pthread_mutex_lock(&source->turning);
    source->long_one = false;
    pthread_cond_signal(&source->long_done);
    pthread_mutex_unlock(&source->turning);
}

/* In turn: waits until there is no long record but the one that comes. */
static void wait_long(lr_source *source)
{
    pthread_mutex_lock(&source->turning);
    while (source->long_one)
        pthread_cond_wait(&source->long_done, &source->turning);
    pthread_mutex_unlock(&source->turning);
}

/* In turn: the buffer now holds a long record. */
static void hold_long(lr_source *source, lr_slice_buffer *mine)
{
    pthread_mutex_lock(&source->turning);
    source->long_one = true;
    pthread_mutex_unlock(&source->turning);
    mine->holds = source;
}

void lr_slice_buffer_free(lr_slice_buffer *buffer)
{
    release_long(buffer);
    buffer_drop(buffer);
    lr_frame_free(buffer);
    *buffer = (lr_slice_buffer){0};
}

/* Other memory for the buffer, of n bytes; what it held is the caller's to keep and to free. */
static bool buffer_make(const lr_source *source, lr_slice_buffer *buffer, size_t n)
{
    n = (n + LR_PAGE - 1) / LR_PAGE * LR_PAGE;
    uint8_t *data =
        source->options.allocate != NULL ? source->options.allocate(n) : lr_pages_new(n);
    if (data == NULL)
        return false;
    buffer->data = data;
    buffer->n_max = n;
    buffer->release = source->options.release;
    return true;
}

/* Room for n bytes; what buffer holds is lost, and much more room than that is given back. */
static lr_status buffer_renew(const lr_source *source, lr_slice_buffer *buffer, size_t n,
                              lr_error *err)
{
    if (buffer->n_max >= n && buffer->n_max / 4 <= n + (1 << 20))
        return LR_OK;
    buffer_drop(buffer);
    if (buffer_make(source, buffer, n))
        return LR_OK;
    return lr_fail(err, LR_E_RESOURCE, "no memory for a slice of %zu bytes", n);
}

/* Room for n bytes, of which the first are kept. Doubles, so that a long record is not quadratic,
 * but not above what the longest one may need. */
static lr_status buffer_grow(const lr_source *source, lr_slice_buffer *buffer, size_t n,
                             size_t n_most, lr_error *err)
{
    lr_slice_buffer old = *buffer;

    if (buffer->n_max >= n)
        return LR_OK;
    size_t n_max = 2 * buffer->n_max < n_most ? 2 * buffer->n_max : n_most;
    n_max = n_max < n ? n : n_max;
    if (old.release == NULL && source->options.release == NULL) { /* the pages may move, uncopied */
        uint8_t *data = lr_pages_grow(buffer->data, old.n_max, n_max);
        if (data == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for a record of %zu bytes", n);
        buffer->data = data;
        buffer->n_max = n_max;
        return LR_OK;
    }
    if (!buffer_make(source, buffer, n_max))
        return lr_fail(err, LR_E_RESOURCE, "no memory for a record of %zu bytes", n);
    if (old.n_max > 0)
        memcpy(buffer->data, old.data, old.n_max);
    buffer_drop(&old);
    return LR_OK;
}

/* The room for a slice of n bytes: with padding, and as much again for texts that are decoded and
 * elements that are copied. */
static size_t room(const lr_reader *reader, size_t n)
{
    return (reader->format == LR_INPUT_NDJSON ? 1 : 2) * (n + 2 * LR_PADDING);
}

/* The next bytes of a stream into the thread's buffer. */
static lr_status claim_stream(lr_source *source, block *b, lr_error *err)
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
static lr_status claim_frame(lr_source *source, block *b, lr_error *err)
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
static lr_status claim_block(lr_source *source, lr_slice_buffer *mine, block *b, lr_error *err)
{
    lr_reader *reader = b->reader = source->readers[source->file];
    const bool mapped = reader->map.data != NULL;
    const size_t slice = mapped ? source->mapped_bytes : source->options.slice_bytes;

    if (reader->frames && reader->pending != LR_OK) {
        if (err != NULL)
            *err = reader->why;
        return reader->pending;
    }
    if (!mapped) {
        const size_t n = reader->frames ? reader->frame.content : slice;
        LR_TRY(buffer_renew(source, mine, room(reader, HEADROOM + n), err));
        b->data = mine->data + HEADROOM;
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
static lr_status claim(lr_source *source, lr_slice_buffer *mine, block *b, lr_error *err)
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
static lr_status fetch(lr_source *source, lr_slice_buffer *mine, block *b, lr_error *err)
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

/* The line feeds before byte `end` of a seekable file; for messages. */
static lr_status count_lines_before(const lr_source *source, const lr_reader *reader, uint64_t end,
                                    uint64_t *lines, lr_error *err)
{
    lr_slice_buffer buffer = {0};
    lr_status status = buffer_renew(source, &buffer, SLICE_BYTES + LR_PADDING, err);

    *lines = 0;
    for (uint64_t at = 0; status == LR_OK && at < end; at += SLICE_BYTES) {
        const size_t n = end - at < SLICE_BYTES ? (size_t)(end - at) : SLICE_BYTES;
        status = lr_reader_read_at(reader, buffer.data, n, at, err);
        if (status == LR_OK)
            *lines += source->options.kernels->count_lines(buffer.data, n);
    }
    lr_slice_buffer_free(&buffer);
    return status;
}

/* Is the record that started before this block longer than one may be? */
static lr_status check_record(lr_source *source, const block *b, uint64_t n_before, lr_error *err)
{
    const uint64_t half = SLICE_MAX_BYTES / 2 - source->options.slice_bytes - 2 * LR_PADDING;
    uint64_t lines = source->lines, most = source->options.record_max_bytes;

    /* Decoded texts stand behind the slice, with offsets of the same width. */
    if (b->reader->format != LR_INPUT_NDJSON && most > half)
        most = half;
    if (n_before == 0 || n_before + b->n <= most)
        return LR_OK;
    const size_t end = lr_split_first(source->options.kernels, b->reader, &b->split);
    if (n_before + (end == 0 ? b->n : end - 1) <= most)
        return LR_OK;
    if (source->left_n > 0) { /* the record itself may have lines */
        memset(source->left.data + source->left_n, 0, LR_PADDING);
        lines -= source->options.kernels->count_lines(source->left.data, source->left_n);
    }
    if (b->reader->seekable)
        LR_TRY(count_lines_before(source, b->reader, source->left_at, &lines, err));
    return lr_fail(err, LR_E_RESOURCE, "%s:%llu:%llu: a record of more than %llu bytes",
                   b->reader->name, (unsigned long long)lines + 1,
                   (unsigned long long)source->left_at, (unsigned long long)most);
}

/* The slice of a block that was read: what was left over, then the block up to its last end. */
static lr_status join(lr_source *source, lr_slice_buffer *mine, block *b, lr_slice *out,
                      lr_error *err)
{
    const size_t n_left = source->left_n, tail = b->n - b->end;
    const size_t n_most =
        source->options.record_max_bytes + source->options.slice_bytes + LR_PADDING;

    if (source->bounded &&
        (n_left > HEADROOM || n_left + b->n > HEADROOM + source->options.slice_bytes))
        wait_long(source);
    if (b->end == 0 && !b->last) { /* all of it is left over; the slice is empty */
        LR_TRY(buffer_grow(source, &source->left, n_left + b->n + LR_PADDING, n_most, err));
        memcpy(source->left.data + n_left, b->data, b->n);
        source->left_n += b->n;
        out->bytes.data = b->data;
        return LR_OK;
    }
    if (n_left <= HEADROOM) {
        out->bytes = (lr_bytes){b->data - n_left, n_left + b->end};
        if (n_left > 0)
            memcpy(b->data - n_left, source->left.data, n_left);
        LR_TRY(buffer_grow(source, &source->left, tail + LR_PADDING, n_most, err));
        memcpy(source->left.data, b->data + b->end, tail);
    } else { /* the buffers change hands, so that a long record is not copied again */
        const lr_slice_buffer swap = {
            .data = mine->data, .n_max = mine->n_max, .release = mine->release};
        LR_TRY(buffer_grow(source, &source->left, room(b->reader, n_left + b->end), n_most, err));
        memcpy(source->left.data + n_left, b->data, b->end);
        mine->data = source->left.data;
        mine->n_max = source->left.n_max;
        mine->release = source->left.release;
        source->left = swap;
        memmove(swap.data, b->data + b->end, tail);
        out->bytes = (lr_bytes){mine->data, n_left + b->end};
        memset(mine->data + out->bytes.n, 0, LR_PADDING);
        if (source->bounded)
            hold_long(source, mine);
    }
    source->left_n = tail;
    return LR_OK;
}

/* Of an array: which of its commas are in the slice. Not known where one was left over before, which
 * is rare, nor at the end, where a bracket is among them. */
static void link_commas(lr_source *source, const block *b, lr_slice *out)
{
    const lr_split *split = &b->split;
    const size_t n = split->n_commas;
    const bool all = n != SIZE_MAX;
    size_t in = all ? n : 0;

    if (b->first)
        source->left_commas = false;
    while (in > 0 && split->commas[in - 1] >= b->end)
        in--;
    if (b->end > 0 && !b->last && all && !source->left_commas && split->before.json.depth > 0) {
        out->commas = split->commas;
        out->n_commas = in;
        out->commas_at = (size_t)(b->at - out->offset);
    }
    source->left_commas = (b->end == 0 && source->left_commas) || !all || in < n;
}

/* What only one thread does at a time, in the order of the blocks: from block to slice. */
static lr_status link_block(lr_source *source, lr_slice_buffer *mine, block *b, lr_slice *out,
                            lr_error *err)
{
    const uint64_t most = source->options.input_max_bytes;
    const lr_reader *reader = b->reader;

    if (b->first) {
        source->left_at = source->lines = 0;
        source->place = lr_place_first();
    }
    lr_split_settle(source->options.kernels, reader, &source->place, &b->split);
    if (most != 0 && b->n > most - source->bytes)
        return lr_fail(err, LR_E_DATA, "%s: the input is longer than the %llu bytes allowed",
                       b->reader->name, (unsigned long long)most);
    LR_TRY(check_record(source, b, b->at - source->left_at, err));
    b->end = b->last ? b->n : b->split.end;
    out->offset = source->left_at;
    if (reader->format == LR_INPUT_JSON)
        link_commas(source, b, out);
    if (reader->map.data == NULL)
        LR_TRY(join(source, mine, b, out, err));
    else if (b->end == 0)
        out->bytes.data = b->data;
    else
        out->bytes = (lr_bytes){reader->map.data + source->left_at,
                                (size_t)(b->at + b->end - source->left_at)};
    if (b->end > 0)
        source->left_at = b->at + b->end;
    out->skip = out->offset >= reader->skip                 ? 0
                : out->bytes.n < reader->skip - out->offset ? out->bytes.n
                                                            : reader->skip - (size_t)out->offset;
    out->format = reader->format;
    out->header = reader->csv;
    out->last = b->last;
    source->place = b->split.after;
    source->lines += b->lines;
    source->bytes += b->n;
    return LR_OK;
}

lr_status lr_source_next(lr_source *source, lr_slice_buffer *mine, lr_slice *out, lr_error *err)
{
    block b = {0};

    *out = (lr_slice){0};
    release_long(mine);
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
            status = link_block(source, mine, &b, out, err);
        out->index = b.index;
        out->file = b.file;
        source->failed = status != LR_OK;
        if (b.last && status == LR_OK) {
            lr_reader_leave(b.reader);
            source->readers[b.file] = lr_reader_retire(b.reader);
        }
    }
    turn_pass(source);
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
