/* signals.h: what the process does when it is interrupted, or loses a file under its feet. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stddef.h>
#include <sys/types.h>

/* SIGINT and SIGTERM end the process with 130 and 143, temporaries removed; a write to a closed pipe
 * fails instead of killing. */
void signals_init(void);

/* Whoever ends us now ends this child first; 0: there is none. */
void signals_child(pid_t child);

/* From now on a mapped file that became shorter ends the process with LR_E_IO and a line that names
 * it, if there is one file only. The command may map files after this. */
void signals_catch_shrinking(const char *const *files, size_t n_files);

#endif
