#ifndef TAILRACE_TUI_CHANGE_LOG_H
#define TAILRACE_TUI_CHANGE_LOG_H
/*
 * What becomes of windows, printed as it happens (S-32). A line is a row with a sign:
 *
 *     append     + final rows, once each
 *     update     - the row as it was last printed, + as it is now: rows changed since the last
 *                trigger, provisional ones too. A session that became part of another one only goes
 *     complete   = every row of the table
 *
 * and the number of the trigger that published it (S-33). Triggers at which nothing had changed
 * print nothing and have no number. Folding the lines of `update` gives those of `complete` at
 * every trigger; those of `append` are the final rows of the last one.
 *
 * Lines may reach `out` before their trigger, never after it. JSON: one object a line; CSV: with a
 * header line. Keeps a copy of every row that was printed and is not final: as many as windows are
 * open (core/window.h caps them).
 *
 * Threads: none; one owner, the lane.
 */
#include "core/symbols.h"
#include "core/window.h"
#include "tui/options.h"

#include <stdio.h>

struct change_log;

struct change_log *change_log_new(FILE *out, const struct definition *definition,
                                  const struct symbols *symbols, enum change_mode mode,
                                  enum output_format format, bool raw);
void change_log_free(struct change_log *log); /* accepts NULL */

/* The sink of windows; context is the log. */
void change_log_take(void *log, const struct window_change *change);
/* Prints what changed since the last one. */
void change_log_trigger(struct change_log *log, const struct windows *windows);

#endif
