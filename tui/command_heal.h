#ifndef TAILRACE_TUI_COMMAND_HEAL_H
#define TAILRACE_TUI_COMMAND_HEAL_H
/*
 * The dashboard's state and feed, opened again when an epoch could not be kept (S-95): what
 * core/engine.h asks for. It never gives up by itself: also a state that is damaged or gone is
 * looked at again, and the screen says what is wrong.
 *
 *     command_heal_init → command_heal_again → engine → … → command_heal_fini
 *
 * Threads: main; what the engine calls runs in a thread of the engine's, while nobody else uses the
 * state or the feed.
 */
#include "core/engine.h"
#include "tui/command_feed.h"
#include "tui/command_outbox.h"
#include "tui/command_state.h"

struct command_heal {
    const struct options *options;
    struct command_state *state;
    struct command_feed *feed;
    const struct command_alerts *alerts;
    struct clock *clock;
    struct command_outbox outbox;
    struct feed *first; /* the outlets of alerts know it; NULL: it is the feed still */
    struct wake bell;
};

/* All outlive it; the clock is set before the engine is made. */
void command_heal_init(struct command_heal *heal, const struct options *options,
                       struct command_state *state, struct command_feed *feed,
                       const struct command_alerts *alerts);
/* How the lane keeps what it counts, its alerts too; a store is open. */
enum status command_heal_keeping(struct command_heal *heal, struct live_lane_keeping *keeping,
                                 struct error *error);
void command_heal_fini(struct command_heal *heal);
struct engine_again command_heal_again(struct command_heal *heal);
/* For who only looks: the state is another one (core/live_view.h). */
struct live_view_again command_heal_look_again(struct command_heal *heal);
/* When alerts are closed, before the state is: it is told which have left. */
enum status command_heal_left(struct command_heal *heal, struct error *error);
/* What was counted last is not kept; STATUS_OK: it is. After engine_stop. */
enum status command_heal_kept(const struct command_heal *heal, struct error *error);

#endif
