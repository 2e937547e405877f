#ifndef TAILRACE_CORE_LIVE_LANE_H
#define TAILRACE_CORE_LIVE_LANE_H
/*
 * The live lane: a reader thread that takes blocks from the feed into a ring, and a lane thread
 * that counts them and publishes what it knows. Every event at once: a lone event is published when
 * it is counted, a flood block by block.
 *
 *     live_lane_new → live_lane_start → … → live_lane_stop → live_lane_pipeline → live_lane_free
 *
 * Threads: all functions belong to the main thread, but for live_lane_shown_day (any thread) and
 * those of the hand-over (the replaying thread).
 */
#include "core/clock.h"
#include "core/delivery_mode.h"
#include "core/mark_post.h"
#include "core/pipeline.h"
#include "core/pipeline_state.h"
#include "core/positions.h"
#include "core/snapshot.h"
#include "core/tracer.h"

struct live_lane;

/* For headless output: called in the lane thread when something changed, at most once every
 * `interval_ms`, and with `last` when the lane ends. The state is the lane's own: read only. */
typedef void (*live_lane_report)(void *context, const struct live_lane *lane, bool last);

struct durable;
struct store;
struct pack;

/* What a later run needs to go on in this generation at `end`; packed behind the position. */
typedef void live_lane_describe(void *context, const struct position *position, struct pack *out);

/* Where the lane's memory is kept (S-90). */
struct live_lane_keeping {
    struct store *store;          /* NULL: nowhere. Belongs to the lane from start to stop */
    struct durable *durable;      /* with a store: what is told of it */
    live_lane_describe *describe; /* called in the lane thread */
    void *describe_context;
    void (*release)(void *context); /* what reports said is durable, and may leave the process
                                       (S-91); in the lane thread; may be NULL */
    void *context;
    /* the alert as what leaves the process, into the log; in the lane's thread. NULL: only its id
     * is logged, and alerts are handed to `alerts` as they are raised */
    void (*alert_text)(void *context, const struct alert *alert, struct pack *out);
    void *alert_context;
    /* adds rows of the caller's own to an epoch; in the lane's thread; may be NULL */
    void (*save)(void *context, struct delta *delta);
    void *save_context;
    /* what reports said leaves only from an epoch that has it (S-80): whether some is in none yet,
     * and its rows; in the lane's thread; may be NULL */
    bool (*owes)(void *context);
    void (*owe)(void *context, struct delta *delta);
    void *owe_context;
    enum delivery_mode delivery;
    int64_t epoch_ms;       /* 0: 1000 */
    uint64_t epoch_records; /* 0: 500 000 */
};

/* A record that was not counted as it stood, with its bytes (S-05); in the lane's thread. */
struct live_lane_rejects {
    void (*take)(void *context, const struct delta_reject *reject);
    void *context;
};

struct live_lane_config {
    const struct definition *definition;
    struct symbols *symbols;
    struct clock *clock;
    struct feed *feed;
    epoch_ms from, to; /* event time counted; 0, 0: all */
    bool screen;       /* keep days and rates apart, publish snapshots */
    bool replay;       /* of a finished feed from its start; `as_of`: core/pipeline.h */
    epoch_ms as_of;
    int64_t trigger_ms;        /* publish once per trigger (S-117); 0: as it comes */
    bool stop_on_failure;      /* a failing feed ends the lane instead of being tried again */
    struct wake *changed;      /* rung after a publish, and when the lane ended */
    struct tracer *tracer;     /* may be NULL */
    struct mark_post *post;    /* what the batch lane tells of its runs (screen); may be NULL */
    bool explain;              /* keep what core/reconcile.h needs of a whole answer */
    struct alert_sink alerts;  /* take NULL: nobody; called in the lane thread, as the next two */
    struct health_sink health; /* the same; without it and a screen, health is not judged */
    window_sink *window_sink;  /* may be NULL */
    void *window_context;
    live_lane_report report; /* may be NULL */
    void *report_context;
    bool report_at_end; /* only with `last`: until then nothing is said, so nothing waits for the
                           state (S-91) */
    int64_t interval_ms;
    struct live_lane_keeping keeping;
    struct live_lane_rejects rejects; /* take NULL: nobody */
    uint64_t report_records; /* report instead after every so many records read; 0: by time */
};

struct live_lane *live_lane_new(const struct live_lane_config *config);
/* A store as what a pipeline is restored from. */
struct state_rows live_lane_rows(struct store *store);
/* What a later run needs of a position, as the state has it; `key` and `value` are room for it. */
void live_lane_put_position(const struct live_lane_keeping *keeping,
                            const struct position *position, struct pack *key, struct pack *value,
                            struct delta *delta);
/* With a store: goes on from its newest epoch. Before the start; STATUS_DAMAGED: only to be freed.
 */
enum status live_lane_restore(struct live_lane *lane, struct error *error);
enum status live_lane_start(struct live_lane *lane, struct error *error);
/* Stops reading, drains what was read, joins. Idempotent. */
void live_lane_stop(struct live_lane *lane);
void live_lane_free(struct live_lane *lane);

/* The newest snapshot; NULL before the first (screen only). */
const struct snapshot_live *live_lane_newest(struct live_lane *lane);
/* The end of the feed was counted, or it failed and stop_on_failure was set. */
bool live_lane_ended(const struct live_lane *lane);
/* What stopped the feed; STATUS_OK when nothing did. After live_lane_stop. */
enum status live_lane_failure(const struct live_lane *lane, struct error *error);
/* What was counted could not be kept (S-95): the lane has ended, and nothing since the newest epoch
 * left it. It is to be begun anew from the store, closed and opened before. */
bool live_lane_not_kept(const struct live_lane *lane);
/* Snapshots show this day from now on, and until another is wanted; INT32_MIN: the newest. */
void live_lane_show_day(struct live_lane *lane, int32_t day);
/* The day that is shown; INT32_MIN: before the first event. Any thread. */
int32_t live_lane_shown_day(const struct live_lane *lane);
/* The reader looks at its feed again. */
void live_lane_wake(struct live_lane *lane);

/* Publish once per trigger; 0: as it comes. */
void live_lane_set_trigger(struct live_lane *lane, int64_t trigger_ms);
/* Whether snapshots carry the days kept apart (screen only). */
void live_lane_want_days(struct live_lane *lane, bool wanted);

/*
 * Kappa (S-116): what another thread counted apart takes this lane's place, at the same positions.
 * Between begin and end the lane stands still, and its pipeline is the caller's.
 */
struct lane_position;
struct pipeline_config live_lane_pipeline_config(const struct live_lane *lane);
/* Whether what takes its place must have been told to pipeline_state_keep. */
bool live_lane_keeps(const struct live_lane *lane);
/* How far the lane has counted, by source: core/handover.h. Any thread. */
size_t live_lane_handover_positions(struct live_lane *lane, struct lane_position **out);
void live_lane_handover_begin(struct live_lane *lane);
/* Exchanges the two pipelines' contents. */
void live_lane_handover_swap(struct live_lane *lane, struct pipeline *pipeline);
void live_lane_handover_end(struct live_lane *lane);

/* In a report, or after live_lane_stop. */
const struct pipeline *live_lane_pipeline(const struct live_lane *lane);
/* Records whose bytes the state does not hold, because it holds --rejects-max of them (S-53). Any
 * thread. */
uint64_t live_lane_rejects_cut(const struct live_lane *lane);
/* CPU time of reader and lane so far, rows and bytes; in a report, or after live_lane_stop. */
struct snapshot_cost live_lane_cost(const struct live_lane *lane);

#endif
