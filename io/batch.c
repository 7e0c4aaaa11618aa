/* batch.c: the records of a slice as a batch of columns, whatever the format. */
#include "array_reader.h"
#include "csv_reader.h"

/* kind, as a field of the type: a value of a wrong type is bad. */
static inline uint8_t as_type(uint8_t kind, uint8_t first, uint8_t last)
{
    return (uint8_t)(kind - first) <= (uint8_t)(last - first) ? LR_BAD + LR_WRONG_TYPE : kind;
}

/* The kinds that are wrong for a type stand in a row. */
typedef struct wrong_kinds {
    uint8_t first, last;
} wrong_kinds;

static wrong_kinds wrong_for(const lr_fields *fields, size_t f)
{
    switch (fields->field[f].type) {
    case LR_TYPE_SCALAR:
        return (wrong_kinds){LR_OBJECT, LR_ARRAY};
    case LR_TYPE_ARRAY:
        return (wrong_kinds){LR_PLAIN, LR_OBJECT};
    default:
        return (wrong_kinds){LR_NUMBER, LR_ARRAY};
    }
}

/* A key on the way to a value must hold an object; where it holds none there is no value. */
static inline uint8_t through(uint8_t holder, uint8_t value)
{
    return holder == LR_OBJECT || holder <= LR_NULL ? value
           : holder >= LR_BAD                       ? holder
                                                    : LR_BAD + LR_WRONG_TYPE;
}

/* A field below the top of a record, or with a second path: from its keys to its column. */
static void resolve(const lr_fields *fields, size_t f, const lr_records *records, lr_column out)
{
    const int first = fields->at[f].first, top = fields->at[f].holder;
    const int second = fields->at[f].fallback;
    const lr_column value = records->keys[first];
    const wrong_kinds wrong = wrong_for(fields, f);
    const size_t n = records->n;

    for (size_t i = 0; i < n; i++) {
        out.spans[i] = value.spans[i];
        out.kinds[i] = as_type(value.kinds[i], wrong.first, wrong.last);
    }
    for (int at = fields->keys.key[first].parent; at >= 0; at = fields->keys.key[at].parent)
        for (size_t i = 0; i < n; i++)
            out.kinds[i] = through(records->keys[at].kinds[i], out.kinds[i]);
    if (second < 0)
        return;
    const uint8_t *decides = records->keys[top >= 0 ? top : first].kinds;
    for (size_t i = 0; i < n; i++)
        if (LR_UNLIKELY(decides[i] <= LR_NULL)) {
            out.spans[i] = records->keys[second].spans[i];
            out.kinds[i] = as_type(records->keys[second].kinds[i], wrong.first, wrong.last);
        }
}

/* From keys to columns. The columns of fields that are one plain key are that key's own: they are
 * made last, in place, when nobody needs to know any more what the key held. */
static void resolve_all(const lr_fields *fields, lr_batch *out)
{
    for (size_t f = 0; f < fields->n; f++)
        if (fields->at[f].holder >= 0 || fields->at[f].fallback >= 0)
            resolve(fields, f, &out->records, out->columns[f]);
    for (size_t f = 0; f < fields->n; f++)
        if (fields->at[f].holder < 0 && fields->at[f].fallback < 0) {
            out->columns[f] = out->records.keys[fields->at[f].first];
            const wrong_kinds wrong = wrong_for(fields, f);
            for (size_t i = 0; i < out->records.n; i++)
                out->columns[f].kinds[i] =
                    as_type(out->columns[f].kinds[i], wrong.first, wrong.last);
        }
}

size_t lr_read_batch(const lr_kernels *k, const lr_fields *fields, lr_validate validate,
                     const lr_slice *slice, size_t from, lr_batch *out)
{
    if (slice->format == LR_INPUT_CSV)
        return lr_csv_read_batch(k, fields, validate, slice, from, out);
    if (slice->format == LR_INPUT_JSON) {
        from = lr_array_read_batch(k, fields, validate, slice, from, out);
        resolve_all(fields, out);
        return from;
    }
    const size_t start = from == 0 ? slice->skip : from;

    out->src = slice->bytes.data;
    out->records.each = out->each;
    out->records.context = out->context;
    from = k->json_records(slice->bytes.data, slice->bytes.n, start, &fields->keys, validate,
                           &out->records);
    out->records.each = NULL;
    if (start == slice->skip && out->records.n > 0 && out->records.offset[0] == start)
        out->records.offset[0] = 0; /* the mark belongs to line 1 */
    resolve_all(fields, out);
    return from;
}

bool lr_reason_is_fatal(lr_input format, lr_reason reason)
{
    if (format == LR_INPUT_CSV)
        return reason == LR_CSV_OPEN_QUOTE;
    return format == LR_INPUT_JSON && reason != LR_GOOD && reason != LR_NOT_OBJECT &&
           reason != LR_TOO_DEEP && reason != LR_WRONG_TYPE && reason != LR_BAD_DATE;
}
