/*
 * table_write.c: answers as text, for programs (json jsonl csv tsv) and for people (table md). No
 * format depends on the locale, and none lets a text leave its cell.
 */
#include "table.h"
#include "width_table.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* The character at text[*i] of valid UTF-8; *i is moved on. A byte that begins none stands for
 * itself, so that the loop ends whatever it is given. */
static uint32_t next_character(lr_bytes text, size_t *i)
{
    const uint8_t *at = text.data + *i;
    const size_t left = text.n - *i;
    const size_t n = at[0] < 0xC0 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;

    if (n == 1 || n > left) {
        *i += 1;
        return at[0];
    }
    uint32_t c = at[0] & (0x7Fu >> n);
    for (size_t k = 1; k < n; k++)
        c = c << 6 | (at[k] & 0x3Fu);
    *i += n;
    return c;
}

/* Would it move the cursor or turn the line around? Control characters, line and paragraph
 * separators, overrides of the writing direction. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static unsigned columns_of(uint32_t c)
{
    size_t low = 0, high = LR_COUNT_OF(width_table);

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (c > width_table[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < LR_COUNT_OF(width_table) && c >= width_table[low].first ? width_table[low].columns
                                                                         : 1;
}

/* Writes the escape of a control character where out is not NULL; returns its columns. */
static size_t write_control(uint32_t c, FILE *out)
{
    char text[16];
    static const char letters[] = "abtnvfr"; /* from \a (7) to \r (13) */

    if (c >= 7 && c <= 13)
        snprintf(text, sizeof text, "\\%c", letters[c - 7]);
    else
        snprintf(text, sizeof text, c < 0x100 ? "\\x%02" PRIx32 : "\\u%04" PRIx32, c);
    if (out != NULL)
        fputs(text, out);
    return strlen(text);
}

/*
 * Writes text for people, control characters escaped, where out is not NULL. Returns how many
 * columns it takes: of an emoji sequence those of its first character, as terminals draw it; two
 * where it asks to be drawn as a picture (FE0F).
 */
static size_t write_shown(lr_bytes text, FILE *out)
{
    size_t columns = 0;
    unsigned last = 0; /* columns of the last character that takes some */
    bool joined = false, flag = false;

    for (size_t i = 0; i < text.n;) {
        const size_t start = i;
        const uint32_t c = next_character(text, &i);
        if (is_control(c)) {
            columns += write_control(c, out);
            last = 0;
            continue;
        }
        const bool regional = c >= 0x1F1E6 && c <= 0x1F1FF;
        const bool tone = c >= 0x1F3FB && c <= 0x1F3FF && last == 2;
        if (c == 0xFE0F && last == 1) {
            columns++;
            last = 2;
        } else if (!joined && !tone && !(regional && flag)) {
            const unsigned wide = regional ? 2 : columns_of(c);
            columns += wide;
            last = wide > 0 ? wide : last;
        }
        flag = regional && !flag;
        joined = c == 0x200D;
        if (out != NULL)
            fwrite(text.data + start, 1, i - start, out);
    }
    return columns;
}

static void write_json_text(lr_bytes text, FILE *out)
{
    static const char letters[] = "btn?fr"; /* from \b (8) to \r (13); 11 has no letter */

    fputc('"', out);
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.data[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c >= 8 && c <= 13 && c != 11)
            fprintf(out, "\\%c", letters[c - 8]);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void write_csv_text(lr_bytes text, FILE *out)
{
    bool quoted = false;

    for (size_t i = 0; i < text.n && !quoted; i++)
        quoted = strchr(",\"\r\n", text.data[i]) != NULL && text.data[i] != '\0';
    if (!quoted) {
        fwrite(text.data, 1, text.n, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < text.n; i++) {
        if (text.data[i] == '"')
            fputc('"', out);
        fputc(text.data[i], out);
    }
    fputc('"', out);
}

static void write_tsv_text(lr_bytes text, FILE *out)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.data[i] == '\t')
            fputs("\\t", out);
        else if (text.data[i] == '\n')
            fputs("\\n", out);
        else if (text.data[i] == '\\')
            fputs("\\\\", out);
        else
            fputc(text.data[i], out);
}

static void write_md_text(lr_bytes text, FILE *out)
{
    for (size_t i = 0, start = 0; i < text.n;) {
        const uint32_t c = next_character(text, &i);
        if (c == '|') /* a cell ends there, in code too */
            fputs("\\|", out);
        else if (is_control(c))
            write_control(c, out);
        else
            fwrite(text.data + start, 1, i - start, out);
        start = i;
    }
}

typedef void write_text(lr_bytes text, FILE *out);

static void write_cell(const lr_table *table, size_t row, size_t column, write_text *write,
                       FILE *out)
{
    const lr_cell *cell = &table->cells[row * table->n_columns + column];

    if (table->types[column] == LR_TYPE_INTEGER)
        fprintf(out, "%" PRId64, cell->integer);
    else
        write(cell->text, out);
}

static lr_bytes bytes_of(const char *text)
{
    return (lr_bytes){(const uint8_t *)text, strlen(text)};
}

static void write_json(const lr_table *table, FILE *out)
{
    fputs("{\"query\":", out);
    write_json_text(bytes_of(table->query), out);
    fputs(",\"columns\":[", out);
    for (size_t c = 0; c < table->n_columns; c++) {
        fputs(c > 0 ? "," : "", out);
        write_json_text(bytes_of(table->names[c]), out);
    }
    fputs("],\"rows\":[", out);
    for (size_t i = 0; i < table->n_rows; i++)
        for (size_t c = 0; c < table->n_columns; c++) {
            fputs(c > 0 ? "," : i > 0 ? ",[" : "[", out);
            write_cell(table, i, c, write_json_text, out);
            fputs(c + 1 == table->n_columns ? "]" : "", out);
        }
    fprintf(out, "],\"records\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"skipped_null\":%" PRIu64 "}",
            table->records, table->rejected, table->skipped_null);
}

static void write_jsonl(const lr_table *table, FILE *out)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            fputc(c > 0 ? ',' : '{', out);
            write_json_text(bytes_of(table->names[c]), out);
            fputc(':', out);
            write_cell(table, i, c, write_json_text, out);
        }
        fputs("}\n", out);
    }
}

/* A header and a line per row, between them a separator. */
static void write_separated(const lr_table *table, char separator, write_text *write, FILE *out)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        if (c > 0)
            fputc(separator, out);
        write(bytes_of(table->names[c]), out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < table->n_rows; i++)
        for (size_t c = 0; c < table->n_columns; c++) {
            write_cell(table, i, c, write, out);
            fputc(c + 1 < table->n_columns ? separator : '\n', out);
        }
}

static void write_md(const lr_table *table, FILE *out)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        fputs("| ", out);
        write_md_text(bytes_of(table->names[c]), out);
        fputc(' ', out);
    }
    fputs("|\n", out);
    for (size_t c = 0; c < table->n_columns; c++)
        fputs(table->types[c] == LR_TYPE_INTEGER ? "| ---: " : "| --- ", out);
    fputs("|\n", out);
    for (size_t i = 0; i < table->n_rows; i++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            fputs("| ", out);
            write_cell(table, i, c, write_md_text, out);
            fputc(' ', out);
        }
        fputs("|\n", out);
    }
}

/* The text of a cell for people: of an integer its digits, which stand in digits. */
static lr_bytes shown_text(const lr_table *table, size_t row, size_t column, char digits[24])
{
    const lr_cell *cell = &table->cells[row * table->n_columns + column];

    if (table->types[column] != LR_TYPE_INTEGER)
        return cell->text;
    snprintf(digits, 24, "%" PRId64, cell->integer);
    return bytes_of(digits);
}

static void write_repeated(char c, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++)
        fputc(c, out);
}

/* Integers to the right, texts to the left; no blanks at the end of a line. */
static void write_aligned(const lr_table *table, size_t column, size_t width, lr_bytes text,
                          FILE *out)
{
    const size_t used = write_shown(text, NULL), blanks = width > used ? width - used : 0;
    const bool right = table->types[column] == LR_TYPE_INTEGER;
    const bool last = column + 1 == table->n_columns;

    if (right)
        write_repeated(' ', blanks, out);
    write_shown(text, out);
    if (!last)
        write_repeated(' ', right ? 2 : blanks + 2, out);
}

static void write_table(const lr_table *table, bool color, FILE *out)
{
    size_t width[LR_COLUMNS_MAX];
    char digits[24];

    for (size_t c = 0; c < table->n_columns; c++) {
        width[c] = write_shown(bytes_of(table->names[c]), NULL);
        for (size_t i = 0; i < table->n_rows; i++) {
            const size_t used = write_shown(shown_text(table, i, c, digits), NULL);
            width[c] = used > width[c] ? used : width[c];
        }
        /* One long text must not push the other columns out of sight: its own row is crooked. */
        width[c] = width[c] > 80 ? 80 : width[c];
    }
    fputs(color ? "\x1b[1m" : "", out);
    for (size_t c = 0; c < table->n_columns; c++)
        write_aligned(table, c, width[c], bytes_of(table->names[c]), out);
    fputs(color ? "\x1b[0m\n" : "\n", out);
    for (size_t c = 0; c < table->n_columns; c++) {
        write_repeated('-', width[c], out);
        fputs(c + 1 < table->n_columns ? "  " : "\n", out);
    }
    for (size_t i = 0; i < table->n_rows; i++) {
        for (size_t c = 0; c < table->n_columns; c++)
            write_aligned(table, c, width[c], shown_text(table, i, c, digits), out);
        fputc('\n', out);
    }
}

static void write_one(const lr_table *table, lr_format format, bool color, FILE *out)
{
    switch (format) {
    case LR_FORMAT_TABLE:
        write_table(table, color, out);
        break;
    case LR_FORMAT_JSON:
        write_json(table, out);
        break;
    case LR_FORMAT_JSONL:
        write_jsonl(table, out);
        break;
    case LR_FORMAT_CSV:
        write_separated(table, ',', write_csv_text, out);
        break;
    case LR_FORMAT_TSV:
        write_separated(table, '\t', write_tsv_text, out);
        break;
    case LR_FORMAT_MD:
        write_md(table, out);
        break;
    }
}

lr_status lr_tables_write(lr_table *const *tables, size_t n, bool all, lr_format format, bool color,
                          FILE *out, lr_error *err)
{
    const bool object = format == LR_FORMAT_JSON;

    errno = 0;
    fputs(all && object ? "{\"query\":\"all\",\"answers\":[" : "", out);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            fputc(object ? ',' : '\n', out);
        write_one(tables[i], format, color, out);
    }
    fputs(all && object ? "]}" : "", out);
    fputs(object ? "\n" : "", out);
    if (ferror(out))
        return lr_fail(err, LR_E_IO, "writing the answer: %s",
                       errno == 0 ? "write error" : strerror(errno));
    return LR_OK;
}
