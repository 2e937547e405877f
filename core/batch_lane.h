#ifndef TAILRACE_CORE_BATCH_LANE_H
#define TAILRACE_CORE_BATCH_LANE_H
/*
 * The batch lane: a thread with a schedule. At each deadline, and when asked, it freezes what the
 * feed holds (from 0 to an end mark), counts the range of the day shown, and publishes the summary
 * with that mark. Deadlines stand on the clock: every hour is on the hour, in the definition's
 * zone. A deadline that passes while a run is going on is an overrun: it is counted, and not run
 * twice (S-112).
 *
 * Threads: all functions belong to the main thread. The lane's own thread and its workers run at a
 * lower priority than the live lane's.
 */
#include "core/clock.h"
#include "core/mark_post.h"
#include "core/snapshot.h"
#include "core/tracer.h"

struct batch_lane;

struct batch_lane_config {
    const struct definition *definition;
    struct symbols *symbols;
    struct clock *clock;
    struct feed *feed;
    int workers;
    int64_t every_ms;
    int32_t (*day)(const void *context); /* the day to count; INT32_MIN: the clock's */
    const void *day_context;
    struct tracer *tracer;
    struct mark_post *post; /* tells the live lane of each run's mark; may be NULL */
    struct wake *changed;   /* rung after a publish */
};

struct batch_lane *batch_lane_new(const struct batch_lane_config *config);
enum status batch_lane_start(struct batch_lane *lane, struct error *error);
void batch_lane_stop(struct batch_lane *lane); /* cancels a run; idempotent */
/* After a stop, before it is started again: what it reads, and whom it tells, from now on. Its
 * answers stay. */
void batch_lane_renew(struct batch_lane *lane, struct feed *feed, struct mark_post *post);
void batch_lane_free(struct batch_lane *lane);

/* The newest snapshot; NULL before the first. */
const struct snapshot_batch *batch_lane_newest(struct batch_lane *lane);

/* Bytes that the run going on has read; it publishes none itself. */
uint64_t batch_lane_progress(const struct batch_lane *lane);

void batch_lane_run_now(struct batch_lane *lane);
/* Answers that day for good (S-115): a run of its own, whose answer stays among the seals until the
 * day is sealed again. False: another request waits. */
bool batch_lane_seal(struct batch_lane *lane, int32_t day, bool by_operator);
void batch_lane_set_every(struct batch_lane *lane, int64_t every_ms);
int64_t batch_lane_every(const struct batch_lane *lane);
/* After the clock's pace changed. */
void batch_lane_wake(struct batch_lane *lane);

/* The first moment after `now` when the zone's clock shows a multiple of `every_ms`, or a day
 * begins: schedules stand on the clock. Where it is set forward over a multiple there is none;
 * where it is set back, multiples come again if the hours so gained are a multiple too. */
epoch_ms batch_lane_next(epoch_ms now, int64_t every_ms, const struct zone *zone);

#endif
