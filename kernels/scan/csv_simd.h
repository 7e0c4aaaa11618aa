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

/* The block src[at, n), of which the bits of `valid` count. */
static inline csv_bits csv_block(const uint8_t *src, size_t at, size_t n, uint64_t valid,
                                 uint8_t delimiter, csv_carry *carry)
{
    const block b = block_load(src + at);
    const uint64_t quotes = block_eq(b, '"') & valid, all_feeds = block_eq(b, '\n') & valid;
    const uint64_t all_ends = (all_feeds | block_eq(b, (char)delimiter)) & valid;
    csv_bits bits = {.feeds = all_feeds & ~carry->inside, .ends = all_ends & ~carry->inside};

    if (quotes == 0 && carry->closed == 0) {
        carry->starts = bits.ends >> 63;
        return bits;
    }
    const uint64_t inside = lr_prefix_xor(quotes) ^ carry->inside;
    const uint64_t opening = quotes & inside, closing = quotes & ~inside;
    const uint64_t after = closing << 1 | carry->closed;
    bits.feeds = all_feeds & ~inside;
    bits.ends = all_ends & ~inside;
    bits.doubled = opening & after;
    bits.bad = (opening & ~(bits.ends << 1 | carry->starts | after)) |
               (after & ~(bits.ends | opening) & valid);
    if (bits.bad != 0) { /* a carriage return before a line feed ends a field, too */
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
            if (bits.feeds != 0)
                end = at + 64 - (size_t)__builtin_clzll(bits.feeds);
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

static size_t LR_NAME(csv_records)(uint8_t *src, size_t n, size_t from, const lr_csv *csv,
                                   size_t text_at, lr_records *out)
{
    csv_row row = {.src = src, .csv = csv, .out = out, .text_at = text_at};
    csv_carry carry = csv_carry_of(LR_CSV_START);
    size_t at = from;

    out->n = 0;
    csv_row_begin(&row, from);
    while (at < n && out->n < LR_BATCH_MAX) {
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
    out->lines += LR_NAME(count_lines)(src + from, row.begin - from);
    return row.begin;
}
