/* hot.c: from the rows of a batch to counted groups. */
#include "hot.h"

#include "objects.h"
#include "room.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --mentions field: mentionedUsers[].username. */
#define MENTIONED_NAME "username"

/* The number of the field in the run's columns, added where it is new; -1: no room. */
static int column_of(const lr_field *wanted, lr_field *field, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if (field[i].type == wanted->type && strcmp(field[i].path, wanted->path) == 0)
            return (int)i;
    if (*n == LR_FIELDS_MAX)
        return -1;
    field[*n] = *wanted;
    return (int)(*n)++;
}

/* The query's own field of this name. */
static const lr_field *field_named(const lr_query *query, const char *name)
{
    for (size_t i = 0; i < LR_FIELDS_MAX && query->fields[i].name != NULL; i++)
        if (strcmp(query->fields[i].name, name) == 0)
            return &query->fields[i];
    return NULL;
}

/* UNNEST: which column, and what looks for what in it. */
static lr_status compile_unnest(lr_hot *out, const lr_step *step, const lr_options *options,
                                lr_field *field, size_t *n, lr_error *err)
{
    static const lr_field mentioned = {"mentionedUsers", LR_TYPE_ARRAY, "mentionedUsers"};
    const lr_modes *modes = out->query->modes != NULL ? out->query->modes : &options->modes;
    const bool of_field =
        step->matcher == LR_MATCH_MENTIONS && modes->mentions == LR_MENTIONS_FIELD;

    out->unnest = column_of(of_field ? &mentioned : field_named(out->query, step->of), field, n);
    out->matcher = step->matcher;
    out->mentions = modes->mentions;
    if (step->matcher == LR_MATCH_EMOJIS)
        out->emojis = modes->emoji == LR_EMOJI_2_16 ? lr_emoji_set_2_16() : lr_emoji_set_1_4_1();
    if (out->unnest < 0)
        return lr_fail(err, LR_E_USAGE, "%s: too many columns", out->query->name);
    /* The kernels are the faster ones (19 to its 99 ns per tweet for emojis): auto takes them. */
    if (options->matcher == LR_MATCHER_HYPERSCAN)
        return lr_hyper_new(&out->hyper, out->emojis, out->mentions, err);
    return LR_OK;
}

/* GROUP: a key is one date at most, and one text or symbol. */
static lr_status compile_group(lr_hot *out, const lr_step *step, const char *unnested,
                               lr_field *field, size_t *n, lr_error *err)
{
    for (size_t i = 0; i < LR_STEP_KEYS_MAX && step->keys[i] != NULL; i++) {
        const char *key = step->keys[i];
        if (unnested != NULL && strcmp(key, unnested) == 0)
            continue;
        const lr_field *wanted = field_named(out->query, key);
        const int column = wanted == NULL ? -1 : column_of(wanted, field, n);
        int *slot =
            wanted != NULL && wanted->type == LR_TYPE_DATE ? &out->key_date : &out->key_text;
        if (column < 0 || *slot >= 0)
            return lr_fail(err, LR_E_USAGE, "%s: cannot group by %s", out->query->name, key);
        *slot = column;
        out->date_first = out->date_first || (i == 0 && slot == &out->key_date);
    }
    return LR_OK;
}

lr_status lr_hot_compile(lr_hot *out, const lr_query *query, const lr_options *options,
                         lr_field *field, size_t *n, lr_error *err)
{
    static const lr_field date = {"date", LR_TYPE_DATE, "date"};
    const lr_step *step = query->steps;
    const char *unnested = NULL;

    *out = (lr_hot){.query = query,
                    .filter = -1,
                    .unnest = -1,
                    .each = -1,
                    .key_date = -1,
                    .key_text = -1,
                    .since = options->since,
                    .until = options->until};
    if (options->since != 0 || options->until != 0) {
        const lr_field *own = field_named(query, "date");
        out->filter = column_of(own != NULL ? own : &date, field, n);
        if (out->filter < 0)
            return lr_fail(err, LR_E_USAGE, "%s: too many columns", query->name);
        out->reads |= 1u << out->filter;
    }
    if (step->kind == LR_UNNEST) {
        LR_TRY(compile_unnest(out, step, options, field, n, err));
        out->reads |= 1u << out->unnest;
        unnested = step->name;
        step++;
    }
    assert(step->kind == LR_GROUP);
    LR_TRY(compile_group(out, step, unnested, field, n, err));
    if ((out->unnest >= 0) == (out->key_text >= 0))
        return lr_fail(err, LR_E_USAGE, "%s: GROUP needs one text or symbol", query->name);
    if (out->key_date >= 0)
        out->reads |= 1u << out->key_date;
    if (out->key_text >= 0)
        out->reads |= 1u << out->key_text;
    out->tail = step + 1;
    return LR_OK;
}

void lr_hot_free(lr_hot *hot)
{
    lr_hyper_free(hot->hyper);
    hot->hyper = NULL;
}

lr_status lr_hot_state_init(lr_hot_state *state, const lr_hot *hot, const uint64_t seed[2],
                            lr_store_size size, lr_spill *spill, atomic_ullong *allowance,
                            lr_error *err)
{
    memset(state, 0, sizeof *state);
    if (hot->hyper != NULL)
        LR_TRY(lr_hyper_thread_new(&state->hyper, hot->hyper, err));
    if (hot->emojis == NULL)
        return lr_store_init(&state->store, size, seed, spill, allowance, err);
    const size_t n = lr_emoji_count(hot->emojis);
    state->symbols = calloc(n, sizeof *state->symbols);
    return state->symbols != NULL ? LR_OK
                                  : lr_fail(err, LR_E_RESOURCE, "no memory for %zu counts", n);
}

void lr_hot_state_free(lr_hot_state *state)
{
    lr_store_free(&state->store);
    lr_hyper_thread_free(state->hyper);
    state->hyper = NULL;
    free(state->symbols);
    state->symbols = NULL;
}

void lr_hot_prepare(const lr_kernels *k, const lr_fields *fields, lr_batch *batch,
                    lr_hot_scratch *scratch)
{
    for (size_t f = 0; f < fields->n; f++)
        if (fields->field[f].type == LR_TYPE_ARRAY)
            lr_objects_check(batch->src, batch->columns[f], batch->records.n, MENTIONED_NAME);
        else if (fields->field[f].type == LR_TYPE_DATE)
            k->dates(batch->src, batch->columns[f], batch->records.n, scratch->dates[f]);
}

/*
 * Counts records, rejected and skipped ones; scratch->kinds[i] becomes LR_ABSENT for the rows that do
 * not take part, else LR_PLAIN.
 */
static void sift(const lr_hot *hot, const lr_batch *batch, lr_hot_scratch *scratch,
                 lr_hot_state *state)
{
    const size_t n = batch->records.n;
    uint8_t *kinds = scratch->kinds; /* on the way: bit 0, bad; bit 1, null */
    uint64_t bad = 0, null = 0;

    for (size_t i = 0; i < n; i++)
        kinds[i] = batch->records.reason[i] != LR_GOOD;
    for (uint32_t rest = hot->reads; rest != 0; rest &= rest - 1) {
        const uint8_t *column = batch->columns[__builtin_ctz(rest)].kinds;
        for (size_t i = 0; i < n; i++)
            kinds[i] |= (uint8_t)((column[i] >= LR_BAD) | (column[i] <= LR_NULL) << 1);
    }
    for (size_t i = 0; i < n; i++) {
        bad += kinds[i] & 1;
        null += kinds[i] == 2;
        kinds[i] = kinds[i] == 0 ? LR_PLAIN : LR_ABSENT;
    }
    state->records += n - bad;
    state->rejected += bad;
    state->skipped_null += null;

    if (hot->filter < 0)
        return;
    const lr_date *dates = scratch->dates[hot->filter];
    const lr_date until = hot->until != 0 ? hot->until : UINT32_MAX;
    for (size_t i = 0; i < n; i++)
        if (dates[i] < hot->since || dates[i] > until)
            kinds[i] = LR_ABSENT;
}

/* Counts the rows from *at on whose text holds escapes, as many as have room together: without the escapes,
 * so that \u0061nn and ann are one. */
static lr_status count_some_escaped(const lr_kernels *k, const lr_group_rows *rows, size_t *at,
                                    lr_hot_scratch *scratch, lr_store *store, lr_error *err)
{
    enum { ROOM = 32 << 10 };
    size_t n = 0, bytes = 0;

    for (; *at < rows->n; (*at)++) {
        const lr_span span = rows->spans[*at];
        const size_t room = bytes + span.length + 2 * LR_PADDING;
        if (rows->kinds[*at] != LR_ESCAPED)
            continue;
        if (n > 0 && room > ROOM)
            break;
        LR_TRY(lr_room_make(&scratch->decoded, &scratch->decoded_max, room < ROOM ? ROOM : room,
                            "text", err));
        const size_t length =
            k->unescape(rows->src + span.offset, span.length, scratch->decoded + bytes);
        scratch->decoded_spans[n] = (lr_span){(uint32_t)bytes, (uint32_t)length};
        scratch->decoded_kinds[n] = LR_PLAIN;
        scratch->decoded_tags[n] = rows->tags != NULL ? rows->tags[*at] : 0;
        bytes += length;
        n++;
    }
    const lr_group_rows decoded = {scratch->decoded, scratch->decoded_spans, scratch->decoded_kinds,
                                   scratch->decoded_tags, n};
    return n == 0 ? LR_OK : lr_store_add(store, k, &decoded, err);
}

static lr_status count_escaped(const lr_kernels *k, const lr_group_rows *rows,
                               lr_hot_scratch *scratch, lr_store *store, lr_error *err)
{
    for (size_t at = 0; at < rows->n;)
        LR_TRY(count_some_escaped(k, rows, &at, scratch, store, err));
    return LR_OK;
}

/* Counts rows: the plain ones where they stand, the others decoded. */
static lr_status count(const lr_kernels *k, const lr_group_rows *rows, lr_hot_scratch *scratch,
                       lr_store *store, lr_error *err)
{
    lr_stopwatch_lap(&scratch->watch, LR_STAGE_MATCH);
    LR_TRY(lr_store_add(store, k, rows, err));
    LR_TRY(count_escaped(k, rows, scratch, store, err));
    lr_stopwatch_lap(&scratch->watch, LR_STAGE_GROUP);
    return LR_OK;
}

/* From state->cursor on, the symbols in the first n_rows texts are counted, or as many as have room. */
static void match_emojis(const lr_hot *hot, const lr_kernels *k, const uint8_t *src,
                         lr_column texts, size_t n_rows, lr_hot_scratch *scratch,
                         lr_hot_state *state)
{
    const size_t hits = hot->hyper != NULL
                            ? lr_hyper_emojis(state->hyper, k, src, texts, n_rows, &state->cursor,
                                              scratch->symbols, LR_BATCH_MAX)
                            : k->find_emojis(src, texts, n_rows, hot->emojis, &state->cursor,
                                             scratch->symbols, LR_BATCH_MAX);
    for (size_t i = 0; i < hits; i++)
        state->symbols[scratch->symbols[i]]++;
}

/* From state->cursor on, the names in the first n_rows texts become hits, or as many as have room. */
static void match_names(const lr_hot *hot, const lr_kernels *k, const uint8_t *src, lr_column texts,
                        size_t n_rows, lr_hot_state *state)
{
    const size_t room = LR_BATCH_MAX - state->n_hits;
    const lr_column out = {state->hit_spans + state->n_hits, state->hit_kinds + state->n_hits};
    lr_cursor *cursor = &state->cursor;

    if (hot->mentions == LR_MENTIONS_FIELD)
        state->n_hits += lr_objects_texts(src, texts, n_rows, MENTIONED_NAME, cursor, out, room);
    else if (hot->hyper != NULL)
        state->n_hits += lr_hyper_mentions(state->hyper, k, src, texts, n_rows, cursor, out, room);
    else
        state->n_hits += k->find_mentions(src, texts, n_rows, hot->mentions, cursor, out, room);
}

/* UNNEST and GROUP: a batch of hits at a time. Some rows may have been matched before. */
static lr_status count_matches(const lr_hot *hot, const lr_kernels *k, const lr_batch *batch,
                               lr_column texts, lr_hot_scratch *scratch, lr_hot_state *state,
                               lr_error *err)
{
    const size_t n = batch->records.n;

    while (state->cursor.row < n || state->n_hits > 0) {
        if (hot->emojis != NULL) {
            match_emojis(hot, k, batch->src, texts, n, scratch, state);
            continue;
        }
        if (state->cursor.row < n && state->n_hits < LR_BATCH_MAX)
            match_names(hot, k, batch->src, texts, n, state);
        const lr_group_rows rows = {batch->src, state->hit_spans, state->hit_kinds, NULL,
                                    state->n_hits};
        state->n_hits = 0;
        LR_TRY(count(k, &rows, scratch, &state->store, err));
    }
    lr_stopwatch_lap(&scratch->watch, LR_STAGE_MATCH);
    state->cursor = (lr_cursor){0, 0};
    return LR_OK;
}

bool lr_hot_choose_each(lr_hot *hots, size_t n, const lr_fields *fields, const lr_options *options)
{
    bool any = false;

    for (size_t q = 0; q < n; q++) {
        const int f = hots[q].unnest;
        /* All rows take part whose text is one: no filter, no limit, no second key that counts. */
        hots[q].each = f >= 0 && hots[q].filter < 0 && hots[q].hyper == NULL &&
                               options->limit == UINT64_MAX &&
                               fields->field[f].type == LR_TYPE_TEXT && fields->at[f].holder < 0 &&
                               fields->at[f].fallback < 0
                           ? fields->at[f].first
                           : -1;
        any = any || hots[q].each >= 0;
    }
    return any;
}

void lr_hot_match(void *context, const uint8_t *src, const lr_records *records, size_t row)
{
    const lr_hot_each *each = context;

    for (size_t q = 0; q < each->n; q++) {
        const lr_hot *hot = &each->hots[q];
        lr_hot_state *state = &each->states[q];
        if (hot->each < 0)
            continue;
        const lr_column texts = records->keys[hot->each];
        if (hot->emojis != NULL)
            while (state->cursor.row <= row)
                match_emojis(hot, each->kernels, src, texts, row + 1, each->scratch, state);
        else if (state->n_hits < LR_BATCH_MAX) /* else lr_hot_run goes on from the cursor */
            match_names(hot, each->kernels, src, texts, row + 1, state);
    }
}

lr_status lr_hot_run(const lr_hot *hot, const lr_kernels *k, const lr_batch *batch,
                     lr_hot_scratch *scratch, lr_hot_state *state, lr_error *err)
{
    const size_t n = batch->records.n;

    sift(hot, batch, scratch, state);
    const int column = hot->unnest >= 0 ? hot->unnest : hot->key_text;
    if (column >= 0) /* of the rows that take part: is the text plain, or does it hold escapes? */
        for (size_t i = 0; i < n; i++)
            scratch->kinds[i] = scratch->kinds[i] == LR_ABSENT ? (uint8_t)LR_ABSENT
                                                               : batch->columns[column].kinds[i];
    if (hot->unnest >= 0) {
        const lr_column texts = {batch->columns[column].spans, scratch->kinds};
        return count_matches(hot, k, batch, texts, scratch, state, err);
    }
    const lr_group_rows rows = {batch->src, batch->columns[column].spans, scratch->kinds,
                                hot->key_date >= 0 ? scratch->dates[hot->key_date] : NULL, n};
    return count(k, &rows, scratch, &state->store, err);
}
