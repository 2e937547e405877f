#ifndef TAILRACE_CORE_ENGINE_H
#define TAILRACE_CORE_ENGINE_H
/*
 * The two lanes at work behind a dashboard: starts, stops and joins the threads. The only file
 * that creates the lanes' threads (a batch run's workers excepted, core/batch_lane.c).
 *
 *     engine_new(config) → (engine_restore) → engine_start
 *     … engine_live, engine_batch, commands …
 *     engine_stop → engine_free
 *
 * When what was counted cannot be kept, both lanes are ended, and begun anew as soon as it can be:
 * the live half stays what it was until the new lane has come as far, batch holds its answers, and
 * commands wait (core/engine_again.c).
 *
 * With a state to look at there are no lanes, and no batch half (core/live_view.h); of the commands
 * only engine_show_day is then to be given.
 *
 * Threads: all functions belong to the main thread.
 */
#include "core/alert.h"
#include "core/arrangement.h"
#include "core/clock.h"
#include "core/health.h"
#include "core/live_view.h"
#include "core/replay_lane.h"
#include "core/snapshot.h"
#include "core/wake.h"

/*
 * What opens the state and the feed again when an epoch could not be kept (S-95). Called in a
 * thread of the engine's own while no lane runs; the feed before is nobody's any more.
 */
struct engine_again {
    /* Tries, waiting between, until both are open: where they go on, and whether there is something
     * to go on from. False: it was told to give up. */
    bool (*open)(void *context, struct feed **feed, struct live_lane_keeping *keeping, bool *found);
    /* What was opened is not of use; it is to be opened again. */
    void (*refused)(void *context, const struct error *error);
    void (*give_up)(void *context); /* any thread; open returns soon, now and later */
    void *context;
};

/* Appends to the source of a simulated feed; the engine runs it in the producer thread. */
struct producer_ops {
    /* Appends what is due at clock_now; `*next` is when more will be due (clock time; INT64_MAX:
     * never). */
    enum status (*produce)(void *producer, epoch_ms now, epoch_ms *next, struct error *error);
    /* Appends one marked event now: its label, and its position for both lanes to be watched at.
     * NULL when the producer cannot (standard input). */
    enum status (*send)(void *producer, epoch_ms now, char label[EVENT_LABEL], uint64_t *start,
                        struct error *error);
    /* A descriptor to wait on beside the clock, -1: none. */
    int (*fd)(void *producer);
};

struct engine_config {
    const struct definition *definition; /* compiled */
    struct symbols *symbols;
    struct clock *clock;
    struct feed *feed;                       /* owned by the caller */
    const struct producer_ops *producer_ops; /* NULL: somebody else's system appends */
    void *producer;
    int64_t every_ms;                 /* schedule of the batch lane */
    int workers;                      /* of a batch run; 0: one per CPU, at most 8 */
    struct wake *screen;              /* rung when a half was published */
    struct alert_sink alerts;         /* of the live lane, in its thread */
    struct health_sink health;        /* the same */
    struct live_lane_keeping keeping; /* of the live lane */
    struct engine_again again;        /* open NULL: what cannot be kept ends the live lane */
    struct store *look; /* instead of lanes: a state that another process writes, opened to be read
                         */
    struct live_view_again look_again;
};

struct engine;

struct engine *engine_new(const struct engine_config *config);
/* Goes on from what is kept (live_lane_restore); before the start. */
enum status engine_restore(struct engine *engine, struct error *error);
enum status engine_start(struct engine *engine, struct error *error);
void engine_stop(struct engine *engine); /* idempotent; joins every thread */
void engine_free(struct engine *engine);

/* The newest halves; NULL before the first. Valid until the next call. The first batch run is asked
 * for when the live lane has first caught up, so that there are two answers to compare. */
const struct snapshot_live *engine_live(struct engine *engine);
const struct snapshot_batch *engine_batch(struct engine *engine);

/* What keeps our own producer from appending ("" when nothing does); filter before output. */
void engine_producer_trouble(struct engine *engine, char out[160]);

void engine_run_batch(struct engine *engine);
/* Live shows this day (INT32_MIN: the newest), and batch runs for it now. */
void engine_show_day(struct engine *engine, int32_t day);
void engine_set_every(struct engine *engine, int64_t every_ms);
int64_t engine_every(const struct engine *engine);
/* To be called after clock_set_speed, and when clock_look tells something new: wakes whoever sleeps
 * on the clock. */
void engine_clock_changed(struct engine *engine);
/* How the lanes work together; side by side at first. In Lambda, engine_live also has days sealed
 * as the watermark allows it. `trigger_ms` is of micro-batch. */
void engine_arrange(struct engine *engine, enum arrangement arrangement, int64_t trigger_ms);
/* An operator seals a day, or has it run again (S-115). False: another day waits for that. */
bool engine_seal(struct engine *engine, int32_t day);
/* Counts the feed again from position 0, then switches (S-116). */
enum status engine_replay(struct engine *engine, struct error *error);
void engine_replay_state(struct engine *engine, struct snapshot_replay *out);
/* Simulator: sends a marked ticket into the source. Else: follows the next event that arrives. */
void engine_send_tracer(struct engine *engine);

#endif
