#ifndef TAILRACE_CORE_BATCH_RUN_H
#define TAILRACE_CORE_BATCH_RUN_H
/*
 * One run of the batch lane: counts a frozen range of bytes from its start to its end mark.
 *
 * Large ranges are read in slices by several workers. A slice's start is a guess (the first line
 * end may stand inside a quoted field), so slices are merged in order, each checked against where
 * the one before really ended, and read again from there when the guess was wrong. The result is
 * that of one sequential reading, whatever the number of workers; where groups pass their cap, and
 * the order of first appearance therefore decides who is (other), and where a report removes
 * duplicates, the run is done sequentially.
 *
 * Threads: called from any one thread; makes and joins its own workers, which inherit its priority.
 */
#include "core/feed.h"
#include "core/pipeline.h"

#include <stdatomic.h>

struct batch_progress {
    atomic_uint_fast64_t bytes; /* read so far */
    atomic_bool cancel;         /* set by another thread: the run ends with STATUS_CLOSED */
};

struct batch_run_config {
    const struct definition *definition;
    const struct symbols *symbols; /* for windows; NULL: none */
    struct scan *scan;
    epoch_ms from, to;               /* event time, half open; 0, 0: all */
    int workers;                     /* 0: one per CPU, at most 8 */
    size_t groups_cap;               /* 0: TALLY_CAP_DEFAULT */
    bool explain;                    /* keep what core/reconcile.h needs */
    struct batch_progress *progress; /* may be NULL */
    /* Ends the range earlier (scan_ops.until): the answer is that of what was there then. NULL: all
     * that the scan holds. */
    const struct batch_mark *until;
    size_t until_len;
    /* With workers 1 only: gets every alert, in no order of time. take NULL: nobody. */
    struct alert_sink alerts;
};

struct batch_result {
    struct pipeline pipeline;
    struct batch_mark *marks; /* one per generation read: behind the last record counted */
    size_t marks_len;
    uint64_t bytes;
    int64_t cpu_ns;
    int workers;      /* that took part */
    uint64_t rereads; /* slices whose guessed start was wrong */
};

/* Fills `result`, to be freed with batch_result_fini whatever is returned. */
enum status batch_run(const struct batch_run_config *config, struct batch_result *result,
                      struct error *error);
void batch_result_fini(struct batch_result *result);

/* The marks as positions, to be matched with the live lane's (S-114). */
void batch_result_positions(const struct batch_result *result, struct positions *out);

#endif
