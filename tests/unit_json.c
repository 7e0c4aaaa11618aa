/* unit_json.c: what json_records must say, written by hand, in every tier. */
#include "check.h"

enum { DATE, CONTENT, USER, USERNAME, NAME, N_KEYS };

static const lr_keys keys = {
    .key = {[DATE] = {"date", 4, -1},
            [CONTENT] = {"content", 7, -1},
            [USER] = {"user", 4, -1},
            [USERNAME] = {"username", 8, USER},
            [NAME] = {"username", 8, -1}},
    .n = N_KEYS,
    .enough = 1u << DATE | 1u << CONTENT | 1u << USERNAME,
};

/* The records of a batch, and room for them. */
typedef struct batch {
    lr_records records;
    uint32_t offset[LR_BATCH_MAX];
    uint8_t reason[LR_BATCH_MAX];
    lr_span spans[N_KEYS][LR_BATCH_MAX];
    uint8_t kinds[N_KEYS][LR_BATCH_MAX];
} batch;

static void batch_init(batch *b)
{
    b->records = (lr_records){.offset = b->offset, .reason = b->reason};
    for (size_t k = 0; k < N_KEYS; k++)
        b->records.keys[k] = (lr_column){b->spans[k], b->kinds[k]};
}

/* n bytes, then padding of quotes that must not be seen, then memory that must not be touched. */
static uint8_t *put_line(const char *line, size_t n)
{
    enum { LINE_MAX_BYTES = 1 << 16 };
    static uint8_t *end;

    if (end == NULL)
        end = check_guarded(LINE_MAX_BYTES) + LINE_MAX_BYTES;
    CHECK(n + LR_PADDING <= LINE_MAX_BYTES, "n=%zu", n);
    uint8_t *src = end - LR_PADDING - n;
    memset(end - LR_PADDING, '"', LR_PADDING);
    memcpy(src, line, n);
    return src;
}

/* One line, and what is to be found in it: "-" is absent, "null" and the like stand for themselves,
 * 'text' is text, "text' the same with escapes in it, !REASON a bad value. */
typedef struct json_case {
    const char *line;
    lr_reason full, used;
    const char *want_full, *want_used; /* date content username (of user) username (of the record);
                                        * NULL: as in full, or nothing at all */
} json_case;

#define NOTHING "- - - -"

static const json_case cases[] = {
    {"{}", LR_GOOD, LR_GOOD, NOTHING, NULL},
    {" \t{ } \r", LR_GOOD, LR_GOOD, NOTHING, NULL},
    {"{\"date\":\"d\",\"content\":\"c\",\"user\":{\"username\":\"u\"}}", LR_GOOD, LR_GOOD,
     "'d' 'c' 'u' -", NULL},
    {"{ \"user\" : { \"x\" : {} , \"username\" : \"u\" } , \"content\" :\t\"c\" , "
     "\"date\"\r:\r\"d\" }",
     LR_GOOD, LR_GOOD, "'d' 'c' 'u' -", NULL},
    {"{\"date\":\"\",\"content\":null,\"user\":null,\"username\":\"n\"}", LR_GOOD, LR_GOOD,
     "'' null - 'n'", NULL},
    {"{\"date\":12,\"content\":-0.5e+7,\"user\":[],\"username\":true}", LR_GOOD, LR_GOOD,
     "12 -0.5e+7 - true", NULL},
    {"{\"date\":false,\"content\":{\"content\":\"x\"},\"username\":[1,{\"date\":\"x\"}]}", LR_GOOD,
     LR_GOOD, "false {\"content\":\"x\"} - [1,{\"date\":\"x\"}]", NULL},
    /* keys are compared after unescaping */
    {"{\"d\\u0061te\":\"d\",\"\\u0063ontent\":\"c\",\"us\\u0065r\":{\"\\u0075sername\":\"u\"}}",
     LR_GOOD, LR_GOOD, "'d' 'c' 'u' -", NULL},
    {"{\"d\\\\u0061te\":\"d\",\"dat\":1,\"dates\":2,\"dat\\u0065s\":3,\"\":4,\"x\\\"date\":5}",
     LR_GOOD, LR_GOOD, NOTHING, NULL},
    /* only the keys of the right level count, and no text that looks like one */
    {"{\"x\":\"{\\\"date\\\": \\\"t\\\"}\",\"q\":{\"date\":\"x\",\"user\":{\"username\":\"x\"}},"
     "\"a\":[{\"date\":\"x\"}],\"user\":{\"q\":{\"username\":\"x\"}}}",
     LR_GOOD, LR_GOOD, NOTHING, NULL},
    {"{\"user\":{\"user\":{\"username\":\"x\"},\"date\":\"x\"}}", LR_GOOD, LR_GOOD, NOTHING, NULL},
    {"{\"user\":[{\"username\":\"x\"}]}", LR_GOOD, LR_GOOD, NOTHING, NULL},
    {"{\"x\":\"date\",\"y\":[\"date\",\"content\"],\"date\":\"d\"}", LR_GOOD, LR_GOOD, "'d' - - -",
     NULL},
    {"{\"x\":\"a\\\\\",\"date\":\"b\\\\\\\"\",\"content\":\"\\u0000\\/\"}", LR_GOOD, LR_GOOD,
     "\"b\\\\\\\"' \"\\u0000\\/' - -", NULL},
    {"{\"date\":\"\\ud83d\",\"content\":\"\\udE4f\\uD83d\"}", LR_GOOD, LR_GOOD,
     "\"\\ud83d' \"\\udE4f\\uD83d' - -", NULL},
    /* of two values the last counts in full, and replaces all of the first; in used the first */
    {"{\"date\":\"a\",\"d\\u0061te\":\"b\"}", LR_GOOD, LR_GOOD, "'b' - - -", "'a' - - -"},
    {"{\"date\":\"a\",\"date\":null}", LR_GOOD, LR_GOOD, "null - - -", "'a' - - -"},
    {"{\"date\":null,\"date\":\"a\"}", LR_GOOD, LR_GOOD, "'a' - - -", "null - - -"},
    {"{\"user\":{\"username\":\"a\"},\"user\":{}}", LR_GOOD, LR_GOOD, NOTHING, "- - 'a' -"},
    {"{\"user\":{\"username\":\"a\"},\"user\":\"x\"}", LR_GOOD, LR_GOOD, NOTHING, "- - 'a' -"},
    {"{\"user\":{},\"user\":{\"username\":\"a\"}}", LR_GOOD, LR_GOOD, "- - 'a' -", NOTHING},
    {"{\"user\":{\"username\":\"a\",\"username\":\"b\"}}", LR_GOOD, LR_GOOD, "- - 'b' -",
     "- - 'a' -"},
    /* what ends in a fault, in both */
    {"x", LR_NOT_OBJECT, LR_NOT_OBJECT, NULL, NULL},
    {"[]", LR_NOT_OBJECT, LR_NOT_OBJECT, NULL, NULL},
    {"\"{}\"", LR_NOT_OBJECT, LR_NOT_OBJECT, NULL, NULL},
    {"\xEF\xBB\xBF{}", LR_NOT_OBJECT, LR_NOT_OBJECT, NULL, NULL},
    {"{", LR_NOT_CLOSED, LR_NOT_CLOSED, NULL, NULL},
    {"{\"date\":\"d\"", LR_NOT_CLOSED, LR_NOT_CLOSED, NULL, NULL},
    {"{\"date\":\"d\" ", LR_NOT_CLOSED, LR_NOT_CLOSED, NULL, NULL},
    {"{\"a\"", LR_NOT_CLOSED, LR_NOT_CLOSED, NULL, NULL},
    {"{\"a\":", LR_NOT_CLOSED, LR_NOT_CLOSED, NULL, NULL},
    {"{\"a\":1,", LR_NOT_CLOSED, LR_NOT_CLOSED, NULL, NULL},
    {"{} {", LR_TRAILING, LR_NOT_CLOSED, NULL, NULL},
    /* a fault that used does not look for */
    {"{}{}", LR_TRAILING, LR_GOOD, NULL, NOTHING},
    {"{\"date\":\"d\"},{\"content\":\"c\"}", LR_TRAILING, LR_GOOD, NULL, "'d' 'c' - -"},
    {"{}}}{\"date\":\"d\"}", LR_TRAILING, LR_GOOD, NULL, "'d' - - -"},
    {"{\"a\":[1}", LR_UNBALANCED, LR_GOOD, NULL, NOTHING},
    {"{\"a\":{1]}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{\"a\":{\"b\":1]}", LR_UNBALANCED, LR_GOOD, NULL, NOTHING},
    {"{]}", LR_UNBALANCED, LR_GOOD, NULL, NOTHING},
    {"{\"a\":[}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{a:1}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{1:1}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{,}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1,}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1,,\"b\":2}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{\"a\"}", LR_NO_COLON, LR_GOOD, NULL, NOTHING},
    {"{\"a\" 1}", LR_NO_COLON, LR_GOOD, NULL, NOTHING},
    {"{\"a\",1}", LR_NO_COLON, LR_GOOD, NULL, NOTHING},
    {"{\"a\":}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":,}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\"::1}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":[1,]}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":[,1]}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":nul}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":nullx}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":True}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":'x'}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\f1}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1 \"b\":2}", LR_NO_COMMA, LR_GOOD, NULL, NOTHING},
    {"{\"a\":[1 2]}", LR_NO_COMMA, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"b\"\"c\"}", LR_NO_COMMA, LR_GOOD, NULL, NOTHING},
    {"{\"a\":[1:2]}", LR_NO_COMMA, LR_GOOD, NULL, NOTHING},
    {"{\"a\":01}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":-}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1.}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1e}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1e+}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":1.5.2}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":0x1}", LR_BAD_NUMBER, LR_GOOD, NULL, NOTHING},
    {"{\"a\":+1}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":.5}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"b}", LR_OPEN_STRING, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"b\\\"}", LR_OPEN_STRING, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\t\"}", LR_CONTROL, LR_GOOD, NULL, NOTHING},
    {"{\"\x1F\":1}", LR_CONTROL, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\\x\"}", LR_BAD_ESCAPE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\\u12g4\"}", LR_BAD_ESCAPE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\\u123\"}", LR_BAD_ESCAPE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\\U1234\"}", LR_BAD_ESCAPE, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\xC0\x80\"}", LR_BAD_UTF8, LR_GOOD, NULL, NOTHING},
    {"{\"\xED\xA0\x80\":1}", LR_BAD_UTF8, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\"\xE2\x82\"}", LR_BAD_UTF8, LR_GOOD, NULL, NOTHING},
    {"{\"a\":\xC3\xA4}", LR_NO_VALUE, LR_GOOD, NULL, NOTHING},
    {"{\\\"date\":\"x\"}", LR_NO_KEY, LR_GOOD, NULL, NOTHING},
    {"{\\\\\"date\":\"x\"}", LR_NO_KEY, LR_GOOD, NULL, "'x' - - -"},
    {"{\"date\":\"d\":\"content\":\"c\"}", LR_NO_COMMA, LR_GOOD, NULL, "'d' 'c' - -"},
    /* a fault in a value that is read: of the record in full, of the value in used */
    {"{\"date\":\"\t\",\"content\":\"c\"}", LR_CONTROL, LR_GOOD, NULL, "!CONTROL 'c' - -"},
    {"{\"date\":\"\\q\",\"content\":\"\xFF\"}", LR_BAD_ESCAPE, LR_GOOD, NULL, "!ESCAPE !UTF8 - -"},
    {"{\"date\":nul,\"content\":01}", LR_NO_VALUE, LR_GOOD, NULL, "!VALUE !NUMBER - -"},
    {"{\"date\":,\"content\":}", LR_NO_VALUE, LR_GOOD, NULL, "!VALUE !VALUE - -"},
    {"{\"date\":[1,}", LR_NO_VALUE, LR_GOOD, NULL, "!VALUE - - -"},
    {"{\"date\":{\"content\":\"x\"}", LR_NOT_CLOSED, LR_GOOD, NULL, "{\"content\":\"x\"} - - -"},
    {"{\"date\":{\"content\":[\"x\"}}", LR_UNBALANCED, LR_GOOD, NULL, "!BALANCED - - -"},
    {"{\"date\":\"d}", LR_OPEN_STRING, LR_GOOD, NULL, "!OPEN - - -"},
    /* used stops where it knows enough: what is behind is not read */
    {"{\"date\":\"d\",\"content\":\"c\",\"user\":{\"username\":\"u\"},\"username\":\"n\",\"x\":}",
     LR_NO_VALUE, LR_GOOD, NULL, "'d' 'c' 'u' -"},
    {"{\"date\":\"d\",\"content\":\"c\",\"user\":{\"username\":null},\"username\":\"n\"}", LR_GOOD,
     LR_GOOD, "'d' 'c' null 'n'", NULL},
};

/* The value of key k in record 0, written as in json_case. */
static size_t say_value(const uint8_t *src, const batch *b, size_t k, char *out)
{
    static const char *const reasons[LR_REASON_COUNT] = {
        [LR_NO_VALUE] = "VALUE",    [LR_BAD_NUMBER] = "NUMBER", [LR_CONTROL] = "CONTROL",
        [LR_BAD_ESCAPE] = "ESCAPE", [LR_BAD_UTF8] = "UTF8",     [LR_UNBALANCED] = "BALANCED",
        [LR_OPEN_STRING] = "OPEN"};
    const uint8_t kind = b->kinds[k][0];
    const lr_span span = b->spans[k][0];
    const char *text = (const char *)src + span.offset;
    const int n = (int)span.length;

    if (kind == LR_ABSENT)
        return (size_t)sprintf(out, "-");
    if (kind >= LR_BAD)
        return (size_t)sprintf(out, "!%s", reasons[kind - LR_BAD]);
    if (kind == LR_PLAIN || kind == LR_ESCAPED)
        return (size_t)sprintf(out, "%c%.*s'", kind == LR_PLAIN ? '\'' : '"', n, text);
    CHECK((kind == LR_NULL) == (n == 4 && memcmp(text, "null", 4) == 0), "%.*s", n, text);
    CHECK((kind == LR_BOOL) == (*text == 't' || *text == 'f'), "%.*s", n, text);
    CHECK((kind == LR_NUMBER) == (*text == '-' || (*text >= '0' && *text <= '9')), "%.*s", n, text);
    CHECK((kind == LR_OBJECT) == (*text == '{'), "%.*s", n, text);
    CHECK((kind == LR_ARRAY) == (*text == '['), "%.*s", n, text);
    return (size_t)sprintf(out, "%.*s", n, text);
}

static void check_line(const lr_kernels *k, lr_validate validate, const char *line,
                       lr_reason reason, const char *want)
{
    static const uint8_t shown[] = {DATE, CONTENT, USERNAME, NAME};
    static batch b;
    char got[1024];
    const size_t n = strlen(line);
    uint8_t *src = put_line(line, n);

    batch_init(&b);
    const size_t next = k->json_records(src, n, 0, &keys, validate, &b.records);
    CHECK(next == n && b.records.n == 1, "%s", line);
    CHECK(b.records.lines == 0 && b.offset[0] == 0, "%s", line);
    CHECK(b.reason[0] == reason, "%s: %s: %s", lr_isa_name(k->isa), line,
          lr_reason_text(b.reason[0]));
    size_t at = 0;
    for (size_t i = 0; i < LR_COUNT_OF(shown); i++) {
        at += i > 0 ? (size_t)sprintf(got + at, " ") : 0;
        at += say_value(src, &b, shown[i], got + at);
    }
    CHECK(strcmp(got, want == NULL ? NOTHING : want) == 0, "%s: %s: %s", lr_isa_name(k->isa), line,
          got);
}

/* Goal: the rules of CONTRACT sections 3 and 4, each by its own line. */
static void check_cases(const lr_kernels *k)
{
    for (size_t i = 0; i < LR_COUNT_OF(cases); i++) {
        const json_case *c = &cases[i];
        const char *used = c->want_used != NULL ? c->want_used : c->want_full;
        check_line(k, LR_VALIDATE_FULL, c->line, c->full, c->want_full);
        check_line(k, LR_VALIDATE_USED, c->line, c->used, used);
    }
}

/* Lines to learn from, and one that looks like them, with what must be said of it. */
static const struct {
    const char *lines; /* the last one is the one */
    lr_reason full;
    const char *want_full, *want_used;
} learned[] = {
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":22}", LR_GOOD, "22 - - -", "22 - - -"},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":01}", LR_BAD_NUMBER, NOTHING, "!NUMBER - - -"},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":1x}", LR_BAD_NUMBER, NOTHING, "!NUMBER - - -"},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":1", LR_NOT_CLOSED, NOTHING, NOTHING},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":1}}", LR_TRAILING, NOTHING, "1 - - -"},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":1}x", LR_TRAILING, NOTHING, NOTHING},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":nulll}", LR_NO_VALUE, NOTHING, "!VALUE - - -"},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":}", LR_NO_VALUE, NOTHING, "!VALUE - - -"},
    {"{\"date\":1}\n{\"date\":1}\n{\"date\":-1.5e3}", LR_GOOD, "-1.5e3 - - -", "-1.5e3 - - -"},
    {"{\"date\":\"a\"}\n{\"date\":\"b\"}\n{\"date\":\"\\\"}", LR_OPEN_STRING, NOTHING,
     "!OPEN - - -"},
    {"{\"date\":\"a\"}\n{\"date\":\"b\"}\n{\"date\":\"\x01\"}", LR_CONTROL, NOTHING,
     "!CONTROL - - -"},
    {"{\"date\":\"a\"}\n{\"date\":\"b\"}\n{\"date\":\"\xFF\"}", LR_BAD_UTF8, NOTHING,
     "!UTF8 - - -"},
    {"{\"content\":1,\"user\":{\"username\":2},\"date\":3}\n"
     "{\"content\":1,\"user\":{\"username\":2},\"date\":3x}",
     LR_BAD_NUMBER, NOTHING, "!NUMBER 1 2 -"},
    /* steps that were seen, in lines of another depth, at a place of another kind or meaning */
    {"{\"a\":{\"b\":1},\"c\":1}\n{\"a\":{\"a\":{\"b\":1},\"c\":1}}\n{\"a\":{\"b\":1},\"c\":1}}",
     LR_TRAILING, NOTHING, NOTHING},
    {"{\"a\":{\"b\":1},\"c\":1}\n{\"a\":{\"a\":{\"b\":1},\"c\":1}}\n{\"a\":{\"a\":{\"b\":1},\"c\":"
     "1}",
     LR_NOT_CLOSED, NOTHING, NOTHING},
    {"{\"a\":[1,2],\"b\":{\"c\":3}}\n{\"b\":{\"c\":1,\"d\":4}}\n{\"a\":[1,\"d\":4]}", LR_NO_COMMA,
     NOTHING, NOTHING},
    {"{\"user\":{\"x\":1},\"b\":2}\n{\"a\":{\"x\":1,\"username\":\"n\"}}\n"
     "{\"user\":{\"x\":1,\"username\":\"n\"}}",
     LR_GOOD, "- - 'n' -", "- - 'n' -"},
    {"{\"user\":{\"x\":1,\"username\":\"n\"}}\n{\"user\":{\"x\":1},\"b\":2}\n"
     "{\"a\":{\"x\":1,\"username\":\"n\"}}",
     LR_GOOD, NOTHING, NOTHING},
    /* ways through what was seen on which a key comes twice */
    {"{\"date\":1,\"content\":2}\n{\"content\":1,\"date\":2}\n{\"content\":1,\"date\":2,"
     "\"content\":3}",
     LR_GOOD, "2 3 - -", "2 1 - -"},
    {"{\"user\":{},\"a\":1}\n{\"a\":1,\"user\":{},\"a\":1}\n{\"user\":{},\"a\":1,\"user\":{},\"a\":"
     "1}",
     LR_GOOD, NOTHING, NOTHING},
};

/* Goal: lines that were learned from change nothing but the speed: each line by hand, as above. */
static void check_learned(const lr_kernels *k)
{
    static const uint8_t shown[] = {DATE, CONTENT, USERNAME, NAME};
    static batch b;

    for (size_t i = 0; i < LR_COUNT_OF(learned); i++)
        for (lr_validate validate = LR_VALIDATE_FULL; validate <= LR_VALIDATE_USED; validate++) {
            const bool full = validate == LR_VALIDATE_FULL;
            const char *const text = learned[i].lines, *last = strrchr(text, '\n') + 1;
            const uint8_t *src = put_line(text, strlen(text));
            char got[1024];
            size_t at = 0;
            batch_init(&b);
            k->json_records(src, (size_t)(last - text), 0, &keys, validate, &b.records);
            for (size_t row = 0; row < b.records.n; row++)
                CHECK(b.reason[row] == LR_GOOD, "%s", text);
            k->json_records(src, strlen(text), (size_t)(last - text), &keys, validate, &b.records);
            CHECK(b.records.n == 1, "%s", text);
            CHECK(!full || b.reason[0] == learned[i].full, "%s: %s: %s", lr_isa_name(k->isa), text,
                  lr_reason_text(b.reason[0]));
            for (size_t j = 0; j < LR_COUNT_OF(shown); j++) {
                at += j > 0 ? (size_t)sprintf(got + at, " ") : 0;
                at += say_value(src, &b, shown[j], got + at);
            }
            CHECK(strcmp(got, full ? learned[i].want_full : learned[i].want_used) == 0,
                  "%s: %s: %s", lr_isa_name(k->isa), text, got);
        }
}

/*
 * Goal: lines are taken apart at line feeds alone, white ones are no records, every record has the
 * offset of its line, and a batch that is full goes on where it stopped.
 */
static void check_lines(const lr_kernels *k)
{
    static const char text[] = "{}\n\n \t\r\n  {\"date\":\"a\"}\r\nx\n{\"date\":\"b\n\"}\n{}";
    static const uint32_t offsets[] = {0, 8, 24, 26, 37, 40};
    static batch b;

    for (lr_validate validate = LR_VALIDATE_FULL; validate <= LR_VALIDATE_USED; validate++) {
        uint8_t *src = put_line(text, sizeof text - 1);
        batch_init(&b);
        CHECK(k->json_records(src, sizeof text - 1, 0, &keys, validate, &b.records) ==
                  sizeof text - 1,
              "all");
        CHECK(b.records.n == LR_COUNT_OF(offsets) && b.records.lines == 7, "%zu records",
              b.records.n);
        CHECK(memcmp(b.offset, offsets, sizeof offsets) == 0, "offsets");
        CHECK(b.reason[0] == LR_GOOD && b.reason[1] == LR_GOOD && b.reason[5] == LR_GOOD, "good");
        CHECK(b.reason[2] == LR_NOT_OBJECT && b.reason[4] == LR_NOT_OBJECT, "no objects");
        CHECK(b.reason[3] == (validate == LR_VALIDATE_FULL ? LR_OPEN_STRING : LR_NOT_CLOSED),
              "cut");
        CHECK(k->json_records(src, 24, 8, &keys, validate, &b.records) == 24, "part");
        CHECK(b.records.n == 1 && b.offset[0] == 8 && b.records.lines == 8, "part");
        CHECK(k->json_records(src, 24, 24, &keys, validate, &b.records) == 24, "nothing");
        CHECK(b.records.n == 0, "nothing");

        char many[3 * (LR_BATCH_MAX + 5) + 1];
        for (size_t i = 0; i < LR_BATCH_MAX + 5; i++)
            memcpy(many + 3 * i, "{}\n", 4);
        src = put_line(many, sizeof many - 1);
        batch_init(&b);
        CHECK(k->json_records(src, sizeof many - 1, 0, &keys, validate, &b.records) ==
                  3 * LR_BATCH_MAX,
              "full");
        CHECK(b.records.n == LR_BATCH_MAX && b.records.lines == LR_BATCH_MAX, "full");
        CHECK(k->json_records(src, sizeof many - 1, 3 * LR_BATCH_MAX, &keys, validate,
                              &b.records) == sizeof many - 1,
              "rest");
        CHECK(b.records.n == 5 && b.offset[4] == 3 * (LR_BATCH_MAX + 4), "rest");
    }
}

/* Goal: a batch takes no line that begins LR_BATCH_BYTES behind its first, and a longer one whole. */
static void check_long_batch(const lr_kernels *k)
{
    enum {
        N = 5,
        LINE = LR_BATCH_BYTES / 2,
        LAST = LR_BATCH_BYTES + 7,
        ALL = (N - 1) * LINE + LAST
    };
    static uint8_t src[ALL + LR_PADDING];
    static batch b;
    const size_t ends[] = {2 * LINE, 4 * LINE, ALL};
    size_t at = 0;

    memset(src, ' ', ALL);
    for (size_t i = 0; i < N; i++) {
        memcpy(src + i * LINE, "{}", 2);
        src[i < N - 1 ? (i + 1) * LINE - 1 : ALL - 1] = '\n';
    }
    batch_init(&b);
    for (size_t i = 0; i < LR_COUNT_OF(ends); i++) {
        at = k->json_records(src, ALL, at, &keys, LR_VALIDATE_FULL, &b.records);
        CHECK(at == ends[i], "batch %zu ends at %zu", i, at);
        CHECK(b.records.n == (i < 2 ? 2 : 1), "batch %zu: %zu records", i, b.records.n);
    }
}

/* Goal: 1024 levels are read, one more is too deep (in values that are checked), in arrays and in
 * objects; no number of levels is a crash. */
static void check_depth(const lr_kernels *k)
{
    static char line[1 << 15];
    static batch b;

    batch_init(&b);
    for (size_t depth = 1022; depth <= 4000; depth += depth < 1026 ? 1 : 991) {
        for (int object = 0; object < 2; object++) {
            size_t n = (size_t)sprintf(line, "{\"a\":");
            for (size_t i = 1; i < depth; i++)
                n += (size_t)sprintf(line + n, object ? "{\"\":" : "[");
            n -= object ? 3 : 0; /* the innermost is {} */
            for (size_t i = 1; i < depth; i++)
                line[n++] = object ? '}' : ']';
            n += (size_t)sprintf(line + n, ",\"date\":\"d\"}");
            const uint8_t *src = put_line(line, n);
            const lr_reason want = depth <= 1024 ? LR_GOOD : LR_TOO_DEEP;
            k->json_records(src, n, 0, &keys, LR_VALIDATE_FULL, &b.records);
            CHECK(b.reason[0] == want, "depth=%zu object=%d", depth, object);
            CHECK(b.kinds[DATE][0] == (want == LR_GOOD ? LR_PLAIN : LR_ABSENT), "depth=%zu", depth);
            k->json_records(src, n, 0, &keys, LR_VALIDATE_USED, &b.records);
            CHECK(b.reason[0] == LR_GOOD && b.kinds[DATE][0] == LR_PLAIN, "depth=%zu", depth);
        }
    }
}

int main(void)
{
    size_t n;
    const lr_kernels *tiers = check_tiers(&n);
    check_rng rng;

    for (size_t i = 0; i < n; i++) {
        if (check_begin("json_cases", &rng))
            check_cases(&tiers[i]);
        if (check_begin("json_learned", &rng))
            check_learned(&tiers[i]);
        if (check_begin("json_lines", &rng))
            check_lines(&tiers[i]);
        if (check_begin("json_long_batch", &rng))
            check_long_batch(&tiers[i]);
        if (check_begin("json_depth", &rng))
            check_depth(&tiers[i]);
    }
    return 0;
}
