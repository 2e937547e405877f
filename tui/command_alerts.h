#ifndef TAILRACE_TUI_COMMAND_ALERTS_H
#define TAILRACE_TUI_COMMAND_ALERTS_H
/*
 * --alerts and --on-alert, for the commands that follow a feed: opens what they name, says what
 * went wrong with it.
 *
 *     open, before the feed, so that a glob finds the file too → start, when the feed is open →
 *     the lane runs → close, when it has stopped
 *
 * Threads: main only.
 */
#include "tui/alert_outlet.h"
#include "tui/options.h"

struct command_alerts {
    struct alert_outlet *outlet; /* NULL: neither option was said */
    const struct options *options;
    char said[OUTLET_TROUBLE];
    struct alert_marks marks; /* after the close: for command_outbox_close */
};

/* `screen`: the terminal is drawn on, so the command's output must not reach it. `bell` is rung
 * when there is something for command_alerts_note. */
enum status command_alerts_open(struct command_alerts *alerts, const struct options *options,
                                bool screen, struct wake *bell, struct error *error);
/* STATUS_USAGE: the file is one that is read. */
enum status command_alerts_start(struct command_alerts *alerts, const struct definition *definition,
                                 struct feed *feed, struct clock *clock, struct error *error);
/* Says on standard error what is wrong with them, once each time it changes. */
void command_alerts_note(struct command_alerts *alerts);
/* Waits for what is left, and says what was not done. The exit status: 1 when alerts are missing in
 * the file. May be called without open. */
int command_alerts_close(struct command_alerts *alerts);

#endif
