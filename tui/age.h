#ifndef TAILRACE_TUI_AGE_H
#define TAILRACE_TUI_AGE_H
/*
 * How old the batch answer was, at any moment: exact, from the runs alone.
 *
 * At time t the answer is that of the last run published at or before t; it tells of the feed as it
 * was at that run's mark, so its age is t - mark. Between two publications the age grows as time
 * does; at each it falls to what the run took: a saw-tooth.
 */
#include "core/snapshot.h"

/* Age at `time`; -1: no answer yet. */
int64_t age_at(const struct snapshot_batch *batch, epoch_ms time);

struct age_summary {
    bool any;
    int64_t mean, greatest; /* over the part of the window that had an answer */
};

/* Over [from, to). */
struct age_summary age_over(const struct snapshot_batch *batch, epoch_ms from, epoch_ms to);

#endif
