/* option_table.c: values of options: text in, a checked value out, or a line that says what would
 * have been right. Nothing here depends on the locale: digits are read by hand. */
#include "option_table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const lr_option *lr_option_find(const lr_option *rows, const char *name)
{
    for (const lr_option *row = rows; row != NULL && row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* Decimal digits at *text, moved on behind them; false where there is none or it is too large. */
static bool read_digits(const char **text, uint64_t *out)
{
    const char *at = *text;

    *out = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(*out, 10u, out) ||
            __builtin_add_overflow(*out, (uint64_t)(*at - '0'), out))
            return false;
    const bool any = at != *text;
    *text = at;
    return any;
}

/* What a unit of size stands for; 0 where there is no such unit. */
static uint64_t unit_of(const char *name)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {
        {"", 1},
        {"B", 1},
        {"kB", 1000},
        {"MB", 1000000},
        {"GB", 1000000000},
        {"TB", 1000000000000},
        {"KiB", 1 << 10},
        {"MiB", 1 << 20},
        {"GiB", 1 << 30},
        {"TiB", UINT64_C(1) << 40},
    };

    for (size_t i = 0; i < LR_COUNT_OF(units); i++)
        if (strcasecmp(units[i].name, name) == 0)
            return units[i].bytes;
    return 0;
}

/* "2.2GB": exact, for the fraction is read as digits too. */
static bool read_size(const char *text, uint64_t *out)
{
    uint64_t whole = 0, fraction = 0, scale = 1;

    if (!read_digits(&text, &whole))
        return false;
    if (*text == '.') {
        const char *const start = ++text;
        if (!read_digits(&text, &fraction) || text - start > 6)
            return false;
        for (const char *at = start; at < text; at++)
            scale *= 10;
    }
    const uint64_t unit = unit_of(text);
    if (unit == 0 || __builtin_mul_overflow(whole, unit, out))
        return false;
    return !__builtin_add_overflow(*out, (uint64_t)((__uint128_t)fraction * unit / scale), out);
}

/* The number that the n digits at text are; UINT32_MAX where one of them is none. */
static uint32_t number_at(const char *text, size_t n)
{
    uint32_t number = 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return UINT32_MAX;
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    return number;
}

/* A real calendar date YYYY-MM-DD as an lr_date; 0 where it is none. */
static lr_date read_date(const char *text)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return 0;
    const uint32_t year = number_at(text, 4), month = number_at(text + 5, 2);
    const uint32_t day = number_at(text + 8, 2);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days[month - 1] ||
        (month == 2 && day == 29 && !leap))
        return 0;
    return year * 10000 + month * 100 + day;
}

/* Digits, perhaps a point and digits: read without strtod, whose point depends on the locale. */
static bool read_real(const char *text, double *out)
{
    uint64_t whole = 0, fraction = 0;
    double scale = 1;

    if (!read_digits(&text, &whole))
        return false;
    if (*text == '.') {
        const char *const start = ++text;
        if (!read_digits(&text, &fraction))
            return false;
        for (const char *at = start; at < text; at++)
            scale *= 10;
    }
    *out = (double)whole + (double)fraction / scale;
    return *text == '\0';
}

/* The character that a delimiter names; 0 where it names none. */
static int read_byte(const char *text)
{
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        return '\t';
    const unsigned char c = (unsigned char)text[0];
    /* A quote or a line end would make CSV ambiguous; a byte from 128 on is not a character. */
    if (c == '\0' || text[1] != '\0' || c >= 0x80 || c == '"' || c == '\n' || c == '\r')
        return 0;
    return c;
}

/* Fails with the list of what may stand there. */
static lr_status no_choice(const lr_choice *choices, const char *value, const char *label,
                           lr_error *err)
{
    char list[LR_MESSAGE_MAX / 2];
    size_t n = 0;

    list[0] = '\0';
    for (const lr_choice *c = choices; c->name != NULL; c++) {
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", c == choices ? "" : ", ", c->name);
        assert(n < sizeof list);
    }
    return lr_fail(err, LR_E_USAGE, "%s: no '%.200s'; one of: %s", label, value, list);
}

static lr_status set_choice(const lr_option *row, void *out, const char *value, const char *label,
                            lr_error *err)
{
    assert(row->size == sizeof(int));
    for (const lr_choice *c = row->choices; c->name != NULL; c++)
        if (strcmp(c->name, value) == 0) {
            memcpy(out, &c->value, sizeof c->value);
            return LR_OK;
        }
    return no_choice(row->choices, value, label, err);
}

static lr_status set_count(const lr_option *row, void *out, const char *value, const char *label,
                           lr_error *err)
{
    const uint64_t bound = row->kind == LR_OPTION_NUMBER ? UINT32_MAX : UINT64_MAX;
    const uint64_t most = row->most == 0 ? bound : row->most;
    const char *at = value;
    uint64_t n = 0;

    if (!read_digits(&at, &n) || *at != '\0' || n < row->least || n > most) {
        if (row->most == 0)
            return lr_fail(err, LR_E_USAGE, "%s: '%.200s' is not a whole number from %llu on",
                           label, value, (unsigned long long)row->least);
        return lr_fail(err, LR_E_USAGE, "%s: '%.200s' is not a whole number from %llu to %llu",
                       label, value, (unsigned long long)row->least, (unsigned long long)row->most);
    }
    const uint32_t number = (uint32_t)n;
    if (row->kind == LR_OPTION_NUMBER)
        memcpy(out, &number, sizeof number);
    else
        memcpy(out, &n, sizeof n);
    return LR_OK;
}

static lr_status set_size(const lr_option *row, void *out, const char *value, const char *label,
                          lr_error *err)
{
    uint64_t n = 0;

    if (!read_size(value, &n))
        return lr_fail(err, LR_E_USAGE,
                       "%s: '%.200s' is not a size; a number with B, kB, MB, GB (powers of 1000) "
                       "or KiB, MiB, GiB (of 1024)",
                       label, value);
    if (n < row->least)
        return lr_fail(err, LR_E_USAGE, "%s: '%.200s' is too small; at least %llu", label, value,
                       (unsigned long long)row->least);
    memcpy(out, &n, sizeof n);
    return LR_OK;
}

static lr_status set_flag(void *out, const char *value, const char *label, lr_error *err)
{
    static const lr_choice choices[] = {{"true", 1}, {"false", 0}, {"1", 1}, {"0", 0}, {NULL, 0}};

    for (const lr_choice *c = choices; c->name != NULL; c++)
        if (strcmp(c->name, value) == 0) {
            *(bool *)out = c->value != 0;
            return LR_OK;
        }
    return no_choice(choices, value, label, err);
}

/* The kinds that a sentence explains: real, date, byte, text. */
static lr_status set_other(const lr_option *row, void *out, const char *value, const char *label,
                           lr_error *err)
{
    if (row->kind == LR_OPTION_REAL) {
        if (!read_real(value, out))
            return lr_fail(err, LR_E_USAGE, "%s: '%.200s' is not a number such as 0.5", label,
                           value);
    } else if (row->kind == LR_OPTION_DATE) {
        if ((*(lr_date *)out = read_date(value)) == 0)
            return lr_fail(err, LR_E_USAGE, "%s: '%.200s' is not a date; YYYY-MM-DD", label, value);
    } else if (row->kind == LR_OPTION_BYTE) {
        if ((*(int *)out = read_byte(value)) == 0)
            return lr_fail(err, LR_E_USAGE,
                           "%s: '%.200s' is not a delimiter; one character such as ; or tab", label,
                           value);
    } else {
        assert(row->kind == LR_OPTION_TEXT || row->kind == LR_OPTION_TEXTS);
        if (value[0] == '\0')
            return lr_fail(err, LR_E_USAGE, "%s: the %s is empty", label, row->placeholder);
        lr_texts *const texts = out;
        if (row->kind == LR_OPTION_TEXT)
            *(const char **)out = value;
        else if (texts->n == LR_TEXTS_MAX)
            return lr_fail(err, LR_E_USAGE, "%s: more than %d of them", label, LR_TEXTS_MAX);
        else
            texts->at[texts->n++] = value;
    }
    return LR_OK;
}

lr_status lr_option_set(const lr_option *row, void *values, const char *value, const char *label,
                        lr_error *err)
{
    void *const out = (char *)values + row->offset;

    switch (row->kind) {
    case LR_OPTION_FLAG:
        LR_TRY(set_flag(out, value, label, err));
        break;
    case LR_OPTION_CHOICE:
        LR_TRY(set_choice(row, out, value, label, err));
        break;
    case LR_OPTION_COUNT:
    case LR_OPTION_NUMBER:
        LR_TRY(set_count(row, out, value, label, err));
        break;
    case LR_OPTION_SIZE:
        LR_TRY(set_size(row, out, value, label, err));
        break;
    default:
        LR_TRY(set_other(row, out, value, label, err));
    }
    return row->check == NULL ? LR_OK : row->check(values, label, err);
}

void lr_option_defaults(const lr_option *rows, void *values)
{
    for (const lr_option *row = rows; row != NULL && row->name != NULL; row++)
        if (row->standard != NULL) {
            const lr_status status = lr_option_set(row, values, row->standard, row->name, NULL);
            assert(status == LR_OK);
            (void)status;
        }
}

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance with a swap of neighbours as one edit; names here are short. */
static size_t edits(const char *a, const char *b)
{
    enum { LONGEST = 32 };
    const size_t n = strlen(a), m = strlen(b);
    size_t d[LONGEST + 1][LONGEST + 1];

    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            d[i][j] = i + j;
            if (i == 0 || j == 0)
                continue;
            d[i][j] = min_of(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
                             min_of(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = min_of(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *lr_nearest(const char *name, const char *const *names, size_t n)
{
    const char *best = NULL;
    const size_t length = strlen(name);
    size_t best_edits = length < 3 ? 1 : length < 5 ? 2 : 3; /* from here on it is another word */

    for (size_t i = 0; i < n; i++) {
        const size_t d = edits(name, names[i]);
        if (d < best_edits) {
            best_edits = d;
            best = names[i];
        }
    }
    return best;
}
