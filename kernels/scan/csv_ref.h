/* csv_ref.h: csv_split and csv_records, one byte at a time: the definition. */
static size_t LR_NAME(csv_split)(const uint8_t *src, size_t n, uint8_t delimiter,
                                 lr_csv_place *place)
{
    size_t end = 0;

    for (size_t i = 0; i < n; i++) {
        if (src[i] == '\n' && *place != LR_CSV_QUOTED)
            end = i + 1;
        *place = lr_csv_step(*place, src[i], delimiter);
    }
    return end;
}

static size_t LR_NAME(csv_records)(uint8_t *src, size_t n, size_t from, const lr_csv *csv,
                                   size_t text_at, lr_records *out)
{
    out->n = 0;
    while (from < n && out->n < LR_BATCH_MAX) {
        const size_t begin = from;
        from = lr_csv_record(src, n, begin, csv, &text_at, out);
        for (size_t i = begin; i < from; i++)
            out->lines += src[i] == '\n';
    }
    return from;
}
