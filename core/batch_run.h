#ifndef TAILRACE_CORE_BATCH_RUN_H
#define TAILRACE_CORE_BATCH_RUN_H
/*
 * One run of the batch lane: counts a frozen range of bytes from its start to its end mark.
 *
 * Large ranges are read in slices by several workers. A slice's start is a guess (the first line
 * end may stand inside a quoted field), so each is checked, in order, against where the one before
 * really ended, and read again from there when the guess was wrong. The result is that of one
 * sequential reading, whatever the number of workers: tallies are private and merged in order;
 * which ids came before is found part by part of the ids (core/id_parts.h), and so are the
 * different values of `distinct` (core/different.h). Where something passes its cap, and the order
 * of first appearance therefore decides who is (other), the run is done sequentially.
 *
 * Several ranges of event time, such as the days of a backfill, can be counted in one reading.
 *
 * Threads: called from any one thread; makes and joins its own workers, which inherit its priority.
 */
#include "core/batch_hold.h"

#include <stdatomic.h>

struct batch_progress {
    atomic_uint_fast64_t bytes; /* read so far */
    atomic_bool cancel;         /* set by another thread: the run ends with STATUS_CLOSED */
};

struct batch_run_config {
    const struct definition *definition;
    const struct symbols *symbols; /* for windows; NULL: none */
    struct scan *scan;
    epoch_ms from, to;                /* event time, half open; 0, 0: all */
    const struct batch_range *ranges; /* instead: several, ascending, without a common time */
    size_t ranges_len;                /* 0: `from` and `to` */
    int workers;                      /* 0: one per CPU, at most 8 */
    size_t groups_cap;                /* 0: TALLY_CAP_DEFAULT */
    bool explain;                     /* keep what core/reconcile.h needs */
    struct batch_progress *progress;  /* may be NULL */
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

/* Fills `result`, or as many as there are ranges, each to be freed with batch_result_fini whatever
 * is returned. What the reading cost stands in the first. */
enum status batch_run(const struct batch_run_config *config, struct batch_result *result,
                      struct error *error);
void batch_result_fini(struct batch_result *result);

/* The marks as positions, to be matched with the live lane's (S-114). */
void batch_result_positions(const struct batch_result *result, struct positions *out);

#endif
