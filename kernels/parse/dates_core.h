/* dates_core.h: the grammar of dates, character by character (CONTRACT section 2). */
#ifndef LR_DATES_CORE_H
#define LR_DATES_CORE_H

#include "match/text_core.h"

/* What is left of a date's text. A character that is not ASCII is no date's and reads as 0xFF; so
 * does the end. */
typedef struct lr_date_text {
    const uint8_t *p, *end;
    bool escaped;
} lr_date_text;

LR_HD uint32_t lr_date_peek(const lr_date_text *text)
{
    const uint8_t *p = text->p;

    if (p >= text->end)
        return 0xFF;
    const uint32_t code = lr_char_next(&p, text->end, text->escaped);
    return code < 0x80 ? code : 0xFF;
}

/* Takes the next character if it is c. */
LR_HD bool lr_date_take(lr_date_text *text, uint32_t c)
{
    if (lr_date_peek(text) != c)
        return false;
    lr_char_next(&text->p, text->end, text->escaped);
    return true;
}

/* Takes n digits; *out is their value. */
LR_HD bool lr_date_digits(lr_date_text *text, int n, uint32_t *out)
{
    *out = 0;
    for (; n > 0; n--) {
        const uint32_t digit = lr_date_peek(text) - '0';
        if (digit > 9)
            return false;
        *out = *out * 10 + digit;
        lr_char_next(&text->p, text->end, text->escaped);
    }
    return true;
}

/* The days of a month of the (proleptic) Gregorian calendar. */
LR_HD uint32_t lr_days_of(uint32_t year, uint32_t month)
{
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

LR_HD bool lr_date_exists(uint32_t year, uint32_t month, uint32_t day)
{
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= lr_days_of(year, month);
}

/* hh:mm[:ss[.f+]][Z|+-hh[:]mm], to the end. */
LR_HD bool lr_time_read(lr_date_text *text)
{
    uint32_t hour, minute, second, some;

    if (!lr_date_digits(text, 2, &hour) || hour > 23 || !lr_date_take(text, ':') ||
        !lr_date_digits(text, 2, &minute) || minute > 59)
        return false;
    if (lr_date_take(text, ':')) {
        if (!lr_date_digits(text, 2, &second) || second > 60)
            return false;
        if (lr_date_take(text, '.')) {
            if (!lr_date_digits(text, 1, &some))
                return false;
            while (lr_date_digits(text, 1, &some))
                ;
        }
    }
    if (lr_date_take(text, '+') || lr_date_take(text, '-')) {
        if (!lr_date_digits(text, 2, &some))
            return false;
        lr_date_take(text, ':');
        if (!lr_date_digits(text, 2, &some))
            return false;
    } else {
        lr_date_take(text, 'Z');
    }
    return text->p == text->end;
}

/* The date that the n bytes at src say; 0 where they say none. */
LR_HD lr_date lr_date_read(const uint8_t *src, size_t n, bool escaped)
{
    lr_date_text text = {src, src + n, escaped};
    uint32_t year, month, day;

    if (!lr_date_digits(&text, 4, &year) || !lr_date_take(&text, '-') ||
        !lr_date_digits(&text, 2, &month) || !lr_date_take(&text, '-') ||
        !lr_date_digits(&text, 2, &day) || !lr_date_exists(year, month, day))
        return 0;
    if (text.p < text.end) {
        if (!lr_date_take(&text, 'T') && !lr_date_take(&text, ' '))
            return 0;
        if (!lr_time_read(&text))
            return 0;
    }
    return year * 10000 + month * 100 + day;
}

#endif
