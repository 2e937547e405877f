#ifndef TAILRACE_CORE_WINDOW_WATCH_H
#define TAILRACE_CORE_WINDOW_WATCH_H
/*
 * What becomes of windows, kept small while it happens: the newest windows with all their groups
 * together, the newest corrections, and the newest rows that were too late. No row is ever walked.
 *
 * Tumbling and hopping windows are added up from the events themselves, also those that met the cap
 * of open rows. Sessions belong to one group each: of them the ones whose results were told.
 *
 * Threads: none; one owner.
 */
#include "core/snapshot.h"

struct window_watch;

struct window_watch *window_watch_new(const struct window_config *config);
void window_watch_free(struct window_watch *watch); /* accepts NULL */

/* An event that the windows are about to take, W before it, and the clock when it was read. */
void window_watch_event(struct window_watch *watch, epoch_ms time, epoch_ms watermark, epoch_ms at);

/* A window_sink and a window_late_sink; the context is the window_watch. */
void window_watch_change(void *context, const struct window_change *change);
void window_watch_late(void *context, const struct window_row *late);

/* `watermark` is W now. */
void window_watch_fill(const struct window_watch *watch, const struct windows *windows,
                       epoch_ms watermark, struct snapshot_windows *out);

#endif
