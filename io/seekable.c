/*
 * seekable.c: files to zstd frames. Rounds: a few frames' content for each thread is read, the threads
 * compress it, it is written in order.
 */
#include "pack.h"
#include "reader.h"

#ifdef LR_HAVE_ZSTD
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    FRAME_BYTES = 1 << 20, /* a frame and its columns stay in L2 */
    FRAMES_OF_THREAD = 4,  /* in a round */
    THREADS_MAX = 256,
    ENTRY_BYTES = 8,  /* of the seek table: the lengths, packed and not */
    FOOTER_BYTES = 9, /* the number of frames, a descriptor, the magic number */
    SKIPPABLE_HEADER = 8
};

/* The content of a frame, and the frame. */
typedef struct piece {
    uint8_t *content, *packed;
    size_t n, n_packed;
} piece;

typedef struct pack {
    const lr_pack_options *options;
    size_t frame_bytes, bound;
    piece *pieces;
    size_t n_pieces, n_full; /* n_full: of this round */
    uint32_t threads;
    uint8_t *table; /* the entries */
    size_t n_table, table_max;
    lr_pack_report *report;
} pack;

typedef struct worker {
    pack *p;
    uint32_t number;
    ZSTD_CCtx *context;
    size_t failed; /* an error of zstd, or 0 */
} worker;

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static void *compress_pieces(void *context)
{
    worker *w = context;
    pack *p = w->p;

    for (size_t i = w->number; i < p->n_full && w->failed == 0; i += p->threads) {
        piece *at = &p->pieces[i];
        const size_t n = ZSTD_compress2(w->context, at->packed, p->bound, at->content, at->n);
        w->failed = ZSTD_isError(n) ? n : 0;
        at->n_packed = n;
    }
    return NULL;
}

/* Fills pieces from the file; fewer than there are only at its end. */
static lr_status read_round(pack *p, lr_reader *reader, uint64_t *at, lr_error *err)
{
    for (p->n_full = 0; p->n_full < p->n_pieces; p->n_full++) {
        piece *one = &p->pieces[p->n_full];
        if (reader->seekable) {
            const uint64_t left = reader->size - *at;
            one->n = left < p->frame_bytes ? (size_t)left : p->frame_bytes;
            LR_TRY(lr_reader_read_at(reader, one->content, one->n, *at, err));
        } else {
            LR_TRY(lr_reader_read(reader, one->content, p->frame_bytes, &one->n, err));
        }
        *at += one->n;
        if (one->n == 0)
            break;
    }
    return LR_OK;
}

static lr_status write_round(pack *p, lr_output *out, lr_error *err)
{
    for (size_t i = 0; i < p->n_full; i++) {
        const piece *one = &p->pieces[i];
        if (p->n_table + ENTRY_BYTES > p->table_max) {
            const size_t more = 2 * p->table_max + 4096;
            uint8_t *table = realloc(p->table, more);
            if (table == NULL || more > UINT32_MAX)
                return lr_fail(err, LR_E_RESOURCE, "no memory for the table of %zu frames",
                               more / 8);
            p->table = table;
            p->table_max = more;
        }
        put_u32(p->table + p->n_table, (uint32_t)one->n_packed);
        put_u32(p->table + p->n_table + 4, (uint32_t)one->n);
        p->n_table += ENTRY_BYTES;
        LR_TRY(lr_output_write(out, one->packed, one->n_packed, err));
        p->report->bytes += one->n;
        p->report->packed_bytes += one->n_packed;
        p->report->frames++;
    }
    return LR_OK;
}

/* The seek table is a skippable frame: who does not know it passes over it. */
static lr_status write_table(pack *p, lr_output *out, lr_error *err)
{
    uint8_t header[SKIPPABLE_HEADER], footer[FOOTER_BYTES];

    put_u32(header, 0x184D2A5E);
    put_u32(header + 4, (uint32_t)(p->n_table + FOOTER_BYTES));
    put_u32(footer, (uint32_t)(p->n_table / ENTRY_BYTES));
    footer[4] = 0; /* no checksums here: the frames have theirs */
    put_u32(footer + 5, 0x8F92EAB1);
    LR_TRY(lr_output_write(out, header, sizeof header, err));
    LR_TRY(lr_output_write(out, p->table, p->n_table, err));
    p->report->packed_bytes += sizeof header + p->n_table + sizeof footer;
    return lr_output_write(out, footer, sizeof footer, err);
}

static lr_status compress_round(pack *p, worker *workers, lr_error *err)
{
    pthread_t threads[THREADS_MAX];
    uint32_t started = 1;

    while (started < p->threads &&
           pthread_create(&threads[started], NULL, compress_pieces, &workers[started]) == 0)
        started++;
    compress_pieces(&workers[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = started; i < p->threads; i++) /* those that could not be started */
        compress_pieces(&workers[i]);
    for (uint32_t i = 0; i < p->threads; i++)
        if (workers[i].failed != 0)
            return lr_fail(err, LR_E_RESOURCE, "zstd: %s", ZSTD_getErrorName(workers[i].failed));
    return LR_OK;
}

static lr_status pack_init(pack *p, worker *workers, lr_error *err)
{
    const size_t each = p->frame_bytes + LR_PADDING + p->bound;

    p->pieces = calloc(p->n_pieces, sizeof *p->pieces);
    for (size_t i = 0; p->pieces != NULL && i < p->n_pieces; i++) {
        p->pieces[i].content = malloc(each);
        if (p->pieces[i].content == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %zu frames", p->n_pieces);
        p->pieces[i].packed = p->pieces[i].content + p->frame_bytes + LR_PADDING;
    }
    for (uint32_t i = 0; p->pieces != NULL && i < p->threads; i++) {
        workers[i] = (worker){p, i, ZSTD_createCCtx(), 0};
        if (workers[i].context == NULL)
            return lr_fail(err, LR_E_RESOURCE, "no memory for %u threads", p->threads);
        ZSTD_CCtx_setParameter(workers[i].context, ZSTD_c_checksumFlag, 1);
        ZSTD_CCtx_setParameter(workers[i].context, ZSTD_c_compressionLevel, p->options->level);
    }
    return p->pieces == NULL ? lr_fail(err, LR_E_RESOURCE, "no memory to pack") : LR_OK;
}

static lr_status pack_file(pack *p, worker *workers, lr_reader *reader, lr_output *out,
                           lr_error *err)
{
    uint64_t at = 0;

    LR_TRY(pack_init(p, workers, err));
    do {
        LR_TRY(read_round(p, reader, &at, err));
        LR_TRY(compress_round(p, workers, err));
        LR_TRY(write_round(p, out, err));
    } while (p->n_full == p->n_pieces);
    return write_table(p, out, err);
}

lr_status lr_pack(const char *file, lr_output *out, const lr_pack_options *options,
                  lr_pack_report *report, lr_error *err)
{
    /* Bytes are packed, whatever they are: as lines no header is looked at. No frame is little enough
     * to be taken by itself, so that what is packed already comes as a stream. */
    const lr_source_options source = {.input = LR_INPUT_NDJSON, .kernels = options->kernels};
    worker workers[THREADS_MAX] = {0};
    pack p = {.options = options, .report = report};
    lr_reader *reader = NULL;
    lr_files files;

    *report = (lr_pack_report){0};
    LR_TRY(lr_files_find(&file, 1, &files, err));
    p.frame_bytes = options->frame_bytes == 0 ? FRAME_BYTES : options->frame_bytes;
    p.bound = ZSTD_compressBound(p.frame_bytes);
    p.threads = options->threads == 0            ? 1
                : options->threads > THREADS_MAX ? THREADS_MAX
                                                 : options->threads;
    p.n_pieces = (size_t)p.threads * FRAMES_OF_THREAD;
    lr_status status = files.n == 1 ? lr_reader_open(&files.file[0], &source, &reader, err)
                                    : lr_fail(err, LR_E_USAGE, "%s: more than one file", file);
    if (status == LR_OK)
        status = pack_file(&p, workers, reader, out, err);
    if (status == LR_OK)
        status = lr_file_unchanged(&files.file[0], err);
    for (size_t i = 0; p.pieces != NULL && i < p.n_pieces; i++)
        free(p.pieces[i].content);
    for (uint32_t i = 0; i < p.threads; i++)
        ZSTD_freeCCtx(workers[i].context);
    free(p.pieces);
    free(p.table);
    lr_reader_free(reader);
    lr_files_free(&files);
    return status;
}
#else
lr_status lr_pack(const char *file, lr_output *out, const lr_pack_options *options,
                  lr_pack_report *report, lr_error *err)
{
    return LR_E_UNSUPPORTED;
}
#endif
