/* json_records_simd.h: json_records, json_elements and json_lined: a line that is not sure to be good goes
 * to lr_json_line. */
#include "parse/utf8_simd.h"

#include "parse/json_find_simd.h"
#include "parse/json_full_simd.h"
#include "parse/json_used_simd.h"

#include "parse/json_guess_simd.h"
#include "parse/json_prefix_simd.h"
#include "parse/json_walk_simd.h"

/* The end of the element that stands in the line at src[from], before the comma that ends it; from: there is
 * none. */
static size_t lined_end(const uint8_t *src, size_t from, size_t n)
{
    const size_t end = find_line_end(src, from, n);
    return end < n ? lr_last_comma(src, from, end) : from;
}

/* The line that starts at src[line], which is a brace, by full validation: along the nodes if it
 * guesses, else from string to string, else by the masks. comma: it is an element, which a comma ends. */
static size_t json_full(const uint8_t *src, size_t n, size_t line, bool comma, const finder *find,
                        lr_records *out, bool guesses)
{
    lr_guess *const guess = &out->guess;
    line_quotes quotes;
    size_t end = SIZE_MAX;

    if ((!guesses && guess->dense) || !quotes_find(&quotes, src + line, n - line, comma)) {
        const size_t stop = comma ? lined_end(src, line, n) : n;
        return stop > line ? full_line(src, stop, line, find, out) : SIZE_MAX;
    }
    if (LR_LIKELY(guesses)) {
        quotes_link(&quotes);
        end = guess_full(guess, &quotes, src, line, out);
        if (LR_LIKELY(end != SIZE_MAX)) {
            guess->credit += guess->credit < GUESS_CREDIT;
            return end;
        }
        set_absent(out, find->keys);
    }
    end = walk_full(&quotes, src, line, find, out, &guess->dense);
    if (end == SIZE_MAX && guess->dense) {
        set_absent(out, find->keys);
        end = full_line(src, line + quotes.end, line, find, out);
    }
    if (guesses && end != SIZE_MAX)
        guess_miss(guess, src, line, end, find->keys, LR_VALIDATE_FULL);
    return end;
}

/* As json_full, by used validation. known: the line ends at src[n]. */
static inline size_t json_used(const uint8_t *src, size_t n, size_t line, bool known,
                               const finder *find, lr_records *out, bool guesses)
{
    if (LR_LIKELY(guesses)) {
        const size_t end = prefix_line(&out->guess, src, n, line, known, find->keys, out);
        if (LR_LIKELY(end != SIZE_MAX)) {
            out->guess.credit += out->guess.credit < GUESS_CREDIT;
            return end;
        }
        set_absent(out, find->keys);
    }
    const size_t end = used_line(src, n, line, known, find, out);
    if (guesses && end != SIZE_MAX)
        guess_miss(&out->guess, src, line, end, find->keys, LR_VALIDATE_USED);
    return end;
}

/* Is the next line to be guessed? */
static inline bool json_guesses(lr_guess *guess)
{
    const bool guesses = guess->pause == 0;

    guess->lines++;
    guess->pause -= !guesses;
    return guesses;
}

/* The line that starts at src[line], which is a brace, guessed or in the general way. known: it ends at
 * src[n]. */
static size_t json_line(const uint8_t *src, size_t n, size_t line, bool known, const finder *find,
                        lr_validate validate, lr_records *out)
{
    const bool guesses = json_guesses(&out->guess);

    if (validate == LR_VALIDATE_FULL)
        return json_full(src, n, line, false, find, out, guesses);
    return json_used(src, n, line, known, find, out, guesses && find->keys->enough != 0);
}

static size_t LR_NAME(json_records)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                                    lr_validate validate, lr_records *out)
{
    const finder find = finder_of(keys);
    const size_t until = lr_batch_until(from, n);

    guess_begin(&out->guess, keys, validate);
    out->n = 0;
    while (from < until && out->n < LR_BATCH_MAX) {
        const size_t before = out->n;
        set_absent(out, keys);
        size_t end =
            src[from] == '{' ? json_line(src, n, from, false, &find, validate, out) : SIZE_MAX;
        if (LR_LIKELY(end != SIZE_MAX)) {
            out->offset[out->n] = (uint32_t)from;
            out->reason[out->n++] = LR_GOOD;
        } else {
            end = find_line_end(src, from, n);
            lr_json_line(src, from, end, keys, validate, out);
            out->slow += out->n - before;
        }
        if (out->each != NULL && out->n > before)
            out->each(out->context, src, out, before);
        out->lines += end < n;
        from = end < n ? end + 1 : n;
    }
    return from;
}

static size_t LR_NAME(json_elements)(const uint8_t *src, const uint32_t *starts,
                                     const uint32_t *ends, size_t n, const lr_keys *keys,
                                     lr_validate validate, lr_records *out)
{
    const finder find = finder_of(keys);

    guess_begin(&out->guess, keys, validate);
    for (size_t i = 0; i < n; i++) {
        const size_t row = out->n, from = starts[i], end = ends[i];
        set_absent(out, keys);
        if (LR_LIKELY(src[from] == '{' &&
                      json_line(src, end, from, true, &find, validate, out) == end)) {
            out->offset[row] = (uint32_t)from;
            out->reason[out->n++] = LR_GOOD;
        } else {
            if (find_line_end(src, from, end) < end)
                return i;
            lr_json_line(src, from, end, keys, validate, out);
            out->slow += out->n - row;
            if (out->n == row || out->reason[row] != LR_GOOD)
                return i;
        }
        if (out->each != NULL)
            out->each(out->context, src, out, row);
    }
    return n;
}

static size_t LR_NAME(json_lined)(const uint8_t *src, size_t n, size_t from, const lr_keys *keys,
                                  lr_records *out)
{
    const finder find = finder_of(keys);
    const size_t until = lr_batch_until(from, n);

    guess_begin(&out->guess, keys, LR_VALIDATE_FULL);
    for (out->n = 0;;) {
        for (; from < n && lr_is_white(src[from]); from++)
            out->lines += src[from] == '\n';
        if (from >= until || out->n == LR_BATCH_MAX)
            return from;
        const size_t row = out->n;
        set_absent(out, keys);
        size_t end = src[from] == '{'
                         ? json_full(src, n, from, true, &find, out, json_guesses(&out->guess))
                         : SIZE_MAX;
        if (LR_LIKELY(end != SIZE_MAX)) {
            out->offset[row] = (uint32_t)from;
            out->reason[out->n++] = LR_GOOD;
        } else {
            end = lined_end(src, from, n);
            lr_json_line(src, from, end, keys, LR_VALIDATE_FULL, out);
            out->slow += out->n - row;
            if (out->n == row || out->reason[row] != LR_GOOD) {
                out->n = row;
                return from;
            }
        }
        if (out->each != NULL)
            out->each(out->context, src, out, row);
        from = end + 1;
    }
}
