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
#include "core/delta.h"
#include "core/symbols.h"
#include "core/window.h"
#include "tui/options.h"

#include <stdio.h>

struct change_log;

struct change_log *change_log_new(FILE *out, const struct definition *definition,
                                  const struct symbols *symbols, enum change_mode mode,
                                  enum output_format format, bool raw);
void change_log_free(struct change_log *log); /* accepts NULL */

/* `at_end`: the feed ended, which makes rows final; a later run of it goes on with them open. */
void change_log_take(struct change_log *log, const struct window_change *change, bool at_end);
/* Prints what changed since the last one. */
void change_log_trigger(struct change_log *log, const struct windows *windows);

/*
 * Going on in another process (tui/change_outbox.h): how many triggers were numbered; rows that are
 * told and not final, from now on, as puts and removals of STATE_CHANGES, keyed 't' and the window;
 * the line that takes such a row back.
 */
uint64_t change_log_triggers(const struct change_log *log);
void change_log_begin(struct change_log *log, uint64_t triggers);
void change_log_tell(struct change_log *log, struct delta *told);
void change_log_take_back(struct change_log *log, const char *row, size_t len);

#endif
