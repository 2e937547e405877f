#ifndef TAILRACE_TUI_PROGRESS_H
#define TAILRACE_TUI_PROGRESS_H
/*
 * How far a batch run is, on standard error when that is a terminal: drawn after the first second,
 * ten times a second, by a thread of its own that reads nothing but the run's atomic counter, and
 * wiped when the run ends. Short runs draw nothing.
 *
 * Threads: start and stop in the thread that runs the batch.
 */
#include "core/batch_run.h"
#include "core/instant.h"

enum { PROGRESS_TEXT = 160 };

struct progress;

/* `what` is shown behind the bar. NULL: nothing is to be drawn. */
struct progress *progress_start(struct batch_progress *counter, uint64_t total_bytes,
                                const char *what);
void progress_stop(struct progress *progress); /* accepts NULL */

/* "[#####.....]  50 % of 2.0 GB  350 MB/s  3 s left  daily_sales"; pure. */
char *progress_line(const char *what, uint64_t bytes, uint64_t total_bytes, int64_t elapsed_ns,
                    char out[PROGRESS_TEXT]);

#endif
