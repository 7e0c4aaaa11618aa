/*
 * base.h: what every room uses: statuses, errors, bytes, spans, columns.
 */
#ifndef LR_BASE_H
#define LR_BASE_H

#include "linerate.h"

/* Readable bytes after every input that a kernel is given: a 64-byte load at its last byte. */
#define LR_PADDING 64

/* On a CPU nothing; nvcc builds the shared grammar for both sides. */
#ifdef __CUDACC__
#define LR_HD static inline __host__ __device__
#else
#define LR_HD static inline
#endif

#define LR_CAT_(a, b) a##_##b
#define LR_CAT(a, b) LR_CAT_(a, b)
#define LR_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define LR_LIKELY(x) __builtin_expect(!!(x), 1)
#define LR_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* For MemorySanitizer: n bytes at p were written by a library into which it does not see, or what they are
 * changes nothing. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define LR_WROTE(p, n) __msan_unpoison(p, n)
#endif
#endif
#ifndef LR_WROTE
#define LR_WROTE(p, n) ((void)(p), (void)(n))
#endif

/* Leaves the function with the status of a call that failed. Only where nothing is held. */
#define LR_TRY(call)                                                                               \
    do {                                                                                           \
        const lr_status lr_try_status = (call);                                                    \
        if (lr_try_status != LR_OK)                                                                \
            return lr_try_status;                                                                  \
    } while (0)

/* Writes the message, control characters escaped (no file name forges a second line), cut at a
 * character where it is too long. Returns status, so that `return lr_fail(...)` reads well. */
#ifdef __cplusplus
extern "C"
#endif
    lr_status
    lr_fail(lr_error *err, lr_status status, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* White space of JSON (RFC 8259, section 2), but for the line feed, which ends a record. */
LR_HD bool lr_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

LR_HD bool lr_is_white(uint8_t c)
{
    return lr_is_blank(c) || c == '\n';
}

/* Where the first other byte of src[at, end) is; end: there is none. */
LR_HD size_t lr_skip_blanks(const uint8_t *src, size_t at, size_t end)
{
    while (at < end && lr_is_blank(src[at]))
        at++;
    return at;
}

LR_HD size_t lr_skip_white(const uint8_t *src, size_t at, size_t end)
{
    while (at < end && lr_is_white(src[at]))
        at++;
    return at;
}

/* n bytes at data, borrowed. */
typedef struct lr_bytes {
    const uint8_t *data;
    size_t n;
} lr_bytes;

/* length bytes at offset of the slice at hand. */
typedef struct lr_span {
    uint32_t offset, length;
} lr_span;

/*
 * What a field of a record is. Text is a span of raw bytes: those of LR_ESCAPED hold JSON escapes,
 * those of LR_PLAIN are what they say. From LR_BAD on it is a reason why the field is bad.
 */
typedef enum lr_kind {
    LR_ABSENT, /* no such key, or the row was left out by a filter */
    LR_NULL,
    LR_PLAIN,
    LR_ESCAPED,
    LR_NUMBER,
    LR_BOOL,
    LR_OBJECT,
    LR_ARRAY,
    LR_BAD /* LR_BAD + an lr_reason */
} lr_kind;

/* A column of a batch: row i is spans[i], of kind kinds[i]. The arrays are the caller's. */
typedef struct lr_column {
    lr_span *spans;
    uint8_t *kinds;
} lr_column;

/* Why a record or a field is bad. LR_GOOD is 0. The texts are what a user reads. */
#define LR_REASONS(X)                                                                              \
    X(LR_GOOD, "good")                                                                             \
    X(LR_NOT_OBJECT, "a record must be a JSON object")                                             \
    X(LR_NOT_CLOSED, "the record does not end with }")                                             \
    X(LR_TRAILING, "more than one value in a record")                                              \
    X(LR_NO_KEY, "a key in double quotes is missing")                                              \
    X(LR_NO_COLON, "no colon after a key")                                                         \
    X(LR_NO_VALUE, "a value is missing or is not JSON")                                            \
    X(LR_NO_COMMA, "no comma between two values")                                                  \
    X(LR_UNBALANCED, "a bracket has no partner")                                                   \
    X(LR_OPEN_STRING, "a string is not closed")                                                    \
    X(LR_CONTROL, "an unescaped control character in a string")                                    \
    X(LR_BAD_ESCAPE, "no such escape in a string")                                                 \
    X(LR_BAD_NUMBER, "not a JSON number")                                                          \
    X(LR_BAD_UTF8, "invalid UTF-8")                                                                \
    X(LR_TOO_DEEP, "nested deeper than 1024 levels")                                               \
    X(LR_WRONG_TYPE, "wrong type")                                                                 \
    X(LR_BAD_DATE, "not a date as YYYY-MM-DD[Thh:mm[:ss[.f]][Z|+hh:mm]]")                          \
    X(LR_CSV_FIELDS, "another number of fields than the header")                                   \
    X(LR_CSV_AFTER_QUOTE, "text after a closing quote")                                            \
    X(LR_CSV_OPEN_QUOTE, "a quote is not closed")                                                  \
    X(LR_ARRAY_COMMA, "no comma between two elements of the array")                                \
    X(LR_ARRAY_OPEN, "the array is not closed")                                                    \
    X(LR_ARRAY_TRAILING, "text after the array")

typedef enum lr_reason {
#define LR_REASON_NAME(name, text) name,
    LR_REASONS(LR_REASON_NAME)
#undef LR_REASON_NAME
        LR_REASON_COUNT
} lr_reason;

const char *lr_reason_text(lr_reason reason);

/* A date as written: year * 10000 + month * 100 + day; 0 is no date. Its order is the calendar's. */
typedef uint32_t lr_date;

#endif
