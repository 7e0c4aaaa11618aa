/*
 * csv_simd.h: csv_split and csv_records over 64-byte blocks; instantiated once per tier.
 *
 * Between pairs of quotes is the prefix xor of the quotes, as long as quotes stand where they should: an
 * opening one at the start of a field or right behind a closing one (two of them are one in the text),
 * and behind a closing one the field's end. That is checked, 64 bytes at a time. Where it is not so, be
 * it an error or a quote in a field without quotes, which is literal, the definition reads the record.
 */

/* What one block leaves to the next. */
typedef struct csv_carry {
    uint64_t inside; /* all ones in quotes, else 0 */
    uint64_t starts; /* 1: a field starts at the next byte */
    uint64_t closed; /* 1: the byte before is a quote that closes */
} csv_carry;

/* The bits of a block. */
typedef struct csv_bits {
    uint64_t feeds;   /* line feeds that end records */
    uint64_t ends;    /* these and delimiters that end fields */
    uint64_t doubled; /* second quotes of two */
    uint64_t bad;     /* quotes, and bytes behind them, for which this does not hold */
} csv_bits;

/* The block src[at, n), of which the bits of `valid` count. Without a branch on the data: whether a
 * block has quotes is hard to guess, and guessing wrong costs more than all of this. */
static inline csv_bits csv_block(const uint8_t *src, size_t at, size_t n, uint64_t valid,
                                 uint8_t delimiter, csv_carry *carry)
{
    const block b = block_load(src + at);
    const uint64_t quotes = block_eq(b, '"') & valid, all_feeds = block_eq(b, '\n') & valid;
    const uint64_t all_ends = (all_feeds | block_eq(b, (char)delimiter)) & valid;
    const uint64_t inside = lr_prefix_xor(quotes) ^ carry->inside;
    const uint64_t opening = quotes & inside, closing = quotes & ~inside;
    const uint64_t after = closing << 1 | carry->closed;
    csv_bits bits = {
        .feeds = all_feeds & ~inside, .ends = all_ends & ~inside, .doubled = opening & after};

    bits.bad = (opening & ~(bits.ends << 1 | carry->starts | after)) |
               (after & ~(bits.ends | opening) & valid);
    if (LR_UNLIKELY(bits.bad != 0)) { /* a carriage return before a line feed ends a field, too */
        const uint64_t next = at + 64 < n && src[at + 64] == '\n';
        bits.bad &= ~(after & block_eq(b, '\r') & (all_feeds >> 1 | next << 63));
    }
    carry->inside = (uint64_t)((int64_t)inside >> 63);
    carry->starts = bits.ends >> 63;
    carry->closed = closing >> 63;
    return bits;
}

static inline csv_carry csv_carry_of(lr_csv_place place)
{
    return (csv_carry){.inside = 0 - (uint64_t)(place == LR_CSV_QUOTED),
                       .starts = place == LR_CSV_START,
                       .closed = place == LR_CSV_QUOTE};
}

static inline lr_csv_place csv_place_of(const csv_carry *carry)
{
    return carry->inside != 0   ? LR_CSV_QUOTED
           : carry->starts != 0 ? LR_CSV_START
           : carry->closed != 0 ? LR_CSV_QUOTE
                                : LR_CSV_PLAIN;
}

static size_t LR_NAME(csv_split)(const uint8_t *src, size_t n, uint8_t delimiter,
                                 lr_csv_place *place)
{
    csv_carry carry = csv_carry_of(*place);
    size_t end = 0, at = 0;

    for (; at + 64 <= n; at += 64) {
        const csv_carry before = carry;
        const csv_bits bits = csv_block(src, at, n, UINT64_MAX, delimiter, &carry);
        if (LR_LIKELY(bits.bad == 0)) {
            const size_t last = at + 64 - (size_t)__builtin_clzll(bits.feeds | 1);
            end ^= (end ^ last) & (0 - (size_t)(bits.feeds != 0)); /* gcc would branch */
            continue;
        }
        *place = csv_place_of(&before);
        for (size_t i = at; i < at + 64; i++) {
            if (src[i] == '\n' && *place != LR_CSV_QUOTED)
                end = i + 1;
            *place = lr_csv_step(*place, src[i], delimiter);
        }
        carry = csv_carry_of(*place);
    }
    *place = csv_place_of(&carry);
    for (; at < n; at++) {
        if (src[at] == '\n' && *place != LR_CSV_QUOTED)
            end = at + 1;
        *place = lr_csv_step(*place, src[at], delimiter);
    }
    return end;
}

/* The record at hand. It is seen as events: after so many delimiters the next column that is looked
 * for starts, or ends. */
typedef struct csv_row {
    uint8_t *src;
    const lr_csv *csv;
    lr_records *out;
    size_t begin, text_at, text_before;
    size_t doubled; /* behind the last doubled quote seen */
    size_t field;   /* where column k starts, if it has */
    uint32_t n, k;  /* delimiters so far; the next column to end */
    uint32_t next;  /* delimiters at the next event */
    bool open;      /* that event is the end of column k */
} csv_row;

/* Column k is the next one: it starts at `at` if that is where field n starts. */
static inline void csv_row_next(csv_row *row, size_t at, uint32_t n)
{
    row->open = row->k < row->csv->n && row->csv->column[row->k] == n;
    row->next = row->k == row->csv->n ? UINT32_MAX : row->csv->column[row->k] + row->open;
    row->field = at;
}

static inline void csv_row_begin(csv_row *row, size_t at)
{
    row->begin = at;
    row->n = row->k = 0;
    row->text_before = row->text_at;
    csv_row_next(row, at, 0);
}

/* Column k is src[field, end). */
static inline void csv_row_set(csv_row *row, size_t end)
{
    lr_records *out = row->out;
    size_t begin = row->field;

    if (begin < end && row->src[begin] == '"') {
        begin++;
        end--;
        if (row->doubled > begin) {
            const size_t n = lr_csv_undouble(row->src, begin, end, row->src + row->text_at);
            begin = row->text_at;
            end = row->text_at += n;
        }
    }
    out->keys[row->k].spans[out->n] = (lr_span){(uint32_t)begin, (uint32_t)(end - begin)};
    out->keys[row->k].kinds[out->n] = begin == end ? LR_NULL : LR_PLAIN;
    row->k++;
}

/* The record ends with the line feed at `at`. */
static inline void csv_row_end(csv_row *row, size_t at)
{
    lr_records *out = row->out;
    const size_t empty = row->begin + (row->src[row->begin] == '\r');
    const bool good = row->n + 1 == row->csv->n_columns;

    if (LR_LIKELY(at > empty)) {
        if (row->open && good) /* then it is the last column */
            csv_row_set(row, at - (at > row->field && row->src[at - 1] == '\r'));
        if (LR_UNLIKELY(!good))
            for (uint32_t k = 0; k < row->csv->n; k++)
                out->keys[k].kinds[out->n] = LR_ABSENT;
        out->offset[out->n] = (uint32_t)row->begin;
        out->reason[out->n++] = good ? LR_GOOD : LR_CSV_FIELDS;
    }
    csv_row_begin(row, at + 1);
}

/* The fields and records that end in the block at `at`. False: out is full before its last record. */
static inline bool csv_row_take(csv_row *row, size_t at, uint64_t ends, uint64_t feeds)
{
    for (;; feeds &= feeds - 1) {
        const uint64_t feed = feeds & (0 - feeds);
        const uint64_t delimiters = feed == 0 ? ends : ends & (feed - 1);
        const uint32_t n = row->n + (uint32_t)__builtin_popcountll(delimiters);
        while (row->next <= n) {
            const uint64_t bit = _pdep_u64(1ull << (row->next - row->n - 1), delimiters);
            const size_t end = at + (size_t)__builtin_ctzll(bit);
            const uint32_t passed = row->next;
            if (row->open)
                csv_row_set(row, end);
            csv_row_next(row, end + 1, passed);
        }
        row->n = n;
        if (feed == 0)
            return true;
        csv_row_end(row, at + (size_t)__builtin_ctzll(feed));
        if (row->out->n == LR_BATCH_MAX)
            return false;
        ends &= ~(feed | (feed - 1));
    }
}

/* The definition reads the record at hand; the next one begins where it says. */
static size_t csv_row_slow(csv_row *row, size_t n)
{
    size_t text_at = row->text_before;
    const size_t next = lr_csv_record(row->src, n, row->begin, row->csv, &text_at, row->out);

    row->out->slow++;
    row->text_at = text_at;
    csv_row_begin(row, next);
    return next;
}

/* ---- records of one shape ---- */

enum {
    CSV_CHUNK = 64 * 64,       /* bytes whose marks are made at a time */
    CSV_SHAPED_COLUMNS = 1024, /* of more columns no shape is looked for */
    CSV_UNSHAPED =
        4 * CSV_CHUNK /* bytes that are read event by event where the shape was another */
};

/* Where fields end and doubled quotes stand in the records from the one at hand on. */
typedef struct csv_marks {
    size_t n_ends, n_doubled, n_feeds;
    uint64_t bad;
    uint32_t ends[1 + CSV_SHAPED_COLUMNS + CSV_CHUNK + 8]; /* the first: before the record */
    uint32_t doubled[CSV_CHUNK + 8];
} csv_marks;

/* The places of the bits of mask, of which there are seldom more than `often`, are written to out, which
 * has room for that many whatever there is. Returns how many there are. */
static inline size_t csv_places(uint32_t *out, uint64_t mask, uint32_t at, uint32_t often)
{
    const size_t n = (size_t)__builtin_popcountll(mask);

    for (uint32_t i = 0; i < often; i++, mask &= mask - 1)
        out[i] = at + (uint32_t)_tzcnt_u64(mask);
    if (LR_UNLIKELY(n > often))
        for (size_t i = often; i < n; i++, mask &= mask - 1)
            out[i] = at + (uint32_t)_tzcnt_u64(mask);
    return n;
}

/* The marks of src[at, end) behind those that are there. */
static inline void csv_marks_add(csv_marks *marks, const uint8_t *src, size_t at, size_t end,
                                 size_t n, uint8_t delimiter, csv_carry *carry)
{
    csv_carry here = *carry;
    size_t n_ends = marks->n_ends, n_doubled = marks->n_doubled, n_feeds = 0;
    uint64_t bad = 0;

    for (; at < end; at += 64) {
        const csv_bits bits = csv_block(src, at, n, UINT64_MAX, delimiter, &here);
        bad |= bits.bad;
        n_feeds += (size_t)__builtin_popcountll(bits.feeds);
        n_ends += csv_places(marks->ends + n_ends, bits.ends, (uint32_t)at, 4);
        n_doubled += csv_places(marks->doubled + n_doubled, bits.doubled, (uint32_t)at, 2);
    }
    *carry = here;
    marks->n_ends = n_ends;
    marks->n_doubled = n_doubled;
    marks->n_feeds = n_feeds;
    marks->bad = bad;
}

/* The text of a field with doubled quotes, of which doubled[0] is the first and which ends at `end`. */
static inline size_t csv_undouble(const uint8_t *src, size_t begin, size_t end,
                                  const uint32_t *doubled, uint8_t *out)
{
    size_t n = 0;

    for (; begin < end;
         doubled++) { /* behind the last one stands another, or what is not below end */
        const size_t stop = *doubled < end ? *doubled : end;
        for (size_t i = 0; i < stop - begin; i += 64)
            block_store(out + n + i, block_load(src + begin + i));
        n += stop - begin;
        begin = stop + 1;
    }
    return n;
}

/* The first n_rows records of the marks go to out, as many as have room; the marks behind them come to the
 * front. Returns where the next record begins. */
static inline size_t LR_NAME(csv_rows)(uint8_t *src, const lr_csv *csv, csv_marks *marks,
                                       size_t n_rows, size_t *text_at, lr_records *out)
{
    const size_t width = csv->n_columns;
    const uint32_t *ends = marks->ends, *doubled = marks->doubled;

    marks->doubled[marks->n_doubled] = UINT32_MAX;
    if (n_rows > LR_BATCH_MAX - out->n)
        n_rows = LR_BATCH_MAX - out->n;
    for (size_t i = 0; i < n_rows; i++, ends += width, out->n++) {
        for (uint32_t k = 0; k < csv->n; k++) {
            const uint32_t c = csv->column[k];
            size_t begin = (size_t)(uint32_t)(ends[c] + 1), end = ends[c + 1];
            if (c + 1 == width)
                end -= end > begin && src[end - 1] == '\r';
            const bool quoted = begin < end && src[begin] == '"';
            begin += quoted;
            end -= quoted;
            while (*doubled < begin)
                doubled++;
            if (*doubled < end) {
                const size_t length = csv_undouble(src, begin, end, doubled, src + *text_at);
                begin = *text_at;
                end = *text_at += length;
            }
            out->keys[k].spans[out->n] = (lr_span){(uint32_t)begin, (uint32_t)(end - begin)};
            out->keys[k].kinds[out->n] = begin == end ? LR_NULL : LR_PLAIN;
        }
        out->offset[out->n] = ends[0] + 1;
        out->reason[out->n] = LR_GOOD;
    }
    const size_t next = (size_t)(uint32_t)(ends[0] + 1);
    while (*doubled < next)
        doubled++;
    marks->n_ends -= (size_t)(ends - marks->ends);
    marks->n_doubled -= (size_t)(doubled - marks->doubled);
    memmove(marks->ends, ends, marks->n_ends * sizeof *ends);
    memmove(marks->doubled, doubled, marks->n_doubled * sizeof *doubled);
    return next;
}

/* Records of the shape that the header has, n_columns ends of fields, the last of them a line feed, are
 * read from their marks. Returns where that ends: at a record that is not so, or is not whole in
 * src[from, n), or has no room in out. */
static size_t LR_NAME(csv_shaped)(uint8_t *src, size_t n, size_t from, const lr_csv *csv,
                                  size_t *text_at, lr_records *out)
{
    csv_marks marks;
    csv_carry carry = csv_carry_of(LR_CSV_START);
    const size_t width = csv->n_columns;
    size_t at = from, begin = from;

    marks.n_ends = 1;
    marks.n_doubled = 0;
    marks.ends[0] = (uint32_t)from - 1;
    while (n - at >= 64 && out->n < LR_BATCH_MAX && marks.n_doubled < CSV_CHUNK / 2) {
        const size_t end = n - at < CSV_CHUNK ? at + (n - at) / 64 * 64 : at + CSV_CHUNK;
        csv_marks_add(&marks, src, at, end, n, csv->delimiter, &carry);
        at = end;
        const size_t n_rows = (marks.n_ends - 1) / width;
        bool shaped = marks.bad == 0 && marks.n_feeds == n_rows;
        /* So many line feeds at the ends of records: then there is none between. */
        for (size_t i = 1; i <= n_rows; i++)
            shaped = shaped & (src[marks.ends[i * width]] == '\n');
        if (!shaped)
            break;
        begin = LR_NAME(csv_rows)(src, csv, &marks, n_rows, text_at, out);
    }
    return begin;
}

/* Records event by event, from `from` on until one ends at `stop` or behind it. */
static size_t LR_NAME(csv_any)(uint8_t *src, size_t n, size_t from, size_t stop, const lr_csv *csv,
                               size_t *text_at, lr_records *out)
{
    csv_row row = {.src = src, .csv = csv, .out = out, .text_at = *text_at};
    csv_carry carry = csv_carry_of(LR_CSV_START);
    size_t at = from;

    csv_row_begin(&row, from);
    while (at < n && out->n < LR_BATCH_MAX && row.begin < stop) {
        const uint64_t valid = n - at < 64 ? (1ull << (n - at)) - 1 : UINT64_MAX;
        const csv_bits bits = csv_block(src, at, n, valid, csv->delimiter, &carry);
        if (bits.doubled != 0)
            row.doubled = at + 64 - (size_t)__builtin_clzll(bits.doubled);
        if (LR_LIKELY(bits.bad == 0)) {
            if (!csv_row_take(&row, at, bits.ends, bits.feeds))
                break;
            at += 64;
            continue;
        }
        /* The records that end before the fault are as seen; the one with it is not. */
        const uint64_t feeds = bits.feeds & ((bits.bad & (0 - bits.bad)) - 1);
        if (feeds != 0 &&
            !csv_row_take(&row, at, bits.ends & (UINT64_MAX >> __builtin_clzll(feeds)), feeds))
            break;
        at = csv_row_slow(&row, n);
        carry = csv_carry_of(LR_CSV_START);
    }
    if (at >= n && row.begin < n && out->n < LR_BATCH_MAX)
        csv_row_slow(&row, n); /* the last line feed is missing, or the last quote */
    /* Of a record that began and did not end: what was written of it is written again. */
    *text_at = row.text_before;
    return row.begin;
}

static size_t LR_NAME(csv_records)(uint8_t *src, size_t n, size_t from, const lr_csv *csv,
                                   size_t text_at, lr_records *out)
{
    const bool may_be_shaped = csv->n_columns > 1 && csv->n_columns <= CSV_SHAPED_COLUMNS;
    size_t at = from;

    out->n = 0;
    while (at < n && out->n < LR_BATCH_MAX) {
        if (may_be_shaped)
            at = LR_NAME(csv_shaped)(src, n, at, csv, &text_at, out);
        if (at < n && out->n < LR_BATCH_MAX)
            at = LR_NAME(csv_any)(src, n, at, may_be_shaped ? at + CSV_UNSHAPED : n, csv, &text_at,
                                  out);
    }
    out->lines += LR_NAME(count_lines)(src + from, at - from);
    return at;
}
