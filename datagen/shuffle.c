/* shuffle.c: members change places; a copy behind the record is read while the record is written. */
#include "shuffle.h"

#include "put.h"

#include <assert.h>

enum { MEMBERS_MAX = 64 };

static const uint8_t *end_of_string(const uint8_t *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Behind a value, or at the comma, bracket or brace where a number or literal ends. */
static const uint8_t *end_of_value(const uint8_t *at)
{
    uint32_t depth = 0;

    do {
        if (*at == '"') {
            at = end_of_string(at);
            continue;
        }
        depth += (uint32_t)(*at == '{' || *at == '[') - (uint32_t)(*at == '}' || *at == ']');
        at++;
    } while (depth > 0 || (*at != ',' && *at != '}' && *at != ']'));
    return at;
}

static uint8_t *put_value(draw *d, const uint8_t *from, const uint8_t *end, uint8_t *at);

static uint8_t *put_object(draw *d, const uint8_t *from, uint8_t *at)
{
    const uint8_t *members[MEMBERS_MAX], *ends[MEMBERS_MAX];
    uint32_t n = 0;

    *at++ = '{';
    for (from++; *from != '}'; n++) {
        assert(n < MEMBERS_MAX);
        members[n] = from;
        from = ends[n] = end_of_value(end_of_string(from) + 2);
        from += *from == ',' ? 2 : 0;
    }
    while (n > 0) { /* Fisher and Yates: one of those that are left, and the last takes its place */
        const uint32_t i = draw_below(d, n--);
        const uint8_t *const value = end_of_string(members[i]) + 2;
        at = put_bytes(at, members[i], (size_t)(value - members[i]));
        at = put_value(d, value, ends[i], at);
        if (n > 0)
            at = PUT(at, ", ");
        members[i] = members[n];
        ends[i] = ends[n];
    }
    *at++ = '}';
    return at;
}

static uint8_t *put_array(draw *d, const uint8_t *from, uint8_t *at)
{
    *at++ = '[';
    for (from++; *from != ']';) {
        const uint8_t *const end = end_of_value(from);
        at = put_value(d, from, end, at);
        from = end;
        if (*from == ',') {
            at = PUT(at, ", ");
            from += 2;
        }
    }
    *at++ = ']';
    return at;
}

static uint8_t *put_value(draw *d, const uint8_t *from, const uint8_t *end, uint8_t *at)
{
    if (*from == '{')
        return put_object(d, from, at);
    if (*from == '[')
        return put_array(d, from, at);
    return put_bytes(at, from, (size_t)(end - from));
}

void shuffle_keys(draw *d, uint8_t *from, uint8_t *end)
{
    memcpy(end, from, (size_t)(end - from));
    const uint8_t *const written = put_object(d, end, from);
    assert(written == end);
    (void)written;
}
