#ifndef TAILRACE_CORE_REPLAY_LANE_H
#define TAILRACE_CORE_REPLAY_LANE_H
/*
 * Kappa on the dashboard (S-116): the same live engine counts the feed once more, from position 0,
 * in the background, while the old answer keeps serving. When it stands where the live lane stands,
 * to the byte, the two answers are compared and the new one takes over.
 *
 * The replay reads the feed's own log (a scan), never past what the live lane has counted; for the
 * last bytes that lane stands still between two blocks (core/handover.h). The future guard goes by
 * the clock at the replay: an event that was ahead of the clock when it was first read, and is not
 * any more, is counted now (S-60), and shows as a difference. Where history is missing, the replay
 * is refused.
 *
 * Threads: all functions belong to the main thread; the replay has one of its own, at a lower
 * priority than the lanes.
 */
#include "core/live_lane.h"

enum replay_state { REPLAY_NONE, REPLAY_RUNNING, REPLAY_SWITCHED, REPLAY_FAILED };

/* Plain data, as a snapshot. */
struct snapshot_replay {
    enum replay_state state;
    uint32_t runs;         /* switches so far */
    uint64_t bytes, total; /* RUNNING: read, and to read */
    uint64_t rows;
    int64_t took_ns;   /* so far, or in all; machine time */
    epoch_ms switched; /* SWITCHED: clock */
    int64_t held_ns;   /* SWITCHED: how long the live lane stood still */
    bool same;         /* SWITCHED: every number as before */
    char text[160];    /* SWITCHED, not same: what differs; FAILED: why; filter */
};

struct replay_lane;

struct replay_lane_config {
    struct clock *clock;
    struct feed *feed;
    struct live_lane *live; /* running as long as a replay may */
    struct wake *changed;   /* rung when it ended; progress rings nothing */
};

struct replay_lane *replay_lane_new(const struct replay_lane_config *config);
/* Cancels a replay, joins. Idempotent; before the live lane stops. */
void replay_lane_stop(struct replay_lane *lane);
/* After a stop: what it reads, and whose place it takes, from now on. */
void replay_lane_renew(struct replay_lane *lane, struct feed *feed, struct live_lane *live);
void replay_lane_free(struct replay_lane *lane);

/* Begins one, unless one is going on. */
enum status replay_lane_run(struct replay_lane *lane, struct error *error);
/* Switches so far. */
uint32_t replay_lane_switches(const struct replay_lane *lane);
/* As of now. */
void replay_lane_state(struct replay_lane *lane, struct snapshot_replay *out);

#endif
