/* pattern_file.h: the patterns that a user brings, one a line. */
#ifndef PATTERN_FILE_H
#define PATTERN_FILE_H

#include "pattern.h"

/*
 * A file of patterns, in UTF-8. A line is text to be found as it stands, or a regular expression of
 * PCRE's syntax between slashes, with flags behind: /colou?r/i. The flags are i (either case), s (a
 * dot is a line feed too), m (^ and $ at every line) and u (\w, \d, \s beyond ASCII). Empty lines are
 * passed over; an LF or CRLF ends a line.
 */
typedef struct pattern_file {
    const char *name;
    char *text; /* what the patterns are in */
    size_t n;
    lr_pattern *patterns;
    lr_bytes *lines; /* as they stand there */
    size_t *numbers; /* of the lines, from 1 */
} pattern_file;

/* LR_E_IO, LR_E_RESOURCE; LR_E_USAGE: a line that is no pattern, or no line that is one. The caller
 * frees out in any case; it borrows name. */
lr_status pattern_file_read(pattern_file *out, const char *name, lr_error *err);
void pattern_file_free(pattern_file *file);

/* Compiles them. LR_E_USAGE names the place: FILE:LINE:BYTE, lines from 1, bytes from 0. */
lr_status pattern_file_compile(const pattern_file *file, lr_patterns **out, lr_error *err);

#endif
