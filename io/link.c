/* link.c: a block that was read, and what the one before it left over, become a slice. */
#include "slices.h"

#include <string.h>

/* Of an array that is taken to be lined, a longer line is rather a sign that it is not. */
enum { LINE_MAX_BYTES = 16 << 20 };

/* The line feeds before byte `end` of a seekable file; for messages. */
static lr_status count_lines_before(const lr_source *source, const lr_reader *reader, uint64_t end,
                                    uint64_t *lines, lr_error *err)
{
    enum { STEP = 256 << 10 };
    lr_slice_buffer buffer = {0};
    lr_status status = lr_buffer_renew(source, &buffer, STEP + LR_PADDING, err);

    *lines = 0;
    for (uint64_t at = 0; status == LR_OK && at < end; at += STEP) {
        const size_t n = end - at < STEP ? (size_t)(end - at) : STEP;
        status = lr_reader_read_at(reader, buffer.data, n, at, err);
        if (status == LR_OK)
            *lines += source->options.kernels->count_lines(buffer.data, n);
    }
    lr_slice_buffer_free(&buffer);
    return status;
}

/* So long a record of the file may be. */
static uint64_t record_most(const lr_source *source, const lr_reader *reader)
{
    const uint64_t half = LR_SLICE_MAX_BYTES / 2 - source->options.slice_bytes - 2 * LR_PADDING;
    const uint64_t most = source->options.record_max_bytes;

    /* Decoded texts stand behind the slice, with offsets of the same width. */
    return reader->format != LR_INPUT_NDJSON && most > half ? half : most;
}

/* Is the record that started before this block longer than one may be? */
static lr_status check_record(lr_source *source, const lr_block *b, uint64_t n_before,
                              lr_error *err)
{
    const uint64_t most = record_most(source, b->reader);
    uint64_t lines = source->lines;

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
static lr_status join(lr_source *source, lr_slice_buffer *mine, lr_block *b, lr_slice *out,
                      lr_error *err)
{
    const size_t n_left = source->left_n, tail = b->n - b->end;
    const size_t n_most =
        source->options.record_max_bytes + source->options.slice_bytes + LR_PADDING;

    if (source->bounded &&
        (n_left > LR_HEADROOM || n_left + b->n > LR_HEADROOM + source->options.slice_bytes))
        lr_long_wait(source);
    if (b->end == 0 && !b->last) { /* all of it is left over; the slice is empty */
        LR_TRY(lr_buffer_grow(source, &source->left, n_left + b->n + LR_PADDING, n_most, err));
        memcpy(source->left.data + n_left, b->data, b->n);
        source->left_n += b->n;
        out->bytes.data = b->data;
        return LR_OK;
    }
    if (n_left <= LR_HEADROOM) {
        out->bytes = (lr_bytes){b->data - n_left, n_left + b->end};
        if (n_left > 0)
            memcpy(b->data - n_left, source->left.data, n_left);
        LR_TRY(lr_buffer_grow(source, &source->left, tail + LR_PADDING, n_most, err));
        memcpy(source->left.data, b->data + b->end, tail);
    } else { /* the buffers change hands, so that a long record is not copied again */
        const lr_slice_buffer swap = {
            .data = mine->data, .n_max = mine->n_max, .release = mine->release};
        LR_TRY(lr_buffer_grow(source, &source->left, lr_slice_room(b->reader, n_left + b->end),
                              n_most, err));
        memcpy(source->left.data + n_left, b->data, b->end);
        mine->data = source->left.data;
        mine->n_max = source->left.n_max;
        mine->release = source->left.release;
        source->left = swap;
        memmove(swap.data, b->data + b->end, tail);
        out->bytes = (lr_bytes){mine->data, n_left + b->end};
        memset(mine->data + out->bytes.n, 0, LR_PADDING);
        if (source->bounded)
            lr_long_hold(source, mine);
    }
    source->left_n = tail;
    return LR_OK;
}

/* Of an array: which of its commas are in the slice, and how many lines. Not known where one was left
 * over before, which is rare, nor at the end, where a bracket is among them. */
static void link_commas(lr_source *source, const lr_block *b, lr_slice *out)
{
    const lr_split *split = &b->split;
    const size_t n = split->n_commas;
    const bool all = n != SIZE_MAX;
    size_t in = all ? n : 0;

    if (b->first) {
        source->left_commas = false;
        source->left_lines = 0;
    }
    const uint64_t tail = source->options.kernels->count_lines(b->data + b->end, b->n - b->end);
    source->left_lines += split->after.json.lines;
    while (in > 0 && split->commas[in - 1] >= b->end)
        in--;
    if (b->end > 0 && !b->last && all && !source->left_commas && split->before.json.depth > 0) {
        out->commas = split->commas;
        out->n_commas = in;
        out->commas_at = (size_t)(b->at - out->offset);
        out->lines = source->left_lines - tail;
    }
    if (b->end > 0)
        source->left_lines = tail;
    source->left_commas = (b->end == 0 && source->left_commas) || !all || in < n;
}

lr_status lr_link_block(lr_source *source, lr_slice_buffer *mine, lr_block *b, lr_slice *out,
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
    const uint64_t before = b->at - source->left_at;
    const bool unlined =
        reader->lined && before > 0 &&
        (before + b->n > LINE_MAX_BYTES || before + b->n > record_most(source, reader));
    if (!unlined)
        LR_TRY(check_record(source, b, before, err));
    b->end = b->last || unlined ? b->n : b->split.end; /* of a lined slice it will be seen */
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
    if (reader->map.data != NULL &&
        reader->format == LR_INPUT_JSON) /* for elements that are copied */
        LR_TRY(lr_buffer_renew(source, mine, lr_slice_room(reader, out->bytes.n), err));
    if (b->end > 0)
        source->left_at = b->at + b->end;
    out->skip = out->offset >= reader->skip                 ? 0
                : out->bytes.n < reader->skip - out->offset ? out->bytes.n
                                                            : reader->skip - (size_t)out->offset;
    out->format = reader->format;
    out->header = reader->csv;
    out->last = b->last;
    out->lined = unlined || (reader->lined && !b->last);
    source->place = b->split.after;
    source->lines += b->lines;
    source->bytes += b->n;
    return LR_OK;
}
