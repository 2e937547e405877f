#ifndef TAILRACE_TUI_DAYS_H
#define TAILRACE_TUI_DAYS_H
/*
 * Which day the screen shows: the newest that the feed has reached, or another that a key chose.
 *
 * Threads: main.
 */
#include "tui/app.h"

/* The days that there are to choose from. */
void days_note(struct app *app, const struct snapshot_live *live);

/* One day back (-1) or on (+1), among those with events; behind the newest it is the newest again,
 * whichever that becomes. Says what is shown then. */
enum app_want days_move(struct app *app, int step, mono_ns now);
/* Whether another day than the newest is chosen. */
bool days_chosen(const struct app *app);
/* The newest again. */
enum app_want days_newest(struct app *app, mono_ns now);

/* Whether the live answer is of another day than the newest: finished, with no minute of now. */
bool days_finished(const struct snapshot_live *live);

#endif
