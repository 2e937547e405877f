#ifndef TAILRACE_TUI_COMMAND_OUTBOX_H
#define TAILRACE_TUI_COMMAND_OUTBOX_H
/*
 * --alerts and --on-alert with a state: alerts leave from its log, when their epoch is durable
 * (S-91), each id once (S-71), and what was logged but had not left when a run ended leaves in the
 * next one: at least once, with the id to know an alert by (S-80). The state keeps up to which
 * number of its log the file, and the command, have had them.
 *
 *     alerts and state open, the outlet started → command_outbox_open, before the lane is made →
 *     the lane runs and is freed, the outlet stopped → command_outbox_close
 *
 * Without an outlet alerts are logged by their ids alone.
 *
 * Threads: main; what the lane calls back runs in its own.
 */
#include "core/live_lane.h"
#include "core/store.h"
#include "tui/command_alerts.h"

struct command_outbox {
    struct store *store; /* NULL: nothing to do */
    struct alert_outlet *outlet;
    const struct definition *definition;
    struct feed *feed;
    struct clock *clock;
    struct alert_marks saved;
    uint64_t told; /* up to this number of the log the outlet was told */
};

/* Sets what the lane needs; again, when the store was opened anew (S-95). `store` NULL, or no
 * outlet: nothing happens. */
enum status command_outbox_open(struct command_outbox *outbox, struct store *store,
                                const struct command_alerts *alerts,
                                const struct definition *definition, struct feed *feed,
                                struct clock *clock, struct live_lane_keeping *keeping,
                                struct error *error);
/* `marks`: of command_alerts after its close. The store is nobody else's by now. */
enum status command_outbox_close(struct command_outbox *outbox, const struct alert_marks *marks,
                                 struct error *error);

#endif
