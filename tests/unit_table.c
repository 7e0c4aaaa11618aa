/*
 * unit_table.c. Goal: answers are written as CONTRACT section 6 says, whatever stands in their texts:
 * no text leaves its cell, its line or its string. Method: one table of hostile texts in every
 * format, against what was written by hand.
 */
#include "check.h"
#include "table.h"

static lr_bytes bytes_of(const char *text)
{
    return (lr_bytes){(const uint8_t *)text, strlen(text)};
}

static lr_table *hostile(void)
{
    static const char *const texts[] = {
        "plain",
        "a,b",
        "say \"hi\"",
        "two\nlines",
        "tab\tbar|back\\slash",
        "cr\rhere",
        "",
        "\x1b[31mred\x7f",
        "csi\xC2\x9B"
        "2J",
        "rtl\xE2\x80\xAE"
        "x",
        "line\xE2\x80\xA8sep",
    };
    lr_table *table;

    CHECK(lr_table_new(&table, "t", NULL) == LR_OK, "no memory");
    lr_table_add_column(table, "text", LR_TYPE_TEXT);
    lr_table_add_column(table, "n", LR_TYPE_INTEGER);
    for (size_t i = 0; i < LR_COUNT_OF(texts); i++) {
        const lr_cell row[] = {{.text = bytes_of(texts[i])}, {.integer = (int64_t)i - 1}};
        CHECK(lr_table_append(table, row, NULL) == LR_OK, "row %zu", i);
    }
    table->records = 7, table->rejected = 8, table->skipped_null = 9;
    return table;
}

static void compare(lr_table *const *tables, size_t n, bool all, lr_format format, bool color,
                    const char *want)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    CHECK(lr_tables_write(tables, n, all, format, color, out, NULL) == LR_OK, "format %d", format);
    fclose(out);
    CHECK(size == strlen(want) && memcmp(text, want, size) == 0,
          "format %d\ngot:\n%s\nexpected:\n%s", format, text, want);
    free(text);
}

static void check_formats(void)
{
    lr_table *table = hostile();

    compare(&table, 1, false, LR_FORMAT_JSON, false,
            "{\"query\":\"t\",\"columns\":[\"text\",\"n\"],\"rows\":[[\"plain\",-1],[\"a,b\",0],"
            "[\"say \\\"hi\\\"\",1],[\"two\\nlines\",2],[\"tab\\tbar|back\\\\slash\",3],"
            "[\"cr\\rhere\",4],[\"\",5],[\"\\u001b[31mred\x7f\",6],[\"csi\xC2\x9B"
            "2J\",7],"
            "[\"rtl\xE2\x80\xAE"
            "x\",8],[\"line\xE2\x80\xA8sep\",9]],"
            "\"records\":7,\"rejected\":8,\"skipped_null\":9}\n");
    compare(&table, 1, false, LR_FORMAT_JSONL, false,
            "{\"text\":\"plain\",\"n\":-1}\n{\"text\":\"a,b\",\"n\":0}\n"
            "{\"text\":\"say \\\"hi\\\"\",\"n\":1}\n{\"text\":\"two\\nlines\",\"n\":2}\n"
            "{\"text\":\"tab\\tbar|back\\\\slash\",\"n\":3}\n{\"text\":\"cr\\rhere\",\"n\":4}\n"
            "{\"text\":\"\",\"n\":5}\n{\"text\":\"\\u001b[31mred\x7f\",\"n\":6}\n"
            "{\"text\":\"csi\xC2\x9B"
            "2J\",\"n\":7}\n{\"text\":\"rtl\xE2\x80\xAE"
            "x\",\"n\":8}\n"
            "{\"text\":\"line\xE2\x80\xA8sep\",\"n\":9}\n");
    compare(&table, 1, false, LR_FORMAT_CSV, false,
            "text,n\nplain,-1\n\"a,b\",0\n\"say \"\"hi\"\"\",1\n\"two\nlines\",2\n"
            "tab\tbar|back\\slash,3\n\"cr\rhere\",4\n,5\n\x1b[31mred\x7f,6\ncsi\xC2\x9B"
            "2J,7\n"
            "rtl\xE2\x80\xAE"
            "x,8\nline\xE2\x80\xA8sep,9\n");
    compare(&table, 1, false, LR_FORMAT_TSV, false,
            "text\tn\nplain\t-1\na,b\t0\nsay \"hi\"\t1\ntwo\\nlines\t2\n"
            "tab\\tbar|back\\\\slash\t3\ncr\rhere\t4\n\t5\n\x1b[31mred\x7f\t6\ncsi\xC2\x9B"
            "2J\t7\n"
            "rtl\xE2\x80\xAE"
            "x\t8\nline\xE2\x80\xA8sep\t9\n");
    compare(&table, 1, false, LR_FORMAT_MD, false,
            "| text | n |\n| --- | ---: |\n| plain | -1 |\n| a,b | 0 |\n| say \"hi\" | 1 |\n"
            "| two\\nlines | 2 |\n| tab\\tbar\\|back\\slash | 3 |\n| cr\\rhere | 4 |\n|  | 5 |\n"
            "| \\x1b[31mred\\x7f | 6 |\n| csi\\x9b2J | 7 |\n| rtl\\u202ex | 8 |\n"
            "| line\\u2028sep | 9 |\n");
    compare(&table, 1, false, LR_FORMAT_TABLE, true,
            "\x1b[1mtext                  n\x1b[0m\n-------------------  --\n"
            "plain                -1\na,b                   0\nsay \"hi\"              1\n"
            "two\\nlines            2\ntab\\tbar|back\\slash   3\ncr\\rhere              4\n"
            "                      5\n\\x1b[31mred\\x7f       6\ncsi\\x9b2J             7\n"
            "rtl\\u202ex            8\nline\\u2028sep         9\n");
    lr_table_free(table);
}

/* Columns of a terminal: sequences are as wide as their picture; combining marks take none. */
static void check_width(void)
{
    static const char *const texts[] = {
        "\xF0\x9F\x99\x8F",                             /* folded hands */
        "\xF0\x9F\x99\x8F\xF0\x9F\x8F\xBE",             /* with a tone */
        "\xE2\x9D\xA4",                                 /* heart, as text */
        "\xE2\x9D\xA4\xEF\xB8\x8F",                     /* heart, as a picture */
        "\xF0\x9F\x87\xAE\xF0\x9F\x87\xB3",             /* a flag */
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", /* joined by ZWJ */
        "1\xEF\xB8\x8F\xE2\x83\xA3",                    /* a keycap */
        "e\xCC\x81",                                    /* e, acute */
        "\xE6\xBC\xA2\xE5\xAD\x97",                     /* two Han */
        "\xF0\x9F\x87\xAE\xF0\x9F\x87\xB3\xF0\x9F\x87\xAE\xF0\x9F\x87\xB3", /* two flags */
    };
    lr_table *table;

    CHECK(lr_table_new(&table, "t", NULL) == LR_OK, "no memory");
    lr_table_add_column(table, "t", LR_TYPE_TEXT);
    lr_table_add_column(table, "n", LR_TYPE_INTEGER);
    for (size_t i = 0; i < LR_COUNT_OF(texts); i++)
        CHECK(lr_table_append(table,
                              (lr_cell[]){{.text = bytes_of(texts[i])}, {.integer = (int64_t)i}},
                              NULL) == LR_OK,
              "row %zu", i);
    compare(&table, 1, false, LR_FORMAT_TABLE, false,
            "t     n\n----  -\n"
            "\xF0\x9F\x99\x8F    0\n"
            "\xF0\x9F\x99\x8F\xF0\x9F\x8F\xBE    1\n"
            "\xE2\x9D\xA4     2\n"
            "\xE2\x9D\xA4\xEF\xB8\x8F    3\n"
            "\xF0\x9F\x87\xAE\xF0\x9F\x87\xB3    4\n"
            "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB    5\n"
            "1\xEF\xB8\x8F\xE2\x83\xA3    6\n"
            "e\xCC\x81     7\n"
            "\xE6\xBC\xA2\xE5\xAD\x97  8\n"
            "\xF0\x9F\x87\xAE\xF0\x9F\x87\xB3\xF0\x9F\x87\xAE\xF0\x9F\x87\xB3  9\n");
    lr_table_free(table);
}

static void check_all(void)
{
    lr_table *tables[2];

    for (int i = 0; i < 2; i++) {
        CHECK(lr_table_new(&tables[i], i == 0 ? "a" : "b", NULL) == LR_OK, "no memory");
        lr_table_add_column(tables[i], "n", LR_TYPE_INTEGER);
        CHECK(lr_table_append(tables[i], &(lr_cell){.integer = INT64_MIN}, NULL) == LR_OK, "row");
    }
    compare(tables, 2, true, LR_FORMAT_JSON, false,
            "{\"query\":\"all\",\"answers\":["
            "{\"query\":\"a\",\"columns\":[\"n\"],\"rows\":[[-9223372036854775808]],\"records\":0,"
            "\"rejected\":0,\"skipped_null\":0},"
            "{\"query\":\"b\",\"columns\":[\"n\"],\"rows\":[[-9223372036854775808]],\"records\":0,"
            "\"rejected\":0,\"skipped_null\":0}]}\n");
    compare(tables, 2, true, LR_FORMAT_CSV, false,
            "n\n-9223372036854775808\n\nn\n-9223372036854775808\n");
    for (int i = 0; i < 2; i++)
        lr_table_free(tables[i]);
}

/* The accessors of linerate.h, at and behind the edges of a table. */
static void check_access(void)
{
    lr_table *table = hostile();
    size_t n = 99;

    CHECK(lr_table_rows(table) == 11 && lr_table_columns(table) == 2, "shape");
    CHECK(strcmp(lr_table_name(table, 1), "n") == 0 && lr_table_name(table, 2) == NULL, "names");
    CHECK(lr_table_is_integer(table, 1) && !lr_table_is_integer(table, 0) &&
              !lr_table_is_integer(table, 2),
          "types");
    CHECK(memcmp(lr_table_text(table, 1, 0, &n), "a,b", 3) == 0 && n == 3, "text");
    CHECK(lr_table_text(table, 6, 0, &n) != NULL && n == 0, "an empty text is one");
    CHECK(lr_table_text(table, 1, 1, &n) == NULL && n == 0, "no text");
    CHECK(lr_table_text(table, 11, 0, &n) == NULL && lr_table_text(table, 0, 2, &n) == NULL,
          "edge");
    CHECK(lr_table_integer(table, 3, 1) == 2 && lr_table_integer(table, 3, 0) == 0 &&
              lr_table_integer(table, 11, 1) == 0,
          "integers");
    CHECK(lr_table_records(table) == 7 && lr_table_rejected(table) == 8 &&
              lr_table_skipped_null(table) == 9,
          "counts");
    lr_table_free(table);
    lr_table_free(NULL);
}

static void check_failed_write(void)
{
    lr_table *table = hostile();
    lr_error error;
    FILE *full = fopen("/dev/full", "w");

    if (full == NULL) {
        puts("SKIPPED: a full disk: no /dev/full");
    } else {
        setvbuf(full, NULL, _IONBF, 0);
        CHECK(lr_tables_write(&table, 1, false, LR_FORMAT_CSV, false, full, &error) == LR_E_IO,
              "a full disk");
        CHECK(strstr(error.message, "No space left") != NULL, "%s", error.message);
        fclose(full);
    }
    lr_table_free(table);
}

int main(void)
{
    check_rng rng;

    if (check_begin("formats", &rng))
        check_formats();
    if (check_begin("width", &rng))
        check_width();
    if (check_begin("all", &rng))
        check_all();
    if (check_begin("access", &rng))
        check_access();
    if (check_begin("failed_write", &rng))
        check_failed_write();
    return 0;
}
