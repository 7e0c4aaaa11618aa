/* bad.c: tweets broken on purpose: in known ways, at known places, spread evenly over the records. */
#include "bad.h"

#include "tweets.h"

/* A way to break a record: what stands in place of its last brace; NULL: a way of its own. */
typedef struct break_way {
    const char *name, *tail;
    uint8_t bad_for;
} break_way;

enum { WAY_CUT, WAY_NOT_OBJECT, WAY_TOO_DEEP, WAYS_OF_THEIR_OWN };

static const break_way ways[] = {
    [WAY_CUT] = {"cut off", NULL, BAD_FOR_ALL},
    [WAY_NOT_OBJECT] = {"not an object", NULL, BAD_FOR_ALL},
    [WAY_TOO_DEEP] = {"nested too deep", NULL, BAD_FOR_ALL},
    {"two values", "} {}", BAD_FOR_ALL},
    {"no colon", ", \"extra\" 1}", BAD_FOR_ALL},
    {"no comma", " \"extra\": 1}", BAD_FOR_ALL},
    {"no value", ", \"extra\": }", BAD_FOR_ALL},
    {"no key", ", 1: 2}", BAD_FOR_ALL},
    {"comma before the brace", ",}", BAD_FOR_ALL},
    {"open string", ", \"extra\": \"abc}", BAD_FOR_ALL},
    {"control character", ", \"extra\": \"a\001b\"}", BAD_FOR_ALL},
    {"no such escape", ", \"extra\": \"a\\xb\"}", BAD_FOR_ALL},
    {"short escape", ", \"extra\": \"\\u12\"}", BAD_FOR_ALL},
    {"bad byte", ", \"extra\": \"\xFF\"}", BAD_FOR_ALL},
    {"overlong UTF-8", ", \"extra\": \"\xC0\xAF\"}", BAD_FOR_ALL},
    {"cut UTF-8", ", \"extra\": \"\xF0\x9F\x99\"}", BAD_FOR_ALL},
    {"surrogate in UTF-8", ", \"extra\": \"\xED\xA0\xBD\"}", BAD_FOR_ALL},
    {"leading zero", ", \"extra\": 01}", BAD_FOR_ALL},
    {"number without digits", ", \"extra\": -}", BAD_FOR_ALL},
    {"literal cut", ", \"extra\": tru}", BAD_FOR_ALL},
    {"bracket without partner", ", \"extra\": [1}", BAD_FOR_ALL},
    {"no such day", ", \"date\": \"2021-02-30T00:00:00+00:00\"}", BAD_FOR_Q1},
    {"date with a blank", ", \"date\": \" 2021-02-20\"}", BAD_FOR_Q1},
    {"date is a number", ", \"date\": 20210220}", BAD_FOR_Q1},
    {"username is a list", ", \"user\": {\"username\": []}}", BAD_FOR_Q1},
    {"content is a number", ", \"content\": 5}", BAD_FOR_CONTENT},
    {"mentionedUsers is a text", ", \"mentionedUsers\": \"x\"}", BAD_FOR_FIELD},
    {"a mentioned user is null", ", \"mentionedUsers\": [null]}", BAD_FOR_FIELD},
};

enum { DEPTH = 1025 }; /* with the record's own braces one more: 1024 are allowed */

const char *bad_name(uint32_t broken)
{
    return ways[broken - 1].name;
}

static uint64_t n_broken(const gen *g)
{
    return g->options->knobs[KNOB_EACH] * LR_COUNT_OF(ways);
}

lr_status bad_open(gen *g, lr_error *err)
{
    if (n_broken(g) > g->records_planned)
        return lr_fail(err, LR_E_USAGE, "--each: %llu broken records in about %llu",
                       (unsigned long long)n_broken(g), (unsigned long long)g->records_planned);
    return tweets_open(g, err);
}

/*
 * The way in which record i is broken, from 1; 0: it is not. The records are cut into as many runs of
 * nearly equal length as there are to be broken ones; one of each run is, which the seed says.
 */
static uint32_t way_of(const gen *g, uint64_t i)
{
    const uint64_t n = g->records_planned, runs = n_broken(g);

    if (i >= n || runs == 0)
        return 0;
    const uint64_t run = (uint64_t)((unsigned __int128)i * runs / n);
    const uint64_t first = (uint64_t)(((unsigned __int128)run * n + runs - 1) / runs);
    const uint64_t end = (uint64_t)(((unsigned __int128)(run + 1) * n + runs - 1) / runs);
    draw d = draw_start(g->options->seed, STREAM_SHORT, run);
    return first + draw_below_u64(&d, end - first) == i ? 1 + (uint32_t)(run % LR_COUNT_OF(ways))
                                                        : 0;
}

uint8_t *bad_record(const gen *g, uint64_t i, uint8_t *at, meaning *m)
{
    uint8_t *const start = at, *const end = tweets_record(g, i, at, m);
    const uint32_t broken = way_of(g, i);

    if (broken == 0)
        return end;
    const break_way *const way = &ways[broken - 1];
    m->broken = (uint8_t)broken;
    m->bad_for = way->bad_for;
    if (way->tail != NULL)
        return put_bytes(end - 1, way->tail, strlen(way->tail));
    if (broken - 1 == WAY_CUT)
        return start + (end - start) * 2 / 3;
    if (broken - 1 == WAY_NOT_OBJECT)
        return PUT(start, "[{\"date\": \"2021-02-20\"}]");
    at = PUT(end - 1, ", \"extra\": ");
    memset(at, '[', DEPTH);
    memset(at + DEPTH, ']', DEPTH);
    return PUT(at + 2 * DEPTH, "}");
}
